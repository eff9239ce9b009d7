//! The bytes of a job of `--pipe`: in memory, in a part of a file, or in a stream that jobs share.

use crate::sys::errno;
use crossbeam_channel::Receiver;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// A file of `--pipe-part`.
#[derive(Debug)]
pub struct PartFile {
    /// The file.
    pub file: File,
    /// Its name, for messages.
    pub name: Vec<u8>,
    /// The bytes before each part.
    pub header: Vec<u8>,
}

impl PartFile {
    /// An error that names the file. The length of a part is known, so a file that ends before it has become shorter.
    pub fn read_error(&self, error: &io::Error) -> io::Error {
        let name = crate::escape::visible(&self.name);
        io::Error::other(match error.kind() {
            ErrorKind::UnexpectedEof => format!("{name} became shorter while it was read"),
            _ => format!("cannot read {name}: {}", errno::words(error)),
        })
    }
}

/// The input of a job. A clone gives a further attempt the same bytes, except for `Shared`.
#[derive(Clone, Debug)]
pub enum StreamData {
    /// A file in memory, and its length.
    Memory(Arc<File>, u64),
    /// A part of a file, behind its header.
    Part(Arc<PartFile>, Range<u64>),
    /// A first block, and the blocks that no other job takes.
    Shared(Arc<Vec<u8>>, Receiver<Vec<u8>>),
}

impl StreamData {
    /// The length in bytes; 0 when jobs share the stream, because it is not known when the job begins.
    pub fn bytes(&self) -> u64 {
        match self {
            StreamData::Memory(_, length) => *length,
            StreamData::Part(file, range) => file.header.len() as u64 + (range.end - range.start),
            StreamData::Shared(..) => 0,
        }
    }

    /// Writes the bytes to a file; of a shared stream only the first block.
    pub fn write_to(&self, file: &File) -> io::Result<()> {
        let mut to = file;
        match self {
            StreamData::Memory(block, length) => crate::sys::io::copy_file(to, block, *length),
            StreamData::Part(from, range) => {
                to.write_all(&from.header)?;
                let mut buffer = vec![0; 1 << 16];
                let mut at = range.start;
                while at < range.end {
                    let most = usize::try_from(range.end - at).unwrap_or(usize::MAX).min(buffer.len());
                    let read = from.file.read_exact_at(&mut buffer[..most], at);
                    read.map_err(|error| from.read_error(&error))?;
                    to.write_all(&buffer[..most])?;
                    at += most as u64;
                }
                Ok(())
            }
            StreamData::Shared(first, _) => to.write_all(first),
        }
    }
}
