//! Options of the order in which jobs start.

use clap::Args;
use std::ffi::OsString;

/// The order of the jobs.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Input")]
pub struct OrderArgs {
    /// Start jobs in this order: fifo (default), lifo, random, size or history
    ///
    /// size starts the jobs with the largest files first. history starts the longest jobs first, by their run times in
    /// the existing joblog or in FILE (history=FILE). Up to 65536 jobs are read before the first one starts. apool
    /// refuses an order that has no data on these jobs, such as size if no value names a file.
    #[arg(long, value_name = "ORDER", conflicts_with_all = ["priority", "shuf"], hide_short_help = true)]
    pub order: Option<OsString>,

    /// Start the jobs with the lowest number in COLUMN first
    ///
    /// COLUMN is a number, or a name with --header. apool refuses a column that does not exist.
    #[arg(long, value_name = "COLUMN", hide_short_help = true)]
    pub priority: Option<String>,
}
