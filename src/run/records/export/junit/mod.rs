//! `--junit`: a test case for each job, for the test reports of CI systems.
//!
//! The counts stand before the cases. The cases are therefore collected in a file without a name, and the report is
//! written at the end. Memory holds only the jobs that are to be tried again. Readers merge cases of one name, so a
//! name begins with the number of the job. They disagree about elements for repeated tests, so attempts are properties.

mod xml;

use super::config::JunitConfig;
use super::exporter::{EndedAttempt, Exporter, NotRunJob, RunReading};
use crate::job::Seq;
use crate::run::job_exit::JobExit;
use crate::run::ledger::{AttemptEnd, NotRun};
use crate::run::records::atomic::Target;
use crate::run::records::attempt_facts::Tails;
use crate::run::records::metrics::rfc3339;
use crate::sys::fault::{self, Call, Fallible};
use adaptive_pool::pool::DecisionRecord;
use adaptive_pool::time::{RunClock, Time};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::time::Duration;

/// The length at which a command is cut, in characters.
const NAME_MAX: usize = 200;
/// The most attempts of a job that are listed.
const LISTED: usize = 20;

/// A report that is being written.
#[derive(Debug)]
pub struct Junit {
    target: Target,
    /// The cases so far.
    cases: BufWriter<Fallible<File>>,
    suite: String,
    started: Duration,
    ended: Time,
    counts: Counts,
    /// Jobs whose last attempt may be followed by another.
    again: BTreeMap<Seq, Case>,
}

#[derive(Debug, Default)]
struct Counts {
    cases: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
}

/// A job with its last attempt.
#[derive(Debug, Default)]
struct Case {
    command: String,
    took: Duration,
    result: CaseResult,
    /// The end of each attempt, at most [`LISTED`].
    attempts: Vec<String>,
    /// The number of attempts.
    count: u32,
    tails: Option<Box<Tails>>,
}

#[derive(Clone, Debug, Default)]
enum CaseResult {
    #[default]
    Passed,
    /// The type and the message.
    Failure(&'static str, String),
    /// The run stopped while it ran.
    Error,
    /// The message.
    Skipped(&'static str),
}

impl Junit {
    /// Checks that the report can be written, and opens the file for the cases.
    pub fn open(config: &JunitConfig, clock: &RunClock) -> io::Result<Junit> {
        let target = Target::open(config.path.as_os_str())?;
        fault::check(Call::Create)?;
        let spool = tempfile::tempfile_in(&config.tmpdir)?;
        Ok(Junit {
            target,
            cases: BufWriter::new(Fallible(spool, Call::Write)),
            suite: config.suite.clone(),
            started: clock.began_unix(),
            ended: Time::ZERO,
            counts: Counts::default(),
            again: BTreeMap::new(),
        })
    }

    fn write(&mut self, seq: Seq, case: &Case) -> io::Result<()> {
        self.counts.cases += 1;
        let out = &mut Vec::new();
        out.extend_from_slice(b"<testcase");
        xml::attribute(out, "name", &format!("{seq} {}", case.command));
        xml::attribute(out, "classname", &self.suite);
        xml::attribute(out, "time", &seconds(case.took));
        out.extend_from_slice(b">\n");
        if case.count > 1 {
            out.extend_from_slice(b"<properties>\n");
            property(out, "attempts", &case.count.to_string());
            for (at, attempt) in case.attempts.iter().enumerate() {
                property(out, &format!("attempt {}", at + 1), attempt);
            }
            out.extend_from_slice(b"</properties>\n");
        }
        match &case.result {
            CaseResult::Passed => {}
            CaseResult::Failure(kind, message) => {
                self.counts.failures += 1;
                result(out, "failure", Some(kind), message);
            }
            CaseResult::Error => {
                self.counts.errors += 1;
                result(out, "error", Some("killed"), "killed, because the run stopped");
            }
            CaseResult::Skipped(message) => {
                self.counts.skipped += 1;
                result(out, "skipped", None, message);
            }
        }
        let tails = case.tails.as_ref();
        let streams = [("system-out", tails.map(|tails| &tails.out)), ("system-err", tails.map(|t| &t.err))];
        for (name, bytes) in streams {
            if let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) {
                let _ = write!(out, "<{name}>");
                xml::text(out, bytes);
                let _ = writeln!(out, "</{name}>");
            }
        }
        out.extend_from_slice(b"</testcase>\n");
        self.cases.write_all(out)
    }

    /// The text before the cases.
    fn head(&self) -> Vec<u8> {
        let Counts { cases, failures, errors, skipped } = &self.counts;
        let time = seconds(self.ended.elapsed());
        let mut out = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites".to_vec();
        let counts = |out: &mut Vec<u8>| {
            xml::attribute(out, "name", &self.suite);
            for (name, count) in [("tests", cases), ("failures", failures), ("errors", errors)] {
                xml::attribute(out, name, &count.to_string());
            }
            xml::attribute(out, "time", &time);
        };
        counts(&mut out);
        out.extend_from_slice(b">\n<testsuite");
        counts(&mut out);
        xml::attribute(&mut out, "skipped", &skipped.to_string());
        // Some schemas allow neither fractions nor a zone.
        let started = rfc3339(self.started);
        xml::attribute(&mut out, "timestamp", started.split('.').next().unwrap_or_default());
        out.extend_from_slice(b">\n");
        out
    }
}

impl Exporter for Junit {
    fn attempt(&mut self, attempt: &EndedAttempt<'_>) -> io::Result<()> {
        let facts = attempt.facts;
        let result = match attempt.end {
            // Such a job counts as not started.
            AttemptEnd::NoCommand(_) => return Ok(()),
            AttemptEnd::Succeeded => CaseResult::Passed,
            AttemptEnd::Killed => CaseResult::Error,
            _ => failure(facts.exit),
        };
        let mut case = self.again.remove(&attempt.seq).unwrap_or_default();
        case.command = crate::escape::shown(&facts.command, NAME_MAX);
        (case.took, case.count, case.tails) = (facts.took, facts.attempt, facts.tails.clone());
        if case.attempts.len() < LISTED {
            let how = match &result {
                CaseResult::Failure(_, message) => message,
                CaseResult::Error => "killed",
                _ => "succeeded",
            };
            case.attempts.push(format!("{how}, {} s", seconds(facts.took)));
        }
        case.result = result;
        if attempt.may_run_again {
            self.again.insert(attempt.seq, case);
            return Ok(());
        }
        self.write(attempt.seq, &case)
    }

