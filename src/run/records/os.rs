//! The system calls of the records, each behind a safe function: locks, sticky directories, files below a directory.
//! The rest of `run` makes no system calls.

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

/// Takes the exclusive lock of an open file. False when another process holds it.
pub fn lock_exclusive(file: &File) -> io::Result<bool> {
    fault::check(Call::Lock)?;
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Releases the lock, also for copies of the descriptor in other processes.
pub fn unlock(file: &File) {
    // After an error the lock ends with the last copy.
    let _ = rustix::fs::flock(file, FlockOperation::Unlock);
}

/// Opens a log for appending and creates it if it is missing. It is closed on exec and never becomes the controlling
/// terminal. In a sticky directory (`/tmp`) a symbolic link is not followed, because another user may have made it.
pub fn open_append(path: &Path, read: bool) -> io::Result<File> {
    fault::check(Call::Create)?;
    let mut flags = OFlags::NOCTTY;
    if in_sticky_directory(path) {
        flags |= OFlags::NOFOLLOW;
    }
    OpenOptions::new().append(true).create(true).read(read).custom_flags(flags.bits() as i32).open(path)
}

/// Opens a log before the first job, and empties it if it is a regular file. True for a regular file.
pub fn create_log(path: &Path) -> io::Result<(File, bool)> {
    let file = open_append(path, false)?;
    let regular =
        file.metadata()?.is_file() && !path.starts_with("/dev") && !path.starts_with("/proc/self/fd");
    if regular {
        truncate(&file, 0)?;
    }
    Ok((file, regular))
}

/// Opens a log that is continued. True for a regular file.
pub fn continue_log(path: &Path) -> io::Result<(File, bool)> {
    let regular = std::fs::metadata(path).map_or(!path.starts_with("/dev"), |meta| meta.is_file());
    Ok((open_append(path, regular)?, regular))
}

fn in_sticky_directory(path: &Path) -> bool {
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return false,
    };
    std::fs::metadata(parent).is_ok_and(|meta| meta.mode() & 0o1000 != 0)
}

/// Opens a directory.
pub fn open_directory(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::RDONLY;
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

/// Opens the directory `name` below another and creates it if it is missing. Does not follow a symbolic link.
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

/// The status of a directory entry.
#[derive(Clone, Copy, Debug)]
pub struct FileStatus {
    /// The type; a symbolic link is not followed.
    pub kind: FileType,
    /// The time of the last change: seconds and nanoseconds since 1970.
    pub changed: (i64, u32),
}

/// The status of an entry of a directory; `None` if there is none.
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

/// Reads the first bytes of a file below a directory, at most `most`. Does not follow a symbolic link.
pub fn read_start(parent: &impl AsFd, name: &[u8], most: u64) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file = File::from(rustix::fs::openat(parent, OsStr::from_bytes(name), flags, Mode::empty())?);
    let mut start = Vec::new();
    Fallible(file, Call::Read).take(most).read_to_end(&mut start)?;
    Ok(start)
}

/// Creates the file `name` below a directory. An existing entry is an error.
pub fn create_at(parent: &impl AsFd, name: &[u8]) -> io::Result<File> {
    fault::check(Call::Create)?;
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mode = Mode::from_bits_truncate(0o666);
    Ok(File::from(rustix::fs::openat(parent, OsStr::from_bytes(name), flags, mode)?))
}

/// Removes a file from a directory, if it exists. It is not opened, because it may be a link, or a FIFO, on which the
/// open would block.
pub fn remove_at(parent: &impl AsFd, name: &[u8]) -> io::Result<()> {
    match rustix::fs::unlinkat(parent, OsStr::from_bytes(name), AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// Sets the time of the last change of a file: seconds and nanoseconds since 1970.
pub fn set_changed(file: &File, (seconds, nanoseconds): (i64, u32)) -> io::Result<()> {
    let leave = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT as _ };
    let time = Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() };
    Ok(rustix::fs::futimens(file, &Timestamps { last_access: leave, last_modification: time })?)
}

/// Syncs a file to the disk.
pub fn sync(file: &File) -> io::Result<()> {
    fault::check(Call::Sync)?;
    file.sync_data()
}

/// Shortens a file to this length.
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
