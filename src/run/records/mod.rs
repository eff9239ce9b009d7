//! The records of a run: joblog, decision log, metrics, and the records of earlier runs.
//!
//! The facts of a job are kept from its end until its output was accepted, and only when a record needs them. Memory is
//! therefore bounded by the jobs in flight.

pub mod atomic;
pub mod attempt_facts;
pub mod config;
pub mod decision_log;
pub mod export;
pub mod joblog;
mod line_file;
pub mod metrics;
mod metrics_file;
pub mod notable_jobs;
mod os;
pub mod output_files;
pub mod results;
pub mod resume;
pub mod table;
mod table_file;

use self::attempt_facts::AttemptFacts;
use self::config::{RecordsConfig, Shuffle};
use self::decision_log::Entry;
use self::export::{EndedAttempt, Exports, NotRunJob, RunReading};
use self::joblog::JobLog;
use self::line_file::LineFile;
use self::metrics::{Document, FailedJob, SCHEMA_VERSION, Summary, TailJob, UsageTotals, rfc3339};
use self::metrics_file::MetricsFile;
use self::notable_jobs::NotableJobs;
use self::resume::{EarlierRecords, Resume, ResumeDecision, Retry, SeqSet};
use self::table_file::TableFile;
use crate::job::{Seq, Usage};
use crate::run::input::job_input::JobInput;
use crate::run::ledger::{AttemptEnd, NotRun, Totals};
use crate::sys::errno;
use adaptive_pool::pool::{DecisionRecord, Metrics};
use adaptive_pool::time::{RunClock, Time};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The number of failed jobs that are kept for the summary and the metrics.
pub const FAILURES_MAX: usize = 100;

/// The open records of a run.
#[derive(Debug)]
pub struct RunRecords {
    joblog: Option<JobLog>,
    earlier: EarlierRecords,
    decisions: Option<LineFile>,
    table: TableFile,
    exports: Exports,
    metrics: MetricsFile,
    settings: BTreeMap<String, serde_json::Value>,
    /// Kept for the metrics and for `--explain`.
    notable: Option<NotableJobs>,
    seed: Option<u64>,
    /// Attempts that have ended and are not recorded yet.
    unrecorded: HashMap<Seq, (AttemptEnd, Box<AttemptFacts>)>,
    failures: Vec<FailedJob>,
    /// Each failure is kept until it is taken.
    reports_failures: bool,
    new_failure: Option<FailedJob>,
    usage: Usage,
    leaked: u64,
}

impl RunRecords {
    /// Opens all files before the first job, so that an unusable path is an error before anything runs.
    pub fn open(
        config: RecordsConfig,
        mut settings: BTreeMap<String, serde_json::Value>,
        clock: &RunClock,
    ) -> Result<RunRecords, String> {
        let (mut joblog, earlier) = open_joblog(&config)?;
        let seed = config.shuffle.map(|shuffle| seed_of(shuffle, earlier.resume())).transpose()?;
        if let Some(seed) = seed {
            settings.entry("seed".to_owned()).and_modify(|setting| *setting = seed.into());
            if let Some(log) = &mut joblog {
                log.keep_seed(seed);
            }
        }
        let decisions = config.decisions.map(|path| decision_log::open(&path));
        let notable = (config.explain || config.metrics.is_some()).then(NotableJobs::default);
        Ok(RunRecords {
            joblog,
            earlier,
            decisions: decisions.transpose()?,
            table: TableFile::open(config.table)?,
            exports: Exports::open(config.export, clock)?,
            metrics: MetricsFile::open(config.metrics, config.metrics_every)?,
            settings,
            notable,
            seed,
            unrecorded: HashMap::new(),
            failures: Vec::new(),
            reports_failures: false,
            new_failure: None,
            usage: Usage::default(),
            leaked: 0,
        })
    }

    /// True when the records need the command of every job, not only of those that failed.
    pub fn keeps_commands(&self) -> bool {
        self.joblog.is_some() || self.table.is_open() || !self.exports.is_empty() || self.notable.is_some()
    }

    /// True when a table has the outputs.
    pub fn keeps_table(&self) -> bool {
        self.table.is_open()
    }

    /// The files for other programs.
    pub fn exports(&mut self) -> &mut Exports {
        &mut self.exports
    }

    /// True when a joblog is written. It needs the emission of every job.
    pub fn keeps_joblog(&self) -> bool {
        self.joblog.is_some()
    }

    /// True when no log is written and no earlier record is used: then the records have nothing to report at the end.
    pub fn has_no_logs(&self) -> bool {
        let none = self.joblog.is_none()
            && self.decisions.is_none()
            && !self.table.is_open()
            && self.exports.is_empty();
        none && matches!(self.earlier, EarlierRecords::None)
    }

