//! Values as names of files: every value gives one plain component of a path.
//!
//! The escapes are those of GNU parallel (`\\`, `\t`, `\_` for `/`), with further ones for the values that it does not
//! escape: `.`, `..`, the empty value, control characters. Different values have different names.

use std::io::Write;

/// The longest name in bytes. File systems accept 255, and a suffix must fit.
const LONGEST: usize = 200;
/// The part of a longer name that is kept before the mark and the hash.
const KEPT: usize = LONGEST - 2 - 16;

/// A value as one component of a path. It is never empty, `.` or `..`, and has no `/` or control character.
pub(in crate::run) fn component(value: &[u8]) -> Vec<u8> {
    let mut name = Vec::with_capacity(value.len() + 8);
    match value {
        b"" => return b"\\e".to_vec(),
        b"." | b".." => name.push(b'\\'),
        _ => {}
    }
    for &byte in value {
        match byte {
            b'\\' => name.extend_from_slice(b"\\\\"),
            b'\t' => name.extend_from_slice(b"\\t"),
            b'\n' => name.extend_from_slice(b"\\n"),
            b'/' => name.extend_from_slice(b"\\_"),
            0 => name.extend_from_slice(b"\\0"),
            0x01..=0x1f | 0x7f => {
                let _ = write!(name, "\\x{byte:02x}");
            }
            _ => name.push(byte),
        }
    }
    if name.len() <= LONGEST { name } else { shortened(&name) }
}

/// The beginning of a long name, a mark that no other name contains, and a hash of the whole name.
fn shortened(name: &[u8]) -> Vec<u8> {
    let kept = &name[..KEPT];
    // The cut must not fall inside a UTF-8 character.
    let kept = match std::str::from_utf8(kept) {
        Err(e) if e.error_len().is_none() => &kept[..e.valid_up_to()],
        _ => kept,
    };
    let mut short = kept.to_vec();
    let _ = write!(short, "\\~{:016x}", fnv1a(name));
    short
}

/// FNV-1a with 64 bits. It must not change, because the names stay on disks.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

/// A rendered pattern as components. `/` separates them, empty ones and `.` are removed, and `..` is escaped, so that a
/// value cannot lead to a directory above. True when the pattern ends with `/`.
pub(in crate::run) fn components(rendered: &[u8]) -> (Vec<Vec<u8>>, bool) {
    let parts = rendered.split(|b| *b == b'/').filter(|part| !part.is_empty() && *part != b".");
    (parts.map(component_of_pattern).collect(), rendered.is_empty() || rendered.ends_with(b"/"))
}

/// As [`component`], but a backslash stays, because the user may want one in a pattern.
fn component_of_pattern(part: &[u8]) -> Vec<u8> {
    let pieces: Vec<Vec<u8>> = match part {
        b".." => return component(part),
        _ => part.split(|b| *b == b'\\').map(|p| if p.is_empty() { Vec::new() } else { plain(p) }).collect(),
    };
    let name = pieces.join(&b'\\');
    if name.len() <= LONGEST { name } else { shortened(&name) }
}

/// Escapes only control characters.
fn plain(piece: &[u8]) -> Vec<u8> {
    let mut name = Vec::with_capacity(piece.len());
    for &byte in piece {
        if byte < b' ' || byte == 0x7f {
            let _ = write!(name, "\\x{byte:02x}");
        } else {
            name.push(byte);
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn safe(name: &[u8]) -> bool {
        let odd = |b: &u8| *b < b' ' || *b == 0x7f || *b == b'/';
        !name.is_empty() && name.len() <= LONGEST && name != b"." && name != b".." && !name.iter().any(odd)
    }

    #[test]
    fn names() {
        for (value, name) in [
            ("a b", "a b"),
            ("x/y", "x\\_y"),
            ("t\tb\\", "t\\tb\\\\"),
            ("", "\\e"),
            (".", "\\."),
            ("..", "\\.."),
            ("...", "..."),
            (".hidden", ".hidden"),
            ("\x1b[0m\n", "\\x1b[0m\\n"),
            ("é", "é"),
        ] {
            assert_eq!(component(value.as_bytes()), name.as_bytes(), "{value:?}");
        }
        let (a, b) = ("é".repeat(200), "é".repeat(201));
        let (a, b) = (component(a.as_bytes()), component(b.as_bytes()));
        assert!(a != b && a.len() <= LONGEST && std::str::from_utf8(&a).is_ok());
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
    }

    #[test]
    fn patterns() {
        let names = |text: &str| {
            let (parts, directory) = components(text.as_bytes());
            (parts.into_iter().map(|p| String::from_utf8(p).unwrap()).collect::<Vec<_>>(), directory)
        };
        assert_eq!(names("a-b.txt"), (vec!["a-b.txt".to_owned()], false));
        assert_eq!(names("/etc//./x/"), (vec!["etc".to_owned(), "x".to_owned()], true));
        assert_eq!(names("../../x"), (vec!["\\..".to_owned(), "\\..".to_owned(), "x".to_owned()], false));
        assert_eq!(names(""), (vec![], true));
        assert_eq!(names("a\\b\x07"), (vec!["a\\b\\x07".to_owned()], false));
    }

    proptest! {
        #[test]
        fn every_name_is_safe_and_different(a in name(), b in name()) {
            prop_assert!(safe(&component(&a)), "{:?}", component(&a));
            prop_assert_eq!(component(&a) == component(&b), a == b);
            prop_assert!(components(&a).0.iter().all(|part| safe(part)));
        }
    }

    fn name() -> impl Strategy<Value = Vec<u8>> {
        let odd = prop_oneof![any::<u8>(), Just(b'/'), Just(b'.'), Just(b'\\'), Just(b'e'), Just(b'_')];
        prop_oneof![proptest::collection::vec(odd.clone(), 0..4), proptest::collection::vec(odd, 150..260)]
    }
}
