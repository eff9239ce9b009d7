//! `--pipe`: splits a stream into blocks of whole records. `pipe/file.rs` does the same for a file (`--pipe-part`).
//!
//! Only the ends of records are searched, so the speed is that of copying. A block ends at the last end of a record within
//! its size; a longer record makes a longer block. The receiver owns a block. This module keeps at most two blocks and one
//! partial record in memory.

use std::io::{Cursor, Read};

use regex::bytes::Regex;

use super::error::InputError;
use super::split::Buffer;

mod boundary;
mod file;

#[cfg(test)]
mod tests;

use boundary::Boundary;

pub use boundary::PipeConfig;
pub use file::FileBlocks;

/// A stream of blocks.
pub struct BlockReader {
    from: Box<dyn Read + Send>,
    /// The file, for messages; `None` is standard input.
    name: Option<Vec<u8>>,
    config: PipeConfig,
    boundary: Boundary,
    header: Option<Vec<u8>>,
    /// `--header REGEX`: its match at the start is the header.
    pattern: Option<Regex>,
    /// The bytes that were read but not returned, if records are counted.
    buffer: Buffer,
    /// The start of the next block, if blocks have a size.
    tail: Vec<u8>,
    /// A returned block, for reuse.
    spare: Option<Vec<u8>>,
    ended: bool,
    /// An error of the stream. It is reported after the complete records before it.
    failed: Option<Box<InputError>>,
}

impl BlockReader {
    /// The blocks of a stream. `name`: for messages; `None` is standard input.
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

    /// Uses the match of `pattern` at the start, within the first block, as the header.
    #[must_use]
    pub fn with_header(mut self, pattern: Regex) -> BlockReader {
        (self.header, self.pattern) = (None, Some(pattern));
        self
    }

    /// The next block: the header and at least one record. `None` at the end. Blocks until the block is full or the stream has
    /// ended. An error is returned after the complete records before it.
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
                self.read_rest_again();
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

    /// Takes back a block for reuse: filling mapped memory is faster.
    pub fn give_back(&mut self, mut block: Vec<u8>) {
        block.clear();
        if block.capacity() <= 4 * self.config.block {
            self.spare = Some(block);
        }
    }

    /// Puts what was read behind the header in front of the stream, so that the size of a read does not decide where a
    /// block is cut.
    fn read_rest_again(&mut self) {
        let rest = Cursor::new(self.buffer.rest().to_vec());
        let from = std::mem::replace(&mut self.from, Box::new(std::io::empty()));
        // A terminal that has ended would wait for a second end.
        self.from = if self.buffer.has_ended() { Box::new(rest) } else { Box::new(rest.chain(from)) };
        self.buffer = Buffer::default();
    }

    /// What the pattern matches at the start, within the size of a block.
    fn match_off(&mut self, pattern: &Regex) -> Result<Vec<u8>, InputError> {
        while !self.buffer.has_ended() && self.buffer.rest().len() < self.config.block {
            let name = &self.name;
            let filled = self.buffer.fill(self.from.as_mut());
            filled.map_err(|error| InputError::Read { name: name.clone(), error })?;
        }
        let rest = self.buffer.rest();
        let rest = &rest[..rest.len().min(self.config.block)];
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
                    // The start of a record must not be found again as its end.
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

    /// The records that fit into a block, at least one.
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

    /// Reads until `block` has `target` bytes or the stream ends.
    fn fill(&mut self, block: &mut Vec<u8>, target: usize) -> Result<(), InputError> {
        let missing = target.saturating_sub(block.len());
        if missing > 0 && !self.ended {
            block.reserve_exact(missing);
            // `read_to_end` restarts an interrupted read, and does not clear the memory first.
            let read = (&mut *self.from).take(missing as u64).read_to_end(block);
            let name = &self.name;
            let read = read.map_err(|error| InputError::Read { name: name.clone(), error })?;
            self.ended = read < missing;
        }
        Ok(())
    }
}
