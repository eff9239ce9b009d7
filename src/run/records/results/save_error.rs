//! The error of an output that could not be saved, and whether it concerns other jobs.

use crate::sys::errno;
use std::fmt;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The output of a job could not be written to its files.
#[derive(Debug)]
pub struct SaveError {
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub error: io::Error,
}

impl SaveError {
    /// An error on this file.
    pub fn new(path: PathBuf, error: io::Error) -> SaveError {
        SaveError { path, error }
    }

    /// The error as one of the whole run (first), or of this job alone (second).
    pub fn split_by_scope(self) -> (Option<SaveError>, Option<SaveError>) {
        if self.concerns_all() { (Some(self), None) } else { (None, Some(self)) }
    }

    /// True when the output of other jobs could not be saved either: the disk is full or broken, or descriptors or
    /// memory are missing. Any other error concerns this path alone.
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
