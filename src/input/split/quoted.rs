//! The records of xargs: words separated by blanks and newlines, or whole lines (its `-I`). Text in `'…'` and `"…"` is
//! literal, and a backslash makes the next byte literal. A quote must be closed on its line.
//!
//! As in POSIX, only the space and the tab separate words. Other white space is skipped before a word, as in GNU xargs.

use super::buffer::Buffer;
use super::record::Step;

/// A quote that is not closed on its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The quote.
    pub quote: char,
    /// Its line, from 1.
    pub line: u64,
}

/// The state of the parser. Records are copied, because their quotes are removed.
#[derive(Debug)]
pub(super) struct Quoted {
    /// Blanks are part of a record, except at its start.
    whole_lines: bool,
    state: State,
    record: Vec<u8>,
    /// The record was returned.
    given: bool,
    ends_line: bool,
    /// The current line, from 1.
    line: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before a record.
    Between,
    /// In a record, outside of quotes.
    Open,
    /// Inside this quote.
    In(u8),
    /// After a backslash. True if the record began before it.
    Escape(bool),
}

impl Quoted {
    /// Words.
    pub(super) fn words() -> Quoted {
        let state = State::Between;
        Quoted { whole_lines: false, state, record: Vec::new(), given: false, ends_line: false, line: 1 }
    }

    /// Bytes of a record that has not ended.
    pub(super) fn unfinished(&self) -> usize {
        if self.given { 0 } else { self.record.len() }
    }

    /// Lines, as with `-I`.
    pub(super) fn lines() -> Quoted {
        Quoted { whole_lines: true, ..Quoted::words() }
    }

    /// Splits off the next record.
    pub(super) fn advance(&mut self, buffer: &mut Buffer) -> Result<Step, Unmatched> {
        if std::mem::take(&mut self.given) {
            self.record.clear();
        }
        let rest = buffer.rest();
        for (at, &byte) in rest.iter().enumerate() {
            let ended = self.take(byte)?;
            self.line += u64::from(byte == b'\n');
            if ended {
                self.ends_line = byte == b'\n';
                buffer.consume(at + 1);
                return Ok(self.give());
            }
        }
        buffer.consume(rest.len());
        if !buffer.has_ended() {
            return Ok(Step::Pending);
        }
        self.ends_line = true;
        match self.state {
            State::Between | State::Escape(false) => Ok(Step::End),
            State::Open | State::Escape(true) => Ok(self.give()),
            State::In(quote) => Err(self.unmatched(quote)),
        }
    }

    /// The record of the last step.
    pub(super) fn record(&self) -> &[u8] {
        &self.record
    }

    /// True if the line ended directly after the record. A blank before the newline continues the line.
    pub(super) fn ends_line(&self) -> bool {
        self.ends_line
    }

    fn give(&mut self) -> Step {
        self.state = State::Between;
        self.given = true;
        Step::Item
    }

    fn unmatched(&self, quote: u8) -> Unmatched {
        Unmatched { quote: char::from(quote), line: self.line }
    }

    /// Consumes one byte. Returns true if the record ended.
    fn take(&mut self, byte: u8) -> Result<bool, Unmatched> {
        let begun = self.state != State::Between;
        match (self.state, byte) {
            (State::In(quote), b'\n') => return Err(self.unmatched(quote)),
            (State::In(quote), _) if byte == quote => self.state = State::Open,
            (State::In(_), _) => self.record.push(byte),
            (State::Escape(_), _) => {
                self.record.push(byte);
                self.state = State::Open;
            }
            (_, b'\n') => return Ok(begun),
            (_, b' ' | b'\t' | b'\r' | 0x0b | 0x0c) if !begun => {}
            (_, b' ' | b'\t') if !self.whole_lines => return Ok(true),
            (_, b'\'' | b'"') => self.state = State::In(byte),
            (_, b'\\') => self.state = State::Escape(begun),
            _ => {
                self.record.push(byte);
                self.state = State::Open;
            }
        }
        Ok(false)
    }
}
