//! Records that are command lines themselves: executed directly when they are plain words, else by the shell.
//!
//! The test is make's: no byte that a shell could take for more than itself, and a first word that is the name of a
//! program rather than something only a shell knows. It may send a line to the shell needlessly, never the other way.

use crate::job::Words;

use super::error::RenderError;
use super::size::Size;
use super::syntax::{ROOM_FOR_SHELL, Shell, Values};

/// Reserved words, which an unquoted first word must not be.
const KEYWORDS: &[&[u8]] = &[
    b"!",
    b"{",
    b"}",
    b"[[",
    b"]]",
    b"case",
    b"coproc",
    b"do",
    b"done",
    b"elif",
    b"else",
    b"esac",
    b"fi",
    b"for",
    b"foreach",
    b"function",
    b"if",
    b"in",
    b"repeat",
    b"select",
    b"then",
    b"time",
    b"until",
    b"while",
];

/// Builtins that have no program of quite the same effect. `echo`, `test`, `true` and `false` have one.
const BUILTINS: &[&[u8]] = &[
    b".",
    b":",
    b"alias",
    b"autoload",
    b"bg",
    b"bind",
    b"break",
    b"builtin",
    b"caller",
    b"cd",
    b"command",
    b"compgen",
    b"complete",
    b"compopt",
    b"continue",
    b"declare",
    b"dirs",
    b"disown",
    b"enable",
    b"eval",
    b"exec",
    b"exit",
    b"export",
    b"fc",
    b"fg",
    b"getopts",
    b"hash",
    b"help",
    b"history",
    b"jobs",
    b"kill",
    b"let",
    b"local",
    b"logout",
    b"mapfile",
    b"nocorrect",
    b"noglob",
    b"popd",
    b"print",
    b"printf",
    b"pushd",
    b"pwd",
    b"read",
    b"readarray",
    b"readonly",
    b"return",
    b"set",
    b"setopt",
    b"shift",
    b"shopt",
    b"source",
    b"suspend",
    b"times",
    b"trap",
    b"type",
    b"typeset",
    b"ulimit",
    b"umask",
    b"unalias",
    b"unset",
    b"unsetopt",
    b"wait",
    b"whence",
    b"zmodload",
];

pub(crate) fn is_keyword(word: &[u8]) -> bool {
    KEYWORDS.contains(&word)
}

/// True for a byte that a shell may take for more than itself.
pub(crate) fn is_meta(byte: u8) -> bool {
    byte < b' ' || byte == 0x7f || b"#;\"*?[]&|<>(){}$`^~!\\'".contains(&byte)
}

/// The words of a line that needs no shell.
pub(crate) fn plain_words<'l>(line: &'l [u8], shell: &Shell) -> Option<Vec<&'l [u8]>> {
    if line.iter().any(|&byte| is_meta(byte) && byte != b'\t') {
        return None;
    }
    let words: Vec<&[u8]> = line.split(|b| b" \t".contains(b)).filter(|word| !word.is_empty()).collect();
    let first = *words.first()?;
    let for_shell = first.contains(&b'=')
        || first[0] == b'%'
        || first[0] == b'-'
        || is_keyword(first)
        || BUILTINS.contains(&first)
        || shell.functions.iter().any(|name| name == first);
    // What a builtin echo makes of an option differs from shell to shell, so an option goes to the shell that was asked for.
    let echo_option = first == b"echo" && words.get(1).is_some_and(|word| word[0] == b'-');
    (!for_shell && !echo_option).then_some(words)
}

/// Records as commands.
#[derive(Clone, Debug)]
pub struct Record {
    pub(crate) shell: Shell,
}

impl Record {
    /// How long the command line becomes: lines of a script, or the words of one line.
    pub(crate) fn size(&self) -> Size {
        let mut size = Size { copies: 1, bytes_each: 1, in_one_word: true, ..Size::default() };
        self.shell.argv.iter().for_each(|word| size.fixed(word.as_bytes().len()));
        size.fixed(0);
        size
    }

    /// Several records are lines of one script; the columns of one are words of one line.
    pub(crate) fn render(&self, values: &Values<'_>) -> Result<Words, RenderError> {
        let line = line_of(values);
        let mut argv = Words::with_room(line.len() + ROOM_FOR_SHELL);
        if let Some(words) = plain_words(&line, &self.shell) {
            words.into_iter().try_for_each(|word| argv.push(word))?;
        } else {
            self.shell.put_into(&mut argv);
            argv.push(&line)?;
        }
        Ok(argv)
    }
}

fn line_of(values: &Values<'_>) -> Vec<u8> {
    use crate::job::Args;
    match values.args {
        Args::None => Vec::new(),
        Args::One(row) => row.values().collect::<Vec<_>>().join(&b' '),
        Args::Packed(row) => row.values().collect::<Vec<_>>().join(&b'\n'),
        Args::Many(rows) => {
            let lines: Vec<Vec<u8>> =
                rows.iter().map(|row| row.values().collect::<Vec<_>>().join(&b' ')).collect();
            lines.join(&b'\n')
        }
    }
}
