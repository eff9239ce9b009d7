//! Makes the completions for bash, zsh and fish from the definition of the options, and tries them in real shells.
//!
//! clap_complete makes such files too. In those, the command after the options is not completed as if it were typed
//! alone, `--progress plain` is offered though it runs the command `plain`, and values that are no fixed set are missing.

pub mod bash;
pub mod fish;
pub mod zsh;

use clap::{Arg, Command, ValueHint};

/// Values of options that take more than a few words.
const VALUES: [(&str, &str); 3] = [
    ("order", "fifo lifo random size history"),
    (
        "halt",
        "never now,fail=1 soon,fail=1 now,fail=10% soon,fail=10% now,success=1 soon,success=1 now,done=1 soon,done=1",
    ),
    ("header", ":"),
];

/// The spellings of an option that are not hidden.
fn names(arg: &Arg) -> Vec<String> {
    let long = arg.get_long().into_iter().chain(arg.get_visible_aliases().unwrap_or_default());
    let short = arg.get_short().into_iter().chain(arg.get_visible_short_aliases().unwrap_or_default());
    short.map(|letter| format!("-{letter}")).chain(long.map(|long| format!("--{long}"))).collect()
}

/// The words that an option takes.
fn values(arg: &Arg) -> Option<String> {
    let long = arg.get_long()?;
    if let Some((_, words)) = VALUES.iter().find(|(name, _)| *name == long) {
        return Some((*words).to_owned());
    }
    let words: Vec<String> =
        arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    (!words.is_empty() && arg.get_action().takes_values()).then(|| words.join(" "))
}

/// What follows an option.
enum Takes {
    Nothing,
    /// One of these words.
    Words(Vec<String>),
    File,
    Directory,
    /// A text that cannot be completed. This is its name in the help.
    Text(String),
}

/// What follows the option, and whether only after `=` in the same word.
fn takes(arg: &Arg) -> (Takes, bool) {
    let name = || arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    let takes = match values(arg) {
        _ if !arg.get_action().takes_values() => Takes::Nothing,
        Some(words) => Takes::Words(words.split(' ').map(str::to_owned).collect()),
        None if name().starts_with("DIR") => Takes::Directory,
        None if arg.get_value_hint() == ValueHint::AnyPath => Takes::File,
        None => Takes::Text(name().to_owned()),
    };
    (takes, arg.is_require_equals_set())
}

/// The options that the help shows.
fn options(command: &Command) -> Vec<&Arg> {
    command.get_arguments().filter(|arg| !arg.is_positional() && !arg.is_hide_set()).collect()
}

/// The first line of its help.
fn help(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default()
}
