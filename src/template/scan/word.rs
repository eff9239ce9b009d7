//! One shell word, with the quotes and expansions in it.

use super::super::error::{Reason, TemplateError};
use super::list::Stop;
use super::{Place, Scanner, Step};

/// What stands for a placeholder in [`Word::plain`]; the template itself holds no NUL.
pub(super) const HOLE: u8 = 0;
/// What stands for an expansion there.
pub(super) const UNKNOWN: u8 = 1;

/// A word that was read.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Without its quotes.
    pub(super) plain: Vec<u8>,
    /// Its own placeholders, not those of commands nested in it: indices into the scanner's list.
    pub(super) holes: Vec<usize>,
    /// `plain` is what every shell makes of it: no expansion, no pattern, no quotes that only some know.
    pub(super) exact: bool,
}

impl Word {
    pub(super) fn at(start: usize) -> Word {
        Word { start, end: start, plain: Vec::new(), holes: Vec::new(), exact: true }
    }

    /// An expansion, whose text is not known here.
    fn unknown(&mut self) {
        self.plain.push(UNKNOWN);
        self.exact = false;
    }
}

/// A byte that ends a word in the open.
pub(super) fn ends_word(byte: Option<u8>) -> bool {
    byte.is_none_or(|b| b" \t\n;&|()<>".contains(&b))
}

