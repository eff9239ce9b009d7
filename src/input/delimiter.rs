//! The value of `-d`: a byte string with C escapes. Pure.

use std::fmt;

/// The errors of the value of `-d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DelimiterError {
    /// The value is empty.
    Empty,
    /// An unknown escape: the byte after the backslash, or `None` at the end.
    Escape(Option<u8>),
    /// A number over 255.
    Range,
}

impl fmt::Display for DelimiterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DelimiterError::Empty => f.write_str("the delimiter is empty"),
            DelimiterError::Escape(None) => {
                f.write_str("the delimiter ends in a lone backslash; write \\\\ for one")
            }
            DelimiterError::Escape(Some(byte)) => {
                write!(f, "unknown escape \\{} in the delimiter", byte.escape_ascii())
            }
            DelimiterError::Range => f.write_str("an octal escape in the delimiter is over \\377"),
        }
    }
}

impl std::error::Error for DelimiterError {}

/// Parses a delimiter: `\a \b \f \n \r \t \v \\`, `\0` to `\377` in octal, `\xH` or `\xHH`. Every other byte is
/// literal.
pub fn parse_delimiter(text: &[u8]) -> Result<Vec<u8>, DelimiterError> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'\\' {
            let (byte, used) = escape(rest)?;
            out.push(byte);
            rest = &rest[used..];
        } else {
            out.push(*first);
        }
    }
    if out.is_empty() { Err(DelimiterError::Empty) } else { Ok(out) }
}

/// The byte of the escape after a backslash, and the length of the escape.
fn escape(rest: &[u8]) -> Result<(u8, usize), DelimiterError> {
    let &kind = rest.first().ok_or(DelimiterError::Escape(None))?;
    let byte = match kind {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'0'..=b'7' => {
            let (value, used) = number(rest, 8, 3);
            return u8::try_from(value).map(|b| (b, used)).map_err(|_| DelimiterError::Range);
        }
        b'x' => {
            let (value, used) = number(&rest[1..], 16, 2);
            if used == 0 {
                return Err(DelimiterError::Escape(Some(b'x')));
            }
            return Ok((value as u8, used + 1));
        }
        other => return Err(DelimiterError::Escape(Some(other))),
    };
    Ok((byte, 1))
}

fn number(digits: &[u8], base: u32, most: usize) -> (u32, usize) {
    let values = digits.iter().take(most).map_while(|d| char::from(*d).to_digit(base));
    values.fold((0, 0), |(sum, used), d| (sum * base + d, used + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_c() {
        let ok = |text: &str| parse_delimiter(text.as_bytes()).unwrap();
        assert_eq!(ok(","), b",");
        assert_eq!(ok("\\n\\n"), b"\n\n");
        assert_eq!(ok("\\t\\0\\r\\a\\b\\f\\v\\\\"), b"\t\0\r\x07\x08\x0c\x0b\\");
        assert_eq!(ok("\\x2cX\\x9"), b",X\x09");
        assert_eq!(ok("\\0543"), b",3");
        assert_eq!(ok("\\377--"), b"\xff--");
        assert_eq!(ok("é"), "é".as_bytes());
    }

    #[test]
    fn what_is_wrong_is_said() {
        let err = |text: &str| parse_delimiter(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(err(""), "the delimiter is empty");
        assert_eq!(err("\\"), "the delimiter ends in a lone backslash; write \\\\ for one");
        assert_eq!(err("\\q"), "unknown escape \\q in the delimiter");
        assert_eq!(err("\\xzz"), "unknown escape \\x in the delimiter");
        assert_eq!(err("\\400"), "an octal escape in the delimiter is over \\377");
    }
}
