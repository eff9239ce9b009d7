//! The value of every option by its name, for the metrics. It is built from the definition, so every option is included.
//!
//! `cli::config` adds the defaults.

use crate::run::records::metrics::text;
use adaptive_pool::policy::Value;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// Options by name. A switch is true or false, a time is in seconds, a size in bytes. An option with a syntax of its own
/// (`--halt`, `--timeout`) is the text that was given. An option that was not given is null.
pub type Given = BTreeMap<String, Json>;

/// Options that end the program at once or choose its command line. They are not settings: they have no variable like
/// the others, and are not in the metrics. The last one is the identifier of `--as`.
pub(super) const NO_SETTING: [&str; 6] = ["help", "version", "completions", "man", "as", "personality"];

/// The values of all options that are settings.
pub fn given(definition: &Command, matches: &ArgMatches) -> Given {
    let mut all = Given::new();
    for arg in definition.get_arguments() {
        if let Some(name) = name(arg) {
            let (value, base64) = value(arg, matches);
            if let Some(bytes) = base64 {
                all.insert(format!("{name}_base64"), bytes);
            }
            all.insert(name, value);
        }
    }
    all
}

/// The name of a setting: the long name of its option with underscores, or its letter. `None` for arguments that are no
/// setting: the words of the command, hidden options, and options that end the program at once.
pub fn name(arg: &Arg) -> Option<String> {
    if arg.is_hide_set() || arg.is_positional() || NO_SETTING.contains(&arg.get_id().as_str()) {
        return None;
    }
    match (arg.get_long(), arg.get_short()) {
        // The name `command` is used for the words of the command.
        (Some("command"), _) => Some("shell_command".to_owned()),
        (Some(long), _) => Some(long.replace('-', "_")),
        (None, Some(letter)) => Some(letter.to_string()),
        (None, None) => None,
    }
}

fn value(arg: &Arg, matches: &ArgMatches) -> (Json, Option<Json>) {
    let id = arg.get_id().as_str();
    // clap returns an error for a value of another type, so the types are tried one after the other.
    macro_rules! one {
        ($kind:ty, $show:expr) => {
            if let Ok(Some(value)) = matches.try_get_one::<$kind>(id) {
                return ($show(value), None);
            }
        };
    }
    one!(bool, |v: &bool| json!(v));
    one!(u32, |v: &u32| json!(v));
    one!(i32, |v: &i32| json!(v));
    one!(u64, |v: &u64| json!(v));
    one!(usize, |v: &usize| json!(v));
    one!(f64, |v: &f64| json!(v));
    one!(Duration, |v: &Duration| json!(v.as_secs_f64()));
    one!(Value, |v: &Value| constant(*v));
    let words: Vec<_> = matches.get_raw(id).into_iter().flatten().map(|word| text(word.as_bytes())).collect();
    texts(words, matches!(arg.get_action(), ArgAction::Append))
}

/// The texts, and their bytes in base64 if one of them is not UTF-8. `list`: the option can be repeated.
pub fn texts(words: Vec<(String, Option<String>)>, list: bool) -> (Json, Option<Json>) {
    let not_utf8 = words.iter().any(|(_, base64)| base64.is_some());
    let (texts, bytes): (Vec<_>, Vec<_>) = words.into_iter().unzip();
    if list {
        (json!(texts), not_utf8.then(|| json!(bytes)))
    } else {
        (json!(texts.last()), not_utf8.then(|| json!(bytes.last())))
    }
}

/// A constant of a policy.
pub fn constant(value: Value) -> Json {
    match value {
        Value::Ratio(x) => json!(x),
        Value::Count(n) => json!(n),
        Value::Time(d) => json!(d.as_secs_f64()),
        Value::Switch(on) => json!(on),
        Value::Unset => Json::Null,
    }
}
