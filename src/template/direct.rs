//! Words that are executed directly. apool starts no shell for them, so no byte of a value has a special meaning.
//!
//! The exception is a word that another program runs as code (`sh -c '… {} …'`, `ssh host cat {}`). In code for a
//! shell each value is quoted for its place. In another language it is refused.

use std::ffi::{CStr, CString};

use super::error::{Reason, RenderError, TemplateError};
use super::fill::{self, Scope};
use super::form::Placeholder;
use super::pieces::{self, Piece};
use super::placeholder::Grammar;
use super::programs::{self, Code, Lang, Quoted, Spelled};
use super::quote::Reader;
use super::scan;
use super::script::{self, Part};
use super::size::Size;
use super::syntax::{Pack, Syntax, Values};
use crate::job::Words;

/// A command of words.
#[derive(Clone, Debug)]
pub struct Direct {
    words: Vec<Word>,
    /// The values follow the words, because no word contains a placeholder.
    append: bool,
    pack: Pack,
    /// The size of the constant words, in bytes.
    room: usize,
}

#[derive(Clone, Debug)]
enum Word {
    /// No placeholder.
    Fixed(CString),
    /// Only a placeholder: one word for each value.
    Only(Placeholder),
    Mixed(Vec<Piece>),
    /// Code for a shell.
    Code(Vec<Part>),
}

impl Direct {
    pub(crate) fn parse(words: &[Vec<u8>], syntax: &Syntax) -> Result<Direct, TemplateError> {
        if words.first().is_none_or(Vec::is_empty) {
            return Err(TemplateError::plain(Reason::Empty));
        }
        let grammar = Grammar::new(syntax)?;
        let mut reading = Reading { words, out: Vec::with_capacity(words.len()), grammar, pack: syntax.pack };
        reading.all(&programs::find(words))?;
        let mut append = reading.out.iter().all(|word| matches!(word, Word::Fixed(_)));
        if append {
            // The appended value may be code. It is then checked like a placeholder.
            let base = syntax.base.first().cloned().unwrap_or_default();
            let whole: Vec<Vec<u8>> = words.iter().cloned().chain([base]).collect();
            let codes = programs::find(&whole);
            if codes.iter().any(|code| code.last == words.len()) {
                (reading.words, append) = (&whole, false);
                reading.out.clear();
                reading.all(&codes).map_err(|error| TemplateError { word: None, column: None, ..error })?;
                let Reading { out, .. } = reading;
                let room = words.iter().map(|word| word.len() + 1).sum();
                return Ok(Direct { words: out, append, pack: syntax.pack, room });
            }
        }
        let room = words.iter().map(|word| word.len() + 1).sum();
        Ok(Direct { words: reading.out, append, pack: syntax.pack, room })
    }

    /// See [`super::Template::literal`].
    pub(crate) fn literal(words: &[Vec<u8>], replace: Option<&[u8]>) -> Result<Direct, TemplateError> {
        let mut out = Vec::with_capacity(words.len());
        for (at, word) in words.iter().enumerate() {
            let base = replace.filter(|base| at > 0 && !base.is_empty());
            let pieces = pieces::cut_at(word, base.unwrap_or_default());
            out.push(match &pieces[..] {
                [Piece::Value(placeholder)] => Word::Only(placeholder.clone()),
                [] | [Piece::Text(_)] => Word::Fixed(c_string(word)?),
                _ => Word::Mixed(pieces),
            });
        }
        let room = words.iter().map(|word| word.len() + 1).sum();
        // A job with a replaced text has one value, whose size is then counted exactly.
        Ok(Direct { words: out, append: replace.is_none(), pack: Pack::Repeat, room })
    }

