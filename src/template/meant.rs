//! Words that were probably meant for a shell: an operator or a variable among the words of a command, and a builtin,
//! keyword or assignment as its first word. The command runs as it is. The texts say what to type instead.

use super::keywords::{is_builtin, is_keyword};
use super::pieces::{self, Piece};
use super::placeholder::Grammar;
use super::programs;
use super::quote::{is_plain, single};
use super::syntax::Syntax;
use std::borrow::Cow;

/// Operators of a shell that are whole words.
const OPERATORS: &[&[u8]] =
    &[b";", b"|", b">", b">>", b"<", b"&&", b"||", b"&", b"|&", b"2>", b"2>>", b"2>&1", b"&>", b">&2"];

/// Programs with operands of this kind: the end of an action, a comparison, characters.
const WITH_OPERATORS: &[&[u8]] =
    &[b"find", b"gfind", b"bfs", b"expr", b"gexpr", b"test", b"[", b"tr", b"gtr", b"tmux"];

/// Options whose value is often a separator or a pattern: `cut -d ';'`, `sort -t '|'`, `awk -F '|'`, `grep -e '&&'`.
const TAKE_A_SIGN: &[&[u8]] = &[b"-d", b"-t", b"-F", b"-s", b"-S", b"-e", b"-c", b"-I", b"-i", b"-o"];

/// A hint about a word that was meant for a shell. `None` if there is no such word, or if the program has such operands.
pub fn meant_for_shell(words: &[Vec<u8>], syntax: &Syntax) -> Option<String> {
    if words.len() < 2 || words.iter().any(|word| WITH_OPERATORS.contains(&super::path::base_name(word))) {
        return None;
    }
    let codes = programs::find(words);
    let is_code = |at: usize| codes.iter().any(|code| (code.first..=code.last).contains(&at));
    let is_value = |at: usize| {
        let before = &words[at - 1];
        TAKE_A_SIGN.contains(&&before[..]) || (before.starts_with(b"--") && before.len() > 2)
    };
    let at = (1..words.len()).find(|&at| Sign::of(&words[at]).is_some() && !is_code(at) && !is_value(at))?;
    let program = shown(super::path::base_name(&words[0]));
    let word = shown(&words[at]);
    Some(format!("'{word}' went to {program} as an argument; for a shell: {}", line(words, syntax)?))
}

/// The text of the error for a first word that is not in PATH, because only a shell has it.
pub fn only_in_shell(words: &[Vec<u8>], syntax: &Syntax) -> Option<String> {
    let first = words.first()?;
    let text = if is_keyword(first) {
        format!("a keyword of the shell, not a program; write {}", line(words, syntax)?)
    } else if is_builtin(first) {
        format!("a builtin of the shell, not a program; write {}", line(words, syntax)?)
    } else if is_assignment(first) {
        let rest = quoted(words, syntax, false)?;
        format!("an assignment of the shell, not a program; write apool env {rest} ...")
    } else {
        return None;
    };
    Some(text)
}

/// A word that a shell would read.
enum Sign {
    Operator,
    /// `{};`: the operator at the end of a word.
    Ends,
    Variable,
}

impl Sign {
    fn of(word: &[u8]) -> Option<Sign> {
        if OPERATORS.contains(&word) {
            return Some(Sign::Operator);
        }
        if word.ends_with(b";") && !word.contains(&b' ') {
            return Some(Sign::Ends);
        }
        is_name(word.strip_prefix(b"$")?).then_some(Sign::Variable)
    }
}

fn is_name(text: &[u8]) -> bool {
    let sign = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    text.first().is_some_and(|first| !first.is_ascii_digit()) && text.iter().all(sign)
}

fn is_assignment(word: &[u8]) -> bool {
    let name = word.split(|&byte| byte == b'=').next().unwrap_or_default();
    name.len() < word.len() && is_name(name)
}

/// The command for `-c`, as a line that can be pasted.
fn line(words: &[Vec<u8>], syntax: &Syntax) -> Option<String> {
    let text = quoted(words, syntax, true)?;
    let mut line = Vec::new();
    single(&mut line, text.as_bytes());
    Some(format!("apool -c {} ...", String::from_utf8_lossy(&line)))
}

