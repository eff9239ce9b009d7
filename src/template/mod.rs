//! Command templates: from a command with placeholders and the records of a job to the arguments of one process.
//!
//! Pure: it uses no file, environment, clock or process. A template is parsed once, and all its errors are found
//! then; filling it only copies bytes. Values are inserted once and never searched for placeholders.
//!
//! There are three kinds of commands: words that are executed directly, text for a shell with each value quoted for
//! its place, and records that are command lines.

mod direct;
mod error;
mod fill;
mod form;
mod keywords;
mod meant;
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
use form::Placeholder;
use std::ffi::CStr;

pub use direct::Direct;
pub use error::{Reason, RenderError, TemplateError};
pub use form::Rule;
pub use meant::{meant_for_shell, only_in_shell};
pub use pieces::Pattern;
pub use quote::{command_line, quoted};
pub use record::Record;
pub use script::Script;
pub use size::Size;
pub use syntax::{Pack, Parallel, Shell, Syntax, Table, Values};
pub use unknown::{no_column, no_number};

/// A command with placeholders.
#[derive(Clone, Debug)]
pub enum Template {
    /// Words that are executed directly.
    Direct(Direct),
    /// Text for a shell.
    Shell(Script),
    /// Each record is a command line.
    Record(Record),
}

impl Template {
    /// The template for the words after the options. No word: records are commands. One word: [`Template::one_word`].
    /// More words: [`Template::direct`], unless the first one is a function of the shell.
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

    /// Words that are executed without a shell. A word that is a placeholder gives one word for each of its values.
    /// Without a placeholder, the values are the last words.
    pub fn direct(words: &[Vec<u8>], syntax: &Syntax) -> Result<Template, TemplateError> {
        Direct::parse(words, syntax).map(Template::Direct)
    }

    /// Words that are executed directly. `replace`: the text that stands for the value, except in the first word. Without
    /// such a text, the values are the last words. Nothing else is a placeholder, and no word is taken for code.
    pub fn literal(words: &[Vec<u8>], replace: Option<&[u8]>) -> Result<Template, TemplateError> {
        Direct::literal(words, replace).map(Template::Direct)
    }

    /// Text for a shell. Each value is quoted for its place. Without a placeholder, the values are appended.
    pub fn shell(text: &[u8], syntax: &Syntax, shell: &Shell) -> Result<Template, TemplateError> {
        Script::parse(text, syntax, shell).map(Template::Shell)
    }

    /// One word. The placeholder alone makes each record a command line. The word is text for a shell if it names a function, or if it contains blanks or bytes with a meaning for
    /// a shell outside of its placeholders. Otherwise it is the name of a program.
    pub fn one_word(text: &[u8], syntax: &Syntax, shell: &Shell) -> Result<Template, TemplateError> {
        if syntax.is_record(text) {
            return Ok(Template::record(shell));
        }
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

    /// Text for a shell as GNU parallel takes it. Where no quoting is right, as in the code of eval, a value is quoted as
    /// an argument.
    pub fn joined(text: &[u8], syntax: &Syntax, shell: &Shell) -> Result<Template, TemplateError> {
        let parsed = Script::parse(text, syntax, shell);
        parsed.or_else(|_| Script::arguments(text, syntax, shell)).map(Template::Shell)
    }

    /// No command: each record is a command line. Plain words are executed directly.
    pub fn record(shell: &Shell) -> Template {
        Template::Record(Record { shell: shell.clone(), always: false })
    }

    /// No command: each record is a command line for the shell, also if it has only plain words.
    pub fn record_for_shell(shell: &Shell) -> Template {
        Template::Record(Record { shell: shell.clone(), always: true })
    }

    /// The arguments for these values.
    pub fn render(&self, values: &Values<'_>) -> Result<Words, RenderError> {
        match self {
            Template::Direct(direct) => direct.render(values),
            Template::Shell(script) => script.render(values),
            Template::Record(record) => record.render(values),
        }
    }

    /// The program that every job starts, if it is the same for all. For text it is the shell.
    pub fn fixed_command(&self) -> Option<&CStr> {
        match self {
            Template::Direct(direct) => direct.fixed_command(),
            Template::Shell(script) => script.fixed_command(),
            Template::Record(_) => None,
        }
    }

    /// True if [`Values::total`] is required, as for `{##}`.
    pub fn needs_total(&self) -> bool {
        self.any(Placeholder::needs_total)
    }

    /// True if `{%}` occurs: the command of a job then depends on its slot.
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

    /// The size of a command line, for `-X` and `-s`.
    pub fn size(&self) -> Size {
        match self {
            Template::Direct(direct) => direct.size(),
            Template::Shell(script) => script.size(),
            Template::Record(record) => record.size(),
        }
    }

    /// True if the values are the last arguments, because there is no placeholder.
    pub fn appends(&self) -> bool {
        match self {
            Template::Direct(direct) => direct.appends(),
            Template::Shell(script) => script.appends(),
            Template::Record(_) => false,
        }
    }

    /// The command for a log, `-t` or `--dry-run`, from the result of [`Template::render`]: the text for a shell, or
    /// otherwise [`command_line`].
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

    /// The arguments as a line that can be pasted into a shell: [`command_line`].
    pub fn command_line(argv: &Words) -> Vec<u8> {
        command_line(argv)
    }
}

#[cfg(test)]
mod tests;
