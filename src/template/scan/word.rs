//! One shell word with its quotes and expansions.

use super::super::error::{Reason, TemplateError};
use super::list::Stop;
use super::{Place, Scanner, Step};

/// The byte for a placeholder in [`Word::plain`]. A template contains no NUL.
pub(super) const HOLE: u8 = 0;
/// The byte for an expansion in [`Word::plain`].
pub(super) const UNKNOWN: u8 = 1;

/// A scanned word.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The text without its quotes.
    pub(super) plain: Vec<u8>,
    /// Its placeholders, as indices into the list of the scanner, without those of nested commands.
    pub(super) holes: Vec<usize>,
    /// Every shell gives `plain`: there is no expansion, no pattern, and no quoting of certain shells only.
    pub(super) exact: bool,
    /// An expansion in it may make no word of it, or several.
    pub(super) splits: bool,
}

impl Word {
    pub(super) fn at(start: usize) -> Word {
        Word { start, end: start, plain: Vec::new(), holes: Vec::new(), exact: true, splits: false }
    }

    /// Records an expansion, whose text is unknown.
    fn unknown(&mut self) {
        self.plain.push(UNKNOWN);
        self.exact = false;
    }
}

/// True for a byte that ends an unquoted word.
pub(super) fn ends_word(byte: Option<u8>) -> bool {
    byte.is_none_or(|b| b" \t\n;&|()<>".contains(&b))
}

impl Scanner<'_> {
    /// Scans a word from the current byte, which does not end a word, or begins a placeholder.
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
                Some(b'`') => {
                    word.splits = true;
                    self.backticks(&mut word)?;
                }
                Some(b'$') => {
                    word.splits |= !matches!(self.byte(self.pos + 1), Some(b'\'' | b'"'));
                    self.dollar(&mut word, Place::Open)?;
                }
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

    /// True for an unquoted byte that a shell may expand in a word from `start`: patterns, braces, `~` and the `=` of
    /// zsh.
    fn is_pattern(&self, byte: u8, start: usize) -> bool {
        // For a very long word the answer is the safe one.
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

    /// Outside of quotes, a placeholder that begins with an operator, such as `<>`, must be a whole word.
    fn own_word_placeholder(&mut self, word: &mut Word) -> Step<bool> {
        if self.pos != word.start || !self.is_own_word(self.pos)? {
            return Ok(false);
        }
        if let Some((placeholder, end)) = self.placeholder_at(self.pos)? {
            self.hole(word, self.pos, end, placeholder, Place::Open, false)?;
        }
        Ok(true)
    }

    /// True if a placeholder that begins with an operator is at `at`, as a whole word.
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

    /// An unquoted backslash. Before a placeholder it would escape the inserted quote, so it is removed, as the shell
    /// removes it.
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

    /// The shell removes a backslash and a newline. If that joins the halves of an operator, the rest of the text is
    /// in doubt.
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
            // `${1}` belongs to the shell in all quotes, because the text may be code for another shell.
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

    /// True at `${` followed by a possible name of a parameter.
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
                Some(b'$') => {
                    let from = self.pos;
                    self.dollar(word, Place::Double)?;
                    let expansion = &self.text[from..self.pos];
                    word.splits |= [&b"$@"[..], b"${@"].iter().any(|all| expansion.starts_with(all))
                        || memchr::memmem::find(expansion, b"[@]").is_some();
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

    /// `` `…` ``. It ends at the first backtick without a backslash, even inside quotes.
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

    /// All expansions with `$`.
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
        // `$$` and similar ones are complete: a quote after them is not after a dollar. `$"…"` is scanned as `"…"`,
        // from here.
        let special = next.is_some_and(|b| b"$?!#@*-0123456789".contains(&b));
        // In double quotes, a dollar before a quote or another sign is literal in every shell.
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

    /// `$'…'`. A shell without it takes it as a dollar and `'…'`.
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
