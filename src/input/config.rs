//! What to read and how to cut it: plain data that the command line fills in.

use std::path::PathBuf;

use regex::bytes::Regex;

/// Everything the input needs to know. `InputConfig::default()` reads standard input, a line a job.
#[derive(Clone, Debug, Default)]
pub struct InputConfig {
    /// Where records come from, in the order of the command line; none means standard input.
    pub sources: Vec<Source>,
    /// `--link`: all sources go side by side, the shorter ones from their start again, instead of all combinations.
    pub link: bool,
    /// What ends a record.
    pub records: Records,
    /// How a record becomes values.
    pub columns: Columns,
    /// `--header`: the first record of each source gives the names of its values.
    pub header: bool,
    /// `--trim`; `None` is GNU parallel's default: both ends with `--colsep`, else nothing.
    pub trim: Option<Trim>,
    /// `-E`: a source ends before the record that equals this.
    pub end_marker: Option<Vec<u8>>,
    /// `-r` as GNU parallel has it: records that are empty or only white space are left out.
    pub skip_empty: bool,
    /// `--skip`: so many rows (combined records) are left out at the start, before any shuffling.
    pub skip: u64,
    /// `--head`: the input ends after so many rows; after the shuffling, so that with it this is a random sample.
    pub head: Option<u64>,
    /// `--shuf`: all rows in the random order that this seed gives. Keeps all input in memory.
    pub shuffle: Option<u64>,
    /// How many rows make a job.
    pub packing: Packing,
}

/// One source of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is.
    pub kind: SourceKind,
    /// `:::+` and `::::+`: it goes side by side with the source before it, and the shorter of the two ends both. Of no
    /// meaning for the first source.
    pub linked: bool,
}

impl Source {
    /// A source that is combined with those before it.
    pub fn new(kind: SourceKind) -> Source {
        Source { kind, linked: false }
    }
}

/// What a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Standard input. At most one source may be this.
    Stdin,
    /// A file; `-` must have been made [`SourceKind::Stdin`] already.
    File(PathBuf),
    /// Words of the command line, each a record of its own.
    Args(Vec<Vec<u8>>),
}

/// What ends a record of a file or of standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// This byte string: a newline, NUL (`-0`), or what `-d` says. Not empty.
    EndedBy(Vec<u8>),
    /// `--xargs-quotes`: the words of xargs, at blanks and newlines, with quotes and backslashes taken out.
    QuotedWords,
    /// What xargs reads with `-I`: lines without their leading blanks, quotes and backslashes taken out, blank lines
    /// left out.
    QuotedLines,
}

impl Default for Records {
    fn default() -> Records {
        Records::EndedBy(b"\n".to_vec())
    }
}

/// How a record becomes values.
#[derive(Clone, Debug, Default)]
pub enum Columns {
    /// It is one value.
    #[default]
    Whole,
    /// `--colsep`: cut wherever this matches.
    Split(Regex),
    /// `--csv`: RFC 4180; a quoted field may span lines.
    Csv {
        /// What separates two fields, usually a comma.
        separator: u8,
    },
}

/// Compiles the expression of `--colsep`. It works on bytes: `.` is any byte but a newline, `\s` is ASCII.
pub fn compile_colsep(expression: &str) -> Result<Regex, regex::Error> {
    regex::bytes::RegexBuilder::new(expression).unicode(false).build()
}

/// `--trim`: which end of a value loses its white space.
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

/// How many rows make a job.
#[derive(Clone, Debug, Default)]
pub struct Packing {
    /// The rule.
    pub per_job: PerJob,
    /// What a command line has room for. Bounds every rule that puts several rows into one job.
    pub budget: Budget,
    /// What happens when something does not fit the budget.
    pub excess: Excess,
}

/// What does not fit a command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Excess {
    /// A job has fewer rows than asked for; a row that is too long alone makes a job of its own, which the system may
    /// refuse.
    #[default]
    Allow,
    /// `-s`: a row that is too long alone is an error.
    OneRow,
    /// `-x`: fewer rows than asked for are an error too.
    Never,
}

/// The rule by which rows become jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PerJob {
    /// One row a job, whatever its size.
    #[default]
    One,
    /// `-n N`: up to N rows. Values of one source and no columns come as `Args::Packed`, others as `Args::Many`.
    UpTo(usize),
    /// `-N N`: the values of N rows become one row, `{1}` to `{N}`; the last job may have fewer.
    Positional(usize),
    /// `-N0`: one job a row, with no argument.
    Bare,
    /// `-L N`: N lines. A line that ends in a blank goes on with the next one.
    Lines(usize),
    /// `-X`, `-m`, `--xargs`: as many as fit the budget.
    Fill {
        /// With `-n N` beside it: no more than N.
        max: Option<usize>,
        /// The rows left over at the end of input are dealt out evenly to this many jobs (GNU parallel's `-X` and `-m`
        /// give the number of slots); 0 or 1: they make one job (`--xargs`).
        spread: usize,
    },
}

/// The room of a command line, for its arguments alone.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Bytes for the arguments of a job together, as `-s` counts them: its limit less what the command takes.
    pub bytes: usize,
    /// The same as the system counts them, with [`Budget::pointers`]: its limit less what the command and the environment
    /// take.
    pub room: usize,
    /// A value that is longer makes a job of its own, which the system refuses: one word takes no more.
    pub longest: usize,
    /// Bytes that each value takes in addition to its length: the NUL of a word of its own, and the text around a
    /// placeholder.
    pub each: usize,
    /// Bytes of pointers that the system counts for each value beside those.
    pub pointers: usize,
    /// How often a value stands in the command.
    pub copies: usize,
    /// How many bytes a value takes where it stands: its length, or its length once quoted for the shell.
    pub length: fn(&[u8]) -> usize,
}

impl Budget {
    /// What a value takes.
    #[inline]
    pub fn cost(&self, value: &[u8]) -> usize {
        ((self.length)(value) * self.copies).saturating_add(self.each)
    }

    /// True when the job in the making has room for so many values that take `cost` bytes together, the values included
    /// that it has.
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
