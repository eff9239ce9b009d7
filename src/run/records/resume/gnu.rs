//! Compares commands with those of GNU parallel's joblogs, which quotes values in other words than we do: `a\ b` and
//! `'a b'` are the same to a shell. Only what is plainly the same counts; in doubt the job runs again.

use std::borrow::Cow;

/// A form in which commands are equal when a shell reads them as the same. Text whose reading is not plain (double quotes,
/// `$'…'`, backticks, comments, here-documents) is its own form.
pub(in crate::run) fn normalized(command: &[u8]) -> Cow<'_, [u8]> {
    if command.iter().all(|b| plain(*b) || *b == b' ') {
        return Cow::Borrowed(command);
    }
    // No form begins with 0 but those that are the text itself, so the two kinds never meet.
    let own = || Cow::Owned([b"\0", command].concat());
    let mut form = Vec::with_capacity(command.len() + 16);
    let mut rest = command;
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'\'' => {
                let Some(end) = memchr::memchr(b'\'', rest) else { return own() };
                if end == 0 {
                    form.extend_from_slice(b"''");
                }
                rest[..end].iter().for_each(|b| quoted(*b, &mut form));
                rest = &rest[end + 1..];
                if let Some(b'<' | b'>') = rest.first() {
                    return own();
                }
            }
            b'\\' => match rest {
                [] | [b'\n', ..] | [_, b'<' | b'>', ..] => return own(),
                [b, after @ ..] => {
                    quoted(*b, &mut form);
                    rest = after;
                }
            },
            b'"' | b'`' | b'#' | 0 => return own(),
            b'$' if matches!(rest.first(), Some(b'\'' | b'"' | b'{' | b'(')) => return own(),
            b'<' if rest.first() == Some(&b'<') => return own(),
            b => form.push(*b),
        }
    }
    Cow::Owned(form)
}

/// What means itself whether quoted or not.
fn plain(b: u8) -> bool {
    b.is_ascii_alphanumeric()
        || matches!(b, b'_' | b'.' | b'/' | b':' | b'@' | b',' | b'+' | b'-')
        || b >= 0x80
}

fn quoted(b: u8, form: &mut Vec<u8>) {
    if !plain(b) {
        form.push(b'\\');
    }
    form.push(b);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_to_a_shell_is_the_same() {
        for (a, b) in [
            ("echo 'a b'", "echo a\\ b"),
            ("echo 'a'", "echo a"),
            ("echo 'it'\\''s'", "echo it\\'s"),
            ("echo 'a\\tb'", "echo a\\\\tb"),
            ("echo 'é x'", "echo é\\ x"),
            ("echo \"$x\"", "echo \"$x\""),
        ] {
            assert_eq!(normalized(a.as_bytes()), normalized(b.as_bytes()), "{a} | {b}");
        }
        for (a, b) in [
            ("echo 'a b'", "echo a b"),
            ("echo '$x'", "echo $x"),
            ("echo ''", "echo "),
            ("'A=b' x", "A=b x"),
            ("echo '2'>x", "echo 2>x"),
            ("echo \\2>x", "echo 2>x"),
            ("echo '~'", "echo ~"),
            ("echo \"a b\"", "echo 'a b'"),
            ("echo '*'", "echo *"),
            ("echo a # 'b'", "echo a # b"),
            ("echo $'a'", "echo $a"),
            ("echo a\\\nb", "echo 'a\nb'"),
            ("cat <<'E'\n$x\nE", "cat <<E\n$x\nE"),
            ("'a", "a"),
        ] {
            assert_ne!(normalized(a.as_bytes()), normalized(b.as_bytes()), "{a} | {b}");
        }
    }
}
