//! Detects the name or the number of a column that does not exist.
//!
//! Without this check a mistyped `{nmae}` would reach every job as text. Braces around anything but a name are text.

use super::error::Reason;
use super::form::{Column, Form, Placeholder};
use super::syntax::Syntax;
use crate::escape::{SHOWN, shown};

/// The maximum number of names in a message.
const NAMES: usize = 20;
/// Statements of awk that occur alone in braces, as in `awk '{print}'`.
const STATEMENTS: [&[u8]; 5] = [b"print", b"next", b"exit", b"nextfile", b"getline"];

/// The message for a name that no column has.
pub fn no_column(name: &[u8], names: &[Vec<u8>]) -> String {
    format!("no column is called {}; {}", shown(name, SHOWN), known(names))
}

/// The message for a number that no column has.
pub fn no_number(number: i32, names: &[Vec<u8>]) -> String {
    format!("no column has the number {number}; {}", known(names))
}

fn known(names: &[Vec<u8>]) -> String {
    if names.is_empty() {
        return "columns have names only with --header :; without it use numbers such as {1}".to_owned();
    }
    let count = names.iter().filter(|name| !name.is_empty()).count();
    let shown = names.iter().filter(|name| !name.is_empty()).take(NAMES).map(|name| shown(name, SHOWN));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match (count, count.saturating_sub(NAMES)) {
        (0, _) => format!("none of the {} columns has a name", names.len()),
        (1, _) => format!("the only name is {shown}"),
        (_, 0) => format!("the columns are {shown}"),
        (_, more) => format!("the columns are {shown} and {more} more"),
    }
}

/// Checks a placeholder with a header. Returns a column if its name is a number that is out of range. Returns an error if there
/// is no such column, or if the placeholder has two meanings.
pub(super) fn number(
    syntax: &Syntax,
    inner: &[u8],
    found: Option<&Placeholder>,
) -> Result<Option<Column>, Reason> {
    let columns = i32::try_from(syntax.names.len()).unwrap_or(i32::MAX);
    let called = syntax.names.iter().position(|name| name == inner && !name.is_empty());
    let beyond = match found {
        Some(Placeholder::Value(Column::Number(n), _)) if n.unsigned_abs() > columns.unsigned_abs() => {
            Some(*n)
        }
        _ => None,
    };
    match (called, beyond) {
        (Some(column), Some(_)) => Ok(Some(Column::Number(column as i32 + 1))),
        (None, Some(n)) => Err(Reason::NoColumn(no_number(n, &syntax.names))),
        (Some(column), None) => {
            let number = column as i32 + 1;
            let same = match found {
                Some(Placeholder::Value(Column::Number(n) | Column::Record(n), Form::Whole)) => *n == number,
                _ => false,
            };
            if same { Ok(None) } else { Err(Reason::Ambiguous(inner.to_vec(), column + 1)) }
        }
        (None, None) => Ok(None),
    }
}

/// True for braces with another meaning: `${variable}`, `%{format}` of curl and rpm, `{{template}}`.
pub(super) fn is_of_others(text: &[u8], at: usize) -> bool {
    text[at] == b'{' && at > 0 && b"$%{".contains(&text[at - 1])
}

/// The name at the start of `inner`, if a form or nothing follows it.
pub(super) fn name<'i>(
    inner: &'i [u8],
    names: &[Vec<u8>],
    is_form: impl Fn(&[u8]) -> bool,
) -> Option<&'i [u8]> {
    let first = inner.first()?;
    if STATEMENTS.contains(&inner) || !(first.is_ascii_alphabetic() || *first == b'_' || *first >= 0x80) {
        return None;
    }
    // A byte of one name may occur in another name.
    let of_names = |byte: u8| !b",;{}$/".contains(&byte) && names.iter().any(|name| name.contains(&byte));
    let of_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte) || *byte >= 0x80 || of_names(*byte);
    let longest = inner.iter().take_while(|byte| of_name(byte)).count();
    (1..=longest).rev().find(|&length| is_form(&inner[length..])).map(|length| &inner[..length])
}

#[cfg(test)]
mod tests {
    use super::super::{Pattern, Rule, Syntax, Table};
    use super::*;

    fn syntax(names: &[&str], table: Table) -> Syntax {
        let names = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        Syntax { names, table, ..Syntax::default() }
    }

    fn refusal(text: &str, syntax: &Syntax) -> Option<String> {
        Pattern::parse(text.as_bytes(), syntax).err().map(|error| error.to_string())
    }

