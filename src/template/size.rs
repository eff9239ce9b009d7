//! How long a command line becomes: what stands in it whatever the values are, and what each value adds.
//!
//! Exact for words and for plain values in the open; where quoting depends on the value or a form may lengthen it, an upper
//! bound. Nothing here knows a limit.

use super::pieces::Piece;
use super::placeholder::{Column, Form, Placeholder};
use super::quote;

/// What a substitution may add to a value. It can add more; then the system may refuse the command line, and its records are
/// run in pieces.
const SUBSTITUTED: usize = 256;
/// The digits of a number, at most.
const DIGITS: usize = 20;

/// The size of the command line of a job. Each word counts with its NUL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Words that are there whatever the values.
    pub words: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Words that each value makes.
    pub words_each: usize,
    /// Bytes that each value takes beyond its own.
    pub bytes_each: usize,
    /// How often each value stands in the command line.
    pub copies: usize,
    /// Several values share one word, whose length the system limits by itself.
    pub in_one_word: bool,
    /// Each value is quoted for a shell, unless it is plain.
    pub quoted: bool,
    /// A placeholder names one of several records by its number.
    pub by_number: bool,
    /// How many shells read it one after another, beyond the first.
    pub levels: usize,
}

impl Size {
    /// How many bytes a value takes where it stands.
    pub fn length(&self) -> fn(&[u8]) -> usize {
        match (self.quoted, self.levels) {
            (false, 0) => <[u8]>::len,
            (true, 0) => quoted_length,
            (_, 1) => |value| quote::nested(value, 2),
            (_, 2) => |value| quote::nested(value, 3),
            _ => |value| quote::nested(value, 4),
        }
    }

    /// A word without a placeholder.
    pub(super) fn fixed(&mut self, word: usize) {
        self.words += 1;
        self.bytes += word + 1;
    }

    /// A word made of pieces. `repeat`: it stands there once a record.
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
            // The blank between two values.
            self.bytes_each += each + values;
            self.in_one_word |= values > 0;
        }
    }

    /// A word that is nothing but a placeholder: one word a value.
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

    /// A placeholder in text for a shell, with so many bytes of quotes around its own, within so many levels of quotes.
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

    /// What the form of a placeholder may add to its value; `None` for a number that is not of the input.
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

/// The length of a value as the shell is given it.
fn quoted_length(value: &[u8]) -> usize {
    if quote::is_plain(value) {
        value.len()
    } else {
        value.len() + 2 + 3 * memchr::memchr_iter(b'\'', value).count()
    }
}
