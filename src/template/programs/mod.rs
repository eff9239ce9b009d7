//! Programs that run an argument as code: shells, programs that pass a word to a shell, and interpreters of other
//! languages.
//!
//! Each program is a row of data ([`table`]): the syntax of its options, the option or operand that is code, and the
//! start of a nested command. A command is parsed like its programs do: `env A=b nice -n 5 ssh -p 22 host sh -c CODE`
//! leads to `CODE`. After a program that is not in the table, the words are searched only for programs with code in
//! an option.

mod advice;
mod interpreters;
mod languages;
mod options;
mod shells;
mod strings;
mod table;
mod tmux;

pub(crate) use advice::{Quoted, Spelled, advice, has_braces, way_out};

/// The language of a piece of code.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lang {
    /// A shell with the quoting of sh, named in the command.
    Sh,
    /// The login shell of a user, here or on another machine: like sh, or fish.
    Login,
    /// A language for which apool cannot quote.
    Other(&'static Language),
}

/// A language other than that of sh, and the way to pass a value to it as data.
#[derive(Debug)]
pub(crate) struct Language {
    pub(crate) name: &'static str,
    pub(crate) way: Way,
}

/// The way to pass a value to code in another language.
#[derive(Debug)]
pub(crate) enum Way {
    /// The code is rewritten, and the value is an argument or a variable.
    Rewrite(Rewrite),
    /// Advice in words. `%` stands for the placeholder.
    Say(&'static str),
    /// For sed: the script is rewritten for perl.
    Sed,
}

/// The way to read a value in a language.
#[derive(Debug)]
pub(crate) struct Rewrite {
    /// Text before the code: for an argument, and for a variable.
    pub(crate) before: [&'static str; 2],
    /// The expression for an argument, with `%` for its number, and the number of the first argument. Empty if there
    /// is none.
    pub(crate) argument: (&'static str, usize),
    /// The words before the arguments.
    pub(crate) dashes: &'static str,
    /// Short options with which operands are files, so that the value cannot be an operand.
    pub(crate) loops: &'static str,
    /// The expression for a variable, with `%` for its name.
    pub(crate) named: &'static str,
    /// The way to set the variable.
    pub(crate) give: Give,
    /// The quotes of strings, and the text before and after an expression inside such a string.
    pub(crate) strings: &'static [(u8, &'static str, &'static str)],
    /// The words for reading the code from standard input.
    pub(crate) stdin: &'static str,
}

/// The way to set a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Give {
    /// `env x={}` before the program.
    Environment,
    /// `OPTION x {}` before the code.
    Option(&'static str),
    /// The code is on standard input, and `-v x={}` is an option of the program.
    Psql,
}

/// A program, or several with the same syntax.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) names: &'static [&'static str],
    /// Short options as for getopt(3): `c:` takes a value, and `e::` only a value in the same word.
    pub(crate) short: &'static str,
    /// Long options that take a value; `arg=2` takes two words.
    pub(crate) long: &'static [&'static str],
    pub(crate) style: Style,
    /// Options that take code or change the operands. A name of one letter is a short option.
    pub(crate) roles: &'static [(&'static str, Role)],
    pub(crate) operands: Operands,
}

/// The place of options.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    /// Up to the first operand.
    Stop,
    /// Also between operands.
    Permute,
    /// Like [`Style::Permute`], and `-name` is `--name`.
    OneDash,
    /// Like [`Style::Stop`], but `+x` is an option, and `-` ends the options.
    Shell,
    /// Like [`Style::Permute`], and `+CODE` is code.
    Plus(Lang),
}

/// The effect of an option.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// Its value is code.
    Code(Lang),
    /// Its value is code, and the operands are these.
    CodeThen(Lang, Operands),
    /// The following operands are these, counted from here.
    Then(Operands),
    /// Its value is the program that gets the words of the command.
    Entry,
    /// It is the last option, like `-m MODULE` of Python.
    Last,
    /// Its value is split into the first words of the command.
    Split(Lang),
}

