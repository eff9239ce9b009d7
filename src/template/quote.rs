//! Quoting for shells that read as sh does: single quotes hold every byte but themselves (and NUL, which no argument has).

use crate::job::Words;
use std::ffi::CStr;

/// True for a value that a shell takes as one plain word wherever an argument may stand.
pub(crate) fn is_plain(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|b| b.is_ascii_alphanumeric() || b"_@%+:,./-".contains(b))
}

/// The shell that takes the quotes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// One that reads them as sh does.
    Sh,
    /// The shell of a user: like sh, or fish, to which a backslash within single quotes means something.
    Login,
}

/// Adds `value` in quotes for a shell.
pub(crate) fn put(out: &mut Vec<u8>, value: &[u8], reader: Reader) {
    match reader {
        Reader::Sh => single(out, value),
        Reader::Login => for_login(out, value),
    }
}

/// Adds `value` in quotes that sh and fish read alike: quotes and backslashes stand in double quotes.
fn for_login(out: &mut Vec<u8>, value: &[u8]) {
    if value.is_empty() {
        return out.extend_from_slice(b"''");
    }
    for part in value.chunk_by(|a, b| kind(*a) == kind(*b)) {
        match kind(part[0]) {
            b'\'' => {
                out.push(b'"');
                out.extend_from_slice(part);
                out.push(b'"');
            }
            b'\\' => {
                out.push(b'"');
                out.extend(part.iter().flat_map(|_| *b"\\\\"));
                out.push(b'"');
            }
            _ => single(out, part),
        }
    }
}

/// How long a text is at most once it was quoted so often.
pub(crate) fn nested(text: &[u8], levels: usize) -> usize {
    let mut special = text.iter().filter(|byte| kind(**byte) != 0).count();
    let mut len = text.len();
    for _ in 0..levels {
        // A quote or backslash becomes six bytes at most, all of them such; and two stand around it all.
        len = len.saturating_add(special.saturating_mul(5)).saturating_add(2);
        special = special.saturating_mul(6).saturating_add(2);
    }
    len
}

/// A quote, a backslash, or neither.
fn kind(byte: u8) -> u8 {
    if matches!(byte, b'\'' | b'\\') { byte } else { 0 }
}

/// Adds `value` in single quotes.
pub(crate) fn single(out: &mut Vec<u8>, value: &[u8]) {
    out.reserve(value.len() + 2);
    out.push(b'\'');
    let mut rest = value;
    while let Some(at) = memchr::memchr(b'\'', rest) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(b"'\\''");
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'\'');
}

/// argv as one line that can be pasted into a shell: plain words as they are, others in single quotes.
///
/// A first word that the shell would not take as the name of a program to look up (`if`, `a=b`) is quoted too.
pub fn command_line(argv: &Words) -> Vec<u8> {
    let mut out = Vec::with_capacity(argv.bytes() + 2 * argv.len());
    for (index, word) in argv.iter().map(CStr::to_bytes).enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        if is_plain(word) && !(index == 0 && super::record::is_keyword(word)) {
            out.extend_from_slice(word);
        } else {
            single(&mut out, word);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_can_be_pasted() {
        let line = |words: &[&str]| {
            let mut argv = Words::default();
            for word in words {
                argv.push(word.as_bytes()).unwrap();
            }
            String::from_utf8(command_line(&argv)).unwrap()
        };
        assert_eq!(
            line(&["echo", "a", "b c", "", "it's", "a=b", "~", "-n"]),
            r"echo a 'b c' '' 'it'\''s' 'a=b' '~' -n"
        );
        assert_eq!(line(&["if", "then"]), "'if' then");
        assert_eq!(line(&["a\nb"]), "'a\nb'");
        assert_eq!(line(&[]), "");
    }
}
