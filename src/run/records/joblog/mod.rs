//! The joblog: one line a job that has ended, in GNU parallel's nine columns, by which a later run resumes.
//!
//! It does not know when a record may be written (after the job's output was accepted) nor what a retry is. A record is
//! one `write` to a file opened with `O_APPEND`, so a crash can only tear the last one, and the next run cuts that off. The
//! format is described in `docs/joblog.md`.

use crate::job::Seq;
use crate::run::input::given::Given;
use crate::run::job_exit::JobExit;
use crate::run::records::os;
use crate::run::records::resume::{Recorded, Resume, Retry, RetryList};
use crate::sys::errno;
use crate::sys::fault::{self, Call, Fallible};
use adaptive_pool::time::Time;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

pub use scan::{ScanError, Scanned, scan};
pub use text::{HEADER, Line, Writer, parse};

mod disk;
mod lock;
mod scan;
pub(in crate::run) mod text;
mod write;

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
    pub ending: JobExit,
    /// What it was given beside its command.
    pub given: Given,
    /// The command as a user would type it: what [`crate::run::records::resume`] compares. Never shortened.
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

impl Past {
    /// The records that jobs are looked up in.
    pub fn resume(&self) -> Option<&Resume> {
        match self {
            Past::Resume(resume) => Some(resume),
            Past::None | Past::Retry(_) => None,
        }
    }
}

