//! Reads a joblog record by record and finds the end of the last whole record.
//!
//! A torn tail may follow: a part of a line, which a full disk or a crash leaves, or a block of NULs, which a file
//! system leaves after a power failure. It may be cut off. Any other text that is not a record means that the file is
//! damaged or is not a joblog. Such a file must not be changed.

use super::text::{self, HEADER, Line};
use std::io::{self, Read};

/// The result of a scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// The end of the last whole record or of the header; 0 without a whole header.
    pub end: u64,
    /// The length of the file.
    pub len: u64,
}

/// Why a file is refused.
#[derive(Debug)]
pub enum ScanError {
    /// A line is not a record.
    Damaged {
        /// The line, from 1.
        line: u64,
        /// The damage.
        why: &'static str,
    },
    /// The file cannot be read.
    Io(io::Error),
}

impl From<io::Error> for ScanError {
    fn from(e: io::Error) -> ScanError {
        ScanError::Io(e)
    }
}

const CHUNK: usize = 256 * 1024;
/// The longest line. It is longer than any command line that the system accepts, with every byte escaped.
const LONGEST: usize = 64 << 20;
/// The longest block of NULs that counts as a torn header. A longer one may be a disk image.
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

/// Reads more bytes, at least as many as the header has.
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

/// True when a file that begins with these bytes is a joblog, perhaps with a torn header.
pub fn may_be_header(start: &[u8]) -> bool {
    if start.len() >= HEADER.len() && start.starts_with(HEADER) {
        return true;
    }
    let same = start.iter().zip(HEADER).take_while(|(a, b)| a == b).count();
    start.len() <= TORN_HEADER && start[same..].iter().all(|b| *b == 0)
}

struct State {
    /// The number of lines so far.
    line: u64,
    /// The end of the last whole record.
    end: u64,
    /// The start of the next line.
    offset: u64,
    /// The first line of a tail of NULs. No whole record may follow it.
    torn: Option<u64>,
    command: Vec<u8>,
}

impl State {
    fn take(&mut self, line: &[u8], each: &mut dyn FnMut(&Line<'_>, u64, &[u8])) -> Result<(), ScanError> {
        self.line += 1;
        let offset = self.offset;
        self.offset += line.len() as u64 + 1;
        if self.line == 1 {
            // may_be_header has checked it. A torn header has no newline.
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
