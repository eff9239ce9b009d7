//! Compares the grammar with a slow, independent expander, and checks texts that must not change.

use proptest::prelude::*;

use crate::job::{Args, Row, Seq, Slot};
use crate::template::{Pattern, Syntax, Values};

fn expand(template: &str, args: &Args) -> String {
    let pattern = Pattern::parse(template.as_bytes(), &Syntax::default()).unwrap();
    let values = Values { args, seq: Seq(7), slot: Slot(3), total: Some(99) };
    String::from_utf8(pattern.render(&values).unwrap()).unwrap()
}

#[test]
fn what_is_no_placeholder_stays() {
    let args = Args::One(Row::one("v"));
    for text in [
        "{print $1}",
        "{1..5}",
        "{a,b}",
        "{x}",
        "{",
        "}",
        "{{",
        "<a>",
        "{0}",
        "{-0}",
        "{-}",
        "{+1}",
        "{1,2}",
        "{ }",
        "{ 1 }",
        "{.x}",
        "{%s}",
        "{%5d}",
        "{%.2f}",
        "{%-10s}",
        "{%ld}",
        "{%lld}",
        "{%Y}",
        "{%Y-%m}",
        "{% if x %}",
        "{%1}",
        "{#1}",
        "{# x #}",
        "{#x#}",
        "{###}",
        "{:x}",
        "{:-}",
        "{:-<9}",
        "{:->9}",
        "{s/a/b}",
        "{s/a/b/x}x",
        "{,}",
        "{,,}",
        "{^}",
        "{99999999999}",
        "{=x",
        "<=x=>",
        "{///}",
    ] {
        if text == "{s/a/b/x}x" {
            assert!(Pattern::parse(text.as_bytes(), &Syntax::default()).is_err());
        } else {
            assert_eq!(expand(text, &args), text, "{text}");
        }
    }
}

#[test]
fn the_longer_forms() {
    for (template, value, want) in [
        ("{%.c}", "a.c", "a"),
        ("{%.c}", "a.h", "a.h"),
        ("{%_R1.fastq.gz}", "x_R1.fastq.gz", "x"),
        ("{%html}", "a.html", "a."),
        ("{#src/}", "src/a", "a"),
        ("{1%.c} {1#a} <%.c>", "a.c", "a .c a"),
        ("{:-none}", "", "none"),
        ("{:-none}", "v", "v"),
        ("{2:-none}", "v", "none"),
        ("{s/[aeiou]/_/g}", "value", "v_l__"),
        ("{1s/(.*)\\.(.*)/$2.$1/}", "a.b", "b.a"),
        ("{s/a{2}/}/}", "aaa", "}a"),
        ("{s/.*/\\U$0/}", "abc", "ABC"),
        ("{01}", "v", "v"),
        ("{..}", "d.x/a.tar.gz", "d.x/a"),
        ("{..}", "d.x/a", "d.x/a"),
        ("{..}", "d.x/a.b", "d.x/a.b"),
        ("{}{}", "{}", "{}{}"),
        ("{{}}", "v", "{v}"),
        ("<{}>", "v", "<v>"),
    ] {
        assert_eq!(expand(template, &Args::One(Row::one(value))), want, "{template}");
    }
    let bad = Pattern::parse(b"a{s/(/x/}", &Syntax::default()).unwrap_err().to_string();
    assert_eq!(bad, "bad replacement at column 2: error: unclosed group");
}

#[test]
fn the_longest_fitting_name_wins() {
    let syntax = Syntax {
        names: ["a", "a.b", "x y", "1"].map(|n| n.as_bytes().to_vec()).to_vec(),
        ..Syntax::default()
    };
    let args = Args::One(Row::of(["p.q", "r.s", "t", "u"].map(str::as_bytes)));
    let pattern = Pattern::parse(b"{a} {a.} {a.b} {a.b.} {x y} {1} {b}", &syntax).unwrap();
    let values = Values { args: &args, seq: Seq(1), slot: Slot(1), total: None };
    assert_eq!(String::from_utf8(pattern.render(&values).unwrap()).unwrap(), "p.q p r.s r t p.q {b}");
}

