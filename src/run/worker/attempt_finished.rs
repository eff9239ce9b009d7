//! The result of an attempt, as a worker sends it to the conductor. Plain data.

use crate::exec::Capture;
use crate::job::Seq;
use crate::run::ledger::AttemptEnd;
use crate::run::records::attempt_facts::AttemptFacts;
use crate::run::records::results::SaveError;
use crate::sink::Tag;
use adaptive_pool::pool::TaskReport;

/// The message to the conductor at the end of an attempt.
#[derive(Debug)]
pub struct AttemptFinished {
    /// The number of the job.
    pub seq: Seq,
    /// How the attempt ended.
    pub end: AttemptEnd,
    /// The sink does not have to report the emission of the output.
    pub emitted: bool,
    /// The facts for the records; `None` for a job that never ran.
    pub facts: Option<Box<AttemptFacts>>,
    /// The output, if another attempt may follow.
    pub pending_output: Option<Box<PendingOutput>>,
    /// A line for the user.
    pub message: Option<String>,
    /// The start gate is closed until the conductor has judged this end.
    pub closes_gate: bool,
    /// The output could not be saved. The whole run stops.
    pub save_error: Option<SaveError>,
}

/// The results of an attempt for the conductor, the sink and the pool.
#[derive(Debug)]
pub struct AttemptResult {
    /// For the conductor.
    pub finished: AttemptFinished,
    /// For the sink. The worker sends it after `finished`, so that the conductor knows the end of a job before the sink
    /// reports its output.
    pub output: Option<PendingOutput>,
    /// For the pool.
    pub report: TaskReport,
}

impl AttemptFinished {
    /// The result of a job that never ran.
    pub fn without_run(seq: Seq, end: AttemptEnd) -> AttemptFinished {
        AttemptFinished {
            seq,
            end,
            emitted: true,
            facts: None,
            pending_output: None,
            message: None,
            closes_gate: false,
            save_error: None,
        }
    }
}

/// The output of an attempt.
#[derive(Debug)]
pub struct PendingOutput {
    /// The text at the start of each line.
    pub tag: Option<Tag>,
    /// The text before the output: the command, with `-v`.
    pub head: Vec<u8>,
    /// The standard output.
    pub out: Capture,
    /// The standard error.
    pub err: Capture,
}
