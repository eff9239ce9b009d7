//! Quoting for shells with the syntax of sh. Single quotes may contain every byte except a single quote and NUL.

use super::keywords;
use crate::job::Words;
use std::ffi::CStr;

/// True for a value that needs no quotes as an argument.
pub(crate) fn is_plain(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|b| b.is_ascii_alphanumeric() || b"_@%+:,./-".contains(b))
}

/// The shell that removes the quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A shell with the quotes of sh.
    Sh,
    /// The login shell of a user: like sh, or fish, where a backslash in single quotes has a meaning.
    Login,
}

/// Appends `value` in quotes for a shell.
pub(crate) fn put(out: &mut Vec<u8>, value: &[u8], reader: Reader) {
    match reader {
        Reader::Sh => single(out, value),
        Reader::Login => for_login(out, value),
    }
}

/// Appends `value` in quotes that sh and fish parse alike: single quotes and backslashes are in double quotes.
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

/// The maximum length of a text after it was quoted `levels` times, in bytes.
pub(crate) fn nested(text: &[u8], levels: usize) -> usize {
    let mut special = text.iter().filter(|byte| kind(**byte) != 0).count();
    let mut len = text.len();
    for _ in 0..levels {
        // A quote or backslash becomes at most six bytes, all of them quotes or backslashes. Two more enclose the text.
        len = len.saturating_add(special.saturating_mul(5)).saturating_add(2);
        special = special.saturating_mul(6).saturating_add(2);
    }
    len
}

/// The byte, if it is a single quote or a backslash, and otherwise 0.
fn kind(byte: u8) -> u8 {
    if matches!(byte, b'\'' | b'\\') { byte } else { 0 }
}

/// Appends `value` in single quotes.
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

/// The value as one word of a shell with the quotes of sh.
pub fn quoted(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 2);
    if is_plain(value) {
        out.extend_from_slice(value);
    } else {
        single(&mut out, value);
    }
    out
}

/// The arguments as one line that can be pasted into a shell. Words that are not plain are in single quotes.
///
/// A first word that the shell would not take as the name of a program (`if`, `a=b`) is quoted, too.
pub fn command_line(argv: &Words) -> Vec<u8> {
    let mut out = Vec::with_capacity(argv.bytes() + 2 * argv.len());
    for (index, word) in argv.iter().map(CStr::to_bytes).enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        if is_plain(word) && !(index == 0 && keywords::is_keyword(word)) {
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