/// A simple expander that goes byte by byte.
fn slow(template: &str, columns: &[String]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        let close = match first {
            '{' => Some('}'),
            '<' => Some('>'),
            _ => None,
        };
        let inner = close.and_then(|close| rest[1..].split_once(close)).map(|(inner, _)| inner);
        if let Some((inner, value)) = inner.and_then(|inner| Some((inner, slow_inner(inner, columns)?))) {
            out += &value;
            rest = &rest[inner.len() + 2..];
        } else {
            out.push(first);
            rest = &rest[1..];
        }
    }
    out
}

fn slow_inner(inner: &str, columns: &[String]) -> Option<String> {
    match inner {
        "#" => return Some("7".into()),
        "%" => return Some("3".into()),
        "##" => return Some("99".into()),
        _ => {}
    }
    let digits = inner.trim_start_matches('-').chars().take_while(char::is_ascii_digit).count();
    let minus = usize::from(inner.starts_with('-'));
    let (number, form) = if digits > 0 { inner.split_at(minus + digits) } else { ("", inner) };
    let values = if number.is_empty() {
        columns.to_vec()
    } else {
        let number: i64 = number.parse().ok()?;
        let index = if number < 0 { columns.len() as i64 + number } else { number - 1 };
        if number == 0 {
            return None;
        }
        vec![usize::try_from(index).ok().and_then(|index| columns.get(index)).cloned().unwrap_or_default()]
    };
    let made: Option<Vec<String>> = values.iter().map(|value| slow_form(form, value)).collect();
    Some(made?.join(" "))
}

fn slow_form(form: &str, value: &str) -> Option<String> {
    let base = value.rsplit('/').next()?.to_owned();
    let cut = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        match name.rfind('.') {
            Some(dot) => path[..path.len() - name.len() + dot].to_owned(),
            None => path.to_owned(),
        }
    };
    Some(match form {
        "" => value.to_owned(),
        "." => cut(value),
        ".." => match value.rsplit('/').next()?.rsplitn(3, '.').collect::<Vec<_>>()[..] {
            [last, second, _] => value[..value.len() - last.len() - second.len() - 2].to_owned(),
            _ => value.to_owned(),
        },
        "/" => base,
        "/." => cut(&base),
        "//" => {
            let parts: Vec<&str> = value.split('/').collect();
            let named = parts.iter().rposition(|part| !part.is_empty());
            match named {
                None if value.is_empty() => ".".into(),
                None => "/".into(),
                Some(0) => ".".into(),
                Some(last) => match parts[..last].join("/").trim_end_matches('/') {
                    "" => "/".into(),
                    directory => directory.into(),
                },
            }
        }
        _ => return None,
    })
}

proptest! {
    #[test]
    fn agrees_with_the_slow_expander(
        template in "([{<](-?[0-3]{0,2})(|\\.|\\.\\.|/|//|/\\.|[.#%]{1,2}|[.,]{0,3})[}>]|[{}<>x1. ]){0,8}",
        columns in prop::collection::vec("[a./]{0,6}", 1..4),
    ) {
        let args = Args::One(Row::of(columns.iter().map(String::as_bytes)));
        prop_assert_eq!(expand(&template, &args), slow(&template, &columns));
    }

    #[test]
    fn no_bytes_make_it_panic(text in prop::collection::vec(any::<u8>(), 0..60), base in prop::collection::vec(any::<u8>(), 0..5)) {
        let _ = Pattern::parse(&text, &Syntax::with_base(&base));
    }

    #[test]
    fn text_without_an_opening_is_kept(text in "[^{<\\x00]{0,40}") {
        prop_assert_eq!(expand(&text, &Args::One(Row::one("v"))), text);
    }
}
