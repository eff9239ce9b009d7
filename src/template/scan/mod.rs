//! Where the placeholders of a shell command stand: in the open, inside `"…"` or inside `'…'`.
//!
//! A scanner of the syntax that sh and bash share, not a parser of it: it follows quotes, substitutions, comments,
//! here-documents and `case`, because those decide what a quote character means, and it notes the words of each simple
//! command, because some commands read their words as code. A placeholder anywhere else than in those three places is
//! refused. Where shells read a text differently the rest of it is in doubt, and a placeholder there is refused too: a
//! refusal costs its author a rewrite, a wrong guess runs a value as code.

mod hazard;
mod here;
mod list;
mod nested;
mod word;

use std::collections::HashMap;

use super::error::{Reason, TemplateError};
use super::placeholder::{Grammar, Placeholder};
use here::Here;

/// How deep substitutions may nest: more than anyone writes, and little enough for a small stack.
const DEEPEST: usize = 60;

/// The quotes around a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Open,
    Double,
    Single,
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

/// A script that was read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) found: Vec<Found>,
    /// A placeholder stands in a comment: it is not filled, but it says that no value is to be added at the end.
    pub(crate) in_comment: bool,
    /// An argument may follow the last word.
    pub(crate) open_end: bool,
}

pub(crate) struct Scanner<'a> {
    text: &'a [u8],
    pos: usize,
    grammar: &'a Grammar<'a>,
    found: Vec<Found>,
    in_comment: bool,
    /// Where the last comment ended.
    last_comment: Option<usize>,
    open_end: bool,
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
    let mut scanner = Scanner {
        text,
        pos: 0,
        grammar,
        found: Vec::new(),
        in_comment: false,
        last_comment: None,
        open_end: false,
        doubt: None,
        pending: Vec::new(),
        depth: 0,
        in_code_of_sed: false,
        arithmetic: HashMap::new(),
    };
    scanner.list(list::Stop::End)?;
    Ok(Scan { found: scanner.found, in_comment: scanner.in_comment, open_end: scanner.open_end })
}

/// The first placeholder of a text that some shell will read as code, and its length.
pub(crate) fn first_placeholder(
    text: &[u8],
    grammar: &Grammar<'_>,
) -> Result<Option<(usize, usize)>, TemplateError> {
    let written = |error: &TemplateError| Some((error.column? - 1, error.placeholder.len()));
    match scan(text, grammar) {
        Ok(scan) => Ok(scan.found.first().map(|found| (found.start, found.end - found.start))),
        Err(error) if !error.placeholder.is_empty() => Ok(written(&error)),
        // Not a text that sh would read: look at the bytes alone.
        Err(_) => {
            for at in 0..text.len() {
                if let Some((_, len)) = grammar.at(text, at, false)? {
                    return Ok(Some((at, len)));
                }
            }
            Ok(None)
        }
    }
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
        let found = self.grammar.at(self.text, at, self.in_code_of_sed)?;
        Ok(found.map(|(placeholder, len)| (placeholder, at + len)))
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
            return Err(self.refuse(start, end, Reason::Doubtful(what)));
        }
        let word = (start, end);
        self.found.push(Found { start, end, placeholder, place, backslash, word, alone: false, bare: false });
        self.pos = end;
        Ok(())
    }

    /// Refuses what was found since there were `before`.
    fn refuse_since(&self, before: usize, reason: Reason) -> Step {
        match self.found.get(before) {
            Some(found) => Err(self.refuse(found.start, found.end, reason)),
            None => Ok(()),
        }
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
