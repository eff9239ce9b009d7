//! Captures the output of one stream of one job until it is written.
//!
//! Up to 16 KiB are in an allocation of their own. Larger output uses blocks of the memory budget of the run. Output
//! over the limit of the stream or of the budget goes to an unnamed file. When that file cannot be written, the capture
//! fails: output is never truncated silently.

use super::blocks::{BLOCK, Block, Blocks};
use crate::sys;
use crate::sys::errno;
use crate::sys::fault::{self, Call};
use std::fs::File;
use std::io::{self, BufRead, BufReader, IoSlice, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::sync::Arc;

/// The largest output in an allocation of its own, in bytes.
const MEMORY_MAX: usize = 16 * 1024;
/// The first allocation, in bytes. Most outputs are smaller.
const FIRST_ALLOCATION: usize = 2 * 1024;
/// The size of the pipe of a job that filled the default one, in bytes.
const ENLARGED_PIPE: usize = 512 * 1024;

/// All output of one stream.
#[derive(Debug)]
pub enum Capture {
    /// Up to 16 KiB.
    Memory(Vec<u8>),
    /// Blocks of the memory budget, and the number of bytes in the last block. The other blocks are full.
    Blocks(Vec<Block>, usize),
    /// A file without a name, and its length in bytes.
    Spilled(File, u64),
}

impl Default for Capture {
    fn default() -> Capture {
        Capture::Memory(Vec::new())
    }
}

impl Capture {
    /// The number of bytes.
    pub fn len(&self) -> u64 {
        match self {
            Capture::Memory(bytes) => bytes.len() as u64,
            Capture::Blocks(blocks, last) => (blocks.len().saturating_sub(1) * BLOCK + last) as u64,
            Capture::Spilled(_, length) => *length,
        }
    }

    /// True when there is no output.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes all output to a descriptor, in as few calls as possible.
    pub fn write_to(&self, to: impl AsFd) -> io::Result<()> {
        match self {
            Capture::Memory(bytes) => sys::io::write_all(to, bytes),
            Capture::Blocks(..) => {
                let mut pieces: Vec<IoSlice<'_>> = self.pieces().map(IoSlice::new).collect();
                sys::io::write_all_vectored(to, &mut pieces)
            }
            Capture::Spilled(file, length) => sys::io::copy_file(to, file, *length),
        }
    }

    /// A reader from the start of the output.
    pub fn reader(&self) -> io::Result<Box<dyn BufRead + '_>> {
        Ok(match self {
            Capture::Memory(bytes) => Box::new(&bytes[..]),
            Capture::Blocks(..) => {
                Box::new(BufReader::new(PieceReader { pieces: self.pieces().collect(), at: 0 }))
            }
            Capture::Spilled(file, length) => {
                let mut file = file;
                fault::check(Call::Read)?;
                file.seek(SeekFrom::Start(0))?;
                Box::new(BufReader::with_capacity(BLOCK, file.take(*length)))
            }
        })
    }

    /// The last `most` bytes, or all when there are fewer.
    pub fn tail(&self, most: usize) -> io::Result<Vec<u8>> {
        let skip = self.len().saturating_sub(most as u64);
        let mut tail = Vec::new();
        if let Capture::Spilled(file, length) = self {
            let mut file = file;
            file.seek(SeekFrom::Start(skip))?;
            file.take(length - skip).read_to_end(&mut tail)?;
            return Ok(tail);
        }
        let mut skip = usize::try_from(skip).unwrap_or(usize::MAX);
        for piece in self.pieces() {
            tail.extend_from_slice(piece.get(skip..).unwrap_or_default());
            skip = skip.saturating_sub(piece.len());
        }
        Ok(tail)
    }

    /// The parts in memory, in order. Empty for a file.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let (small, blocks, last): (&[u8], &[Block], usize) = match self {
            Capture::Memory(bytes) => (bytes, &[], 0),
            Capture::Blocks(blocks, last) => (&[], blocks, *last),
            Capture::Spilled(..) => (&[], &[], 0),
        };
        let full = blocks.len().saturating_sub(1);
        let blocks = blocks.iter().enumerate();
        let blocks = blocks.map(move |(at, block)| &block.bytes()[..if at < full { BLOCK } else { last }]);
        std::iter::once(small).chain(blocks).filter(|piece| !piece.is_empty())
    }
}

impl From<Vec<u8>> for Capture {
    fn from(bytes: Vec<u8>) -> Capture {
        Capture::Memory(bytes)
    }
}

/// Reads pieces one after another.
struct PieceReader<'a> {
    pieces: Vec<&'a [u8]>,
    at: usize,
}

impl Read for PieceReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(piece) = self.pieces.get_mut(self.at) {
            match piece.read(into)? {
                0 if !into.is_empty() => self.at += 1,
                n => return Ok(n),
            }
        }
        Ok(0)
    }
}

/// The memory and the files for captured output.
#[derive(Debug)]
pub struct CaptureStore {
    /// The memory budget of the run.
    pub blocks: Arc<Blocks>,
    /// The most bytes of the budget for one stream.
    pub stream_max: usize,
    /// The directory of the unnamed files.
    pub directory: PathBuf,
}

