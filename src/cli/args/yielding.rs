//! Which environment variables are ignored because of the command line. An option on the command line overrides its own
//! variable, and also the variables of the options that it excludes.

use clap::parser::ValueSource;
use clap::{Arg, Command, Id};
use std::ffi::OsString;

/// Pairs of options that exclude each other only for some values. The clap definition cannot express this.
const ALSO: [(&str, &str); 10] = [
    ("jobs", "policy"),
    ("jobs", "profile"),
    ("announce", "verbose"),
    ("shell_command", "template"),
    ("context", "max_replace_args"),
    ("context", "max_lines"),
    ("many", "max_replace_args"),
    ("many", "max_lines"),
    ("xargs", "max_replace_args"),
    ("xargs", "max_lines"),
];

/// The options whose variables are ignored. `definition` has no variables.
pub(super) fn yielding(definition: &Command, words: &[OsString]) -> Vec<Id> {
    // Errors in the words are reported by the second, strict parse.
    let lenient = definition.clone().ignore_errors(true);
    let Ok(matches) = lenient.try_get_matches_from(words) else { return Vec::new() };
    let is_typed = |arg: &&Arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    let typed: Vec<&Arg> = definition.get_arguments().filter(is_typed).collect();
    let yields = |arg: &&Arg| !is_typed(arg) && typed.iter().any(|other| exclude(definition, arg, other));
    definition.get_arguments().filter(yields).map(|arg| arg.get_id().clone()).collect()
}

fn exclude(definition: &Command, one: &Arg, other: &Arg) -> bool {
    let (a, b) = (one.get_id(), other.get_id());
    let conflicts = |one: &Arg, id: &Id| {
        definition.get_arg_conflicts_with(one).iter().any(|excluded| excluded.get_id() == id)
    };
    let grouped = definition.get_groups().any(|group| {
        let has = |id: &Id| group.get_args().any(|member| member == id);
        !group.clone().is_multiple() && has(a) && has(b)
    });
    let also = |pair: &(&str, &str)| *pair == (a.as_str(), b.as_str()) || *pair == (b.as_str(), a.as_str());
    conflicts(one, b) || conflicts(other, a) || grouped || ALSO.iter().any(also)
}
