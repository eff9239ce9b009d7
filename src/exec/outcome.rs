//! How one attempt went: plain data. It does not know what the run makes of it (retry, halt, count).

use super::capture::Capture;
use crate::job::Usage;
use crate::sys::errno;
use adaptive_pool::time::Time;
use std::fmt;
use std::time::Duration;

/// One attempt of one job, from its start to the reaping of its process.
#[derive(Debug)]
pub struct Attempt {
    /// When it started.
    pub began: Time,
    /// How long it took, suspensions of the run not counted.
    pub took: Duration,
    /// What it used. Zero when it was never started.
    pub usage: Usage,
    /// How it ended.
    pub outcome: Outcome,
    /// It had ended, but something still held its output open after the leak time, so we stopped listening.
    pub leaked: bool,
    /// Its standard output; empty unless it was captured.
    pub out: Capture,
    /// Its standard error; empty unless it was captured.
    pub err: Capture,
}

impl Attempt {
    /// An attempt that ended before any process was there.
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
    /// It ended by itself with this status.
    Exited(i32),
    /// This signal ended it, and it did not come from us.
    Signaled(i32),
    /// We ended it: it had run for longer than it may.
    TimedOut,
    /// We ended it, for this reason.
    Stopped(StopReason),
    /// There never was a process.
    NotStarted(StartError),
}

/// Why a job was ended by us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The run was interrupted by this signal.
    Interrupted(i32),
    /// `--halt now`.
    Halted,
    /// Nobody takes the output any more.
    OutputGone,
    /// Memory is short; it will come again.
    MemoryShort,
    /// It wanted the terminal, which a job in the background cannot have: it was stopped by this signal
    /// (`SIGTTIN`, `SIGTTOU`) and would have waited for ever.
    WantsTerminal(i32),
    /// Its output could not be kept: neither in memory nor in a temporary file. The text says why.
    OutputLost(String),
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StopReason::Interrupted(signal) => write!(f, "interrupted by {}", super::termseq::name(*signal)),
            StopReason::Halted => f.write_str("halted"),
            StopReason::OutputGone => f.write_str("nobody takes the output"),
            StopReason::MemoryShort => f.write_str("memory is short"),
            StopReason::WantsTerminal(_) => f.write_str("it wants the terminal, which jobs cannot use"),
            StopReason::OutputLost(why) => write!(f, "its output cannot be kept: {why}"),
        }
    }
}

/// Why there never was a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError {
    /// What that means for the run.
    pub kind: StartErrorKind,
    /// The error number of the system; 0 when there was none.
    pub errno: i32,
    /// The reason in words, without the name of the program.
    pub text: String,
}

/// What a failed start means for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartErrorKind {
    /// There is no such program: status 127.
    NotFound,
    /// It is there but cannot be executed: status 126.
    NotExecutable,
    /// The arguments and the environment are larger than the system takes.
    TooLong,
    /// The machine was out of processes, descriptors or memory just then; the job is as good as new.
    Transient,
    /// The run had been stopped before it could start.
    Cancelled,
    /// Anything else: the working directory, the input.
    Other,
}

impl StartError {
    /// An error of this kind with the words of the system for `errno`.
    pub fn system(kind: StartErrorKind, errno: i32) -> StartError {
        StartError { kind, errno, text: errno::of(errno) }
    }

    /// What a shell would report: 127 not found, 126 cannot be executed (or started at all).
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
