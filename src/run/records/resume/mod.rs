//! Which jobs of this run are skipped, because an earlier run has recorded them.
//!
//! A record belongs to a job when the sequence number, the command and the input are equal. The three are kept as one
//! hash of eight bytes. Its key is random in every run, so that no input can force a collision. Half a million records
//! take some 30 MiB.

mod gnu;
mod open;
mod retry;
mod seq_set;

pub use open::{EarlierRecords, JoblogMode, OpenError, open, read_only};
pub use retry::Retry;
pub use seq_set::SeqSet;

use crate::job::Seq;
use crate::run::input::job_input::JobInput;
use crate::run::records::joblog::{Line, Writer};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

/// The decision on one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResumeDecision {
    /// It has no record: run it.
    New,
    /// It has a record: skip it.
    Skip,
    /// Its record says failure, and `--resume-failed` was given: run it again.
    Failed,
    /// The record of its number has another command or another input: run it, and count it.
    Changed,
}

/// The number of each decision of [`Resume::decide`] so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Skipped jobs.
    pub skipped: u64,
    /// Jobs that run again because their record says failure.
    pub failed: u64,
    /// Jobs that run because their command or input has changed.
    pub changed: u64,
}

/// The input of a job, as far as its record tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum RecordedInput {
    /// The whole identity of the input.
    Whole(JobInput),
    /// Only the length of a block: a record without a hash, or a record of GNU parallel.
    Length(u64),
}

/// The last record of each job. The scan of the joblog fills it.
#[derive(Debug, Default)]
pub struct Recorded {
    keys: RandomState,
    /// By the hash of number, writer, input and command. The value is the index of the record, doubled, plus one for
    /// success.
    jobs: HashMap<u64, u64, IdentityState>,
    seqs: SeqSet,
    records: u64,
    any_gnu: bool,
    /// Some records have only the length of a block.
    any_length: bool,
    seed: Option<u64>,
}

impl Recorded {
    /// Adds a record. It replaces an earlier record of the same job.
    pub fn add(&mut self, line: &Line<'_>, command: &[u8]) {
        self.records += 1;
        self.any_length |= line.input == JobInput::Arguments && line.sent > 0;
        self.any_gnu |= line.writer == Writer::Gnu;
        match (line.writer, line.input, line.sent) {
            (Writer::Apool, JobInput::Arguments, 1..) => {
                self.insert(line, RecordedInput::Length(line.sent), command);
            }
            (Writer::Apool, input, _) => self.insert(line, RecordedInput::Whole(input), command),
            (Writer::Gnu, input, sent) => {
                let command = gnu::normalized(command);
                self.insert(line, RecordedInput::Whole(input), &command);
                // In GNU parallel's records it may also be the length of a transferred file.
                if sent > 0 {
                    self.insert(line, RecordedInput::Length(sent), &command);
                }
            }
        }
        self.seqs.insert(line.seq);
        self.seed = line.seed.or(self.seed);
    }

    fn insert(&mut self, line: &Line<'_>, input: RecordedInput, command: &[u8]) {
        let key = self.key(line.seq, line.writer, input, command);
        self.jobs.insert(key, self.records << 1 | u64::from(line.exit.ok()));
    }

    /// `--resume`: skips every job that has a record.
    pub fn skip_recorded(self) -> Resume {
        self.resume(false)
    }

    /// `--resume-failed`: skips every job that succeeded.
    pub fn skip_succeeded(self) -> Resume {
        self.resume(true)
    }

    fn resume(mut self, failed_again: bool) -> Resume {
        let seqs = Arc::new(std::mem::take(&mut self.seqs));
        Resume { recorded: self, seqs, failed_again, counts: Counts::default() }
    }

    fn key(&self, seq: Seq, writer: Writer, input: RecordedInput, command: &[u8]) -> u64 {
        let mut hasher = self.keys.build_hasher();
        (seq, writer == Writer::Gnu, input).hash(&mut hasher);
        hasher.write(command);
        hasher.finish()
    }

    /// Whether the last record of this job says success; `None` without a record.
    fn succeeded(&self, seq: Seq, command: &[u8], input: JobInput) -> Option<bool> {
        let length = match input {
            JobInput::Block { bytes, .. } if self.any_length => Some(RecordedInput::Length(bytes)),
            _ => None,
        };
        let last_of = |writer, command: &[u8]| {
            let inputs = std::iter::once(RecordedInput::Whole(input)).chain(length);
            inputs.filter_map(|input| self.jobs.get(&self.key(seq, writer, input, command))).max()
        };
        let of_gnu = if self.any_gnu { last_of(Writer::Gnu, &gnu::normalized(command)) } else { None };
        last_of(Writer::Apool, command).max(of_gnu).map(|record| record & 1 == 1)
    }
}

/// Decides which jobs are skipped.
#[derive(Debug)]
pub struct Resume {
    recorded: Recorded,
    seqs: Arc<SeqSet>,
    failed_again: bool,
    counts: Counts,
}

impl Resume {
    /// Decides on a job. `command` is the command that its record would have. `input` is `None` when it cannot be read;
    /// then the job counts as changed.
    pub fn decide(&mut self, seq: Seq, command: &[u8], input: Option<JobInput>) -> ResumeDecision {
        let succeeded = || input.and_then(|input| self.recorded.succeeded(seq, command, input));
        let decision = match self.seqs.contains(seq).then(succeeded) {
            None => ResumeDecision::New,
            Some(None) => ResumeDecision::Changed,
            Some(Some(false)) if self.failed_again => ResumeDecision::Failed,
            Some(Some(_)) => ResumeDecision::Skip,
        };
        match decision {
            ResumeDecision::New => {}
            ResumeDecision::Skip => self.counts.skipped += 1,
            ResumeDecision::Failed => self.counts.failed += 1,
            ResumeDecision::Changed => self.counts.changed += 1,
        }
        decision
    }

    /// The decisions so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The number of records.
    pub fn records(&self) -> u64 {
        self.recorded.records
    }

    /// The numbers that have a record. All other jobs are new.
    pub fn seqs(&self) -> &Arc<SeqSet> {
        &self.seqs
    }

    /// The last seed that the records store for the order of the jobs.
    pub fn seed(&self) -> Option<u64> {
        self.recorded.seed
    }
}

/// Uses keys that are hashes as they are.
type IdentityState = std::hash::BuildHasherDefault<IdentityHasher>;

/// The hasher of `IdentityState`.
#[derive(Debug, Default)]
pub struct IdentityHasher(u64);

impl Hasher for IdentityHasher {
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

#[cfg(test)]
mod tests;
