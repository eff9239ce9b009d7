//! What a run writes down: joblog, decision log, metrics. It knows how jobs ended and nothing of how they were run.
//!
//! Facts of a job are kept from its end until its output was accepted, and only when a record wants them, so memory is
//! bounded by the jobs in flight.

pub mod atomic;
pub mod decision_log;
pub mod joblog;
pub mod metrics;
mod os;
pub mod output_files;
pub mod results;
pub mod resume;

use self::joblog::{JobLog, Past};
use self::metrics::{Document, Failure, SCHEMA_VERSION, UsageTotals, rfc3339};
use crate::input::Reader;
use crate::job::{Seq, Usage};
use crate::run::config;
use crate::run::input::given::Given;
use crate::run::input::stream::Identify;
use crate::run::ledger::{AttemptEnd, Totals};
use crate::run::records::atomic::Target;
use crate::run::records::decision_log::{Entry, LineFile};
use crate::run::records::resume::{Look, Numbers, Resume, Retry};
use crate::run::retry::Timeouts;
use crate::run::worker::attempt_finished::AttemptFacts;
use crate::sys::errno;
use adaptive_pool::pool::{DecisionRecord, Metrics};
use adaptive_pool::time::{RunClock, Time};
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How many failed jobs are kept for the summary and the metrics.
pub const FAILURES_MAX: usize = 100;

/// Where the metrics go.
#[derive(Debug)]
enum MetricsFile {
    None,
    /// One document at the end.
    Whole(Target),
    /// A document a line, this often, and one at the end.
    Lines(LineFile, Duration),
}

/// The open records of a run.
#[derive(Debug)]
pub struct RunRecords {
    joblog: Option<JobLog>,
    past: Past,
    decisions: Option<LineFile>,
    metrics: MetricsFile,
    metrics_due: Time,
    settings: BTreeMap<String, serde_json::Value>,
    seed: Option<u64>,
    timeouts: Timeouts,
    waiting: HashMap<Seq, (AttemptEnd, Box<AttemptFacts>)>,
    failures: Vec<Failure>,
    usage: Usage,
    leaked: u64,
}

impl RunRecords {
    /// Opens everything, so that a path that cannot be written is found before the first job.
    pub fn open(
        record: config::Record,
        mut settings: BTreeMap<String, serde_json::Value>,
        timeouts: Timeouts,
    ) -> Result<RunRecords, String> {
        let (mut joblog, past) = match &record.joblog {
            None => (None, Past::None),
            Some((path, mode)) => {
                let opened = if record.only_looks {
                    joblog::look(path, *mode).map(|past| (None, past))
                } else {
                    JobLog::open(path, *mode).map(|(log, past)| (Some(log), past))
                };
                let name = crate::escape::visible(path.as_os_str().as_encoded_bytes()).into_owned();
                opened.map_err(|e| format!("cannot use the joblog {name}: {e}"))?
            }
        };
        let seed = record.shuffle.map(|shuffle| seed_of(shuffle, past.resume())).transpose()?;
        if let Some(seed) = seed {
            settings.entry("seed".to_owned()).and_modify(|setting| *setting = seed.into());
            if let Some(log) = &mut joblog {
                log.keep_seed(seed);
            }
        }
        let decisions = record.decisions.map(|path| {
            LineFile::create(&path).map_err(|e| {
                let name = crate::escape::visible(path.as_os_str().as_encoded_bytes()).into_owned();
                format!("cannot write the decision log {name}: {}", errno::words(&e))
            })
        });
        Ok(RunRecords {
            joblog,
            past,
            decisions: decisions.transpose()?,
            metrics: open_metrics(record.metrics, record.metrics_every)?,
            metrics_due: Time::ZERO,
            settings,
            seed,
            timeouts,
            waiting: HashMap::new(),
            failures: Vec::new(),
            usage: Usage::default(),
            leaked: 0,
        })
    }

    /// True when a joblog wants the command and the emission of every job.
    pub fn keeps_joblog(&self) -> bool {
        self.joblog.is_some()
    }

