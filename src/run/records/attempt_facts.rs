//! The facts of one attempt, as the records need them. Plain data.

use crate::exec::Capture;
use crate::job::{Args, Seq, Slot, Usage};
use crate::run::input::job_input::JobInput;
use crate::run::job_exit::JobExit;
use crate::run::records::joblog::Record;
use crate::run::trace_context::SpanId;
use adaptive_pool::time::{RunClock, Time};
use std::time::Duration;

/// The ends of the outputs of an attempt, at most [`Tails::MAX`] bytes each.
#[derive(Clone, Debug, Default)]
pub struct Tails {
    /// The end of its standard output.
    pub out: Vec<u8>,
    /// The end of its standard error.
    pub err: Vec<u8>,
}

impl Tails {
    /// The most bytes of each.
    pub const MAX: usize = 4096;
}

/// The values of the input of an attempt and its outputs.
#[derive(Debug)]
pub struct KeptOutput {
    /// The values.
    pub args: Args,
    /// The standard output.
    pub out: Capture,
    /// The standard error.
    pub err: Capture,
}

/// The facts of one attempt.
#[derive(Debug)]
pub struct AttemptFacts {
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The slot in which it ran.
    pub slot: Slot,
    /// Its span, if it belongs to a trace.
    pub span: Option<SpanId>,
    /// The start.
    pub began: Time,
    /// The run time.
    pub took: Duration,
    /// The resources that it used.
    pub usage: Usage,
    /// How it ended.
    pub exit: JobExit,
    /// The command; empty when neither a record nor a failure needs it.
    pub command: Vec<u8>,
    /// The end of its standard error; empty unless it failed.
    pub stderr_tail: Vec<u8>,
    /// The ends of its outputs, when a file of the run has them.
    pub tails: Option<Box<Tails>>,
    /// Its values and outputs, when a table of the run has them. They are not printed.
    pub kept: Option<Box<KeptOutput>>,
    /// Bytes that it received from the stream (`--pipe`).
    pub sent: u64,
    /// Its input.
    pub input: JobInput,
    /// Bytes of its standard output.
    pub received: u64,
    /// It left a process behind that kept its output open.
    pub leaked: bool,
    /// Its input or its output was lost. The attempt failed, and it gets no record, so that a resumed run runs the job.
    pub no_record: bool,
    /// A message about it was printed.
    pub explained: bool,
}

impl AttemptFacts {
    /// The record of the job, if this attempt is its last.
    pub fn record(&self, seq: Seq, clock: &RunClock) -> Record<'_> {
        Record {
            seq,
            host: b":",
            began: clock.unix(self.began),
            took: self.took,
            sent: self.sent,
            received: self.received,
            exit: self.exit,
            input: self.input,
            command: &self.command,
        }
    }
}
