//! The completions for bash, in a real bash.
//!
//! clap_complete's script completes neither a value behind `--policy=` nor the command after the options.

use super::{Takes, names, options, takes};
use crate::harness::Dir;
use clap::Command;
use std::fmt::Write;

const BODY: &str = r#"
# The command after the options, from the word $1, as if it were typed alone.
_apool_command() {
    local word
    for word in "${COMP_WORDS[@]:$1:COMP_CWORD-$1}"; do
        # bash cuts words at colons.
        if [[ $word == :* ]]; then
            COMPREPLY=($(compgen -f -- "$cur"))
            return
        fi
    done
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif ((COMP_CWORD == $1)); then
        COMPREPLY=($(compgen -c -- "$cur"))
    else
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}

_apool() {
    local cur=${COMP_WORDS[COMP_CWORD]} IFS=$'\n' option word rest i
    COMPREPLY=()
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]} option=
        if ((i == COMP_CWORD)); then
            break
        elif [[ $word == -- ]]; then
            _apool_command $((i + 1))
            return
        elif [[ $word == --* ]]; then
            if [[ ${COMP_WORDS[i + 1]} == = ]]; then
                option=$word
                ((i += 1))
                [[ $cur == = ]] && cur=
            elif _apool_takes_value "$word"; then
                option=$word
            fi
        elif [[ $word == -?* ]]; then
            for ((rest = 1; rest < ${#word}; rest++)); do
                if _apool_takes_value "-${word:rest:1}"; then
                    ((rest == ${#word} - 1)) && option=-${word:rest:1}
                    break
                fi
            done
        else
            break
        fi
        if [[ -n $option ]] && ((i >= COMP_CWORD - 1)); then
            _apool_value "$option"
            return
        fi
        [[ -n $option ]] && ((i += 1))
    done
    if [[ $cur == -* ]] && ((i == COMP_CWORD)); then
        COMPREPLY=($(compgen -W "${_apool_options// /$'\n'}" -- "$cur"))
    else
        _apool_command "$i"
    fi
}

complete -o bashdefault -o default -F _apool apool
"#;

/// The script for bash.
pub fn bash(command: &Command) -> String {
    let options = options(command);
    let mut script =
        "# Completions of apool for bash, made from the definition of its options.\n\n".to_owned();
    let all: Vec<String> = options.iter().flat_map(|arg| names(arg)).collect();
    let _ = writeln!(script, "_apool_options='{}'\n", all.join(" "));
    let with_value =
        options.iter().filter(|arg| arg.get_action().takes_values() && !arg.is_require_equals_set());
    let with_value: Vec<String> = with_value.flat_map(|arg| names(arg)).collect();
    let _ = writeln!(
        script,
        "_apool_takes_value() {{\n    case $1 in\n        {}) return 0 ;;\n    esac\n    return 1\n}}\n",
        with_value.join(" | ")
    );
    script.push_str("# The values of the option $1.\n_apool_value() {\n    case $1 in\n");
    for arg in &options {
        let (Takes::Words(words), _) = takes(arg) else { continue };
        let (names, words) = (names(arg).join(" | "), words.join("\\n"));
        let _ = writeln!(script, "        {names}) COMPREPLY=($(compgen -W $'{words}' -- \"$cur\")) ;;");
    }
    script.push_str("        *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n    esac\n}\n");
    script + BODY
}

/// The completions of a line, whose last word is completed, as bash cuts it into words. `setup` runs before.
fn complete(dir: &Dir, setup: &str, words: &[&str]) -> Vec<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/completions/apool.bash");
    let line = "COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _apool; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let text = format!("{setup}\nsource '{script}'\n{line}");
    let mut bash = std::process::Command::new("bash");
    bash.args(["--norc", "-c", &text, "bash", "apool"]).args(words).current_dir(dir.path());
    let output = bash.output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    let mut all: Vec<String> = out.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    all.sort();
    all
}

#[test]
fn values_of_options() {
    let dir = Dir::new();
    let complete = |words: &[&str]| complete(&dir, "", words).join(" ");
    assert_eq!(complete(&["--policy", "=", "a"]), "aggressive aimd auto");
    assert_eq!(complete(&["--policy", "a"]), "aggressive aimd auto");
    assert_eq!(complete(&["-k", "--progress", "="]), "auto bar json none plain");
    assert_eq!(complete(&["--order", "=", "l"]), "lifo");
    assert_eq!(complete(&["-j", "4", "--halt", "now,f"]), "now,fail=1 now,fail=10%");
    assert_eq!(complete(&["--header", ""]), ":");
    assert_eq!(complete(&["--color", "n"]), "never");
    assert_eq!(complete(&["--pol"]), "--policy");
    // --progress takes no word: the next one is the command.
    assert_eq!(complete(&["--progress", "plai"]), "");
}

#[test]
fn the_command_completes_as_if_it_were_typed_alone() {
    let dir = Dir::new();
    dir.write("file one", "");
    dir.write("other", "");
    let words = |words: &[&str]| complete(&dir, "", words);
    assert!(words(&["-j4", "--policy", "=", "auto", "sle"]).contains(&"sleep".to_owned()));
    assert!(words(&["-j", "4", "--", "sle"]).contains(&"sleep".to_owned()));
    assert_eq!(words(&["-kj", "4", "cat", "fi"]), ["file one"]);
    assert_eq!(words(&["cat", "{}", ":::", "o"]), ["other"]);
    assert_eq!(words(&["-a", "ot"]), ["other"]);
    assert_eq!(words(&["--joblog", "=", "o"]), ["other"]);
    // An option behind the command is the command's.
    assert!(words(&["cat", "--pol"]).is_empty());
    // bash-completion completes a command from a word on.
    let offset = "_comp_command_offset() { COMPREPLY=(\"from $1\"); }";
    assert_eq!(complete(&dir, offset, &["-j", "4", "git", "che"]), ["from 3"]);
}
