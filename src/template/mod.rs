//! Command templates: a command with placeholders and the records of a job in, the argv of one process out.
//!
//! Pure: no file, environment, clock or process is touched. A template is read once, and everything that can be wrong with
//! it is found then; filling it is copying bytes. Values are put in once and never read again as a template.
//!
//! Three ways to run a command: words executed as they are, text for a shell with each value quoted for the place where
//! it stands, and records that are command lines themselves.

mod direct;
mod error;
mod fill;
mod path;
mod pieces;
mod placeholder;
mod plus;
mod programs;
mod quote;
mod record;
mod replace;
mod scan;
mod script;
mod size;
mod syntax;
mod unknown;

use crate::job::Words;
use placeholder::Placeholder;
use std::ffi::CStr;

pub use direct::Direct;
pub use error::{Reason, RenderError, TemplateError};
pub use pieces::Pattern;
pub use placeholder::Rule;
pub use quote::command_line;
pub use record::Record;
pub use script::Script;
pub use size::Size;
pub use syntax::{Pack, Shell, Syntax, Table, Values};
pub use unknown::{no_column, no_number};

/// A command with placeholders.
#[derive(Clone, Debug)]
pub enum Template {
    /// Words executed as they are.
    Direct(Direct),
    /// Text for a shell.
    Shell(Script),
    /// Each record is a command line.
    Record(Record),
}

impl Template {
    /// What the words after the options mean: none, records are commands; one, [`Template::one_word`]; more,
    /// [`Template::direct`], unless the first is a function that only the shell knows.
    pub fn command(words: &[Vec<u8>], syntax: &Syntax, shell: &Shell) -> Result<Template, TemplateError> {
        match words {
            [] => Ok(Template::record(shell)),
            [word] => Template::one_word(word, syntax, shell),
            [first, ..] if shell.functions.contains(first) => {
                let mut all: Vec<Vec<u8>> = shell.argv.iter().map(|word| word.to_bytes().to_vec()).collect();
                let call = [first, &b" \"$@\""[..]].concat();
                all.push(call);
                all.extend(words.iter().cloned());
                Template::direct(&all, syntax)
            }
            words => Template::direct(words, syntax),
        }
    }

    /// Words that are executed without a shell. A word that is a placeholder gives a word for each of its values; without
    /// any placeholder the values are added as last words.
    pub fn direct(words: &[Vec<u8>], syntax: &Syntax) -> Result<Template, TemplateError> {
        Direct::parse(words, syntax).map(Template::Direct)
    }

    /// Text for a shell, each value quoted for the place where it stands; added at the end without any placeholder.
    pub fn shell(text: &[u8], syntax: &Syntax, shell: &Shell) -> Result<Template, TemplateError> {
        Script::parse(text, syntax, shell).map(Template::Shell)
    }

    /// One word: text for a shell when it has white space or bytes that mean something to one, outside its placeholders,
    /// or names a function; else the name of a program.
    pub fn one_word(text: &[u8], syntax: &Syntax, shell: &Shell) -> Result<Template, TemplateError> {
        let pieces = pieces::cut(text, &placeholder::Grammar::new(syntax)?, false)?;
        let for_shell = |piece: &pieces::Piece| match piece {
            pieces::Piece::Text(text) => text.iter().any(|&byte| byte == b' ' || record::is_meta(byte)),
            pieces::Piece::Value(_) => false,
        };
        if pieces.iter().any(for_shell) || shell.functions.iter().any(|name| name == text) {
            return Template::shell(text, syntax, shell);
        }
        Template::direct(&[text.to_vec()], syntax)
    }

    /// No command: each record is a command line, executed directly when it is plain words.
    pub fn record(shell: &Shell) -> Template {
        Template::Record(Record { shell: shell.clone() })
    }

    /// The argv for these values.
    pub fn render(&self, values: &Values<'_>) -> Result<Words, RenderError> {
        match self {
            Template::Direct(direct) => direct.render(values),
            Template::Shell(script) => script.render(values),
            Template::Record(record) => record.render(values),
        }
    }

    /// The program that every job starts, when it is the same for all (the shell, for text).
    pub fn fixed_command(&self) -> Option<&CStr> {
        match self {
            Template::Direct(direct) => direct.fixed_command(),
            Template::Shell(script) => script.fixed_command(),
            Template::Record(_) => None,
        }
    }

    /// True when `{##}` occurs, so that [`Values::total`] must be known.
    pub fn needs_total(&self) -> bool {
        self.any(Placeholder::needs_total)
    }

    /// True when `{%}` occurs, so that a job has another command in another slot.
    pub fn names_slot(&self) -> bool {
        self.any(Placeholder::is_slot)
    }

    fn any(&self, is: fn(&Placeholder) -> bool) -> bool {
        match self {
            Template::Direct(direct) => direct.any(is),
            Template::Shell(script) => script.any(is),
            Template::Record(_) => false,
        }
    }

    /// How long a command line becomes with values in it: what `-X` and `-s` fill.
    pub fn size(&self) -> Size {
        match self {
            Template::Direct(direct) => direct.size(),
            Template::Shell(script) => script.size(),
            Template::Record(record) => record.size(),
        }
    }

    /// True when the values are added as last arguments, because no placeholder says where they go.
    pub fn appends(&self) -> bool {
        match self {
            Template::Direct(direct) => direct.appends(),
            Template::Shell(script) => script.appends(),
            Template::Record(_) => false,
        }
    }

    /// The command for a log, `-t` or `--dry-run`, from the argv that [`Template::render`] gave: the text itself when a shell
    /// runs text, else as [`command_line`].
    pub fn shown(&self, argv: &Words) -> Vec<u8> {
        let shell = match self {
            Template::Direct(_) => None,
            Template::Shell(script) => Some(script.shell()),
            Template::Record(record) => Some(&record.shell),
        };
        let mut words = argv.iter();
        match shell {
            Some(shell) if shell.argv.iter().all(|word| words.next() == Some(word.as_c_str())) => {
                match (words.next(), words.next()) {
                    (Some(text), None) => text.to_bytes().to_vec(),
                    _ => command_line(argv),
                }
            }
            _ => command_line(argv),
        }
    }

    /// argv as a line that can be pasted into a shell: [`command_line`].
    pub fn command_line(argv: &Words) -> Vec<u8> {
        command_line(argv)
    }
}

#[cfg(test)]
mod tests;
