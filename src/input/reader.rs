//! The whole input as a stream of batches of jobs.

use std::io::Read;

use super::columns::ColumnReader;
use super::combine::{Product, group};
use super::config::{Budget, InputConfig, Source, SourceKind};
use super::error::InputError;
use super::pack::{NextJob, Packer};
use super::rows::Rows;
use super::source::SourceReader;
use crate::job::Args;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

/// The maximum number of jobs in a batch.
pub const BATCH_JOBS: usize = 256;
/// A batch is complete when its arguments reach this size, in bytes. The job that reaches it is the last one.
pub const BATCH_BYTES: usize = 64 * 1024;

/// The arguments of one or more jobs, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// One entry for each job.
    pub jobs: Vec<Args>,
}

/// Opens all sources before it reads any, so that no job starts if a name is wrong.
///
/// `stdin` is dropped unread if no source is standard input.
pub fn open(mut config: InputConfig, stdin: Box<dyn Read + Send>) -> Result<Reader, InputError> {
    let mut stdin = Some(stdin);
    let sources = take_sources(&mut config);
    let mut readers = Vec::with_capacity(sources.len());
    for Source { kind, linked } in sources {
        let source = SourceReader::open(kind, &config, &mut stdin)?;
        readers.push((ColumnReader::new(source, &config), linked));
    }
    Ok(reader_of(readers, config))
}

/// The sources of the input. Without any it is standard input.
pub(super) fn take_sources(config: &mut InputConfig) -> Vec<Source> {
    let mut sources = std::mem::take(&mut config.sources);
    if sources.is_empty() {
        sources.push(Source::new(SourceKind::Stdin));
    }
    sources
}

/// The stream of jobs of these readers.
pub(super) fn reader_of(mut readers: Vec<(ColumnReader, bool)>, config: InputConfig) -> Reader {
    let rows = match (config.shuffle, readers.len()) {
        (Some(seed), _) => Rows::shuffled(Product::new(group(readers, config.link)), seed),
        (None, 1) => Rows::single(readers.swap_remove(0).0),
        (None, _) => Rows::product(Product::new(group(readers, config.link))),
    };
    let rows = rows.within(config.skip, config.head);
    let budget = config.packing.budget;
    let mut reader = Reader { rows, packer: Packer::new(config.packing), total: None, state: State::Open };
    reader.set_budget(budget);
    reader
}

/// The stream of jobs. It is `Send`: a thread of its own reads it.
pub struct Reader {
    rows: Rows,
    packer: Packer,
    total: Option<u64>,
    state: State,
}

enum State {
    Open,
    /// An error to return after the current batch.
    Failing(InputError),
    Ended,
}

impl Reader {
    /// The names of the values with `--header`, for all sources in order. Empty without `--header`. Blocks until the
    /// first record of each source has been read. Repeated calls give the same result.
    pub fn header(&mut self) -> Result<&[Vec<u8>], InputError> {
        self.rows.header()
    }

    /// The next jobs, or `None` at the end and in later calls. Blocks only for the first job, and adds the jobs that
    /// were already read: no record waits for a later one. An error is returned once, after all jobs before it.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, InputError> {
        match std::mem::replace(&mut self.state, State::Open) {
            State::Open => {}
            State::Failing(error) => {
                self.state = State::Ended;
                return Err(error);
            }
            State::Ended => {
                self.state = State::Ended;
                return Ok(None);
            }
        }
        let mut batch = Batch::default();
        let mut bytes = 0;
        while batch.jobs.len() < BATCH_JOBS && bytes < BATCH_BYTES {
            match self.packer.next(&mut self.rows, batch.jobs.is_empty()) {
                Ok(NextJob::Job(args)) => {
                    bytes += args.bytes();
                    batch.jobs.push(args);
                }
                Ok(NextJob::Pending) => break,
                Ok(NextJob::End) => {
                    self.state = State::Ended;
                    break;
                }
                Err(error) => {
                    self.state = State::Failing(error);
                    break;
                }
            }
        }
        if let State::Failing(error) = &self.state {
            // The collected rows form a job, unless -x requires a larger one.
            if !matches!(error, InputError::TooLong { .. }) {
                batch.jobs.extend(self.packer.rest());
            }
        }
        match (batch.jobs.is_empty(), std::mem::replace(&mut self.state, State::Open)) {
            (true, State::Failing(error)) => {
                self.state = State::Ended;
                Err(error)
            }
            (empty, state) => {
                self.state = state;
                Ok((!empty).then_some(batch))
            }
        }
    }

    /// The number of all jobs, if it is known in advance, as with words of the command line. `None` if it depends on
    /// unread input, or on the room of a command line.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Sets the seed of the random order, if there is one. Only before the first batch.
    pub fn set_seed(&mut self, seed: u64) {
        self.rows.set_seed(seed);
    }

    /// Treats a missing input and errors as xargs: with `job_if_empty` a job without arguments runs if there is no other
    /// one, and with `drop_rest` a job that is not full does not run after an error. Only before the first batch.
    pub fn like_xargs(&mut self, job_if_empty: bool, drop_rest: bool) {
        self.packer.like_xargs(job_if_empty, drop_rest);
    }

    /// Sets the room of a command line. Only before the first batch. It is separate from opening because the command
    /// may depend on the header, and the room on the command.
    pub fn set_budget(&mut self, budget: Budget) {
        self.packer.set_budget(budget);
        let known = self.rows.known(&|value| budget.cost(value));
        let values = self.rows.known(&|_| 1).map_or(0, |(_, values)| values);
        self.total = known.and_then(|(rows, most)| self.packer.jobs_of(rows, most, values));
    }
}
