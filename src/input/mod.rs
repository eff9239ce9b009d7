//! The input: its settings ([`InputConfig`]), and the stream of the arguments of jobs ([`Reader`]).
//!
//! It does not depend on templates, jobs, the pool or the terminal. Data is read only on a request for the next
//! batch: a full queue stops the reading, and memory does not grow with the input. Only combined sources and the
//! input of `--shuf` are kept in memory.
//!
//! Each stage pulls from the one before: [`source`] (opening and reading), [`split`] (bytes to records), [`columns`]
//! (a record to its values), [`combine`] (several sources to rows), [`rows`] (`--skip`, `--shuf`, `--head`), [`pack`]
//! (rows to jobs), [`reader`] (jobs to batches). [`survey`] counts the jobs ahead, from the bytes that `ahead` keeps for
//! the reader. [`pipe`] is separate: it splits a stream into blocks, the standard
//! input of jobs.

mod ahead;
pub mod columns;
pub mod combine;
pub mod config;
pub mod delimiter;
pub mod error;
pub mod pack;
pub mod pipe;
pub mod reader;
pub mod rows;
pub mod shuffle;
pub mod source;
pub mod split;
pub mod survey;
pub mod words;

pub use config::{
    Budget, Columns, Excess, InputConfig, Packing, PerJob, Records, Source, SourceKind, Trim, compile_colsep,
};
pub use delimiter::{DelimiterError, parse_delimiter};
pub use error::{CsvPlace, InputError};
pub use pipe::{BlockReader, FileBlocks, PipeConfig};
pub use reader::{Batch, Reader, open};
pub use survey::{JobCount, Survey, open_with_survey};
pub use words::{split_sources, split_sources_at};
