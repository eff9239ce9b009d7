//! The whole input as one stream of batches.

use std::io::Read;

use super::config::InputConfig;
use super::error::InputError;
use crate::job::Args;

/// A batch holds at most this many jobs.
pub const BATCH_JOBS: usize = 256;
/// A batch is handed on once its arguments hold this many bytes; only a single job may be larger.
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
pub fn open(_config: InputConfig, _stdin: Box<dyn Read + Send>) -> Result<Reader, InputError> {
    Ok(Reader {})
}

/// The stream of jobs. `Send`, so that a thread of its own can pull it.
pub struct Reader {}

impl Reader {
    /// The names of the values with `--header`, over all sources in order; none without. Blocks until the first record
    /// of every source has come. Repeated calls give the same.
    pub fn header(&mut self) -> Result<&[Vec<u8>], InputError> {
        Ok(&[])
    }

    /// The next jobs; `None` at the end, and ever after. Blocks for the first job, and gives with it what has been read
    /// already, so that a record is handed on as soon as it has come.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, InputError> {
        Ok(None)
    }

    /// How many jobs there will be in all, when known beforehand: with arguments of the command line alone, and with
    /// `--shuf` once the first batch has come. `None` when it depends on what is still to be read, or on what fits.
    pub fn total(&self) -> Option<u64> {
        None
    }

    /// Changes the N of `-n N` (and the cap of `-X`) for the jobs still to be made.
    pub fn set_max_args(&mut self, _n: usize) {}
}
