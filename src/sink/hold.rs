//! What is kept of a job whose turn has not come: its captures, or its lines gathered into captures.
//!
//! Lines are gathered in memory up to a bound and then in an unnamed file, because a job behind a slow one may write for
//! hours, and refusing its lines would refuse those of the job everybody waits for (they share one queue).

use super::sender::{Tag, empty};
use crate::exec::{Capture, Stream};
use std::fs::File;
use std::io::{self, Write};

/// From how many bytes on lines are kept in a file.
const IN_MEMORY: usize = 64 * 1024;

/// The outputs of one job.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) tag: Option<Tag>,
    pub(super) out: Capture,
    pub(super) err: Capture,
    /// It was ended by `done`, so it will be emitted, and not skipped.
    pub(super) done: bool,
}

impl Held {
    /// Adds lines.
    pub(super) fn lines(&mut self, stream: Stream, bytes: Vec<u8>) -> io::Result<()> {
        add(self.of(stream), Capture::Memory(bytes))
    }

    /// Adds all, or the rest, of what was captured.
    pub(super) fn rest(&mut self, out: Capture, err: Capture) -> io::Result<()> {
        add(&mut self.out, out)?;
        add(&mut self.err, err)
    }

    fn of(&mut self, stream: Stream) -> &mut Capture {
        match stream {
            Stream::Stdout => &mut self.out,
            Stream::Stderr => &mut self.err,
        }
    }
}

/// Adds `more` at the end of `kept`.
fn add(kept: &mut Capture, more: Capture) -> io::Result<()> {
    if empty(&more) {
        return Ok(());
    }
    if empty(kept) {
        *kept = more;
        return Ok(());
    }
    if let (Capture::Memory(kept), Capture::Memory(more)) = (&mut *kept, &more)
        && kept.len() + more.len() <= IN_MEMORY
    {
        kept.extend_from_slice(more);
        return Ok(());
    }
    let (mut file, mut length) = match std::mem::take(kept) {
        Capture::Spilled(file, length) => (file, length),
        Capture::Memory(bytes) => {
            let file = tempfile::tempfile()?;
            (&file).write_all(&bytes)?;
            (file, bytes.len() as u64)
        }
    };
    length += append(&mut file, &more, length)?;
    *kept = Capture::Spilled(file, length);
    Ok(())
}

/// Writes `more` at `offset`, wherever the cursor of the file stands.
fn append(file: &mut File, more: &Capture, offset: u64) -> io::Result<u64> {
    use std::os::unix::fs::FileExt;
    match more {
        Capture::Memory(bytes) => {
            file.write_all_at(bytes, offset)?;
            Ok(bytes.len() as u64)
        }
        Capture::Spilled(from, length) => {
            let mut at = offset;
            super::output::blocks(from, 0, *length, |block| {
                file.write_all_at(block, at)?;
                at += block.len() as u64;
                Ok(())
            })?;
            Ok(*length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn read(capture: Capture) -> Vec<u8> {
        match capture {
            Capture::Memory(bytes) => bytes,
            Capture::Spilled(mut file, length) => {
                let mut bytes = Vec::new();
                std::io::Seek::rewind(&mut file).unwrap();
                file.read_to_end(&mut bytes).unwrap();
                assert_eq!(bytes.len() as u64, length);
                bytes
            }
        }
    }

    #[test]
    fn lines_are_kept_in_order_past_the_bound() {
        let mut held = Held::default();
        let mut all = Vec::new();
        for number in 0..20_000 {
            let line = format!("line {number}\n").into_bytes();
            all.extend_from_slice(&line);
            held.lines(Stream::Stdout, line).unwrap();
        }
        assert!(matches!(held.out, Capture::Spilled(..)));
        held.lines(Stream::Stderr, b"e\n".to_vec()).unwrap();
        let spilled = std::mem::take(&mut held.out);
        let mut other = Held::default();
        other.lines(Stream::Stdout, b"first\n".to_vec()).unwrap();
        other.rest(spilled, std::mem::take(&mut held.err)).unwrap();
        assert_eq!(read(other.out), [b"first\n".to_vec(), all].concat());
        assert_eq!(read(other.err), b"e\n");
    }
}
