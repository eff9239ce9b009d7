//! Help, and error messages for wrong command lines: one line that names the option and the way out.

use super::args::Args;
use super::exit::Exit;
use super::host::Host;
use super::message::{printed, say};
use super::typed::typed;
use crate::escape::visible;
use crate::input::{Source, SourceKind};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error as _;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// The manual page.
pub const MAN: &str = include_str!("../../man/apool.1");

/// The completions for a shell that [`Args`] accepts.
pub fn completions(shell: &str) -> &'static str {
    match shell {
        "bash" => include_str!("../../completions/apool.bash"),
        "zsh" => include_str!("../../completions/_apool"),
        _ => include_str!("../../completions/apool.fish"),
    }
}

/// Handles an error of clap: prints help and version on standard output, and everything else as one line on standard error.
/// `not_utf8`: the first word that is not UTF-8, because clap does not name it.
pub fn refuse(error: &clap::Error, not_utf8: Option<&OsStr>) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // `--help | head` is not a failure.
            match printed(error.print()) {
                Exit::BrokenPipe => Exit::Success,
                exit => exit,
            }
        }
        ErrorKind::InvalidUtf8 => {
            let word = not_utf8.map_or_else(|| "a variable APOOL_*".into(), |word| visible(word.as_bytes()));
            say(&format!("{word}: not UTF-8; the value of this option must be text"));
            Exit::Trouble
        }
        _ => {
            say(&sentence(error));
            Exit::Trouble
        }
    }
}

/// Options that other options require: the required option, the options that need it, and its value.
const NEEDED: [(&str, &str, &str); 7] = [
    ("--joblog", "--resume, --resume-failed and --retry-failed need", " FILE"),
    ("--retries", "--retry-on needs", " N"),
    ("--metrics-json", "--metrics-interval needs", " FILE"),
    ("--results", "--results-layout needs", " DIR"),
    ("--shuf", "--seed needs", ""),
    ("--arg-file", "--pipe-part needs", " FILE"),
    ("--pipe", "--block, --recstart, --recend and --round-robin need", ""),
];

/// The message of an error of clap, as one line.
pub fn sentence(error: &clap::Error) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(" ")),
        _ => None,
    };
    let flag = context(ContextKind::InvalidArg)
        .map(|arg| arg.split([' ', '[', '=']).next().unwrap_or_default().to_owned());
    let visible = |text: String| visible(text.as_bytes()).into_owned();
    match (error.kind(), flag) {
        (ErrorKind::MissingRequiredArgument, Some(missing)) => {
            let missing = missing.trim_matches(|c| "<>".contains(c)).split('|').next().unwrap_or_default();
            match NEEDED.iter().find(|(needed, _, _)| *needed == missing) {
                Some((_, needing, value)) => format!("{needing} {missing}{value}, which was not given"),
                None => format!("{missing} is missing"),
            }
        }
        (ErrorKind::UnknownArgument, Some(flag)) => {
            if let Some(advice) = super::advice::about(flag.split('=').next().unwrap_or_default()) {
                return advice;
            }
            let near = context(ContextKind::SuggestedArg).filter(|near| is_near(&flag, near));
            let near = near.map_or_else(
                || "see --help".to_owned(),
                |near| {
                    let name = near.trim_start_matches("--");
                    format!("did you mean --{}?", super::args::proper(name).unwrap_or(name))
                },
            );
            format!("unknown option {}: {near}", visible(flag))
        }
        (ErrorKind::ValueValidation | ErrorKind::InvalidValue, Some(flag)) => {
            let value = context(ContextKind::InvalidValue).unwrap_or_default();
            let long = flag.clone();
            let flag = Host::variable_with(&flag, &value).unwrap_or_else(|| typed(&flag));
            let value = visible(value);
            match (error.source(), context(ContextKind::ValidValue)) {
                // clap names the range of the type, which is not the range of the option.
                (Some(why), _)
                    if why.is::<std::num::ParseIntError>() || why.to_string().contains(" is not in ") =>
                {
                    format!("{flag}: {}", out_of_range(&long, &value))
                }
                // Some errors already begin with the option.
                (Some(why), _) if why.to_string().starts_with(&long) => why.to_string(),
                (Some(why), _) => format!("{flag}: {why}"),
                (None, Some(valid)) if !valid.trim().is_empty() => {
                    format!("{flag}: '{value}' is not one of {}", valid.replace(' ', ", "))
                }
                (None, _) => format!("{flag}: a value is missing"),
            }
        }
        (ErrorKind::NoEquals, Some(flag)) => {
            format!(
                "{flag}: attach the value ({flag}STR) or use -E STR; without either there is no end-of-file string"
            )
        }
        (ErrorKind::ArgumentConflict, Some(flag)) if context(ContextKind::PriorArg).is_some() => {
            let others = context(ContextKind::PriorArg).unwrap_or_default();
            let others = others.split_whitespace().filter(|word| word.starts_with('-'));
            let others: Vec<_> =
                others.map(|other| origin(other.split(['=', '[']).next().unwrap_or(other))).collect();
            format!("{} cannot be used with {}", origin(&flag), others.join(" and "))
        }
        _ => {
            let text = error.to_string();
            let first = text.split("\n\n").next().unwrap_or_default();
            let first = first.trim_start_matches("error: ");
            visible(first.split_whitespace().collect::<Vec<_>>().join(" "))
        }
    }
}

