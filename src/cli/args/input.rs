//! Options of the input.

use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// The sources of the records, how they are split, and how many form a job.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one; the configuration makes enums of them")]
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// Read records from FILE (- for standard input)
    ///
    /// Several files are combined, and so are values after `:::`: a job runs for each combination and gets its values
    /// as {1}, {2} and so on. See --link.
    #[arg(short = 'a', long = "arg-file", value_name = "FILE")]
    pub arg_file: Vec<PathBuf>,

    /// Records end in NUL, as in the output of find -print0
    #[arg(short = '0', long = "null")]
    pub null: bool,

    /// Records end in DELIM, such as \t, \0 or \x1e (default newline)
    ///
    /// DELIM may contain escapes and may be several bytes long. Blanks, quotes and backslashes in a record have no special meaning.
    #[arg(short = 'd', long, value_name = "DELIM", allow_hyphen_values = true, conflicts_with = "null")]
    pub delimiter: Option<OsString>,

    /// Split each record at REGEX into the columns {1}, {2}, ...
    #[arg(short = 'C', long, value_name = "REGEX")]
    pub colsep: Option<OsString>,

    /// Read records as CSV: quoted fields may contain commas and newlines
    ///
    /// With --colsep, fields are separated by that one character instead of a comma. A quote that is not closed, or
    /// text after a closing quote, ends the input with an error that names the line.
    #[arg(long, conflicts_with_all = ["null", "delimiter"], hide_short_help = true)]
    pub csv: bool,

    /// Use the first record as column names, with --header : and {name} in the command
    ///
    /// Columns are separated by tabs unless --colsep or --csv is given. apool refuses two columns with the same name,
    /// and a {name} or {N} for which there is no column. If the command contains braces as text, use -I to choose
    /// another placeholder. With --pipe, each block starts with the header: the first record (:), the first N records,
    /// or the match of REGEX at the start of the stream.
    #[arg(long, value_name = ":|N|REGEX", hide_short_help = true)]
    pub header: Option<String>,

    /// Trim white space from values: n (none), l (left), r (right) or lr (both)
    ///
    /// The default is lr with --colsep, and otherwise n.
    #[arg(long, value_name = "n|l|r|lr", value_parser = ["n", "l", "r", "lr", "rl"], hide_possible_values = true, hide_short_help = true)]
    pub trim: Option<String>,

    /// Stop reading at a record that equals STR
    #[arg(short = 'E', long = "eof", value_name = "STR", hide_short_help = true)]
    pub end_marker: Option<OsString>,

    /// Skip empty records
    ///
    /// Nothing runs on empty input, with or without this option.
    #[arg(short = 'r', long = "no-run-if-empty", hide_short_help = true)]
    pub no_run_if_empty: bool,

    /// Put up to N records into one job; 0 is the same as -N 0
    #[arg(short = 'n', long = "max-args", value_name = "N", conflicts_with_all = ["max_replace_args", "max_lines"])]
    pub max_args: Option<usize>,

    /// Put N records into one job, as {1} to {N}
    ///
    /// With 0, a job runs for each record, but does not get the record.
    #[arg(
        short = 'N',
        long = "max-replace-args",
        value_name = "N",
        conflicts_with = "max_lines",
        hide_short_help = true
    )]
    pub max_replace_args: Option<usize>,

    /// Put up to N lines into one job
    ///
    /// A line that ends in a blank continues on the next line.
    #[arg(short = 'L', long = "max-lines", value_name = "N", hide_short_help = true)]
    pub max_lines: Option<usize>,

    /// Put as many records into one job as fit on a command line
    ///
    /// A command line has at most 128 KiB, as with xargs, or the length given by -s. It is also kept within the limit
    /// of the system, which includes the environment. If the system still refuses the command line as too long, apool
    /// runs it in pieces, one after the other, as one job. A word with a placeholder is repeated for each record. The
    /// last records are divided among the free workers.
    #[arg(short = 'X', conflicts_with_all = ["many", "xargs"])]
    pub context: bool,

    /// Like -X, but put all records into one word: x{}y becomes 'xa by'
    #[arg(short = 'm', long = "many", hide_short_help = true)]
    pub many: bool,

    /// Like -m, but do not divide the last records among the free workers
    #[arg(long, hide_short_help = true)]
    pub xargs: bool,

    /// Limit a command line to BYTES
    ///
    /// The default is 128 KiB with -X, -m and --xargs. The limit of the system always applies; it includes the
    /// environment.
    #[arg(short = 's', long = "max-chars", value_name = "BYTES", value_parser = crate::run::parse::size, hide_short_help = true)]
    pub max_chars: Option<u64>,

    /// Stop with an error if a command line is longer than the limit
    ///
    /// A job also fails, instead of running in pieces, if the system refuses its command line as too long.
    #[arg(short = 'x', long = "exit", hide_short_help = true)]
    pub exit: bool,

    /// Split records like xargs: at blanks and newlines, with quotes and backslashes
    #[arg(long, conflicts_with_all = ["null", "delimiter", "csv"], hide_short_help = true)]
    pub xargs_quotes: bool,

    /// Pair the values of several sources instead of combining them
    ///
    /// A shorter source starts again at its first value.
    #[arg(long, alias = "xapply", hide_short_help = true)]
    pub link: bool,

    /// Skip the first N records
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, hide_short_help = true)]
    pub skip: u64,

    /// Stop after N records
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub head: Option<u64>,

    /// Run the jobs in random order; all input is read first
    ///
    /// The joblog stores the seed, and --resume continues in the same order.
    #[arg(long, hide_short_help = true)]
    pub shuf: bool,

    /// Set the seed of --shuf: the same N gives the same order
    #[arg(long, value_name = "N", requires = "shuf", hide_short_help = true)]
    pub seed: Option<u64>,
}
