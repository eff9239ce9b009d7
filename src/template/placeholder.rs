//! The grammar of placeholders: finds a placeholder in the bytes of a template.
//!
//! A placeholder is an opening, an optional column (a number or a name), a form and a closing. All other text is
//! unchanged, such as `{print $1}`, `{1..5}` and `{a,b}`. Shells and quoting are handled elsewhere.

use std::sync::Arc;

use super::error::{Reason, TemplateError};
use super::form::{Column, Form, Placeholder, Rule};
use super::path;
use super::plus;
use super::replace::Substitution;
use super::syntax::{Syntax, Table};
use super::unknown::{self, no_column};

/// The longest placeholder, in bytes. The limit keeps the time linear for a text with many openings.
const LONGEST: usize = 1024;

/// The placeholders of one syntax, prepared for a search.
pub(crate) struct Grammar<'a> {
    syntax: &'a Syntax,
    /// The opening and the closing of each base that has two halves.
    brackets: Vec<(&'a [u8], &'a [u8])>,
    /// Bytes that may start a placeholder.
    starts: [bool; 256],
}

impl<'a> Grammar<'a> {
    /// Prepares a syntax.
    pub(crate) fn new(syntax: &'a Syntax) -> Result<Grammar<'a>, TemplateError> {
        let mut starts = [false; 256];
        let mut brackets = Vec::new();
        for base in &syntax.base {
            let Some(&first) = base.first() else { return Err(TemplateError::plain(Reason::EmptyBase)) };
            starts[usize::from(first)] = true;
            if base.len() % 2 == 0 && base.iter().all(u8::is_ascii_punctuation) {
                brackets.push(base.split_at(base.len() / 2));
            }
        }
        for rule in &syntax.rules {
            starts[usize::from(rule.tag[0])] = true;
        }
        if let Some(parallel) = &syntax.parallel {
            brackets = vec![(b"{", b"}")];
            starts[usize::from(b'{')] = true;
            let names = parallel.names.iter().filter_map(|(_, name)| name.first());
            names.for_each(|first| starts[usize::from(*first)] = true);
        }
        Ok(Grammar { syntax, brackets, starts })
    }

    /// The placeholder that starts at byte `at`, and its length in bytes. `code`: the text is an argument of sed or perl, where
    /// `{s/a/b/}` is a block.
    pub(crate) fn at(
        &self,
        text: &[u8],
        at: usize,
        code: bool,
    ) -> Result<Option<(Placeholder, usize)>, TemplateError> {
        if !self.starts[usize::from(text[at])] {
            return Ok(None);
        }
        let rest = &text[at..];
        let whole = |form, len| Ok(Some((Placeholder::Value(Column::All, form), len)));
        if let Some(rule) = self.syntax.rules.iter().find(|rule| rest.starts_with(&rule.tag)) {
            return whole(rule.form(), rule.tag.len());
        }
        if let Some(base) = self.syntax.base.iter().find(|base| rest.starts_with(base)) {
            return whole(Form::Whole, base.len());
        }
        if let Some(found) = self.renamed(rest).map_err(|reason| TemplateError::at(at, reason))? {
            return Ok(Some(found));
        }
        for (open, close) in &self.brackets {
            let Some(inner) = rest.strip_prefix(*open) else { continue };
            if *open == b"{" && inner.starts_with(b"=") && memchr::memmem::find(&inner[1..], b"=}").is_some()
            {
                return Err(TemplateError::at(at, Reason::Perl));
            }
            if !code && let Some((found, used)) = self.replacement(inner, close, at)? {
                return Ok(Some((found, open.len() + used)));
            }
            let window = &inner[..inner.len().min(LONGEST)];
            let Some(end) = memchr::memmem::find(window, close) else { continue };
            let inner = &inner[..end];
            if self.is_gone(&rest[..open.len() + end + close.len()]) {
                continue;
            }
            let found = self.inner(inner, open, close, code);
            let found = found.map_err(|reason| TemplateError::at(at, reason))?;
            let found = if code { found } else { self.checked(found, (text, at), inner, (open, close))? };
            if let Some(found) = found {
                return Ok(Some((found, open.len() + end + close.len())));
            }
        }
        Ok(None)
    }

    /// The placeholder with another name at the start of `rest`, and the length of the name.
    fn renamed(&self, rest: &[u8]) -> Result<Option<(Placeholder, usize)>, Reason> {
        let names = self.syntax.parallel.iter().flat_map(|parallel| &parallel.names);
        let found = names.filter(|(_, name)| !name.is_empty()).find(|(_, name)| rest.starts_with(name));
        let Some((usual, name)) = found else { return Ok(None) };
        let inner = usual.get(1..usual.len().saturating_sub(1)).unwrap_or_default();
        Ok(self.inner(inner, b"{", b"}", false)?.map(|placeholder| (placeholder, name.len())))
    }

    /// True for the usual name of a placeholder that has another name.
    fn is_gone(&self, text: &[u8]) -> bool {
        self.syntax.parallel.iter().flat_map(|parallel| &parallel.names).any(|(usual, _)| usual == text)
    }

    /// Checks the result for the brackets at a place of the text. Refuses the name or the number of a column that does not
    /// exist, and a name with two meanings.
    fn checked(
        &self,
        found: Option<Placeholder>,
        (text, at): (&[u8], usize),
        inner: &[u8],
        (open, close): (&[u8], &[u8]),
    ) -> Result<Option<Placeholder>, TemplateError> {
        let syntax = self.syntax;
        if syntax.table == Table::Named {
            match unknown::number(syntax, inner, found.as_ref()) {
                Ok(None) => {}
                Ok(Some(column)) => return Ok(Some(Placeholder::Value(column, Form::Whole))),
                Err(reason) => return Err(TemplateError::at(at, reason)),
            }
        }
        // <> is the second spelling of {}. Unless -I asked for it, it may have another meaning in the text.
        let unasked = open == b"<" && syntax.base.len() > 1;
        if found.is_some() || syntax.table == Table::None || unasked || unknown::is_of_others(text, at) {
            return Ok(found);
        }
        let is_form = |rest: &[u8]| {
            let replaces = Substitution::read(rest).is_some_and(|(_, used)| used == rest.len());
            let plus = syntax.plus && matches!(plus::form(rest), Ok(Some(_)));
            rest.is_empty() || replaces || plus || self.form(rest, open, close).is_some()
        };
        match unknown::name(inner, &syntax.names, is_form) {
            Some(name) => {
                let sentence = no_column(name, &syntax.names);
                Err(TemplateError::at(at, Reason::NoColumn(sentence)))
            }
            None => Ok(None),
        }
    }

    /// True for the second spelling `<…>` of a placeholder, which has another meaning in many languages.
    pub(crate) fn is_angle(&self, spelling: &[u8]) -> bool {
        self.syntax.base.len() > 1 && spelling.first() == Some(&b'<')
    }

    /// Parses `s/FROM/TO/}` after an optional column. FROM and TO may contain the closing.
    fn replacement(
        &self,
        inner: &[u8],
        close: &[u8],
        at: usize,
    ) -> Result<Option<(Placeholder, usize)>, TemplateError> {
        let window = &inner[..inner.len().min(LONGEST)];
        for (column, start) in self.columns(window) {
            if !window[start..].starts_with(b"s/") {
                continue;
            }
            let Some((step, used)) = Substitution::read(&window[start..]) else { continue };
            if !window[start + used..].starts_with(close) {
                continue;
            }
            let step = step.map_err(|why| TemplateError::at(at, Reason::Rule(why)))?;
            let form = Form::Replace(Arc::new([step]));
            return Ok(Some((Placeholder::Value(column, form), start + used + close.len())));
        }
        Ok(None)
    }

    /// Parses the text between the brackets.
    fn inner(
        &self,
        inner: &[u8],
        open: &[u8],
        close: &[u8],
        code: bool,
    ) -> Result<Option<Placeholder>, Reason> {
        match inner {
            b"" => return Ok(None),
            b"#" => return Ok(Some(Placeholder::Seq)),
            b"%" => return Ok(Some(Placeholder::Slot)),
            b"##" => return Ok(Some(Placeholder::Total)),
            b"0#" | b"00#" if self.syntax.plus => return Ok(Some(Placeholder::PaddedSeq)),
            _ => {}
        }
        for (column, start) in self.columns(inner) {
            let text = &inner[start..];
            let plus = self.syntax.plus && !code && !text.is_empty();
            let form = match if plus { plus::form(text)? } else { None } {
                Some(form) => Some(form),
                None => self.form(text, open, close),
            };
            if let Some(form) = form {
                return Ok(Some(Placeholder::Value(column, form)));
            }
        }
        Ok(None)
    }

    /// The possible columns at the start of `inner`, with their length in bytes: none, a number, each matching name.
    fn columns(&self, inner: &[u8]) -> impl Iterator<Item = (Column, usize)> {
        let names = self
            .syntax
            .names
            .iter()
            .enumerate()
            .filter(|(_, name)| !name.is_empty() && inner.starts_with(name));
        let mut by_name: Vec<(Column, usize)> =
            names.map(|(i, name)| (Column::Number(i as i32 + 1), name.len())).collect();
        by_name.sort_by_key(|&(_, len)| std::cmp::Reverse(len));
        let several = self.syntax.several;
        let of_one = |&(number, _): &(i32, usize)| !self.syntax.single || number.unsigned_abs() == 1;
        let number = number(inner).filter(of_one).map(|(number, len)| {
            let column = match (several, self.syntax.parallel.is_some()) {
                (true, true) => Column::Job(number),
                (true, false) => Column::Record(number),
                (false, _) => Column::Number(number),
            };
            (column, len)
        });
        std::iter::once((Column::All, 0)).chain(number).chain(by_name)
    }

    fn form(&self, text: &[u8], open: &[u8], close: &[u8]) -> Option<Form> {
        let tagged = |rule: &&Rule| {
            rule.tag.strip_prefix(open).and_then(|tag| tag.strip_suffix(close)).is_some_and(|tag| tag == text)
        };
        if let Some(rule) = self.syntax.rules.iter().find(tagged) {
            return Some(rule.form());
        }
        // Where {} has another name, {1} is text.
        let is_renamed = self.syntax.parallel.is_some() && self.syntax.base.iter().all(|base| base != b"{}");
        Some(match text {
            b"" if is_renamed => return None,
            b"" => Form::Whole,
            b"." => Form::NoExtension,
            b".." => Form::Path(|value| path::without_extensions(value, 2)),
            b"/" => Form::BaseName,
            b"//" => Form::Directory,
            b"/." => Form::BaseNoExtension,
            [b'%', suffix @ ..] if is_affix(suffix) && !is_conversion(suffix) => {
                Form::WithoutSuffix(suffix.into())
            }
            [b'#', prefix @ ..] if is_affix(prefix) => Form::WithoutPrefix(prefix.into()),
            [b':', b'-', default @ ..] if is_default(default) => Form::Default(default.into()),
            _ => return None,
        })
    }
}

/// A column number at the start, such as `2` or `-1`, and its length in bytes. 0 is not a column.
fn number(text: &[u8]) -> Option<(i32, usize)> {
    let minus = usize::from(text.first() == Some(&b'-'));
    let digits = text[minus..].iter().take_while(|b| b.is_ascii_digit()).count();
    let number: i32 = std::str::from_utf8(&text[..minus + digits]).ok()?.parse().ok()?;
    (number != 0).then_some((number, minus + digits))
}

/// True for a suffix or prefix to remove. The rule is strict, because `{%` and `{#` begin blocks of template languages.
fn is_affix(text: &[u8]) -> bool {
    text.first().is_some_and(|first| !first.is_ascii_digit())
        && text.iter().any(u8::is_ascii_alphanumeric)
        && text.iter().all(|b| b.is_ascii_alphanumeric() || b"._+,@=~:/-".contains(b) || *b >= 0x80)
}

/// True for a conversion of printf or date, which is not a suffix: `s` of `%s`, `5d` of `%5d`, `.2f` of `%.2f`, `ld` of `%ld`.
fn is_conversion(text: &[u8]) -> bool {
    let Some((last, rest)) = text.split_last() else { return false };
    let modifiers = rest.iter().rev().take_while(|b| b"hlzjt".contains(b)).count();
    let (width, modifier) = rest.split_at(rest.len() - modifiers);
    let numeric = width.iter().all(|b| b.is_ascii_digit() || b"-+.".contains(b));
    let counted = width.iter().any(u8::is_ascii_digit);
    last.is_ascii_alphabetic()
        && numeric
        && (counted || (width.is_empty() && (modifier.len() < 2 || modifier == b"ll")))
}

/// True for the text of `{:-x}`. `{:-<10}` and the like are format strings of other languages.
fn is_default(text: &[u8]) -> bool {
    text.first().is_some_and(|b| !b"<>^".contains(b)) && !text.contains(&b'{')
}

#[cfg(test)]
mod tests;
