//! Bytes to records: push bytes in, pull records out.
//!
//! Pure: it never reads by itself, and how the bytes were divided among the pushes makes no difference. A record stays
//! where the bytes were read to whenever it can, so that the usual case copies nothing; the bytes not yet cut are the
//! only thing held, so memory is bounded by the longest record.

mod buffer;
mod csv;
mod delimited;
mod quoted;

#[cfg(test)]
mod tests;

pub use buffer::Buffer;
pub use csv::{CsvFault, fields_of};

use super::config::{Columns, Records};
use crate::job::Row;

/// What came of asking for the next item of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is one; ask for it.
    Item,
    /// Not before more has been read.
    Pending,
    /// There will be no more.
    End,
}

/// A record, or what has become of it in a later stage; valid until the next step.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// One value.
    Value(&'a [u8]),
    /// Any number of values.
    Fields(&'a Row),
}

impl<'a> Record<'a> {
    /// Calls `each` with every value in order.
    pub fn for_each(&self, mut each: impl FnMut(&'a [u8])) {
        match self {
            Record::Value(value) => each(value),
            Record::Fields(row) => row.values().for_each(each),
        }
    }

    /// A copy that can be kept.
    pub fn to_row(&self) -> Row {
        match self {
            Record::Value(value) => Row::one(*value),
            Record::Fields(row) => (*row).clone(),
        }
    }
}

/// A quote without its partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The quote.
    pub quote: char,
    /// The line it is in, from 1.
    pub line: u64,
}

/// What cannot be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// As xargs reads it.
    Unmatched(Unmatched),
    /// As CSV.
    Csv(CsvFault),
}

impl From<Unmatched> for Fault {
    fn from(fault: Unmatched) -> Fault {
        Fault::Unmatched(fault)
    }
}

impl From<CsvFault> for Fault {
    fn from(fault: CsvFault) -> Fault {
        Fault::Csv(fault)
    }
}

/// The splitter: bytes that have come, and the rule that cuts them.
///
/// Where records have columns it is the one place that opens a table: the byte order mark before the first record is none
/// of its bytes, nor is the CR of a line end.
#[derive(Debug)]
pub struct Splitter {
    buffer: Buffer,
    rule: Rule,
    /// A byte order mark may come.
    at_start: bool,
    /// A CR at the end of a record belongs to the line end.
    cr_ends: bool,
}

/// What some programs begin a text in UTF-8 with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug)]
enum Rule {
    Delimited(delimited::Delimited),
    Quoted(quoted::Quoted),
    Csv(Box<csv::Csv>),
}

impl Splitter {
    /// A splitter by `records` and `columns` (CSV decides itself where a record ends). With `join`, a delimited record
    /// that ends in a blank goes on with the next one, as `-L` wants it.
    pub fn new(records: &Records, columns: &Columns, join: bool) -> Splitter {
        let rule = match (columns, records) {
            (Columns::Csv { separator }, _) => Rule::Csv(Box::new(csv::Csv::new(*separator))),
            (_, Records::EndedBy(end)) => Rule::Delimited(delimited::Delimited::new(end, join)),
            (_, Records::QuotedWords) => Rule::Quoted(quoted::Quoted::words()),
            (_, Records::QuotedLines) => Rule::Quoted(quoted::Quoted::lines()),
        };
        let is_table = !matches!(columns, Columns::Whole);
        let of_lines = match records {
            Records::EndedBy(end) => end == b"\n",
            Records::QuotedLines => true,
            Records::QuotedWords => false,
        };
        Splitter { buffer: Buffer::default(), rule, at_start: is_table, cr_ends: is_table && of_lines }
    }

    /// Where the bytes go.
    pub fn buffer(&mut self) -> &mut Buffer {
        &mut self.buffer
    }

    /// Cuts the next record. `Pending` means that the buffer must be filled or ended first.
    #[inline]
    pub fn advance(&mut self) -> Result<Step, Fault> {
        if self.at_start {
            let rest = self.buffer.rest();
            if !self.buffer.has_ended() && rest.len() < 3 && BYTE_ORDER_MARK.starts_with(rest) {
                return Ok(Step::Pending);
            }
            self.at_start = false;
            if rest.starts_with(BYTE_ORDER_MARK) {
                self.buffer.consume(BYTE_ORDER_MARK.len());
            }
        }
        match &mut self.rule {
            Rule::Delimited(rule) => Ok(rule.advance(&mut self.buffer)),
            Rule::Quoted(rule) => Ok(rule.advance(&mut self.buffer)?),
            Rule::Csv(rule) => Ok(rule.advance(&mut self.buffer)?),
        }
    }

    /// The line of the quote that is open.
    pub fn open_quote(&self) -> Option<u64> {
        match &self.rule {
            Rule::Csv(rule) => rule.open_quote(),
            Rule::Delimited(_) | Rule::Quoted(_) => None,
        }
    }

    /// How many bytes of a record have come whose end has not. After `Pending`.
    pub fn unfinished(&self) -> usize {
        match &self.rule {
            Rule::Delimited(rule) => rule.unfinished() + self.buffer.rest().len(),
            Rule::Quoted(rule) => rule.unfinished(),
            Rule::Csv(rule) => rule.unfinished(),
        }
    }

    /// The record that the last step gave.
    #[inline]
    pub fn record(&self) -> Record<'_> {
        let value = match &self.rule {
            Rule::Delimited(rule) => rule.record(&self.buffer),
            Rule::Quoted(rule) => rule.record(),
            Rule::Csv(rule) => return Record::Fields(rule.record()),
        };
        Record::Value(if self.cr_ends { value.strip_suffix(b"\r").unwrap_or(value) } else { value })
    }

    /// True when the record is the last one of its line, which `-L` counts: always, but for the words of xargs.
    pub fn ends_line(&self) -> bool {
        match &self.rule {
            Rule::Quoted(rule) => rule.ends_line(),
            Rule::Delimited(_) | Rule::Csv(_) => true,
        }
    }
}
