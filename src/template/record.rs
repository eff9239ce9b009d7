//! Records that are command lines. A line of plain words is executed directly, any other line by the shell.
//!
//! The test is that of make: a plain line has no byte with a meaning for a shell, and its first word is not a reserved word,
//! builtin or function. In doubt the shell runs the line.

use crate::job::Words;

use super::error::RenderError;
use super::keywords::{is_builtin, is_keyword};
use super::size::Size;
use super::syntax::{ROOM_FOR_SHELL, Shell, Values};

/// True for a byte with a meaning for a shell.
pub(crate) fn is_meta(byte: u8) -> bool {
    byte < b' ' || byte == 0x7f || b"#;\"*?[]&|<>(){}$`^~!\\'".contains(&byte)
}

/// The words of a line, if it needs no shell.
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
        || is_builtin(first)
        || shell.functions.iter().any(|name| name == first);
    // The options of a builtin echo differ between shells, so the chosen shell runs an echo with options.
    let echo_option = first == b"echo" && words.get(1).is_some_and(|word| word[0] == b'-');
    (!for_shell && !echo_option).then_some(words)
}

/// Records that are command lines.
#[derive(Clone, Debug)]
pub struct Record {
    pub(crate) shell: Shell,
    /// The shell runs every line.
    pub(crate) always: bool,
}

impl Record {
    /// The size of the command line: lines of a script, or the words of one line.
    pub(crate) fn size(&self) -> Size {
        let mut size = Size { copies: 1, bytes_each: 1, in_one_word: true, ..Size::default() };
        self.shell.argv.iter().for_each(|word| size.fixed(word.as_bytes().len()));
        size.fixed(0);
        size
    }

    /// The arguments. Several records are lines of one script; the columns of one record are words of one line.
    pub(crate) fn render(&self, values: &Values<'_>) -> Result<Words, RenderError> {
        let line = line_of(values);
        let mut argv = Words::with_room(line.len() + ROOM_FOR_SHELL);
        if let Some(words) = plain_words(&line, &self.shell).filter(|_| !self.always) {
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
