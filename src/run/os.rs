//! The few system calls of record keeping, each behind a safe function: locks, sticky directories, files below a
//! directory, the numbers of signals. It knows no format. In one file, so that the rest of `run` has no system interface.

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Signal;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The signals that have a name, without `SIG`.
pub const SIGNALS: &[(i32, &str)] = &[
    (Signal::HUP.as_raw(), "HUP"),
    (Signal::INT.as_raw(), "INT"),
    (Signal::QUIT.as_raw(), "QUIT"),
    (Signal::ILL.as_raw(), "ILL"),
    (Signal::TRAP.as_raw(), "TRAP"),
    (Signal::ABORT.as_raw(), "ABRT"),
    (Signal::BUS.as_raw(), "BUS"),
    (Signal::FPE.as_raw(), "FPE"),
    (Signal::KILL.as_raw(), "KILL"),
    (Signal::USR1.as_raw(), "USR1"),
    (Signal::SEGV.as_raw(), "SEGV"),
    (Signal::USR2.as_raw(), "USR2"),
    (Signal::PIPE.as_raw(), "PIPE"),
    (Signal::ALARM.as_raw(), "ALRM"),
    (Signal::TERM.as_raw(), "TERM"),
    (Signal::CHILD.as_raw(), "CHLD"),
    (Signal::CONT.as_raw(), "CONT"),
    (Signal::STOP.as_raw(), "STOP"),
    (Signal::TSTP.as_raw(), "TSTP"),
    (Signal::TTIN.as_raw(), "TTIN"),
    (Signal::TTOU.as_raw(), "TTOU"),
    (Signal::URG.as_raw(), "URG"),
    (Signal::XCPU.as_raw(), "XCPU"),
    (Signal::XFSZ.as_raw(), "XFSZ"),
    (Signal::VTALARM.as_raw(), "VTALRM"),
    (Signal::PROF.as_raw(), "PROF"),
    (Signal::WINCH.as_raw(), "WINCH"),
    (Signal::IO.as_raw(), "IO"),
    (Signal::SYS.as_raw(), "SYS"),
];

/// Takes the exclusive lock of an open file; `false` when another open file has it.
pub fn lock_exclusive(file: &File) -> io::Result<bool> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Opens a log for appending, made when missing: close-on-exec, never the controlling terminal, and in a sticky directory
/// (`/tmp`) never through a symbolic link, which someone else may have put there.
pub fn open_append(path: &Path, read: bool) -> io::Result<File> {
    let mut flags = OFlags::NOCTTY;
    if in_sticky_directory(path) {
        flags |= OFlags::NOFOLLOW;
    }
    OpenOptions::new().append(true).create(true).read(read).custom_flags(flags.bits() as i32).open(path)
}

fn in_sticky_directory(path: &Path) -> bool {
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return false,
    };
    std::fs::metadata(parent).is_ok_and(|meta| meta.mode() & 0o1000 != 0)
}

/// Opens a directory to make files below it.
pub fn open_directory(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY;
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

/// Opens the directory `name` below another, made when missing; never through a symbolic link.
pub fn directory_at(parent: &impl AsFd, name: &[u8]) -> io::Result<OwnedFd> {
    let name = OsStr::from_bytes(name);
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::RDONLY;
    match rustix::fs::openat(parent, name, flags, Mode::empty()) {
        Err(Errno::NOENT) => {}
        other => return Ok(other?),
    }
    match rustix::fs::mkdirat(parent, name, Mode::from_bits_truncate(0o777)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(e) => return Err(e.into()),
    }
    Ok(rustix::fs::openat(parent, name, flags, Mode::empty())?)
}

/// Makes a new, empty file `name` below a directory. What was there is unlinked first, never opened: it may be a link to
/// something else, or a FIFO that would hold us up.
pub fn create_at(parent: &impl AsFd, name: &[u8]) -> io::Result<File> {
    let name = OsStr::from_bytes(name);
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mode = Mode::from_bits_truncate(0o666);
    match rustix::fs::openat(parent, name, flags, mode) {
        Err(Errno::EXIST) => {}
        other => return Ok(File::from(other?)),
    }
    rustix::fs::unlinkat(parent, name, AtFlags::empty())?;
    Ok(File::from(rustix::fs::openat(parent, name, flags, mode)?))
}

/// Lets the lock go for every copy of the descriptor, also one that a process that was just forked has not closed yet.
pub fn unlock(file: &File) -> io::Result<()> {
    Ok(rustix::fs::flock(file, FlockOperation::Unlock)?)
}

/// The device and inode of a file as `/proc/locks` prints them: `08:01:1234`.
pub fn lock_name(file: &File) -> io::Result<String> {
    let meta = file.metadata()?;
    let device = meta.dev();
    Ok(format!("{:02x}:{:02x}:{}", rustix::fs::major(device), rustix::fs::minor(device), meta.ino()))
}
