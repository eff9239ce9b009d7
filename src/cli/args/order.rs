//! Flags of the order in which jobs start.

use clap::Args;
use std::ffi::OsString;

/// Which job starts first.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Input")]
pub struct OrderArgs {
    /// Start jobs in this order: fifo, lifo, random, size or history
    ///
    /// size: the largest files first. history: the longest first, as long as they took by the joblog that is there, or by
    /// the one named (history=FILE). Up to 65536 jobs are read before the first one starts. An order that says nothing of any of
    /// them (no value names a file) is refused.
    #[arg(long, value_name = "ORDER", conflicts_with_all = ["priority", "shuf"], hide_short_help = true)]
    pub order: Option<OsString>,

    /// Start the jobs with the lowest number in this column first; a name with --header
    ///
    /// A column that is not there is refused.
    #[arg(long, value_name = "COLUMN", hide_short_help = true)]
    pub priority: Option<String>,
}
