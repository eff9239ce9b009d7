//! What each file for other programs receives.

use crate::job::Seq;
use crate::run::ledger::{AttemptEnd, NotRun, Totals};
use crate::run::records::attempt_facts::AttemptFacts;
use adaptive_pool::pool::{DecisionRecord, Metrics};
use adaptive_pool::time::Time;
use std::fmt::Debug;
use std::io;

/// An ended attempt.
#[derive(Clone, Copy, Debug)]
pub struct EndedAttempt<'a> {
    /// The number of the job.
    pub seq: Seq,
    /// How it ended.
    pub end: AttemptEnd,
    /// Its facts.
    pub facts: &'a AttemptFacts,
    /// Another attempt may follow.
    pub may_run_again: bool,
}

/// A job that did not run.
#[derive(Clone, Copy, Debug)]
pub struct NotRunJob<'a> {
    /// The number of the job.
    pub seq: Seq,
    /// The command.
    pub command: &'a [u8],
    /// Why it did not run.
    pub why: NotRun,
}

/// The state of the run at a moment.
#[derive(Clone, Copy, Debug)]
pub struct RunReading<'a> {
    /// The moment.
    pub now: Time,
    /// The counts of the jobs.
    pub totals: &'a Totals,
    /// The pool and the machine.
    pub metrics: &'a Metrics,
}

/// A file about the run. An error ends this file, and nothing else.
pub trait Exporter: Debug {
    /// An attempt has ended.
    fn attempt(&mut self, attempt: &EndedAttempt<'_>) -> io::Result<()>;

    /// A job is over without having run.
    fn not_run(&mut self, _job: &NotRunJob<'_>) -> io::Result<()> {
        Ok(())
    }

    /// The limit was moved, or another reason holds it.
    fn decision(&mut self, record: &DecisionRecord) -> io::Result<()>;

    /// A second has passed, or the run has ended.
    fn reading(&mut self, reading: &RunReading<'_>) -> io::Result<()>;

    /// Nothing else waits for the main thread: what was collected is written.
    fn flush(&mut self) -> io::Result<()>;

    /// The run has ended.
    fn finish(&mut self) -> io::Result<()>;
}
