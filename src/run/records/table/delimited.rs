//! Tables of fields with a comma or a tab between them, quoted as in RFC 4180.
//!
//! The columns and the quoting are those of GNU parallel's `--results FILE.csv`; further columns follow. A field is
//! the bytes themselves.

use super::row::{Row, in_pieces, seconds};
use std::io::{self, Read, Write};

/// The columns before the values of the input.
const FIRST: [&str; 9] =
    ["Seq", "Host", "Starttime", "JobRuntime", "Send", "Receive", "Exitval", "Signal", "Command"];
/// The columns after them.
const LAST: [&str; 7] = ["Stdout", "Stderr", "Attempts", "Slot", "UserTime", "SystemTime", "MaxRSS"];

/// A table of fields.
#[derive(Debug)]
pub struct Delimited {
    separator: u8,
    names: Vec<Vec<u8>>,
    /// The number of columns with values; `None` before the header is written.
    values: Option<usize>,
}

impl Delimited {
    /// An empty table. `names` are the columns of the input, if it has names.
    pub fn new(separator: u8, names: Vec<Vec<u8>>) -> Delimited {
        Delimited { separator, names, values: None }
    }

    /// Reads an existing table. Returns its length up to its last whole row.
    pub fn scan(&mut self, file: &mut dyn Read) -> io::Result<u64> {
        let (mut fields, mut at, mut whole, mut quoted) = (1, 0, 0, false);
        let first = FIRST.join(&char::from(self.separator).to_string());
        let mut start = Vec::new();
        in_pieces(file, |piece| {
            start.extend_from_slice(&piece[..piece.len().min(first.len() - start.len())]);
            for &byte in piece {
                at += 1;
                quoted ^= byte == b'"';
                fields += usize::from(whole == 0 && byte == self.separator && !quoted);
                if byte == b'\n' && !quoted {
                    whole = at;
                }
            }
            Ok(())
        })?;
        if whole > 0 {
            let values = fields.checked_sub(FIRST.len() + LAST.len());
            self.values = values.filter(|_| start == first.as_bytes());
            if self.values.is_none() {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a table of apool"));
            }
        }
        Ok(whole)
    }

    /// Writes a row, and before the first one the header.
    pub fn write(&mut self, row: &Row<'_>, to: &mut dyn Write) -> io::Result<()> {
        let values: Vec<&[u8]> = row.args.values().collect();
        let columns = if let Some(columns) = self.values {
            columns
        } else {
            let columns = if self.names.is_empty() { values.len() } else { self.names.len() };
            self.header(columns, to)?;
            columns
        };
        let record = &row.record;
        write!(to, "{}", record.seq)?;
        self.field(record.host, to)?;
        let numbers = [
            seconds(record.began),
            seconds(record.took),
            record.sent.to_string(),
            record.received.to_string(),
            record.exit.exitval().to_string(),
            record.exit.signal().to_string(),
        ];
        for number in numbers {
            self.field(number.as_bytes(), to)?;
        }
        self.field(record.command, to)?;
        for at in 0..columns {
            // No value is lost when a job has more of them than the first one.
            let value = match values.get(at..) {
                Some([value]) => value.to_vec(),
                Some(rest) if at + 1 == columns => rest.join(&b' '),
                Some([value, ..]) => value.to_vec(),
                _ => Vec::new(),
            };
            self.field(&value, to)?;
        }
        for output in [row.out, row.err] {
            to.write_all(&[self.separator])?;
            if !output.is_empty() {
                to.write_all(b"\"")?;
                in_pieces(&mut output.reader()?, |piece| doubled(piece, to))?;
                to.write_all(b"\"")?;
            }
        }
        let (facts, usage) = (row.facts, row.facts.usage);
        let last = [
            facts.attempt.to_string(),
            facts.slot.0.to_string(),
            seconds(usage.user),
            seconds(usage.system),
            usage.max_rss.to_string(),
        ];
        for number in last {
            self.field(number.as_bytes(), to)?;
        }
        to.write_all(b"\n")?;
        self.values = Some(columns);
        Ok(())
    }

    fn header(&self, columns: usize, to: &mut dyn Write) -> io::Result<()> {
        let separator = char::from(self.separator).to_string();
        to.write_all(FIRST.join(&separator).as_bytes())?;
        for at in 0..columns {
            match self.names.get(at) {
                Some(name) => self.field(name, to)?,
                None => self.field(format!("V{}", at + 1).as_bytes(), to)?,
            }
        }
        writeln!(to, "{separator}{}", LAST.join(&separator))
    }

    /// A separator and a field.
    fn field(&self, bytes: &[u8], to: &mut dyn Write) -> io::Result<()> {
        to.write_all(&[self.separator])?;
        let is_plain = |b: &u8| (b'!'..=b'~').contains(b) && *b != b'"' && *b != self.separator;
        if bytes.iter().all(is_plain) {
            return to.write_all(bytes);
        }
        to.write_all(b"\"")?;
        doubled(bytes, to)?;
        to.write_all(b"\"")
    }
}

/// Writes bytes with every quote twice.
fn doubled(bytes: &[u8], to: &mut dyn Write) -> io::Result<()> {
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'"', rest) {
        to.write_all(&rest[..=at])?;
        to.write_all(b"\"")?;
        rest = &rest[at + 1..];
    }
    to.write_all(rest)
}
