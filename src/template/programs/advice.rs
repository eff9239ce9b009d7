//! The advice for code in another language: the command of the user, changed to pass the value as data.

use super::super::quote;
use super::strings;
use super::{Code, Give, Lang, Rewrite, Way};

/// A placeholder in code: its position and its text.
#[derive(Clone, Debug)]
pub(crate) struct Spelled {
    pub(crate) at: usize,
    /// Its length in the code, in bytes: one byte that stands for it, or its text.
    pub(crate) len: usize,
    pub(crate) text: Vec<u8>,
}

/// A word of the command, for a message.
#[derive(Clone, Debug)]
pub(crate) enum Quoted {
    /// To be quoted.
    Word(Vec<u8>),
    /// The text of the user.
    Raw(Vec<u8>),
}

/// The names of variables for values.
const NAMES: &[&str] = &["x", "y", "z", "u", "v", "w"];

/// The command to write instead. `words`: the words of the command for the message. `text`: the word of the code,
/// with placeholders at `holes`.
pub(crate) fn way_out(words: &[Quoted], code: &Code, text: &[u8], holes: &[Spelled]) -> String {
    let Lang::Other(language) = code.lang else { return String::new() };
    let program = match &words[code.program] {
        Quoted::Word(word) | Quoted::Raw(word) => word,
    };
    let Some(first) = holes.first() else { return advice(program, code, b"{}") };
    let spelling = String::from_utf8_lossy(&first.text).into_owned();
    let body = &text[code.offset.min(text.len())..];
    let whole = code.program == 0 && holes.len() == 1 && first.len == body.len();
    let rewritten = match &language.way {
        Way::Say(_) if whole && language.name == "SQL" => Some(from_stdin(words, code, "", &spelling)),
        Way::Sed if whole => Some(from_stdin(words, code, "-f -", &spelling)),
        Way::Sed if code.program == 0 => of_sed(text, code, words, holes),
        Way::Say(_) | Way::Sed => None,
        Way::Rewrite(rewrite) if whole => Some(from_stdin(words, code, rewrite.stdin, &spelling)),
        Way::Rewrite(rewrite) => {
            let can = rewrite.give != Give::Psql && strings::are_plain(words, code, text, holes, language);
            can.then(|| rewritten(words, code, text, holes, rewrite))
        }
    };
    rewritten.unwrap_or_else(|| advice(program, code, &first.text))
}

/// How a value is handed to code in a language, whatever the code is.
pub(crate) fn advice(program: &[u8], code: &Code, placeholder: &[u8]) -> String {
    let Lang::Other(language) = code.lang else { return String::new() };
    let spelling = String::from_utf8_lossy(placeholder).into_owned();
    let name = String::from_utf8_lossy(super::super::path::base_name(program)).into_owned();
    let rewrite = match &language.way {
        Way::Say(text) => return say(text, &spelling),
        Way::Sed => {
            return format!(
                "the change for perl, which reads it from the environment: env x={spelling} perl -pe 's/FROM/$ENV{{x}}/'"
            );
        }
        Way::Rewrite(rewrite) => rewrite,
    };
    let option = match (code.option, language.name) {
        (None, "JavaScript") => " eval",
        (None, _) => "",
        (Some(_), "Python") => " -c",
        (Some(_), "PHP") => " -r",
        (Some(_), "Lisp") => " --eval",
        (Some(_), _) => " -e",
    };
    match rewrite.give {
        Give::Psql => format!("psql -v x={spelling} -f FILE, with ... :'x' ... in FILE"),
        Give::Option(give) => format!("{name} {give} x {spelling} '... $x ...'"),
        Give::Environment if !rewrite.argument.0.is_empty() && rewrite.loops.is_empty() => {
            let expression = rewrite.argument.0.replace('%', &rewrite.argument.1.to_string());
            let dashes = if rewrite.dashes.is_empty() { "" } else { " --" };
            format!("{name}{option} '{}... {expression} ...'{dashes} {spelling}", rewrite.before[0])
        }
        Give::Environment => {
            let expression = rewrite.named.replace('%', "x");
            format!("env x={spelling} {name}{option} '{}... {expression} ...'", rewrite.before[1])
        }
    }
}

