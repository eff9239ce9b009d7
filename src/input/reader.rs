//! The whole input as one stream of batches of jobs.

use std::io::Read;

use super::columns::ColumnReader;
use super::combine::{Product, group};
use super::config::{Budget, InputConfig, Source, SourceKind};
use super::error::InputError;
use super::pack::{Made, Packer};
use super::rows::Rows;
use super::source::SourceReader;
use crate::job::Args;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

/// A batch holds at most this many jobs.
pub const BATCH_JOBS: usize = 256;
/// A batch is handed on once its arguments hold this many bytes; the job that crosses the line still belongs to it.
pub const BATCH_BYTES: usize = 64 * 1024;

/// The arguments of some jobs, in order; never none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// One entry a job.
    pub jobs: Vec<Args>,
}

/// Opens every source. Nothing is read of any before all are open, so that a wrong name starts nothing.
///
/// `stdin` is dropped unread when no source is standard input.
pub fn open(mut config: InputConfig, stdin: Box<dyn Read + Send>) -> Result<Reader, InputError> {
    let mut stdin = Some(stdin);
    let mut sources = std::mem::take(&mut config.sources);
    if sources.is_empty() {
        sources.push(Source::new(SourceKind::Stdin));
    }
    let mut readers = Vec::with_capacity(sources.len());
    for Source { kind, linked } in sources {
        let source = SourceReader::open(kind, &config, &mut stdin)?;
        readers.push((ColumnReader::new(source, &config), linked));
    }
    let rows = match (config.shuffle, readers.len()) {
        (Some(seed), _) => Rows::shuffled(Product::new(group(readers, config.link)), seed),
        (None, 1) => Rows::single(readers.swap_remove(0).0),
        (None, _) => Rows::product(Product::new(group(readers, config.link))),
    };
    let rows = rows.within(config.skip, config.head);
    let budget = config.packing.budget;
    let mut reader = Reader { rows, packer: Packer::new(config.packing), total: None, state: State::Open };
    reader.set_budget(budget);
    Ok(reader)
}

/// The stream of jobs. `Send`, so that a thread of its own can pull it.
pub struct Reader {
    rows: Rows,
    packer: Packer,
    total: Option<u64>,
    state: State,
}

enum State {
    Open,
    /// This has to be told after the batch that came before it.
    Failing(InputError),
    Ended,
}

impl Reader {
    /// The names of the values with `--header`, over all sources in order; none without. Blocks until the first record
    /// of every source has come. Repeated calls give the same.
    pub fn header(&mut self) -> Result<&[Vec<u8>], InputError> {
        self.rows.header()
    }

    /// The next jobs; `None` at the end, and ever after. Blocks for the first job, and gives with it what has been read
    /// already, so that a record is handed on as soon as it has come. An error comes once, after every job before it.
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
                Ok(Made::Job(args)) => {
                    bytes += args.bytes();
                    batch.jobs.push(args);
                }
                Ok(Made::Pending) => break,
                Ok(Made::End) => {
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
            // What has been gathered is a job, unless it was to be a larger one (-x).
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

    /// How many jobs there will be in all, when known beforehand: with words of the command line alone. `None` when it
    /// depends on what is still to be read, or on what fits a command line.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Says which random order the rows are to have, when they are to have one. Only before the first batch.
    pub fn set_seed(&mut self, seed: u64) {
        self.rows.set_seed(seed);
    }

    /// Says what a command line has room for. Only before the first batch: the command may depend on the header, and the
    /// room on the command.
    pub fn set_budget(&mut self, budget: Budget) {
        self.packer.set_budget(budget);
        let known = self.rows.known(&|value| budget.cost(value));
        let values = self.rows.known(&|_| 1).map_or(0, |(_, values)| values);
        self.total = known.and_then(|(rows, most)| self.packer.jobs_of(rows, most, values));
    }
}
