//! Command templates: bytes in, argv out. Pure: reads no file, no environment, no clock.
mod error;
mod placeholder;
mod syntax;

use std::ffi::{CStr, CString};

pub use error::{Reason, RenderError, TemplateError};
pub use placeholder::Rule;
pub use syntax::{Pack, Shell, Syntax, Values};

/// A command with placeholders.
#[derive(Clone, Debug)]
pub enum Template {
    /// Words executed as they are.
    Direct(()),
    /// Text for a shell.
    Shell(()),
    /// Each record is a command line.
    Record(()),
}

impl Template {
    /// The usual choice: one word as [`Template::one_word`], several as [`Template::direct`], unless the first is an exported function.
    pub fn command(words: &[Vec<u8>], syntax: &Syntax, _shell: &Shell) -> Result<Template, TemplateError> {
        Template::direct(words, syntax)
    }

    /// Words that are executed without a shell.
    pub fn direct(_words: &[Vec<u8>], _syntax: &Syntax) -> Result<Template, TemplateError> {
        Err(TemplateError::plain(Reason::Empty))
    }

    /// Text for a shell, each value quoted for the place where it stands.
    pub fn shell(_text: &[u8], _syntax: &Syntax, _shell: &Shell) -> Result<Template, TemplateError> {
        Err(TemplateError::plain(Reason::Empty))
    }

    /// One word: text for a shell when it has white space or metacharacters, else a command name.
    pub fn one_word(text: &[u8], syntax: &Syntax, shell: &Shell) -> Result<Template, TemplateError> {
        Template::shell(text, syntax, shell)
    }

    /// No command: each record is a command line.
    pub fn record(_shell: &Shell) -> Template {
        Template::Record(())
    }

    /// The argv for these values.
    pub fn render(&self, _values: &Values) -> Result<Vec<CString>, RenderError> {
        Ok(Vec::new())
    }

    /// The program that every job starts, when it is the same for all.
    pub fn fixed_command(&self) -> Option<&CStr> {
        None
    }

    /// True when `{##}` occurs.
    pub fn needs_total(&self) -> bool {
        false
    }

    /// The command for a log or `--dry-run`, from the argv that [`Template::render`] gave: the script itself in shell mode, else as [`command_line`].
    pub fn shown(&self, argv: &[CString]) -> Vec<u8> {
        Template::command_line(argv)
    }

    /// argv as a line that can be pasted into a shell.
    pub fn command_line(_argv: &[CString]) -> Vec<u8> {
        Vec::new()
    }
}

/// One word with placeholders that is never quoted: `--tagstring`, `--results`, `--workdir`.
#[derive(Clone, Debug)]
pub struct Pattern(());

impl Pattern {
    /// Reads `text`; without a placeholder it stays as it is.
    pub fn parse(_text: &[u8], _syntax: &Syntax) -> Result<Pattern, TemplateError> {
        Ok(Pattern(()))
    }

    /// True when `{##}` occurs.
    pub fn needs_total(&self) -> bool {
        false
    }

    /// The text for these values; several values are joined by a blank.
    pub fn render(&self, _values: &Values) -> Result<Vec<u8>, RenderError> {
        Ok(Vec::new())
    }
}
