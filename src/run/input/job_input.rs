//! The identity of a job's input: its arguments, or for a job of a stream a hash of its bytes.
//!
//! The joblog stores the hash, so its values must never change: XXH3 of 64 bits. It covers the bytes and not their
//! place in the stream, so that equal bytes have the same identity from any source.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The identity of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum JobInput {
    /// Arguments. The command contains them.
    #[default]
    Arguments,
    /// A block of a stream.
    Block {
        /// The hash of all bytes, including the header.
        hash: u64,
        /// The number of bytes, including the header.
        bytes: u64,
    },
    /// The blocks that a job took of a shared stream (`--round-robin`). A further attempt does not get the same ones.
    Shared,
}

/// The bytes of one read.
const CHUNK: usize = 128 * 1024;

impl JobInput {
    /// The identity of these bytes.
    pub fn block(bytes: &[u8]) -> JobInput {
        JobInput::Block { hash: xxh3_64(bytes), bytes: bytes.len() as u64 }
    }

    /// The identity of a header and a part of a file. Reads the part.
    pub fn part(file: &File, header: &[u8], range: &Range<u64>) -> io::Result<JobInput> {
        let mut hash = Xxh3::new();
        hash.update(header);
        let mut buffer = vec![0; CHUNK];
        let mut at = range.start;
        while at < range.end {
            let most = usize::try_from(range.end - at).unwrap_or(usize::MAX).min(CHUNK);
            file.read_exact_at(&mut buffer[..most], at)?;
            hash.update(&buffer[..most]);
            at += most as u64;
        }
        let bytes = header.len() as u64 + (range.end - range.start);
        Ok(JobInput::Block { hash: hash.digest(), bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn the_hash_is_the_published_one_and_the_same_for_a_part_of_a_file() {
        assert_eq!(JobInput::block(b""), JobInput::Block { hash: 0x2d06_8005_38d3_94c2, bytes: 0 });
        let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        for (header, from, to) in [(0, 0, bytes.len()), (5, 5, 900_001), (7, 500_000, 500_001)] {
            let want = JobInput::block(&[&bytes[..header], &bytes[from..to]].concat());
            assert_eq!(JobInput::part(&file, &bytes[..header], &(from as u64..to as u64)).unwrap(), want);
        }
        assert!(JobInput::part(&file, b"", &(0..bytes.len() as u64 + 1)).is_err());
    }
}
