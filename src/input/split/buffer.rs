//! A contiguous buffer of bytes that were read but not split yet.

use std::io::{self, Read};

/// The maximum size of a read, in bytes: the capacity of a pipe.
const READ: usize = 64 * 1024;
/// The size of the first reads, in bytes, until one returns all bytes that it asked for. It makes short inputs start faster.
const FIRST: usize = 4 * 1024;
/// The memory that an empty buffer keeps, in bytes. A long record may need more, which is freed afterwards.
const KEEP: usize = 1024 * 1024;

/// A buffer that is filled at its end and consumed at its start.
#[derive(Debug, Default)]
pub struct Buffer {
    /// All bytes are initialised. The contents are `start..end`.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    /// A read returned all bytes that it asked for.
    plenty: bool,
}

impl Buffer {
    /// The bytes not yet consumed.
    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// The position of the rest, for [`Buffer::slice`].
    pub fn start(&self) -> usize {
        self.start
    }

    /// Bytes by position. Only filling changes positions.
    pub fn slice(&self, from: usize, to: usize) -> &[u8] {
        &self.bytes[from..to]
    }

    /// Removes `n` bytes from the start of the rest.
    pub fn consume(&mut self, n: usize) {
        self.start += n;
    }

    /// True if no more bytes will be added.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Marks the end: no more bytes will be added.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len(), 0);
        self.bytes[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Appends the bytes of one read, which may block. The end of the stream ends the buffer. An interrupted read is
    /// restarted.
    pub fn fill(&mut self, from: &mut dyn Read) -> io::Result<()> {
        // A partial record before the new bytes must not double the memory.
        let (least, most) = if self.plenty { (READ / 2, READ) } else { (FIRST, FIRST) };
        self.make_room(least, most);
        let to = self.bytes.len().min(self.end + most);
        let asked = to - self.end;
        loop {
            match from.read(&mut self.bytes[self.end..to]) {
                Ok(0) => self.ended = true,
                Ok(n) => {
                    self.end += n;
                    self.plenty |= n == asked;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }

    /// Moves the rest to the front, and grows if that is not enough. The size doubles, so the cost of copying is linear. `size`:
    /// the minimum size after growing, in bytes.
    fn make_room(&mut self, n: usize, size: usize) {
        if self.start == self.end && self.bytes.len() > KEEP {
            self.bytes = Vec::new();
        } else if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
        }
        self.end -= self.start;
        self.start = 0;
        let need = self.end + n;
        if self.bytes.len() < need {
            self.bytes.resize(need.max(self.bytes.len() * 2).max(size), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Interrupted(bool);

    impl Read for Interrupted {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.0 = !self.0;
            if self.0 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            into[..2].copy_from_slice(b"ab");
            Ok(2)
        }
    }

    #[test]
    fn an_interrupted_read_is_begun_again() {
        let mut buffer = Buffer::default();
        buffer.fill(&mut Interrupted(false)).unwrap();
        buffer.consume(1);
        buffer.fill(&mut Interrupted(false)).unwrap();
        assert_eq!((buffer.rest(), buffer.has_ended()), (&b"bab"[..], false));
        buffer.fill(&mut io::empty()).unwrap();
        assert_eq!((buffer.rest(), buffer.has_ended()), (&b"bab"[..], true));
    }

    #[test]
    fn a_short_input_takes_little_memory_and_a_long_one_no_more_than_it_needs() {
        let mut buffer = Buffer::default();
        buffer.fill(&mut &b"a\n"[..]).unwrap();
        assert_eq!((buffer.rest(), buffer.bytes.len()), (&b"a\n"[..], FIRST));
        let mut long = io::repeat(b'x').take(1 << 20);
        let mut read = 0;
        while !buffer.has_ended() {
            read += buffer.rest().len() - buffer.rest().len().min(100);
            // The last bytes are the beginning of a record.
            buffer.consume(buffer.rest().len().saturating_sub(100));
            buffer.fill(&mut long).unwrap();
            assert!(buffer.bytes.len() <= READ, "{}", buffer.bytes.len());
        }
        assert_eq!(read + buffer.rest().len(), (1 << 20) + 2);
    }

    #[test]
    fn a_long_record_is_given_back() {
        let mut buffer = Buffer::default();
        buffer.push(&vec![b'x'; 3 * KEEP]);
        assert!(buffer.bytes.len() >= 3 * KEEP);
        buffer.consume(3 * KEEP);
        buffer.push(b"y");
        assert!(buffer.bytes.len() < KEEP);
        assert_eq!(buffer.rest(), b"y");
    }
}
