//! The records of xargs: words at blanks and newlines, or whole lines (its `-I`), with `'…'` and `"…"` taken literally
//! and a backslash before any byte taken for that byte. A quote must close on its line.
//!
//! Only the space and the tab are blanks; form feed and vertical tab are not, as POSIX has it.

use super::{Buffer, Step, Unmatched};

/// The rule, and how far it has come. A record always needs copying, since its quotes go.
#[derive(Debug)]
pub(super) struct Quoted {
    /// Blanks belong to the record, but for those at its start.
    whole_lines: bool,
    state: State,
    record: Vec<u8>,
    /// The record has been handed out.
    given: bool,
    ends_line: bool,
    /// The number of the line, from 1.
    line: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before a record.
    Between,
    /// In one, outside quotes.
    Open,
    /// Inside this quote.
    In(u8),
    /// Behind a backslash; true when a record has begun before it.
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

    /// Cuts the next record.
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

    /// True when the line ended right behind the record. A blank before the newline continues the line.
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

    /// Takes one byte; true when it ended the record.
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
            (_, b' ' | b'\t') if !begun => {}
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
