//! The few system calls of record keeping, each behind a safe function: locks, sticky directories, files below a
//! directory. It knows no format. In one file, so that the rest of `run` has no system interface.

use crate::sys::fault::{self, Call, Fallible};
use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Takes the exclusive lock of an open file; `false` when another open file has it.
pub fn lock_exclusive(file: &File) -> io::Result<bool> {
    fault::check(Call::Lock)?;
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Lets the lock go, also for copies of the descriptor that another process still has.
pub fn unlock(file: &File) {
    // What cannot be unlocked goes with the last copy.
    let _ = rustix::fs::flock(file, FlockOperation::Unlock);
}

/// Opens a log for appending, made when missing: close-on-exec, never the controlling terminal, and in a sticky directory
/// (`/tmp`) never through a symbolic link, which someone else may have put there.
pub fn open_append(path: &Path, read: bool) -> io::Result<File> {
    fault::check(Call::Create)?;
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
    fault::check(Call::Create)?;
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

/// What stands in a directory under a name.
#[derive(Clone, Copy, Debug)]
pub struct FileStatus {
    /// What it is; a symbolic link is not followed.
    pub kind: FileType,
    /// When it was last changed: seconds and nanoseconds since 1970.
    pub changed: (i64, u32),
}

/// What stands below a directory under this name, if anything.
pub fn status_at(parent: &impl AsFd, name: &[u8]) -> io::Result<Option<FileStatus>> {
    match rustix::fs::statat(parent, OsStr::from_bytes(name), AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(FileStatus {
            kind: FileType::from_raw_mode(stat.st_mode),
            changed: (stat.st_mtime, stat.st_mtime_nsec as u32),
        })),
        Err(Errno::NOENT) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// The first bytes of a file below a directory, never through a symbolic link.
pub fn read_start(parent: &impl AsFd, name: &[u8], most: u64) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file = File::from(rustix::fs::openat(parent, OsStr::from_bytes(name), flags, Mode::empty())?);
    let mut start = Vec::new();
    Fallible(file, Call::Read).take(most).read_to_end(&mut start)?;
    Ok(start)
}

/// Makes a new, empty file `name` below a directory. What is there is an error.
pub fn create_at(parent: &impl AsFd, name: &[u8]) -> io::Result<File> {
    fault::check(Call::Create)?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mode = Mode::from_bits_truncate(0o666);
    Ok(File::from(rustix::fs::openat(parent, OsStr::from_bytes(name), flags, mode)?))
}

/// Takes a file out of a directory, if it is there. It is never opened: it may be a link to something else, or a FIFO that
/// would hold us up.
pub fn remove_at(parent: &impl AsFd, name: &[u8]) -> io::Result<()> {
    match rustix::fs::unlinkat(parent, OsStr::from_bytes(name), AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// Sets the time at which a file was last changed.
pub fn set_changed(file: &File, (seconds, nanoseconds): (i64, u32)) -> io::Result<()> {
    let leave = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT as _ };
    let time = Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() };
    Ok(rustix::fs::futimens(file, &Timestamps { last_access: leave, last_modification: time })?)
}

/// Brings what was written to the disk.
pub fn sync(file: &File) -> io::Result<()> {
    fault::check(Call::Sync)?;
    file.sync_data()
}

/// Cuts a file to this length.
pub fn truncate(file: &File, length: u64) -> io::Result<()> {
    fault::check(Call::Truncate)?;
    file.set_len(length)
}

/// The device and inode of a file as `/proc/locks` prints them: `08:01:1234`.
pub fn lock_name(file: &File) -> io::Result<String> {
    let meta = file.metadata()?;
    let device = meta.dev() as rustix::fs::Dev;
    Ok(format!("{:02x}:{:02x}:{}", rustix::fs::major(device), rustix::fs::minor(device), meta.ino()))
}
