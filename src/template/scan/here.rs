//! Here-documents. Their bodies begin at the next newline and must not contain a placeholder.

use super::super::error::{Reason, TemplateError};
use super::word::{HOLE, UNKNOWN};
use super::{Scanner, Step};

/// A here-document whose body was not scanned yet.
pub(super) struct Here {
    delimiter: Vec<u8>,
    /// `<<-`
    strip_tabs: bool,
    /// The delimiter was quoted, so the body is plain text.
    quoted: bool,
    depth: usize,
}

impl Scanner<'_> {
    /// `<<` and its delimiter.
    pub(super) fn here_document(&mut self) -> Step {
        let start = self.pos;
        self.pos += 2;
        let strip_tabs = self.peek() == Some(b'-');
        self.pos += usize::from(strip_tabs);
        while self.peek().is_some_and(|b| b" \t".contains(&b)) {
            self.pos += 1;
        }
        let word = self.word()?;
        if let Some(&hole) = word.holes.first() {
            let found = &self.found[hole];
            return Err(self.refuse(found.start, found.end, Reason::HereDocument));
        }
        if word.start == word.end {
            return Err(TemplateError::at(start, Reason::Unterminated("here-document")));
        }
        let raw = &self.text[word.start..word.end];
        let quoted = raw.iter().any(|b| b"'\"\\".contains(b));
        let strange = word.plain.iter().any(|&b| b == UNKNOWN || b == HOLE || b == b'\n');
        self.pending.push(Here { delimiter: word.plain, strip_tabs, quoted, depth: self.depth });
        if strange {
            self.doubt("a here-document with an expansion for its end");
        }
        Ok(())
    }

    /// Scans the bodies that begin here, after a newline.
    pub(super) fn here_bodies(&mut self) -> Step {
        for here in std::mem::take(&mut self.pending) {
            if here.depth != self.depth {
                self.doubt("a here-document across parentheses");
            }
            self.here_body(&here)?;
        }
        Ok(())
    }

    /// Handles the end of a list in parentheses. The bodies of its here-documents should be complete.
    pub(super) fn here_left_open(&mut self) {
        if self.pending.iter().any(|here| here.depth >= self.depth) {
            self.doubt("a here-document across parentheses");
        }
    }

    fn here_body(&mut self, here: &Here) -> Step {
        let start = self.pos;
        while self.pos < self.text.len() {
            let end = memchr::memchr(b'\n', &self.text[self.pos..]).map_or(self.text.len(), |n| self.pos + n);
            let mut line = &self.text[self.pos..end];
            if here.strip_tabs {
                let tabs = line.iter().take_while(|&&b| b == b'\t').count();
                line = &line[tabs..];
            }
            let is_last = line == here.delimiter;
            if !is_last {
                self.look_for(self.pos, end, &Reason::HereDocument)?;
                if !here.quoted && line.ends_with(b"\\") {
                    self.doubt("a broken line in a here-document");
                }
            }
            self.pos = (end + 1).min(self.text.len());
            if is_last {
                return Ok(());
            }
        }
        Err(TemplateError::at(
            start.min(self.text.len().saturating_sub(1)),
            Reason::Unterminated("here-document"),
        ))
    }
}
