//! Files about a run for other programs: each is an `Exporter`, which receives every ended attempt and a reading of
//! the run each second.
//!
//! The main thread calls them, as it writes the joblog. An exporter that fails says so once and is dropped. The run
//! goes on, and its exit status says that a file is missing.

pub mod config;
mod exporter;
mod junit;
mod prometheus;
mod trace;

pub use exporter::{EndedAttempt, NotRunJob, RunReading};

use crate::run::ledger::AttemptEnd;
use crate::sys::errno;
use adaptive_pool::pool::DecisionRecord;
use adaptive_pool::time::RunClock;
use config::{ExportConfig, PrometheusConfig, PrometheusTarget};
use exporter::Exporter;
use junit::Junit;
use prometheus::Prometheus;
use std::io;
use std::path::Path;
use trace::Trace;

/// An open file, and what cannot be done after an error, for the message.
#[derive(Debug)]
struct Export {
    task: String,
    exporter: Box<dyn Exporter>,
}

/// The open files. `run::records` calls them, and the conductor prints the errors.
#[derive(Debug, Default)]
pub struct Exports {
    open: Vec<Export>,
    errors: Vec<String>,
    failed: bool,
    notes: Vec<String>,
    lists_jobs: bool,
}

impl Exports {
    /// Opens all files before the first job.
    pub fn open(config: ExportConfig, clock: &RunClock) -> Result<Exports, String> {
        let mut exports = Exports::default();
        if let Some(trace) = config.trace {
            let task = format!("write the trace {}", shown(&trace.path));
            exports.add(task, Trace::create(&trace, clock))?;
        }
        if let Some(prometheus) = config.prometheus {
            exports.add_prometheus(&prometheus, clock)?;
        }
        if let Some(junit) = config.junit {
            let task = format!("write the JUnit report {}", shown(&junit.path));
            exports.add(task, Junit::open(&junit, clock))?;
            exports.lists_jobs = true;
        }
        Ok(exports)
    }

    /// True when a file lists every job, also those that did not run, with their outputs.
    pub fn lists_jobs(&self) -> bool {
        self.lists_jobs
    }

    fn add_prometheus(&mut self, config: &PrometheusConfig, clock: &RunClock) -> Result<(), String> {
        let opened = Prometheus::open(config, clock);
        let task = match &config.target {
            PrometheusTarget::File(path) => format!("write the metrics {}", shown(path)),
            PrometheusTarget::Address(address) => {
                // Port 0 is any free port.
                if let (0, Ok(Some(address))) = (address.port(), opened.as_ref().map(Prometheus::address)) {
                    self.notes.push(format!("metrics are at http://{address}/metrics"));
                }
                format!("serve metrics at {address}")
            }
        };
        self.add(task, opened)
    }

    fn add<E: Exporter + 'static>(&mut self, task: String, opened: io::Result<E>) -> Result<(), String> {
        let exporter = opened.map_err(|e| format!("cannot {task}: {}", errno::words(&e)))?;
        self.open.push(Export { task, exporter: Box::new(exporter) });
        Ok(())
    }

    /// True when no file is written.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.errors.is_empty()
    }

    /// An attempt has ended.
    pub fn attempt(&mut self, attempt: &EndedAttempt<'_>) {
        // An attempt that never started is tried again, or its job counts as not started.
        if !matches!(attempt.end, AttemptEnd::Refused | AttemptEnd::Dropped | AttemptEnd::Declined) {
            self.each(|exporter| exporter.attempt(attempt));
        }
    }

    /// A job is over without having run.
    pub fn not_run(&mut self, job: &NotRunJob<'_>) {
        self.each(|exporter| exporter.not_run(job));
    }

    /// The policy has decided.
    pub fn decision(&mut self, record: &DecisionRecord) {
        self.each(|exporter| exporter.decision(record));
    }

    /// A second has passed, or the run has ended.
    pub fn reading(&mut self, reading: &RunReading<'_>) {
        self.each(|exporter| exporter.reading(reading));
    }

    /// Writes what was collected.
    pub fn flush(&mut self) {
        self.each(|export| export.flush());
    }

    /// Completes and closes the files.
    pub fn finish(&mut self) {
        self.each(|export| export.finish());
        self.open.clear();
    }

    /// The errors since the last call. Each file has at most one.
    pub fn take_errors(&mut self) -> Vec<String> {
        self.failed |= !self.errors.is_empty();
        std::mem::take(&mut self.errors)
    }

    /// True when an error was taken. The exit status says so at the end.
    pub fn have_failed(&self) -> bool {
        self.failed
    }

    /// An error of another file that does not end the run.
    pub fn report(&mut self, error: String) {
        self.errors.push(error);
    }

    /// Lines for the user about the opened files.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    fn each(&mut self, mut call: impl FnMut(&mut Box<dyn Exporter>) -> io::Result<()>) {
        self.open.retain_mut(|export| match call(&mut export.exporter) {
            Ok(()) => true,
            Err(e) => {
                self.errors.push(format!("cannot {}: {}", export.task, errno::words(&e)));
                false
            }
        });
    }
}

/// A path as a message shows it.
fn shown(path: &Path) -> String {
    crate::escape::visible(path.as_os_str().as_encoded_bytes()).into_owned()
}
