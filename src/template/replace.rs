//! Regular-expression replacement: `{s/FROM/TO/}` and the rules of `--rpl`.
//!
//! The syntax is that of `s///` in Perl and sed. FROM is an expression of the regex crate over bytes, without
//! look-around and back-references. In TO, `$1` or `\1` is a group, `$&` or `\0` the whole match, and `\U \L \u \l
//! \E` change the case. No other Perl is supported.

use std::sync::Arc;

use regex::bytes::{Captures, Regex, RegexBuilder};

/// One `s/FROM/TO/FLAGS`.
#[derive(Clone, Debug)]
pub(crate) struct Substitution {
    from: Regex,
    to: Arc<[Part]>,
    all: bool,
}

/// The greed of `*`: as much as possible, or as little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Greed {
    Usual,
    Swapped,
}

#[derive(Clone, Debug)]
enum Part {
    Text(Vec<u8>),
    Group(usize),
    Case(Case),
}

/// The case of the following letters, up to the next change. `First*` applies to one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Upper,
    Lower,
    FirstUpper,
    FirstLower,
    Plain,
}

impl Substitution {
    /// Parses a substitution at the start of `text`, which begins with `s` and a delimiter. Also returns its length
    /// in bytes. `None` if it is no substitution, because it may be ordinary text.
    pub(crate) fn read(text: &[u8]) -> Option<(Result<Substitution, String>, usize)> {
        let (&[b's', delimiter], rest) = text.split_first_chunk::<2>()? else { return None };
        if !delimiter.is_ascii_punctuation() || delimiter == b'\\' {
            return None;
        }
        let (from, used_from) = field(rest, delimiter)?;
        let (to, used_to) = field(&rest[used_from..], delimiter)?;
        let flags = &rest[used_from + used_to..];
        let count = flags.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let made = Substitution::new(&from, &to, &flags[..count]);
        Some((made, 2 + used_from + used_to + count))
    }

    /// A substitution from its parts.
    pub(crate) fn of(from: &str, to: &[u8], all: bool, greed: Greed) -> Result<Substitution, String> {
        let from = RegexBuilder::new(from).unicode(false).swap_greed(greed == Greed::Swapped).build();
        let from = from.map_err(|e| e.to_string().lines().last().unwrap_or_default().to_owned())?;
        Ok(Substitution { from, to: parts(to).into(), all })
    }

    fn new(from: &[u8], to: &[u8], flags: &[u8]) -> Result<Substitution, String> {
        if let Some(&flag) = flags.iter().find(|f| !b"gi".contains(f)) {
            return Err(format!("unknown flag {} (g and i are known)", flag.escape_ascii()));
        }
        let from = std::str::from_utf8(from).map_err(|_| "the expression is not UTF-8".to_owned())?;
        let from = RegexBuilder::new(from)
            .unicode(false)
            .case_insensitive(flags.contains(&b'i'))
            .build()
            .map_err(|e| e.to_string().lines().last().unwrap_or_default().to_owned())?;
        Ok(Substitution { from, to: parts(to).into(), all: flags.contains(&b'g') })
    }

