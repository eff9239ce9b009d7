//! Makes bytes safe to show and to store.
//!
//! [`visible`] is for people: characters that move a cursor, hide text or change its direction become visible escapes.
//! It is not reversible. [`text`] is for programs: any bytes become a valid Unicode string (for JSON), and [`bytes`]
//! returns the same bytes. Job output is never changed.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The length at which a name in a message is cut, in characters. An argument can have 128 KiB.
pub const SHOWN: usize = 200;

/// `raw` for a terminal. Control bytes, C1 controls in both forms, direction controls, line separators and invalid
/// UTF-8 become escapes (`\x1b`, `\u{202e}`, `\n`, `\r`, `\t`). Not reversible: a backslash is unchanged.
pub fn visible(raw: &[u8]) -> Cow<'_, str> {
    escape(raw, |c| !hostile(c))
}

/// Like [`visible`], but tabs are unchanged: a tag may have columns.
pub fn visible_tag(raw: &[u8]) -> Cow<'_, str> {
    escape(raw, |c| c == '\t' || !hostile(c))
}

/// [`visible`], cut after `most` characters. A cut text ends with an ellipsis.
pub fn shown(raw: &[u8], most: usize) -> String {
    // A character has at most four bytes.
    let near = raw.get(..most.saturating_mul(4).saturating_add(4)).unwrap_or(raw);
    let mut whole = visible(near).into_owned();
    if let Some((at, _)) = whole.char_indices().nth(most) {
        whole.truncate(at);
        whole.push('…');
    }
    whole
}

/// `raw` as a Unicode string that [`bytes`] can reverse. An invalid byte becomes `\xhh`. A backslash is doubled only
/// where it could be read as the start of one of these two.
pub fn text(raw: &[u8]) -> Cow<'_, str> {
    if !raw.contains(&b'\\')
        && let Ok(whole) = str::from_utf8(raw)
    {
        return Cow::Borrowed(whole);
    }
    let mut out = String::with_capacity(raw.len() + 16);
    for chunk in raw.utf8_chunks() {
        let mut rest = chunk.valid().chars().peekable();
        while let Some(c) = rest.next() {
            out.push(c);
            let unclear = match rest.peek() {
                Some(next) => matches!(next, '\\' | 'x'),
                None => !chunk.invalid().is_empty(),
            };
            if c == '\\' && unclear {
                out.push('\\');
            }
        }
        hex(&mut out, chunk.invalid());
    }
    Cow::Owned(out)
}

/// The bytes of a result of [`text`].
pub fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'\\' {
            match *rest {
                [b'\\', ..] => rest = &rest[1..],
                [b'x', high, low, ..] => {
                    if let (Some(high), Some(low)) = (digit(high), digit(low)) {
                        out.push(high << 4 | low);
                        rest = &rest[3..];
                        continue;
                    }
                }
                _ => {}
            }
        }
        out.push(byte);
    }
    out
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|d| d as u8)
}

fn hex(out: &mut String, raw: &[u8]) {
    for byte in raw {
        // A write to a String cannot fail.
        let _ = write!(out, "\\x{byte:02x}");
    }
}

fn escape(raw: &[u8], plain: impl Fn(char) -> bool) -> Cow<'_, str> {
    if let Ok(whole) = str::from_utf8(raw)
        && whole.chars().all(&plain)
    {
        return Cow::Borrowed(whole);
    }
    let mut out = String::with_capacity(raw.len() + 16);
    for chunk in raw.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                _ if plain(c) => out.push(c),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\0'..='\x7f' => hex(&mut out, &[c as u8]),
                _ => out.extend(c.escape_unicode()),
            }
        }
        hex(&mut out, chunk.invalid());
    }
    Cow::Owned(out)
}

/// True for characters that a terminal interprets, and for those that hide or reorder other text.
fn hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // direction
            | '\u{2028}' | '\u{2029}' // separators of lines and paragraphs
            | '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' // no width, annotations
            | '\u{e0000}'..='\u{e007f}') // tags: text that is not shown
}

#[cfg(test)]
mod tests;
