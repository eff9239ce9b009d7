//! Flags of the input.

use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where records come from, how they are cut and how many make a job.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one; the configuration makes enums of them")]
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// Read records from FILE (- for standard input)
    ///
    /// Several files, or values after `:::`, are combined: a job for each combination, reached as {1}, {2} and so on. See --link.
    #[arg(short = 'a', long = "arg-file", value_name = "FILE")]
    pub arg_file: Vec<PathBuf>,

    /// Records end in NUL, as find -print0 writes them
    #[arg(short = '0', long = "null")]
    pub null: bool,

    /// Records end in DELIM, which may be an escape: \t \0 \x1e
    ///
    /// It may be several bytes long. The default is a newline. Blanks, quotes and backslashes in a record mean nothing.
    #[arg(short = 'd', long, value_name = "DELIM", allow_hyphen_values = true, conflicts_with = "null")]
    pub delimiter: Option<OsString>,

    /// Split records into the columns {1}, {2}, ... at REGEX
    #[arg(short = 'C', long, value_name = "REGEX")]
    pub colsep: Option<OsString>,

    /// Records are CSV: quoted fields may hold commas and newlines
    ///
    /// With --colsep fields end at that one character instead of a comma. A quote that is never closed, or text behind a closing
    /// quote, ends the input with an error that names the line.
    #[arg(long, conflicts_with_all = ["null", "delimiter"], hide_short_help = true)]
    pub csv: bool,

    /// The first record names the columns; write {name} for one. The value is a colon
    ///
    /// Columns end at tabs unless --colsep or --csv say otherwise. Two columns of one name are refused, and so is a {name} or a
    /// {N} that no column has; -I gives another placeholder where braces are meant as text. With --pipe the first record (:), the first N, or what REGEX
    /// matches at the start of the stream, stands at the start of every block.
    #[arg(long, value_name = ":|N|REGEX", hide_short_help = true)]
    pub header: Option<String>,

    /// Remove blanks at the left (l), the right (r), both (lr) or no ends (n) of values
    #[arg(long, value_name = "n|l|r|lr", value_parser = ["n", "l", "r", "lr", "rl"], hide_possible_values = true, hide_short_help = true)]
    pub trim: Option<String>,

    /// Stop reading at a record equal to STR
    #[arg(short = 'E', long = "eof", value_name = "STR", hide_short_help = true)]
    pub end_marker: Option<OsString>,

    /// Skip empty records
    ///
    /// On empty input nothing is run, with or without this option.
    #[arg(short = 'r', long = "no-run-if-empty", hide_short_help = true)]
    pub no_run_if_empty: bool,

    /// Up to N records in one job; 0 is -N 0
    #[arg(short = 'n', long = "max-args", value_name = "N", conflicts_with_all = ["max_replace_args", "max_lines"])]
    pub max_args: Option<usize>,

    /// N records in one job, as {1} to {N}; 0 runs a job a record and leaves the record out
    #[arg(
        short = 'N',
        long = "max-replace-args",
        value_name = "N",
        conflicts_with = "max_lines",
        hide_short_help = true
    )]
    pub max_replace_args: Option<usize>,

    /// Up to N lines in one job; a line that ends in a blank goes on in the next
    #[arg(short = 'L', long = "max-lines", value_name = "N", hide_short_help = true)]
    pub max_lines: Option<usize>,

    /// As many records in one job as a command line holds
    ///
    /// At most 128 KiB, as with xargs, unless -s says otherwise, and no more than the system takes beside the environment. What
    /// the system refuses all the same is run in pieces, one after another, as one job. A word with a placeholder is repeated for each record. The
    /// last records are dealt out among the free workers.
    #[arg(short = 'X', conflicts_with_all = ["many", "xargs"])]
    pub context: bool,

    /// Like -X, but all records stand where the placeholder is, in one word
    #[arg(short = 'm', long = "many", hide_short_help = true)]
    pub many: bool,

    /// Like -m, without dealing out the last records among the free workers
    #[arg(long, hide_short_help = true)]
    pub xargs: bool,

    /// A command line is at most BYTES long (with -n, -X, -m, --xargs)
    ///
    /// Where the system takes less, beside the environment, it is that.
    #[arg(short = 's', long = "max-chars", value_name = "BYTES", value_parser = crate::run::parse::size, hide_short_help = true)]
    pub max_chars: Option<u64>,

    /// Stop with an error when a command line does not fit
    ///
    /// A job whose command line the system refuses then fails, and is not run in pieces.
    #[arg(short = 'x', long = "exit", hide_short_help = true)]
    pub exit: bool,

    /// Cut records as xargs does: at blanks and newlines, with quotes and backslashes
    #[arg(long, conflicts_with_all = ["null", "delimiter", "csv"], hide_short_help = true)]
    pub xargs_quotes: bool,

    /// Pair the values of several sources, not all combinations; a shorter source starts again
    #[arg(long, alias = "xapply", hide_short_help = true)]
    pub link: bool,

    /// Leave out the first N records
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, hide_short_help = true)]
    pub skip: u64,

    /// Stop after N records
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub head: Option<u64>,

    /// Run the jobs in random order (reads all input first)
    ///
    /// The seed is kept in the joblog, so that --resume goes on in the same order.
    #[arg(long, hide_short_help = true)]
    pub shuf: bool,

    /// Which random order: the same N gives the same order
    #[arg(long, value_name = "N", requires = "shuf", hide_short_help = true)]
    pub seed: Option<u64>,
}
