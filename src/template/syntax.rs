//! The settings of templates: which spellings are placeholders, which shell runs text, what fills them. Plain data.

use std::ffi::CString;

use super::placeholder::Rule;
use crate::job::{Args, Seq, Slot, Words};

/// Which texts are placeholders, and how several records fill one.
#[derive(Clone, Debug)]
pub struct Syntax {
    /// The base placeholders; `-I STR` replaces them by one. Of a base made of an even number of punctuation bytes the
    /// first half opens and the second half closes the other forms: `[]` gives `[.]`, `[/]`, `[1]`…
    pub base: Vec<Vec<u8>>,
    /// The names of the columns in order, from `--header`; `{name}` is the column of that name.
    pub names: Vec<Vec<u8>>,
    /// What is known of the columns, so that one that is not there is found.
    pub table: Table,
    /// Replacements of one's own, from `--rpl`; they win over built-in forms.
    pub rules: Vec<Rule>,
    /// How several records fill one placeholder.
    pub pack: Pack,
    /// Jobs take several records (`-n`, `-N`, `-L`, `-X`), and `{N}` of a job that has fewer is no word.
    pub several: bool,
    /// `--plus`: the forms that could be taken for other people's text are placeholders too.
    pub plus: bool,
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
            plus: false,
        }
    }
}

impl Syntax {
    /// The syntax of `-I base`: this placeholder and the forms that follow from it, no other.
    pub fn with_base(base: &[u8]) -> Syntax {
        Syntax { base: vec![base.to_vec()], ..Syntax::default() }
    }
}

/// What is known of the columns before the first job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Table {
    /// There are none, or no record tells: `{word}` is text.
    #[default]
    None,
    /// Records have columns without names (`--colsep`, `--csv`), some perhaps more than others: `{word}` names none.
    Numbered,
    /// The header gives all names: `{word}` is one of them, and `{N}` not beyond the last.
    Named,
}

/// How several records of one job fill a word that is more than its placeholder. A word that is just the placeholder
/// gives one word a value in either case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pack {
    /// `-m`, `-n`: the values stand in one word, joined by a blank: `x{}y` gives `xa by`.
    #[default]
    Join,
    /// `-X`: the word is repeated for each record: `x{}y` gives `xay` `xby`.
    Repeat,
}

/// The shell that runs text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    /// The program and its options up to the one before the text: `/bin/sh`, `-c`.
    pub argv: Vec<CString>,
    /// Names that only this shell knows (exported functions): never executed without it.
    pub functions: Vec<Vec<u8>>,
}

/// What the words before the text take, mostly.
pub(crate) const ROOM_FOR_SHELL: usize = 64;

impl Shell {
    /// Its words before the text.
    pub(crate) fn put_into(&self, argv: &mut Words) {
        self.argv.iter().for_each(|word| argv.push_c(word));
    }
}

impl Default for Shell {
    fn default() -> Shell {
        Shell { argv: vec![c"/bin/sh".to_owned(), c"-c".to_owned()], functions: Vec::new() }
    }
}

/// What fills a template.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// The records.
    pub args: &'a Args,
    /// `{#}`.
    pub seq: Seq,
    /// `{%}`.
    pub slot: Slot,
    /// `{##}`: how many jobs the run has; needed only when [`super::Template::needs_total`] says so.
    pub total: Option<u64>,
}
