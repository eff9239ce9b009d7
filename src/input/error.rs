//! The errors of the input. A message is a fragment after `apool: `. Names in it are escaped.

use super::split::CsvError;
use crate::escape::{SHOWN, shown};
use crate::sys::errno::words;
use std::borrow::Cow;
use std::fmt;
use std::io;

/// An error of the input.
#[derive(Debug)]
pub enum InputError {
    /// A source cannot be opened or read. A failure in the middle is also an error, not the end of the input.
    Read {
        /// The name that the user gave; `None` is standard input.
        name: Option<Vec<u8>>,
        /// The error of the system.
        error: io::Error,
    },
    /// Two sources are standard input.
    StdinTwice,
    /// `--xargs-quotes`: a quote that is not closed on its line.
    Unmatched {
        /// The quote, `'` or `"`.
        quote: char,
        /// The line, from 1.
        line: u64,
        /// The file; `None` is standard input.
        name: Option<Vec<u8>>,
    },
    /// `--csv`: a violation of CSV.
    Csv {
        /// The violation and its line.
        error: CsvError,
        /// Its source.
        place: CsvPlace,
    },
    /// `--header`: two columns with the same name.
    SameName {
        /// The name.
        name: Vec<u8>,
    },
    /// `--priority`: a column that no record has.
    NoColumn {
        /// Its number, from 1.
        number: usize,
    },
    /// `--order size`: no value names a file.
    NoFile,
    /// `-x`: the records of one command do not fit.
    TooLong {
        /// The row that did not fit, from 1.
        row: u64,
        /// The number of rows before it in the same command, which do not run either.
        before: usize,
    },
    /// `--link` with an empty source: there is no value to repeat.
    NothingToLink {
        /// The source, from 1.
        source: usize,
    },
    /// A record that exceeds the maximum size.
    Endless {
        /// The file; `None` is standard input.
        name: Option<Vec<u8>>,
    },
    /// `--pipe-part` with a file that is not a regular file.
    NotAFile {
        /// Its name.
        name: Vec<u8>,
    },
    /// `--pipe-part` of a file that has no size but has content, such as those of `/proc`.
    NoSize {
        /// It.
        name: Vec<u8>,
    },
    /// `--shuf` of more combinations than can be counted in memory.
    TooManyToShuffle,
}

/// The source of CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CsvPlace {
    /// A file; `None` is standard input.
    Stream(Option<Vec<u8>>),
    /// A word of the command line.
    Word(Vec<u8>),
}

impl std::error::Error for InputError {}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InputError::Read { name, error } => {
                write!(f, "cannot read {}: {}", named(name.as_deref()), words(error))
            }
            InputError::StdinTwice => f.write_str("standard input cannot be two sources"),
            InputError::Unmatched { quote, line, name } => {
                let quote = if *quote == '"' { "double" } else { "single" };
                write!(f, "unmatched {quote} quote in line {line} of {}", named(name.as_deref()))?;
                f.write_str("; use -d '\\n' or -0 to take quotes as they are")
            }
            InputError::Csv { error, place } => csv(*error, place, f),
            InputError::SameName { name } => {
                let name = shown(name, SHOWN);
                write!(f, "two columns are called {name}; each column needs a different name")
            }
            InputError::NoColumn { number } => {
                write!(f, "--priority {number}: no record has a column {number}")
            }
            InputError::NoFile => f.write_str("--order size: no value names a file"),
            InputError::TooLong { row, before: 0 } => write!(f, "argument list too long at record {row}"),
            InputError::TooLong { row, before } => {
                write!(
                    f,
                    "argument list too long at record {row}; the {before} before it in the same command did not run"
                )
            }
            InputError::NothingToLink { source } => {
                write!(f, "cannot link input source {source}: it is empty")
            }
            InputError::Endless { name } => {
                write!(f, "a record of {} is longer than 64 MiB", named(name.as_deref()))?;
                f.write_str("; set the end of a record with -0 or -d, or use --pipe")
            }
            InputError::NotAFile { name } => {
                write!(f, "cannot cut {} into parts: it is not a regular file", named(Some(name)))
            }
            InputError::NoSize { name } => {
                write!(f, "cannot cut {} into parts: its size is not known; use --pipe", named(Some(name)))
            }
            InputError::TooManyToShuffle => f.write_str("too many combinations to shuffle"),
        }
    }
}