/// The meaning of the operands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operands {
    /// Not code.
    Plain,
    /// A command in words, after this number of other operands.
    Command(usize),
    /// A command in words, after assignments.
    Assigned,
    /// Words that are joined by blanks and run as code, after this number of other operands.
    Joined(usize, Lang),
    /// A single word is code and several are a command, after this number of other operands.
    Words(usize, Lang),
    /// The operand after this number of others is code.
    Code(usize, Lang),
    /// Each operand after this number of others is code.
    Codes(usize, Lang),
    /// The first operand is the name of one of these programs.
    Sub(&'static [Program]),
    /// Actions such as `-exec COMMAND ;`.
    Actions,
}

/// Code in a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code {
    /// Its first word. The words of the code are joined by blanks.
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// The offset of the code in the first word, in bytes.
    pub(crate) offset: usize,
    pub(crate) lang: Lang,
    /// The index of the name of the program.
    pub(crate) program: usize,
    /// The index of the option that takes the code.
    pub(crate) option: Option<usize>,
}

/// The code in a command, in the order of its words.
pub(crate) fn find<W: AsRef<[u8]>>(words: &[W]) -> Vec<Code> {
    found(words, false)
}

/// The same, with nothing looked for behind a program that is not in the table.
pub(crate) fn find_known<W: AsRef<[u8]>>(words: &[W]) -> Vec<Code> {
    found(words, true)
}

fn found<W: AsRef<[u8]>>(words: &[W], only_known: bool) -> Vec<Code> {
    let words: Vec<&[u8]> = words.iter().map(AsRef::as_ref).collect();
    let mut walk = options::Walk { words: &words, found: Vec::new(), only_known };
    walk.command(0, words.len());
    let mut found = walk.found;
    found.sort_by_key(|code| (code.first, code.offset));
    found.dedup_by_key(|code| code.first);
    found
}

/// The row of a program, without a directory before its name and a version after it.
fn row(word: &[u8]) -> Option<&'static Program> {
    let name = super::path::base_name(word);
    let of = |name: &[u8]| table::rows().find(|row| row.names.iter().any(|known| known.as_bytes() == name));
    of(name).or_else(|| {
        let version = name.iter().rev().take_while(|b| b.is_ascii_digit() || b".-".contains(b)).count();
        if version > 0 { of(&name[..name.len() - version]) } else { None }
    })
}

/// What the operands of a program are, when it is in the table.
pub(crate) fn operands(word: &[u8]) -> Option<Operands> {
    row(word).map(|row| row.operands)
}

/// True when the word at `at` is the value of the option before it.
pub(crate) fn is_taken<W: AsRef<[u8]>>(words: &[W], at: usize) -> bool {
    let Some(program) = words[..at].iter().rev().find_map(|word| row(word.as_ref())) else { return false };
    let takes = |role: &Role| !matches!(role, Role::Then(_) | Role::Last);
    match words[at - 1].as_ref() {
        [b'-', b'-', name @ ..] => {
            program.long.iter().any(|long| long.split('=').next().is_some_and(|long| long.as_bytes() == name))
                || program.roles.iter().any(|(long, role)| long.as_bytes() == name && takes(role))
        }
        [b'-', .., letter] => {
            let spec = program.short.as_bytes();
            let place = spec.iter().position(|known| known == letter && *known != b':');
            place.is_some_and(|place| {
                spec[place + 1..].starts_with(b":") && !spec[place + 1..].starts_with(b"::")
            })
        }
        _ => false,
    }
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

/// True for shells with other quoting than sh. apool cannot quote values for them.
pub(crate) fn is_unlike_sh(program: &[u8]) -> bool {
    let name = super::path::base_name(program);
    interpreters::SHELLS_UNLIKE_SH.iter().any(|row| row.names.iter().any(|known| known.as_bytes() == name))
}

#[cfg(test)]
mod tests;
