//! The errors of templates. The messages name the problem and the way out.
//!
//! Messages are lower-case fragments without a final stop, because the command line puts `apool: ` before them. A template
//! is checked before anything starts: a `TemplateError` does not occur during a run.

use std::borrow::Cow;
use std::fmt;

/// A template that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The word of the command, from 1, when it was given as words.
    pub word: Option<usize>,
    /// The byte within the text or the word, from 1. `None` if the error has no place.
    pub column: Option<usize>,
    /// The placeholder as written in the template. Empty if the error is not about a placeholder.
    pub placeholder: Vec<u8>,
    /// The problem.
    pub reason: Reason,
}

/// The problem of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Inside `` `…` ``, where the shell removes one more layer of backslashes.
    Backticks,
    /// In the body or the delimiter of a here-document.
    HereDocument,
    /// Inside `${…}`.
    Parameter,
    /// Inside `$((…))`, `((…))`, `$[…]`, or a subscript, where bash runs commands in the value.
    Arithmetic,
    /// An operand of an arithmetic comparison in `[[ ]]`.
    Test,
    /// Inside `$'…'`.
    AnsiC,
    /// Directly after a `$`, which would turn the quotes into `$'…'`.
    AfterDollar,
    /// In words that this builtin (`eval`, `let`, `trap`, `alias`) executes as code.
    Builtin(&'static str),
    /// In the shell code for this program, which also contains an expansion.
    Dynamic(String),
    /// Behind an expansion in the words of this program, which may make code of it.
    Expansion(String),
    /// In the code of this program, in this language, and the way out.
    Language(String, &'static str, String),
    /// In a place that shells parse differently, or that the scanner does not support.
    Doubtful(&'static str),
    /// A quote or bracket that is not closed.
    Unterminated(&'static str),
    /// A closing parenthesis without an opening one.
    Unbalanced,
    /// Deeper nesting than the scanner supports.
    TooDeep,
    /// No placeholder, and no argument can follow the end of the text.
    NoPlace,
    /// A Perl expression.
    Perl,
    /// A placeholder of GNU parallel that apool does not have, and what to use instead.
    Absent(&'static str, &'static str),
    /// A wrong `--rpl` rule or `{s/…/…/}`, with the message of the parser.
    Rule(String),
    /// A NUL byte in the template.
    Nul,
    /// No command at all.
    Empty,
    /// A shell with other quoting than sh.
    Shell(String),
    /// The placeholder of `-I` is empty.
    EmptyBase,
    /// A name or a number that no column has; the text is the message.
    NoColumn(String),
    /// A placeholder that is also the name of a column: the name, and the number of the column.
    Ambiguous(Vec<u8>, usize),
}

/// An error while a template is filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenderError {
    /// A value contains a NUL byte, which an argument cannot contain.
    Nul,
    /// `{##}` is used, but the number of jobs is not known.
    NoTotal,
}

impl From<crate::job::HoldsNul> for RenderError {
    fn from(_: crate::job::HoldsNul) -> RenderError {
        RenderError::Nul
    }
}

impl TemplateError {
    /// An error without a place.
    pub(crate) fn plain(reason: Reason) -> TemplateError {
        TemplateError { word: None, column: None, placeholder: Vec::new(), reason }
    }

    /// An error at byte `at`, from 0.
    pub(crate) fn at(at: usize, reason: Reason) -> TemplateError {
        TemplateError { column: Some(at + 1), ..TemplateError::plain(reason) }
    }

    /// The same error in the word at `index`, from 0.
    pub(crate) fn in_word(mut self, index: usize) -> TemplateError {
        self.word = Some(index + 1);
        self
    }

    fn place(&self) -> String {
        match (self.word, self.column) {
            (Some(word), Some(column)) => format!(" at column {column} of word {word}"),
            (None, Some(column)) => format!(" at column {column}"),
            (Some(word), None) => format!(" in word {word}"),
            (None, None) => String::new(),
        }
    }

    /// The placeholder, escaped for a terminal.
    fn spelling(&self) -> Cow<'_, str> {
        if self.placeholder.is_empty() {
            return Cow::Borrowed("{}");
        }
        let plain = self.placeholder.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
        match std::str::from_utf8(&self.placeholder) {
            Ok(text) if plain => Cow::Borrowed(text),
            _ => Cow::Owned(self.placeholder.escape_ascii().to_string()),
        }
    }

    /// The message for a placeholder where no quoting is correct.
    fn unquotable(&self, f: &mut fmt::Formatter<'_>, place: &str, shell: &str) -> fmt::Result {
        let (at, spelling) = (self.place(), self.spelling());
        write!(
            f,
            "placeholder {place}{at}: no quoting is right there; write {shell} -c '... \"$1\"' {shell} {spelling}"
        )
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.place();
        match &self.reason {
            Reason::Backticks => self.unquotable(f, "in backticks", "sh"),
            Reason::HereDocument => self.unquotable(f, "in a here-document", "sh"),
            Reason::Parameter => self.unquotable(f, "in ${...}", "sh"),
            Reason::Arithmetic => self.unquotable(f, "in an arithmetic expression", "sh"),
            Reason::Test => self.unquotable(f, "in an arithmetic test of [[ ]]", "sh"),
            Reason::AnsiC => self.unquotable(f, "in $'...'", "sh"),
            Reason::AfterDollar => self.unquotable(f, "directly after a $", "sh"),
            Reason::Builtin(name) => self.unquotable(f, &format!("in the code of {name}"), "sh"),
            Reason::Dynamic(name) => {
                let shell = name.split(' ').next().filter(|name| name.ends_with("sh") && *name != "ssh");
                let place = format!("beside an expansion in the code of {name}");
                self.unquotable(f, &place, shell.unwrap_or("sh"))
            }
            Reason::Expansion(name) => {
                self.unquotable(f, &format!("beside an expansion in the command {name}"), "sh")
            }
            Reason::Language(name, language, way) => {
                write!(f, "placeholder in the code of {name}{at}: no quoting is right there; write {way}")?;
                let braces = *self.spelling() == *"{}" && super::programs::has_braces(language);
                if braces { write!(f, " (or use -I @ if these braces belong to the code)") } else { Ok(()) }
            }
            Reason::Doubtful(what) => self.unquotable(f, &format!("after {what}"), "sh"),
            Reason::Unterminated(what) => write!(f, "unterminated {what}{at}"),
            Reason::Unbalanced => write!(f, "closing parenthesis without an opening one{at}"),
            Reason::TooDeep => write!(f, "nested too deeply{at}"),
            Reason::NoPlace => {
                write!(
                    f,
                    "the command has no placeholder, and no argument can follow its end; write {{}} where the record goes"
                )
            }
            Reason::Perl => {
                write!(
                    f,
                    "{{= =}} is Perl, which apool does not run{at}; use {{s/FROM/TO/}} or --rpl '{{name}} s/FROM/TO/'"
                )
            }
            Reason::Absent(what, instead) => {
                write!(f, "apool has no placeholder for {what}{at}: {instead}")
            }
            Reason::Rule(why) => write!(f, "bad replacement{at}: {why}"),
            Reason::Nul => write!(f, "NUL byte in the command{at}"),
            Reason::Empty => write!(f, "empty command"),
            Reason::Shell(name) => {
                write!(
                    f,
                    "values cannot be quoted for {name}; use a shell with the syntax of sh (--shell sh)"
                )
            }
            Reason::EmptyBase => write!(f, "the placeholder of -I is empty"),
            Reason::NoColumn(sentence) => f.write_str(sentence),
            Reason::Ambiguous(name, column) => {
                let name = crate::escape::shown(name, crate::escape::SHOWN);
                write!(
                    f,
                    "{{{name}}} is a placeholder, and column {column} is called {name}: give that column another name"
                )
            }
        }
    }
}

impl std::error::Error for TemplateError {}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RenderError::Nul => write!(f, "NUL byte in the input; if the records end in NUL, use -0"),
            RenderError::NoTotal => write!(f, "{{##}} needs the number of jobs, which is not known"),
        }
    }
}

impl std::error::Error for RenderError {}
