//! Records of comma-separated values (RFC 4180): a quoted field may hold separators, quotes (doubled) and line ends.
//!
//! Strict where a fault would join what does not belong together: a quote that is never closed would hold the rest of the
//! input, and text behind a closing quote is no part of either field. A quote within a field that does not begin with
//! one is itself (`6" pipe`). Blank lines are no records. A line ends in LF, CR LF or CR.

use super::{Buffer, Step};
use crate::job::Row;

/// What is not CSV, and the line (from 1) where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvFault {
    /// A quote that is never closed.
    Open(u64),
    /// A quote that is not closed for longer than a record may be.
    Endless(u64),
    /// Text behind a closing quote.
    Behind(u64),
}

/// The rule, and how far it has come.
#[derive(Debug)]
pub(super) struct Csv {
    separator: u8,
    state: State,
    /// The line of the next byte, from 1.
    line: u64,
    /// The last byte was a CR that ended a line, of which a LF may be the rest.
    after_cr: bool,
    /// Something of the record in the making has come.
    begun: bool,
    /// Its fields that have ended.
    row: Row,
    /// What has come of the next one.
    field: Vec<u8>,
    record: Row,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first byte of a field.
    Start,
    Plain,
    /// Within quotes, the first of which stands in this line.
    Quoted(u64),
    /// After a quote within quotes: the last one, or the first of two. With the line of the first quote.
    Closing(u64),
}

impl Csv {
    /// Fields at `separator`.
    pub(super) fn new(separator: u8) -> Csv {
        Csv {
            separator,
            state: State::Start,
            line: 1,
            after_cr: false,
            begun: false,
            row: no_fields(),
            field: Vec::new(),
            record: Row::default(),
        }
    }

    /// Bytes of a record that has not ended.
    pub(super) fn unfinished(&self) -> usize {
        self.row.bytes() + self.field.len()
    }

    /// The line of the quote that is open.
    pub(super) fn open_quote(&self) -> Option<u64> {
        match self.state {
            State::Quoted(line) => Some(line),
            _ => None,
        }
    }

    /// Cuts the next record.
    pub(super) fn advance(&mut self, buffer: &mut Buffer) -> Result<Step, CsvFault> {
        loop {
            let rest = buffer.rest();
            let Some(&first) = rest.first() else {
                return if buffer.has_ended() { self.end() } else { Ok(Step::Pending) };
            };
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                buffer.consume(1);
                continue;
            }
            let (used, whole) = self.take(rest, first)?;
            buffer.consume(used);
            if whole {
                return Ok(Step::Item);
            }
        }
    }

    /// Takes some bytes: how many, and whether the record is whole.
    fn take(&mut self, rest: &[u8], first: u8) -> Result<(usize, bool), CsvFault> {
        match self.state {
            State::Quoted(opened) => {
                let end = memchr::memchr(b'"', rest);
                let text = &rest[..end.unwrap_or(rest.len())];
                self.line += memchr::memchr_iter(b'\n', text).count() as u64;
                self.field.extend_from_slice(text);
                if end.is_some() {
                    self.state = State::Closing(opened);
                }
                Ok((text.len() + usize::from(end.is_some()), false))
            }
            State::Closing(opened) if first == b'"' => {
                self.field.push(b'"');
                self.state = State::Quoted(opened);
                Ok((1, false))
            }
            State::Closing(_) if first != self.separator && first != b'\n' && first != b'\r' => {
                Err(CsvFault::Behind(self.line))
            }
            State::Start if first == b'"' => {
                self.begun = true;
                self.state = State::Quoted(self.line);
                Ok((1, false))
            }
            State::Start | State::Plain | State::Closing(_) => {
                let Some(end) = memchr::memchr3(self.separator, b'\n', b'\r', rest) else {
                    self.begun = true;
                    self.state = State::Plain;
                    self.field.extend_from_slice(rest);
                    return Ok((rest.len(), false));
                };
                self.begun |= end > 0 || rest[end] == self.separator;
                self.end_field(&rest[..end]);
                Ok((end + 1, rest[end] != self.separator && self.end_line(rest[end])))
            }
        }
    }

    /// The input has ended.
    fn end(&mut self) -> Result<Step, CsvFault> {
        if let State::Quoted(opened) = self.state {
            return Err(CsvFault::Open(opened));
        }
        if !self.begun {
            return Ok(Step::End);
        }
        self.end_field(b"");
        self.end_record();
        Ok(Step::Item)
    }

    /// A field ends in these bytes.
    fn end_field(&mut self, text: &[u8]) {
        if self.field.is_empty() {
            self.row.push(text);
        } else {
            self.field.extend_from_slice(text);
            self.row.push(&self.field);
            self.field.clear();
        }
        self.state = State::Start;
    }

    /// A line ends in this byte; true when a record ends with it.
    fn end_line(&mut self, byte: u8) -> bool {
        self.line += 1;
        self.after_cr = byte == b'\r';
        if !self.begun {
            self.row = no_fields();
            return false;
        }
        self.end_record();
        true
    }

    fn end_record(&mut self) {
        self.record = std::mem::replace(&mut self.row, no_fields());
        self.begun = false;
    }

    /// The record of the last step.
    pub(super) fn record(&self) -> &Row {
        &self.record
    }
}

fn no_fields() -> Row {
    Row::of(std::iter::empty())
}

/// The fields of one record that stands alone, such as a word of the command line; one empty field when there are none.
pub fn fields_of(text: &[u8], separator: u8) -> Result<Row, CsvFault> {
    let mut buffer = Buffer::default();
    buffer.push(text);
    buffer.end();
    let mut csv = Csv::new(separator);
    csv.advance(&mut buffer)?;
    Ok(csv.record)
}
