//! Opens a joblog: locks it, checks it, cuts off a torn record at its end and reads the records of earlier runs.

use super::retry::{Retry, RetryList};
use super::{Recorded, Resume};
use crate::job::Seq;
use crate::run::records::joblog::{JobLog, ScanError, Scanned, may_be_header, scan};
use crate::sys::errno;
use crate::sys::fault::{Call, Fallible};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How a run uses an existing joblog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoblogMode {
    /// Empty the joblog. A file that is not a joblog is refused.
    Fresh,
    /// Append to it (`--joblog +FILE`).
    Append,
    /// Append, and skip every job that has a record (`--resume`).
    Resume,
    /// Append, and skip every job whose last record says success (`--resume-failed`).
    ResumeFailed,
    /// Append, and run the commands of the failed jobs from the joblog alone (`--retry-failed`).
    RetryFailed,
}

impl JoblogMode {
    fn reads_records(self) -> bool {
        matches!(self, JoblogMode::Resume | JoblogMode::ResumeFailed | JoblogMode::RetryFailed)
    }
}

/// What the records of earlier runs mean for this run.
#[derive(Debug)]
pub enum EarlierRecords {
    /// Nothing.
    None,
    /// They decide for each job whether it is skipped (`--resume`, `--resume-failed`).
    Resume(Resume),
    /// They are the input of this run (`--retry-failed`).
    Retry(Retry),
}

impl EarlierRecords {
    /// The records that decide whether a job is skipped.
    pub fn resume(&self) -> Option<&Resume> {
        match self {
            EarlierRecords::Resume(resume) => Some(resume),
            EarlierRecords::None | EarlierRecords::Retry(_) => None,
        }
    }
}

