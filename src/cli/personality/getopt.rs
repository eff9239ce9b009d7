//! Options in the way of GNU getopt: letters in one word, values attached or in the next word, optional values only
//! attached, long names cut short, and the command after the options. Pure.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// Whether an option has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// No value.
    Nothing,
    /// A value, in the same word or in the next one.
    Value,
    /// A value, if it is in the same word.
    Attached,
    /// A value in the same word, or in the next one unless that begins with a dash.
    Optional,
    /// A number in the same word, or in the next one if that is a number.
    OptionalNumber,
}

impl Takes {
    /// True if the next word is the value of an option without an attached one.
    fn takes_next(self, next: Option<&OsString>) -> bool {
        match (self, next) {
            (Takes::Value, Some(_)) => true,
            (Takes::Optional, Some(next)) => !next.as_bytes().starts_with(b"-"),
            (Takes::OptionalNumber, Some(next)) => {
                !next.is_empty() && next.as_bytes().iter().all(u8::is_ascii_digit)
            }
            _ => false,
        }
    }
}

/// The definition of an option. Several spellings with one `id` are one option.
#[derive(Clone, Copy, Debug)]
pub struct Spec<T> {
    /// The option.
    pub id: T,
    /// Its letter.
    pub short: Option<u8>,
    /// Its long name.
    pub long: &'static str,
    /// Its value.
    pub takes: Takes,
}

/// A given option and its value.
pub type Given<T> = (T, Option<OsString>);

/// The options in the order given, and the number of words before the command.
pub fn parse<T: Copy + PartialEq>(
    words: &[OsString],
    specs: &[Spec<T>],
) -> Result<(Vec<Given<T>>, usize), String> {
    let mut given = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let bytes = word.as_bytes();
        if bytes == b"--" {
            return Ok((given, at + 1));
        }
        if !bytes.starts_with(b"-") || bytes == b"-" {
            break;
        }
        at += 1;
        let next = words.get(at);
        let took = match bytes.strip_prefix(b"--") {
            Some(long) => parse_long(long, next, specs, &mut given)?,
            None => parse_letters(&bytes[1..], next, specs, &mut given)?,
        };
        at += usize::from(took);
    }
    Ok((given, at))
}

/// Parses a word of letters. True if the value is the next word.
fn parse_letters<T: Copy>(
    mut letters: &[u8],
    next: Option<&OsString>,
    specs: &[Spec<T>],
    given: &mut Vec<Given<T>>,
) -> Result<bool, String> {
    while let [letter, rest @ ..] = letters {
        let spec = specs.iter().find(|spec| spec.short == Some(*letter));
        let spec = spec.ok_or_else(|| format!("invalid option -- '{}'", letter.escape_ascii()))?;
        let attached = (!rest.is_empty()).then(|| OsStr::from_bytes(rest).to_owned());
        match (spec.takes, attached, next) {
            (Takes::Nothing, ..) => given.push((spec.id, None)),
            (_, Some(value), _) => {
                given.push((spec.id, Some(value)));
                return Ok(false);
            }
            (Takes::Value, None, None) => {
                return Err(format!("option requires an argument -- '{}'", letter.escape_ascii()));
            }
            (takes, None, next) => {
                let took = takes.takes_next(next);
                given.push((spec.id, next.filter(|_| took).cloned()));
                if took {
                    return Ok(true);
                }
            }
        }
        letters = rest;
    }
    Ok(false)
}

/// Parses a long option without its dashes. True if the value is the next word.
fn parse_long<T: Copy + PartialEq>(
    text: &[u8],
    next: Option<&OsString>,
    specs: &[Spec<T>],
    given: &mut Vec<Given<T>>,
) -> Result<bool, String> {
    let equals = memchr::memchr(b'=', text);
    let name = &text[..equals.unwrap_or(text.len())];
    let shown = crate::escape::visible(name);
    let near: Vec<&Spec<T>> = specs.iter().filter(|spec| spec.long.as_bytes().starts_with(name)).collect();
    let exact = near.iter().find(|spec| spec.long.as_bytes() == name);
    let spec = match (exact, &near[..]) {
        (Some(spec), _) => *spec,
        (None, []) => return Err(format!("unrecognized option '--{shown}'")),
        (None, [first, rest @ ..]) if rest.iter().all(|spec| spec.id == first.id) => *first,
        (None, many) => {
            let names: Vec<String> = many.iter().map(|spec| format!("'--{}'", spec.long)).collect();
            return Err(format!("option '--{shown}' is ambiguous; possibilities: {}", names.join(" ")));
        }
    };
    let value = equals.map(|at| OsStr::from_bytes(&text[at + 1..]).to_owned());
    match (spec.takes, value, next) {
        (Takes::Nothing, Some(_), _) => Err(format!("option '--{}' doesn't allow an argument", spec.long)),
        (Takes::Value, None, None) => Err(format!("option '--{}' requires an argument", spec.long)),
        (takes, None, next) => {
            let took = takes.takes_next(next);
            given.push((spec.id, next.filter(|_| took).cloned()));
            Ok(took)
        }
        (_, value, _) => {
            given.push((spec.id, value));
            Ok(false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: [Spec<char>; 5] = [
        Spec { id: 'r', short: Some(b'r'), long: "no-run-if-empty", takes: Takes::Nothing },
        Spec { id: 'n', short: Some(b'n'), long: "max-args", takes: Takes::Value },
        Spec { id: 'L', short: Some(b'L'), long: "max-lines", takes: Takes::Attached },
        Spec { id: 'i', short: Some(b'i'), long: "replace", takes: Takes::Attached },
        Spec { id: 't', short: Some(b't'), long: "verbose", takes: Takes::Nothing },
    ];

    fn parsed(line: &str) -> Result<String, String> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let (given, at) = parse(&words, &SPECS)?;
        let given: Vec<String> = given
            .iter()
            .map(|(id, value)| format!("{id}{}", value.as_ref().map_or("".into(), |v| v.to_string_lossy())))
            .collect();
        Ok(format!("{}|{at}", given.join(" ")))
    }

    #[test]
    fn letters_and_values_share_a_word() {
        assert_eq!(parsed("-rtn3 echo -n"), Ok("r t n3|1".into()));
        assert_eq!(parsed("-n 3 -i% -i echo"), Ok("n3 i% i|4".into()));
        assert_eq!(parsed("-- -n"), Ok("|1".into()));
        assert_eq!(parsed("- -n"), Ok("|0".into()));
        assert_eq!(parsed("-rn"), Err("option requires an argument -- 'n'".into()));
        assert_eq!(parsed("-rz"), Err("invalid option -- 'z'".into()));
    }

    #[test]
    fn long_names_may_be_cut_short() {
        assert_eq!(parsed("--max-a 3 --rep --rep=% --no x"), Ok("n3 i i% r|5".into()));
        let ambiguous = "option '--max' is ambiguous; possibilities: '--max-args' '--max-lines'";
        assert_eq!(parsed("--max 3"), Err(ambiguous.into()));
        assert_eq!(parsed("--nothing"), Err("unrecognized option '--nothing'".into()));
        assert_eq!(parsed("--verbose=1"), Err("option '--verbose' doesn't allow an argument".into()));
        assert_eq!(parsed("--max-args"), Err("option '--max-args' requires an argument".into()));
    }
}
