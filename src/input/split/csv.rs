//! Records of comma-separated values (RFC 4180). A quoted field may contain separators, doubled quotes and line ends.
//!
//! A quote that is not closed and text after a closing quote are errors, because guessing could join unrelated fields. In a
//! field that does not begin with a quote, a quote is an ordinary byte (`6" pipe`). Blank lines are not records. A line ends in
//! LF, CR LF or CR.

use super::buffer::Buffer;
use super::record::Step;
use crate::job::Row;

/// A violation of CSV, with the line where it begins, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvError {
    /// A quote that is not closed.
    Unclosed(u64),
    /// A quote that is not closed within the maximum length of a record.
    TooLong(u64),
    /// Text after a closing quote.
    TextAfterQuote(u64),
}

/// The state of the parser.
#[derive(Debug)]
pub(super) struct Csv {
    separator: u8,
    state: State,
    /// The line of the next byte, from 1.
    line: u64,
    /// The last byte was a CR at the end of a line. A LF may follow.
    after_cr: bool,
    /// The current record has begun.
    begun: bool,
    /// The complete fields of the current record.
    row: Row,
    /// The incomplete field.
    field: Vec<u8>,
    record: Row,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first byte of a field.
    Start,
    Plain,
    /// Within quotes that opened in this line.
    Quoted(u64),
    /// After a quote within quotes, which closes them or is the first of two. With the line of the opening quote.
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

    /// The line of the open quote.
    pub(super) fn open_quote(&self) -> Option<u64> {
        match self.state {
            State::Quoted(line) => Some(line),
            _ => None,
        }
    }

    /// Splits off the next record.
    pub(super) fn advance(&mut self, buffer: &mut Buffer) -> Result<Step, CsvError> {
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

    /// Consumes some bytes. Returns their number, and true if the record is complete.
    fn take(&mut self, rest: &[u8], first: u8) -> Result<(usize, bool), CsvError> {
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
                Err(CsvError::TextAfterQuote(self.line))
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

    /// Handles the end of the input.
    fn end(&mut self) -> Result<Step, CsvError> {
        if let State::Quoted(opened) = self.state {
            return Err(CsvError::Unclosed(opened));
        }
        if !self.begun {
            return Ok(Step::End);
        }
        self.end_field(b"");
        self.end_record();
        Ok(Step::Item)
    }

    /// Ends a field; `text` is its last part.
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

    /// Ends a line. Returns true if a record ends, too.
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

/// The fields of a single record, such as a word of the command line. One empty field if there are none.
pub fn fields_of(text: &[u8], separator: u8) -> Result<Row, CsvError> {
    let mut buffer = Buffer::default();
    buffer.push(text);
    buffer.end();
    let mut csv = Csv::new(separator);
    csv.advance(&mut buffer)?;
    Ok(csv.record)
}