/// Why a joblog cannot be used. `Display` gives the reason; the caller names the file. The file was not changed.
#[derive(Debug)]
pub enum OpenError {
    /// Another run holds the lock.
    InUse {
        /// The process that holds it, if the system names it.
        pid: Option<u32>,
    },
    /// The file is not a joblog, or it is damaged before its end.
    Damaged {
        /// The line, from 1.
        line: u64,
        /// The damage.
        why: &'static str,
    },
    /// A FIFO or a device has no records to resume from.
    NoRecords,
    /// `--retry-failed` cannot run a job that read a block of a stream, because the joblog does not hold the block.
    Stream {
        /// The job.
        seq: Seq,
    },
    /// `--retry-failed` cannot run a job whose record has no command.
    NoCommand {
        /// The job.
        seq: Seq,
    },
    /// The system refused.
    Io(io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::InUse { pid: Some(pid) } => write!(f, "joblog in use by pid {pid}"),
            OpenError::InUse { pid: None } => f.write_str("joblog in use by another run"),
            OpenError::Damaged { line, why } => write!(f, "line {line}: {why}; nothing was changed"),
            OpenError::NoRecords => f.write_str("cannot resume from what is not a regular file"),
            OpenError::Stream { seq } => write!(
                f,
                "job {seq} read a block of a stream, which it does not hold: use --resume-failed and give the stream again"
            ),
            OpenError::NoCommand { seq } => {
                write!(
                    f,
                    "the record of job {seq} has no command: use --resume-failed and give the input again"
                )
            }
            OpenError::Io(e) => f.write_str(&errno::words(e)),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<io::Error> for OpenError {
    fn from(e: io::Error) -> OpenError {
        OpenError::Io(e)
    }
}

impl From<ScanError> for OpenError {
    fn from(e: ScanError) -> OpenError {
        match e {
            ScanError::Damaged { line, why } => OpenError::Damaged { line, why },
            ScanError::Io(e) => OpenError::Io(e),
        }
    }
}

/// The first bytes of a file that is to be emptied; enough to tell whether it is a joblog.
const START_BYTES: u64 = 128 * 1024;

/// Opens, locks and checks a joblog before the first job. Cuts off a torn record and writes a missing header.
pub fn open(path: &Path, mode: JoblogMode) -> Result<(JobLog, EarlierRecords), OpenError> {
    let regular = is_regular_or_missing(path);
    if !regular && mode.reads_records() {
        return Err(OpenError::NoRecords);
    }
    if mode == JoblogMode::RetryFailed {
        // Without a joblog there is nothing to run. The missing file is not created.
        std::fs::metadata(path)?;
    }
    let mut log = JobLog::open(path, regular)?;
    if !regular {
        log.write_header()?;
        return Ok((log, EarlierRecords::None));
    }
    if !log.lock()? {
        return Err(OpenError::InUse { pid: log.lock_holder() });
    }
    let earlier = match mode {
        JoblogMode::Fresh => empty(&mut log)?,
        _ => continue_log(&mut log, mode)?,
    };
    log.sync()?;
    Ok((log, earlier))
}

/// Reads the records of a joblog without a lock. Neither creates nor changes the file: for `--dry-run`.
pub fn read_only(path: &Path, mode: JoblogMode) -> Result<EarlierRecords, OpenError> {
    if mode == JoblogMode::RetryFailed {
        std::fs::metadata(path)?;
    }
    if !mode.reads_records() || !path.exists() {
        return Ok(EarlierRecords::None);
    }
    if !is_regular_or_missing(path) {
        return Err(OpenError::NoRecords);
    }
    read_records(&File::open(path)?, mode).map(|(_, earlier)| earlier)
}

/// Empties a joblog, and refuses any other file.
fn empty(log: &mut JobLog) -> Result<EarlierRecords, OpenError> {
    let mut start = Vec::new();
    log.reader().take(START_BYTES).read_to_end(&mut start)?;
    if !may_be_header(&start) {
        return Err(OpenError::Damaged { line: 1, why: "it is not a joblog" });
    }
    log.truncate(0)?;
    log.write_header()?;
    Ok(EarlierRecords::None)
}

/// Reads the records and cuts off a torn one at the end.
fn continue_log(log: &mut JobLog, mode: JoblogMode) -> Result<EarlierRecords, OpenError> {
    let (scanned, earlier) = read_records(log.file(), mode)?;
    if scanned.end < scanned.len {
        log.truncate(scanned.end)?;
    }
    if scanned.end == 0 {
        log.write_header()?;
    }
    Ok(earlier)
}

fn read_records(file: &File, mode: JoblogMode) -> Result<(Scanned, EarlierRecords), OpenError> {
    let mut resume = Recorded::default();
    let mut retry = RetryList::default();
    let scanned = scan(Fallible(file, Call::Read), &mut |line, offset, command| match mode {
        JoblogMode::Resume | JoblogMode::ResumeFailed => resume.add(line, command),
        JoblogMode::RetryFailed => retry.add(line, offset),
        JoblogMode::Fresh | JoblogMode::Append => {}
    })?;
    let earlier = match mode {
        JoblogMode::Resume => EarlierRecords::Resume(resume.skip_recorded()),
        JoblogMode::ResumeFailed => EarlierRecords::Resume(resume.skip_succeeded()),
        JoblogMode::RetryFailed => match (retry.first_with_stream(), retry.first_without_command()) {
            (Some(seq), _) => return Err(OpenError::Stream { seq }),
            (None, Some(seq)) => return Err(OpenError::NoCommand { seq }),
            (None, None) => EarlierRecords::Retry(retry.commands(file.try_clone()?)),
        },
        JoblogMode::Fresh | JoblogMode::Append => EarlierRecords::None,
    };
    Ok((scanned, earlier))
}

/// False for FIFOs, devices, and the names of open descriptors. `/dev/stderr` may be a regular file, but other programs
/// write to it too.
fn is_regular_or_missing(path: &Path) -> bool {
    let descriptor = ["/dev/stdout", "/dev/stderr", "/dev/stdin"].iter().any(|name| path == Path::new(name))
        || path.starts_with("/dev/fd")
        || path.starts_with("/proc/self/fd");
    !descriptor && std::fs::metadata(path).map_or(true, |meta| meta.is_file() || meta.is_dir())
}

#[cfg(test)]
mod tests;
