//! Bytes made safe to show and safe to store.
//!
//! Two needs, two forms. [`visible`] is for eyes: what could move a cursor, hide text or turn its direction on a terminal
//! becomes a visible escape, and nobody has to read it back. [`text`] is for programs: any bytes become a valid Unicode
//! string (for JSON), and [`bytes`] gives the very same bytes back. Job output goes through neither: it is never changed.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Where a name in a message is cut, in characters: an argument can be 128 KiB long.
pub const SHOWN: usize = 200;

/// `raw` for a terminal: control bytes, C1 controls in both forms, direction controls, line separators and bytes that are
/// not UTF-8 become visible escapes (`\x1b`, `\u{202e}`, and `\n`, `\r`, `\t` for the common ones). Not reversible: a
/// backslash stays as it is.
pub fn visible(raw: &[u8]) -> Cow<'_, str> {
    escape(raw, |c| !hostile(c))
}

/// Like [`visible`], but tabs stay: a tag may be made of columns.
pub fn visible_tag(raw: &[u8]) -> Cow<'_, str> {
    escape(raw, |c| c == '\t' || !hostile(c))
}

/// [`visible`], cut after `most` characters, with an ellipsis where it was cut.
pub fn shown(raw: &[u8], most: usize) -> String {
    // No character takes more than four bytes, so the rest need not be looked at.
    let near = raw.get(..most.saturating_mul(4).saturating_add(4)).unwrap_or(raw);
    let mut whole = visible(near).into_owned();
    if let Some((at, _)) = whole.char_indices().nth(most) {
        whole.truncate(at);
        whole.push('…');
    }
    whole
}

/// `raw` as a Unicode string from which [`bytes`] gets it back: what is UTF-8 stays, a byte that is not becomes `\xhh`, and
/// a backslash is doubled only where it could be read as the start of one of these two.
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

/// The bytes that [`text`] was made from.
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
        // Writing to a String cannot fail.
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

/// True for what a terminal may act on instead of showing it, or what hides or reorders the text around it.
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
