//! Text for a shell. Each value is quoted for its place.
//!
//! Outside of quotes a value is put in single quotes. Inside `"…"` and `'…'` the quotes are closed, the value is
//! inserted in single quotes, and the quotes are opened again. A plain value is inserted without quotes if the result
//! is the same.

use super::error::{Reason, RenderError, TemplateError};
use super::fill::{self, Scope};
use super::form::Placeholder;
use super::pieces::{self, Piece};
use super::placeholder::Grammar;
use super::quote::{self, Reader};
use super::scan::{self, CodeWord, End, Found, Place, Scan};
use super::size::Size;
use super::syntax::{Pack, ROOM_FOR_SHELL, Shell, Syntax, Values};
use crate::job::Words;
use std::ffi::{CStr, CString};

/// A script with placeholders.
#[derive(Clone, Debug)]
pub struct Script {
    shell: Shell,
    parts: Vec<Part>,
    /// The values follow the text, because it contains no placeholder.
    append: bool,
}

/// A piece of text for a shell.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Text(Box<[u8]>),
    Value(Hole),
    /// A word that is repeated for each record.
    Word(Vec<Part>),
    /// A word that is code for another shell. It is filled, and then quoted for the shell that runs the text around
    /// it.
    Code(Vec<Part>, Reader),
}

/// The place of a value.
#[derive(Clone, Debug)]
pub(crate) struct Hole {
    reader: Reader,
    placeholder: Placeholder,
    place: Place,
    backslash: bool,
    /// Each value is a word.
    alone: bool,
    /// A plain value needs no quotes of its own.
    bare: bool,
}

impl Script {
    pub(crate) fn parse(text: &[u8], syntax: &Syntax, shell: &Shell) -> Result<Script, TemplateError> {
        if let Some(name) = shell.unlike_sh() {
            let name = String::from_utf8_lossy(&name).into_owned();
            return Err(TemplateError::plain(Reason::Shell(name)));
        }
        let grammar = Grammar::new(syntax)?;
        let text = pieces::without_last_newlines(text);
        if text.trim_ascii().is_empty() {
            return Err(TemplateError::plain(Reason::Empty));
        }
        let scan = scan::scan(text, &grammar)?;
        if scan.end == End::Code {
            // The appended value is part of code. It is checked like a placeholder.
            let base = syntax.base.first().map(Vec::as_slice).unwrap_or_default();
            let whole = [text, b" ", base].concat();
            let scan =
                scan::scan(&whole, &grammar).map_err(|error| TemplateError { column: None, ..error })?;
            let parts = parts(&whole, &scan, syntax.pack, Reader::Sh);
            return Ok(Script { shell: shell.clone(), parts, append: false });
        }
        let append = scan.found.is_empty() && !scan.in_comment && !scan.ends_in_comment;
        if append && scan.end == End::Closed {
            return Err(TemplateError::plain(Reason::NoPlace));
        }
        let parts = parts(text, &scan, syntax.pack, Reader::Sh);
        Ok(Script { shell: shell.clone(), parts, append })
    }

    /// Text whose values are all quoted as arguments, wherever they are. Words end at blanks.
    pub(crate) fn arguments(text: &[u8], syntax: &Syntax, shell: &Shell) -> Result<Script, TemplateError> {
        let grammar = Grammar::new(syntax)?;
        let text = pieces::without_last_newlines(text);
        let append = !pieces::any(&pieces::cut(text, &grammar, false)?, |_| true);
        let mut parts = Vec::new();
        for (index, word) in text.split(|&byte| byte == b' ').enumerate() {
            if index > 0 {
                parts.push(Part::Text(b" ".as_slice().into()));
            }
            let cut = pieces::cut(word, &grammar, false)?;
            let alone = cut.len() == 1;
            let is_value = pieces::any(&cut, Placeholder::is_repeated);
            let word: Vec<Part> = cut.into_iter().map(|piece| Part::of_argument(piece, alone)).collect();
            if is_value && syntax.pack == Pack::Repeat {
                parts.push(Part::Word(word));
            } else {
                parts.extend(word);
            }
        }
        Ok(Script { shell: shell.clone(), parts, append })
    }

    pub(crate) fn fixed_command(&self) -> Option<&CStr> {
        self.shell.argv.first().map(CString::as_c_str)
    }

    pub(crate) fn shell(&self) -> &Shell {
        &self.shell
    }

    pub(crate) fn appends(&self) -> bool {
        self.append
    }

    pub(crate) fn any(&self, is: fn(&Placeholder) -> bool) -> bool {
        any(&self.parts, is)
    }