impl CaptureStore {
    /// Joins the output of two processes. An error says why a temporary file failed.
    pub fn join(&self, first: Capture, second: Capture) -> io::Result<Capture> {
        match (first, second) {
            (first, second) if second.is_empty() => Ok(first),
            (first, second) if first.is_empty() => Ok(second),
            (Capture::Memory(mut first), Capture::Memory(second))
                if first.len() + second.len() <= MEMORY_MAX =>
            {
                first.extend_from_slice(&second);
                Ok(Capture::Memory(first))
            }
            (Capture::Spilled(mut file, length), second) => {
                file.seek(SeekFrom::Start(length))?;
                let length = length + second.len();
                fault::check(Call::Write)
                    .and_then(|()| second.write_to(&file))
                    .map_err(|e| describe("", &e))?;
                Ok(Capture::Spilled(file, length))
            }
            (first, second) => {
                let file = self.file()?;
                let length = first.len() + second.len();
                fault::check(Call::Write)
                    .and_then(|()| first.write_to(&file))
                    .and_then(|()| second.write_to(&file))
                    .map_err(|e| describe("", &e))?;
                Ok(Capture::Spilled(file, length))
            }
        }
    }

    /// A file without a name.
    fn file(&self) -> io::Result<File> {
        fault::check(Call::Create)
            .and_then(|()| tempfile::tempfile_in(&self.directory))
            .map_err(|e| describe(&self.location(), &e))
    }

    /// The location of the file, for a message.
    fn location(&self) -> String {
        format!(" in {:?}", self.directory.to_string_lossy())
    }
}

/// Captures one stream while the job writes it.
#[derive(Debug)]
pub struct Collector<'a> {
    store: &'a CaptureStore,
    so_far: Capture,
    /// Between the pipe and the file. Empty as long as there is no file.
    buffer: Vec<u8>,
    enlarged: bool,
}

impl<'a> Collector<'a> {
    /// A collector without output.
    pub fn new(store: &'a CaptureStore) -> Collector<'a> {
        Collector { store, so_far: Capture::default(), buffer: Vec::new(), enlarged: false }
    }

    /// Reads once from a readable pipe. Returns the number of bytes, 0 at the end. An error means that the output
    /// cannot be stored, or that the pipe cannot be read.
    pub fn read_from(&mut self, pipe: BorrowedFd<'_>) -> io::Result<usize> {
        self.reserve()?;
        let (got, wanted) = match &mut self.so_far {
            Capture::Memory(bytes) => {
                let wanted = bytes.capacity() - bytes.len();
                (sys::io::read_spare(pipe, bytes)?, wanted)
            }
            Capture::Blocks(blocks, last) => {
                let Some(block) = blocks.last_mut() else { return Ok(0) };
                let room = &mut block.bytes_mut()[*last..];
                let wanted = room.len();
                let got = sys::io::read(pipe, room)?;
                *last += got;
                (got, wanted)
            }
            Capture::Spilled(file, length) => {
                let got = sys::io::read(pipe, &mut self.buffer)?;
                fault::check(Call::Write)
                    .and_then(|()| sys::io::write_all(&*file, &self.buffer[..got]))
                    .map_err(|e| describe("", &e))?;
                *length += got as u64;
                (got, self.buffer.len())
            }
        };
        if got == wanted && wanted >= MEMORY_MAX / 2 && !self.enlarged {
            // The job writes faster than apool reads. A larger pipe lets it continue meanwhile.
            self.enlarged = true;
            sys::events::enlarge_pipe(pipe, ENLARGED_PIPE);
        }
        Ok(got)
    }

    /// The captured output.
    pub fn finish(self) -> Capture {
        match self.so_far {
            Capture::Memory(mut bytes) => {
                // The output may wait long for its turn, together with many others.
                if bytes.capacity() > 2 * bytes.len() {
                    bytes.shrink_to_fit();
                }
                Capture::Memory(bytes)
            }
            other => other,
        }
    }

    fn reserve(&mut self) -> io::Result<()> {
        match &mut self.so_far {
            Capture::Memory(bytes) if bytes.len() < bytes.capacity() => {}
            Capture::Memory(bytes) if bytes.capacity() < MEMORY_MAX => {
                bytes.reserve_exact((3 * bytes.capacity()).clamp(FIRST_ALLOCATION, MEMORY_MAX - bytes.len()));
            }
            Capture::Memory(bytes) => {
                let Some(mut block) = self.store.blocks.take() else { return self.spill() };
                let length = bytes.len();
                block.bytes_mut()[..length].copy_from_slice(bytes);
                self.so_far = Capture::Blocks(vec![block], length);
            }
            Capture::Blocks(blocks, last) if *last == BLOCK => {
                let more = if (blocks.len() + 1) * BLOCK > self.store.stream_max {
                    None
                } else {
                    self.store.blocks.take()
                };
                let Some(block) = more else { return self.spill() };
                blocks.push(block);
                *last = 0;
            }
            Capture::Blocks(..) | Capture::Spilled(..) => {}
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = self.store.file()?;
        fault::check(Call::Write)
            .and_then(|()| self.so_far.write_to(&file))
            .map_err(|e| describe(&self.store.location(), &e))?;
        self.so_far = Capture::Spilled(file, self.so_far.len());
        // Not `splice`: from a pipe into a file on ext4 it was measured to be three times slower.
        self.buffer = vec![0; BLOCK];
        Ok(())
    }
}

fn describe(location: &str, e: &io::Error) -> io::Error {
    let why = errno::words(e);
    io::Error::new(e.kind(), format!("temporary file{location}: {why}"))
}
