use super::*;
use proptest::prelude::*;

#[test]
fn controls_are_escaped_and_names_stay_readable() {
    assert_eq!(visible(b"plain name \xc3\xa9"), "plain name é");
    assert_eq!(visible(b"\x1b[31mred\x07\x7f\0"), "\\x1b[31mred\\x07\\x7f\\x00");
    assert_eq!(visible(b"a\nb\tc\r"), "a\\nb\\tc\\r");
    assert_eq!(visible(b"\x9b31m"), "\\x9b31m");
    assert_eq!(visible("\u{9b}31m".as_bytes()), "\\u{9b}31m");
    assert_eq!(visible("exe\u{202e}gpj.".as_bytes()), "exe\\u{202e}gpj.");
    assert_eq!(visible(b"\xff\xc3("), "\\xff\\xc3(");
    assert!(matches!(visible(b"borrowed"), Cow::Borrowed(_)));
}

#[test]
fn a_tag_keeps_its_tabs_only() {
    assert_eq!(visible_tag(b"a\tb\x1b\n"), "a\tb\\x1b\\n");
}

#[test]
fn a_long_name_is_cut() {
    assert_eq!(shown(b"abcdef", 3), "abc…");
    assert_eq!(shown(b"abc", 3), "abc");
    assert_eq!(shown("éééé".as_bytes(), 3), "ééé…");
    assert_eq!(shown(&[b'x'; 1000], SHOWN).chars().count(), SHOWN + 1);
    assert_eq!(shown(b"", 0), "");
}

#[test]
fn the_reversible_form_changes_few_bytes() {
    assert_eq!(text(b"sed 's/\\./-/'"), "sed 's/\\./-/'");
    assert_eq!(text(b"\\x41"), "\\\\x41");
    assert_eq!(text(b"a\xffb"), "a\\xffb");
    assert_eq!(text(b"\\\xff"), "\\\\\\xff");
    assert_eq!(bytes("\\\\x41"), b"\\x41");
    assert_eq!(bytes("\\xzz\\"), b"\\xzz\\");
}

/// Bytes with many backslashes, `x`, hex digits and parts of UTF-8 characters.
fn tricky() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b'\\'),
        Just(b'x'),
        Just(b'f'),
        Just(b'4'),
        Just(0xc3),
        Just(0xa9),
        Just(0x1b),
        Just(0xe2),
        Just(0x80),
        Just(0xae),
        any::<u8>(),
    ];
    proptest::collection::vec(piece, 0..40)
}

proptest! {
    #[test]
    fn the_reversible_form_gives_back_the_bytes(raw in tricky()) {
        prop_assert_eq!(bytes(&text(&raw)), raw);
    }

    #[test]
    fn different_bytes_have_different_texts(a in tricky(), b in tricky()) {
        prop_assert_eq!(text(&a) == text(&b), a == b);
    }

    #[test]
    fn no_control_character_is_left(raw in tricky()) {
        let seen = visible(&raw);
        prop_assert!(seen.chars().all(|c| !hostile(c)), "{:?}", seen);
        prop_assert!(seen.bytes().all(|b| b >= 0x20 && b != 0x7f));
        let tag = visible_tag(&raw);
        prop_assert!(tag.chars().all(|c| c == '\t' || !hostile(c)), "{:?}", tag);
        prop_assert!(shown(&raw, 7).chars().count() <= 8);
    }
}