/// Options whose smallest number is 1. For `--trend-window` it is 3, and for all others 0.
const FROM_ONE: [&str; 11] = [
    "--min-workers",
    "--max-workers",
    "--initial-workers",
    "--max-lines",
    "--soft-limit",
    "--step-up",
    "--step-up-moderate",
    "--step-down",
    "--increase-step",
    "--blind-limit",
    "--min-completions",
];
/// Options with numbers of 32 bits; all others have 64.
const SMALL: [&str; 4] = ["--min-workers", "--max-workers", "--initial-workers", "--retries"];

/// Why a number was refused, with the range of its option.
fn out_of_range(flag: &str, value: &str) -> String {
    let lowest = match flag {
        "--trend-window" => 3,
        _ => u8::from(FROM_ONE.contains(&flag) || flag == "-l"),
    };
    let highest = if SMALL.contains(&flag) { u64::from(u32::MAX) } else { u64::MAX };
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("'{value}' is above {highest}, the largest number of this option");
    }
    format!("'{value}' is not a whole number, at least {lowest}")
}

/// True if a suggestion of clap is plausible. Most typos leave the first letter unchanged; clap also suggests options with
/// only a few letters in common, such as `--head` for `--threads`.
fn is_near(flag: &str, near: &str) -> bool {
    let name = |flag: &str| flag.trim_start_matches('-').split('=').next().unwrap_or_default().to_owned();
    let (flag, near) = (name(flag), name(near));
    flag.chars().next() == near.chars().next() || near.contains(&flag) || flag.contains(&near)
}

/// The option, with the environment variable that sets it, if there is one.
fn origin(flag: &str) -> String {
    let typed = typed(flag);
    match Host::variable_set(flag) {
        Some(name) if typed == flag => format!("{flag} (from {name})"),
        _ => typed,
    }
}

/// Variables that apool sets for its jobs, and one that it reads before its options. They are no settings.
const NO_SETTINGS: [&str; 5] = ["APOOL_SEQ", "APOOL_SLOT", "APOOL_ATTEMPT", "APOOL_PID", "APOOL_AS"];

/// A line for each variable of the environment that looks like a setting and is none.
pub fn unknown_variables(environment: &[(OsString, OsString)]) -> Vec<String> {
    let looks_like_one = |name: &&str| name.starts_with("APOOL_") && !NO_SETTINGS.contains(name);
    let set: Vec<&str> =
        environment.iter().filter_map(|(name, _)| name.to_str()).filter(looks_like_one).collect();
    if set.is_empty() {
        return Vec::new();
    }
    let known = super::args::variables();
    let unknown = set.into_iter().filter(|name| !known.iter().any(|known| known == name));
    unknown
        .map(|name| {
            let same = |known: &String| known.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
            let near = known.iter().max_by_key(|known| (same(known), usize::MAX - known.len()));
            // The prefix of all names and three letters.
            let near = near.filter(|near| same(near) >= 9).map(|near| format!("; did you mean {near}?"));
            let name = visible(name.as_bytes());
            format!("{name}: no option has this variable{}", near.unwrap_or_default())
        })
        .collect()
}

/// The text for `apool` without arguments on a terminal. Without it, apool would wait silently for input.
pub fn nothing_to_do(args: &Args, sources: &[Source], host: &Host) -> Option<String> {
    let reads_stdin = args.input.arg_file.is_empty() && sources.iter().all(|s| s.kind == SourceKind::Stdin);
    if !(reads_stdin && sources.is_empty() && args.template.is_empty() && args.shell_command.is_none())
        || args.record.retry_failed
    {
        return None;
    }
    host.stdin_tty.then(|| {
        "apool runs commands in parallel and finds the best number of workers.\n\n\
         \x20 find . -name '*.png' | apool optipng          a command for each line of the input\n\
         \x20 apool gzip ::: *.log                          a command for each argument\n\
         \x20 apool < commands.txt                          each line is a command\n\n\
         To type commands on the terminal, use `-a -`. For all options, see --help.\n"
            .to_owned()
    })
}
