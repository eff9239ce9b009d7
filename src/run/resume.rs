//! What an earlier run's records mean for this one. It reads no file: [`super::joblog`] gives it records.

use crate::job::Seq;
use std::io;

/// What to do with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// It has no record: run it.
    New,
    /// It is recorded: skip it.
    Skip,
    /// It is recorded as failed and `--resume-failed` was given: run it again.
    Failed,
    /// Its sequence number is recorded, with another command: run it, and count it.
    Changed,
}

/// The recorded jobs: some 20 bytes each.
#[derive(Debug, Default)]
pub struct Resume {
    counts: Counts,
}

/// What [`Resume::look`] has answered so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Skipped.
    pub skipped: u64,
    /// Run again, because recorded as failed.
    pub failed: u64,
    /// Run, because the input or the command changed since.
    pub changed: u64,
}

impl Resume {
    /// Whether this job is to be run. `command` is what its record's command would be.
    pub fn look(&mut self, _seq: Seq, _command: &[u8]) -> Past {
        Past::New
    }
    /// What was answered so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}

/// The failed jobs of a joblog, in the order of their sequence numbers: an iterator over (number, shell command line).
/// A record written for one of them carries the same number and the same command.
#[derive(Debug)]
pub struct Retry {
    left: usize,
}

impl Retry {
    /// How many are left.
    pub fn len(&self) -> usize {
        self.left
    }
    /// True when none is left.
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }
}

impl Iterator for Retry {
    type Item = io::Result<(Seq, Vec<u8>)>;
    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}
