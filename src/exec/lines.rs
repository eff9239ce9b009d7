//! Cuts a stream of bytes into whole lines, for output that is shown while the job runs. Pure.
//!
//! Bytes without a newline wait for it. A line longer than [`LINE_MAX`] is passed on in parts, so that a job without
//! newlines cannot fill the memory.

/// The largest part of a line that waits for its end, in bytes.
pub const LINE_MAX: usize = 1 << 20;
/// The space for one read, in bytes.
const READ_SIZE: usize = 16 * 1024;

/// The bytes that wait for the end of their line.
#[derive(Debug, Default)]
pub struct Lines {
    incomplete: Vec<u8>,
    /// The part from here on was not searched for a newline.
    searched: usize,
}

impl Lines {
    /// The buffer, with space at its end for one read. Call [`Lines::take`] after the read.
    pub fn room(&mut self) -> &mut Vec<u8> {
        self.incomplete.reserve(READ_SIZE.min(LINE_MAX - self.incomplete.len()));
        &mut self.incomplete
    }

    /// Passes on all whole lines in one piece, or a part of a line that is too long.
    pub fn take(&mut self, each: &mut dyn FnMut(&[u8])) {
        let end = match memchr::memrchr(b'\n', &self.incomplete[self.searched..]) {
            Some(at) => self.searched + at + 1,
            None if self.incomplete.len() >= LINE_MAX => self.incomplete.len(),
            None => {
                self.searched = self.incomplete.len();
                return;
            }
        };
        each(&self.incomplete[..end]);
        self.incomplete.drain(..end);
        self.searched = self.incomplete.len();
        if self.incomplete.is_empty() && self.incomplete.capacity() > 4 * READ_SIZE {
            self.incomplete = Vec::new();
        }
    }

    /// The end of the stream: passes on a last line without a newline, unchanged.
    pub fn finish(&mut self, each: &mut dyn FnMut(&[u8])) {
        if !self.incomplete.is_empty() {
            each(&std::mem::take(&mut self.incomplete));
            self.searched = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(chunks: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let (mut lines, mut got) = (Lines::default(), Vec::new());
        for chunk in chunks {
            let mut left = &chunk[..];
            while !left.is_empty() {
                let room = lines.room();
                let n = left.len().min(room.capacity() - room.len());
                room.extend_from_slice(&left[..n]);
                left = &left[n..];
                lines.take(&mut |piece| got.push(piece.to_vec()));
            }
        }
        lines.finish(&mut |piece| got.push(piece.to_vec()));
        got
    }

    #[test]
    fn a_line_waits_for_its_end() {
        let got = cut(&[b"a\nb".to_vec(), b"c".to_vec(), b"\n\nd".to_vec()]);
        assert_eq!(got, [&b"a\n"[..], b"bc\n\n", b"d"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_cut() {
        let got = cut(&[vec![b'x'; 2 * LINE_MAX + 5], b"\n".to_vec()]);
        assert_eq!(got.iter().map(Vec::len).collect::<Vec<_>>(), [LINE_MAX, LINE_MAX, 6]);
    }

    proptest! {
        #[test]
        fn any_chunks_give_whole_lines_and_every_byte(
            chunks in proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..50), 0..20),
        ) {
            let got = cut(&chunks);
            prop_assert_eq!(got.concat(), chunks.concat());
            for piece in got.iter().rev().skip(1) {
                prop_assert_eq!(piece.last(), Some(&b'\n'));
            }
        }
    }
}
