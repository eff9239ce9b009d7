//! An output that could not be kept, and whom that concerns.

use crate::sys::errno;
use std::fmt;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The output of a job could not be written to its files.
#[derive(Debug)]
pub struct SaveError {
    /// Where it was to go.
    pub path: PathBuf,
    /// Why it could not.
    pub error: io::Error,
}

impl SaveError {
    /// This path, for this reason.
    pub fn new(path: PathBuf, error: io::Error) -> SaveError {
        SaveError { path, error }
    }

    /// Whom it concerns: the whole run (first), or this job alone.
    pub fn split_by_scope(self) -> (Option<SaveError>, Option<SaveError>) {
        if self.concerns_all() { (Some(self), None) } else { (None, Some(self)) }
    }

    /// True when no other job's output could be kept either: the disk is full or broken, or we are out of what any file
    /// needs. All else is a matter of this one path.
    fn concerns_all(&self) -> bool {
        let full = [
            ErrorKind::StorageFull,
            ErrorKind::QuotaExceeded,
            ErrorKind::ReadOnlyFilesystem,
            ErrorKind::OutOfMemory,
        ];
        let short = [errno::EIO, errno::EMFILE, errno::ENFILE];
        full.contains(&self.error.kind()) || self.error.raw_os_error().is_some_and(|e| short.contains(&e))
    }
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = crate::escape::visible(self.path.as_os_str().as_bytes());
        write!(f, "{path}: {}", errno::words(&self.error))
    }
}
