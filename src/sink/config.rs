//! The settings of a sink: plain data.

use super::output::Output;
use super::progress::Progress;
use crate::job::Seq;
use adaptive_pool::time::RunClock;
use std::path::PathBuf;
use std::sync::Arc;

/// The settings of a [`Sink`](super::Sink).
#[derive(Debug)]
pub struct SinkConfig {
    /// The clock of the run. The live view does not change while it is paused.
    pub clock: Arc<RunClock>,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
    /// The order in which jobs are printed.
    pub order: Order,
    /// Whether jobs are printed whole or line by line.
    pub grouping: Grouping,
    /// With [`Order::Input`], the first job that is printed or skipped.
    pub first: Seq,
    /// The directory of the unnamed files for lines that wait for their turn.
    pub spill_directory: PathBuf,
    /// Send [`SinkEvent::Emitted`](super::SinkEvent::Emitted). A joblog and the window of `-k` need it.
    pub report_emitted: bool,
    /// The name of the program in messages.
    pub name: &'static str,
    /// The display of the progress.
    pub progress: Progress,
    /// A head may begin a group, which ends after the standard output of the job.
    pub groups: bool,
}

/// The order in which jobs are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The order in which they end.
    #[default]
    Finished,
    /// The order of the input (`-k`). Every job must then be sent with `done` or with `skip`.
    Input,
}

/// The unit of output that is not mixed with output of other jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// All output of a job.
    #[default]
    Job,
    /// A line.
    Line,
}