    /// The size of the command line. The text is one word with any values.
    pub(crate) fn size(&self) -> Size {
        let mut size = Size { quoted: true, in_one_word: true, ..Size::default() };
        self.shell.argv.iter().for_each(|word| size.fixed(word.as_bytes().len()));
        size.fixed(0);
        add_size(&self.parts, false, 0, &mut size);
        if self.append {
            size.in_text(&Placeholder::whole(), 0, 0);
        }
        size
    }

    pub(crate) fn render(&self, values: &Values<'_>) -> Result<Words, RenderError> {
        let script = self.script(values)?;
        let mut argv = Words::with_room(script.len() + ROOM_FOR_SHELL);
        self.shell.put_into(&mut argv);
        argv.push(&script)?;
        Ok(argv)
    }

    fn script(&self, values: &Values<'_>) -> Result<Vec<u8>, RenderError> {
        let mut out = Vec::with_capacity(256);
        let scope = Scope::Job(values.args);
        put_all(&self.parts, values, scope, &mut out)?;
        if self.append {
            fill::each(&Placeholder::whole(), values, scope, &mut |value| {
                out.push(b' ');
                quote(&mut out, value, true, Reader::Sh);
            })?;
        }
        Ok(out)
    }
}

impl Part {
    /// A piece of a word, with its values quoted as arguments. `alone`: the word is only this piece.
    fn of_argument(piece: Piece, alone: bool) -> Part {
        match piece {
            Piece::Text(text) => Part::Text(text),
            Piece::Value(placeholder) => Part::Value(Hole {
                reader: Reader::Sh,
                placeholder,
                place: Place::Open,
                backslash: false,
                alone,
                bare: true,
            }),
        }
    }
}

pub(crate) fn any(parts: &[Part], is: fn(&Placeholder) -> bool) -> bool {
    parts.iter().any(|part| match part {
        Part::Text(_) => false,
        Part::Value(hole) => is(&hole.placeholder),
        Part::Word(parts) | Part::Code(parts, _) => any(parts, is),
    })
}

/// Adds the size of the parts. `levels`: the levels of quotes around them.
pub(crate) fn add_size(parts: &[Part], repeated: bool, levels: usize, size: &mut Size) {
    for part in parts {
        match part {
            Part::Text(text) if repeated => size.bytes_each += quote::nested(text, levels),
            Part::Text(text) => size.bytes += quote::nested(text, levels),
            Part::Value(hole) => {
                size.in_text(&hole.placeholder, hole.quotes() * 6_usize.pow(levels.min(6) as u32), levels);
            }
            Part::Word(parts) => {
                size.bytes_each += 1;
                add_size(parts, true, levels, size);
            }
            Part::Code(parts, _) => add_size(parts, repeated, levels + 1, size),
        }
    }
}

/// Fills the parts and appends them to `out`.
pub(crate) fn put_all(
    parts: &[Part],
    values: &Values<'_>,
    scope: Scope<'_>,
    out: &mut Vec<u8>,
) -> Result<(), RenderError> {
    for part in parts {
        match part {
            Part::Text(text) => out.extend_from_slice(text),
            Part::Value(hole) => hole.put(values, scope, out)?,
            Part::Code(parts, reader) => {
                let mut code = Vec::new();
                put_all(parts, values, scope, &mut code)?;
                quote::put(out, &code, *reader);
            }
            // In a repeated word, the scope is the record of the repetition.
            Part::Word(parts) if !matches!(scope, Scope::Job(_)) => put_all(parts, values, scope, out)?,
            Part::Word(parts) => {
                for (index, scope) in Scope::of_records(values.args).enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    put_all(parts, values, scope, out)?;
                }
            }
        }
    }
    Ok(())
}

impl Hole {
    /// The maximum bytes of quotes in addition to [`Size::length`].
    fn quotes(&self) -> usize {
        match self.place {
            Place::Open if self.alone && self.bare => 0,
            Place::Open => 2,
            Place::Raw | Place::Elsewhere => 0,
            // The surrounding quotes are closed and opened again. A plain value has quotes, too.
            Place::Double | Place::Single => 5,
        }
    }

    fn put(&self, values: &Values<'_>, scope: Scope<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
        if self.alone {
            let mut first = true;
            return fill::each(&self.placeholder, values, scope, &mut |value| {
                if !std::mem::replace(&mut first, false) {
                    out.push(b' ');
                }
                quote(out, value, self.bare, self.reader);
            });
        }
        let mut value = Vec::new();
        fill::join(&self.placeholder, values, scope, &mut value)?;
        match self.place {
            Place::Raw | Place::Elsewhere => out.extend_from_slice(&value),
            Place::Open => quote(out, &value, false, self.reader),
            Place::Double | Place::Single if self.bare && quote::is_plain(&value) => {
                out.extend_from_slice(&value);
            }
            Place::Double => {
                if self.backslash {
                    out.push(b'\\');
                }
                out.push(b'"');
                quote::put(out, &value, self.reader);
                out.push(b'"');
            }
            Place::Single => {
                out.push(b'\'');
                quote::put(out, &value, self.reader);
                out.push(b'\'');
            }
        }
        Ok(())
    }
}