/// True for a language where the braces may be code.
pub(crate) fn has_braces(language: &str) -> bool {
    matches!(
        language,
        "awk" | "jq" | "yq" | "Perl" | "Ruby" | "JavaScript" | "Python" | "PHP" | "Lua" | "R" | "sed"
    )
}

fn say(text: &str, spelling: &str) -> String {
    // The % of `printf %s` does not stand for the placeholder.
    text.replace("%s", "\u{0}").replace('%', spelling).replace('\u{0}', "%s")
}

/// The advice if the record is the program: `printf '%s\n' {} | python3 -`.
fn from_stdin(words: &[Quoted], code: &Code, stdin: &str, spelling: &str) -> String {
    let mut line = format!("printf \"%s\\n\" {spelling} |");
    for (index, word) in words.iter().enumerate().skip(code.program) {
        let is_code = (code.first..=code.last).contains(&index);
        if is_code && !stdin.is_empty() {
            line.push(' ');
            line.push_str(stdin);
        }
        if !is_code && code.option != Some(index) {
            push(&mut line, word);
        }
    }
    if line.contains('\'') { line } else { format!("apool -c '{line}'") }
}

fn rewritten(words: &[Quoted], code: &Code, text: &[u8], holes: &[Spelled], rewrite: &Rewrite) -> String {
    let options = words[code.program + 1..code.first].iter().chain(words.get(code.first)).map(bytes);
    let mut loops = options.filter(|word| word.starts_with(b"-") && !word.starts_with(b"--"));
    let loops = loops.any(|word| word.iter().take(6).any(|letter| rewrite.loops.as_bytes().contains(letter)));
    let can = code.last + 1 == words.len() && (!loops || rewrite.loops.is_empty());
    let by_argument = can && !rewrite.argument.0.is_empty();
    let mut values: Vec<&[u8]> = Vec::new();
    let mut out: Vec<u8> = text[..code.offset].to_vec();
    out.extend_from_slice(rewrite.before[usize::from(!by_argument)].as_bytes());
    let mut at = code.offset;
    for hole in holes {
        let number = values.iter().position(|value| *value == hole.text).unwrap_or_else(|| {
            values.push(&hole.text);
            values.len() - 1
        });
        let expression = if by_argument {
            rewrite.argument.0.replace('%', &(rewrite.argument.1 + number).to_string())
        } else {
            rewrite.named.replace('%', NAMES[number % NAMES.len()])
        };
        out.extend_from_slice(&text[at..hole.at]);
        at = hole.at + hole.len;
        at += put(&mut out, &text[code.offset..hole.at], &text[at..], &expression, rewrite);
    }
    out.extend_from_slice(&text[at..]);
    handed_over(words, code, &out, &values, rewrite, by_argument)
}

/// Appends the expression for a value, adapted to the quotes around it. Returns the number of bytes after it that
/// were consumed.
fn put(out: &mut Vec<u8>, before: &[u8], after: &[u8], expression: &str, rewrite: &Rewrite) -> usize {
    let mut open: Option<(usize, u8)> = None;
    let mut bytes = before.iter().enumerate();
    while let Some((at, &byte)) = bytes.next() {
        match open {
            _ if byte == b'\\' => drop(bytes.next()),
            Some((_, quote)) if quote == byte => open = None,
            None if rewrite.strings.iter().any(|(quote, ..)| *quote == byte) => open = Some((at, byte)),
            _ => {}
        }
    }
    let string = open.and_then(|(at, quote)| {
        rewrite.strings.iter().find(|(known, ..)| *known == quote).map(|(_, from, to)| (at, quote, from, to))
    });
    match string {
        None => out.extend_from_slice(expression.as_bytes()),
        Some((at, quote, ..)) if at + 1 == before.len() && after.first() == Some(&quote) => {
            out.pop();
            out.extend_from_slice(expression.as_bytes());
            return 1;
        }
        Some((_, _, from, to)) => {
            out.extend_from_slice(from.as_bytes());
            out.extend_from_slice(expression.as_bytes());
            out.extend_from_slice(to.as_bytes());
        }
    }
    0
}

