//! What a start is told and what it answers, whichever way the system starts processes. Plain data.

use super::limits::Limit;
use super::signals::SignalSet;
use super::strings::Strings;
use std::ffi::CStr;
use std::os::fd::{OwnedFd, RawFd};

/// What to start.
pub struct Command<'a> {
    /// The file to execute; no `PATH` is looked at.
    pub program: &'a CStr,
    /// The words, the program's own name first.
    pub argv: &'a Strings<'a>,
    /// The whole environment.
    pub env: &'a Strings<'a>,
    /// The directory to run in.
    pub cwd: Option<&'a CStr>,
    /// The descriptors that become 0, 1 and 2. Each must be above 2 or be the very one it becomes.
    pub stdio: [RawFd; 3],
    /// The same for every job.
    pub settings: &'a Settings,
}

/// What is the same for every process that is started.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Signals that get their default action back.
    pub reset: SignalSet,
    /// Signals that are ignored in the new process.
    pub ignore: SignalSet,
    /// The descriptor limit to give back, when ours was raised.
    pub descriptors: Option<Limit>,
    /// The niceness, when it is not ours.
    pub nice: Option<i32>,
}

/// A process that has executed its program. It leads a process group of its own.
#[derive(Debug)]
pub struct Child {
    /// Its number, which is also that of its group.
    pub pid: i32,
    /// Readable when it has ended.
    pub pidfd: Option<OwnedFd>,
}

/// Which step of a start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No new process could be made.
    Fork,
    /// Its descriptors could not be set up.
    Descriptors,
    /// Its directory could not be entered.
    Directory,
    /// Its program could not be executed.
    Exec,
}

/// A start that failed: at which step, with which error number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpawnError {
    /// The step.
    pub stage: Stage,
    /// The error number.
    pub errno: i32,
}
