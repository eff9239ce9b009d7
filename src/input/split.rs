//! Splits bytes into records: the caller pushes bytes and pulls records.
//!
//! Pure: it does no I/O, and the result does not depend on the sizes of the pushes. If possible a record is a slice of the
//! buffer, so the usual case copies nothing. The buffer contains only bytes that are not split yet, so memory is bounded by
//! the longest record.

mod buffer;
mod csv;
mod delimited;
mod quoted;
mod record;

#[cfg(test)]
mod tests;

pub use buffer::Buffer;
pub use csv::{CsvError, fields_of};
pub use quoted::Unmatched;
pub use record::{Record, Step};

use super::config::{Columns, Records};

/// An error while splitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitError {
    /// With the quotes of xargs.
    Unmatched(Unmatched),
    /// With CSV.
    Csv(CsvError),
}

impl From<Unmatched> for SplitError {
    fn from(error: Unmatched) -> SplitError {
        SplitError::Unmatched(error)
    }
}

impl From<CsvError> for SplitError {
    fn from(error: CsvError) -> SplitError {
        SplitError::Csv(error)
    }
}

/// A buffer, and the rule that splits it.
///
/// If records have columns, a byte order mark before the first record is removed, and so is the CR of a line end.
#[derive(Debug)]
pub struct Splitter {
    buffer: Buffer,
    rule: Rule,
    /// A byte order mark may follow.
    at_start: bool,
    /// A CR at the end of a record belongs to the line end.
    cr_ends: bool,
}

/// The byte order mark of UTF-8, which some programs write at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug)]
enum Rule {
    Delimited(delimited::Delimited),
    Quoted(quoted::Quoted),
    Csv(Box<csv::Csv>),
}

impl Splitter {
    /// A splitter for `records` and `columns`; with CSV only `columns` matters. `join`: a delimited record that ends in a blank
    /// continues in the next one, as with `-L`.
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

    /// The buffer for new bytes.
    pub fn buffer(&mut self) -> &mut Buffer {
        &mut self.buffer
    }

    /// Splits off the next record. `Pending`: the buffer must be filled or ended first.
    #[inline]
    pub fn advance(&mut self) -> Result<Step, SplitError> {
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

    /// The line of the open quote.
    pub fn open_quote(&self) -> Option<u64> {
        match &self.rule {
            Rule::Csv(rule) => rule.open_quote(),
            Rule::Delimited(_) | Rule::Quoted(_) => None,
        }
    }

    /// The number of bytes of the incomplete record, after `Pending`.
    pub fn unfinished(&self) -> usize {
        match &self.rule {
            Rule::Delimited(rule) => rule.unfinished() + self.buffer.rest().len(),
            Rule::Quoted(rule) => rule.unfinished(),
            Rule::Csv(rule) => rule.unfinished(),
        }
    }

    /// The record of the last step.
    #[inline]
    pub fn record(&self) -> Record<'_> {
        let value = match &self.rule {
            Rule::Delimited(rule) => rule.record(&self.buffer),
            Rule::Quoted(rule) => rule.record(),
            Rule::Csv(rule) => return Record::Fields(rule.record()),
        };
        Record::Value(if self.cr_ends { value.strip_suffix(b"\r").unwrap_or(value) } else { value })
    }

    /// True if the record is the last one of its line, for `-L`. Only with the words of xargs it may be false.
    pub fn ends_line(&self) -> bool {
        match &self.rule {
            Rule::Quoted(rule) => rule.ends_line(),
            Rule::Delimited(_) | Rule::Csv(_) => true,
        }
    }
}
