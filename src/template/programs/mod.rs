//! Programs that read an argument as code: shells, programs that hand a word to a shell, and those of other languages.
//!
//! What is known of each program is data ([`table`]): how its options are read, which option or operand is code, and where
//! the words of another command begin. A command is walked as the programs would walk it: `env A=b nice -n 5 ssh -p 22 host
//! sh -c CODE` ends at `CODE`. Behind a program that is not in the table, only an option that takes code is looked for.

mod advice;
mod interpreters;
mod languages;
mod options;
mod shells;
mod table;

pub(crate) use advice::{Quoted, Spelled, has_braces, way_out};

/// Who reads a piece of code.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lang {
    /// A shell that reads quotes as sh does, named in the command.
    Sh,
    /// The shell of a user, here or on another machine: like sh, or fish.
    Login,
    /// A language in which no quoting of ours is right.
    Other(&'static Language),
}

/// A language other than that of sh, and how a program in it is handed a value as data.
#[derive(Debug)]
pub(crate) struct Language {
    pub(crate) name: &'static str,
    pub(crate) way: Way,
}

/// How a program in another language is handed a value.
#[derive(Debug)]
pub(crate) enum Way {
    /// The code is rewritten, and the value handed over beside it.
    Rewrite(Rewrite),
    /// What to do, in words; `%` stands for the placeholder.
    Say(&'static str),
    /// sed: the script becomes one of perl.
    Sed,
}

/// How a value is read in a language.
#[derive(Debug)]
pub(crate) struct Rewrite {
    /// Before the code, as an argument; before it, from the environment.
    pub(crate) before: [&'static str; 2],
    /// The expression for an argument, with `%` for its number, and the number of the first; empty when there is none.
    pub(crate) argument: (&'static str, usize),
    /// The words before the arguments.
    pub(crate) dashes: &'static str,
    /// Options after which the operands are files, so that the value must not be one.
    pub(crate) loops: &'static str,
    /// The expression for a name, with `%` for it.
    pub(crate) named: &'static str,
    /// How the name is given its value: words before the program, or options before the code.
    pub(crate) give: Give,
    /// The quotes of strings, and what stands around an expression put into one.
    pub(crate) strings: &'static [(u8, &'static str, &'static str)],
    /// The words with which the program reads its code from standard input.
    pub(crate) stdin: &'static str,
}

/// How a name is given its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Give {
    /// `env x={}` before the program.
    Environment,
    /// `OPTION x {}` before the code.
    Option(&'static str),
    /// The code goes to standard input and `-v x={}` to the program.
    Psql,
}

/// A program, or several that are alike.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) names: &'static [&'static str],
    /// Letters as for getopt(3): `c:` takes a value, `e::` one in the same word only.
    pub(crate) short: &'static str,
    /// Long options that take a value; `arg=2` takes two words.
    pub(crate) long: &'static [&'static str],
    pub(crate) style: Style,
    /// Options that are, or bring, code. A name of one letter is a short option.
    pub(crate) roles: &'static [(&'static str, Role)],
    pub(crate) operands: Operands,
}

/// Where options may stand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    /// Up to the first operand.
    Stop,
    /// Also between operands.
    Permute,
    /// As [`Style::Permute`], and `-name` is `--name`.
    OneDash,
    /// As [`Style::Stop`]; `+x` is an option, and `-` ends them.
    Shell,
    /// As [`Style::Permute`], and `+CODE` is code.
    Plus(Lang),
}

/// What an option does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// Its value is code.
    Code(Lang),
    /// Its value is code, and the operands are these then.
    CodeThen(Lang, Operands),
    /// The operands are these then, counted anew.
    Then(Operands),
    /// Its value is the program that the command's words are given to.
    Entry,
    /// No option follows: `-m MODULE` of Python.
    Last,
    /// Its value is split into the first words of the command.
    Split(Lang),
}

/// What the operands are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operands {
    /// Not code.
    Plain,
    /// A command in words, after so many others.
    Command(usize),
    /// A command in words, after assignments.
    Assigned,
    /// Words that are joined by blanks and read as code, after so many others.
    Joined(usize, Lang),
    /// One word is code, several are a command, after so many others.
    Words(usize, Lang),
    /// The one after so many others is code.
    Code(usize, Lang),
    /// Each one after so many others is code.
    Codes(usize, Lang),
    /// The first names one of these.
    Sub(&'static [Program]),
    /// Actions such as `-exec COMMAND ;`.
    Actions,
}

/// Code in a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code {
    /// The words it takes, joined by blanks.
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// Where it begins in the first of them.
    pub(crate) offset: usize,
    pub(crate) lang: Lang,
    /// The word that names the program.
    pub(crate) program: usize,
    /// The word with the option that takes it.
    pub(crate) option: Option<usize>,
}

/// The code in a command, in the order of its words.
pub(crate) fn find<W: AsRef<[u8]>>(words: &[W]) -> Vec<Code> {
    let words: Vec<&[u8]> = words.iter().map(AsRef::as_ref).collect();
    let mut walk = options::Walk { words: &words, found: Vec::new() };
    walk.command(0, words.len());
    let mut found = walk.found;
    found.sort_by_key(|code| (code.first, code.offset));
    found.dedup_by_key(|code| code.first);
    found
}

/// The row for the name of a program, a directory before it and a version behind it left out.
fn row(word: &[u8]) -> Option<&'static Program> {
    let name = super::path::base_name(word);
    let of = |name: &[u8]| table::rows().find(|row| row.names.iter().any(|known| known.as_bytes() == name));
    of(name).or_else(|| {
        let version = name.iter().rev().take_while(|b| b.is_ascii_digit() || b".-".contains(b)).count();
        if version > 0 { of(&name[..name.len() - version]) } else { None }
    })
}

/// How the program and its option are shown: `bash -c`, `awk`.
pub(crate) fn title(words: &[Vec<u8>], code: &Code) -> String {
    let mut title = super::path::base_name(&words[code.program]).to_vec();
    if let Some(option) = code.option {
        let word = &words[option];
        let end = if option == code.first { code.offset } else { word.len() };
        title.push(b' ');
        title.extend_from_slice(word[..end].strip_suffix(b"=").unwrap_or(&word[..end]));
    }
    String::from_utf8_lossy(&title).into_owned()
}

/// True for programs in whose code `{s/a/b/}` is a block.
pub(crate) fn has_substitutions(word: &[u8]) -> bool {
    matches!(super::path::base_name(word), b"sed" | b"gsed" | b"ssed" | b"perl")
}

/// True for shells that do not read quotes as sh does, so that no value can be quoted for them here.
pub(crate) fn is_unlike_sh(program: &[u8]) -> bool {
    let name = super::path::base_name(program);
    interpreters::SHELLS_UNLIKE_SH.iter().any(|row| row.names.iter().any(|known| known.as_bytes() == name))
}

#[cfg(test)]
mod tests;
