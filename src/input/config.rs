//! The settings of the input, as plain data from the command line.

use std::path::PathBuf;

use regex::bytes::Regex;

/// The settings of the input. The default reads standard input, with one job for each line.
#[derive(Clone, Debug, Default)]
pub struct InputConfig {
    /// The sources, in the order of the command line. Empty means standard input.
    pub sources: Vec<Source>,
    /// `--link`: sources are paired instead of combined, and shorter ones start again.
    pub link: bool,
    /// The end of a record.
    pub records: Records,
    /// The values of a record.
    pub columns: Columns,
    /// `--header`: the first record of each source contains the names of its values.
    pub header: bool,
    /// `--trim`. `None` is the default of GNU parallel: both ends with `--colsep`, and otherwise none.
    pub trim: Option<Trim>,
    /// `-E`: a source ends before a record that equals this.
    pub end_marker: Option<Vec<u8>>,
    /// `-r` of GNU parallel: skips records that are empty or only white space.
    pub skip_empty: bool,
    /// `--skip`: the number of rows (combined records) to skip at the start, before shuffling.
    pub skip: u64,
    /// `--head`: the maximum number of rows, after shuffling: both together give a random sample.
    pub head: Option<u64>,
    /// `--shuf`: the seed of the random order. All input is kept in memory.
    pub shuffle: Option<u64>,
    /// The packing of rows into jobs.
    pub packing: Packing,
}

/// One source of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its kind.
    pub kind: SourceKind,
    /// `:::+` and `::::+`: the source is paired with the one before it, and the shorter one ends both. No effect for
    /// the first source.
    pub linked: bool,
}

impl Source {
    /// A source that is combined with the sources before it.
    pub fn new(kind: SourceKind) -> Source {
        Source { kind, linked: false }
    }
}

/// The kind of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Standard input, for at most one source.
    Stdin,
    /// A file. `-` is [`SourceKind::Stdin`] instead.
    File(PathBuf),
    /// Words of the command line. Each is a record.
    Args(Vec<Vec<u8>>),
}

/// The end of a record of a file or of standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// This byte string: a newline, NUL (`-0`) or the value of `-d`. Not empty.
    EndedBy(Vec<u8>),
    /// `--xargs-quotes`: the words of xargs, separated by blanks and newlines. Quotes and backslashes are removed.
    QuotedWords,
    /// The lines of xargs with `-I`. Leading blanks, quotes and backslashes are removed, and blank lines are skipped.
    QuotedLines,
}

impl Default for Records {
    fn default() -> Records {
        Records::EndedBy(b"\n".to_vec())
    }
}

/// The values of a record.
#[derive(Clone, Debug, Default)]
pub enum Columns {
    /// The record is one value.
    #[default]
    Whole,
    /// `--colsep`: split at each match.
    Split(Regex),
    /// `--csv`: RFC 4180; a quoted field may span lines.
    Csv {
        /// The separator of fields, usually a comma.
        separator: u8,
    },
}

/// Compiles the regular expression of `--colsep`. It matches bytes: `.` is any byte except a newline, and `\s` is
/// ASCII.
pub fn compile_colsep(expression: &str) -> Result<Regex, regex::Error> {
    regex::bytes::RegexBuilder::new(expression).unicode(false).build()
}

/// `--trim`: the ends of a value without white space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trim {
    /// `n`: neither.
    #[default]
    Neither,
    /// `l`: the left one.
    Left,
    /// `r`: the right one.
    Right,
    /// `lr` or `rl`: both.
    Both,
}

impl std::str::FromStr for Trim {
    type Err = ();
    fn from_str(s: &str) -> Result<Trim, ()> {
        match s {
            "n" => Ok(Trim::Neither),
            "l" => Ok(Trim::Left),
            "r" => Ok(Trim::Right),
            "lr" | "rl" => Ok(Trim::Both),
            _ => Err(()),
        }
    }
}

/// The packing of rows into jobs.
#[derive(Clone, Debug, Default)]
pub struct Packing {
    /// The rule.
    pub per_job: PerJob,
    /// The room of a command line. A limit for every rule with several rows in a job.
    pub budget: Budget,
    /// The reaction to rows that exceed the budget.
    pub excess: Excess,
    /// A job without arguments runs if the input makes no other one.
    pub job_if_empty: bool,
    /// The rows of a job that is not full do not run after an error of the input.
    pub drop_rest: bool,
}

/// The reaction to rows that do not fit on a command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Excess {
    /// A job may have fewer rows than requested. A single row that is too long forms a job, which the system may
    /// refuse.
    #[default]
    Allow,
    /// `-s`: a single row that is too long is an error.
    OneRow,
    /// `-x`: fewer rows than requested are an error, too.
    Never,
}

/// The number of rows in a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PerJob {
    /// One row, of any size.
    #[default]
    One,
    /// `-n N`: up to N rows. Values of one source without columns are `Args::Packed`, others `Args::Many`.
    UpTo(usize),
    /// `-N N`: the values of N rows form one row, `{1}` to `{N}`. The last job may have fewer.
    Positional(usize),
    /// `-N0`: one job for each row, without arguments.
    Bare,
    /// `-L N`: N lines. A line that ends in a blank continues on the next one.
    Lines(usize),
    /// `-X`, `-m`, `--xargs`: as many rows as fit into the budget.
    Fill {
        /// The maximum number of rows, from `-n N`.
        max: Option<usize>,
        /// The number of jobs for the last rows of the input, which are divided evenly. For `-X` and `-m` it is the
        /// number of slots, as in GNU parallel. With 0 or 1 they form one job (`--xargs`).
        spread: usize,
    },
}

/// The room of a command line for the values of a job.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// The bytes for all values of a job, as `-s` counts them: its limit minus the size of the command.
    pub bytes: usize,
    /// The same as the system counts them, with [`Budget::pointers`]: its limit minus the size of the command and of
    /// the environment.
    pub room: usize,
    /// The longest value that the system accepts as one word, in bytes. A longer value forms a job of its own.
    pub longest: usize,
    /// The bytes for each value in addition to its length: the NUL of a word, and the text around a placeholder.
    pub each: usize,
    /// The bytes of pointers that the system also counts for each value.
    pub pointers: usize,
    /// The number of times that a value occurs in the command.
    pub copies: usize,
    /// A function for the length of a value in the command: its length, or its length with quotes.
    pub length: fn(&[u8]) -> usize,
}

impl Budget {
    /// The cost of a value, in bytes.
    #[inline]
    pub fn cost(&self, value: &[u8]) -> usize {
        ((self.length)(value) * self.copies).saturating_add(self.each)
    }

    /// True if a job has room for this number of values with this `cost` in total.
    #[inline]
    pub fn holds(&self, cost: usize, values: usize) -> bool {
        cost <= self.bytes && cost.saturating_add(values.saturating_mul(self.pointers)) <= self.room
    }
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            bytes: usize::MAX,
            room: usize::MAX,
            longest: usize::MAX,
            each: 9,
            pointers: 0,
            copies: 1,
            length: <[u8]>::len,
        }
    }
}
