//! One record of the joblog: plain data.

use crate::job::Seq;
use crate::run::input::job_input::JobInput;
use crate::run::job_exit::JobExit;
use std::time::Duration;

/// One record.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The number of the job.
    pub seq: Seq,
    /// The machine that ran it: `:` for this one.
    pub host: &'a [u8],
    /// The start of the last attempt, since 1970.
    pub began: Duration,
    /// The run time of the last attempt.
    pub took: Duration,
    /// Bytes sent to the job (`--pipe`); otherwise 0.
    pub sent: u64,
    /// Bytes of its standard output.
    pub received: u64,
    /// How it ended.
    pub exit: JobExit,
    /// Its input.
    pub input: JobInput,
    /// The command as a user would type it, never shortened. A resumed run compares it.
    pub command: &'a [u8],
}
