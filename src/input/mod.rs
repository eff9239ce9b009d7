//! Bytes in, records out: what to read ([`InputConfig`]), and a stream of the arguments of one job after another
//! ([`Reader`]).
//!
//! It knows no template, no job, no pool and no terminal. Everything is pulled: nothing is read before somebody asks
//! for the next batch, so a full queue stops the reading, and memory does not grow with the input. Only sources that
//! are combined with others, and `--shuf`, are kept in memory.
//!
//! The stages, each pulling from the one before: [`source`] (opening and reading), [`split`] (bytes to records),
//! [`columns`] (a record to its values), [`combine`] (several sources to rows), [`rows`] (`--skip`,
//! `--shuf`, `--head`), [`pack`] (rows to jobs), [`reader`] (jobs to batches). Apart from them
//! stands [`pipe`], which cuts a stream into blocks that are a job's standard input.

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
pub mod words;

pub use config::{
    Budget, Columns, Excess, InputConfig, Packing, PerJob, Records, Source, SourceKind, Trim, compile_colsep,
};
pub use delimiter::{DelimiterError, parse_delimiter};
pub use error::{CsvPlace, InputError};
pub use pipe::{BlockReader, FileBlocks, PipeConfig};
pub use reader::{Batch, Reader, open};
pub use words::split_sources;
