//! Files about a run for other programs: each is an [`Exporter`], which receives every ended attempt and a reading of
//! the run each second.
//!
//! The main thread calls them, as it writes the joblog. An exporter that fails says so once and is dropped. The run
//! goes on, and its exit status says that a file is missing.

pub mod config;
mod exporter;
mod trace;

pub use exporter::{EndedAttempt, RunReading};

use crate::run::ledger::AttemptEnd;
use crate::sys::errno;
use adaptive_pool::pool::DecisionRecord;
use adaptive_pool::time::RunClock;
use config::ExportConfig;
use exporter::Exporter;
use std::io;
use std::path::Path;
use trace::Trace;

/// An open file, and its name in messages.
#[derive(Debug)]
struct Export {
    name: String,
    exporter: Box<dyn Exporter>,
}

/// The open files. `run::records` calls them, and the conductor prints the errors.
#[derive(Debug, Default)]
pub struct Exports {
    open: Vec<Export>,
    errors: Vec<String>,
}

impl Exports {
    /// Opens all files before the first job.
    pub fn open(config: ExportConfig, clock: &RunClock) -> Result<Exports, String> {
        let mut exports = Exports::default();
        if let Some(trace) = config.trace {
            let name = format!("the trace {}", shown(&trace.path));
            exports.add(name, Trace::create(&trace, clock))?;
        }
        Ok(exports)
    }

    fn add<E: Exporter + 'static>(&mut self, name: String, opened: io::Result<E>) -> Result<(), String> {
        let exporter = opened.map_err(|e| format!("cannot write {name}: {}", errno::words(&e)))?;
        self.open.push(Export { name, exporter: Box::new(exporter) });
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
        std::mem::take(&mut self.errors)
    }

    fn each(&mut self, mut call: impl FnMut(&mut Box<dyn Exporter>) -> io::Result<()>) {
        self.open.retain_mut(|export| match call(&mut export.exporter) {
            Ok(()) => true,
            Err(e) => {
                self.errors.push(format!("cannot write {}: {}", export.name, errno::words(&e)));
                false
            }
        });
    }
}

/// A path as a message shows it.
fn shown(path: &Path) -> String {
    crate::escape::visible(path.as_os_str().as_encoded_bytes()).into_owned()
}
