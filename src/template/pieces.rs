//! A word split into text and placeholders, and patterns such as those of `--tagstring` and `--results`.
//!
//! Nothing is quoted: the result is one argument or one line of text, and no shell parses it.

use super::error::{Reason, RenderError, TemplateError};
use super::fill::{self, Scope};
use super::form::Placeholder;
use super::placeholder::Grammar;
use super::syntax::{Syntax, Values};

/// A part of a word.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(Box<[u8]>),
    Value(Placeholder),
}

/// Splits `text` at each occurrence of `base`, which stands for the whole record. No occurrence if `base` is empty.
pub(crate) fn cut_at(text: &[u8], base: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, base).filter(|_| !base.is_empty()) {
        if at > 0 {
            pieces.push(Piece::Text(rest[..at].into()));
        }
        pieces.push(Piece::Value(Placeholder::whole()));
        rest = &rest[at + base.len()..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    pieces
}

/// Splits `text` at its placeholders. `code`: see [`Grammar::at`].
pub(crate) fn cut(text: &[u8], grammar: &Grammar<'_>, code: bool) -> Result<Vec<Piece>, TemplateError> {
    if let Some(at) = memchr::memchr(0, text) {
        return Err(TemplateError::at(at, Reason::Nul));
    }
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        match grammar.at(text, at, code)? {
            Some((placeholder, len)) => {
                if start < at {
                    pieces.push(Piece::Text(text[start..at].into()));
                }
                pieces.push(Piece::Value(placeholder));
                at += len;
                start = at;
            }
            None => at += 1,
        }
    }
    if start < text.len() {
        pieces.push(Piece::Text(text[start..].into()));
    }
    Ok(pieces)
}

/// Fills the pieces and joins them.
pub(crate) fn fill(pieces: &[Piece], values: &Values<'_>, scope: Scope<'_>) -> Result<Vec<u8>, RenderError> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.extend_from_slice(text),
            Piece::Value(placeholder) => fill::join(placeholder, values, scope, &mut out)?,
        }
    }
    Ok(out)
}

/// True if `is` holds for one of the placeholders.
pub(crate) fn any(pieces: &[Piece], is: fn(&Placeholder) -> bool) -> bool {
    pieces.iter().any(|piece| matches!(piece, Piece::Value(placeholder) if is(placeholder)))
}

/// Text with placeholders that is never quoted: `--tagstring`, `--results`, `--workdir`.
#[derive(Clone, Debug)]
pub struct Pattern(Vec<Piece>);

impl Pattern {
    /// Parses `text`. Text outside of placeholders is unchanged.
    pub fn parse(text: &[u8], syntax: &Syntax) -> Result<Pattern, TemplateError> {
        Ok(Pattern(cut(text, &Grammar::new(syntax)?, false)?))
    }

    /// True if [`Values::total`] is required, as for `{##}`.
    pub fn needs_total(&self) -> bool {
        any(&self.0, Placeholder::needs_total)
    }

    /// True if the text is the same for every job.
    pub fn is_fixed(&self) -> bool {
        self.0.iter().all(|piece| matches!(piece, Piece::Text(_)))
    }

    /// The text for these values. Several values of one placeholder are separated by blanks.
    pub fn render(&self, values: &Values<'_>) -> Result<Vec<u8>, RenderError> {
        fill(&self.0, values, Scope::Job(values.args))
    }
}

/// Removes the newlines at the end. A value appended after them would be a separate command.
pub(super) fn without_last_newlines(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&b| b != b'\n').map_or(0, |last| last + 1);
    if text[..end].ends_with(b"\\") { text } else { &text[..end] }
}
