//! What an earlier run's records mean for this one: which jobs are skipped, which run again.
//!
//! A job is the same when its sequence number and its command are: then its record counts. The command is kept as a hash of
//! eight bytes, keyed anew in every run so that no input can be made to collide; half a million records take some 30 MiB.
//! This module reads no file: [`crate::run::records::joblog`] gives it the records.

use crate::job::Seq;
use crate::run::records::joblog::{self, Line, Writer};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::{BuildHasher, Hash, Hasher};
use std::io;

mod gnu;

/// What to do with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It has no record: run it.
    New,
    /// It is recorded: skip it.
    Skip,
    /// It is recorded as failed and `--resume-failed` was given: run it again.
    Failed,
    /// Its sequence number is recorded, with another command: run it, and count it.
    Changed,
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

/// The last record of each job, as it is gathered.
#[derive(Debug, Default)]
pub struct Recorded {
    keys: RandomState,
    /// By number and command. The value is the record's place, doubled, plus one for success.
    jobs: HashMap<u64, u64, Taken>,
    /// The numbers that have a record, 64 to an entry.
    seqs: HashMap<u64, u64>,
    records: u64,
    any_gnu: bool,
}

impl Recorded {
    /// Adds a record; later ones of the same job replace it.
    pub fn add(&mut self, line: &Line<'_>, command: &[u8]) {
        self.records += 1;
        let key = match line.writer {
            Writer::Apool => self.key(line.seq, Writer::Apool, command),
            Writer::Gnu => {
                self.any_gnu = true;
                self.key(line.seq, Writer::Gnu, &gnu::meaning(command))
            }
        };
        self.jobs.insert(key, self.records << 1 | u64::from(line.ending.ok()));
        *self.seqs.entry(line.seq.0 / 64).or_default() |= 1 << (line.seq.0 % 64);
    }

    /// `--resume`: whatever has a record is skipped.
    pub fn skip_recorded(self) -> Resume {
        Resume { recorded: self, failed_again: false, counts: Counts::default() }
    }

    /// `--resume-failed`: only what succeeded is skipped.
    pub fn skip_succeeded(self) -> Resume {
        Resume { recorded: self, failed_again: true, counts: Counts::default() }
    }

    fn key(&self, seq: Seq, writer: Writer, command: &[u8]) -> u64 {
        let mut hasher = self.keys.build_hasher();
        (seq, writer == Writer::Gnu).hash(&mut hasher);
        hasher.write(command);
        hasher.finish()
    }

    /// Whether the last record of this job says success; `None` when it has none.
    fn ok(&self, seq: Seq, command: &[u8]) -> Option<bool> {
        let ours = self.jobs.get(&self.key(seq, Writer::Apool, command));
        let gnus = || self.jobs.get(&self.key(seq, Writer::Gnu, &gnu::meaning(command)));
        let gnus = if self.any_gnu { gnus() } else { None };
        ours.max(gnus).map(|place| place & 1 == 1)
    }

    fn has(&self, seq: Seq) -> bool {
        self.seqs.get(&(seq.0 / 64)).is_some_and(|bits| bits >> (seq.0 % 64) & 1 == 1)
    }
}

/// The recorded jobs, to be asked.
#[derive(Debug)]
pub struct Resume {
    recorded: Recorded,
    failed_again: bool,
    counts: Counts,
}

impl Resume {
    /// Whether this job is to be run. `command` is what its record's command would be.
    pub fn look(&mut self, seq: Seq, command: &[u8]) -> Look {
        let look = match self.recorded.has(seq).then(|| self.recorded.ok(seq, command)) {
            None => Look::New,
            Some(None) => Look::Changed,
            Some(Some(false)) if self.failed_again => Look::Failed,
            Some(Some(_)) => Look::Skip,
        };
        match look {
            Look::New => {}
            Look::Skip => self.counts.skipped += 1,
            Look::Failed => self.counts.failed += 1,
            Look::Changed => self.counts.changed += 1,
        }
        look
    }

    /// What was answered so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many records there were.
    pub fn records(&self) -> u64 {
        self.recorded.records
    }
}

/// Keys that are hashes already are taken as they are.
type Taken = std::hash::BuildHasherDefault<TakenHasher>;

/// See `Taken`.
#[derive(Debug, Default)]
pub struct TakenHasher(u64);

impl Hasher for TakenHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*b);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// The numbers whose last record says failure, as they are gathered.
#[derive(Debug, Default)]
pub struct RetryList {
    failed: HashMap<u64, u64>,
}

impl RetryList {
    /// Adds the record that begins at `offset`; later ones of the same number replace it.
    pub fn add(&mut self, line: &Line<'_>, offset: u64) {
        if line.ending.ok() {
            self.failed.remove(&line.seq.0);
        } else {
            self.failed.insert(line.seq.0, offset);
        }
    }

    /// The jobs to run, read from `file` one by one.
    pub fn commands(self, file: File) -> Retry {
        let mut failed: Vec<(u64, u64)> = self.failed.into_iter().collect();
        failed.sort_unstable();
        Retry { file, failed: failed.into_iter() }
    }
}

/// The failed jobs of a joblog, in the order of their sequence numbers: an iterator over (number, shell command line).
/// A record written for one of them carries the same number and the same command.
#[derive(Debug)]
pub struct Retry {
    file: File,
    failed: std::vec::IntoIter<(u64, u64)>,
}

impl Retry {
    fn read(&self, seq: u64, offset: u64) -> io::Result<(Seq, Vec<u8>)> {
        let line = joblog::line_at(&self.file, offset)?;
        let mut command = Vec::new();
        match joblog::parse(&line) {
            Ok(parsed) if parsed.seq.0 == seq && parsed.command(&mut command) => Ok((parsed.seq, command)),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the joblog was changed while it was read")),
        }
    }
}

impl Iterator for Retry {
    type Item = io::Result<(Seq, Vec<u8>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let (seq, offset) = self.failed.next()?;
        Some(self.read(seq, offset))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.failed.size_hint()
    }
}

impl ExactSizeIterator for Retry {}

#[cfg(test)]
mod tests;
