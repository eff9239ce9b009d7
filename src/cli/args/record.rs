//! Flags of the records a run leaves behind.

use crate::run::parse;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What a run writes down.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one; the configuration makes enums of them")]
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Record")]
pub struct RecordArgs {
    /// Write a line for each job that ended, in the columns of GNU parallel
    ///
    /// +FILE adds to an existing file, which is otherwise emptied unless one of the options below goes on with it.
    #[arg(long, value_name = "FILE")]
    pub joblog: Option<PathBuf>,

    /// Skip the jobs that the joblog has a record of, failed or not
    #[arg(long, requires = "joblog")]
    pub resume: bool,

    /// Like --resume, but run the recorded failures again
    #[arg(long, requires = "joblog")]
    pub resume_failed: bool,

    /// Run the failures of the joblog again, from the joblog alone
    #[arg(long, requires = "joblog", conflicts_with_all = ["resume", "resume_failed"], hide_short_help = true)]
    pub retry_failed: bool,

    /// Keep the output of each job in files below DIR
    ///
    /// As GNU parallel does: DIR/1/VALUE/stdout, stderr and seq, with a further level for each column or source. With
    /// placeholders in it, DIR names the file itself: out/{#}.txt, with out/{#}.txt.err and out/{#}.txt.seq beside it; with a
    /// slash at its end, a directory that holds stdout, stderr and seq. What an earlier run left is replaced; a name that
    /// another job of this run has taken gets .SEQ behind it.
    #[arg(long, visible_alias = "res", value_name = "DIR", conflicts_with = "ungroup")]
    pub results: Option<OsString>,

    /// The files of --results: tree, or flat for SEQ.out, SEQ.err and SEQ.json
    #[arg(long, value_name = "LAYOUT", requires = "results", value_parser = ["tree", "flat"], default_value = "tree",
          hide_default_value = true, hide_possible_values = true, hide_short_help = true)]
    pub results_layout: String,

    /// Print the name of the file that a job's output is in, instead of the output
    #[arg(long, visible_alias = "output-as-files", conflicts_with = "ungroup", hide_short_help = true)]
    pub files: bool,

    /// Write the metrics of the run as one JSON object (- for stdout)
    ///
    /// With -, it follows the output of the jobs. It is also written when the run is interrupted.
    #[arg(long, value_name = "FILE")]
    pub metrics_json: Option<PathBuf>,

    /// While running, add a JSON line to it this often
    #[arg(long, value_name = "DURATION", requires = "metrics_json", value_parser = parse::duration, hide_short_help = true)]
    pub metrics_interval: Option<Duration>,

    /// Write each decision on the number of workers as a line of JSON
    #[arg(long, value_name = "FILE")]
    pub decision_log: Option<PathBuf>,
}