    #[test]
    fn a_name_that_no_column_has_is_refused_in_every_form() {
        let named = Syntax { plus: true, ..syntax(&["a", "c"], Table::Named) };
        let said = Some("no column is called b; the columns are a, c".to_owned());
        for form in ["", ".", "/", "//", "/.", "%.x", "#x", ":-x", ".."] {
            for text in [format!("{{b{form}}}"), format!("x{{a}}y@{{b{form}}}z")] {
                assert_eq!(refusal(&text, &named), said, "{text}");
            }
        }
        assert_eq!(refusal("{bs/x/y/}", &Syntax { plus: false, ..named.clone() }), said);
        let said = |text: &str| refusal(text, &named).unwrap_or_default();
        assert_eq!(said("{b-2_é}"), "no column is called b-2_é; the columns are a, c");
        assert_eq!(said("{A}"), "no column is called A; the columns are a, c");
        assert_eq!(
            refusal("{b}", &syntax(&["a"], Table::Named)).unwrap(),
            "no column is called b; the only name is a"
        );
        assert_eq!(
            refusal("{b}", &syntax(&[], Table::Numbered)).unwrap(),
            "no column is called b; columns have names only with --header :; without it use numbers such as {1}"
        );
        let blank = syntax(&["first name", "x"], Table::Named);
        assert_eq!(
            refusal("{frist name}", &blank).unwrap(),
            "no column is called frist name; the columns are first name, x"
        );
        let base = Syntax { base: vec![b"[]".to_vec()], ..named.clone() };
        assert!(refusal("[b]", &base).is_some() && refusal("{b}", &base).is_none());
    }

    #[test]
    fn many_names_are_cut_short() {
        let names: Vec<Vec<u8>> = (1..=23).map(|n| format!("n{n}").into_bytes()).collect();
        assert!(no_column(b"b", &names).ends_with("n19, n20 and 3 more"));
        assert!(no_column(b"b", &[Vec::new(), Vec::new()]).ends_with("none of the 2 columns has a name"));
        assert_eq!(
            no_column(b"a\x1b", &[b"\n".to_vec()]),
            "no column is called a\\x1b; the only name is \\n"
        );
    }

    #[test]
    fn what_is_no_name_stays() {
        let named = syntax(&["a", "c d"], Table::Named);
        for text in [
            "{print $1}",
            "{print}",
            "{next}",
            "{a,b}",
            "{1..5}",
            "{",
            "{ b }",
            "{b;}",
            "{b,c}",
            "{\"b\":1}",
            "${b}",
            "%{b}",
            "{{b}}",
            "{.b}",
            "{b=1}",
            "{b+=$1}",
            "<b>",
            "{b",
            "{0}",
            "{%d}",
            "{b(x)}",
        ] {
            assert_eq!(refusal(text, &named), None, "{text}");
        }
        for text in ["{b}", "{7}", "{b.}"] {
            assert_eq!(refusal(text, &syntax(&[], Table::None)), None, "{text}");
        }
        assert_eq!(refusal("{7} {-7}", &syntax(&[], Table::Numbered)), None);
        let rules = vec![Rule::parse(b"{b} s/x/y/").unwrap()];
        assert_eq!(refusal("{b}", &Syntax { rules, ..named }), None);
    }

    #[test]
    fn a_number_beyond_the_header_is_refused() {
        let named = syntax(&["a", "c"], Table::Named);
        let said = |number: &str| format!("no column has the number {number}; the columns are a, c");
        for (text, number) in [("{3}", "3"), ("{-3}", "-3"), ("{3.}", "3"), ("{03}", "3")] {
            assert_eq!(refusal(text, &named), Some(said(number)), "{text}");
        }
        assert_eq!(refusal("{1} {2} {-1} {-2} {2/} {}", &named), None);
        // Of several records any number may be one.
        assert_eq!(refusal("{3}", &Syntax { several: true, ..named }), None);
    }

    #[test]
    fn a_name_that_is_a_placeholder_is_no_guess() {
        let refused = |name: &str, names: &[&str]| refusal(name, &syntax(names, Table::Named));
        assert_eq!(refused("{2020} {2019}", &["2019", "2020"]), None);
        assert_eq!(refused("{1} {2}", &["1", "2"]), None);
        let said = "{1} is a placeholder, and column 2 is called 1: give that column another name";
        assert_eq!(refused("{1}", &["x", "1"]).unwrap(), said);
        let said = "{#} is a placeholder, and column 1 is called #: give that column another name";
        assert_eq!(refused("{#}", &["#", "n"]).unwrap(), said);
        assert_eq!(refused("{1} {n}", &["#", "n"]), None);
        for name in ["%", "##", ".", "/", "//", "/."] {
            assert!(refused(&format!("{{{name}}}"), &["x", name]).is_some(), "{name}");
        }
        assert_eq!(refused("{a.}", &["a", "a."]), None);
    }
}
