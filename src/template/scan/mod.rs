//! Where the placeholders of a shell command stand: in the open, inside `"…"` or inside `'…'`.
//!
//! A scanner of the syntax that sh and bash share, not a parser of it: it follows quotes, substitutions, comments,
//! here-documents and `case`, because those decide what a quote character means, and it notes the words of each simple
//! command, because some commands read their words as code. A placeholder anywhere else than in those three places is
//! refused. Where shells read a text differently the rest of it is in doubt, and a placeholder there is refused too: a
//! refusal costs its author a rewrite, a wrong guess runs a value as code.

mod code;
mod hazard;
mod here;
mod list;
mod nested;
mod word;

use std::collections::HashMap;

use super::error::{Reason, TemplateError};
use super::placeholder::{Grammar, Placeholder};
use here::Here;

pub(crate) use code::CodeWord;

/// How deep substitutions may nest: more than anyone writes, and little enough for a small stack.
const DEEPEST: usize = 60;

/// The quotes around a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Open,
    Double,
    Single,
    /// Anywhere: a number, which is put as it is.
    Raw,
    /// It is not filled here: it stands in a [`CodeWord`], or is text after all.
    Elsewhere,
}

/// A placeholder in a script.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The bytes it takes, a backslash before it in the open included.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) placeholder: Placeholder,
    pub(crate) place: Place,
    /// A lone backslash stands before it inside `"…"`; it must not escape the quote that is put after it.
    pub(crate) backslash: bool,
    /// The shell word it stands in.
    pub(crate) word: (usize, usize),
    /// It is a whole word in the open.
    pub(crate) alone: bool,
    /// It is such a word, and a plain value needs no quotes there.
    pub(crate) bare: bool,
}

/// A placeholder of a text that was made of another: where it stands in this one.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) placeholder: Placeholder,
}

/// A script that was read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) found: Vec<Found>,
    /// Words that are code for another shell, with placeholders in them.
    pub(crate) codes: Vec<CodeWord>,
    /// A placeholder stands in a comment: it is not filled, but it says that no value is to be added at the end.
    pub(crate) in_comment: bool,
    pub(crate) end: End,
}

/// What an argument behind the last word would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// None can follow.
    Closed,
    Argument,
    /// A part of code for another program; told only when there is no placeholder.
    Code,
}

pub(crate) struct Scanner<'a> {
    text: &'a [u8],
    pos: usize,
    grammar: &'a Grammar<'a>,
    /// Where the placeholders are, in a text that is the inside of a word.
    marks: Option<&'a [Mark]>,
    found: Vec<Found>,
    codes: Vec<CodeWord>,
    in_comment: bool,
    /// Where the last comment ended.
    last_comment: Option<usize>,
    end: End,
    /// From here on shells may read the text differently.
    doubt: Option<&'static str>,
    /// Here-documents whose bodies begin after the next newline, with the depth they were opened at.
    pending: Vec<Here>,
    depth: usize,
    /// In the arguments of sed or perl.
    in_code_of_sed: bool,
    /// Whether `((` at a position is arithmetic, so that no text is tried twice at every level.
    arithmetic: HashMap<usize, bool>,
}

type Step<T = ()> = Result<T, TemplateError>;

/// Reads a whole script.
pub(crate) fn scan(text: &[u8], grammar: &Grammar<'_>) -> Result<Scan, TemplateError> {
    if let Some(at) = memchr::memchr(0, text) {
        return Err(TemplateError::at(at, Reason::Nul));
    }
    read(text, grammar, None, 0)
}

fn read(text: &[u8], grammar: &Grammar<'_>, marks: Option<&[Mark]>, depth: usize) -> Step<Scan> {
    let mut scanner = Scanner {
        text,
        pos: 0,
        grammar,
        marks,
        found: Vec::new(),
        codes: Vec::new(),
        in_comment: false,
        last_comment: None,
        end: End::Closed,
        doubt: None,
        pending: Vec::new(),
        depth,
        in_code_of_sed: false,
        arithmetic: HashMap::new(),
    };
    scanner.list(list::Stop::End)?;
    let Scanner { found, mut codes, in_comment, end, .. } = scanner;
    codes.sort_by_key(|code| code.start);
    Ok(Scan { found, codes, in_comment, end })
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.pos).copied()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    fn starts(&self, with: &[u8]) -> bool {
        self.text[self.pos..].starts_with(with)
    }

    /// The placeholder at `at` and the byte after it.
    fn placeholder_at(&self, at: usize) -> Step<Option<(Placeholder, usize)>> {
        if at >= self.text.len() {
            return Ok(None);
        }
        let Some(marks) = self.marks else {
            let found = self.grammar.at(self.text, at, self.in_code_of_sed)?;
            return Ok(found.map(|(placeholder, len)| (placeholder, at + len)));
        };
        let Ok(mark) = marks.binary_search_by_key(&at, |mark| mark.start) else { return Ok(None) };
        let mark = &marks[mark];
        if self.in_code_of_sed && mark.placeholder.is_substitution() {
            return Ok(None);
        }
        Ok(Some((mark.placeholder.clone(), mark.end)))
    }

    fn refuse(&self, start: usize, end: usize, reason: Reason) -> TemplateError {
        TemplateError { placeholder: self.text[start..end].to_vec(), ..TemplateError::at(start, reason) }
    }

    /// Notes a placeholder and goes on behind it.
    fn take(
        &mut self,
        start: usize,
        end: usize,
        placeholder: Placeholder,
        place: Place,
        backslash: bool,
    ) -> Step {
        if let Some(what) = self.doubt {
            return self.reject(start, end, placeholder, Reason::Doubtful(what));
        }
        let word = (start, end);
        let (alone, bare) = (false, false);
        self.found.push(Found { start, end, placeholder, place, backslash, word, alone, bare });
        self.pos = end;
        Ok(())
    }

    /// Refuses a placeholder where no quoting is right; a number is put there as it is.
    fn reject(&mut self, start: usize, end: usize, placeholder: Placeholder, reason: Reason) -> Step {
        if !placeholder.is_number() {
            return Err(self.refuse(start, end, reason));
        }
        let (word, place, backslash) = ((start, end), Place::Raw, false);
        let (alone, bare) = (false, false);
        self.found.push(Found { start, end, placeholder, place, backslash, word, alone, bare });
        self.pos = end;
        Ok(())
    }

    /// Refuses what was found since there were `before`; numbers stay as they are.
    fn refuse_since(&mut self, before: usize, reason: Reason) -> Step {
        for index in before..self.found.len() {
            let found = &mut self.found[index];
            if !found.placeholder.is_number() {
                let (start, end) = (found.start, found.end);
                return Err(self.refuse(start, end, reason));
            }
            found.place = Place::Raw;
        }
        Ok(())
    }

    fn doubt(&mut self, what: &'static str) {
        self.doubt.get_or_insert(what);
    }

    /// One level down, with a limit.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        if self.depth >= DEEPEST {
            return Err(TemplateError::at(self.pos, Reason::TooDeep));
        }
        self.depth += 1;
        let outer = self.in_code_of_sed;
        let result = read(self);
        self.in_code_of_sed = outer;
        self.depth -= 1;
        result
    }
}

#[cfg(test)]
mod tests;
