//! The options of xargs. Options that exclude each other are resolved in their order, with a warning, as GNU xargs does.

use crate::cli::personality::getopt::{self, Given, Spec, Takes};
use crate::escape::visible;
use crate::input::parse_delimiter;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// An option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Id {
    Null,
    ArgFile,
    Delimiter,
    Eof,
    Replace,
    LinesOr1,
    Lines,
    Args,
    OpenTty,
    Interactive,
    NoRunIfEmpty,
    Chars,
    Verbose,
    ShowLimits,
    Exit,
    Procs,
    SlotVar,
    Ungroup,
    Version,
    Help,
}

const fn spec(id: Id, short: u8, long: &'static str, takes: Takes) -> Spec<Id> {
    Spec { id, short: if short == 0 { None } else { Some(short) }, long, takes }
}

/// Several entries without a long name: an empty long name equals no name that a user can type.
const SPECS: [Spec<Id>; 23] = [
    spec(Id::Null, b'0', "null", Takes::Nothing),
    spec(Id::ArgFile, b'a', "arg-file", Takes::Value),
    spec(Id::Delimiter, b'd', "delimiter", Takes::Value),
    spec(Id::Eof, b'e', "eof", Takes::Attached),
    spec(Id::Replace, b'i', "replace", Takes::Attached),
    spec(Id::LinesOr1, b'l', "max-lines", Takes::Attached),
    spec(Id::Args, b'n', "max-args", Takes::Value),
    spec(Id::OpenTty, b'o', "open-tty", Takes::Nothing),
    spec(Id::Interactive, b'p', "interactive", Takes::Nothing),
    spec(Id::NoRunIfEmpty, b'r', "no-run-if-empty", Takes::Nothing),
    spec(Id::Chars, b's', "max-chars", Takes::Value),
    spec(Id::Verbose, b't', "verbose", Takes::Nothing),
    spec(Id::ShowLimits, 0, "show-limits", Takes::Nothing),
    spec(Id::Exit, b'x', "exit", Takes::Nothing),
    spec(Id::Procs, b'P', "max-procs", Takes::Value),
    spec(Id::SlotVar, 0, "process-slot-var", Takes::Value),
    spec(Id::Ungroup, b'u', "ungroup", Takes::Nothing),
    spec(Id::Version, 0, "version", Takes::Nothing),
    spec(Id::Help, 0, "help", Takes::Nothing),
    spec(Id::Eof, b'E', "\0E", Takes::Value),
    spec(Id::Replace, b'I', "\0I", Takes::Value),
    spec(Id::Lines, b'L', "\0L", Takes::Value),
    spec(Id::Help, b'h', "\0h", Takes::Nothing),
];

/// How many values form a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PerJob {
    /// As many as fit.
    #[default]
    Fill,
    /// `-n`.
    Args(usize),
    /// `-L`, `-l`.
    Lines(usize),
    /// `-I`, `-i`: one, in place of this text.
    Replace(OsString),
}

/// What to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Task {
    /// Run the jobs.
    #[default]
    Run,
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// The options that were given.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What to do.
    pub task: Task,
    /// `-a`: the file of the input.
    pub file: Option<PathBuf>,
    /// `-0`, `-d`: the end of a record. `None`: words with quotes.
    pub delimiter: Option<Vec<u8>>,
    /// `-E`: the word at which the input ends.
    pub end_marker: Option<OsString>,
    /// `-I`, `-L` or `-n`, whichever came last.
    pub per_job: PerJob,
    /// `-p`.
    pub interactive: bool,
    /// `-o`.
    pub open_tty: bool,
    /// `-r`.
    pub no_run_if_empty: bool,
    /// `-s`.
    pub chars: Option<usize>,
    /// `-t`.
    pub verbose: bool,
    /// `--show-limits`.
    pub show_limits: bool,
    /// `-x`.
    pub exit: bool,
    /// `-P`; 0 for the choice of apool.
    pub procs: Option<u32>,
    /// `--process-slot-var`.
    pub slot_var: Option<String>,
    /// `-u`: outputs may mix.
    pub ungroup: bool,
    /// The command and its first arguments.
    pub command: Vec<OsString>,
    /// Warnings to print.
    pub warnings: Vec<String>,
}

/// Parses the words after the name of the program.
pub fn parse(words: &[OsString]) -> Result<Options, String> {
    let (given, at) = getopt::parse(words, &SPECS).map_err(|why| format!("{why}; see xargs --help"))?;
    let mut options = Options { command: words[at..].to_vec(), ..Options::default() };
    for option in given {
        options.take(option)?;
        if options.task != Task::Run {
            return Ok(options);
        }
    }
    if options.end_marker.is_some() && options.delimiter.is_some() {
        options.end_marker = None;
        options.warnings.push("warning: the -E option has no effect if -0 or -d is used".to_owned());
    }
    Ok(options)
}

