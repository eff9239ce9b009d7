//! Compares commands with those of GNU parallel's joblogs. GNU parallel quotes values differently: `a\ b` and `'a b'`
//! mean the same to a shell. Only commands that certainly mean the same are equal. In doubt the job runs again.

use std::borrow::Cow;

/// A form that is equal for commands that a shell reads in the same way. Text with a complex reading (double quotes,
/// `$'…'`, backticks, comments, here-documents) is only equal to itself.
pub(in crate::run) fn normalized(command: &[u8]) -> Cow<'_, [u8]> {
    if command.iter().all(|b| plain(*b) || *b == b' ') {
        return Cow::Borrowed(command);
    }
    // Only an unchanged text gets the prefix 0, so it never equals a normalized form.
    let unchanged = || Cow::Owned([b"\0", command].concat());
    let mut form = Vec::with_capacity(command.len() + 16);
    let mut rest = command;
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'\'' => {
                let Some(end) = memchr::memchr(b'\'', rest) else { return unchanged() };
                if end == 0 {
                    form.extend_from_slice(b"''");
                }
                rest[..end].iter().for_each(|b| quoted(*b, &mut form));
                rest = &rest[end + 1..];
                if let Some(b'<' | b'>') = rest.first() {
                    return unchanged();
                }
            }
            b'\\' => match rest {
                [] | [b'\n', ..] | [_, b'<' | b'>', ..] => return unchanged(),
                [b, after @ ..] => {
                    quoted(*b, &mut form);
                    rest = after;
                }
            },
            b'"' | b'`' | b'#' | 0 => return unchanged(),
            b'$' if matches!(rest.first(), Some(b'\'' | b'"' | b'{' | b'(')) => return unchanged(),
            b'<' if rest.first() == Some(&b'<') => return unchanged(),
            b => form.push(*b),
        }
    }
    Cow::Owned(form)
}

/// True for bytes that mean the same with and without quotes.
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
    fn commands_that_a_shell_reads_in_the_same_way_are_equal() {
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
