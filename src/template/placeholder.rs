//! The grammar of placeholders: which bytes of a template stand for a value, and how that value is made.
//!
//! A placeholder is an opening, an optional column (a number or a name), a form, a closing. Whatever has not that
//! shape is ordinary text: `{print $1}`, `{1..5}` and `{a,b}` stay. It knows nothing of shells and quoting.

use std::borrow::Cow;
use std::sync::Arc;

use super::error::{Reason, TemplateError};
use super::path;
use super::replace::Substitution;
use super::syntax::{Syntax, Table};
use super::unknown::{self, no_column};

/// The longest placeholder that is looked for, so that a text full of openings is read in linear time.
const LONGEST: usize = 1024;

/// One placeholder.
#[derive(Clone, Debug)]
pub(crate) enum Placeholder {
    /// `{#}`
    Seq,
    /// `{%}`
    Slot,
    /// `{0#}`: with as many digits as the last one has.
    PaddedSeq,
    /// `{##}`
    Total,
    /// A value of the input.
    Value(Column, Form),
}

/// Which value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Every one.
    All,
    /// The N-th, from 1; negative from the end; empty when there is none.
    Number(i32),
    /// The same of a job of several records, of which the last job may have fewer: no value when there is none.
    Record(i32),
}

/// What is made of a value.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    Whole,
    NoExtension,
    /// `{..}`, and more of its kind.
    Path(for<'a> fn(&'a [u8]) -> &'a [u8]),
    /// `{:2:3}`: where it starts, and how long it is at most.
    Slice(usize, usize),
    BaseName,
    Directory,
    BaseNoExtension,
    /// `{%suf}`
    WithoutSuffix(Box<[u8]>),
    /// `{#pre}`
    WithoutPrefix(Box<[u8]>),
    /// `{:-text}`: the text when the value is empty.
    Default(Box<[u8]>),
    /// `{s/FROM/TO/}`, and the rules of `--rpl`.
    Replace(Arc<[Substitution]>),
}

/// A replacement of one's own: a tag and what it does to the value.
#[derive(Clone, Debug)]
pub struct Rule {
    tag: Vec<u8>,
    steps: Arc<[Substitution]>,
}

/// The placeholders of one syntax, ready to be looked for.
pub(crate) struct Grammar<'a> {
    syntax: &'a Syntax,
    /// The opening and closing of each base that can be taken apart.
    brackets: Vec<(&'a [u8], &'a [u8])>,
    /// Bytes that may start a placeholder.
    starts: [bool; 256],
}

impl Rule {
    /// Reads `TAG s/FROM/TO/FLAGS`, several steps separated by `;`. A tag in the base's brackets, `{x}`, gives `{1x}` too.
    pub fn parse(text: &[u8]) -> Result<Rule, TemplateError> {
        let fault = |why: &str| TemplateError::plain(Reason::Rule(why.to_owned()));
        let split = text.iter().position(u8::is_ascii_whitespace).filter(|&at| at > 0);
        let Some(split) = split else {
            return Err(fault("--rpl wants a tag, a blank and s/FROM/TO/"));
        };
        let (tag, mut code) = (text[..split].to_vec(), text[split..].trim_ascii());
        let mut steps = Vec::new();
        while !code.is_empty() {
            let Some((step, used)) = Substitution::read(code) else {
                return Err(fault(
                    "--rpl runs no Perl; only s/FROM/TO/ with the flags g and i, steps separated by ;",
                ));
            };
            steps.push(step.map_err(|why| fault(&why))?);
            code = code[used..].trim_ascii_start();
            if let Some((first, rest)) = code.split_first() {
                if *first != b';' {
                    return Err(fault("--rpl wants ; between two steps"));
                }
                code = rest.trim_ascii_start();
            }
        }
        Ok(Rule { tag, steps: steps.into() })
    }

    fn form(&self) -> Form {
        Form::Replace(Arc::clone(&self.steps))
    }
}

