//! Quoting for shells that read as sh does: single quotes hold every byte but themselves (and NUL, which no argument has).

use crate::job::Words;
use std::ffi::CStr;

/// True for a value that a shell takes as one plain word wherever an argument may stand.
pub(crate) fn is_plain(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(|b| b.is_ascii_alphanumeric() || b"_@%+:,./-".contains(b))
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
