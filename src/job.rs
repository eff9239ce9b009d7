//! The basic types: plain data that all modules share.

mod words;

use std::fmt;
use std::time::Duration;

pub use adaptive_pool::{Priority, Slot};
pub use words::{HoldsNul, Words};

/// The sequence number of a job: its place in the input, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One row of input: the values of a record, one for each column or input source. The bytes may contain NUL.
///
/// A row is one allocation, because hundreds of thousands of rows wait in queues.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Row {
    bytes: Vec<u8>,
    /// The end of each value except the last; empty for one value.
    ends: Vec<u32>,
    /// True for a row without a value.
    empty: bool,
}

impl Row {
    /// A row of one value.
    pub fn one(value: impl Into<Vec<u8>>) -> Row {
        Row { bytes: value.into(), ends: Vec::new(), empty: false }
    }

    /// A row of several values, or of none.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Row {
        let mut row = Row { empty: true, ..Row::default() };
        for value in values {
            row.push(value);
        }
        row
    }

    /// Adds a value at the end.
    pub fn push(&mut self, value: &[u8]) {
        if !self.empty {
            self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        }
        self.empty = false;
        self.bytes.extend_from_slice(value);
    }

    /// Frees the memory that was reserved for more values.
    pub fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        if self.empty { 0 } else { self.ends.len() + 1 }
    }

    /// True without a value.
    pub fn is_empty(&self) -> bool {
        self.empty
    }

    /// The value at `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        if index >= self.len() {
            return None;
        }
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        let end = self.ends.get(index).map_or(self.bytes.len(), |&e| e as usize);
        self.bytes.get(start..end)
    }

    /// All values in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.len()).map(|i| self.get(i).unwrap_or_default())
    }

    /// The length of all values together, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// The rows of one job: one, several with `-n`, `-L`, `-N` and `-X`, or none with `-N0`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Args {
    /// No record.
    #[default]
    None,
    /// One record.
    One(Row),
    /// Several records, in order.
    Many(Vec<Row>),
    /// Several records of one value each, in one allocation, as `-n 1000` and `-X` make them.
    Packed(Row),
}

impl Args {
    /// The number of records.
    pub fn records(&self) -> usize {
        match self {
            Args::None => 0,
            Args::One(_) => 1,
            Args::Many(rows) => rows.len(),
            Args::Packed(row) => row.len(),
        }
    }

    /// The records in the same order, cut into pieces of at most `records`.
    pub fn pieces(&self, records: usize) -> Vec<Args> {
        let records = records.max(1);
        match self {
            Args::None | Args::One(_) => vec![self.clone()],
            Args::Many(rows) => rows.chunks(records).map(|c| Args::Many(c.to_vec()).simplified()).collect(),
            Args::Packed(row) => {
                let values: Vec<&[u8]> = row.values().collect();
                let pieces = values.chunks(records);
                pieces.map(|c| Args::Packed(Row::of(c.iter().copied())).simplified()).collect()
            }
        }
    }

    /// The same arguments, with a single record as [`Args::One`].
    #[must_use]
    pub fn simplified(self) -> Args {
        match self {
            Args::Packed(row) if row.len() == 1 => Args::One(row),
            Args::Many(mut rows) if rows.len() == 1 => rows.pop().map_or(Args::None, Args::One),
            other => other,
        }
    }

    /// Every value of every record, in order.
    pub fn values(&self) -> Box<dyn Iterator<Item = &[u8]> + '_> {
        match self {
            Args::None => Box::new(std::iter::empty()),
            Args::One(row) | Args::Packed(row) => Box::new(row.values()),
            Args::Many(rows) => Box::new(rows.iter().flat_map(Row::values)),
        }
    }

    /// The memory that a queue counts for the arguments, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Args::None => 0,
            Args::One(row) | Args::Packed(row) => row.bytes() + 4 * row.len(),
            Args::Many(rows) => rows.iter().map(|r| r.bytes() + 64).sum(),
        }
    }
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its place in the input, from 1.
    pub seq: Seq,
    /// The values for the template.
    pub args: Args,
    /// Its order among the waiting jobs.
    pub priority: Priority,
}

/// The resources that a process used, from `wait4`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time in user mode, including descendants that were waited for.
    pub user: Duration,
    /// CPU time in the kernel.
    pub system: Duration,
    /// Peak resident memory in bytes, of the largest process that was waited for.
    pub max_rss: u64,
}

impl Usage {
    /// User and system time together.
    pub fn cpu(&self) -> Duration {
        self.user + self.system
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_returns_its_values() {
        let row = Row::of([&b"a"[..], b"", b"c d"]);
        assert_eq!(row.values().collect::<Vec<_>>(), [&b"a"[..], b"", b"c d"]);
        assert_eq!((row.len(), row.get(3), row.bytes()), (3, None, 4));
        let one = Row::one("x");
        assert_eq!((one.len(), one.get(0), one.get(1)), (1, Some(&b"x"[..]), None));
        assert_eq!(Row::of([]).len(), 0);
        assert_eq!(Row::of([&b""[..]]).len(), 1);
        assert_eq!(Row::default().len(), 1);
    }

    #[test]
    fn pieces_contain_every_record_once() {
        let rows = || ["a", "b", "c"].map(Row::one).to_vec();
        let one = |value: &str| Args::One(Row::one(value));
        assert_eq!(Args::Many(rows()).pieces(2), [Args::Many(rows()[..2].to_vec()), one("c")]);
        let packed = |values: &[&str]| Args::Packed(Row::of(values.iter().map(|v| v.as_bytes())));
        assert_eq!(packed(&["a", "b", "c"]).pieces(2), [packed(&["a", "b"]), one("c")]);
        assert_eq!(packed(&["a", "b"]).pieces(1), [one("a"), one("b")]);
        assert_eq!(one("a").pieces(1), [one("a")]);
        assert_eq!(Args::None.pieces(5), [Args::None]);
    }
}
