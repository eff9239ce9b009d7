//! Flags of the input.

use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where records come from, how they are cut and how many make a job.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one; the configuration makes enums of them")]
#[derive(Args, Debug)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// Read records from FILE instead of standard input; repeatable, and all combinations are run
    #[arg(short = 'a', long = "arg-file", alias = "argfile", value_name = "FILE")]
    pub arg_file: Vec<PathBuf>,

    /// Records end in NUL, as `find -print0` writes them
    #[arg(short = '0', long = "null")]
    pub null: bool,

    /// Records end in DELIM; escapes such as \t, \0 and \x1e are understood
    #[arg(short = 'd', long, value_name = "DELIM", conflicts_with = "null")]
    pub delimiter: Option<OsString>,

    /// Split each record into columns {1}, {2}, … at matches of REGEX
    #[arg(short = 'C', long, alias = "col-sep", value_name = "REGEX")]
    pub colsep: Option<OsString>,

    /// Records are CSV: quoted fields may hold commas and newlines
    #[arg(long, conflicts_with_all = ["colsep", "null", "delimiter"])]
    pub csv: bool,

    /// The first record names the columns, for use as {name}
    #[arg(long, value_name = ":", value_parser = [":"])]
    pub header: Option<String>,

    /// Remove blanks from the left, the right, both or no ends of each value
    #[arg(long, value_name = "n|l|r|lr", value_parser = ["n", "l", "r", "lr", "rl"])]
    pub trim: Option<String>,

    /// Stop reading at a record equal to STR
    #[arg(short = 'E', long = "eof", value_name = "STR")]
    pub end_marker: Option<OsString>,

    /// Skip empty records (with no records at all nothing is run, with or without this)
    #[arg(short = 'r', long = "no-run-if-empty", alias = "norunifempty")]
    pub no_run_if_empty: bool,

    /// At most N records in one job
    #[arg(short = 'n', long = "max-args", alias = "maxargs", value_name = "N", conflicts_with_all = ["max_replace_args", "max_lines"])]
    pub max_args: Option<usize>,

    /// N records in one job, reached as {1} to {N}; 0 runs a job a record without using it
    #[arg(
        short = 'N',
        long = "max-replace-args",
        alias = "maxreplaceargs",
        value_name = "N",
        conflicts_with = "max_lines"
    )]
    pub max_replace_args: Option<usize>,

    /// At most N lines in one job; a line that ends in a blank goes on in the next
    #[arg(short = 'L', long = "max-lines", alias = "maxlines", value_name = "N")]
    pub max_lines: Option<usize>,

    /// As many records in one job as fit a command line; a word with a placeholder is repeated
    #[arg(short = 'X', conflicts_with_all = ["many", "xargs"])]
    pub context: bool,

    /// As many records in one job as fit a command line
    #[arg(short = 'm', long = "many")]
    pub many: bool,

    /// As many records in one job as fit a command line (the same as -m)
    #[arg(long)]
    pub xargs: bool,

    /// A command line is at most BYTES long, counted as xargs counts: each word and one byte more
    #[arg(short = 's', long = "max-chars", alias = "maxchars", value_name = "BYTES", value_parser = crate::run::parse::size)]
    pub max_chars: Option<u64>,

    /// Stop with an error when a command line would be longer than allowed
    #[arg(short = 'x', long = "exit")]
    pub exit: bool,

    /// Cut records as xargs does: at blanks and newlines, with quotes and backslashes
    #[arg(long, conflicts_with_all = ["null", "delimiter", "csv"])]
    pub xargs_quotes: bool,

    /// Pair the values of several sources instead of combining all; shorter sources start again
    #[arg(long, alias = "xapply")]
    pub link: bool,

    /// Leave out the first N records
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub skip: u64,

    /// Stop after N records
    #[arg(long, value_name = "N")]
    pub head: Option<u64>,

    /// Run the jobs in a random order (reads all input first)
    #[arg(long)]
    pub shuf: bool,

    /// The random order of --shuf, so that it can be had again
    #[arg(long, value_name = "N", requires = "shuf")]
    pub seed: Option<u64>,
}
