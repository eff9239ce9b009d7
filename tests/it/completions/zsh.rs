//! The completions for zsh, in a real zsh.

use super::{Takes, help, names, options, takes};
use crate::harness::Dir;
use clap::{Arg, ArgAction, Command};
use std::fmt::Write;

const BODY: &str = r#"        '*::command:_apool_command'
}

# The command after the options, as if it were typed alone.
_apool_command() {
    if [[ -n ${words[(r):::*]} ]]; then
        _files
    elif ((CURRENT == 1)); then
        _command_names -e
    else
        _normal
    fi
}

if [[ $funcstack[1] == _apool ]]; then
    _apool "$@"
else
    compdef _apool apool
fi
"#;

/// A text inside of quotes, in the help or the name of a value.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\'' => out.push_str("'\\''"),
            ':' | '[' | ']' | '\\' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// The specification of one option for `_arguments`.
fn specification(arg: &Arg) -> String {
    let (takes, joined) = takes(arg);
    let value = match &takes {
        Takes::Nothing => String::new(),
        Takes::Words(words) => {
            format!(":value:({})", words.iter().map(|word| escaped(word)).collect::<Vec<_>>().join(" "))
        }
        Takes::File => ":file:_files".to_owned(),
        Takes::Directory => ":directory:_files -/".to_owned(),
        Takes::Text(name) => format!(":{}: ", escaped(name)),
    };
    let optional = if joined { ":" } else { "" };
    let spelled: Vec<String> = names(arg)
        .into_iter()
        .map(|name| match (&takes, name.starts_with("--"), joined) {
            (Takes::Nothing, ..) => name,
            (_, true, true) => format!("{name}=-"),
            (_, true, false) => format!("{name}="),
            (_, false, _) => format!("{name}+"),
        })
        .collect();
    let again = if matches!(arg.get_action(), ArgAction::Append | ArgAction::Count) { "*" } else { "" };
    let value = if value.is_empty() { value } else { format!("{optional}{value}") };
    let lines =
        spelled.iter().map(|name| format!("        '{again}{name}[{}]{value}' \\\n", escaped(&help(arg))));
    lines.collect()
}

/// The script for zsh.
pub fn zsh(command: &Command) -> String {
    let mut script =
        "#compdef apool\n# Completions of apool for zsh, made from the definition of its options.\n\n"
            .to_owned();
    script.push_str("_apool() {\n    _arguments -s -S -A '-*' : \\\n");
    for arg in options(command) {
        let _ = write!(script, "{}", specification(arg));
    }
    script + BODY
}

/// Runs a zsh on a terminal of its own, types the line and a tab, and prints the words that are offered.
const CAPTURE: &str = r#"
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "PS1= PS2= ; stty -echo; unset zle_bracketed_paste; setopt no_beep"
zpty -w inner "fpath=($1 \$fpath); autoload -U compinit; compinit -D -u"
zpty -w inner 'compadd() {
    local -a hits
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
    builtin compadd -A hits "$@"
    local hit; for hit in $hits; do print -r -- "<$hit>"; done
    builtin compadd "$@"
}'
zpty -w inner 'finish() { compstate[insert]= compstate[list]=; print -r -- "<>"; }; comppostfuncs=(finish)'
zpty -w inner "bindkey '^I' complete-word; print -r 'rea''dy'"
zpty -r inner out '*ready*'
zpty -n -w inner "$2"$'\t'
zpty -r inner out $'*<>*'
print -r -- "$out"
"#;

/// The completions of a line, whose last word is completed. `None` without zsh.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn complete(dir: &Dir, line: &str) -> Option<Vec<String>> {
    let completions = concat!(env!("CARGO_MANIFEST_DIR"), "/completions");
    if std::process::Command::new("zsh").args(["-f", "-c", "exit"]).status().is_err() {
        eprintln!("left out: zsh is not here");
        return None;
    }
    // It would wait for ever for a marker that does not come.
    let mut zsh = std::process::Command::new("timeout");
    zsh.args(["60", "zsh", "-f", "-c", CAPTURE, "zsh", completions, line]).current_dir(dir.path());
    let output = zsh.output().expect("timeout");
    assert!(output.status.success(), "{line}: {output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = text.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(word, _)| word);
    let mut all: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    all.sort();
    all.dedup();
    Some(all)
}

#[test]
fn values_of_options() {
    let dir = Dir::new();
    for (line, expected) in [
        ("apool --policy=a", "aggressive aimd auto"),
        ("apool --policy a", "aggressive aimd auto"),
        ("apool -k --progress=p", "plain"),
        ("apool --order l", "lifo"),
        ("apool -j 4 --halt=now,f", "now,fail=1 now,fail=10%"),
        ("apool --header ", ":"),
        ("apool --pol", "--policy"),
        // It takes no word: the next one is the command.
        ("apool --progress plai", ""),
    ] {
        let Some(words) = complete(&dir, line) else { return };
        assert_eq!(words.join(" "), expected, "{line}");
    }
}

#[test]
fn the_command_completes_as_if_it_were_typed_alone() {
    let dir = Dir::new();
    dir.write("file-one", "");
    dir.write("other", "");
    for (line, expected) in [
        ("apool -j4 --policy=auto slee", "sleep"),
        ("apool -kj 4 cat fi", "file-one"),
        ("apool cat {} ::: o", "other"),
        ("apool -a ot", "other"),
        ("apool --joblog=o", "other"),
        // An option behind the command is the command's.
        ("apool cat --pol", ""),
        ("apool -j 4 -- slee", "sleep"),
    ] {
        let Some(words) = complete(&dir, line) else { return };
        assert_eq!(words.join(" "), expected, "{line}");
    }
}
