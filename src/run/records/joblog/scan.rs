//! Reads a joblog from its beginning to its end, one record at a time, and finds where the last whole record ends.
//!
//! What follows that is a torn tail: a part of a line, as a full disk or a crash leaves it, or a block of NULs, as a file
//! system leaves it after a power cut. It may be cut off. Anything else that is no record means that the file is damaged, or
//! is no joblog, and must not be touched.

use super::text::{self, HEADER, Line};
use std::io::{self, Read};

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Where the last whole record (or the header) ends: 0 when not even the header is whole.
    pub end: u64,
    /// Where the file ends.
    pub len: u64,
}

/// Why a file was refused.
#[derive(Debug)]
pub enum ScanError {
    /// This line, from 1, is no record.
    Damaged {
        /// Which one.
        line: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It cannot be read.
    Io(io::Error),
}

impl From<io::Error> for ScanError {
    fn from(e: io::Error) -> ScanError {
        ScanError::Io(e)
    }
}

const CHUNK: usize = 256 * 1024;
/// Longer than any command line the system takes, every byte of it escaped.
const LONGEST: usize = 64 << 20;
/// A block of NULs instead of a header is a torn header only up to this size: not a disk image.
const TORN_HEADER: usize = 64 * 1024;

/// Calls `each` with every whole record, its offset and its command.
pub fn scan(mut file: impl Read, each: &mut dyn FnMut(&Line<'_>, u64, &[u8])) -> Result<Scanned, ScanError> {
    let mut state = State { line: 0, end: 0, offset: 0, torn: None, command: Vec::new() };
    let mut buffer = Vec::with_capacity(CHUNK);
    loop {
        let had = buffer.len();
        let read = fill(&mut file, &mut buffer)?;
        if state.line == 0 && !may_be_header(&buffer) {
            return Err(ScanError::Damaged { line: 1, why: "it is not a joblog" });
        }
        let (mut start, mut from) = (0, had);
        while let Some(at) = memchr::memchr(b'\n', &buffer[from..]) {
            state.take(&buffer[start..from + at], each)?;
            start = from + at + 1;
            from = start;
        }
        buffer.drain(..start);
        if read == 0 {
            return Ok(Scanned { end: state.end, len: state.offset + buffer.len() as u64 });
        }
        if buffer.len() > LONGEST {
            return Err(ScanError::Damaged { line: state.line + 1, why: "it is too long" });
        }
    }
}

/// Reads some more, and the whole of what a header needs.
fn fill(file: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<u64> {
    let mut read = 0;
    while read == 0 || buffer.len() <= HEADER.len() {
        let now = file.by_ref().take(CHUNK as u64).read_to_end(buffer)? as u64;
        if now == 0 {
            break;
        }
        read += now;
    }
    Ok(read)
}

/// Whether a file that begins so is a joblog, or one whose header was torn.
pub fn may_be_header(start: &[u8]) -> bool {
    if start.len() >= HEADER.len() && start.starts_with(HEADER) {
        return true;
    }
    let same = start.iter().zip(HEADER).take_while(|(a, b)| a == b).count();
    start.len() <= TORN_HEADER && start[same..].iter().all(|b| *b == 0)
}

struct State {
    /// Lines taken.
    line: u64,
    /// Where the last whole record ends.
    end: u64,
    /// Where the next line begins.
    offset: u64,
    /// The first line of a tail of NULs, if we are in one: nothing whole may follow.
    torn: Option<u64>,
    command: Vec<u8>,
}

impl State {
    fn take(&mut self, line: &[u8], each: &mut dyn FnMut(&Line<'_>, u64, &[u8])) -> Result<(), ScanError> {
        self.line += 1;
        let offset = self.offset;
        self.offset += line.len() as u64 + 1;
        if self.line == 1 {
            // may_be_header has seen it; a torn header has no newline.
            self.end = self.offset;
            return Ok(());
        }
        self.command.clear();
        let parsed = text::parse(line).and_then(|parsed| {
            let whole = parsed.command(&mut self.command);
            if whole { Ok(parsed) } else { Err("its command is damaged") }
        });
        match (parsed, self.torn) {
            (Ok(parsed), None) => {
                each(&parsed, offset, &self.command);
                self.end = self.offset;
            }
            (Err(_), None) if line.contains(&0) => self.torn = Some(self.line),
            (Err(why), None) => return Err(ScanError::Damaged { line: self.line, why }),
            (_, Some(line)) => return Err(ScanError::Damaged { line, why: "it is filled with NULs" }),
        }
        Ok(())
    }
}
