//! Which records a run writes: plain data.

use crate::run::records::export::config::ExportConfig;
use crate::run::records::resume::JoblogMode;
use crate::run::records::table::TableConfig;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// The files to write.
#[derive(Debug, Default)]
pub struct RecordsConfig {
    /// The joblog, and how an existing one is used.
    pub joblog: Option<(PathBuf, JoblogMode)>,
    /// The metrics document; `-` is standard output.
    pub metrics: Option<OsString>,
    /// The interval of the metrics lines during the run; `None` for one document at the end.
    pub metrics_every: Option<Duration>,
    /// The reason for the number of workers is printed at the end.
    pub explain: bool,
    /// The decision log.
    pub decisions: Option<PathBuf>,
    /// The table with the outputs.
    pub table: Option<TableConfig>,
    /// Files about the run for other programs.
    pub export: ExportConfig,
    /// The joblog is only read, because no job runs (`--dry-run`).
    pub read_only: bool,
    /// The random order of the jobs. The joblog stores its seed.
    pub shuffle: Option<Shuffle>,
}

/// The seed of a random order (`--shuf`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shuffle {
    /// The user chose it (`--seed`).
    Seed(u64),
    /// The default. The seed in the joblog replaces it.
    Default(u64),
}
