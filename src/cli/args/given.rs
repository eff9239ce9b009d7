//! The value of every option, by its name: made from the definition itself, so that none can be forgotten.
//!
//! It knows the kinds of values, not what an option means; what is in force where nothing was given is added by
//! `cli::config`.

use crate::run::records::metrics::text;
use adaptive_pool::policy::Value;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// Options by name. A switch is true or false, a time is in seconds, a size in bytes; what has a small language of its own
/// (`--halt`, `--timeout`) stands as it was typed, and null was not given.
pub type Given = BTreeMap<String, Json>;

/// What was given to every option that is a setting.
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

/// The name of a setting: the long name of its option with underscores, or its letter. `None` for what is none: the
/// command's words, other spellings, and what ends the program at once.
pub fn name(arg: &Arg) -> Option<String> {
    if arg.is_hide_set() || arg.is_positional() || super::NO_SETTING.contains(&arg.get_id().as_str()) {
        return None;
    }
    match (arg.get_long(), arg.get_short()) {
        // `command` is its words.
        (Some("command"), _) => Some("shell_command".to_owned()),
        (Some(long), _) => Some(long.replace('-', "_")),
        (None, Some(letter)) => Some(letter.to_string()),
        (None, None) => None,
    }
}

fn value(arg: &Arg, matches: &ArgMatches) -> (Json, Option<Json>) {
    let id = arg.get_id().as_str();
    // A value of another type is an error, not a panic, so the types can be tried one after the other.
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

/// Texts, and their bytes when one of them is not UTF-8; as a list where an option can be repeated.
pub fn texts(words: Vec<(String, Option<String>)>, list: bool) -> (Json, Option<Json>) {
    let odd = words.iter().any(|(_, base64)| base64.is_some());
    let (texts, bytes): (Vec<_>, Vec<_>) = words.into_iter().unzip();
    if list {
        (json!(texts), odd.then(|| json!(bytes)))
    } else {
        (json!(texts.last()), odd.then(|| json!(bytes.last())))
    }
}

/// A constant of a law.
pub fn constant(value: Value) -> Json {
    match value {
        Value::Ratio(x) => json!(x),
        Value::Count(n) => json!(n),
        Value::Time(d) => json!(d.as_secs_f64()),
        Value::Switch(on) => json!(on),
        Value::Unset => Json::Null,
    }
}
