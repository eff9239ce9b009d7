//! The result of an attempt, as a worker sends it to the conductor. Plain data.

use crate::exec::Capture;
use crate::job::{Seq, Usage};
use crate::run::input::given::Given;
use crate::run::job_exit::JobExit;
use crate::run::ledger::AttemptEnd;
use crate::run::records::joblog::Record;
use crate::run::records::results::Unkept;
use crate::sink::Tag;
use adaptive_pool::pool::TaskReport;
use adaptive_pool::time::{RunClock, Time};
use std::time::Duration;

/// The message to the conductor when an attempt is over.
#[derive(Debug)]
pub struct AttemptFinished {
    /// Which job.
    pub seq: Seq,
    /// How it ended.
    pub end: AttemptEnd,
    /// Nothing of its output is on its way to the sink.
    pub emitted: bool,
    /// What is known of it beyond that; `None` for a job that never ran.
    pub detail: Option<Box<AttemptFacts>>,
    /// The output of an attempt that may not be the last.
    pub pending_output: Option<Box<PendingOutput>>,
    /// A line for the user.
    pub message: Option<String>,
    /// The gate is closed until this end was judged.
    pub asks: bool,
    /// Its output could not be written to its files: the run has lost it.
    pub lost: Option<Unkept>,
}

/// The result of an attempt, for each of those who need it.
#[derive(Debug)]
pub struct AttemptResult {
    /// For the conductor.
    pub finished: AttemptFinished,
    /// For the sink. It is sent after the result has gone to the conductor, so the sink never reports the output of a job
    /// whose end the conductor does not know.
    pub output: Option<PendingOutput>,
    /// For the pool.
    pub report: TaskReport,
}

impl AttemptFinished {
    /// Of a job that never ran.
    pub fn without_run(seq: Seq, end: AttemptEnd) -> AttemptFinished {
        AttemptFinished {
            seq,
            end,
            emitted: true,
            detail: None,
            pending_output: None,
            message: None,
            asks: false,
            lost: None,
        }
    }
}

/// The output of an attempt that may not be the job's last.
#[derive(Debug)]
pub struct PendingOutput {
    /// What its lines begin with.
    pub tag: Option<Tag>,
    /// What stands before it.
    pub head: Vec<u8>,
    /// Its standard output.
    pub out: Capture,
    /// Its standard error.
    pub err: Capture,
}

/// The facts of one attempt, for the records.
#[derive(Debug)]
pub struct AttemptFacts {
    /// From 1.
    pub attempt: u32,
    /// When it began.
    pub began: Time,
    /// How long it took.
    pub took: Duration,
    /// What it used.
    pub usage: Usage,
    /// How it ended, for the records.
    pub ending: JobExit,
    /// The command, when a record or a failure needs it.
    pub command: Vec<u8>,
    /// The end of its standard error, when it failed.
    pub stderr_tail: Vec<u8>,
    /// Bytes of the stream that it was given.
    pub sent: u64,
    /// What it was given beside its command.
    pub given: Given,
    /// Bytes of its standard output.
    pub received: u64,
    /// A process of it was left behind that held its output open.
    pub leaked: bool,
    /// Its output could not be kept (a full spool directory): it has failed, and has no record, so that a resume runs it.
    pub output_lost: bool,
}

impl AttemptFacts {
    /// The record of the job, should this attempt be its last.
    pub fn record(&self, seq: Seq, clock: &RunClock) -> Record<'_> {
        Record {
            seq,
            host: b":",
            began: clock.unix(self.began),
            took: self.took,
            sent: self.sent,
            received: self.received,
            ending: self.ending,
            given: self.given,
            command: &self.command,
        }
    }
}
