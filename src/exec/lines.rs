//! Cuts a stream of bytes into whole lines, for output that is shown while the job runs. Pure.
//!
//! What has no newline yet waits for it. A line above [`LINE_MAX`] is handed on in pieces, so that a job that writes
//! without newlines cannot fill the memory.

/// How much of one line waits for its end.
pub const LINE_MAX: usize = 1 << 20;
/// Room for one read.
const READ_SIZE: usize = 16 * 1024;

/// The bytes that wait for the end of their line.
#[derive(Debug, Default)]
pub struct Lines {
    incomplete: Vec<u8>,
    /// What begins here was not searched for a newline yet.
    searched: usize,
}

impl Lines {
    /// Room at the end for one read; call [`Lines::take`] when something was added.
    pub fn room(&mut self) -> &mut Vec<u8> {
        self.incomplete.reserve(READ_SIZE.min(LINE_MAX - self.incomplete.len()));
        &mut self.incomplete
    }

    /// Hands on all whole lines in one piece, or a line that is too long to wait.
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

    /// The stream has ended: hands on a last line without a newline, as it is.
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
