//! Finds the placeholders of a shell command and their places: unquoted, inside `"…"` or inside `'…'`.
//!
//! This is a scanner, not a parser, for the common syntax of sh and bash. It tracks quotes, substitutions, comments,
//! here-documents and `case`, which decide the meaning of a quote character. It records the words of each simple
//! command, because some commands run their words as code. A placeholder in any other place is refused. If shells
//! parse a text differently, a placeholder in the rest of it is refused, too: a refusal costs the author a rewrite,
//! but a wrong guess would run a value as code.

mod code;
mod expansion;
mod hazard;
mod here;
mod list;
mod nested;
mod word;

use std::collections::HashMap;

use super::error::{Reason, TemplateError};
use super::form::Placeholder;
use super::placeholder::Grammar;
use here::Here;

pub(crate) use code::CodeWord;

/// The maximum depth of nested substitutions. It is more than people write, and fits on a small stack.
const DEEPEST: usize = 60;

/// The quotes around a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Open,
    Double,
    Single,
    /// Any place: a number, which is inserted unchanged.
    Raw,
    /// Not filled here, because it is in a [`CodeWord`] or is text.
    Elsewhere,
}

/// A placeholder in a script.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Its range in the text, including an unquoted backslash before it.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) placeholder: Placeholder,
    pub(crate) place: Place,
    /// A backslash precedes it inside `"…"` and must not escape the inserted quote.
    pub(crate) backslash: bool,
    /// The range of its shell word.
    pub(crate) word: (usize, usize),
    /// It is a whole unquoted word.
    pub(crate) alone: bool,
    /// It is a whole unquoted word where a plain value needs no quotes.
    pub(crate) bare: bool,
}

/// The range of a placeholder in the original text, for a text that was built from it.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) placeholder: Placeholder,
}

/// The result of a scan.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) found: Vec<Found>,
    /// Words that are code for another shell, with placeholders in them.
    pub(crate) codes: Vec<CodeWord>,
    /// A placeholder is in a comment. It is not filled, but no value is appended to the script.
    pub(crate) in_comment: bool,
    /// The text ends in a comment. No value is appended, which leaves the record out: `cmd #`.
    pub(crate) ends_in_comment: bool,
    pub(crate) end: End,
}

/// The meaning of an argument after the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// No argument can follow.
    Closed,
    Argument,
    /// It would be code for another program. Set only if there is no placeholder.
    Code,
}

pub(crate) struct Scanner<'a> {
    /// The text is the whole template.
    is_template: bool,
    text: &'a [u8],
    pos: usize,
    grammar: &'a Grammar<'a>,
    /// The places of the placeholders, if the text is the contents of a word.
    marks: Option<&'a [Mark]>,
    found: Vec<Found>,
    codes: Vec<CodeWord>,
    in_comment: bool,
    /// The end of the last comment.
    last_comment: Option<usize>,
    end: End,
    /// The position from which shells may parse the text differently.
    doubt: Option<&'static str>,
    /// Here-documents whose bodies begin after the next newline, with the depth of their opening.
    pending: Vec<Here>,
    depth: usize,
    /// In the arguments of sed or perl.
    in_code_of_sed: bool,
    /// The known result for `((` at a position: arithmetic or not. It avoids exponential time for nested ones.
    arithmetic: HashMap<usize, bool>,
}

type Step<T = ()> = Result<T, TemplateError>;

/// Scans a whole script.
pub(crate) fn scan(text: &[u8], grammar: &Grammar<'_>) -> Result<Scan, TemplateError> {
    if let Some(at) = memchr::memchr(0, text) {
        return Err(TemplateError::at(at, Reason::Nul));
    }
    read(text, grammar, None, 0, true)
}

/// Reads a whole script that is a part of a command.
pub(crate) fn scan_part(text: &[u8], grammar: &Grammar<'_>) -> Result<Scan, TemplateError> {
    if let Some(at) = memchr::memchr(0, text) {
        return Err(TemplateError::at(at, Reason::Nul));
    }
    read(text, grammar, None, 0, false)
}

fn read(
    text: &[u8],
    grammar: &Grammar<'_>,
    marks: Option<&[Mark]>,
    depth: usize,
    is_template: bool,
) -> Step<Scan> {
    let mut scanner = Scanner {
        is_template,
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
    let ends_in_comment = scanner.in_last_comment();
    let Scanner { found, mut codes, in_comment, end, .. } = scanner;
    codes.sort_by_key(|code| code.start);
    Ok(Scan { found, codes, in_comment, ends_in_comment, end })
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

    /// The placeholder at `at`, and the position after it.
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

    /// Records a placeholder and continues after it.
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

    /// Refuses a placeholder where no quoting is correct. A number is allowed.
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

    /// Refuses the placeholders after the first `before`, except numbers.
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

    /// Runs `f` one level deeper, up to the maximum depth.
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
