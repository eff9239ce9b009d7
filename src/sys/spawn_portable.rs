//! Starting a process where there is no Linux `clone`: the standard library's `posix_spawn`, in a group of its own.
//!
//! Same interface as the Linux one. What it lacks: no pidfd, no death with the parent, no exact reset of signals.

use super::limits::Limit;
use super::signals::SignalSet;
use std::ffi::{CStr, OsStr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

/// Strings that a new process gets.
pub struct Strings<'a>(Vec<&'a CStr>);

impl<'a> Strings<'a> {
    /// Points to these strings.
    pub fn of(strings: impl Iterator<Item = &'a CStr>) -> Strings<'a> {
        Strings(strings.collect())
    }
}

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
    /// By how much to be nicer.
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

/// Starts a process. Returns when it has executed its program or has failed to.
pub fn spawn(command: &Command<'_>) -> Result<Child, SpawnError> {
    #[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
    let mut builder = std::process::Command::new(OsStr::from_bytes(command.program.to_bytes()));
    let text = |s: &&'_ CStr| OsStr::from_bytes(s.to_bytes()).to_owned();
    if let Some(name) = command.argv.0.first() {
        builder.arg0(text(name));
    }
    builder.args(command.argv.0.iter().skip(1).map(text)).env_clear().process_group(0);
    for variable in &command.env.0 {
        let bytes = variable.to_bytes();
        if let Some(at) = bytes.iter().position(|&b| b == b'=') {
            builder.env(OsStr::from_bytes(&bytes[..at]), OsStr::from_bytes(&bytes[at + 1..]));
        }
    }
    if let Some(directory) = command.cwd {
        builder.current_dir(OsStr::from_bytes(directory.to_bytes()));
    }
    let [input, output, error] = command.stdio;
    builder.stdin(stdio(input, 0)?).stdout(stdio(output, 1)?).stderr(stdio(error, 2)?);
    let child = builder.spawn().map_err(|e| {
        let errno = e.raw_os_error().unwrap_or(libc::EINVAL);
        let fork = matches!(errno, libc::EAGAIN | libc::ENOMEM | libc::EMFILE | libc::ENFILE);
        SpawnError { stage: if fork { Stage::Fork } else { Stage::Exec }, errno }
    })?;
    Ok(Child { pid: child.id().cast_signed(), pidfd: None })
}

fn stdio(source: RawFd, target: RawFd) -> Result<Stdio, SpawnError> {
    if source == target {
        return Ok(Stdio::inherit());
    }
    // SAFETY: the caller keeps the descriptor open during this call; it is only duplicated here.
    let borrowed = unsafe { BorrowedFd::borrow_raw(source) };
    let copy = borrowed.as_fd().try_clone_to_owned();
    let errno = |e: std::io::Error| e.raw_os_error().unwrap_or(libc::EBADF);
    Ok(copy.map_err(|e| SpawnError { stage: Stage::Descriptors, errno: errno(e) })?.into())
}