    /// Whether a record of an earlier run says that this job need not run. `job` gives its command and its input; it is
    /// called only when the number has a record.
    pub fn skips(&mut self, seq: Seq, job: impl FnOnce() -> (Vec<u8>, Option<JobInput>)) -> bool {
        match &mut self.earlier {
            EarlierRecords::Resume(resume) if resume.seqs().contains(seq) => {
                let (command, input) = job();
                resume.decide(seq, &command, input) == ResumeDecision::Skip
            }
            _ => false,
        }
    }

    /// The numbers of the jobs that earlier runs have recorded, when this run resumes.
    pub fn recorded(&self) -> Option<Arc<SeqSet>> {
        self.earlier.resume().map(|resume| Arc::clone(resume.seqs()))
    }

    /// The seed of the random order of the jobs.
    pub fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// The failed jobs of the joblog, when they are the input of the run (`--retry-failed`).
    pub fn take_retry(&mut self) -> Option<Retry> {
        match std::mem::replace(&mut self.earlier, EarlierRecords::None) {
            EarlierRecords::Retry(retry) => Some(retry),
            other => {
                self.earlier = other;
                None
            }
        }
    }

    /// The number of recorded jobs that ran again because their command or input has changed.
    pub fn changed(&self) -> u64 {
        self.earlier.resume().map_or(0, |resume| resume.counts().changed)
    }

    /// An attempt has ended.
    pub fn attempt_ended(
        &mut self,
        seq: Seq,
        end: AttemptEnd,
        facts: Box<AttemptFacts>,
        may_run_again: bool,
    ) {
        self.usage.user += facts.usage.user;
        self.usage.system += facts.usage.system;
        self.usage.max_rss = self.usage.max_rss.max(facts.usage.max_rss);
        self.leaked += u64::from(facts.leaked);
        if let Some(notable) = &mut self.notable {
            notable.ended(seq, &facts);
        }
        self.exports.attempt(&EndedAttempt { seq, end, facts: &facts, may_run_again });
        let failed = matches!(end, AttemptEnd::Failed(_) | AttemptEnd::Backoff(_));
        if failed || self.joblog.is_some() || self.table.is_open() {
            self.unrecorded.insert(seq, (end, facts));
        }
    }

    /// A job is over without having run. `command` is called when a file lists such jobs.
    pub fn not_run(&mut self, seq: Seq, command: impl FnOnce() -> Vec<u8>, why: NotRun) {
        if self.exports.lists_jobs() {
            self.exports.not_run(&NotRunJob { seq, command: &command(), why });
        }
    }

    /// Records a job that is over and whose output was accepted.
    pub fn record(&mut self, seq: Seq, clock: &RunClock) -> io::Result<()> {
        let Some((end, facts)) = self.unrecorded.remove(&seq) else { return Ok(()) };
        let kept = self.failures.len() < FAILURES_MAX;
        if end != AttemptEnd::Succeeded && (kept || self.reports_failures) {
            let (command, tail) = (&facts.command, &facts.stderr_tail);
            let failed = FailedJob::new(seq, command, facts.exit, facts.attempt, tail).at(
                facts.began.elapsed(),
                facts.took,
                facts.slot.0,
            );
            if self.reports_failures && !facts.explained {
                self.new_failure = Some(failed.clone());
            }
            if kept {
                self.failures.push(failed);
            }
        }
        // A job without a row gets no record, so that a resumed run runs it.
        let record = facts.record(seq, clock);
        let recorded = !facts.no_record && self.table.add(record, &facts, &mut self.exports);
        self.joblog.as_mut().filter(|_| recorded).map_or(Ok(()), |log| log.append(&record))
    }

    /// Keeps each failure for [`RunRecords::take_new_failure`].
    pub fn report_failures(&mut self) {
        self.reports_failures = true;
    }

    /// The failure that was recorded last, unless a message has told the user about it.
    pub fn take_new_failure(&mut self) -> Option<FailedJob> {
        self.new_failure.take()
    }

    /// Writes a decision of the policy to the decision log.
    pub fn decided(&mut self, record: &DecisionRecord, clock: &RunClock) -> io::Result<()> {
        self.exports.decision(record);
        let Some(log) = &mut self.decisions else { return Ok(()) };
        let entry = Entry {
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
        };
        decision_log::write(log, &entry)
    }

    /// The interval at which [`RunRecords::tick`] is to be called: `usual`, or the interval of the metrics lines if
    /// that is shorter.
    pub fn tick_interval(&self, usual: Duration) -> Duration {
        self.metrics.interval().map_or(usual, |every| every.min(usual))
    }

