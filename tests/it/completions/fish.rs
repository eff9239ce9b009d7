//! The completions for fish, in a real fish.

use super::{Takes, help, names, options, takes};
use crate::harness::Dir;
use clap::{Arg, Command};
use std::fmt::Write;

const BODY: &str = r"
# The words of the command before the cursor, once the options are over. Fails before that.
function __apool_command_words
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        set -l word $words[1]
        set -e words[1]
        switch $word
            case --
                set -q words[1]; and printf '%s\n' $words
                return 0
            case '--*=*'
            case '--*'
                contains -- $word $__apool_takes_value; and set -q words[1]; and set -e words[1]
            case '-?*'
                set -l letters (string sub -s 2 -- $word | string split '')
                while set -q letters[1]
                    if contains -- -$letters[1] $__apool_takes_value
                        set -q letters[2]; or set -q words[1]; and set -e words[1]
                        break
                    end
                    set -e letters[1]
                end
            case '*'
                printf '%s\n' $word $words
                return 0
        end
    end
    return 1
end

function __apool_in_options
    not __apool_command_words >/dev/null
end

# The command after the options, as if it were typed alone.
function __apool_command
    set -l words (__apool_command_words)
    set -l word (commandline -ct)
    if string match -q ':::*' -- $words
        __fish_complete_path $word
    else if not string match -q -- '-*' $word; or set -q words[1]
        complete -C (string join ' ' -- (string escape -- $words) $word)
    end
end

complete -c apool -f -a '(__apool_command)'
";

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The lines of one option.
fn lines(arg: &Arg) -> String {
    let (takes, joined) = takes(arg);
    let spelled: Vec<String> = names(arg)
        .iter()
        .map(|name| match name.strip_prefix("--") {
            Some(long) => format!("-l {long}"),
            None => format!("-s {}", &name[1..]),
        })
        .collect();
    let head =
        format!("complete -c apool -n __apool_in_options {} -d {}", spelled.join(" "), quoted(&help(arg)));
    match takes {
        Takes::Words(words) if joined => {
            // fish has no option whose value can only be in the same word.
            let long = arg.get_long().unwrap_or_default();
            let words: Vec<String> = words.iter().map(|word| format!("--{long}={word}")).collect();
            let inside =
                format!("'__apool_in_options; and string match -q -- \"--{long}=*\" (commandline -ct)'");
            format!("{head}\ncomplete -c apool -n {inside} -f -a {}\n", quoted(&words.join(" ")))
        }
        _ if joined => format!("{head}\n"),
        Takes::Nothing => format!("{head} -f\n"),
        Takes::Words(words) => format!("{head} -x -a {}\n", quoted(&words.join(" "))),
        Takes::File => format!("{head} -r -F\n"),
        Takes::Directory => format!("{head} -x -a '(__fish_complete_directories)'\n"),
        Takes::Text(_) => format!("{head} -x\n"),
    }
}

/// The script for fish.
pub fn fish(command: &Command) -> String {
    let mut script =
        "# Completions of apool for fish, made from the definition of its options.\n\n".to_owned();
    let options = options(command);
    let with_value =
        options.iter().filter(|arg| arg.get_action().takes_values() && !arg.is_require_equals_set());
    let with_value: Vec<String> = with_value.flat_map(|arg| names(arg)).collect();
    let _ = writeln!(script, "set -g __apool_takes_value {}\n", with_value.join(" "));
    for arg in options {
        script.push_str(&lines(arg));
    }
    script + BODY
}

/// The completions of a line, whose last word is completed. `None` without fish.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn complete(dir: &Dir, line: &str) -> Option<Vec<String>> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/completions/apool.fish");
    let mut fish = std::process::Command::new("fish");
    fish.args(["--no-config", "-c", &format!("source '{script}'; complete -C '{line}'")]);
    let Ok(output) = fish.current_dir(dir.path()).env("HOME", dir.path()).output() else {
        eprintln!("left out: fish is not here");
        return None;
    };
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut all: Vec<String> =
        text.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect();
    all.sort();
    Some(all)
}

#[test]
fn values_of_options() {
    let dir = Dir::new();
    for (line, expected) in [
        ("apool --policy=a", "--policy=aggressive --policy=aimd --policy=auto"),
        ("apool --policy a", "aggressive aimd auto"),
        ("apool -k --progress=p", "--progress=plain"),
        ("apool --order l", "lifo"),
        ("apool -j 4 --halt now,f", "now,fail=1 now,fail=10%"),
        ("apool --header ", ":"),
        ("apool --pol", "--policy"),
    ] {
        let Some(words) = complete(&dir, line) else { return };
        assert_eq!(words.join(" "), expected, "{line}");
    }
    // It takes no word: the next one is the command.
    let Some(words) = complete(&dir, "apool --progress plai") else { return };
    assert!(!words.contains(&"plain".to_owned()), "{words:?}");
}

#[test]
fn the_command_completes_as_if_it_were_typed_alone() {
    let dir = Dir::new();
    dir.write("file-one", "");
    dir.write("other", "");
    for (line, expected) in [
        ("apool -kj 4 cat fi", "file-one"),
        ("apool cat {} ::: o", "other"),
        ("apool -a ot", "other"),
        ("apool --joblog=o", "--joblog=other"),
        // An option behind the command is the command's.
        ("apool cat --pol", ""),
    ] {
        let Some(words) = complete(&dir, line) else { return };
        assert_eq!(words.join(" "), expected, "{line}");
    }
    for line in ["apool -j4 --policy=auto slee", "apool -j 4 -- slee", "apool --progress slee"] {
        let Some(words) = complete(&dir, line) else { return };
        assert!(words.contains(&"sleep".to_owned()), "{line}: {words:?}");
    }
}
