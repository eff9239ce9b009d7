//! Which files a run writes for other programs: plain data.

use std::path::PathBuf;

/// Which files are written.
#[derive(Debug, Default)]
pub struct ExportConfig {
    /// The trace (`--trace`).
    pub trace: Option<TraceConfig>,
}

/// The trace of a run.
#[derive(Debug)]
pub struct TraceConfig {
    /// The file.
    pub path: PathBuf,
    /// The `TRACEPARENT` of the run, if it has a valid one.
    pub parent: Option<String>,
}