/// An open joblog, its lock held until it is dropped.
#[derive(Debug)]
pub struct JobLog {
    file: File,
    /// False for a FIFO or a device: no lock, no length, nothing to bring to a disk.
    regular: bool,
    line: Vec<u8>,
    /// What the next record is to tell of the order of the jobs.
    seed: Option<u64>,
    /// Bytes of a torn record at the end, which could not be taken back yet.
    torn: u64,
    unsynced: bool,
    synced: Time,
    disk: disk::Disk,
    cut: u64,
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
    /// A job to be run from the joblog alone read a block of a stream, which is not in it.
    Stream {
        /// Which one.
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
            OpenError::NoPast => f.write_str("cannot resume from what is not a regular file"),
            OpenError::Stream { seq } => write!(
                f,
                "job {seq} read a block of a stream, which it does not hold: use --resume-failed and give the stream again"
            ),
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

/// How often, and after how long each time, a lock that another run has is tried for.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// Seconds between two syncs.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// What a run would find in a joblog, which is neither made nor changed nor locked: for `--dry-run`.
pub fn look(path: &Path, mode: Mode) -> Result<Past, OpenError> {
    let looks_back = match mode {
        Mode::Resume | Mode::ResumeFailed => true,
        Mode::RetryFailed => std::fs::metadata(path).map(|_| true)?,
        Mode::Fresh | Mode::Append => false,
    };
    if !looks_back || !path.exists() {
        return Ok(Past::None);
    }
    if !is_regular_or_missing(path) {
        return Err(OpenError::NoPast);
    }
    past_of(&File::open(path)?, mode).map(|(_, past)| past)
}

fn past_of(file: &File, mode: Mode) -> Result<(Scanned, Past), OpenError> {
    let mut resume = Recorded::default();
    let mut retry = RetryList::default();
    let scanned = scan(Fallible(file, Call::Read), &mut |line, offset, command| match mode {
        Mode::Resume | Mode::ResumeFailed => resume.add(line, command),
        Mode::RetryFailed => retry.add(line, offset),
        Mode::Fresh | Mode::Append => {}
    })?;
    let past = match mode {
        Mode::Resume => Past::Resume(resume.skip_recorded()),
        Mode::ResumeFailed => Past::Resume(resume.skip_succeeded()),
        Mode::RetryFailed => match retry.stream() {
            Some(seq) => return Err(OpenError::Stream { seq }),
            None => Past::Retry(retry.commands(file.try_clone()?)),
        },
        Mode::Fresh | Mode::Append => Past::None,
    };
    Ok((scanned, past))
}

impl JobLog {
    /// Opens, locks and checks a joblog, cuts a torn tail, writes the header where it is missing. Before the first job.
    pub fn open(path: &Path, mode: Mode) -> Result<(JobLog, Past), OpenError> {
        let regular = is_regular_or_missing(path);
        if !regular && matches!(mode, Mode::Resume | Mode::ResumeFailed | Mode::RetryFailed) {
            return Err(OpenError::NoPast);
        }
        if mode == Mode::RetryFailed {
            // Nothing is made where there is nothing to read.
            std::fs::metadata(path)?;
        }
        let file = os::open_append(path, regular)?;
        let mut log = JobLog {
            file,
            regular,
            line: Vec::new(),
            seed: None,
            torn: 0,
            unsynced: false,
            synced: Time::ZERO,
            disk: disk::Disk::default(),
            cut: 0,
        };
        if !regular {
            log.write(HEADER)?;
            return Ok((log, Past::None));
        }
        log.lock()?;
        let past = match mode {
            Mode::Fresh => log.empty()?,
            _ => log.read_past(mode)?,
        };
        log.sync()?;
        Ok((log, past))
    }

    /// Empties a joblog, but no other file.
    fn empty(&mut self) -> Result<Past, OpenError> {
        let mut start = Vec::new();
        Fallible(&self.file, Call::Read).take(2 * 64 * 1024).read_to_end(&mut start)?;
        if !scan::may_be_header(&start) {
            return Err(OpenError::Damaged { line: 1, why: "it is not a joblog" });
        }
        os::cut(&self.file, 0)?;
        self.write(HEADER)?;
        Ok(Past::None)
    }

    fn read_past(&mut self, mode: Mode) -> Result<Past, OpenError> {
        let (scanned, past) = past_of(&self.file, mode)?;
        if scanned.end < scanned.len {
            os::cut(&self.file, scanned.end)?;
            self.cut = scanned.len - scanned.end;
        }
        if scanned.end == 0 {
            self.write(HEADER)?;
        }
        Ok(past)
    }

    /// Writes one record with one `write`. After an error the record is not in the file: what was written of it is taken
    /// back, as far as the system allows.
    pub fn append(&mut self, record: &Record<'_>) -> io::Result<()> {
        let mut line = std::mem::take(&mut self.line);
        text::format(record, self.seed, &mut line);
        let result = self.write(&line);
        self.line = line;
        if result.is_ok() {
            self.seed = None;
        }
        result
    }

    /// The jobs are in the random order of this seed: the first record tells it. Without a record there is nothing that a
    /// later run could know again, in whatever order.
    pub fn keep_seed(&mut self, seed: u64) {
        self.seed = Some(seed);
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.unsynced = true;
        write::line(&mut &self.file, self.regular, &mut self.torn, line)
    }

    /// Has what was written brought to the disk when that is due, without waiting. True when it was
    /// asked for now. An error may be that of an earlier time.
    pub fn tick(&mut self, now: Time) -> io::Result<bool> {
        let due = self.regular
            && self.unsynced
            && now.since(self.synced) >= SYNC_EVERY
            && self.disk.ask(&self.file)?;
        if due {
            self.synced = now;
            self.unsynced = false;
        }
        Ok(due)
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.regular && self.unsynced {
            os::sync(&self.file)?;
            self.unsynced = false;
        }
        Ok(())
    }

    /// Brings everything to the disk and lets the lock go. An error means that records may be lost.
    pub fn close(mut self) -> io::Result<()> {
        self.disk.wait()?;
        self.sync()
    }

    /// Gets the lock. A run that was killed just now may have been starting a job, whose process has a copy of the
    /// descriptor until it executes its program or dies: it is given a moment.
    fn lock(&self) -> Result<(), OpenError> {
        for _ in 0..LOCK_TRIES {
            if os::lock_exclusive(&self.file)? {
                return Ok(());
            }
            std::thread::sleep(LOCK_PAUSE);
        }
        Err(OpenError::InUse { pid: lock::holder(&self.file) })
    }

    /// How many bytes of a torn last record were cut off when it was opened.
    pub fn cut(&self) -> u64 {
        self.cut
    }
}

impl Drop for JobLog {
    /// Not left to the closing of the file: a process that is being started just then (`--limit`) has a copy of the
    /// descriptor until it executes its program, and the next run would find the joblog in use.
    fn drop(&mut self) {
        if self.regular {
            os::unlock(&self.file);
        }
    }
}

/// False for FIFOs, devices, and the names of open descriptors, which are written to as they are: `/dev/stderr` may well be
/// a regular file, but it is not our log alone.
fn is_regular_or_missing(path: &Path) -> bool {
    let descriptor = ["/dev/stdout", "/dev/stderr", "/dev/stdin"].iter().any(|name| path == Path::new(name))
        || path.starts_with("/dev/fd")
        || path.starts_with("/proc/self/fd");
    !descriptor && std::fs::metadata(path).map_or(true, |meta| meta.is_file() || meta.is_dir())
}

/// Reads the line that begins at `offset`, without its newline.
pub(in crate::run) fn line_at(file: &File, offset: u64) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        fault::check(Call::Read)?;
        let read = match file.read_at(&mut chunk, offset + line.len() as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let end = memchr::memchr(b'\n', &chunk[..read]);
        line.extend_from_slice(&chunk[..end.unwrap_or(read)]);
        if end.is_some() {
            return Ok(line);
        }
    }
}

#[cfg(test)]
mod tests;