    /// True when nothing is written but metrics, so that nothing can go wrong with it, nor be said about it, before the end.
    pub fn keeps_nothing(&self) -> bool {
        self.joblog.is_none() && self.decisions.is_none() && matches!(self.past, Past::None)
    }

    /// Whether an earlier run's record says that this job need not run. Its command, and what it is given, are asked for only
    /// when there is a record of that number.
    pub fn has_record_of(&mut self, seq: Seq, job: impl FnOnce() -> (Vec<u8>, Option<Given>)) -> bool {
        match &mut self.past {
            Past::Resume(resume) if resume.numbers().has(seq) => {
                let (command, given) = job();
                resume.look(seq, &command, given) == Look::Skip
            }
            _ => false,
        }
    }

    /// The numbers of the jobs that have a record of before, when this run goes on with it.
    pub fn recorded(&self) -> Option<Arc<Numbers>> {
        self.past.resume().map(|resume| Arc::clone(resume.numbers()))
    }

    /// What is to be found out of the blocks of a stream.
    pub fn identify(&self) -> Identify {
        if self.keeps_joblog() { Identify::Yes(self.recorded()) } else { Identify::No }
    }

    /// The input, in the random order of the joblog that is gone on with, where it has one.
    pub fn in_order(&self, mut reader: Reader) -> Reader {
        if let Some(seed) = self.seed {
            reader.set_seed(seed);
        }
        reader
    }

    /// The failed jobs of the joblog, when they are the input of the run (`--retry-failed`).
    pub fn take_retry(&mut self) -> Option<Retry> {
        match std::mem::replace(&mut self.past, Past::None) {
            Past::Retry(retry) => Some(retry),
            other => {
                self.past = other;
                None
            }
        }
    }

    /// Jobs that have run although they were recorded, because the input or the command changed since.
    pub fn changed(&self) -> u64 {
        self.past.resume().map_or(0, |resume| resume.counts().changed)
    }

    /// An attempt has ended.
    pub fn ended(&mut self, seq: Seq, end: AttemptEnd, detail: Box<AttemptFacts>) {
        self.usage.user += detail.usage.user;
        self.usage.system += detail.usage.system;
        self.usage.max_rss = self.usage.max_rss.max(detail.usage.max_rss);
        self.leaked += u64::from(detail.leaked);
        if end == AttemptEnd::Succeeded {
            self.timeouts.succeeded(detail.took);
        }
        if self.joblog.is_some() || matches!(end, AttemptEnd::Failed(_) | AttemptEnd::Backoff(_)) {
            self.waiting.insert(seq, (end, detail));
        }
    }

    /// True when the timeout is learned from the jobs that succeed.
    pub fn learns_timeouts(&self) -> bool {
        self.timeouts.learns()
    }

    /// How long an attempt that starts now may take, in microseconds.
    pub fn timeout_us(&self) -> u64 {
        self.timeouts.current().map_or(u64::MAX, |d| u64::try_from(d.as_micros()).unwrap_or(u64::MAX))
    }

    /// The job is over and its output accepted.
    pub fn record(&mut self, seq: Seq, clock: &RunClock) -> io::Result<()> {
        let Some((end, detail)) = self.waiting.remove(&seq) else { return Ok(()) };
        if end != AttemptEnd::Succeeded && self.failures.len() < FAILURES_MAX {
            self.failures.push(Failure::new(
                seq,
                &detail.command,
                detail.ending,
                detail.attempt,
                &detail.stderr_tail,
            ));
        }
        let Some(log) = self.joblog.as_mut().filter(|_| !detail.output_lost) else { return Ok(()) };
        log.append(&detail.record(seq, clock))
    }

    /// The policy has decided.
    pub fn decided(&mut self, record: &DecisionRecord, clock: &RunClock) -> io::Result<()> {
        let Some(log) = &mut self.decisions else { return Ok(()) };
        log.decision(&Entry {
            unix: clock.unix(record.at),
            elapsed: record.at.elapsed(),
            event: record.event,
            policy: record.policy,
            old: record.old,
            new: record.new,
            running: record.running,
            queued: record.queued,
            machine: &record.machine,
            why: &record.why,
        })
    }

