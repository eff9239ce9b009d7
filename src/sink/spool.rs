//! Buffers the output of a job whose turn has not come.
//!
//! Lines are collected in memory up to a bound, and then in an unnamed file. They cannot be refused: a job behind a
//! slow one may write for hours, and its lines share a queue with those of the job that is due. Captures have bounds of
//! their own.

use super::tag::Tag;
use crate::exec::{Capture, Stream};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// The most bytes of lines of one stream of one job in memory.
const STREAM_MAX: usize = 64 * 1024;

/// The most bytes of lines of all jobs in memory. Above it, each stream may still use a little, because files are
/// expensive too.
const TOTAL_MAX: usize = 32 << 20;
const STREAM_MAX_OVER_TOTAL: usize = 4 * 1024;

/// The budget for the lines of all jobs.
#[derive(Debug)]
pub(super) struct SpoolBudget {
    /// Bytes of lines in memory.
    used: usize,
    /// The directory of the unnamed files.
    directory: PathBuf,
}

/// The buffered output of one job.
#[derive(Debug, Default)]
pub(super) struct SpooledOutput {
    pub(super) tag: Option<Tag>,
    pub(super) out: Capture,
    pub(super) err: Capture,
    /// `done` was sent, so the job will be emitted.
    pub(super) done: bool,
    /// A group ends after its standard output.
    pub(super) grouped: bool,
    /// Bytes of lines in memory.
    used: usize,
}

impl SpoolBudget {
    pub(super) fn new(directory: PathBuf) -> SpoolBudget {
        SpoolBudget { used: 0, directory }
    }

    /// Returns the memory of this output to the budget.
    pub(super) fn release(&mut self, output: &SpooledOutput) {
        self.used -= output.used;
    }

    /// Whether a stream of this length may stay in memory.
    fn has_room(&self, length: usize) -> bool {
        length <= if self.used < TOTAL_MAX { STREAM_MAX } else { STREAM_MAX_OVER_TOTAL }
    }

    fn file(&self) -> io::Result<File> {
        tempfile::tempfile_in(&self.directory).map_err(|error| {
            io::Error::new(error.kind(), format!("temporary file in {}: {error}", self.directory.display()))
        })
    }
}

impl SpooledOutput {
    /// Adds lines.
    pub(super) fn push_lines(
        &mut self,
        stream: Stream,
        bytes: Vec<u8>,
        budget: &mut SpoolBudget,
    ) -> io::Result<()> {
        let more = bytes.len();
        if more == 0 {
            return Ok(());
        }
        let kept = match stream {
            Stream::Stdout => &mut self.out,
            Stream::Stderr => &mut self.err,
        };
        let before = in_memory(kept);
        if kept.is_empty() && budget.has_room(more) {
            *kept = Capture::Memory(bytes);
        } else if let Capture::Memory(kept) = kept
            && budget.has_room(kept.len() + more)
        {
            kept.extend_from_slice(&bytes);
        } else {
            append(kept, &Capture::Memory(bytes), budget)?;
        }
        let after = in_memory(kept);
        budget.used = budget.used + after - before;
        self.used = self.used + after - before;
        Ok(())
    }

    /// Adds captured output.
    pub(super) fn push_captures(
        &mut self,
        out: Capture,
        err: Capture,
        budget: &mut SpoolBudget,
    ) -> io::Result<()> {
        for (stream, more) in [(Stream::Stdout, out), (Stream::Stderr, err)] {
            let kept = if stream == Stream::Stdout { &mut self.out } else { &mut self.err };
            match more {
                more if more.is_empty() => {}
                more if kept.is_empty() => *kept = more,
                Capture::Memory(bytes) => self.push_lines(stream, bytes, budget)?,
                more => {
                    let before = in_memory(kept);
                    append(kept, &more, budget)?;
                    budget.used -= before;
                    self.used -= before;
                }
            }
        }
        Ok(())
    }
}

/// The bytes of the capture in an allocation of its own.
fn in_memory(capture: &Capture) -> usize {
    if let Capture::Memory(bytes) = capture { bytes.len() } else { 0 }
}

