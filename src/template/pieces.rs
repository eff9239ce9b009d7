//! A word cut into text and placeholders, and the patterns made of one such word: `--tagstring`, `--results`.
//!
//! Nothing is quoted here: what comes out is one argument or one line of text, never read by a shell.

use super::error::{Reason, RenderError, TemplateError};
use super::fill::Scope;
use super::placeholder::{Grammar, Placeholder};
use super::syntax::{Syntax, Values};

/// A part of a word.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(Box<[u8]>),
    Value(Placeholder),
}

/// Cuts `text` at its placeholders. `code`: see [`Grammar::at`].
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

/// Fills the pieces one after another.
pub(crate) fn fill(pieces: &[Piece], values: &Values<'_>, scope: Scope<'_>) -> Result<Vec<u8>, RenderError> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.extend_from_slice(text),
            Piece::Value(placeholder) => placeholder.join(values, scope, &mut out)?,
        }
    }
    Ok(out)
}

/// True when such a placeholder is among them.
pub(crate) fn any(pieces: &[Piece], is: fn(&Placeholder) -> bool) -> bool {
    pieces.iter().any(|piece| matches!(piece, Piece::Value(placeholder) if is(placeholder)))
}

/// Text with placeholders that is never quoted: `--tagstring`, `--results`, `--workdir`.
#[derive(Clone, Debug)]
pub struct Pattern(Vec<Piece>);

impl Pattern {
    /// Reads `text`; what is no placeholder stays as it is.
    pub fn parse(text: &[u8], syntax: &Syntax) -> Result<Pattern, TemplateError> {
        Ok(Pattern(cut(text, &Grammar::new(syntax)?, false)?))
    }

    /// True when `{##}` occurs, so that [`Values::total`] must be known.
    pub fn needs_total(&self) -> bool {
        any(&self.0, Placeholder::needs_total)
    }

    /// True when it is the same for every job.
    pub fn is_fixed(&self) -> bool {
        self.0.iter().all(|piece| matches!(piece, Piece::Text(_)))
    }

    /// The text for these values; several values of one placeholder are joined by a blank.
    pub fn render(&self, values: &Values<'_>) -> Result<Vec<u8>, RenderError> {
        fill(&self.0, values, Scope::Job(values.args))
    }
}