fn csv(error: CsvError, place: &CsvPlace, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (CsvError::Unclosed(line) | CsvError::TooLong(line) | CsvError::TextAfterQuote(line)) = error;
    let place = match place {
        CsvPlace::Stream(name) => format!("in line {line} of {}", named(name.as_deref())),
        CsvPlace::Word(word) => format!("in the value {}", shown(word, SHOWN)),
    };
    match error {
        CsvError::Unclosed(_) => write!(f, "a quote that opens {place} is never closed")?,
        CsvError::TooLong(_) => write!(f, "a quote that opens {place} is not closed within 64 MiB")?,
        CsvError::TextAfterQuote(_) => write!(f, "text after a closing quote {place}")?,
    }
    f.write_str("; within quotes a quote is written twice")
}

/// The name of a source in a message.
fn named(name: Option<&[u8]>) -> Cow<'static, str> {
    name.map_or(Cow::Borrowed("standard input"), |name| Cow::Owned(shown(name, SHOWN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &[u8], code: i32) -> String {
        InputError::Read { name: Some(name.to_vec()), error: io::Error::from_raw_os_error(code) }.to_string()
    }

    #[test]
    fn names_are_escaped_and_cut() {
        assert_eq!(read(b"x", 2), "cannot read x: No such file or directory");
        assert_eq!(read(b"a\x1b[m\xff\\", 21), "cannot read a\\x1b[m\\xff\\: Is a directory");
        assert_eq!(
            read("\u{202e}\u{85}é".as_bytes(), 5),
            "cannot read \\u{202e}\\u{85}é: Input/output error"
        );
        assert_eq!(
            read(&[b'y'; 300], 2),
            format!("cannot read {}…: No such file or directory", "y".repeat(200))
        );
    }

    #[test]
    fn every_other_message() {
        let stdin = InputError::Read { name: None, error: io::Error::other("odd") };
        assert_eq!(stdin.to_string(), "cannot read standard input: odd");
        assert_eq!(InputError::StdinTwice.to_string(), "standard input cannot be two sources");
        let quote = InputError::Unmatched { quote: '"', line: 3, name: None };
        assert_eq!(
            quote.to_string(),
            "unmatched double quote in line 3 of standard input; use -d '\\n' or -0 to take quotes as they are"
        );
        let quote = InputError::Unmatched { quote: '\'', line: 1, name: Some(b"f".to_vec()) };
        assert_eq!(
            quote.to_string(),
            "unmatched single quote in line 1 of f; use -d '\\n' or -0 to take quotes as they are"
        );
        let long = |before| InputError::TooLong { row: 7, before }.to_string();
        assert_eq!(long(0), "argument list too long at record 7");
        assert_eq!(
            long(2),
            "argument list too long at record 7; the 2 before it in the same command did not run"
        );
        assert_eq!(
            InputError::NothingToLink { source: 2 }.to_string(),
            "cannot link input source 2: it is empty"
        );
        assert_eq!(
            InputError::Endless { name: Some(b"f".to_vec()) }.to_string(),
            "a record of f is longer than 64 MiB; set the end of a record with -0 or -d, or use --pipe"
        );
        let fifo = InputError::NotAFile { name: b"p\n".to_vec() };
        assert_eq!(fifo.to_string(), "cannot cut p\\n into parts: it is not a regular file");
        assert_eq!(InputError::TooManyToShuffle.to_string(), "too many combinations to shuffle");
    }

    #[test]
    fn what_is_wrong_with_a_table() {
        let csv = |error, place| InputError::Csv { error, place }.to_string();
        let file = || CsvPlace::Stream(Some(b"t\n".to_vec()));
        for (error, want) in [
            (
                csv(CsvError::Unclosed(3), file()),
                "a quote that opens in line 3 of t\\n is never closed; within quotes a quote is written twice",
            ),
            (
                csv(CsvError::TooLong(1), CsvPlace::Stream(None)),
                "a quote that opens in line 1 of standard input is not closed within 64 MiB; within quotes a quote is written \
                 twice",
            ),
            (
                csv(CsvError::TextAfterQuote(9), file()),
                "text after a closing quote in line 9 of t\\n; within quotes a quote is written twice",
            ),
            (
                csv(CsvError::TextAfterQuote(1), CsvPlace::Word(b"\"a\"b".to_vec())),
                "text after a closing quote in the value \"a\"b; within quotes a quote is written twice",
            ),
            (
                InputError::SameName { name: b"a b".to_vec() }.to_string(),
                "two columns are called a b; each column needs a different name",
            ),
            (InputError::NoColumn { number: 3 }.to_string(), "--priority 3: no record has a column 3"),
            (InputError::NoFile.to_string(), "--order size: no value names a file"),
        ] {
            assert_eq!(error, want);
        }
    }
}