impl<'a> Grammar<'a> {
    /// Makes the syntax ready.
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
        Ok(Grammar { syntax, brackets, starts })
    }

    /// The placeholder that starts at byte `at`, and its length. `code` is true in the arguments of sed and perl, where
    /// `{s/a/b/}` is a block of theirs.
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
            let found = self.inner(inner, open, close, code);
            let found = found.map_err(|reason| TemplateError::at(at, reason))?;
            let found = if code { found } else { self.checked(found, (text, at), inner, (open, close))? };
            if let Some(found) = found {
                return Ok(Some((found, open.len() + end + close.len())));
            }
        }
        Ok(None)
    }

    /// What was found between the brackets at a place of the text, once it is known to be no mistake: the name or the number of
    /// a column that is not there, or of two things at once.
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
        // <> stands beside {} unless it was asked for, and means other things to shells and in texts.
        let unasked = open == b"<" && syntax.base.len() > 1;
        if found.is_some() || syntax.table == Table::None || unasked || unknown::is_of_others(text, at) {
            return Ok(found);
        }
        let is_form = |rest: &[u8]| {
            let replaces = Substitution::read(rest).is_some_and(|(_, used)| used == rest.len());
            let plus = syntax.plus && matches!(super::plus::form(rest), Ok(Some(_)));
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

    /// True for the second spelling `<…>` of a placeholder, which other languages use for something else.
    pub(crate) fn is_angle(&self, spelling: &[u8]) -> bool {
        self.syntax.base.len() > 1 && spelling.first() == Some(&b'<')
    }

    /// `s/FROM/TO/}` after an optional column; FROM and TO may hold the closing.
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

    /// What stands between the brackets.
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
            let form = match if plus { super::plus::form(text)? } else { None } {
                Some(form) => Some(form),
                None => self.form(text, open, close),
            };
            if let Some(form) = form {
                return Ok(Some(Placeholder::Value(column, form)));
            }
        }
        Ok(None)
    }

    /// The ways to read a column at the start of `inner`, with the bytes it takes: none, a number, each fitting name.
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
        let number = number(inner).map(|(number, len)| {
            (if several { Column::Record(number) } else { Column::Number(number) }, len)
        });
        std::iter::once((Column::All, 0)).chain(number).chain(by_name)
    }

    fn form(&self, text: &[u8], open: &[u8], close: &[u8]) -> Option<Form> {
        let tagged = |rule: &&super::Rule| {
            rule.tag.strip_prefix(open).and_then(|tag| tag.strip_suffix(close)).is_some_and(|tag| tag == text)
        };
        if let Some(rule) = self.syntax.rules.iter().find(tagged) {
            return Some(rule.form());
        }
        Some(match text {
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

/// A column number at the start: `2`, `-1`; not 0.
fn number(text: &[u8]) -> Option<(i32, usize)> {
    let minus = usize::from(text.first() == Some(&b'-'));
    let digits = text[minus..].iter().take_while(|b| b.is_ascii_digit()).count();
    let number: i32 = std::str::from_utf8(&text[..minus + digits]).ok()?.parse().ok()?;
    (number != 0).then_some((number, minus + digits))
}

/// A suffix or prefix that is cut off: narrow, because `{%` and `{#` start other people's templates.
fn is_affix(text: &[u8]) -> bool {
    text.first().is_some_and(|first| !first.is_ascii_digit())
        && text.iter().any(u8::is_ascii_alphanumeric)
        && text.iter().all(|b| b.is_ascii_alphanumeric() || b"._+,@=~:/-".contains(b) || *b >= 0x80)
}

/// `s` of `%s`, `5d` of `%5d`, `.2f` of `%.2f`, `ld` of `%ld`: a conversion of printf or date, not a suffix.
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

/// `x` of `{:-x}`; `{:-<10}` and the like are format strings of other languages.
fn is_default(text: &[u8]) -> bool {
    text.first().is_some_and(|b| !b"<>^".contains(b)) && !text.contains(&b'{')
}

impl Placeholder {
    /// `{}`
    pub(crate) fn whole() -> Placeholder {
        Placeholder::Value(Column::All, Form::Whole)
    }

    /// True for what is a number, whatever the input is.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Placeholder::Seq | Placeholder::Slot | Placeholder::PaddedSeq | Placeholder::Total)
    }

    /// True for `{s/FROM/TO/}`, which is a block in the code of sed.
    pub(crate) fn is_substitution(&self) -> bool {
        matches!(self, Placeholder::Value(_, Form::Replace(_)))
    }

    /// True when the number of all jobs must be known to fill it.
    pub(crate) fn needs_total(&self) -> bool {
        matches!(self, Placeholder::Total | Placeholder::PaddedSeq)
    }

    /// True when it is filled by the slot.
    pub(crate) fn is_slot(&self) -> bool {
        matches!(self, Placeholder::Slot)
    }
}

impl Form {
    /// What this form makes of one value.
    pub(crate) fn apply<'v>(&self, value: &'v [u8]) -> Cow<'v, [u8]> {
        Cow::Borrowed(match self {
            Form::NoExtension => path::no_extension(value),
            Form::Path(part) => part(value),
            Form::Slice(start, length) => {
                let rest = value.get(*start..).unwrap_or_default();
                &rest[..rest.len().min(*length)]
            }
            Form::BaseName => path::base_name(value),
            Form::Directory => path::directory(value),
            Form::BaseNoExtension => path::no_extension(path::base_name(value)),
            Form::WithoutSuffix(suffix) => value.strip_suffix(&**suffix).unwrap_or(value),
            Form::WithoutPrefix(prefix) => value.strip_prefix(&**prefix).unwrap_or(value),
            Form::Default(default) if value.is_empty() => return Cow::Owned(default.to_vec()),
            Form::Whole | Form::Default(_) => value,
            Form::Replace(steps) => {
                let mut steps = steps.iter();
                let Some(first) = steps.next() else { return Cow::Borrowed(value) };
                return Cow::Owned(steps.fold(first.apply(value), |value, step| step.apply(&value)));
            }
        })
    }
}

#[cfg(test)]
mod tests;