    fn not_run(&mut self, job: &NotRunJob<'_>) -> io::Result<()> {
        let mut case = self.again.remove(&job.seq).unwrap_or_default();
        case.command = crate::escape::shown(job.command, NAME_MAX);
        case.result = CaseResult::Skipped(match job.why {
            NotRun::Stopped => "not started, because the run stopped",
            NotRun::Declined => "declined",
            NotRun::Recorded => "not run, because the joblog has a record of it",
        });
        self.write(job.seq, &case)
    }

    fn decision(&mut self, _record: &DecisionRecord) -> io::Result<()> {
        Ok(())
    }

    fn reading(&mut self, reading: &RunReading<'_>) -> io::Result<()> {
        self.ended = reading.now;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        // The run stopped before their next attempt.
        for (seq, case) in std::mem::take(&mut self.again) {
            self.write(seq, &case)?;
        }
        self.cases.flush()?;
        let head = self.head();
        let file = &mut self.cases.get_mut().0;
        file.rewind()?;
        self.target.write_with(|to| {
            to.write_all(&head)?;
            io::copy(file, to)?;
            to.write_all(b"</testsuite>\n</testsuites>\n")
        })
    }
}

fn property(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(b"<property");
    xml::attribute(out, "name", name);
    xml::attribute(out, "value", value);
    out.extend_from_slice(b"/>\n");
}

fn result(out: &mut Vec<u8>, element: &str, kind: Option<&str>, message: &str) {
    let _ = write!(out, "<{element}");
    if let Some(kind) = kind {
        xml::attribute(out, "type", kind);
    }
    xml::attribute(out, "message", message);
    out.extend_from_slice(b"/>\n");
}

fn failure(exit: JobExit) -> CaseResult {
    match exit {
        JobExit::Exited(status) => CaseResult::Failure("exit", format!("status {status}")),
        JobExit::Signaled(signal) => CaseResult::Failure("signal", format!("signal {signal}")),
        JobExit::TimedOut(_) => CaseResult::Failure("timeout", "timed out".to_owned()),
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}
