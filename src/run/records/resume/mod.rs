//! What an earlier run's records mean for this one: which jobs are skipped, which run again.
//!
//! A job is the same when its sequence number, its command and what it was given are: then its record counts. They are kept
//! as a hash of eight bytes, keyed anew in every run so that no input can be made to collide; half a million records take
//! some 30 MiB.
//! This module reads no file: [`crate::run::records::joblog`] gives it the records.

use crate::job::Seq;
use crate::run::input::given::Given;
use crate::run::records::joblog::{self, Line, Writer};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::{BuildHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;

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
    /// Its sequence number is recorded, with another command or another block: run it, and count it.
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

/// Numbers of jobs, 64 to an entry.
#[derive(Debug, Default)]
pub struct Numbers(HashMap<u64, u64>);

impl Numbers {
    /// Adds one.
    pub fn add(&mut self, seq: Seq) {
        *self.0.entry(seq.0 / 64).or_default() |= 1 << (seq.0 % 64);
    }

    /// Whether this one is among them.
    pub fn has(&self, seq: Seq) -> bool {
        self.0.get(&(seq.0 / 64)).is_some_and(|bits| bits >> (seq.0 % 64) & 1 == 1)
    }
}

/// What a record says of what its job was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kept {
    /// All there is to know.
    Whole(Given),
    /// Only that it was a stream, and how many bytes of it: a record of before, or of GNU parallel.
    Length(u64),
}

/// The last record of each job, as it is gathered.
#[derive(Debug, Default)]
pub struct Recorded {
    keys: RandomState,
    /// By number, command and what was given. The value is the record's place, doubled, plus one for success.
    jobs: HashMap<u64, u64, Taken>,
    numbers: Numbers,
    records: u64,
    any_gnu: bool,
    /// There are records that tell the length of a block and no more.
    any_length: bool,
    seed: Option<u64>,
}

impl Recorded {
    /// Adds a record; later ones of the same job replace it.
    pub fn add(&mut self, line: &Line<'_>, command: &[u8]) {
        self.records += 1;
        self.any_length |= line.given == Given::Arguments && line.sent > 0;
        self.any_gnu |= line.writer == Writer::Gnu;
        match (line.writer, line.given, line.sent) {
            (Writer::Apool, Given::Arguments, 1..) => self.take(line, Kept::Length(line.sent), command),
            (Writer::Apool, given, _) => self.take(line, Kept::Whole(given), command),
            (Writer::Gnu, given, sent) => {
                let command = gnu::meaning(command);
                self.take(line, Kept::Whole(given), &command);
                // It may as well be the length of a file that was transferred.
                if sent > 0 {
                    self.take(line, Kept::Length(sent), &command);
                }
            }
        }
        self.numbers.add(line.seq);
        self.seed = line.seed.or(self.seed);
    }

    fn take(&mut self, line: &Line<'_>, given: Kept, command: &[u8]) {
        let key = self.key(line.seq, line.writer, given, command);
        self.jobs.insert(key, self.records << 1 | u64::from(line.ending.ok()));
    }

    /// `--resume`: whatever has a record is skipped.
    pub fn skip_recorded(self) -> Resume {
        self.resume(false)
    }

    /// `--resume-failed`: only what succeeded is skipped.
    pub fn skip_succeeded(self) -> Resume {
        self.resume(true)
    }

    fn resume(mut self, failed_again: bool) -> Resume {
        let numbers = Arc::new(std::mem::take(&mut self.numbers));
        Resume { recorded: self, numbers, failed_again, counts: Counts::default() }
    }

    fn key(&self, seq: Seq, writer: Writer, given: Kept, command: &[u8]) -> u64 {
        let mut hasher = self.keys.build_hasher();
        (seq, writer == Writer::Gnu, given).hash(&mut hasher);
        hasher.write(command);
        hasher.finish()
    }

    /// Whether the last record of this job says success; `None` when it has none.
    fn ok(&self, seq: Seq, command: &[u8], given: Given) -> Option<bool> {
        let length = match given {
            Given::Block { bytes, .. } if self.any_length => Some(Kept::Length(bytes)),
            _ => None,
        };
        let of = |writer, command: &[u8]| {
            let known = std::iter::once(Kept::Whole(given)).chain(length);
            known.filter_map(|kept| self.jobs.get(&self.key(seq, writer, kept, command))).max()
        };
        let gnus = if self.any_gnu { of(Writer::Gnu, &gnu::meaning(command)) } else { None };
        of(Writer::Apool, command).max(gnus).map(|place| place & 1 == 1)
    }
}

/// The recorded jobs, to be asked.
#[derive(Debug)]
pub struct Resume {
    recorded: Recorded,
    numbers: Arc<Numbers>,
    failed_again: bool,
    counts: Counts,
}

impl Resume {
    /// Whether this job is to be run. `command` is what its record's command would be. Of what it is given nothing may be
    /// known, when it cannot be read.
    pub fn look(&mut self, seq: Seq, command: &[u8], given: Option<Given>) -> Look {
        let ok = || given.and_then(|given| self.recorded.ok(seq, command, given));
        let look = match self.numbers.has(seq).then(ok) {
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

    /// The numbers that have a record: of all other jobs nothing need be asked.
    pub fn numbers(&self) -> &Arc<Numbers> {
        &self.numbers
    }

    /// The seed of the order that the jobs had, where a record tells it: the last one.
    pub fn seed(&self) -> Option<u64> {
        self.recorded.seed
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
    failed: HashMap<u64, Failed>,
}

#[derive(Clone, Copy, Debug)]
struct Failed {
    offset: u64,
    /// It read a stream.
    stream: bool,
}

impl RetryList {
    /// Adds the record that begins at `offset`; later ones of the same number replace it.
    pub fn add(&mut self, line: &Line<'_>, offset: u64) {
        if line.ending.ok() {
            self.failed.remove(&line.seq.0);
        } else {
            let stream = line.given != Given::Arguments || line.sent > 0;
            self.failed.insert(line.seq.0, Failed { offset, stream });
        }
    }

    /// The first of them that read a stream, without which its command is not the job.
    pub fn stream(&self) -> Option<Seq> {
        self.failed.iter().filter(|(_, of)| of.stream).map(|(seq, _)| Seq(*seq)).min()
    }

    /// The jobs to run, read from `file` one by one.
    pub fn commands(self, file: File) -> Retry {
        let mut failed: Vec<(u64, u64)> = self.failed.into_iter().map(|(seq, of)| (seq, of.offset)).collect();
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
