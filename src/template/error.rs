//! What can be wrong with a template, and with filling it, as sentences that name the way out.
//!
//! Lower-case fragments without a final stop: the command line puts `apool: ` and its own words before them. A template
//! is checked whole before anything starts, so a `TemplateError` never happens in the middle of a run.

use std::borrow::Cow;
use std::fmt;

/// A template that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The word of the command, from 1, when it was given as words.
    pub word: Option<usize>,
    /// The byte within the text or the word, from 1; none when the fault has no place.
    pub column: Option<usize>,
    /// The placeholder as it is written in the template; empty when the fault is not about one.
    pub placeholder: Vec<u8>,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Inside `` `…` ``: one more layer of backslashes is read there.
    Backticks,
    /// In the body or the delimiter of a here-document.
    HereDocument,
    /// Inside `${…}`.
    Parameter,
    /// Inside `$((…))`, `((…))`, `$[…]`, or a subscript: bash runs commands found in the value.
    Arithmetic,
    /// Operand of an arithmetic comparison in `[[ ]]`.
    Test,
    /// Inside `$'…'`.
    AnsiC,
    /// Directly after a `$`, which would turn the quotes into `$'…'`.
    AfterDollar,
    /// In words that this builtin (`eval`, `let`, `trap`, `alias`) reads as code.
    Builtin(&'static str),
    /// In the code of this program for a shell, with an expansion in it.
    Dynamic(String),
    /// In the code of this program, in this language, and the way out.
    Language(String, &'static str, String),
    /// In a place that shells read differently, or that this scanner does not follow.
    Doubtful(&'static str),
    /// A quote or bracket that is never closed.
    Unterminated(&'static str),
    /// A closing parenthesis without an opening one.
    Unbalanced,
    /// More nested than this scanner follows.
    TooDeep,
    /// No placeholder, and the text ends where no argument can follow.
    NoPlace,
    /// A Perl expression.
    Perl,
    /// A placeholder of GNU parallel that is not here, and what there is instead.
    Absent(&'static str, &'static str),
    /// A bad `--rpl` rule or `{s/…/…/}`, with what the parser said.
    Rule(String),
    /// A NUL byte in the template.
    Nul,
    /// No command at all.
    Empty,
    /// A shell whose quoting is not that of sh.
    Shell(String),
    /// The placeholder of `-I` is empty.
    EmptyBase,
    /// A name or a number that no column has, as a sentence.
    NoColumn(String),
    /// A placeholder that is the name of a column as well: what stands in it, and the number of the column.
    Ambiguous(Vec<u8>, usize),
}

/// A template that could not be filled with these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenderError {
    /// A value holds a NUL byte, which no argument can.
    Nul,
    /// `{##}` while the number of jobs is not known.
    NoTotal,
}

impl From<crate::job::HoldsNul> for RenderError {
    fn from(_: crate::job::HoldsNul) -> RenderError {
        RenderError::Nul
    }
}

impl TemplateError {
    /// A fault without a place.
    pub(crate) fn plain(reason: Reason) -> TemplateError {
        TemplateError { word: None, column: None, placeholder: Vec::new(), reason }
    }

    /// A fault at byte `at` (from 0).
    pub(crate) fn at(at: usize, reason: Reason) -> TemplateError {
        TemplateError { column: Some(at + 1), ..TemplateError::plain(reason) }
    }

    /// The same fault in the word at `index` (from 0).
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

    /// The placeholder, fit for a terminal.
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

    /// The sentence for a placeholder where no quoting is right.
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
            Reason::Language(name, language, way) => {
                write!(f, "placeholder in the code of {name}{at}: no quoting is right there; write {way}")?;
                let braces = *self.spelling() == *"{}" && super::programs::has_braces(language);
                if braces { write!(f, " (or -I @, when these braces belong to the code)") } else { Ok(()) }
            }
            Reason::Doubtful(what) => self.unquotable(f, &format!("after {what}"), "sh"),
            Reason::Unterminated(what) => write!(f, "unterminated {what}{at}"),
            Reason::Unbalanced => write!(f, "closing parenthesis without an opening one{at}"),
            Reason::TooDeep => write!(f, "nested too deeply{at}"),
            Reason::NoPlace => {
                write!(
                    f,
                    "no placeholder, and no argument can follow the end of the command; write {{}} where it goes"
                )
            }
            Reason::Perl => {
                write!(
                    f,
                    "{{= =}} is Perl, which is not run here{at}; use {{s/FROM/TO/}} or --rpl '{{name}} s/FROM/TO/'"
                )
            }
            Reason::Absent(what, instead) => {
                write!(f, "no placeholder of GNU parallel for {what} here{at}: {instead}")
            }
            Reason::Rule(why) => write!(f, "bad replacement{at}: {why}"),
            Reason::Nul => write!(f, "NUL byte in the command{at}"),
            Reason::Empty => write!(f, "empty command"),
            Reason::Shell(name) => {
                write!(
                    f,
                    "values cannot be quoted for {name}; use a shell that reads commands as sh does (--shell sh)"
                )
            }
            Reason::EmptyBase => write!(f, "the placeholder is empty"),
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
