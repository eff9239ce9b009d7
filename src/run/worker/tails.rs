//! The ends of the outputs of an attempt, whether they are printed when the job ends or line by line.

use crate::exec::{Capture, Stream};
use crate::run::records::attempt_facts::Tails;

/// The ends of the lines that were printed while the job ran.
#[derive(Debug, Default)]
pub struct LineTails {
    out: Vec<u8>,
    err: Vec<u8>,
}

impl LineTails {
    /// Adds lines.
    pub fn add(&mut self, stream: Stream, bytes: &[u8]) {
        let tail = if stream == Stream::Stdout { &mut self.out } else { &mut self.err };
        tail.extend_from_slice(&bytes[bytes.len().saturating_sub(Tails::MAX)..]);
        if tail.len() > 2 * Tails::MAX {
            tail.drain(..tail.len() - Tails::MAX);
        }
    }

    /// The ends of these lines and of the output that was captured. An output is in one of the two.
    pub fn finish(self, out: &Capture, err: &Capture) -> Tails {
        let tail = |mut lines: Vec<u8>, captured: &Capture| {
            lines.extend(captured.tail(Tails::MAX).unwrap_or_default());
            lines.split_off(lines.len().saturating_sub(Tails::MAX))
        };
        Tails { out: tail(self.out, out), err: tail(self.err, err) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bytes_are_kept() {
        let mut tails = LineTails::default();
        let all: Vec<u8> = (0..40_000u32).map(|n| (n % 251) as u8).collect();
        for piece in all.chunks(700) {
            tails.add(Stream::Stdout, piece);
        }
        tails.add(Stream::Stderr, b"short");
        let tails = tails.finish(&Capture::default(), &Capture::default());
        assert_eq!(tails.out, all[all.len() - Tails::MAX..]);
        assert_eq!(tails.err, b"short");
        let tails = LineTails::default().finish(&Capture::Memory(all.clone()), &Capture::default());
        assert_eq!((&tails.out[..], tails.err.len()), (&all[all.len() - Tails::MAX..], 0));
    }
}