fn quote(out: &mut Vec<u8>, value: &[u8], bare: bool, reader: Reader) {
    if bare && quote::is_plain(value) {
        out.extend_from_slice(value);
    } else {
        quote::put(out, value, reader);
    }
}

/// The ranges of the outermost words that contain a value of the input.
fn repeated_words(found: &[Found]) -> Vec<(usize, usize)> {
    let mut words: Vec<(usize, usize)> = found
        .iter()
        .filter(|found| found.placeholder.is_repeated() && found.place != Place::Elsewhere)
        .map(|found| found.word)
        .collect();
    words.sort_by_key(|&(start, end)| (start, std::cmp::Reverse(end)));
    let mut outer: Vec<(usize, usize)> = Vec::new();
    for word in words {
        if outer.last().is_none_or(|last| word.0 >= last.1) {
            outer.push(word);
        }
    }
    outer
}

/// Splits the text into parts. `reader`: the shell that runs the text.
pub(crate) fn parts(text: &[u8], scan: &Scan, pack: Pack, reader: Reader) -> Vec<Part> {
    let words = if pack == Pack::Repeat { repeated_words(&scan.found) } else { Vec::new() };
    let cut = Cut { text, scan, pack, reader };
    let mut out = Vec::new();
    let mut at = 0;
    for &(start, end) in &words {
        cut.flat(at, start, &mut out);
        let mut inner = Vec::new();
        cut.flat(start, end, &mut inner);
        out.push(Part::Word(inner));
        at = end;
    }
    cut.flat(at, text.len(), &mut out);
    out
}

/// The arguments for splitting a text into parts.
struct Cut<'s> {
    text: &'s [u8],
    scan: &'s Scan,
    pack: Pack,
    reader: Reader,
}

impl Cut<'_> {
    /// Appends the bytes from `at` to `end`, split at placeholders and words of code.
    fn flat(&self, mut at: usize, end: usize, out: &mut Vec<Part>) {
        let put_text = |from: usize, to: usize, out: &mut Vec<Part>| {
            if from < to {
                out.push(Part::Text(self.text[from..to].into()));
            }
        };
        let range = at..end;
        let found = self
            .scan
            .found
            .iter()
            .filter(|found| found.place != Place::Elsewhere && range.contains(&found.start));
        let mut items: Vec<(usize, usize, Option<Part>)> = found
            .map(|found| {
                (found.start, found.end, Some(Part::Value(Hole::new(self.text, found, self.reader))))
            })
            .collect();
        for code in self.scan.codes.iter().filter(|code| range.contains(&code.start)) {
            items.push((code.start, code.end, Some(self.code(code))));
            let gone = code.gone.iter().map(|&(start, end)| (self.without_blanks(start), end, None));
            items.extend(gone);
        }
        items.sort_by_key(|item| item.0);
        for (start, end, part) in items {
            put_text(at, start, out);
            out.extend(part);
            at = end;
        }
        put_text(at, end, out);
    }

    /// The start of the blanks before a word that is removed.
    fn without_blanks(&self, start: usize) -> usize {
        start - self.text[..start].iter().rev().take_while(|b| b" \t".contains(b)).count()
    }

    fn code(&self, code: &CodeWord) -> Part {
        let mut inner = inside(code, self.pack);
        if !code.prefix.is_empty() {
            inner.insert(0, Part::Text(code.prefix.as_slice().into()));
        }
        Part::Code(inner, self.reader)
    }
}

/// The parts of the text in a word of code.
pub(crate) fn inside(code: &CodeWord, pack: Pack) -> Vec<Part> {
    parts(&code.text, &code.scan, pack, code.reader)
}

impl Hole {
    fn new(text: &[u8], found: &Found, reader: Reader) -> Hole {
        Hole {
            reader,
            placeholder: found.placeholder.clone(),
            place: found.place,
            backslash: found.backslash,
            alone: found.alone,
            bare: found.bare || is_bare_in_quotes(text, found),
        }
    }
}

/// True if a plain value needs no quotes: inside single quotes, and inside double quotes unless it could extend a
/// `$name` before it.
fn is_bare_in_quotes(text: &[u8], found: &Found) -> bool {
    match found.place {
        Place::Open | Place::Raw | Place::Elsewhere => false,
        Place::Single => true,
        Place::Double => !found.backslash && found.start > 0 && b"\" /=,".contains(&text[found.start - 1]),
    }
}
