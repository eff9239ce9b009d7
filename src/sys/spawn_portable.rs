//! Starts a process where Linux `clone` is missing: with `posix_spawn` of the standard library, in a new process group.
//!
//! The interface is that of the Linux file. It has no pidfd, no death with the parent, and no exact reset of signals.

pub use super::request::{Child, Command, Settings, SpawnError, Stage};
pub use super::strings::Strings;
use std::ffi::{CStr, OsStr};
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Stdio;

/// Starts a process. Returns when the process has executed its program or has failed to.
pub fn spawn(command: &Command<'_>) -> Result<Child, SpawnError> {
    #[expect(clippy::disallowed_methods, reason = "this module starts processes")]
    let mut builder = std::process::Command::new(OsStr::from_bytes(command.program.to_bytes()));
    let text = |s: &CStr| OsStr::from_bytes(s.to_bytes()).to_owned();
    if let Some(name) = command.argv.iter().next() {
        builder.arg0(text(name));
    }
    builder.args(command.argv.iter().skip(1).map(text)).env_clear().process_group(0);
    for variable in command.env.iter() {
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
    if let Some(terminal) = command.terminal
        && let Some(group) = rustix::process::Pid::from_raw(child.id().cast_signed())
    {
        let _blocked = super::signals::AllBlocked::new();
        // SAFETY: the caller keeps the descriptor open during this call.
        let _ = rustix::termios::tcsetpgrp(unsafe { BorrowedFd::borrow_raw(terminal) }, group);
    }
    if let Some(niceness) = command.settings.nice {
        // `placing::try_niceness` reported a refusal before the first start.
        let _ = rustix::process::setpriority_process(
            rustix::process::Pid::from_raw(child.id().cast_signed()),
            niceness,
        );
    }
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
