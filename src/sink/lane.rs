//! One of the two streams: gathers what is small, hands on what is large, puts tags in between.
//!
//! Nothing here waits for anything but the descriptor. What was gathered lies here until somebody calls [`Lane::flush`], so
//! the lane knows no time. It does not know the other stream, nor the order of jobs.

use super::output::{Output, blocks};
use super::tag::{Tag, prefix};
use crate::escape::visible_tag;
use crate::exec::Capture;
use crate::job::Seq;
use std::fs::File;
use std::io::{self, IoSlice};

/// Up to how many bytes an output is copied to be written together with others; a larger one is written from where it is.
const SMALL: usize = 8 * 1024;

/// How many bytes are gathered at most: as much as a pipe holds.
const FULL: usize = 64 * 1024;

/// A stream and what was gathered for it.
#[derive(Debug)]
pub(super) struct Lane {
    output: Output,
    /// The live view may be on the same terminal.
    shared: bool,
    gathered: Vec<u8>,
    /// How many bytes of jobs were accepted.
    pub(super) bytes: u64,
    /// Whose bytes came last.
    last: Option<Seq>,
    /// The last byte was a newline, or there was none. Kept up only for tags and for shared streams.
    begins: bool,
}

impl Lane {
    /// `shared`: the live view is drawn here even when this is no terminal.
    pub(super) fn new(output: Output, shared: bool) -> Lane {
        let shared = shared || output.is_terminal();
        Lane { output, shared, gathered: Vec::new(), bytes: 0, last: None, begins: true }
    }

    /// The live view may be on the same terminal.
    pub(super) fn is_shared(&self) -> bool {
        self.shared
    }

    /// What comes next begins a line.
    pub(super) fn begins(&self) -> bool {
        self.begins
    }

    /// Takes (a piece of) the output of a job. `clear` is called before anything reaches a shared stream.
    pub(super) fn write(
        &mut self,
        job: Seq,
        tag: Option<&Tag>,
        bytes: &Capture,
        clear: impl FnMut(),
    ) -> io::Result<()> {
        match tag {
            Some(tag) => self.tagged(job, tag, bytes, clear),
            None => self.plain(bytes, clear),
        }
    }

    fn plain(&mut self, bytes: &Capture, mut clear: impl FnMut()) -> io::Result<()> {
        if let Capture::Spilled(file, length) = bytes {
            if self.shared {
                self.begins = last_byte(file, *length)? == b'\n';
                clear();
            }
            self.flush(clear)?;
            self.output.write_file(file, *length)?;
            self.bytes += length;
            return Ok(());
        }
        let parts: Vec<&[u8]> = bytes.pieces().collect();
        self.begins = parts.last().is_none_or(|last| last.ends_with(b"\n"));
        match parts[..] {
            [one] if one.len() <= SMALL => {
                self.gathered.extend_from_slice(one);
                if self.gathered.len() >= FULL { self.flush(clear) } else { Ok(()) }
            }
            _ => self.send(&parts, clear),
        }
    }

    fn tagged(&mut self, job: Seq, tag: &Tag, bytes: &Capture, mut clear: impl FnMut()) -> io::Result<()> {
        let shown = visible_tag(tag);
        let tag: &[u8] = if self.output.is_terminal() { shown.as_bytes() } else { tag };
        // Another job's unfinished line is no reason to leave out the tag; the job's own is.
        self.begins |= self.last != Some(job);
        self.last = Some(job);
        let mut piece = |piece: &[u8]| {
            self.begins = prefix(&mut self.gathered, tag, piece, self.begins);
            if self.gathered.len() >= FULL { self.flush(&mut clear) } else { Ok(()) }
        };
        match bytes {
            Capture::Spilled(file, length) => blocks(file, 0, *length, piece),
            memory => memory.pieces().flat_map(|part| part.chunks(FULL)).try_for_each(&mut piece),
        }
    }

    /// Writes what was gathered.
    pub(super) fn flush(&mut self, clear: impl FnMut()) -> io::Result<()> {
        self.send(&[], clear)
    }

    /// Writes what was gathered, and these parts after it, in one call.
    fn send(&mut self, parts: &[&[u8]], mut clear: impl FnMut()) -> io::Result<()> {
        let length = self.gathered.len() + parts.iter().map(|part| part.len()).sum::<usize>();
        if length == 0 {
            return Ok(());
        }
        if self.shared {
            clear();
        }
        let done = if parts.is_empty() {
            self.output.write_bytes(&self.gathered)
        } else {
            let gathered = std::iter::once(&self.gathered[..]);
            self.output
                .write(&mut gathered.chain(parts.iter().copied()).map(IoSlice::new).collect::<Vec<_>>())
        };
        if done.is_ok() {
            self.bytes += length as u64;
        }
        self.gathered.clear();
        // Lines full of tags can make it far larger than it should stay.
        self.gathered.shrink_to(2 * FULL);
        done
    }

    /// Writes a message of ours, on a line of its own where people see it: `begins` is where the terminal's cursor is. That
    /// it cannot be written cannot be said.
    pub(super) fn say(&mut self, text: &[u8], begins: bool) {
        let fresh_line: &[u8] = if begins || !self.output.is_terminal() { b"" } else { b"\n" };
        let _ = self.output.write(&mut [fresh_line, text].map(IoSlice::new));
        self.begins = true;
    }

    /// Throws away what was gathered.
    pub(super) fn forget(&mut self) {
        self.gathered = Vec::new();
    }
}

/// The last byte of a file of this length; a newline when it is empty.
fn last_byte(file: &File, length: u64) -> io::Result<u8> {
    let mut last = b'\n';
    if length > 0 {
        blocks(file, length - 1, length, |block| {
            last = block[0];
            Ok(())
        })?;
    }
    Ok(last)
}