    pub(crate) fn fixed_command(&self) -> Option<&CStr> {
        match self.words.first()? {
            Word::Fixed(word) => Some(word),
            Word::Only(_) | Word::Mixed(_) | Word::Code(_) => None,
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
            Word::Code(parts) => script::any(parts, is),
        })
    }

    /// The size of the command line.
    pub(crate) fn size(&self) -> Size {
        let mut size = Size::default();
        for word in &self.words {
            match word {
                Word::Fixed(word) => size.fixed(word.as_bytes().len()),
                Word::Only(placeholder) => size.alone(placeholder),
                Word::Mixed(pieces) => size.mixed(pieces, self.pack == Pack::Repeat),
                Word::Code(parts) => {
                    size.fixed(0);
                    (size.quoted, size.in_one_word) = (true, true);
                    script::add_size(parts, false, 0, &mut size);
                }
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

/// The state of the parser: the words of a command.
struct Reading<'w> {
    words: &'w [Vec<u8>],
    out: Vec<Word>,
    grammar: Grammar<'w>,
    pack: Pack,
}

impl Reading<'_> {
    fn all(&mut self, codes: &[Code]) -> Result<(), TemplateError> {
        let mut in_code_of_sed = false;
        let mut index = 0;
        while let Some(word) = self.words.get(index) {
            let at = index;
            index += 1;
            let parsed = match codes.iter().find(|code| code.first == at) {
                None => Word::parse(word, &self.grammar, in_code_of_sed),
                Some(code) => match code.lang {
                    Lang::Other(language) => self.other(code, language.name),
                    lang => {
                        index = code.last + 1;
                        let reader = if matches!(lang, Lang::Sh) { Reader::Sh } else { Reader::Login };
                        self.shell(code, reader)
                    }
                },
            };
            let in_word = |error: TemplateError| if error.word.is_some() { error } else { error.in_word(at) };
            self.out.push(parsed.map_err(in_word)?);
            in_code_of_sed |= programs::has_substitutions(word);
        }
        Ok(())
    }

    /// Parses code for a shell, joined to one word. If the code is only a placeholder, the record is the code.
    fn shell(&self, code: &Code, reader: Reader) -> Result<Word, TemplateError> {
        let text = self.words[code.first..=code.last].join(&b' ');
        let (prefix, text) = text.split_at(code.offset);
        let moved = |error| self.moved(code, error);
        let scan = match scan::scan_part(text, &self.grammar) {
            Ok(scan) => scan,
            Err(error) if !error.placeholder.is_empty() || self.has_value(text)? => return Err(moved(error)),
            // The scanner cannot parse the text. Without a placeholder it is passed unchanged.
            Err(_) => return Word::parse(&[prefix, text].concat(), &self.grammar, false),
        };
        let whole = |found: &scan::Found| found.start == 0 && found.end == text.len();
        if scan.found.iter().any(whole) && code.first == code.last {
            return Word::parse(&[prefix, text].concat(), &self.grammar, false);
        }
        if scan.found.is_empty() {
            return Ok(Word::Fixed(c_string(&[prefix, text].concat())?));
        }
        let mut parts = script::parts(text, &scan, self.pack, reader);
        if !prefix.is_empty() {
            parts.insert(0, Part::Text(prefix.into()));
        }
        Ok(Word::Code(parts))
    }

    /// Converts an error in joined words to one in its word.
    fn moved(&self, code: &Code, mut error: TemplateError) -> TemplateError {
        let mut column = error.column.map_or(0, |column| column + code.offset);
        for index in code.first..code.last {
            let len = self.words[index].len();
            if column <= len {
                break;
            }
            column -= len + 1;
            error.word = Some(index + 2);
        }
        error.column = error.column.map(|_| column);
        error
    }

    /// True if a text that the scanner cannot parse contains a placeholder for a value.
    fn has_value(&self, text: &[u8]) -> Result<bool, TemplateError> {
        let pieces = pieces::cut(text, &self.grammar, false)?;
        Ok(pieces.iter().any(|piece| matches!(piece, Piece::Value(placeholder) if !placeholder.is_number())))
    }

    /// Parses code in another language, which may contain a number but no value.
    fn other(&self, code: &Code, language: &'static str) -> Result<Word, TemplateError> {
        let mut first = None;
        for index in code.first..=code.last {
            let offset = if index == code.first { code.offset } else { 0 };
            let (word, holes) = self.holes(index, offset, code)?;
            if let Some(hole) = holes.first() {
                let shown: Vec<Quoted> = self.words.iter().map(|word| self.shown(word)).collect();
                let way = if code.first == index {
                    programs::way_out(&shown, code, &self.words[code.first], &holes)
                } else {
                    programs::advice(&self.words[code.program], code, &hole.text)
                };
                let reason = Reason::Language(programs::title(self.words, code), language, way);
                let placeholder = hole.text.clone();
                let error = TemplateError { placeholder, ..TemplateError::at(hole.at, reason) };
                return Err(error.in_word(index));
            }
            first.get_or_insert(word);
        }
        first.ok_or_else(|| TemplateError::plain(Reason::Empty))
    }

    /// The word with its placeholders, and the placeholders for values from `offset` on. `<>` is not a placeholder in
    /// code.
    fn holes(&self, index: usize, offset: usize, code: &Code) -> Result<(Word, Vec<Spelled>), TemplateError> {
        let word = &self.words[index];
        let many = code.first < code.last;
        let blocks = programs::has_substitutions(&self.words[code.program]);
        let mut holes = Vec::new();
        let mut pieces = Vec::new();
        let (mut at, mut start) = (0, 0);
        while at < word.len() {
            let found = self.grammar.at(word, at, blocks)?;
            let Some((placeholder, len)) =
                found.filter(|(_, len)| many || !self.grammar.is_angle(&word[at..at + len]))
            else {
                at += 1;
                continue;
            };
            if at >= offset && !placeholder.is_number() {
                holes.push(Spelled { at, len, text: word[at..at + len].to_vec() });
            }
            pieces.push(Piece::Text(word[start..at].into()));
            pieces.push(Piece::Value(placeholder));
            at += len;
            start = at;
        }
        if pieces.is_empty() {
            return Ok((Word::Fixed(c_string(word)?), holes));
        }
        pieces.push(Piece::Text(word[start..].into()));
        Ok((Word::Mixed(pieces), holes))
    }

    /// A word for a message. A placeholder that is a whole word has no quotes.
    fn shown(&self, word: &[u8]) -> Quoted {
        match self.grammar.at(word, 0, false) {
            Ok(Some((_, len))) if len == word.len() => Quoted::Raw(word.to_vec()),
            _ => Quoted::Word(word.to_vec()),
        }
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

    /// True if the word contains no value of the input. Such a word is not repeated.
    fn is_constant(&self) -> bool {
        let constant = |placeholder: &Placeholder| !placeholder.is_repeated();
        match self {
            // The repeated words are inside the code.
            Word::Fixed(_) | Word::Code(_) => true,
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
                fill::each(placeholder, values, scope, &mut |value| nul |= argv.push(value).is_err())?;
                if nul {
                    return Err(RenderError::Nul);
                }
            }
            Word::Mixed(pieces) => {
                argv.push(&pieces::fill(pieces, values, scope)?)?;
            }
            Word::Code(parts) => {
                let mut code = Vec::new();
                script::put_all(parts, values, scope, &mut code)?;
                argv.push(&code)?;
            }
        }
        Ok(())
    }
}

fn c_string(word: &[u8]) -> Result<CString, TemplateError> {
    CString::new(word).map_err(|error| TemplateError::at(error.nul_position(), Reason::Nul))
}
