//! The joblog: one line for each job that has ended, in the nine columns of GNU parallel. A later run resumes from it.
//!
//! A record is one `write` to a file opened with `O_APPEND`. A crash can therefore tear only the last record, and the
//! next run cuts that off. The caller decides when a record may be written: after the output of the job was accepted.
//! The module `resume` opens a joblog and decides what its records mean. `docs/joblog.md` describes the format.

mod disk;
mod lock;
mod record;
mod scan;
pub(in crate::run) mod text;
mod write;

pub use record::Record;
pub use scan::{ScanError, Scanned, may_be_header, scan};
pub use text::{HEADER, Line, Writer, parse};

use crate::run::records::os;
use crate::sys::fault::{Call, Fallible};
use adaptive_pool::time::Time;
use disk::DiskSync;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

/// An open joblog.
#[derive(Debug)]
pub struct JobLog {
    file: File,
    /// False for a FIFO or a device, which has no lock and no length and is not synced.
    regular: bool,
    /// A buffer for the next line.
    line: Vec<u8>,
    /// The seed that the next record stores.
    seed: Option<u64>,
    /// Bytes of a torn record at the end that could not be removed yet.
    torn: u64,
    unsynced: bool,
    synced: Time,
    disk: DiskSync,
}

/// The tries for a lock that another process holds, and the pause after each.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// The time between two syncs.
const SYNC_EVERY: Duration = Duration::from_secs(1);

impl JobLog {
    /// Opens the file for appending and creates it if it is missing. Writes nothing and takes no lock.
    pub fn open(path: &Path, regular: bool) -> io::Result<JobLog> {
        Ok(JobLog {
            file: os::open_append(path, regular)?,
            regular,
            line: Vec::new(),
            seed: None,
            torn: 0,
            unsynced: false,
            synced: Time::ZERO,
            disk: DiskSync::default(),
        })
    }

    /// Takes the exclusive lock, which is held until the joblog is dropped. False when another process holds it.
    ///
    /// The holder may be a process that a killed run was starting: it has a copy of the descriptor until it executes
    /// its program or dies. Therefore the lock is tried for 200 ms.
    pub fn lock(&self) -> io::Result<bool> {
        for _ in 0..LOCK_TRIES {
            if os::lock_exclusive(&self.file)? {
                return Ok(true);
            }
            std::thread::sleep(LOCK_PAUSE);
        }
        Ok(false)
    }

    /// The process that holds the lock, if the system names it.
    pub fn lock_holder(&self) -> Option<u32> {
        lock::holder(&self.file)
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Reads the file from its current position.
    pub fn reader(&self) -> impl Read + '_ {
        Fallible(&self.file, Call::Read)
    }

    /// Shortens the file to `length` bytes.
    pub fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.unsynced = true;
        os::truncate(&self.file, length)
    }

    /// Writes the header.
    pub fn write_header(&mut self) -> io::Result<()> {
        self.write(HEADER)
    }

    /// Appends one record with one `write`. After an error the record is not in the file: its written part is removed,
    /// if the system allows that.
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

    /// Stores the seed of the random order of the jobs in the next record. A joblog without a record needs no seed.
    pub fn keep_seed(&mut self, seed: u64) {
        self.seed = Some(seed);
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.unsynced = true;
        write::line(&mut &self.file, self.regular, &mut self.torn, line)
    }

    /// Requests a sync when one is due, without waiting for it. True when it was requested now. An error may belong to
    /// an earlier request.
    pub fn tick(&mut self, now: Time) -> io::Result<bool> {
        let due = self.regular
            && self.unsynced
            && now.since(self.synced) >= SYNC_EVERY
            && self.disk.request(&self.file)?;
        if due {
            self.synced = now;
            self.unsynced = false;
        }
        Ok(due)
    }

    /// Syncs the file to the disk, if it is a regular file.
    pub fn sync(&mut self) -> io::Result<()> {
        if self.regular && self.unsynced {
            os::sync(&self.file)?;
            self.unsynced = false;
        }
        Ok(())
    }

    /// Syncs the file and releases the lock. An error means that records may be lost.
    pub fn close(mut self) -> io::Result<()> {
        self.disk.wait()?;
        self.sync()
    }
}

impl Drop for JobLog {
    /// Closing the file would not release the lock at once: a process that is being started (`--limit`) has a copy of
    /// the descriptor until it executes its program.
    fn drop(&mut self) {
        if self.regular {
            os::unlock(&self.file);
        }
    }
}
