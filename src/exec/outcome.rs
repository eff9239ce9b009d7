//! The result of one attempt: plain data. The run decides about retries, halts and counts.

use super::capture::Capture;
use crate::job::Usage;
use crate::sys::errno;
use adaptive_pool::time::Time;
use std::fmt;
use std::time::Duration;

/// One attempt of one job, from the start to the reap of its process.
#[derive(Debug)]
pub struct Attempt {
    /// When it started.
    pub began: Time,
    /// How long it took, without suspensions of the run.
    pub took: Duration,
    /// The resources that it used. Zero when no process was started.
    pub usage: Usage,
    /// How it ended.
    pub outcome: Outcome,
    /// Another process kept its output open for longer than the leak time, so apool closed it.
    pub leaked: bool,
    /// Its standard output. Empty unless it was captured.
    pub out: Capture,
    /// Its standard error. Empty unless it was captured.
    pub err: Capture,
}

impl Attempt {
    /// An attempt without a process.
    pub fn not_started(began: Time, error: StartError) -> Attempt {
        Attempt {
            began,
            took: Duration::ZERO,
            usage: Usage::default(),
            outcome: Outcome::NotStarted(error),
            leaked: false,
            out: Capture::default(),
            err: Capture::default(),
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It exited with this status.
    Exited(i32),
    /// This signal ended it. The signal did not come from apool.
    Signaled(i32),
    /// apool ended it because of its timeout.
    TimedOut,
    /// apool ended it for this reason.
    Stopped(StopReason),
    /// No process was started.
    NotStarted(StartError),
}

/// Why apool ended a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// This signal interrupted the run.
    Interrupted(i32),
    /// `--halt now`.
    Halted,
    /// The output is closed: no reader is left.
    OutputGone,
    /// Memory is short. The job runs again later.
    MemoryShort,
    /// It used the terminal, which a background job cannot do. This signal (`SIGTTIN`, `SIGTTOU`) stopped it, and it
    /// would have waited for ever.
    WantsTerminal(i32),
    /// It could not be given all of its block of a stream. The text is the reason.
    InputLost(String),
    /// Its output could not be stored, neither in memory nor in a temporary file. The text is the reason.
    OutputLost(String),
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StopReason::Interrupted(signal) => write!(f, "interrupted by {}", super::termseq::name(*signal)),
            StopReason::Halted => f.write_str("halted"),
            StopReason::OutputGone => f.write_str("the output is closed"),
            StopReason::MemoryShort => f.write_str("memory is short"),
            StopReason::WantsTerminal(_) => f.write_str("it wants the terminal, which jobs cannot use"),
            StopReason::InputLost(why) => f.write_str(why),
            StopReason::OutputLost(why) => write!(f, "its output cannot be kept: {why}"),
        }
    }
}

/// Why no process was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError {
    /// The kind of the error.
    pub kind: StartErrorKind,
    /// The error number of the system. 0 when there is none.
    pub errno: i32,
    /// The reason, without the name of the program.
    pub text: String,
}

/// The kind of a start error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartErrorKind {
    /// The program does not exist: status 127.
    NotFound,
    /// The program exists but cannot be executed: status 126.
    NotExecutable,
    /// The arguments and the environment are larger than the limit of the system.
    TooLong,
    /// The system was out of processes, descriptors or memory. A later attempt may succeed.
    Transient,
    /// The run was stopped before the start.
    Cancelled,
    /// Another error, such as the working directory or the input.
    Other,
}

impl StartError {
    /// An error of this kind with the system's text for `errno`.
    pub fn system(kind: StartErrorKind, errno: i32) -> StartError {
        StartError { kind, errno, text: errno::of(errno) }
    }

    /// The exit status that a shell reports: 127 for a program that was not found, otherwise 126.
    pub fn exit_status(&self) -> i32 {
        if self.kind == StartErrorKind::NotFound { 127 } else { 126 }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for StartError {}
