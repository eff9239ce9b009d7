//! The additional forms of GNU parallel's `--plus`. They need that option, because texts such as `{/a/d}` and `{,.bak}` have
//! another meaning in sed, awk and the shell.

use std::sync::Arc;

use super::error::Reason;
use super::form::Form;
use super::path;
use super::replace::{Greed, Substitution};

/// Parses the text between the brackets after the column. `None` if it is no such form.
pub(crate) fn form(text: &[u8]) -> Result<Option<Form>, Reason> {
    Ok(Some(match text {
        b"+/" => Form::Path(path::parent),
        b"+." => Form::Path(|value| path::extensions(value, 1)),
        b"+.." => Form::Path(|value| path::extensions(value, 2)),
        b"+..." => Form::Path(|value| path::extensions(value, 3)),
        b"..." => Form::Path(|value| path::without_extensions(value, 3)),
        b"/.." => Form::Path(|value| path::without_extensions(path::base_name(value), 2)),
        b"/..." => Form::Path(|value| path::without_extensions(path::base_name(value), 3)),
        b"choose_k" | b"uniq" => {
            return Err(Reason::Absent(
                "choose_k and uniq",
                "leave the combinations out of the input, or test {1} and {2} in the command",
            ));
        }
        b"hgrp" | b"agrp" | b"host" | b"sshlogin" => {
            return Err(Reason::Absent("hosts and host groups", "jobs run on this machine"));
        }
        b"slot" => return Err(Reason::Absent("{slot}", "{%} is the slot")),
        b"0%" | b"00%" => {
            return Err(Reason::Absent(
                "{0%}",
                "the number of workers may grow during the run; {%} is the slot",
            ));
        }
        [b':', range @ ..] => return Ok(self::range(range)),
        _ => return replaced(text),
    }))
}

/// `N` or `N:LENGTH` of `{:N}` and `{:N:LENGTH}`.
fn range(text: &[u8]) -> Option<Form> {
    let text = std::str::from_utf8(text).ok()?;
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    match text.split_once(':') {
        Some((start, length)) => Some(Form::Slice(number(start)?, number(length)?)),
        None => Some(Form::Slice(number(text)?, usize::MAX)),
    }
}

/// Parses the forms with regular expressions.
fn replaced(text: &[u8]) -> Result<Option<Form>, Reason> {
    let (mark, rest) = text.split_at(text.iter().take(2).take_while(|b| **b == text[0]).count());
    let Ok(body) = std::str::from_utf8(rest) else { return Ok(None) };
    if body.is_empty() {
        return Ok(None);
    }
    let whole = |from: String, to: &[u8], all: bool| Substitution::of(&from, to, all, Greed::Usual);
    let step = match mark {
        b"#" => Substitution::of(&format!("^(?:{body})"), b"", false, Greed::Swapped),
        b"##" => whole(format!("^(?:{body})"), b"", false),
        // The longest beginning leaves the shortest end.
        b"%" => whole(format!("^((?s:.*))(?:{body})$"), b"$1", false),
        b"%%" => whole(format!("(?:{body})$"), b"", false),
        b"^" => whole(format!("^(?:{body})"), b"\\U$0", false),
        b"^^" => whole(format!("(?:{body})"), b"\\U$0", true),
        b"," => whole(format!("^(?:{body})"), b"\\L$0", false),
        b",," => whole(format!("(?:{body})"), b"\\L$0", true),
        b"/" | b"//" => match body.split_once('/') {
            Some((from, to)) if !from.is_empty() => whole(from.to_owned(), to.as_bytes(), mark.len() == 2),
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    step.map(|step| Some(Form::Replace(Arc::new([step])))).map_err(Reason::Rule)
}

#[cfg(test)]
mod tests {
    use crate::job::{Args, Row, Seq, Slot};
    use crate::template::{Pattern, Syntax, Values};

    fn expand(template: &str, value: &str) -> Result<String, String> {
        let syntax = Syntax { plus: true, ..Syntax::default() };
        let pattern = Pattern::parse(template.as_bytes(), &syntax).map_err(|e| e.to_string())?;
        let args = Args::One(Row::one(value));
        let values = Values { args: &args, seq: Seq(7), slot: Slot(3), total: Some(120) };
        Ok(String::from_utf8(pattern.render(&values).unwrap()).unwrap())
    }

    /// Observed with GNU parallel 20221122, but for `{+.}` of `d.x/f`, where it takes a dot of the directory.
    #[test]
    fn paths() {
        let template = "{..}|{...}|{/..}|{/...}|{+/}|{+.}|{+..}|{+...}";
        for (value, want) in [
            ("a.b.c", "a|a.b.c|a|a.b.c||c|b.c|"),
            ("a..b", "a|a..b|a|a..b||b|.b|"),
            ("b.c", "b.c|b.c|b.c|b.c||c||"),
            ("d.x/f", "d.x/f|d.x/f|f|f|d.x|||"),
            ("d.x/f.g.h.i", "d.x/f.g|d.x/f|f.g|f|d.x|i|h.i|g.h.i"),
            ("/x", "/x|/x|x|x||||"),
            ("x/", "x/|x/|||x|||"),
            ("a.b.", "a|a.b.|a|a.b.|||b.|"),
        ] {
            assert_eq!(expand(template, value).unwrap(), want, "{value}");
        }
    }

    #[test]
    fn parts_and_cases() {
        for (template, value, want) in [
            ("{:2} {:1:2} {:0:9} {:9} {:1:0}.", "abcdef", "cdef bc abcdef  ."),
            ("{/b/X} {//b/X} {/a.c/Y} {//b/}", "abcb", "aXcb aXcX Yb ac"),
            ("{^a} {^^a} {,A} {,,A}", "aAbaA", "AAbaA AAbAA aAbaA aabaa"),
            ("{^^[a-c]}", "abcd", "ABCd"),
            ("{#a.*b} {##a.*b} {%b.*c} {%%b.*c}", "axbxbxc", "xbxc xc axbx ax"),
            ("{1:2} {1/b/c} {1##a}", "abc", "c acc bc"),
            ("{0#} {00#} {##}", "v", "007 007 120"),
            ("{:-x} {#} {%}", "", "x 7 3"),
            ("{^} {^^} {,} {/} {//} {print $1}", "v", "{^} {^^} {,} v . {print $1}"),
        ] {
            assert_eq!(expand(template, value).unwrap(), want, "{template}");
        }
    }

    #[test]
    fn what_is_absent_is_named() {
        for (template, why) in [
            ("{choose_k}", "{1} and {2}"),
            ("{hgrp}", "this machine"),
            ("{0%}", "{%} is the slot"),
            ("{/(/x}", "unclosed group"),
        ] {
            let message = expand(template, "v").unwrap_err();
            assert!(message.contains(why), "{message}");
        }
    }
}
