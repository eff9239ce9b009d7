//! One of the two streams: buffers small outputs, writes large ones directly, and adds tags.
//!
//! It only waits for the descriptor. Buffered bytes stay until [`StreamBuffer::flush`]. It does not know the other
//! stream or the order of the jobs.

use super::group;
use super::output::{Output, for_each_block};
use super::tag::{Tag, prefix};
use crate::escape::visible_tag;
use crate::exec::Capture;
use crate::job::Seq;
use std::fs::File;
use std::io::{self, IoSlice};

/// The largest output that is copied to the buffer, in bytes. A larger one is written without a copy.
const COPY_MAX: usize = 8 * 1024;

/// The size at which the buffer is written, in bytes: the capacity of a pipe.
const FLUSH_AT: usize = 64 * 1024;

/// A stream and its buffer.
#[derive(Debug)]
pub(super) struct StreamBuffer {
    output: Output,
    /// The live view may be on the same terminal.
    shows_view: bool,
    pending: Vec<u8>,
    /// The number of accepted bytes of job output.
    pub(super) bytes: u64,
    /// The job of the last bytes.
    last: Option<Seq>,
    /// The next byte begins a line.
    at_line_start: bool,
}

impl StreamBuffer {
    /// `shows_view`: the live view is drawn here even when this is not a terminal.
    pub(super) fn new(output: Output, shows_view: bool) -> StreamBuffer {
        let shows_view = shows_view || output.is_terminal();
        StreamBuffer { output, shows_view, pending: Vec::new(), bytes: 0, last: None, at_line_start: true }
    }

    /// The live view may be on the same terminal.
    pub(super) fn shows_view(&self) -> bool {
        self.shows_view
    }

    /// Bytes wait that go to a stream with the view.
    pub(super) fn may_wait(&self) -> bool {
        self.shows_view && !self.pending.is_empty()
    }

    /// The next byte begins a line.
    pub(super) fn at_line_start(&self) -> bool {
        self.at_line_start
    }

    /// Writes or buffers output of a job. `erase` clears the view before a write to a
    /// stream with the view; its result is written first.
    pub(super) fn write(
        &mut self,
        job: Seq,
        tag: Option<&Tag>,
        bytes: &Capture,
        erase: impl FnMut() -> &'static [u8],
    ) -> io::Result<()> {
        match tag {
            Some(tag) => self.tagged(job, tag, bytes, erase),
            None => self.plain(bytes, erase),
        }
    }

    fn plain(&mut self, bytes: &Capture, mut erase: impl FnMut() -> &'static [u8]) -> io::Result<()> {
        if let Capture::Spilled(file, length) = bytes {
            self.at_line_start = last_byte(file, *length)? == b'\n';
            self.flush(&mut erase)?;
            if self.shows_view {
                self.output.write_bytes(erase())?;
            }
            self.output.write_file(file, *length)?;
            self.bytes += length;
            return Ok(());
        }
        let parts: Vec<&[u8]> = bytes.pieces().collect();
        self.at_line_start = parts.last().is_none_or(|last| last.ends_with(b"\n"));
        match parts[..] {
            [one] if one.len() <= COPY_MAX => {
                self.pending.extend_from_slice(one);
                if self.pending.len() >= FLUSH_AT { self.flush(erase) } else { Ok(()) }
            }
            _ => self.send(&parts, erase),
        }
    }

    fn tagged(
        &mut self,
        job: Seq,
        tag: &Tag,
        bytes: &Capture,
        mut erase: impl FnMut() -> &'static [u8],
    ) -> io::Result<()> {
        let shown = visible_tag(tag);
        let tag: &[u8] = if self.output.is_terminal() { shown.as_bytes() } else { tag };
        // A job continues its own unfinished line without a tag. After an unfinished line of another job, the tag is
        // written.
        self.at_line_start |= self.last != Some(job);
        self.last = Some(job);
        let mut piece = |piece: &[u8]| {
            self.at_line_start = prefix(&mut self.pending, tag, piece, self.at_line_start);
            if self.pending.len() >= FLUSH_AT { self.flush(&mut erase) } else { Ok(()) }
        };
        match bytes {
            Capture::Spilled(file, length) => for_each_block(file, 0, *length, piece),
            memory => memory.pieces().flat_map(|part| part.chunks(FLUSH_AT)).try_for_each(&mut piece),
        }
    }

    /// Writes the buffer.
    pub(super) fn flush(&mut self, erase: impl FnMut() -> &'static [u8]) -> io::Result<()> {
        self.send(&[], erase)
    }

    /// Writes the buffer and then these parts, in one call.
    fn send(&mut self, parts: &[&[u8]], mut erase: impl FnMut() -> &'static [u8]) -> io::Result<()> {
        let length = self.pending.len() + parts.iter().map(|part| part.len()).sum::<usize>();
        if length == 0 {
            return Ok(());
        }
        let erase = if self.shows_view { erase() } else { b"" };
        let done = if parts.is_empty() {
            self.output.write(&mut [erase, &self.pending].map(IoSlice::new))
        } else {
            let first = [erase, &self.pending].into_iter();
            self.output.write(&mut first.chain(parts.iter().copied()).map(IoSlice::new).collect::<Vec<_>>())
        };
        if done.is_ok() {
            self.bytes += length as u64;
        }
        self.pending.clear();
        // Lines with long tags can make the buffer much larger.
        self.pending.shrink_to(2 * FLUSH_AT);
        done
    }

    /// Writes a message of apool. On a terminal it begins a new line; `at_line_start` says where the cursor is.
    /// `erase` clears the view. An error cannot be reported.
    pub(super) fn write_message(&mut self, erase: &[u8], text: &[u8], at_line_start: bool) {
        let begins_line = if self.output.is_terminal() {
            at_line_start
        } else {
            self.at_line_start || !group::is_command(text)
        };
        let fresh_line: &[u8] = if begins_line { b"" } else { b"\n" };
        let _ = self.output.write(&mut [erase, fresh_line, text].map(IoSlice::new));
        self.at_line_start = true;
    }

    /// Discards the buffer.
    pub(super) fn discard(&mut self) {
        self.pending = Vec::new();
    }
}

/// The last byte of a file of this length. A newline when it is empty.
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
