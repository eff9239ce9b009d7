//! What goes wrong while reading, as the fragment that follows `apool: `. Names are escaped: they may hold anything.

use crate::escape::{SHOWN, shown};
use crate::sys::errno::words;
use std::borrow::Cow;
use std::fmt;
use std::io;

/// Why the input cannot be read, or not go on.
#[derive(Debug)]
pub enum InputError {
    /// A source cannot be opened or read. A failure in the middle is this too, never an end of input.
    Read {
        /// The file as the user named it; `None` is standard input.
        name: Option<Vec<u8>>,
        /// What the system said.
        error: io::Error,
    },
    /// Two sources are standard input.
    StdinTwice,
    /// `--xargs-quotes`: a quote without its partner on the same line.
    Unmatched {
        /// The quote, `'` or `"`.
        quote: char,
        /// The line, from 1.
        line: u64,
        /// The file; `None` is standard input.
        name: Option<Vec<u8>>,
    },
    /// `-x`: what should be one command does not fit.
    TooLong {
        /// The row (from 1) that did not fit any more.
        row: u64,
        /// Rows before it that were to be in the same command, and are not run either.
        gathered: usize,
    },
    /// `--link` with a source that has nothing beside one that has something: there is no value to repeat.
    NothingToLink {
        /// The source, from 1.
        source: usize,
    },
    /// A record that is longer than any command line, and whose end has not come.
    Endless {
        /// The file; `None` is standard input.
        name: Option<Vec<u8>>,
    },
    /// `--pipe-part` of something that cannot be cut without reading it.
    NotAFile {
        /// It.
        name: Vec<u8>,
    },
    /// `--shuf` of more combinations than can be counted in memory.
    TooManyToShuffle,
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
            InputError::TooLong { row, gathered: 0 } => write!(f, "argument list too long at record {row}"),
            InputError::TooLong { row, gathered } => {
                write!(
                    f,
                    "argument list too long at record {row}; the {gathered} before it, for the same command, did not run"
                )
            }
            InputError::NothingToLink { source } => {
                write!(f, "cannot link input source {source}: it is empty")
            }
            InputError::Endless { name } => {
                write!(f, "a record of {} is longer than 64 MiB", named(name.as_deref()))?;
                f.write_str("; say what ends one with -0 or -d, or give the jobs a stream with --pipe")
            }
            InputError::NotAFile { name } => {
                write!(f, "cannot cut {} into parts: it is not a regular file", named(Some(name)))
            }
            InputError::TooManyToShuffle => f.write_str("too many combinations to shuffle"),
        }
    }
}

/// A source in a message.
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
        let long = |gathered| InputError::TooLong { row: 7, gathered }.to_string();
        assert_eq!(long(0), "argument list too long at record 7");
        assert_eq!(
            long(2),
            "argument list too long at record 7; the 2 before it, for the same command, did not run"
        );
        assert_eq!(
            InputError::NothingToLink { source: 2 }.to_string(),
            "cannot link input source 2: it is empty"
        );
        assert_eq!(
            InputError::Endless { name: Some(b"f".to_vec()) }.to_string(),
            "a record of f is longer than 64 MiB; say what ends one with -0 or -d, or give the jobs a stream with --pipe"
        );
        let fifo = InputError::NotAFile { name: b"p\n".to_vec() };
        assert_eq!(fifo.to_string(), "cannot cut p\\n into parts: it is not a regular file");
        assert_eq!(InputError::TooManyToShuffle.to_string(), "too many combinations to shuffle");
    }
}
