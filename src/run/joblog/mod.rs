//! The joblog: one line a job that has ended, in GNU parallel's nine columns, by which a later run resumes.
//!
//! It does not know when a record may be written (after the job's output was accepted) nor what a retry is; see
//! `docs/joblog.md` for the format.

use super::ending::Ending;
use super::resume::{Resume, Retry};
use crate::job::Seq;
use crate::time::Time;
use std::io;
use std::path::Path;
use std::time::Duration;

/// The first line of every joblog.
pub const HEADER: &[u8] = b"Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

/// One record.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The job's place in the input.
    pub seq: Seq,
    /// Where it ran: `:` for this machine.
    pub host: &'a [u8],
    /// When the (last) attempt began, since 1970.
    pub began: Duration,
    /// How long it took.
    pub took: Duration,
    /// Bytes sent to the job (`--pipe`); 0 otherwise.
    pub sent: u64,
    /// Bytes of output, stdout only.
    pub received: u64,
    /// How it ended.
    pub ending: Ending,
    /// The command as a user would type it: what [`super::resume`] compares. Never shortened.
    pub command: &'a [u8],
}

/// What a run wants of an existing joblog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Starts anew: a joblog that is there is emptied (a file that is none is refused).
    Fresh,
    /// Adds to what is there (`--joblog +FILE`).
    Append,
    /// Adds, and skips every job that has a record (`--resume`).
    Resume,
    /// Adds, and skips every job whose last record says success (`--resume-failed`).
    ResumeFailed,
    /// Adds, and runs the failed jobs' commands, from the joblog alone (`--retry-failed`).
    RetryFailed,
}

/// What the records of an earlier run mean for this one.
#[derive(Debug)]
pub enum Past {
    /// Nothing.
    None,
    /// Ask it for every job (`Mode::Resume`, `Mode::ResumeFailed`).
    Resume(Resume),
    /// These are the jobs (`Mode::RetryFailed`).
    Retry(Retry),
}

/// An open joblog, its lock held until it is dropped.
#[derive(Debug)]
pub struct JobLog {
    _file: std::fs::File,
}

/// Why a joblog cannot be used. `Display` is the WHY of a message; the caller names the file. Nothing was changed.
#[derive(Debug)]
pub enum OpenError {
    /// Another run holds it.
    InUse {
        /// The holder, where the system tells.
        pid: Option<u32>,
    },
    /// The file is not a joblog, or is damaged before its end.
    Damaged {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is nothing to resume from: a FIFO or a device.
    NoPast,
    /// The system refused.
    Io(io::Error),
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for OpenError {}

impl JobLog {
    /// Opens, locks and checks a joblog, cuts a torn tail, writes the header where it is missing. Before the first job.
    pub fn open(path: &Path, mode: Mode) -> Result<(JobLog, Past), OpenError> {
        let _ = (path, mode);
        Err(OpenError::NoPast)
    }
    /// Writes one record with one `write`. An error means the record is not in the file (as far as the system allows to
    /// take a part of it back).
    pub fn append(&mut self, record: &Record<'_>) -> io::Result<()> {
        let _ = record;
        Ok(())
    }
    /// True when something was written and the last [`JobLog::sync`] is a second ago.
    pub fn sync_due(&self, _now: Time) -> bool {
        false
    }
    /// Brings what was written to the disk.
    pub fn sync(&mut self, _now: Time) -> io::Result<()> {
        Ok(())
    }
    /// Brings everything to the disk and lets the lock go. An error means that records may be lost.
    pub fn close(self) -> io::Result<()> {
        Ok(())
    }
    /// How many bytes of a torn last record were cut off when it was opened.
    pub fn cut(&self) -> u64 {
        0
    }
}