/// The command with its new code and the values as arguments or variables.
fn handed_over(
    words: &[Quoted],
    code: &Code,
    new: &[u8],
    values: &[&[u8]],
    rewrite: &Rewrite,
    by_argument: bool,
) -> String {
    let mut line = String::new();
    let named = || NAMES.iter().zip(values).map(|(name, value)| (name, String::from_utf8_lossy(value)));
    for (index, word) in words.iter().enumerate() {
        if index == code.program && !by_argument && rewrite.give == Give::Environment {
            line.push_str(if line.is_empty() { "env" } else { " env" });
            named().for_each(|(name, value)| line.extend([" ", name, "=", &value]));
        }
        let is_code = index == code.first;
        if let (true, Give::Option(option)) =
            (code.option.map_or(is_code, |option| option == index), rewrite.give)
        {
            named().for_each(|(name, value)| line.extend([" ", option, " ", name, " ", &value]));
        }
        if is_code {
            push(&mut line, &Quoted::Word(new.to_vec()));
        } else {
            push(&mut line, word);
        }
    }
    if by_argument {
        if !rewrite.dashes.is_empty() {
            line.push(' ');
            line.push_str(rewrite.dashes);
        }
        for value in values {
            push(&mut line, &Quoted::Raw(value.to_vec()));
        }
    }
    line
}

/// `sed 's/a/{}/g' f` as `env x={} perl -pe 's/a/$ENV{x}/g' f`, when it is one such change.
fn of_sed(text: &[u8], code: &Code, words: &[Quoted], holes: &[Spelled]) -> Option<String> {
    let body = &text[code.offset..];
    let [b's', delimiter, ..] = *body else { return None };
    let [hole] = holes else { return None };
    if !b"/|,#:!@".contains(&delimiter) || body.contains(&b'\\') || body.contains(&b'\n') {
        return None;
    }
    let places: Vec<usize> = body
        .iter()
        .enumerate()
        .filter(|(at, byte)| {
            **byte == delimiter && !(hole.at - code.offset..hole.at - code.offset + hole.len).contains(at)
        })
        .map(|(at, _)| at)
        .collect();
    let [_, middle, last] = places[..] else { return None };
    let hole_at = hole.at - code.offset;
    // Only bytes with the same meaning in basic and Perl regular expressions.
    let alike = |b: &u8| !b"+?(){}|$@&".contains(b);
    let from: Vec<u8> = body[2..middle]
        .iter()
        .enumerate()
        .filter(|(at, _)| !(hole_at..hole_at + hole.len).contains(&(at + 2)))
        .map(|(_, byte)| *byte)
        .collect();
    let to: Vec<u8> = body[middle + 1..last]
        .iter()
        .enumerate()
        .filter(|(at, _)| !(hole_at..hole_at + hole.len).contains(&(at + middle + 1)))
        .map(|(_, byte)| *byte)
        .collect();
    if !from.iter().all(alike) || !to.iter().all(alike) || !body[last + 1..].iter().all(|b| b"gi".contains(b))
    {
        return None;
    }
    let value: &[u8] = if hole_at < middle { b"\\Q$ENV{x}\\E" } else { b"$ENV{x}" };
    let new = [&body[..hole_at], value, &body[hole_at + hole.len..]].concat();
    let mut options = format!("env x={} perl", String::from_utf8_lossy(&hole.text));
    let mut operands = String::new();
    for (index, word) in words.iter().enumerate().skip(code.program + 1) {
        if index == code.first || code.option == Some(index) {
            continue;
        }
        if !bytes(word).starts_with(b"-") {
            push(&mut operands, word);
        } else if bytes(word).starts_with(b"-i") {
            push(&mut options, word);
        } else {
            return None;
        }
    }
    options.push_str(" -pe");
    push(&mut options, &Quoted::Word(new));
    Some(format!("{options} {operands}").trim_end().to_owned())
}

fn bytes(word: &Quoted) -> &[u8] {
    match word {
        Quoted::Word(bytes) | Quoted::Raw(bytes) => bytes,
    }
}

/// Appends a word to a line for a message.
fn push(line: &mut String, word: &Quoted) {
    if !line.is_empty() {
        line.push(' ');
    }
    let shown = match word {
        Quoted::Raw(raw) => raw.clone(),
        Quoted::Word(word) if quote::is_plain(word) => word.clone(),
        Quoted::Word(word) => {
            let mut out = Vec::new();
            quote::single(&mut out, word);
            out
        }
    };
    line.push_str(&crate::escape::visible(&shown));
}
