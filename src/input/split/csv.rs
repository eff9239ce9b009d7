//! Records of comma-separated values (RFC 4180): a quoted field may hold separators, quotes (doubled) and line ends.
//!
//! The reading is csv-core's. It takes anything: text after a closing quote belongs to the field, and a quote that is
//! never closed holds the rest of the input. Blank lines are no records.

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};

use super::{Buffer, Step};
use crate::job::Row;

/// The rule, and how far it has come.
#[derive(Debug)]
pub(super) struct Csv {
    reader: csv_core::Reader,
    /// The bytes of the record's fields so far, in `text[..used]`.
    text: Vec<u8>,
    used: usize,
    /// Where each field ends in `text`.
    ends: Vec<usize>,
    fields: usize,
    record: Row,
}

impl Csv {
    /// Fields at `separator`. Records end at a line end, or at the byte of `-0` and `-d` when that is another.
    pub(super) fn new(separator: u8, end: &[u8]) -> Csv {
        let end = match end {
            [byte] if *byte != b'\n' => Terminator::Any(*byte),
            _ => Terminator::CRLF,
        };
        let reader = ReaderBuilder::new().delimiter(separator).terminator(end).build();
        Csv { reader, text: vec![0; 256], used: 0, ends: vec![0; 16], fields: 0, record: Row::default() }
    }

    /// Bytes of a record that has not ended.
    pub(super) fn unfinished(&self) -> usize {
        self.used
    }

    /// Cuts the next record.
    pub(super) fn advance(&mut self, buffer: &mut Buffer) -> Step {
        loop {
            let rest = buffer.rest();
            if rest.is_empty() && !buffer.has_ended() {
                return Step::Pending;
            }
            let (result, read, wrote, fields) =
                self.reader.read_record(rest, &mut self.text[self.used..], &mut self.ends[self.fields..]);
            buffer.consume(read);
            self.used += wrote;
            self.fields += fields;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.record = self.row();
                    (self.used, self.fields) = (0, 0);
                    return Step::Item;
                }
                ReadRecordResult::End => return Step::End,
            }
        }
    }

    /// The record of the last step.
    pub(super) fn record(&self) -> &Row {
        &self.record
    }

    fn row(&self) -> Row {
        let mut start = 0;
        Row::of(
            self.ends[..self.fields].iter().map(|&end| &self.text[std::mem::replace(&mut start, end)..end]),
        )
    }
}

/// The fields of one record that stands alone, such as a word of the command line; one empty field when there are none.
pub fn fields_of(text: &[u8], separator: u8) -> Row {
    let mut buffer = Buffer::default();
    buffer.push(text);
    buffer.end();
    let mut csv = Csv::new(separator, b"\n");
    csv.advance(&mut buffer);
    csv.record
}
