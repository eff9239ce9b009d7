//! `--pipe-part`: splits a regular file into blocks. It is read only near the ends of blocks.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::super::error::InputError;
use super::super::source::open_file;
use super::boundary::{Boundary, PipeConfig};

/// The bytes of one read. Small in tests, because a small file then needs several.
const WINDOW: usize = if cfg!(test) { 8 } else { 64 * 1024 };

/// The blocks of a regular file, as ranges of bytes, in order.
pub struct FileBlocks {
    file: File,
    name: Vec<u8>,
    boundary: Boundary,
    block: u64,
    header: Vec<u8>,
    /// The offset of the next block.
    at: u64,
    /// The size of the file when it was opened. Bytes that are appended later are not read.
    size: u64,
}

impl FileBlocks {
    /// Opens `path` and reads its header. [`PipeConfig::records`] has no meaning here: counting needs reading.
    pub fn open(path: &Path, config: &PipeConfig) -> Result<FileBlocks, InputError> {
        let name = path.as_os_str().as_bytes().to_vec();
        let opened = open_file(path).and_then(|file| file.metadata().map(|of| (file, of)));
        let (file, of) = opened.map_err(|error| InputError::Read { name: Some(name.clone()), error })?;
        if !of.is_file() {
            return Err(InputError::NotAFile { name });
        }
        // The files of /proc have no size, whatever they contain.
        let has_bytes = of.len() == 0 && file.read_at(&mut [0], 0).is_ok_and(|read| read > 0);
        if has_bytes {
            return Err(InputError::NoSize { name });
        }
        let (boundary, block) = (Boundary::new(config), config.block.max(1) as u64);
        let mut blocks =
            FileBlocks { file, name, boundary, block, header: Vec::new(), at: 0, size: of.len() };
        let mut end = 0;
        for _ in 0..config.header {
            end = blocks.cut_at_or_after(end + 1)?;
        }
        blocks.header = vec![0; end as usize];
        let read = blocks.file.read_exact_at(&mut blocks.header, 0);
        read.map_err(|error| blocks.error(error))?;
        blocks.at = end;
        Ok(blocks)
    }

    /// The file, to read the ranges from.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The name of the file.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The header, which every block begins with.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// The total size of the blocks, in bytes.
    pub fn size(&self) -> u64 {
        self.size - self.header.len() as u64
    }

    /// The next block; `None` at the end.
    pub fn next_block(&mut self) -> Result<Option<Range<u64>>, InputError> {
        if self.at >= self.size {
            return Ok(None);
        }
        let end = self.cut_at_or_after(self.at.saturating_add(self.block))?;
        let start = std::mem::replace(&mut self.at, end);
        Ok(Some(start..end))
    }

    /// The first place between two records at `place` or later, or the end of the file.
    fn cut_at_or_after(&self, place: u64) -> Result<u64, InputError> {
        let (cut, needle) = (self.boundary.cut as u64, self.boundary.needle.len());
        if needle == 0 || place >= self.size {
            return Ok(place.min(self.size));
        }
        // The needle begins before the cut. Windows overlap by the length of a partial needle.
        let mut at = place.saturating_sub(cut);
        let mut window = vec![0; WINDOW.max(2 * needle)];
        while at < self.size {
            let bytes = (self.size - at).min(window.len() as u64) as usize;
            let window = &mut window[..bytes];
            self.file.read_exact_at(window, at).map_err(|error| self.error(error))?;
            if let Some(found) = self.boundary.forward.find(window) {
                return Ok(at + found as u64 + cut);
            }
            if at + bytes as u64 == self.size {
                break;
            }
            at += (bytes - self.boundary.overlap()) as u64;
        }
        Ok(self.size)
    }

    fn error(&self, error: io::Error) -> InputError {
        let error = match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::other("it became shorter while it was read"),
            _ => error,
        };
        InputError::Read { name: Some(self.name.clone()), error }
    }
}
