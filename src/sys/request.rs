//! The request to start a process, and its results: plain data for all systems.

use super::limits::Limit;
use super::signals::SignalSet;
use super::strings::Strings;
use std::ffi::CStr;
use std::os::fd::{OwnedFd, RawFd};

/// A process to start.
pub struct Command<'a> {
    /// The file to execute. `PATH` is not searched.
    pub program: &'a CStr,
    /// The arguments. The first is the name of the program.
    pub argv: &'a Strings<'a>,
    /// The whole environment.
    pub env: &'a Strings<'a>,
    /// The working directory. `None` is that of apool.
    pub cwd: Option<&'a CStr>,
    /// The descriptors that become 0, 1 and 2. Each must be above 2 or equal to its new number.
    pub stdio: [RawFd; 3],
    /// A terminal of which the new group becomes the foreground group.
    pub terminal: Option<RawFd>,
    /// The settings of all processes.
    pub settings: &'a Settings,
}

/// The settings that all processes share.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Signals that get their default action.
    pub reset: SignalSet,
    /// Signals that are ignored.
    pub ignore: SignalSet,
    /// The descriptor limit, when apool raised its own.
    pub descriptors: Option<Limit>,
    /// The niceness. `None` is that of apool.
    pub nice: Option<i32>,
}

/// A process that has executed its program. It leads a new process group.
#[derive(Debug)]
pub struct Child {
    /// The number of the process and of its group.
    pub pid: i32,
    /// Readable when the process has ended.
    pub pidfd: Option<OwnedFd>,
}

/// The step at which a start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No process could be made.
    Fork,
    /// The descriptors could not be set up.
    Descriptors,
    /// The working directory could not be entered.
    Directory,
    /// The program could not be executed.
    Exec,
}

/// A failed start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpawnError {
    /// The step.
    pub stage: Stage,
    /// The error number.
    pub errno: i32,
}
