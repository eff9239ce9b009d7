//! The output of one stream of one job, kept until it may be written.
//!
//! A few KiB stand in an allocation of their own; more stands in blocks of the run-wide budget; what is larger than one
//! job may store, or comes when the budget is used up, goes to an unnamed file, from which the kernel copies it out. If
//! that file cannot be written, collecting fails: output is never cut short in silence.

use super::blocks::{BLOCK, Block, Blocks};
use crate::sys;
use crate::sys::errno;
use crate::sys::fault::{self, Call};
use std::fs::File;
use std::io::{self, BufRead, BufReader, IoSlice, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::sync::Arc;

/// Up to here output stands in an allocation of its own, cut to size at the end.
const MEMORY_MAX: usize = 16 * 1024;
/// What is wanted for when the first byte comes. Most outputs are smaller.
const FIRST_ALLOCATION: usize = 2 * 1024;
/// The size a pipe is given once a job has filled the usual one.
const ENLARGED_PIPE: usize = 512 * 1024;

/// What one stream has written, all of it.
#[derive(Debug)]
pub enum Capture {
    /// Little.
    Memory(Vec<u8>),
    /// More, in blocks of the run's budget; all full but the last, which holds as much as the number says.
    Blocks(Vec<Block>, usize),
    /// Much: a file without a name, and its length.
    Spilled(File, u64),
}

impl Default for Capture {
    fn default() -> Capture {
        Capture::Memory(Vec::new())
    }
}

impl Capture {
    /// How many bytes.
    pub fn len(&self) -> u64 {
        match self {
            Capture::Memory(bytes) => bytes.len() as u64,
            Capture::Blocks(blocks, last) => (blocks.len().saturating_sub(1) * BLOCK + last) as u64,
            Capture::Spilled(_, length) => *length,
        }
    }

    /// True when nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes all of it to a descriptor, in as few calls as possible.
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

    /// Reads it from its start, for what must look at the bytes (a tag before each line).
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

/// Where output goes that is too much for memory.
#[derive(Debug)]
pub struct CaptureStore {
    /// The run's memory.
    pub blocks: Arc<Blocks>,
    /// How many bytes of it one stream may hold before it goes to a file.
    pub stream_max: usize,
    /// Where the unnamed files are made.
    pub directory: PathBuf,
}

impl CaptureStore {
    /// What one process has written, and another after it.
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

    /// Where that file is, for a message.
    fn location(&self) -> String {
        format!(" in {:?}", self.directory.to_string_lossy())
    }
}

/// Collects one stream while it is written.
#[derive(Debug)]
pub struct Collector<'a> {
    store: &'a CaptureStore,
    so_far: Capture,
    /// Between the pipe and the file; empty before there is a file.
    buffer: Vec<u8>,
    enlarged: bool,
}

impl<'a> Collector<'a> {
    /// Nothing yet.
    pub fn new(store: &'a CaptureStore) -> Collector<'a> {
        Collector { store, so_far: Capture::default(), buffer: Vec::new(), enlarged: false }
    }

    /// Reads once from the pipe, which must have something to read: how many bytes, 0 at its end. An error that is not of
    /// the pipe says that the output cannot be kept.
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
            // It writes faster than we read: let it go on while we are busy.
            self.enlarged = true;
            sys::events::enlarge_pipe(pipe, ENLARGED_PIPE);
        }
        Ok(got)
    }

    /// All that was collected.
    pub fn finish(self) -> Capture {
        match self.so_far {
            Capture::Memory(mut bytes) => {
                // It may wait long for its turn, with many others.
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
        // Read and write: to splice from the pipe into the file was measured to be three times slower on ext4.
        self.buffer = vec![0; BLOCK];
        Ok(())
    }
}

fn describe(location: &str, e: &io::Error) -> io::Error {
    let why = errno::words(e);
    io::Error::new(e.kind(), format!("temporary file{location}: {why}"))
}