/// The words for a shell: operators, variables and placeholders as they are, all others quoted. A command without a
/// placeholder gets one before the first operator, unless jobs read a stream. `None` for words that cannot be shown.
fn quoted(words: &[Vec<u8>], syntax: &Syntax, in_shell: bool) -> Option<String> {
    let grammar = Grammar::new(syntax).ok()?;
    let has_value = |word: &Vec<u8>| {
        let pieces = pieces::cut(word, &grammar, false).unwrap_or_default();
        pieces.iter().any(|piece| matches!(piece, Piece::Value(_)))
    };
    let mut missing = in_shell && !syntax.stream && !words.iter().any(has_value);
    let base = syntax.base.first()?;
    let mut out: Vec<Cow<'_, [u8]>> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let sign = Sign::of(word).filter(|_| at > 0 && in_shell);
        if missing && matches!(sign, Some(Sign::Operator)) {
            missing = false;
            out.push(Cow::Borrowed(base));
        }
        match sign {
            Some(Sign::Ends) => {
                out.push(plain_or_quoted(&word[..word.len() - 1], has_value(word), at));
                if std::mem::take(&mut missing) {
                    out.push(Cow::Borrowed(base));
                }
                let last = out.pop()?;
                out.push(Cow::Owned([&last, &b";"[..]].concat()));
            }
            Some(_) => out.push(Cow::Borrowed(word)),
            None => out.push(plain_or_quoted(word, has_value(word), at)),
        }
    }
    if missing {
        out.push(Cow::Borrowed(base));
    }
    let text = String::from_utf8(out.join(&b' ')).ok()?;
    (!text.contains(|c: char| c.is_control()) && text.len() <= crate::escape::SHOWN).then_some(text)
}

/// A word, in quotes unless it is plain. The first word stays a keyword, and a placeholder is no reason for quotes.
fn plain_or_quoted(word: &[u8], has_value: bool, at: usize) -> Cow<'_, [u8]> {
    let bare: Vec<u8> = word.iter().copied().filter(|byte| !b"{}<>".contains(byte)).collect();
    let plain = is_plain(word)
        || (has_value && (bare.is_empty() || is_plain(&bare)))
        || (at == 0 && (is_keyword(word) || is_builtin(word) || is_assignment(word)));
    if plain {
        return Cow::Borrowed(word);
    }
    let mut out = Vec::new();
    single(&mut out, word);
    Cow::Owned(out)
}

fn shown(word: &[u8]) -> String {
    crate::escape::shown(word, crate::escape::SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Vec<u8>> {
        line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn the_line_is_what_was_meant() {
        for (line, want) in [
            (
                "echo {} ; exit {}",
                "';' went to echo as an argument; for a shell: apool -c 'echo {} ; exit {}' ...",
            ),
            ("echo {}; ls", "'{};' went to echo as an argument; for a shell: apool -c 'echo {}; ls' ..."),
            ("cat | wc", "'|' went to cat as an argument; for a shell: apool -c 'cat {} | wc' ..."),
            ("cat a; wc", "'a;' went to cat as an argument; for a shell: apool -c 'cat a {}; wc' ..."),
            (
                "wc -l {} > out/{/}",
                "'>' went to wc as an argument; for a shell: apool -c 'wc -l {} > out/{/}' ...",
            ),
            (
                "/bin/cp {} $HOME",
                "'$HOME' went to cp as an argument; for a shell: apool -c '/bin/cp {} $HOME' ...",
            ),
            (
                "grep it's {} && rm {}",
                r"'&&' went to grep as an argument; for a shell: apool -c 'grep '\''it'\''\'\'''\''s'\'' {} && rm {}' ...",
            ),
        ] {
            assert_eq!(meant_for_shell(&words(line), &Syntax::default()).as_deref(), Some(want), "{line}");
        }
        let other = Syntax::with_base(b"@");
        let hint = meant_for_shell(&words("cat | wc"), &other).expect("a hint");
        assert!(hint.ends_with("apool -c 'cat @ | wc' ..."), "{hint}");
    }

    #[test]
    fn words_that_a_program_wants_give_no_hint() {
        for line in [
            "find {} -exec ls ;",
            "sudo find {} -name x ;",
            "expr {} | 1",
            "tr ; ,",
            "cut -d ; -f1 {}",
            "sort -t | {}",
            "awk -F | {print} {}",
            "awk $NF {}",
            "sed --expression s/a/b/; {}",
            "perl -e print; {}",
            "sh -c ls; {}",
            "psql -c commit; {}",
            "echo $1 {}",
            "echo a;b {} $ $$ x$y",
            "echo",
        ] {
            assert_eq!(meant_for_shell(&words(line), &Syntax::default()), None, "{line}");
        }
        // One word is shell text already.
        assert_eq!(meant_for_shell(&[b"echo ;".to_vec()], &Syntax::default()), None);
    }

    #[test]
    fn the_first_word_belongs_to_the_shell() {
        let text = |line: &str| only_in_shell(&words(line), &Syntax::default());
        let builtin = "a builtin of the shell, not a program; write apool -c 'cd {} && ls' ...";
        assert_eq!(text("cd {} && ls").as_deref(), Some(builtin));
        assert_eq!(
            text("source x").as_deref(),
            Some("a builtin of the shell, not a program; write apool -c 'source x {}' ...")
        );
        let keyword = "a keyword of the shell, not a program; write apool -c 'time sleep {}' ...";
        assert_eq!(text("time sleep {}").as_deref(), Some(keyword));
        let assignment = "an assignment of the shell, not a program; write apool env A=1 make {} ...";
        assert_eq!(text("A=1 make {}").as_deref(), Some(assignment));
        assert_eq!(text("no-such x"), None);
    }
}
