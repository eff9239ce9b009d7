//! The types of placeholders: the value that a placeholder stands for, and the form that changes it. [`super::placeholder`]
//! parses them.

use std::borrow::Cow;
use std::sync::Arc;

use super::error::{Reason, TemplateError};
use super::path;
use super::replace::Substitution;

/// One placeholder.
#[derive(Clone, Debug)]
pub(crate) enum Placeholder {
    /// `{#}`
    Seq,
    /// `{%}`
    Slot,
    /// `{0#}`: with the number of digits of the last sequence number.
    PaddedSeq,
    /// `{##}`
    Total,
    /// A value of the input.
    Value(Column, Form),
}

/// The column of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// All values.
    All,
    /// The N-th value, from 1; negative from the end. An empty value if there is none.
    Number(i32),
    /// The N-th record of a job with several records, counted alike. No value if there is none: the last job may be short.
    Record(i32),
    /// The N-th value of the whole job, also in a word that is repeated. No value if there is none.
    Job(i32),
}

/// The change that a placeholder makes to its value.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    Whole,
    NoExtension,
    /// `{..}` and other parts of a path.
    Path(for<'a> fn(&'a [u8]) -> &'a [u8]),
    /// `{:2:3}`: the offset and the maximum length, in bytes.
    Slice(usize, usize),
    BaseName,
    Directory,
    BaseNoExtension,
    /// `{%suf}`
    WithoutSuffix(Box<[u8]>),
    /// `{#pre}`
    WithoutPrefix(Box<[u8]>),
    /// `{:-text}`: the text if the value is empty.
    Default(Box<[u8]>),
    /// `{s/FROM/TO/}`, and the rules of `--rpl`.
    Replace(Arc<[Substitution]>),
}

/// A placeholder defined by `--rpl`: a tag and the replacements for the value.
#[derive(Clone, Debug)]
pub struct Rule {
    pub(crate) tag: Vec<u8>,
    steps: Arc<[Substitution]>,
}

impl Rule {
    /// Parses `TAG s/FROM/TO/FLAGS`. Several steps are separated by `;`. A tag in the brackets of the base, `{x}`, also defines `{1x}`.
    pub fn parse(text: &[u8]) -> Result<Rule, TemplateError> {
        let error = |why: &str| TemplateError::plain(Reason::Rule(why.to_owned()));
        let split = text.iter().position(u8::is_ascii_whitespace).filter(|&at| at > 0);
        let Some(split) = split else {
            return Err(error("--rpl needs a tag, a blank and s/FROM/TO/"));
        };
        let (tag, mut code) = (text[..split].to_vec(), text[split..].trim_ascii());
        let mut steps = Vec::new();
        while !code.is_empty() {
            let Some((step, used)) = Substitution::read(code) else {
                return Err(error(
                    "--rpl does not run Perl; it takes s/FROM/TO/ with the flags g and i, and steps separated by ;",
                ));
            };
            steps.push(step.map_err(|why| error(&why))?);
            code = code[used..].trim_ascii_start();
            if let Some((first, rest)) = code.split_first() {
                if *first != b';' {
                    return Err(error("--rpl needs ; between two steps"));
                }
                code = rest.trim_ascii_start();
            }
        }
        Ok(Rule { tag, steps: steps.into() })
    }

    pub(crate) fn form(&self) -> Form {
        Form::Replace(Arc::clone(&self.steps))
    }
}

impl Placeholder {
    /// `{}`
    pub(crate) fn whole() -> Placeholder {
        Placeholder::Value(Column::All, Form::Whole)
    }

    /// True if a word with this placeholder is repeated for each record.
    pub(crate) fn is_repeated(&self) -> bool {
        !self.is_number() && !matches!(self, Placeholder::Value(Column::Job(_), _))
    }

    /// True for a number that does not come from the input.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Placeholder::Seq | Placeholder::Slot | Placeholder::PaddedSeq | Placeholder::Total)
    }

    /// True for `{s/FROM/TO/}`, which is a block in the code of sed.
    pub(crate) fn is_substitution(&self) -> bool {
        matches!(self, Placeholder::Value(_, Form::Replace(_)))
    }

    /// True if the value depends on the number of all jobs.
    pub(crate) fn needs_total(&self) -> bool {
        matches!(self, Placeholder::Total | Placeholder::PaddedSeq)
    }

    /// True if the value is the slot.
    pub(crate) fn is_slot(&self) -> bool {
        matches!(self, Placeholder::Slot)
    }
}

impl Form {
    /// Applies the form to one value.
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
