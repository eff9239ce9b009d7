//! The settings of templates: the spelling of placeholders, the shell for text, the values of a job. Plain data.

use std::ffi::CString;

use super::form::Rule;
use super::programs;
use crate::job::{Args, Seq, Slot, Words};

/// The spelling of placeholders, and the way in which several records fill one.
#[expect(clippy::struct_excessive_bools, reason = "facts of the input, independent of each other")]
#[derive(Clone, Debug)]
pub struct Syntax {
    /// The base placeholders; `-I STR` replaces them by one. If a base is an even number of punctuation bytes, its first half
    /// opens and its second half closes the other forms: `[]` gives `[.]`, `[/]`, `[1]`…
    pub base: Vec<Vec<u8>>,
    /// The names of the columns in order, from `--header`. `{name}` is the column with that name.
    pub names: Vec<Vec<u8>>,
    /// The knowledge of the columns, for detecting a column that does not exist.
    pub table: Table,
    /// The placeholders of `--rpl`. They take precedence over built-in forms.
    pub rules: Vec<Rule>,
    /// The way in which several records fill one placeholder.
    pub pack: Pack,
    /// Jobs have several records (`-n`, `-N`, `-L`, `-X`). `{N}` is no word if the job has fewer records.
    pub several: bool,
    /// Each job has one value: `{N}` is text for a number beyond 1.
    pub single: bool,
    /// `--plus`: the forms that could be taken for other people's text are placeholders too.
    pub plus: bool,
    /// Jobs read a stream. The placeholder alone is then no command line.
    pub stream: bool,
    /// The placeholders are those of GNU parallel.
    pub parallel: Option<Parallel>,
}

/// The spelling of placeholders in GNU parallel. The base changes only `{}`; the other forms stay in braces.
#[derive(Clone, Debug, Default)]
pub struct Parallel {
    /// Other names of placeholders: the name in braces, such as `{#}`, and the new one.
    pub names: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Default for Syntax {
    fn default() -> Syntax {
        let base = vec![b"{}".to_vec(), b"<>".to_vec()];
        Syntax {
            base,
            names: Vec::new(),
            table: Table::None,
            rules: Vec::new(),
            pack: Pack::Join,
            several: false,
            single: false,
            plus: false,
            stream: false,
            parallel: None,
        }
    }
}

impl Syntax {
    /// The syntax of `-I base`: only this placeholder and its forms.
    pub fn with_base(base: &[u8]) -> Syntax {
        Syntax { base: vec![base.to_vec()], ..Syntax::default() }
    }

    /// True for a template that is only the placeholder of the record.
    pub fn is_record(&self, text: &[u8]) -> bool {
        !self.stream && !text.is_empty() && self.base.iter().any(|base| base == text)
    }
}

/// The knowledge of the columns before the first job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Table {
    /// No columns, or no record yet: `{word}` is text.
    #[default]
    None,
    /// Columns without names (`--colsep`, `--csv`), perhaps a different number in each record: `{word}` is an error.
    Numbered,
    /// The header gives all names: `{word}` must be one of them, and `{N}` must be in range.
    Named,
}

/// How several records of one job fill a word that contains more than a placeholder. A word that is only a placeholder
/// gives one word for each value in both cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pack {
    /// `-m`, `-n`: the values are in one word, separated by blanks: `x{}y` gives `xa by`.
    #[default]
    Join,
    /// `-X`: the word is repeated for each record: `x{}y` gives `xay` `xby`.
    Repeat,
}

/// The shell for text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    /// The program and its options before the text: `/bin/sh`, `-c`.
    pub argv: Vec<CString>,
    /// Exported functions, which only this shell can run.
    pub functions: Vec<Vec<u8>>,
}

/// The usual size of the words before the text, in bytes.
pub(crate) const ROOM_FOR_SHELL: usize = 64;

impl Shell {
    /// Appends the words before the text.
    pub(crate) fn put_into(&self, argv: &mut Words) {
        self.argv.iter().for_each(|word| argv.push_c(word));
    }

    /// The program and its options, without the `-c`, as a line that can be pasted into a shell.
    pub fn shown(&self) -> Vec<u8> {
        let mut words = Words::with_room(ROOM_FOR_SHELL);
        let last = self.argv.len().saturating_sub(1);
        self.argv[..last].iter().for_each(|word| words.push_c(word));
        super::quote::command_line(&words)
    }

    /// The name of a program in the words of the shell that does not read text as sh does: fish, or ssh, which joins
    /// its words and gives them to another shell.
    pub(crate) fn unlike_sh(&self) -> Option<Vec<u8>> {
        let words: Vec<&[u8]> = self.argv.iter().map(|word| word.to_bytes()).collect();
        if let Some(name) = words.iter().find(|word| programs::is_unlike_sh(word)) {
            return Some(super::path::base_name(name).to_vec());
        }
        let text = words.len();
        let whole: Vec<&[u8]> = words.iter().copied().chain([&b"x"[..]]).collect();
        let codes = programs::find(&whole);
        let code = codes.iter().find(|code| (code.first..=code.last).contains(&text))?;
        let is_text = code.first == text && code.offset == 0 && matches!(code.lang, programs::Lang::Sh);
        if is_text { None } else { Some(super::path::base_name(words[code.program]).to_vec()) }
    }
}

impl Default for Shell {
    fn default() -> Shell {
        Shell { argv: vec![c"/bin/sh".to_owned(), c"-c".to_owned()], functions: Vec::new() }
    }
}

/// The values for filling a template.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// The records.
    pub args: &'a Args,
    /// `{#}`.
    pub seq: Seq,
    /// `{%}`.
    pub slot: Slot,
    /// `{##}`: the number of all jobs. Required if [`super::Template::needs_total`] is true.
    pub total: Option<u64>,
}