impl Options {
    fn take(&mut self, (id, value): Given<Id>) -> Result<(), String> {
        let text = value.clone().unwrap_or_default();
        match id {
            Id::Null => self.delimiter = Some(vec![0]),
            Id::ArgFile => self.file = Some(PathBuf::from(text)),
            Id::Delimiter => self.delimiter = Some(delimiter(&text)?),
            Id::Eof => self.end_marker = value.filter(|marker| !marker.is_empty()),
            Id::Replace => {
                let text = value.unwrap_or_else(|| OsString::from("{}"));
                self.exclude("--replace/-I/-i", PerJob::Replace(text));
            }
            Id::Lines => {
                let lines = number(&text, 'L', 1)?;
                self.exclude("-L", PerJob::Lines(lines));
            }
            Id::LinesOr1 => {
                let lines = value.map_or(Ok(1), |text| number(&text, 'l', 1))?;
                self.exclude("--max-lines/-l", PerJob::Lines(lines));
            }
            Id::Args => match (number(&text, 'n', 1)?, &self.per_job) {
                // One value in each job is what -I does.
                (1, PerJob::Replace(_)) => {}
                (args, _) => self.exclude("--max-args/-n", PerJob::Args(args)),
            },
            Id::OpenTty => self.open_tty = true,
            Id::Interactive => (self.interactive, self.verbose) = (true, true),
            Id::NoRunIfEmpty => self.no_run_if_empty = true,
            Id::Chars => self.chars = Some(number(&text, 's', 1)?),
            Id::Verbose => self.verbose = true,
            Id::ShowLimits => self.show_limits = true,
            Id::Exit => self.exit = true,
            Id::Procs => self.procs = Some(u32::try_from(number(&text, 'P', 0)?).unwrap_or(u32::MAX)),
            Id::SlotVar => {
                let name = text.into_string();
                self.slot_var =
                    Some(name.map_err(|_| "--process-slot-var: the name is not UTF-8".to_owned())?);
            }
            Id::Ungroup => self.ungroup = true,
            Id::Version => self.task = Task::Version,
            Id::Help => self.task = Task::Help,
        }
        Ok(())
    }

    /// Takes the place of another of these options, with a warning.
    fn exclude(&mut self, option: &str, per_job: PerJob) {
        let before = match (&self.per_job, &per_job) {
            (PerJob::Fill, _)
            | (PerJob::Args(_), PerJob::Args(_))
            | (PerJob::Lines(_), PerJob::Lines(_))
            | (PerJob::Replace(_), PerJob::Replace(_)) => None,
            (PerJob::Args(_), _) => Some("--max-args"),
            (PerJob::Lines(_), _) => Some("--max-lines"),
            (PerJob::Replace(_), _) => Some("--replace"),
        };
        self.warnings.extend(before.map(|before| {
            format!(
                "warning: options {before} and {option} are mutually exclusive, ignoring previous {before} value"
            )
        }));
        self.per_job = per_job;
    }
}

/// The value of `-d`: one byte, or an escape for one.
fn delimiter(text: &OsStr) -> Result<Vec<u8>, String> {
    let shown = visible(text.as_bytes());
    match parse_delimiter(text.as_bytes()) {
        Ok(bytes) if bytes.len() == 1 => Ok(bytes),
        Ok(_) => Err(format!(
            "-d {shown}: the input delimiter must be a single character or an escape such as \\n"
        )),
        Err(why) => Err(format!("-d {shown}: {why}")),
    }
}

/// A whole number of at least `least`, with a sign and white space before it, as `strtol` takes it.
fn number(text: &OsStr, option: char, least: usize) -> Result<usize, String> {
    let shown = visible(text.as_bytes());
    let digits = text.to_str().unwrap_or_default().trim_start();
    let wrong = || format!("invalid number \"{shown}\" for -{option} option");
    if let Some(digits) = digits.strip_prefix('-') {
        let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        return Err(if valid { below(&shown, option, least) } else { wrong() });
    }
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    // A number that is too large for the machine is as good as no limit.
    let value = digits.parse().unwrap_or(usize::MAX);
    if value < least { Err(below(&shown, option, least)) } else { Ok(value) }
}

fn below(shown: &str, option: char, least: usize) -> String {
    format!("value {shown} for -{option} option should be >= {least}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, String> {
        parse(&line.split(' ').map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_last_of_the_options_that_exclude_each_other_counts() {
        for (line, per_job, warned) in [
            ("-n3", PerJob::Args(3), None),
            ("-I% -n1", PerJob::Replace("%".into()), None),
            ("-n1 -I%", PerJob::Replace("%".into()), Some("--max-args and --replace/-I/-i")),
            ("-I% -n2", PerJob::Args(2), Some("--replace and --max-args/-n")),
            ("-L2 -n2", PerJob::Args(2), Some("--max-lines and --max-args/-n")),
            ("-n2 -l", PerJob::Lines(1), Some("--max-args and --max-lines/-l")),
            ("-i -L2", PerJob::Lines(2), Some("--replace and -L")),
        ] {
            let options = parsed(line).expect(line);
            assert_eq!(options.per_job, per_job, "{line}");
            assert_eq!(options.warnings.len(), usize::from(warned.is_some()), "{line}");
            assert!(options.warnings.iter().all(|text| text.contains(warned.unwrap_or_default())), "{line}");
        }
    }

    #[test]
    fn numbers_are_checked() {
        let refused = |line| parsed(line).expect_err(line);
        assert_eq!(refused("-n x"), "invalid number \"x\" for -n option");
        assert_eq!(refused("-n 0"), "value 0 for -n option should be >= 1");
        assert_eq!(refused("-L -3"), "value -3 for -L option should be >= 1");
        assert_eq!(refused("-P -1"), "value -1 for -P option should be >= 0");
        assert_eq!(parsed("-P0 -s+20").map(|o| (o.procs, o.chars)), Ok((Some(0), Some(20))));
    }

    #[test]
    fn the_end_marker_needs_words() {
        assert_eq!(parsed("-E x").map(|o| o.end_marker), Ok(Some("x".into())));
        assert_eq!(parsed("-E x -e").map(|o| o.end_marker), Ok(None));
        assert_eq!(parsed("-0 -E x").map(|o| (o.end_marker, o.warnings.len())), Ok((None, 1)));
        assert!(parsed("-d ab").is_err());
        assert_eq!(parsed(r"-d \t").map(|o| o.delimiter), Ok(Some(vec![b'\t'])));
    }
}