/// Adds `more` at the end of `kept`, which becomes a file.
fn append(kept: &mut Capture, more: &Capture, budget: &SpoolBudget) -> io::Result<()> {
    if !matches!(kept, Capture::Spilled(..)) {
        let file = budget.file()?;
        let length = copy(&file, 0, kept)?;
        *kept = Capture::Spilled(file, length);
    }
    if let Capture::Spilled(file, length) = kept {
        *length += copy(file, *length, more)?;
    }
    Ok(())
}

/// Writes all of `from` at `offset`. Does not use the cursors of the files. Returns the number of bytes.
fn copy(file: &File, offset: u64, from: &Capture) -> io::Result<u64> {
    let mut at = offset;
    let mut add = |bytes: &[u8]| {
        file.write_all_at(bytes, at)?;
        at += bytes.len() as u64;
        Ok(())
    };
    match from {
        Capture::Spilled(from, length) => super::output::for_each_block(from, 0, *length, add)?,
        memory => memory.pieces().try_for_each(&mut add)?,
    }
    Ok(from.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::blocks::{BLOCK, Blocks};

    fn budget() -> SpoolBudget {
        SpoolBudget::new(std::env::temp_dir())
    }

    fn read(capture: &Capture) -> Vec<u8> {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(copy(&file, 0, capture).unwrap(), capture.len());
        let mut bytes = vec![0; capture.len() as usize];
        file.read_exact_at(&mut bytes, 0).unwrap();
        bytes
    }

    fn blocks(bytes: &[u8]) -> Capture {
        let budget = Blocks::new(1 << 20);
        let blocks = bytes.chunks(BLOCK).map(|chunk| {
            let mut block = budget.take().unwrap();
            block.bytes_mut()[..chunk.len()].copy_from_slice(chunk);
            block
        });
        Capture::Blocks(blocks.collect(), (bytes.len() - 1) % BLOCK + 1)
    }

    #[test]
    fn lines_over_the_bound_go_to_a_file_in_order() {
        let (mut output, mut budget, mut all) = (SpooledOutput::default(), budget(), Vec::new());
        for number in 0..20_000 {
            let line = format!("line {number}\n").into_bytes();
            all.extend_from_slice(&line);
            output.push_lines(Stream::Stdout, line, &mut budget).unwrap();
        }
        assert!(matches!(output.out, Capture::Spilled(..)));
        assert_eq!((budget.used, output.used), (0, 0));
        output.push_lines(Stream::Stderr, b"e\n".to_vec(), &mut budget).unwrap();
        output.push_lines(Stream::Stderr, Vec::new(), &mut budget).unwrap();
        assert_eq!((budget.used, output.used), (2, 2));
        let big: Vec<u8> = (0..150_000u32).map(|i| i as u8).collect();
        output.push_captures(blocks(&big), Capture::Memory(b"f".to_vec()), &mut budget).unwrap();
        assert_eq!(read(&output.out), [&all[..], &big].concat());
        assert_eq!(read(&output.err), b"e\nf");
        budget.release(&output);
        assert_eq!(budget.used, 0);
    }

    #[test]
    fn captures_are_kept_as_they_are_after_earlier_lines() {
        let (mut output, mut budget) = (SpooledOutput::default(), budget());
        let big = vec![b'x'; BLOCK + 1];
        output.push_lines(Stream::Stdout, b"first\n".to_vec(), &mut budget).unwrap();
        output.push_captures(blocks(&big), blocks(&big), &mut budget).unwrap();
        assert!(matches!(output.err, Capture::Blocks(..)));
        assert_eq!(read(&output.out), [&b"first\n"[..], &big].concat());
        assert_eq!(read(&output.err), big);
        assert_eq!((budget.used, output.used), (0, 0));
    }

    #[test]
    fn many_jobs_share_a_bound() {
        let mut budget = budget();
        let mut all = Vec::new();
        for _ in 0..2 * TOTAL_MAX / STREAM_MAX {
            let mut output = SpooledOutput::default();
            output.push_lines(Stream::Stdout, vec![b'x'; STREAM_MAX], &mut budget).unwrap();
            all.push(output);
        }
        assert_eq!(budget.used, TOTAL_MAX);
        let mut little = SpooledOutput::default();
        little.push_lines(Stream::Stdout, vec![b'x'; STREAM_MAX_OVER_TOTAL], &mut budget).unwrap();
        assert!(matches!(little.out, Capture::Memory(_)));
        assert!(matches!(all.last().unwrap().out, Capture::Spilled(..)));
    }
}
