//! Words that are code for another shell. The text inside their quotes is scanned by the same rules, one level
//! deeper.

use super::super::error::{Reason, TemplateError};
use super::super::programs::{self, Code, Lang, Quoted, Spelled};
use super::super::quote::Reader;
use super::hazard;
use super::word::{HOLE, UNKNOWN, Word};
use super::{Mark, Place, Scan, Scanner, Step};

/// A word that is code for another shell. It is replaced by its contents, filled and in single quotes.
#[derive(Clone, Debug)]
pub(crate) struct CodeWord {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The text before the code in the word: `--command=`.
    pub(crate) prefix: Vec<u8>,
    pub(crate) text: Vec<u8>,
    pub(crate) scan: Scan,
    /// The shell that runs the code.
    pub(crate) reader: Reader,
    /// Later words of the same code, which were joined to the first one.
    pub(crate) gone: Vec<(usize, usize)>,
}

impl Scanner<'_> {
    /// Finds the words of a simple command that are code, and scans those with placeholders.
    pub(super) fn codes(&mut self, words: &[Word]) -> Step {
        let names: Vec<Vec<u8>> = words.iter().map(hazard::known).collect();
        for code in self.find_code(words, &names)? {
            self.refuse_nested(&code, words, &names)?;
            self.code(&code, words, &names)?;
        }
        Ok(())
    }

    fn code(&mut self, code: &Code, words: &[Word], names: &[Vec<u8>]) -> Step {
        let range = &words[code.first..=code.last];
        let value = |scanner: &Self, hole: usize| !scanner.found[hole].placeholder.is_number();
        let holes = range.iter().flat_map(|word| word.holes.iter().copied());
        let reader = match code.lang {
            Lang::Sh => Reader::Sh,
            Lang::Login => Reader::Login,
            Lang::Other(_) => return self.other(code, words, names),
        };
        let Some(first) = holes.clone().find(|&hole| value(self, hole)) else { return Ok(()) };
        // The record is the command.
        if range.len() == 1 && range[0].plain.get(code.offset..) == Some(&[HOLE][..]) {
            return Ok(());
        }
        let title = programs::title(names, code);
        if range.iter().any(|word| !word.exact) {
            let found = &self.found[first];
            return Err(self.refuse(found.start, found.end, Reason::Dynamic(title)));
        }
        let holes: Vec<usize> = holes.collect();
        let (mut text, marks) = self.inside(range);
        let offset = code.offset;
        if marks.iter().any(|mark| mark.start < offset) {
            let found = &self.found[holes[0]];
            return Err(self.refuse(found.start, found.end, Reason::Dynamic(title)));
        }
        let prefix: Vec<u8> = text.drain(..offset).collect();
        let marks: Vec<Mark> = marks
            .into_iter()
            .map(|mark| Mark { start: mark.start - offset, end: mark.end - offset, ..mark })
            .collect();
        let inner =
            self.deeper(|scanner| super::read(&text, scanner.grammar, Some(&marks), scanner.depth, false));
        let scan = inner.map_err(|error| self.out_of(&error, &marks, &holes, range[0].start))?;
        for &hole in &holes {
            self.found[hole].place = Place::Elsewhere;
        }
        let gone = range[1..].iter().map(|word| (word.start, word.end)).collect();
        let (start, end) = (range[0].start, range[0].end);
        self.codes.push(CodeWord { start, end, prefix, text, scan, reader, gone });
        Ok(())
    }

    /// What a substitution with a value in it gives is read as code, unless it is all the code.
    fn refuse_nested(&mut self, code: &Code, words: &[Word], names: &[Vec<u8>]) -> Step {
        let range = &words[code.first..=code.last];
        if range.len() == 1 && range[0].plain.get(code.offset..) == Some(&[UNKNOWN][..]) {
            return Ok(());
        }
        match range.iter().find_map(|word| self.nested_values(word).pop()) {
            Some(hole) => {
                let found = &self.found[hole];
                Err(self.refuse(found.start, found.end, Reason::Dynamic(programs::title(names, code))))
            }
            None => Ok(()),
        }
    }

    /// The words without their quotes, joined by blanks, with each placeholder as it is written.
    fn inside(&self, words: &[Word]) -> (Vec<u8>, Vec<Mark>) {
        let mut text = Vec::new();
        let mut marks = Vec::new();
        for (index, word) in words.iter().enumerate() {
            if index > 0 {
                text.push(b' ');
            }
            let mut holes = word.holes.iter();
            for &byte in &word.plain {
                match holes.as_slice().first().filter(|_| byte == HOLE) {
                    Some(&hole) => {
                        holes.next();
                        let start = text.len();
                        text.extend_from_slice(self.spelling(hole));
                        let placeholder = self.found[hole].placeholder.clone();
                        marks.push(Mark { start, end: text.len(), placeholder });
                    }
                    None => text.push(byte),
                }
            }
        }
        (text, marks)
    }

    /// The text of a placeholder, without the backslash that was removed before it.
    fn spelling(&self, hole: usize) -> &[u8] {
        let found = &self.found[hole];
        let text = &self.text[found.start..found.end];
        let begins = self.placeholder_at(found.start).is_ok_and(|found| found.is_some());
        if begins || found.place != Place::Open { text } else { &text[1..] }
    }

    /// Converts an error inside a word to one at the placeholder in this text.
    fn out_of(&self, error: &TemplateError, marks: &[Mark], holes: &[usize], start: usize) -> TemplateError {
        let at = error.column.map(|column| column - 1);
        let mark = marks.iter().position(|mark| Some(mark.start) == at);
        match mark.map(|mark| holes[mark]) {
            Some(hole) if !error.placeholder.is_empty() => {
                let found = &self.found[hole];
                self.refuse(found.start, found.end, error.reason.clone())
            }
            _ => TemplateError::at(start, error.reason.clone()),
        }
    }

    /// Refuses a value in code of another language.
    fn other(&mut self, code: &Code, words: &[Word], names: &[Vec<u8>]) -> Step {
        let Lang::Other(language) = code.lang else { return Ok(()) };
        let range = &words[code.first..=code.last];
        // `a <> b` is SQL and `while (<>)` is Perl, so <> is no placeholder here, unless -I asks for it.
        for &hole in range.iter().flat_map(|word| &word.holes) {
            if range.len() == 1 && self.grammar.is_angle(self.spelling(hole)) {
                self.found[hole].place = Place::Elsewhere;
            }
        }
        let counts = |hole: &usize| {
            let found = &self.found[*hole];
            found.place != Place::Elsewhere && !found.placeholder.is_number()
        };
        let Some(&first) = range.iter().flat_map(|word| &word.holes).find(|hole| counts(hole)) else {
            return Ok(());
        };
        let (text, marks) = self.inside(&range[..1]);
        let holes: Vec<Spelled> = marks
            .iter()
            .filter(|mark| mark.start >= code.offset)
            .map(|mark| Spelled {
                at: mark.start,
                len: mark.end - mark.start,
                text: text[mark.start..mark.end].to_vec(),
            })
            .collect();
        let shown: Vec<Quoted> = words.iter().map(|word| self.shown(word)).collect();
        let way = if self.is_all(words) {
            programs::way_out(&shown, code, &text, &holes)
        } else {
            programs::advice(&names[code.program], code, self.spelling(first))
        };
        let found = &self.found[first];
        let reason = Reason::Language(programs::title(names, code), language.name, way);
        Err(self.refuse(found.start, found.end, reason))
    }

    /// True when these words are the whole template, with no other command, redirection or quotes around them.
    fn is_all(&self, words: &[Word]) -> bool {
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
        let blank = |text: &[u8]| text.trim_ascii().is_empty();
        let between = words.windows(2).all(|pair| blank(&self.text[pair[0].end..pair[1].start]));
        let around = blank(&self.text[..first.start]) && blank(&self.text[last.end..]);
        self.is_template && self.depth == 0 && between && around
    }

    fn shown(&self, word: &Word) -> Quoted {
        if self.marks.is_some() && word.exact {
            return Quoted::Word(self.inside(std::slice::from_ref(word)).0);
        }
        Quoted::Raw(self.text[word.start..word.end].to_vec())
    }
}