    /// Replaces the first match in the value, or every match with `g`.
    pub(crate) fn apply(&self, value: &[u8]) -> Vec<u8> {
        let limit = usize::from(!self.all);
        self.from.replacen(value, limit, |found: &Captures<'_>| self.expand(found)).into_owned()
    }

    fn expand(&self, found: &Captures<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        let (mut case, mut once) = (Case::Plain, Case::Plain);
        let mut put = |bytes: &[u8], case: Case, once: &mut Case| {
            for &byte in bytes {
                let now = std::mem::replace(once, Case::Plain);
                out.push(match if now == Case::Plain { case } else { now } {
                    Case::Upper | Case::FirstUpper => byte.to_ascii_uppercase(),
                    Case::Lower | Case::FirstLower => byte.to_ascii_lowercase(),
                    Case::Plain => byte,
                });
            }
        };
        for part in self.to.iter() {
            match part {
                Part::Text(text) => put(text, case, &mut once),
                Part::Group(n) => put(found.get(*n).map_or(b"", |m| m.as_bytes()), case, &mut once),
                Part::Case(new @ (Case::FirstUpper | Case::FirstLower)) => once = *new,
                Part::Case(new) => case = *new,
            }
        }
        out
    }
}

/// The bytes up to the next delimiter that has no backslash before it.
fn field(text: &[u8], delimiter: u8) -> Option<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        match *text.get(at)? {
            byte if byte == delimiter => return Some((out, at + 1)),
            b'\\' => {
                let next = *text.get(at + 1)?;
                if next != delimiter {
                    out.push(b'\\');
                }
                out.push(next);
                at += 2;
            }
            b'\0' => return None,
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
}

/// Parses TO into parts.
fn parts(to: &[u8]) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    let mut at = 0;
    while at < to.len() {
        let next = to.get(at + 1).copied();
        let (part, used) = match (to[at], next) {
            (b'$' | b'\\', Some(digit @ b'0'..=b'9')) => (Part::Group(usize::from(digit - b'0')), 2),
            (b'$', Some(b'&')) => (Part::Group(0), 2),
            (b'$', Some(b'{')) => match braced_group(&to[at + 2..]) {
                Some((group, used)) => (Part::Group(group), used + 2),
                None => (Part::Text(vec![b'$']), 1),
            },
            (b'\\', Some(escaped)) => (
                match escaped {
                    b'U' => Part::Case(Case::Upper),
                    b'L' => Part::Case(Case::Lower),
                    b'u' => Part::Case(Case::FirstUpper),
                    b'l' => Part::Case(Case::FirstLower),
                    b'E' => Part::Case(Case::Plain),
                    b'n' => Part::Text(vec![b'\n']),
                    b't' => Part::Text(vec![b'\t']),
                    other => Part::Text(vec![other]),
                },
                2,
            ),
            (byte, _) => (Part::Text(vec![byte]), 1),
        };
        at += used;
        match (out.last_mut(), part) {
            (Some(Part::Text(text)), Part::Text(more)) => text.extend(more),
            (_, part) => out.push(part),
        }
    }
    out
}

/// Parses `12}` of `${12}`.
fn braced_group(text: &[u8]) -> Option<(usize, usize)> {
    let end = text.iter().position(|&b| b == b'}')?;
    let group = std::str::from_utf8(&text[..end]).ok()?.parse().ok()?;
    Some((group, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_as_perl_and_sed_do() {
        for (code, value, want) in [
            ("s/a/b/", "aa", "ba"),
            ("s/a/b/g", "aa", "bb"),
            ("s/A/b/gi", "aA", "bb"),
            ("s:\\.[^/.]+$::", "x/a.b.c", "x/a.b"),
            ("s/(.)(.)/$2\\1-$&/", "xyz", "yx-xyz"),
            ("s/.*/\\U$0/", "abc", "ABC"),
            ("s/(\\w+)/\\u\\L$1\\E-X/", "ABC", "Abc-X"),
            ("s/a\\/b/c\\/d/", "a/b", "c/d"),
            ("s/x{2}/${0}1/", "xxx", "xx1x"),
            ("s/b/$/", "abc", "a$c"),
        ] {
            let (made, used) = Substitution::read(code.as_bytes()).unwrap();
            assert_eq!(used, code.len(), "{code}");
            let out = made.unwrap().apply(value.as_bytes());
            assert_eq!(String::from_utf8(out).unwrap(), want, "{code}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_pass() {
        let (made, _) = Substitution::read(b"s/./x/").unwrap();
        assert_eq!(made.unwrap().apply(b"\xff\xfe"), b"x\xfe");
    }

    #[test]
    fn other_shapes_are_not_read_and_bad_ones_say_why() {
        for text in ["", "s", "sabca", "s/a/b", "s/a", "t/a/b/"] {
            assert!(Substitution::read(text.as_bytes()).is_none(), "{text}");
        }
        for (text, why) in [("s/(/x/", "unclosed group"), ("s/a/b/e", "unknown flag e")] {
            let message = Substitution::read(text.as_bytes()).unwrap().0.unwrap_err();
            assert!(message.contains(why), "{message}");
        }
    }
}
