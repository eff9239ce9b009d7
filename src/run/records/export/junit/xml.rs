//! Text and attributes of XML 1.0. Pure.
//!
//! XML forbids most control characters, also as a reference: junitparser refuses a file with `&#x1b;`. They are left
//! out. Bytes that are not UTF-8 become U+FFFD.

/// Appends the text of an element.
pub fn text(out: &mut Vec<u8>, raw: &[u8]) {
    for c in String::from_utf8_lossy(raw).chars().filter(|&c| is_allowed(c)) {
        match c {
            // A bare one would be read as a newline.
            '\r' => out.extend_from_slice(b"&#13;"),
            c => escaped(out, c),
        }
    }
}

/// Appends ` name="value"`.
pub fn attribute(out: &mut Vec<u8>, name: &str, value: &str) {
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    for c in value.chars().filter(|&c| is_allowed(c)) {
        match c {
            // A bare one would be read as a blank.
            '\t' | '\n' | '\r' => out.extend_from_slice(format!("&#{};", u32::from(c)).as_bytes()),
            c => escaped(out, c),
        }
    }
    out.push(b'"');
}

fn escaped(out: &mut Vec<u8>, c: char) {
    match c {
        '&' => out.extend_from_slice(b"&amp;"),
        '<' => out.extend_from_slice(b"&lt;"),
        '>' => out.extend_from_slice(b"&gt;"),
        '"' => out.extend_from_slice(b"&quot;"),
        c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// True for a character of XML 1.0.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && !('\u{7f}'..='\u{9f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The characters that a reader of XML gets.
    fn read(xml: &str) -> String {
        let mut out = xml.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        for (reference, c) in [("&#9;", "\t"), ("&#10;", "\n"), ("&#13;", "\r")] {
            out = out.replace(reference, c);
        }
        out.replace("&amp;", "&")
    }

    #[test]
    fn forbidden_characters_are_left_out() {
        let mut out = Vec::new();
        text(&mut out, b"a\x1b[31m\0\x08b\t\r\n\xff<&>\"\xc2\x85\xef\xbf\xbe");
        assert_eq!(String::from_utf8(out).unwrap(), "a[31mb\t&#13;\n\u{fffd}&lt;&amp;&gt;&quot;");
        let mut out = Vec::new();
        attribute(&mut out, "n", "a\n\"\u{1b}'<");
        assert_eq!(String::from_utf8(out).unwrap(), " n=\"a&#10;&quot;'&lt;\"");
    }

    proptest! {
        #[test]
        fn a_reader_gets_the_allowed_characters(raw in proptest::collection::vec(any::<u8>(), 0..100)) {
            let all = String::from_utf8_lossy(&raw).into_owned();
            let wanted: String = all.chars().filter(|&c| is_allowed(c)).collect();
            let mut out = Vec::new();
            text(&mut out, &raw);
            let text = String::from_utf8(out).unwrap();
            prop_assert!(!text.contains(['<', '>', '"', '\r']));
            prop_assert_eq!(read(&text), wanted.clone());
            let mut out = Vec::new();
            attribute(&mut out, "n", &all);
            let attribute = String::from_utf8(out).unwrap();
            let value = attribute.strip_prefix(" n=\"").unwrap().strip_suffix('"').unwrap();
            prop_assert!(!value.contains(['<', '>', '"', '\t', '\n', '\r']));
            prop_assert_eq!(read(value), wanted);
        }
    }
}