    /// Syncs the joblog and writes a metrics line, each when it is due.
    pub fn tick(
        &mut self,
        now: Time,
        totals: &Totals,
        metrics: &Metrics,
        clock: &RunClock,
    ) -> Result<(), String> {
        self.exports.reading(&RunReading { now, totals, metrics });
        if let Some(log) = &mut self.joblog {
            log.tick(now).map(drop).map_err(|e| joblog_error(&e))?;
        }
        if self.metrics.line_is_due(now) {
            let mut document = self.document(totals, metrics, clock, "running", None);
            // Each line has the present values; the series are in the last one.
            document.pool.running.over_time.clear();
            self.metrics.write_line(now, &document)?;
        }
        Ok(())
    }

    /// True when metrics are written.
    pub fn keeps_metrics(&self) -> bool {
        self.metrics.is_open()
    }

    /// The metrics document of this moment.
    pub fn document(
        &self,
        totals: &Totals,
        metrics: &Metrics,
        clock: &RunClock,
        state: &'static str,
        exit_status: Option<i32>,
    ) -> Document {
        let elapsed = clock.now().as_secs();
        let usage = UsageTotals::of(&self.usage);
        let cores = self.settings.get("cores").and_then(serde_json::Value::as_f64).unwrap_or(1.0);
        let available = elapsed * cores;
        Document {
            summary: Summary {
                elapsed_s: elapsed,
                jobs: totals.succeeded + totals.failed,
                failed: totals.failed,
                explanation: metrics.explanation.clone().unwrap_or_default(),
            },
            schema_version: SCHEMA_VERSION,
            state,
            exit_status,
            started_at: rfc3339(clock.began_unix()),
            finished_at: exit_status.map(|_| rfc3339(clock.unix(clock.now()))),
            elapsed_ms: elapsed * 1000.0,
            host: crate::sys::host_name(),
            cwd: working_directory(),
            totals: metrics::TotalsSection { jobs: *totals, leaked: self.leaked },
            pool: metrics.clone(),
            usage,
            job_cpu_efficiency: if available > 0.0 {
                (usage.user_s + usage.system_s) / available
            } else {
                0.0
            },
            tail_job: self.last_job().map(TailJob::new),
            slowest: self.notable.iter().flat_map(NotableJobs::slowest).cloned().collect(),
            failures: self.failures.clone(),
            config: self.settings.clone(),
        }
    }

    /// The attempt that ended last: its job, its command, and the time for which it ran alone. `None` when neither the
    /// metrics nor `--explain` need it.
    pub fn last_job(&self) -> Option<(Seq, &[u8], Duration)> {
        self.notable.as_ref().and_then(NotableJobs::last)
    }

    /// The first failed jobs, at most [`FAILURES_MAX`].
    pub fn failures(&self) -> &[FailedJob] {
        &self.failures
    }

    /// Writes the metrics document of the end.
    pub fn write_metrics(&mut self, document: &Document) -> Result<(), String> {
        self.metrics.finish(document)
    }

    /// Closes the logs and syncs them to the disk.
    pub fn close(&mut self) -> Result<(), String> {
        self.table.close()?;
        if let Some(log) = self.joblog.take() {
            log.close().map_err(|e| joblog_error(&e))?;
        }
        if let Some(log) = self.decisions.take() {
            log.close().map_err(|e| format!("cannot write the decision log: {}", errno::words(&e)))?;
        }
        Ok(())
    }
}

/// The working directory, with U+FFFD for bytes that are not UTF-8. Empty if it is unknown.
fn working_directory() -> String {
    std::env::current_dir().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}

fn open_joblog(config: &RecordsConfig) -> Result<(Option<JobLog>, EarlierRecords), String> {
    let Some((path, mode)) = &config.joblog else { return Ok((None, EarlierRecords::None)) };
    let opened = if config.read_only {
        resume::read_only(path, *mode).map(|earlier| (None, earlier))
    } else {
        resume::open(path, *mode).map(|(log, earlier)| (Some(log), earlier))
    };
    opened.map_err(|e| format!("cannot use the joblog {}: {e}", shown(path)))
}

/// The seed of the order of the jobs. A resumed run needs the order of the run before, because in another order the
/// records belong to other jobs.
fn seed_of(shuffle: Shuffle, resume: Option<&Resume>) -> Result<u64, String> {
    match (shuffle, resume.and_then(Resume::seed)) {
        (Shuffle::Seed(seed), Some(recorded)) if seed != recorded => Err(format!(
            "--seed {seed}: the joblog is of a run with --seed {recorded}, and in another order its records are of other jobs: \
             leave out --seed"
        )),
        (Shuffle::Default(_), Some(recorded)) => Ok(recorded),
        (Shuffle::Seed(seed) | Shuffle::Default(seed), _) => Ok(seed),
    }
}

fn joblog_error(error: &io::Error) -> String {
    format!("cannot write the joblog: {}", errno::words(error))
}

/// A path as a message shows it.
fn shown(path: &Path) -> String {
    crate::escape::visible(path.as_os_str().as_encoded_bytes()).into_owned()
}