    /// How often [`RunRecords::tick`] is wanted: this often, or more often for the lines of metrics.
    pub fn every(&self, usual: Duration) -> Duration {
        if let MetricsFile::Lines(_, every) = self.metrics { every.min(usual) } else { usual }
    }

    /// What is due now and then: the disk, a line of metrics.
    pub fn tick(
        &mut self,
        now: Time,
        totals: &Totals,
        metrics: &Metrics,
        clock: &RunClock,
    ) -> Result<(), String> {
        if let Some(log) = &mut self.joblog {
            log.tick(now).map(drop).map_err(|e| format!("cannot write the joblog: {}", errno::words(&e)))?;
        }
        if now >= self.metrics_due && matches!(self.metrics, MetricsFile::Lines(..)) {
            let document = self.document(totals, metrics, clock, "running", None);
            if let MetricsFile::Lines(file, every) = &mut self.metrics {
                self.metrics_due = now + *every;
                file.json(&document).map_err(|e| metrics_error(&e))?;
            }
        }
        Ok(())
    }

    /// True when somebody wants the document.
    pub fn wants_metrics(&self) -> bool {
        !matches!(self.metrics, MetricsFile::None)
    }

    /// The document as of now.
    pub fn document(
        &self,
        totals: &Totals,
        metrics: &Metrics,
        clock: &RunClock,
        state: &'static str,
        exit_status: Option<i32>,
    ) -> Document {
        Document {
            schema_version: SCHEMA_VERSION,
            state,
            exit_status,
            started_at: rfc3339(clock.began_unix()),
            elapsed_ms: clock.now().as_secs() * 1000.0,
            config: self.settings.clone(),
            totals: metrics::Totals { jobs: *totals, leaked: self.leaked },
            pool: metrics.clone(),
            usage: UsageTotals::of(&self.usage),
            failures: self.failures.clone(),
        }
    }

    /// The failed jobs kept for the summary.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Writes the document of the end.
    pub fn write_metrics(&mut self, document: &Document) -> Result<(), String> {
        match &mut self.metrics {
            MetricsFile::None => Ok(()),
            MetricsFile::Whole(target) => target.write(&document.to_json()).map_err(|e| metrics_error(&e)),
            MetricsFile::Lines(file, _) => file.json(document).map_err(|e| metrics_error(&e)),
        }
    }

    /// Closes the logs: what they hold is on the disk, or it is an error.
    pub fn close(&mut self) -> Result<(), String> {
        if let Some(log) = self.joblog.take() {
            log.close().map_err(|e| format!("cannot write the joblog: {}", errno::words(&e)))?;
        }
        if let Some(log) = self.decisions.take() {
            log.close().map_err(|e| format!("cannot write the decision log: {}", errno::words(&e)))?;
        }
        Ok(())
    }
}

/// The seed that the jobs are put in order by. In another order the records would be those of other jobs.
fn seed_of(shuffle: config::Shuffle, past: Option<&Resume>) -> Result<u64, String> {
    match (shuffle, past.and_then(Resume::seed)) {
        (config::Shuffle::By(seed), Some(kept)) if seed != kept => Err(format!(
            "--seed {seed}: the joblog is of a run with --seed {kept}, and in another order its records are of other jobs: \
             leave out --seed"
        )),
        (config::Shuffle::Fresh(_), Some(kept)) => Ok(kept),
        (config::Shuffle::By(seed) | config::Shuffle::Fresh(seed), _) => Ok(seed),
    }
}

fn metrics_error(error: &io::Error) -> String {
    format!("cannot write the metrics: {}", errno::words(error))
}

fn open_metrics(path: Option<OsString>, every: Option<Duration>) -> Result<MetricsFile, String> {
    let Some(path) = path else { return Ok(MetricsFile::None) };
    let opened = match every {
        None => Target::open(&path).map(MetricsFile::Whole),
        Some(every) => LineFile::create(Path::new(&path)).map(|file| MetricsFile::Lines(file, every)),
    };
    opened.map_err(|e| {
        let name = crate::escape::visible(path.as_encoded_bytes()).into_owned();
        format!("cannot write the metrics to {name}: {}", errno::words(&e))
    })
}
