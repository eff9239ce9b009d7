//! Whether a placeholder stands in code where an expression can take its place: inside a plain string literal.

use super::advice::{Quoted, Spelled};
use super::{Code, Language, Way};

/// True when every placeholder stands in such a literal, and nothing near it makes the text mean something else.
pub(super) fn are_plain(
    words: &[Quoted],
    code: &Code,
    text: &[u8],
    holes: &[Spelled],
    language: &Language,
) -> bool {
    let body = &text[code.offset.min(text.len())..];
    let has = |what: &[u8]| memchr::memmem::find(body, what).is_some();
    let compound: [&[u8]; 8] = [b"for ", b"while ", b"if ", b"with ", b"def ", b"class ", b"try", b"async "];
    let doubtful =
        [&b"\n"[..], b"\\", b"`", b"#", b"~", b"\"\"\"", b"'''", b"q(", b"q{", b"q[", b"%q", b"<<"];
    if doubtful.iter().any(|what| has(what)) || uses_name(words, code, body) {
        return false;
    }
    let is_python = language.name == "Python";
    if is_python && (body.starts_with(b"@") || compound.iter().any(|word| body.starts_with(word))) {
        return false;
    }
    holes.iter().all(|hole| hole.at >= code.offset && is_in_plain_string(text, code.offset, hole, language))
}

/// A name that the value would be given is one of the code, or of the command.
fn uses_name(words: &[Quoted], code: &Code, body: &[u8]) -> bool {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let names: [&[u8]; 6] = [b"x", b"y", b"z", b"u", b"v", b"w"];
    let in_code = body.split(|byte| !of_name(byte)).any(|word| names.contains(&word));
    in_code
        || words.iter().take(code.first).any(|word| {
            let (Quoted::Word(word) | Quoted::Raw(word)) = word;
            names.contains(&&**word) || names.iter().any(|name| word.starts_with(&[name, &b"="[..]].concat()))
        })
}

fn is_in_plain_string(text: &[u8], from: usize, hole: &Spelled, language: &Language) -> bool {
    let mut open: Option<(usize, u8)> = None;
    for (at, &byte) in text.iter().enumerate().take(hole.at).skip(from) {
        match open {
            Some((_, quote)) if quote == byte => open = None,
            // A division, or a regular expression in which quotes are none.
            None if byte == b'/' => return false,
            None if b"'\"".contains(&byte) => open = Some((at, byte)),
            _ => {}
        }
    }
    let Some((start, quote)) = open else { return false };
    let behind = hole.at + hole.len;
    let Some(end) = text[behind..].iter().position(|&byte| byte == quote).map(|count| behind + count) else {
        return false;
    };
    let Way::Rewrite(rewrite) = &language.way else { return false };
    if !rewrite.strings.iter().any(|(known, ..)| *known == quote) {
        return false;
    }
    let whole = start + 1 == hole.at && end == behind;
    let is_interpolated = |byte: &u8| b"$@[{-(".contains(byte);
    if text[start..hole.at].last().is_some_and(is_interpolated)
        || (!whole && text.get(behind).is_some_and(is_interpolated))
        || (!whole && language.name == "R")
    {
        return false;
    }
    let head = text[from..start].trim_ascii_end();
    // A letter directly before the quote belongs to it: `r"…"`. Behind a blank it is a word of its own.
    let glued = head.len() == start - from;
    let before = match head.last() {
        None => true,
        Some(byte) if byte.is_ascii_alphabetic() => !glued,
        Some(byte) => b"(,={[;:".contains(byte),
    };
    let tail = text[end + 1..].trim_ascii_start();
    let after = tail.first().is_none_or(|byte| b"),;}]".contains(byte));
    // The keys of an object, and `{"a"}` for one.
    let is_key = matches!(language.name, "jq" | "yq" | "JavaScript")
        && (head.ends_with(b"{") || (head.ends_with(b",") && text[from..start].contains(&b'{')));
    before && after && !is_key
}
