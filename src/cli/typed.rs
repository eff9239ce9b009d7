//! The spelling of an option on the command line, for error messages: `-n` where the user typed `-n`.

use clap::{Arg, Command};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// The name under which `flag` (`--max-args`) was typed: the first of its spellings among the words before the command.
pub fn spelling(definition: &Command, words: &[OsString], flag: &str) -> Option<String> {
    let name = flag.trim_start_matches('-');
    let wanted = definition.get_arguments().find(|arg| is_long(arg, name) || is_short(arg, name))?;
    let find =
        |letter: char| definition.get_arguments().find(|arg| is_short(arg, letter.encode_utf8(&mut [0; 4])));
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        let word = word.to_str()?;
        let takes = |arg: &Arg| arg.get_action().takes_values() && !arg.is_require_equals_set();
        if let Some(long) = word.strip_prefix("--") {
            let (long, attached) = long.split_once('=').map_or((long, false), |(long, _)| (long, true));
            if is_long(wanted, long) {
                return Some(format!("--{long}"));
            }
            if long.is_empty() {
                return None;
            }
            let arg = definition.get_arguments().find(|arg| is_long(arg, long));
            if !attached && arg.is_some_and(takes) {
                words.next();
            }
            continue;
        }
        let letters = word.strip_prefix('-').filter(|letters| !letters.is_empty())?;
        for (at, letter) in letters.char_indices() {
            if is_short(wanted, letter.encode_utf8(&mut [0; 4])) {
                return Some(format!("-{letter}"));
            }
            match find(letter) {
                Some(arg) if arg.get_action().takes_values() => {
                    if takes(arg) && at + letter.len_utf8() == letters.len() {
                        words.next();
                    }
                    break;
                }
                Some(_) => {}
                None => return None,
            }
        }
    }
    None
}

/// The same for the command line of this process.
pub fn typed(flag: &str) -> String {
    let words: Vec<OsString> = std::env::args_os().collect();
    let known = words.iter().all(|word| !word.as_bytes().is_empty());
    let spelling = if known { spelling(&super::args::command(), &words, flag) } else { None };
    spelling.unwrap_or_else(|| flag.to_owned())
}

fn is_long(arg: &Arg, name: &str) -> bool {
    arg.get_long() == Some(name) || arg.get_all_aliases().unwrap_or_default().contains(&name)
}

fn is_short(arg: &Arg, name: &str) -> bool {
    let mut letters = arg.get_short().into_iter().chain(arg.get_all_short_aliases().unwrap_or_default());
    let mut chars = name.chars();
    let letter = chars.next().filter(|_| chars.next().is_none());
    letters.any(|short| Some(short) == letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spelling_is_the_one_that_was_typed() {
        let definition = crate::cli::args::command();
        let typed = |line: &str, flag: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            spelling(&definition, &words, flag)
        };
        for (line, flag, want) in [
            ("apool -n x echo", "--max-args", Some("-n")),
            ("apool -kn5x echo", "--max-args", Some("-n")),
            ("apool -j 4 -nx echo", "--max-args", Some("-n")),
            ("apool --max-args=x echo -n", "--max-args", Some("--max-args")),
            ("apool --maxargs x", "--max-args", Some("--maxargs")),
            ("apool -P x", "--jobs", Some("-P")),
            ("apool -d -n echo", "--max-args", None),
            ("apool -k echo -n x", "--max-args", None),
            ("apool -- -n x", "--max-args", None),
            ("apool", "--max-args", None),
        ] {
            assert_eq!(typed(line, flag).as_deref(), want, "{line}");
        }
    }
}
