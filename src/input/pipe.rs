//! `--pipe`: a stream to blocks of whole records, and `--pipe-part`: where to cut a file.
//!
//! A record is never looked into beyond its ends, so this runs at the speed of copying. A block is cut at the last end
//! of a record within its size; one record longer than that makes a longer block. A block in memory is owned by whoever
//! gets it: two blocks and the record that was cut off are the most that is held here.

use std::io::Read;

use regex::bytes::Regex;

use memchr::memmem::{Finder, FinderRev};

use super::error::InputError;
use super::split::Buffer;

mod file;

#[cfg(test)]
mod tests;

pub use file::FileBlocks;

/// The usual size of a block, as in GNU parallel.
pub const BLOCK: usize = 1024 * 1024;

/// How to cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipeConfig {
    /// `--block`: about so many bytes a block. At least 1.
    pub block: usize,
    /// `-N`: so many records a block, whatever its size. At least 1.
    pub records: Option<u64>,
    /// `--recend`: what ends a record.
    pub recend: Vec<u8>,
    /// `--recstart`: what begins one. With both, a record ends where the two meet; with neither, anywhere.
    pub recstart: Vec<u8>,
    /// `--header`: so many records at the start stand at the start of every block.
    pub header: u64,
}

impl Default for PipeConfig {
    fn default() -> PipeConfig {
        PipeConfig { block: BLOCK, records: None, recend: b"\n".to_vec(), recstart: Vec::new(), header: 0 }
    }
}

/// Finds the places between two records.
#[derive(Clone, Debug)]
struct Boundary {
    /// `recend` and `recstart` together; empty when any place will do.
    needle: Vec<u8>,
    /// Where in the needle the cut is.
    cut: usize,
    forward: Finder<'static>,
    backward: FinderRev<'static>,
}

impl Boundary {
    fn new(config: &PipeConfig) -> Boundary {
        let needle = [&config.recend[..], &config.recstart].concat();
        let forward = Finder::new(&needle).into_owned();
        let backward = FinderRev::new(&needle).into_owned();
        Boundary { needle, cut: config.recend.len(), forward, backward }
    }

    /// How many bytes at the end of what has been searched may belong to a boundary that has come in part.
    fn overlap(&self) -> usize {
        self.needle.len().saturating_sub(1)
    }

    /// The first cut above 0, with its needle at `from` or later.
    fn first(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let from = if self.cut == 0 { from.max(1) } else { from };
        if self.needle.is_empty() {
            return (bytes.len() >= from).then_some(from);
        }
        Some(from + self.forward.find(bytes.get(from..)?)? + self.cut)
    }

    /// The last cut above 0, with its needle at `from` or later.
    fn last(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let from = if self.cut == 0 { from.max(1) } else { from };
        if self.needle.is_empty() {
            return (bytes.len() >= from).then_some(bytes.len());
        }
        Some(from + self.backward.rfind(bytes.get(from..)?)? + self.cut)
    }
}

/// A stream of blocks.
pub struct BlockReader {
    from: Box<dyn Read + Send>,
    /// The file, for messages; `None` is standard input.
    name: Option<Vec<u8>>,
    config: PipeConfig,
    boundary: Boundary,
    header: Option<Vec<u8>>,
    /// `--header REGEX`: what it matches at the start is the header.
    pattern: Option<Regex>,
    /// What has been read and not been given, while records are counted.
    buffer: Buffer,
    /// The same, while blocks are measured: the beginning of the next block.
    tail: Vec<u8>,
    /// Blocks given back, to be filled again.
    spare: Option<Vec<u8>>,
    ended: bool,
    /// The stream cannot be read on: told after the records that were read whole.
    failed: Option<Box<InputError>>,
}

impl BlockReader {
    /// Blocks of this stream; `name` is what messages call it, `None` for standard input.
    pub fn new(config: PipeConfig, from: Box<dyn Read + Send>, name: Option<Vec<u8>>) -> BlockReader {
        let boundary = Boundary::new(&config);
        let header = if config.header == 0 { Some(Vec::new()) } else { None };
        let (buffer, tail) = (Buffer::default(), Vec::new());
        BlockReader {
            from,
            name,
            config,
            boundary,
            header,
            pattern: None,
            buffer,
            tail,
            spare: None,
            ended: false,
            failed: None,
        }
    }

    /// Takes what `pattern` matches at the start, within the first block, as the header.
    #[must_use]
    pub fn with_header(mut self, pattern: Regex) -> BlockReader {
        (self.header, self.pattern) = (None, Some(pattern));
        self
    }

