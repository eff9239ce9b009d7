//! One of the two streams: gathers what is small, hands on what is large, puts tags in between.
//!
//! Nothing here waits for anything but the descriptor. What was pending lies here until somebody calls [`StreamBuffer::flush`], so
//! the lane knows no time. It does not know the other stream, nor the order of jobs.

use super::output::{Output, for_each_block};
use super::tag::{Tag, prefix};
use crate::escape::visible_tag;
use crate::exec::Capture;
use crate::job::Seq;
use std::fs::File;
use std::io::{self, IoSlice};

/// Up to how many bytes an output is copied to be written together with others; a larger one is written from where it is.
const COPY_MAX: usize = 8 * 1024;

/// How many bytes are pending at most: as much as a pipe holds.
const FLUSH_AT: usize = 64 * 1024;

/// A stream and what was pending for it.
#[derive(Debug)]
pub(super) struct StreamBuffer {
    output: Output,
    /// The live view may be on the same terminal.
    shows_view: bool,
    pending: Vec<u8>,
    /// How many bytes of jobs were accepted.
    pub(super) bytes: u64,
    /// Whose bytes came last.
    last: Option<Seq>,
    /// The last byte was a newline, or there was none. Kept up only for tags and for shows_view streams.
    at_line_start: bool,
}

impl StreamBuffer {
    /// `shows_view`: the live view is drawn here even when this is no terminal.
    pub(super) fn new(output: Output, shows_view: bool) -> StreamBuffer {
        let shows_view = shows_view || output.is_terminal();
        StreamBuffer { output, shows_view, pending: Vec::new(), bytes: 0, last: None, at_line_start: true }
    }

    /// The live view may be on the same terminal.
    pub(super) fn shows_view(&self) -> bool {
        self.shows_view
    }

    /// What comes next at_line_start a line.
    pub(super) fn at_line_start(&self) -> bool {
        self.at_line_start
    }

    /// Takes (a piece of) the output of a job. `clear` is called before anything reaches a shows_view stream.
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
            if self.shows_view {
                self.at_line_start = last_byte(file, *length)? == b'\n';
                clear();
            }
            self.flush(clear)?;
            self.output.write_file(file, *length)?;
            self.bytes += length;
            return Ok(());
        }
        let parts: Vec<&[u8]> = bytes.pieces().collect();
        self.at_line_start = parts.last().is_none_or(|last| last.ends_with(b"\n"));
        match parts[..] {
            [one] if one.len() <= COPY_MAX => {
                self.pending.extend_from_slice(one);
                if self.pending.len() >= FLUSH_AT { self.flush(clear) } else { Ok(()) }
            }
            _ => self.send(&parts, clear),
        }
    }

    fn tagged(&mut self, job: Seq, tag: &Tag, bytes: &Capture, mut clear: impl FnMut()) -> io::Result<()> {
        let shown = visible_tag(tag);
        let tag: &[u8] = if self.output.is_terminal() { shown.as_bytes() } else { tag };
        // Another job's unfinished line is no reason to leave out the tag; the job's own is.
        self.at_line_start |= self.last != Some(job);
        self.last = Some(job);
        let mut piece = |piece: &[u8]| {
            self.at_line_start = prefix(&mut self.pending, tag, piece, self.at_line_start);
            if self.pending.len() >= FLUSH_AT { self.flush(&mut clear) } else { Ok(()) }
        };
        match bytes {
            Capture::Spilled(file, length) => for_each_block(file, 0, *length, piece),
            memory => memory.pieces().flat_map(|part| part.chunks(FLUSH_AT)).try_for_each(&mut piece),
        }
    }

    /// Writes what was pending.
    pub(super) fn flush(&mut self, clear: impl FnMut()) -> io::Result<()> {
        self.send(&[], clear)
    }

    /// Writes what was pending, and these parts after it, in one call.
    fn send(&mut self, parts: &[&[u8]], mut clear: impl FnMut()) -> io::Result<()> {
        let length = self.pending.len() + parts.iter().map(|part| part.len()).sum::<usize>();
        if length == 0 {
            return Ok(());
        }
        if self.shows_view {
            clear();
        }
        let done = if parts.is_empty() {
            self.output.write_bytes(&self.pending)
        } else {
            let pending = std::iter::once(&self.pending[..]);
            self.output.write(&mut pending.chain(parts.iter().copied()).map(IoSlice::new).collect::<Vec<_>>())
        };
        if done.is_ok() {
            self.bytes += length as u64;
        }
        self.pending.clear();
        // Lines full of tags can make it far larger than it should stay.
        self.pending.shrink_to(2 * FLUSH_AT);
        done
    }

    /// Writes a message of ours, on a line of its own where people see it: `at_line_start` is where the terminal's cursor is. That
    /// it cannot be written cannot be said.
    pub(super) fn write_message(&mut self, text: &[u8], at_line_start: bool) {
        let fresh_line: &[u8] = if at_line_start || !self.output.is_terminal() { b"" } else { b"\n" };
        let _ = self.output.write(&mut [fresh_line, text].map(IoSlice::new));
        self.at_line_start = true;
    }

    /// Throws away what was pending.
    pub(super) fn discard(&mut self) {
        self.pending = Vec::new();
    }
}

/// The last byte of a file of this length; a newline when it is empty.
fn last_byte(file: &File, length: u64) -> io::Result<u8> {
    let mut last = b'\n';
    if length > 0 {
        for_each_block(file, length - 1, length, |block| {
            last = block[0];
            Ok(())
        })?;
    }
    Ok(last)
}