impl Scanner<'_> {
    /// Reads a word from the current byte, which is not one that ends words (or begins a placeholder).
    pub(super) fn word(&mut self) -> Step<Word> {
        let mut word = Word::at(self.pos);
        loop {
            if self.own_word_placeholder(&mut word)? {
                break;
            }
            if self.is_process() {
                self.pos += 2;
                word.unknown();
                self.deeper(|scanner| scanner.list(Stop::Parenthesis))?;
                continue;
            }
            if ends_word(self.peek()) {
                break;
            }
            if let Some((placeholder, end)) = self.placeholder_at(self.pos)? {
                self.hole(&mut word, self.pos, end, placeholder, Place::Open, false)?;
                continue;
            }
            match self.peek() {
                Some(b'\\') => self.backslash(&mut word)?,
                Some(b'\'') => self.single(&mut word)?,
                Some(b'"') => self.double(&mut word)?,
                Some(b'`') => self.backticks(&mut word)?,
                Some(b'$') => self.dollar(&mut word, Place::Open)?,
                Some(byte) => {
                    word.exact &= !self.is_pattern(byte, word.start);
                    word.plain.push(byte);
                    self.pos += 1;
                }
                None => break,
            }
        }
        word.end = self.pos;
        Ok(word)
    }

    /// True for a byte in the open of a word from `start` on that a shell may expand: patterns, braces, `~` and zsh's `=`.
    fn is_pattern(&self, byte: u8, start: usize) -> bool {
        // In a word that goes on for long the answer is the careful one.
        let closed_by = |end: u8| {
            let rest = &self.text[self.pos + 1..self.text.len().min(self.pos + 256)];
            let len = rest.iter().take_while(|byte| !ends_word(Some(**byte))).count();
            len == 255 || rest[..len].iter().skip(1).any(|byte| *byte == end)
        };
        match byte {
            b'*' | b'?' => true,
            b'[' => closed_by(b']'),
            b'{' => closed_by(b'}'),
            b'~' => self.pos == start || self.byte(self.pos - 1).is_some_and(|b| b"=:".contains(&b)),
            b'=' => self.pos == start,
            _ => false,
        }
    }

    /// A placeholder that begins with an operator, as `<>` does, counts in the open only as a word of its own.
    fn own_word_placeholder(&mut self, word: &mut Word) -> Step<bool> {
        if self.pos != word.start || !self.is_own_word(self.pos)? {
            return Ok(false);
        }
        if let Some((placeholder, end)) = self.placeholder_at(self.pos)? {
            self.hole(word, self.pos, end, placeholder, Place::Open, false)?;
        }
        Ok(true)
    }

    /// True when a placeholder that begins with an operator stands at `at`, as a word of its own.
    pub(super) fn is_own_word(&self, at: usize) -> Step<bool> {
        let before = at.checked_sub(1).and_then(|before| self.byte(before));
        if !self.byte(at).is_some_and(|b| b";&|()<>".contains(&b))
            || before.is_some_and(|b| !b" \t\n;&|(".contains(&b))
        {
            return Ok(false);
        }
        let end = self.placeholder_at(at)?.map(|(_, end)| self.byte(end));
        Ok(end.is_some_and(|after| after.is_none_or(|b| b" \t\n;&|)".contains(&b))))
    }

    fn hole(
        &mut self,
        word: &mut Word,
        start: usize,
        end: usize,
        placeholder: super::Placeholder,
        place: Place,
        backslash: bool,
    ) -> Step {
        word.holes.push(self.found.len());
        word.plain.push(HOLE);
        self.take(start, end, placeholder, place, backslash)
    }

    /// A backslash in the open. Before a placeholder it would escape the quote put there: it is dropped, as the shell drops it.
    fn backslash(&mut self, word: &mut Word) -> Step {
        let at = self.pos;
        if let Some((placeholder, end)) = self.placeholder_at(at + 1)? {
            return self.hole(word, at, end, placeholder, Place::Open, false);
        }
        match self.byte(at + 1) {
            None => return Err(TemplateError::at(at, Reason::Unterminated("backslash"))),
            Some(b'\n') => self.check_continuation(at),
            Some(byte) => word.plain.push(byte),
        }
        self.pos += 2;
        Ok(())
    }

    /// A backslash and a newline vanish; when that joins two halves of an operator, the rest is in doubt.
    pub(super) fn check_continuation(&mut self, at: usize) {
        let before = at.checked_sub(1).and_then(|before| self.byte(before));
        let after = self.byte(at + 2);
        if before.is_some_and(|b| b"$<(".contains(&b)) && after.is_some_and(|b| b"({['\"<-\\".contains(&b)) {
            self.doubt("an operator broken by a backslash");
        }
        if before == Some(b'$') {
            self.doubt("a $ followed by a broken line");
        }
    }

    fn single(&mut self, word: &mut Word) -> Step {
        let start = self.pos;
        self.pos += 1;
        loop {
            // `${1}` is the shell's in every quoting: it may be code that another shell is given.
            if self.is_parameter() {
                word.plain.extend_from_slice(b"${");
                self.pos += 2;
                continue;
            }
            if let Some((placeholder, end)) = self.placeholder_at(self.pos)? {
                self.hole(word, self.pos, end, placeholder, Place::Single, false)?;
                continue;
            }
            match self.peek() {
                None => return Err(TemplateError::at(start, Reason::Unterminated("single quote"))),
                Some(b'\'') => break,
                Some(byte) => word.plain.push(byte),
            }
            self.pos += 1;
        }
        self.pos += 1;
        Ok(())
    }

    /// True at `<(` and `>(`, which are part of a word.
    pub(super) fn is_process(&self) -> bool {
        self.starts(b"<(") || self.starts(b">(")
    }

    /// True at `${` and what may begin the name of a parameter.
    pub(super) fn is_parameter(&self) -> bool {
        let name = |b: u8| b.is_ascii_alphanumeric() || b"_#!@*?-$".contains(&b);
        self.starts(b"${") && self.byte(self.pos + 2).is_some_and(name)
    }

    pub(super) fn double(&mut self, word: &mut Word) -> Step {
        let start = self.pos;
        self.pos += 1;
        loop {
            if let Some((placeholder, end)) = self.placeholder_at(self.pos)? {
                self.hole(word, self.pos, end, placeholder, Place::Double, false)?;
                continue;
            }
            match self.peek() {
                None => return Err(TemplateError::at(start, Reason::Unterminated("double quote"))),
                Some(b'"') => break,
                Some(b'\\') => self.backslash_in_double(word)?,
                Some(b'`') => self.backticks(word)?,
                Some(b'$') => self.dollar(word, Place::Double)?,
                Some(byte) => {
                    word.plain.push(byte);
                    self.pos += 1;
                }
            }
        }
        self.pos += 1;
        Ok(())
    }

    fn backslash_in_double(&mut self, word: &mut Word) -> Step {
        let at = self.pos;
        if let Some((placeholder, end)) = self.placeholder_at(at + 1)? {
            word.plain.push(b'\\');
            return self.hole(word, at + 1, end, placeholder, Place::Double, true);
        }
        match self.byte(at + 1) {
            Some(byte @ (b'$' | b'`' | b'"' | b'\\')) => {
                word.plain.push(byte);
                self.pos += 2;
            }
            Some(b'\n') => {
                self.check_continuation(at);
                self.pos += 2;
            }
            _ => {
                word.plain.push(b'\\');
                self.pos += 1;
            }
        }
        Ok(())
    }

    /// `` `…` ``: ends at the first backtick without a backslash, whatever quotes stand inside.
    pub(super) fn backticks(&mut self, word: &mut Word) -> Step {
        let start = self.pos;
        self.pos += 1;
        word.unknown();
        loop {
            if let Some((placeholder, end)) = self.placeholder_at(self.pos)? {
                self.reject(self.pos, end, placeholder, Reason::Backticks)?;
                continue;
            }
            match self.peek() {
                None => return Err(TemplateError::at(start, Reason::Unterminated("backtick"))),
                Some(b'`') => break,
                Some(b'\\') => {
                    if let Some((placeholder, end)) = self.placeholder_at(self.pos + 1)? {
                        self.reject(self.pos + 1, end, placeholder, Reason::Backticks)?;
                        continue;
                    }
                    self.pos += 2;
                }
                Some(_) => self.pos += 1,
            }
        }
        self.pos += 1;
        Ok(())
    }

    /// Everything that begins with `$`.
    pub(super) fn dollar(&mut self, word: &mut Word, place: Place) -> Step {
        let next = self.byte(self.pos + 1);
        match next {
            Some(b'(') => {
                word.unknown();
                return self.deeper(Scanner::substitution);
            }
            Some(b'{') => {
                word.unknown();
                return self.deeper(|scanner| scanner.parameter(place == Place::Double));
            }
            Some(b'[') => {
                word.unknown();
                return self.deeper(Scanner::old_arithmetic);
            }
            Some(b'\'') if place == Place::Open => return self.ansi(word),
            _ => {}
        }
        if place == Place::Open
            && let Some((placeholder, end)) = self.placeholder_at(self.pos + 1)?
        {
            word.unknown();
            return self.reject(self.pos + 1, end, placeholder, Reason::AfterDollar);
        }
        // `$$` and its like are whole: what follows is no longer after a dollar. `$"…"` is read as `"…"`, but begins here.
        let special = next.is_some_and(|b| b"$?!#@*-0123456789".contains(&b));
        // In double quotes a dollar before a quote or another sign is one, in every shell.
        let literal = next.is_none_or(|b| {
            b.is_ascii_whitespace() || (place == Place::Double && b"'\"/|,.;)]&".contains(&b))
        });
        if literal {
            word.plain.push(b'$');
        } else {
            word.unknown();
        }
        self.pos += if special { 2 } else { 1 };
        if !special && next.is_some_and(|b| b.is_ascii_alphabetic() || b == b'_') {
            let name = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
            self.pos += self.text[self.pos..].iter().take_while(name).count();
        }
        Ok(())
    }

    /// `$'…'`, which sh without it reads as a dollar and a plain `'…'`.
    fn ansi(&mut self, word: &mut Word) -> Step {
        let start = self.pos;
        self.pos += 2;
        word.exact = false;
        loop {
            if let Some((placeholder, end)) = self.placeholder_at(self.pos)? {
                self.reject(self.pos, end, placeholder, Reason::AnsiC)?;
                continue;
            }
            match self.peek() {
                None => return Err(TemplateError::at(start, Reason::Unterminated("single quote"))),
                Some(b'\'') => break,
                Some(b'\\') => {
                    if self.byte(self.pos + 1) == Some(b'\'') {
                        self.doubt("an escaped quote in $'...'");
                    }
                    word.unknown();
                    if let Some((placeholder, end)) = self.placeholder_at(self.pos + 1)? {
                        self.reject(self.pos + 1, end, placeholder, Reason::AnsiC)?;
                        continue;
                    }
                    self.pos += 2;
                }
                Some(byte) => {
                    word.plain.push(byte);
                    self.pos += 1;
                }
            }
        }
        self.pos += 1;
        Ok(())
    }
}
