//! Text for a shell, each value quoted for the place where it stands.
//!
//! A value in the open stands in single quotes; inside `"…"` and `'…'` the quotes are closed, the value put there in its own
//! single quotes, and the quotes opened again. A value of plain letters stands as it is where that cannot be told apart.

use crate::job::Words;
use std::ffi::{CStr, CString};

use super::error::{Reason, RenderError, TemplateError};
use super::fill::Scope;
use super::foreign;
use super::placeholder::{Grammar, Placeholder};
use super::quote;
use super::scan::{self, Found, Place};
use super::size::Size;
use super::syntax::{Pack, ROOM_FOR_SHELL, Shell, Syntax, Values};

/// A script with placeholders.
#[derive(Clone, Debug)]
pub struct Script {
    shell: Shell,
    parts: Vec<Part>,
    /// The values follow the text, because it holds no placeholder.
    append: bool,
}

#[derive(Clone, Debug)]
enum Part {
    Text(Box<[u8]>),
    Value(Hole),
    /// A word that is repeated for each record.
    Word(Vec<Part>),
}

#[derive(Clone, Debug)]
struct Hole {
    placeholder: Placeholder,
    place: Place,
    backslash: bool,
    /// Several values are several words.
    alone: bool,
    /// A plain value needs no quotes of its own.
    bare: bool,
}

impl Script {
    pub(crate) fn parse(text: &[u8], syntax: &Syntax, shell: &Shell) -> Result<Script, TemplateError> {
        let program = shell.argv.first().map(|word| word.to_bytes()).unwrap_or_default();
        if foreign::is_unlike_sh(program) {
            let name = String::from_utf8_lossy(super::path::base_name(program)).into_owned();
            return Err(TemplateError::plain(Reason::Shell(name)));
        }
        let grammar = Grammar::new(syntax)?;
        let text = without_last_newlines(text);
        if text.trim_ascii().is_empty() {
            return Err(TemplateError::plain(Reason::Empty));
        }
        let scan = scan::scan(text, &grammar)?;
        let append = scan.found.is_empty() && !scan.in_comment;
        if append && !scan.open_end {
            return Err(TemplateError::plain(Reason::NoPlace));
        }
        let words = if syntax.pack == Pack::Repeat { repeated_words(&scan.found) } else { Vec::new() };
        let parts = parts(text, &scan.found, &words);
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
        fn any(parts: &[Part], is: fn(&Placeholder) -> bool) -> bool {
            parts.iter().any(|part| match part {
                Part::Text(_) => false,
                Part::Value(hole) => is(&hole.placeholder),
                Part::Word(parts) => any(parts, is),
            })
        }
        any(&self.parts, is)
    }

    /// How long the command line becomes. The text is one word, whatever is put into it.
    pub(crate) fn size(&self) -> Size {
        fn add(parts: &[Part], repeated: bool, size: &mut Size) {
            for part in parts {
                match part {
                    Part::Text(text) if repeated => size.bytes_each += text.len(),
                    Part::Text(text) => size.bytes += text.len(),
                    Part::Value(hole) => size.in_text(&hole.placeholder, hole.quotes()),
                    Part::Word(parts) => {
                        size.bytes_each += 1;
                        add(parts, true, size);
                    }
                }
            }
        }
        let mut size = Size { quoted: true, in_one_word: true, ..Size::default() };
        self.shell.argv.iter().for_each(|word| size.fixed(word.as_bytes().len()));
        size.fixed(0);
        add(&self.parts, false, &mut size);
        if self.append {
            size.in_text(&Placeholder::whole(), 0);
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
            Placeholder::whole().each(values, scope, &mut |value| {
                out.push(b' ');
                quote(&mut out, value, true);
            })?;
        }
        Ok(out)
    }
}

fn put_all(
    parts: &[Part],
    values: &Values<'_>,
    scope: Scope<'_>,
    out: &mut Vec<u8>,
) -> Result<(), RenderError> {
    for part in parts {
        match part {
            Part::Text(text) => out.extend_from_slice(text),
            Part::Value(hole) => hole.put(values, scope, out)?,
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
    /// Bytes of quotes beyond what [`Size::length`] counts, at most.
    fn quotes(&self) -> usize {
        match self.place {
            Place::Open if self.alone && self.bare => 0,
            Place::Open => 2,
            // The quotes that stand around are closed and opened again, and a plain value gets some too.
            Place::Double | Place::Single => 5,
        }
    }

    fn put(&self, values: &Values<'_>, scope: Scope<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
        if self.alone {
            let mut first = true;
            return self.placeholder.each(values, scope, &mut |value| {
                if !std::mem::replace(&mut first, false) {
                    out.push(b' ');
                }
                quote(out, value, self.bare);
            });
        }
        let mut value = Vec::new();
        self.placeholder.join(values, scope, &mut value)?;
        match self.place {
            Place::Open => quote(out, &value, false),
            Place::Double | Place::Single if self.bare && quote::is_plain(&value) => {
                out.extend_from_slice(&value);
            }
            Place::Double => {
                if self.backslash {
                    out.push(b'\\');
                }
                out.push(b'"');
                quote::single(out, &value);
                out.push(b'"');
            }
            Place::Single => {
                out.push(b'\'');
                quote::single(out, &value);
                out.push(b'\'');
            }
        }
        Ok(())
    }
}

fn quote(out: &mut Vec<u8>, value: &[u8], bare: bool) {
    if bare && quote::is_plain(value) {
        out.extend_from_slice(value);
    } else {
        quote::single(out, value);
    }
}

/// The newlines at the end mean nothing, but a value added after them would be a command of its own.
fn without_last_newlines(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&b| b != b'\n').map_or(0, |last| last + 1);
    if text[..end].ends_with(b"\\") { text } else { &text[..end] }
}

/// The words that hold a value of the input directly, outermost ones only.
fn repeated_words(found: &[Found]) -> Vec<(usize, usize)> {
    let mut words: Vec<(usize, usize)> = found
        .iter()
        .filter(|found| matches!(found.placeholder, Placeholder::Value(..)))
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

fn parts(text: &[u8], found: &[Found], words: &[(usize, usize)]) -> Vec<Part> {
    let mut out = Vec::new();
    let mut at = 0;
    for &(start, end) in words {
        flat(text, found, at, start, &mut out);
        let mut inner = Vec::new();
        flat(text, found, start, end, &mut inner);
        out.push(Part::Word(inner));
        at = end;
    }
    flat(text, found, at, text.len(), &mut out);
    out
}

/// The bytes from `at` to `end`, cut at the placeholders among them.
fn flat(text: &[u8], found: &[Found], mut at: usize, end: usize, out: &mut Vec<Part>) {
    let put_text = |from: usize, to: usize, out: &mut Vec<Part>| {
        if from < to {
            out.push(Part::Text(text[from..to].into()));
        }
    };
    let range = at..end;
    for found in found.iter().filter(|found| range.contains(&found.start)) {
        put_text(at, found.start, out);
        out.push(Part::Value(Hole {
            placeholder: found.placeholder.clone(),
            place: found.place,
            backslash: found.backslash,
            alone: found.alone,
            bare: found.bare || is_bare_in_quotes(text, found),
        }));
        at = found.end;
    }
    put_text(at, end, out);
}

/// Inside single quotes a plain value is itself. Inside double quotes too, unless it could lengthen a `$name` before it.
fn is_bare_in_quotes(text: &[u8], found: &Found) -> bool {
    match found.place {
        Place::Open => false,
        Place::Single => true,
        Place::Double => !found.backslash && found.start > 0 && b"\" /=,".contains(&text[found.start - 1]),
    }
}
