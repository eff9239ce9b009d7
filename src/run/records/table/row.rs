//! A row of a table, and its outputs in pieces.

use crate::exec::Capture;
use crate::job::Args;
use crate::run::records::attempt_facts::AttemptFacts;
use crate::run::records::joblog::Record;
use std::io::{self, Read};
use std::time::Duration;

/// A row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The columns of the joblog.
    pub record: Record<'a>,
    /// The last attempt.
    pub facts: &'a AttemptFacts,
    /// The values of the input.
    pub args: &'a Args,
    /// The standard output.
    pub out: &'a Capture,
    /// The standard error.
    pub err: &'a Capture,
}

/// Reads all of `from` in pieces.
pub fn in_pieces(from: &mut dyn Read, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    // A multiple of 3, which base64 needs.
    let mut buffer = vec![0; 48 << 10];
    loop {
        let mut filled = 0;
        while filled < buffer.len() {
            match from.read(&mut buffer[filled..])? {
                0 => break,
                n => filled += n,
            }
        }
        if filled == 0 {
            return Ok(());
        }
        each(&buffer[..filled])?;
    }
}

/// Seconds with three decimals.
pub fn seconds(time: Duration) -> String {
    let millis = (time.as_nanos() + 500_000) / 1_000_000;
    format!("{}.{:03}", millis / 1000, millis % 1000)
}
