//! Words that are executed as they are: no shell reads them, so no byte of a value means anything.
//!
//! The one way a value could still become code is a template that names a shell itself, `sh -c '… {} …'`; that is found
//! and refused here.

use std::ffi::{CStr, CString};

use super::error::{Reason, RenderError, TemplateError};
use super::fill::Scope;
use super::foreign;
use super::pieces::{self, Piece};
use super::placeholder::{Grammar, Placeholder};
use super::size::Size;
use super::syntax::{Pack, Syntax, Values};
use crate::job::Words;

/// A command of words.
#[derive(Clone, Debug)]
pub struct Direct {
    words: Vec<Word>,
    /// The values follow the words, because no word holds a placeholder.
    append: bool,
    pack: Pack,
    /// What the words take that stand there whatever the values.
    room: usize,
}

#[derive(Clone, Debug)]
enum Word {
    /// No placeholder.
    Fixed(CString),
    /// Nothing but a placeholder: a word each value.
    Only(Placeholder),
    Mixed(Vec<Piece>),
}

impl Direct {
    pub(crate) fn parse(words: &[Vec<u8>], syntax: &Syntax) -> Result<Direct, TemplateError> {
        if words.first().is_none_or(Vec::is_empty) {
            return Err(TemplateError::plain(Reason::Empty));
        }
        let grammar = Grammar::new(syntax)?;
        let code = foreign::code_words(words);
        let mut out = Vec::with_capacity(words.len());
        let mut in_code_of_sed = false;
        for (index, word) in words.iter().enumerate() {
            let parsed = match code.iter().find(|(at, _)| *at == index) {
                Some((_, program)) => code_word(word, &grammar, program),
                None => Word::parse(word, &grammar, in_code_of_sed),
            };
            out.push(parsed.map_err(|error| error.in_word(index))?);
            in_code_of_sed |= foreign::has_substitutions(word);
        }
        let append = out.iter().all(|word| matches!(word, Word::Fixed(_)));
        let room = words.iter().map(|word| word.len() + 1).sum();
        Ok(Direct { words: out, append, pack: syntax.pack, room })
    }

    pub(crate) fn fixed_command(&self) -> Option<&CStr> {
        match self.words.first()? {
            Word::Fixed(word) => Some(word),
            Word::Only(_) | Word::Mixed(_) => None,
        }
    }

    pub(crate) fn appends(&self) -> bool {
        self.append
    }

    pub(crate) fn any(&self, is: fn(&Placeholder) -> bool) -> bool {
        self.words.iter().any(|word| match word {
            Word::Fixed(_) => false,
            Word::Only(placeholder) => is(placeholder),
            Word::Mixed(pieces) => pieces::any(pieces, is),
        })
    }

    /// How long the command line becomes.
    pub(crate) fn size(&self) -> Size {
        let mut size = Size::default();
        for word in &self.words {
            match word {
                Word::Fixed(word) => size.fixed(word.as_bytes().len()),
                Word::Only(placeholder) => size.alone(placeholder),
                Word::Mixed(pieces) => size.mixed(pieces, self.pack == Pack::Repeat),
            }
        }
        if self.append {
            size.alone(&Placeholder::whole());
        }
        size
    }

    pub(crate) fn render(&self, values: &Values<'_>) -> Result<Words, RenderError> {
        let mut argv = Words::with_room(self.room + values.args.bytes());
        for word in &self.words {
            match word {
                Word::Fixed(word) => argv.push_c(word),
                _ if self.pack == Pack::Join || values.args.records() < 2 => {
                    word.render(values, Scope::Job(values.args), &mut argv)?;
                }
                _ if word.is_constant() => word.render(values, Scope::Job(values.args), &mut argv)?,
                _ => {
                    for scope in Scope::of_records(values.args) {
                        word.render(values, scope, &mut argv)?;
                    }
                }
            }
        }
        if self.append {
            Word::Only(Placeholder::whole()).render(values, Scope::Job(values.args), &mut argv)?;
        }
        Ok(argv)
    }
}

/// A word that another shell reads as code: a record may be all of it, not a part.
fn code_word(word: &[u8], grammar: &Grammar<'_>, program: &str) -> Result<Word, TemplateError> {
    match super::scan::first_placeholder(word, grammar)? {
        Some((at, len)) if len < word.len() => {
            let placeholder = word[at..at + len].to_vec();
            let reason = Reason::Code(program.to_owned());
            Err(TemplateError { placeholder, ..TemplateError::at(at, reason) })
        }
        Some(_) => Word::parse(word, grammar, false),
        None => Ok(Word::Fixed(c_string(word)?)),
    }
}

impl Word {
    fn parse(word: &[u8], grammar: &Grammar<'_>, code: bool) -> Result<Word, TemplateError> {
        let mut pieces = pieces::cut(word, grammar, code)?;
        match (pieces.len(), pieces.pop()) {
            (0, _) | (_, None) => Ok(Word::Fixed(CString::default())),
            (1, Some(Piece::Text(_))) => Ok(Word::Fixed(c_string(word)?)),
            (1, Some(Piece::Value(placeholder))) => Ok(Word::Only(placeholder)),
            (_, Some(last)) => {
                pieces.push(last);
                Ok(Word::Mixed(pieces))
            }
        }
    }

    /// True when no value of the input is in it: such a word is not repeated.
    fn is_constant(&self) -> bool {
        let constant = |placeholder: &Placeholder| !matches!(placeholder, Placeholder::Value(..));
        match self {
            Word::Fixed(_) => true,
            Word::Only(placeholder) => constant(placeholder),
            Word::Mixed(pieces) => pieces.iter().all(|piece| match piece {
                Piece::Text(_) => true,
                Piece::Value(placeholder) => constant(placeholder),
            }),
        }
    }

    fn render(&self, values: &Values<'_>, scope: Scope<'_>, argv: &mut Words) -> Result<(), RenderError> {
        match self {
            Word::Fixed(word) => argv.push_c(word),
            Word::Only(placeholder) => {
                let mut nul = false;
                placeholder.each(values, scope, &mut |value| nul |= argv.push(value).is_err())?;
                if nul {
                    return Err(RenderError::Nul);
                }
            }
            Word::Mixed(pieces) => {
                argv.push(&pieces::fill(pieces, values, scope)?)?;
            }
        }
        Ok(())
    }
}

fn c_string(word: &[u8]) -> Result<CString, TemplateError> {
    CString::new(word).map_err(|error| TemplateError::at(error.nul_position(), Reason::Nul))
}