    /// The next block, of at least one record, behind the header; `None` at the end. Waits until the block is full or
    /// the stream has ended. An error comes after the records that were read whole before it.
    pub fn next_block(&mut self) -> Result<Option<Vec<u8>>, InputError> {
        if let Some(error) = self.failed.take() {
            return Err(*error);
        }
        if self.header.is_none() {
            let header = match self.pattern.take() {
                Some(pattern) => self.match_off(&pattern)?,
                None => self.count_off(self.config.header)?,
            };
            self.header = Some(header);
            if self.config.records.is_none() {
                self.tail = self.buffer.rest().to_vec();
                self.buffer.consume(self.tail.len());
            }
        }
        let block = match self.config.records {
            Some(n) => self.count_off(n)?,
            None => self.measure_off()?,
        };
        if block.is_empty() {
            return Ok(None);
        }
        Ok(Some(match &self.header {
            Some(header) if !header.is_empty() => [&header[..], &block].concat(),
            _ => block,
        }))
    }

    /// Takes back a block that is not needed any more: memory that is in use already is filled faster.
    pub fn give_back(&mut self, mut block: Vec<u8>) {
        block.clear();
        if block.capacity() <= 4 * self.config.block {
            self.spare = Some(block);
        }
    }

    /// What the pattern matches at the start.
    fn match_off(&mut self, pattern: &Regex) -> Result<Vec<u8>, InputError> {
        while !self.buffer.has_ended() && self.buffer.rest().len() < self.config.block {
            let name = &self.name;
            let filled = self.buffer.fill(self.from.as_mut());
            filled.map_err(|error| InputError::Read { name: name.clone(), error })?;
        }
        let rest = self.buffer.rest();
        let end = pattern.find(rest).filter(|found| found.start() == 0).map_or(0, |found| found.end());
        let header = rest[..end].to_vec();
        self.buffer.consume(end);
        Ok(header)
    }

    /// The next `n` records; fewer at the end.
    fn count_off(&mut self, n: u64) -> Result<Vec<u8>, InputError> {
        let (mut counted, mut end, mut searched) = (0, 0, 0);
        while counted < n {
            let rest = self.buffer.rest();
            match self.boundary.first(rest, searched) {
                Some(cut) => {
                    // What begins a record must not be found again as the end of it.
                    (end, searched) = (cut, cut + usize::from(self.boundary.cut == 0));
                    counted += 1;
                }
                None if self.buffer.has_ended() => {
                    end = rest.len();
                    break;
                }
                None => {
                    searched = rest.len().saturating_sub(self.boundary.overlap()).max(searched);
                    let name = &self.name;
                    let filled = self.buffer.fill(self.from.as_mut());
                    match filled.map_err(|error| InputError::Read { name: name.clone(), error }) {
                        Err(error) if counted > 0 && self.header.is_some() => {
                            self.failed = Some(Box::new(error));
                            break;
                        }
                        filled => drop(filled?),
                    }
                }
            }
        }
        let block = self.buffer.rest()[..end].to_vec();
        self.buffer.consume(end);
        Ok(block)
    }

    /// As many records as the size of a block holds, and one at least.
    fn measure_off(&mut self) -> Result<Vec<u8>, InputError> {
        let mut block = self.spare.take().unwrap_or_default();
        block.clear();
        block.append(&mut self.tail);
        let mut target = self.config.block.max(1);
        let mut searched = 0;
        loop {
            let filled = self.fill(&mut block, target);
            if self.ended {
                return Ok(block);
            }
            if let Some(cut) = self.boundary.last(&block, searched) {
                self.failed = filled.err().map(Box::new);
                self.tail.extend_from_slice(&block[cut..]);
                block.truncate(cut);
                return Ok(block);
            }
            filled?;
            searched = block.len().saturating_sub(self.boundary.overlap());
            target = target.saturating_mul(2);
        }
    }

    /// Reads until `block` holds `target` bytes, or the stream ends.
    fn fill(&mut self, block: &mut Vec<u8>, target: usize) -> Result<(), InputError> {
        let missing = target.saturating_sub(block.len());
        if missing > 0 && !self.ended {
            block.reserve_exact(missing);
            // This begins an interrupted read again, and does not clear the memory before.
            let read = (&mut *self.from).take(missing as u64).read_to_end(block);
            let name = &self.name;
            let read = read.map_err(|error| InputError::Read { name: name.clone(), error })?;
            self.ended = read < missing;
        }
        Ok(())
    }
}
