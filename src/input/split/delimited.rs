//! Records that end in a fixed byte string. It is optional after the last record.

use memchr::memmem::Finder;

use super::buffer::Buffer;
use super::record::Step;

/// The state of the parser.
#[derive(Debug)]
pub(super) struct Delimited {
    end: End,
    join: bool,
    /// The number of bytes of the rest that were searched. A long record in small pieces is then searched only once.
    searched: usize,
    /// The range of the record in the buffer.
    from: usize,
    to: usize,
    /// The joined lines that end in a blank.
    joined: Vec<u8>,
    /// The last record is `joined`, which is cleared before the next one.
    is_joined: bool,
}

#[derive(Debug)]
enum End {
    Byte(u8),
    Bytes(Box<Finder<'static>>),
}

impl Delimited {
    /// Records that end in `end`.
    pub(super) fn new(end: &[u8], join: bool) -> Delimited {
        let end = match end {
            [byte] => End::Byte(*byte),
            bytes => End::Bytes(Box::new(Finder::new(bytes).into_owned())),
        };
        Delimited { end, join, searched: 0, from: 0, to: 0, joined: Vec::new(), is_joined: false }
    }

    /// The joined bytes of an incomplete record.
    pub(super) fn unfinished(&self) -> usize {
        if self.is_joined { 0 } else { self.joined.len() }
    }

    /// Splits off the next record.
    #[inline]
    pub(super) fn advance(&mut self, buffer: &mut Buffer) -> Step {
        if !self.join {
            return self.cut(buffer);
        }
        if std::mem::take(&mut self.is_joined) {
            self.joined.clear();
        }
        loop {
            match self.cut(buffer) {
                Step::Item => {}
                Step::Pending => return Step::Pending,
                Step::End if self.joined.is_empty() => return Step::End,
                Step::End => {
                    self.is_joined = true;
                    return Step::Item;
                }
            }
            let line = buffer.slice(self.from, self.to);
            let goes_on = matches!(line.last(), Some(b' ' | b'\t'));
            if goes_on || !self.joined.is_empty() {
                self.joined.extend_from_slice(line);
                self.is_joined = !goes_on;
            }
            if !goes_on {
                return Step::Item;
            }
        }
    }

    /// The record of the last step.
    #[inline]
    pub(super) fn record<'a>(&'a self, buffer: &'a Buffer) -> &'a [u8] {
        if self.is_joined { &self.joined } else { buffer.slice(self.from, self.to) }
    }

    #[inline]
    fn cut(&mut self, buffer: &mut Buffer) -> Step {
        let rest = buffer.rest();
        let unseen = &rest[self.searched..];
        let (found, width) = match &self.end {
            End::Byte(byte) => (memchr::memchr(*byte, unseen), 1),
            End::Bytes(finder) => (finder.find(unseen), finder.needle().len()),
        };
        let (length, used) = match found {
            Some(at) => (self.searched + at, self.searched + at + width),
            None if buffer.has_ended() && !rest.is_empty() => (rest.len(), rest.len()),
            None if buffer.has_ended() => return Step::End,
            None => {
                // A partial end at the end of the buffer is searched again.
                self.searched = rest.len().saturating_sub(width - 1);
                return Step::Pending;
            }
        };
        self.searched = 0;
        self.from = buffer.start();
        self.to = self.from + length;
        buffer.consume(used);
        Step::Item
    }
}
