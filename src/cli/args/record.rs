//! Flags of the records a run leaves behind.

use crate::run::parse;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What a run writes down.
#[derive(Args, Debug)]
#[command(next_help_heading = "Record")]
pub struct RecordArgs {
    /// Write one line a finished job to FILE, in the columns of GNU parallel
    #[arg(long, value_name = "FILE")]
    pub joblog: Option<PathBuf>,

    /// Skip the jobs that the joblog has a record of, failed or not
    #[arg(long, requires = "joblog")]
    pub resume: bool,

    /// Like --resume, but run the recorded failures again
    #[arg(long, requires = "joblog")]
    pub resume_failed: bool,

    /// Run the failures of the joblog again, from the joblog alone
    #[arg(long, requires = "joblog", conflicts_with_all = ["resume", "resume_failed"])]
    pub retry_failed: bool,

    /// Keep the output of each job in files below DIR
    #[arg(long, value_name = "DIR")]
    pub results: Option<OsString>,

    /// Write the metrics of the run to FILE as one JSON object; - for standard output, after the jobs' output
    #[arg(long, value_name = "FILE")]
    pub metrics_json: Option<PathBuf>,

    /// Add a JSON line to the metrics file this often while running
    #[arg(long, value_name = "DURATION", requires = "metrics_json", value_parser = parse::duration)]
    pub metrics_interval: Option<Duration>,

    /// Write every decision about the number of workers to FILE, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub decision_log: Option<PathBuf>,
}
