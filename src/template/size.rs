//! The size of a command line: the constant part, and the part that each value adds.
//!
//! The size is exact for words and for unquoted plain values. It is an upper bound if the quoting depends on the value, or if a
//! form may lengthen the value. Limits are applied elsewhere.

use super::form::{Column, Form, Placeholder};
use super::pieces::Piece;
use super::quote;

/// The bytes that a substitution is assumed to add to a value. If it adds more, the system may refuse the command line, and
/// its records run in pieces.
const SUBSTITUTED: usize = 256;
/// The maximum number of digits of a number.
const DIGITS: usize = 20;

/// The size of the command line of a job. The size of a word includes its NUL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// The number of constant words.
    pub words: usize,
    /// The bytes of the constant part.
    pub bytes: usize,
    /// The number of words for each value.
    pub words_each: usize,
    /// The bytes for each value, in addition to its own.
    pub bytes_each: usize,
    /// The number of times that each value occurs in the command line.
    pub copies: usize,
    /// Several values share one word. The system also limits the length of a word.
    pub in_one_word: bool,
    /// Each value that is not plain is quoted for a shell.
    pub quoted: bool,
    /// A placeholder refers to one of several records by its number.
    pub by_number: bool,
    /// The number of nested shells that parse the value, after the first one.
    pub levels: usize,
}

impl Size {
    /// A function for the number of bytes that a value takes in the command line.
    pub fn length(&self) -> fn(&[u8]) -> usize {
        match (self.quoted, self.levels) {
            (false, 0) => <[u8]>::len,
            (true, 0) => quoted_length,
            (_, 1) => |value| quote::nested(value, 2),
            (_, 2) => |value| quote::nested(value, 3),
            _ => |value| quote::nested(value, 4),
        }
    }

    /// Adds a word without a placeholder.
    pub(super) fn fixed(&mut self, word: usize) {
        self.words += 1;
        self.bytes += word + 1;
    }

    /// Adds a word made of pieces. `repeat`: the word is repeated for each record.
    pub(super) fn mixed(&mut self, pieces: &[Piece], repeat: bool) {
        let mut text = 1;
        let mut each = 0;
        let mut values = 0;
        for piece in pieces {
            match piece {
                Piece::Text(bytes) => text += bytes.len(),
                Piece::Value(placeholder) => match self.added(placeholder) {
                    None => text += DIGITS,
                    Some(more) => {
                        each += more;
                        values += 1;
                    }
                },
            }
        }
        self.copies += values;
        if repeat && values > 0 {
            self.words_each += 1;
            self.bytes_each += text + each;
        } else {
            self.words += 1;
            self.bytes += text;
            // One byte for the blank between two values.
            self.bytes_each += each + values;
            self.in_one_word |= values > 0;
        }
    }

    /// Adds a word that is only a placeholder: one word for each value.
    pub(super) fn alone(&mut self, placeholder: &Placeholder) {
        match self.added(placeholder) {
            None => self.fixed(DIGITS),
            Some(more) => {
                self.words_each += 1;
                self.bytes_each += more + 1;
                self.copies += 1;
            }
        }
    }

    /// Adds a placeholder in text for a shell. `quotes`: the bytes of quotes in addition to those of [`Size::length`]. `levels`:
    /// the levels of quotes around it.
    pub(super) fn in_text(&mut self, placeholder: &Placeholder, quotes: usize, levels: usize) {
        self.levels = self.levels.max(levels);
        match self.added(placeholder) {
            None => self.bytes += DIGITS,
            Some(more) => {
                self.bytes_each += more + quotes + 1;
                self.copies += 1;
            }
        }
    }

    /// The bytes that the form may add to a value. `None` for a number that does not come from the input.
    fn added(&mut self, placeholder: &Placeholder) -> Option<usize> {
        match placeholder {
            Placeholder::Seq | Placeholder::PaddedSeq | Placeholder::Slot | Placeholder::Total => None,
            Placeholder::Value(column, form) => {
                self.by_number |= *column != Column::All;
                Some(match form {
                    Form::Default(text) => text.len(),
                    Form::Replace(_) => SUBSTITUTED,
                    _ => 0,
                })
            }
        }
    }
}

/// The length of a value in quotes for a shell, in bytes.
fn quoted_length(value: &[u8]) -> usize {
    if quote::is_plain(value) {
        value.len()
    } else {
        value.len() + 2 + 3 * memchr::memchr_iter(b'\'', value).count()
    }
}
