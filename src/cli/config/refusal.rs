//! The message for a command that is refused: the reason, the command with the place marked, and a line to paste.

use crate::cli::args::Args;
use crate::template::{Reason, Shell, Syntax, Template, TemplateError};
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;

/// The longest command that is shown, in bytes.
const SHOWN: usize = 160;
/// The name of the variable in a line to paste.
const VARIABLE: &str = "it";

/// The message. Its further lines are left out where the command has no place or cannot be shown as text.
pub fn refusal(error: &TemplateError, args: &Args, syntax: &Syntax, shell: &Shell) -> String {
    let mut message = error.to_string();
    // These are about the table, and name the placeholder.
    if matches!(error.reason, Reason::NoColumn(_) | Reason::Ambiguous(..)) {
        return message;
    }
    let words: Vec<&[u8]> = args.template.iter().map(|word| word.as_bytes()).collect();
    let script = match (&args.shell_command, &words[..]) {
        (Some(text), _) => Some(text.as_bytes()),
        (None, [word]) => Some(*word),
        (None, _) => None,
    };
    let marked = match (script, error.column) {
        (Some(text), Some(column)) => mark(text, column - 1, error.placeholder.len()),
        (None, Some(column)) => {
            mark_word(&words, error.word.unwrap_or(1) - 1, column - 1, error.placeholder.len())
        }
        (_, None) => None,
    };
    let Some((line, at, len)) = marked else { return message };
    let carets = "^".repeat(len.max(1));
    let _ = write!(message, "\n  {line}\n  {:at$}{carets}", "");
    if let Some(line) = script.and_then(|text| to_paste(error, text, syntax, shell)) {
        let _ = write!(message, "\n  apool -c {line} ...");
    }
    message
}

/// The line of the text with the place, the column of the place in characters, and the length of the mark.
fn mark(text: &[u8], at: usize, len: usize) -> Option<(String, usize, usize)> {
    let begin =
        text[..at.min(text.len())].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let end = text[begin..].iter().position(|&byte| byte == b'\n').map_or(text.len(), |len| begin + len);
    let line = shown(&text[begin..end])?;
    let before = std::str::from_utf8(text.get(begin..at)?).ok()?.chars().count();
    Some((line, before, len.min(end - at.min(end))))
}

/// The same for a command of words, which are shown as they are typed in a shell.
fn mark_word(words: &[&[u8]], index: usize, at: usize, len: usize) -> Option<(String, usize, usize)> {
    let mut line = Vec::new();
    let mut place = 0;
    for (number, word) in words.iter().enumerate() {
        if number > 0 {
            line.push(b' ');
        }
        let plain = word.iter().all(|b| b.is_ascii_alphanumeric() || b"_@%+:,./-{}=".contains(b));
        if number == index {
            let quotes = memchr::memchr_iter(b'\'', word.get(..at)?).count();
            place = line.len() + at + usize::from(!plain) + 3 * quotes;
        }
        if plain && !word.is_empty() {
            line.extend_from_slice(word);
        } else {
            line.extend_from_slice(&quoted(word));
        }
    }
    let text = shown(&line)?;
    let before = std::str::from_utf8(line.get(..place)?).ok()?.chars().count();
    Some((text, before, len))
}

/// The text, if it is short and can be printed as it is.
fn shown(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    (text.len() <= SHOWN && *text == *crate::escape::visible(text.as_bytes())).then(|| text.to_owned())
}

fn quoted(text: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = text.split(|&byte| byte == b'\'').collect();
    [&b"'"[..], &parts.join(&b"'\\''"[..]), b"'"].concat()
}

/// The same script with the value in a variable, where an expansion is right and the value stays data. `None` for other
/// places, and if the result would be refused, too.
fn to_paste(error: &TemplateError, text: &[u8], syntax: &Syntax, shell: &Shell) -> Option<String> {
    let expansion = match error.reason {
        Reason::Backticks => format!("\"${VARIABLE}\""),
        Reason::Parameter => format!("${VARIABLE}"),
        _ => return None,
    };
    let text = std::str::from_utf8(text).ok()?;
    let (at, placeholder) = (error.column? - 1, std::str::from_utf8(&error.placeholder).ok()?);
    let before = text.get(..at)?;
    let after = text.get(at..)?.strip_prefix(placeholder)?;
    // Quotes inside of quotes mean something else, and so does a quoted dollar.
    if before.contains(['"', '\'', '\\']) || ["$it", "${it", "it="].iter().any(|used| text.contains(used)) {
        return None;
    }
    let script = format!("{VARIABLE}={placeholder}; {before}{expansion}{after}");
    Template::shell(script.as_bytes(), syntax, shell).ok()?;
    shown(&quoted(script.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(line: &[&str]) -> String {
        let words = std::iter::once("apool").chain(line.iter().copied()).map(std::ffi::OsString::from);
        let args = Args::parse_words(words, false).unwrap();
        let (syntax, shell) = (Syntax::default(), Shell::default());
        let words: Vec<Vec<u8>> = args.template.iter().map(|word| word.as_bytes().to_vec()).collect();
        let error = match &args.shell_command {
            Some(text) => Template::shell(text.as_bytes(), &syntax, &shell),
            None => Template::command(&words, &syntax, &shell),
        };
        refusal(&error.unwrap_err(), &args, &syntax, &shell)
    }

    #[test]
    fn the_place_is_marked() {
        let lines = |line: &[&str]| message(line).lines().skip(1).collect::<Vec<_>>().join("\n");
        assert_eq!(
            lines(&["-c", "touch x; echo `cat {}`"]),
            "  touch x; echo `cat {}`\n                     ^^\n  \
             apool -c 'it={}; touch x; echo `cat \"$it\"`' ..."
        );
        assert_eq!(
            lines(&["echo ${x:-{.}}"]),
            "  echo ${x:-{.}}\n            ^^^\n  apool -c 'it={.}; echo ${x:-$it}' ..."
        );
        assert_eq!(lines(&["-c", "a\necho \u{e9} $(({}))\nb"]), "  echo \u{e9} $(({}))\n            ^^");
        assert_eq!(
            lines(&["python3", "-c", "print('{}')"]),
            "  python3 -c 'print('\\''{}'\\'')'\n                        ^^"
        );
        assert_eq!(lines(&["-c", "echo 'a {}"]), "  echo 'a {}\n       ^");
    }

    #[test]
    fn nothing_is_shown_that_is_no_plain_text() {
        for text in ["echo \x1b `x {}`", &format!("echo {} `x {{}}`", "y".repeat(200)), " "] {
            assert_eq!(message(&["-c", text]).lines().count(), 1, "{text:?}");
        }
    }

    #[test]
    fn a_line_to_paste_keeps_the_value_as_data() {
        // An expansion is read as code, or not expanded.
        for text in
            ["eval {}", "echo $(({}))", "echo \"`x {}`\"", "cat <<E\n{}\nE", "echo $'{}'", "echo `a $it {}`"]
        {
            assert!(!message(&["-c", text]).contains("apool -c"), "{text}");
        }
    }
}
