use super::*;
use crate::cli::args::{command, name};
use crate::run::config::Route;
use crate::sink::{Grouping, Order, Progress};
use std::collections::BTreeSet;
use std::ffi::OsString;

/// Each option with a value, and a value that is not the default. The value is the last word.
const VALUES: &[(&str, &str)] = &[
    ("affinity", "spread"),
    ("arg-file", "/dev/null"),
    ("backoff", "no"),
    ("backoff-on", "75"),
    ("blind-limit", "7"),
    ("blind-workers", "7"),
    ("block", "2M"),
    ("color", "never"),
    ("colsep", ","),
    ("command", "echo {}"),
    ("cooldown", "7"),
    ("cpu-low-threshold", "0.11"),
    ("cpu-threshold", "0.61"),
    ("dead-band", "0.07"),
    ("decision-log", "d"),
    ("decrease-factor", "0.7"),
    ("delay", "0.1"),
    ("delimiter", ";"),
    ("env", "A=1"),
    ("eof", "END"),
    ("halt", "now,fail=1"),
    ("head", "7"),
    ("header", ":"),
    ("increase-step", "7"),
    ("initial-workers", "3"),
    ("interval", "7"),
    ("ionice", "idle"),
    ("jobs", "+1"),
    ("joblog", "j"),
    ("junit", "u"),
    ("lag-threshold", "7"),
    ("limit", "true"),
    ("load", "7"),
    ("load-threshold", "0.71"),
    ("max-args", "7"),
    ("max-chars", "700"),
    ("max-lines", "7"),
    ("max-replace-args", "7"),
    ("max-workers", "70"),
    ("memfree", "7M"),
    ("memory-brake", "no"),
    ("memory-low-threshold", "0.31"),
    ("memory-reserve", "0.07"),
    ("memory-threshold", "0.71"),
    ("memsuspend", "7M"),
    ("metrics-interval", "7"),
    ("metrics-json", "m"),
    ("min-completions", "7"),
    ("min-workers", "3"),
    ("nice", "7"),
    ("order", "size"),
    ("policy", "aimd"),
    ("priority", "1"),
    ("process-slot-var", "SLOT"),
    ("profile", "io"),
    ("progress", "json"),
    ("queue-high-threshold", "700"),
    ("queue-low-threshold", "1"),
    ("queue-moderate-threshold", "6"),
    ("queue-threshold", "7"),
    ("rate", "7"),
    ("recend", "END"),
    ("recstart", "BEGIN"),
    ("replace", "@"),
    ("results", "r"),
    ("results-layout", "flat"),
    ("retries", "7"),
    ("retry-delay", "7"),
    ("retry-on", "75"),
    ("rpl", "@ s/a/b/"),
    ("scale-down-threshold", "0.07"),
    ("scale-up-threshold", "0.97"),
    ("seed", "7"),
    ("shell", "zsh"),
    ("skip", "7"),
    ("smoothing", "0.7"),
    ("soft-limit", "7"),
    ("start-workers", "7"),
    ("step-down", "7"),
    ("step-ratio", "0.07"),
    ("step-up", "7"),
    ("step-up-moderate", "7"),
    ("tagstring", "T"),
    ("termseq", "KILL,25"),
    ("timeout", "7"),
    ("tmpdir", "/"),
    ("prometheus", "p.prom"),
    ("run-name", "nightly"),
    ("trace", "t"),
    ("trend-window", "7"),
    ("trim", "lr"),
    ("workdir", "/"),
    ("I", "@"),
];

/// Options that need another one, and the policy that has a constant.
const BESIDE: &[(&str, &str)] = &[
    ("block", "--pipe"),
    ("recend", "--pipe"),
    ("recstart", "--pipe"),
    ("round-robin", "--pipe"),
    ("pipe-part", "--arg-file=f"),
    ("results-layout", "--results=r"),
    ("resume", "--joblog=j"),
    ("resume-failed", "--joblog=j"),
    ("retry-failed", "--joblog=j"),
    ("retry-on", "--retries=2"),
    ("run-name", "--prometheus=p.prom"),
    ("seed", "--shuf"),
];

/// The words that set an option to a value that is not the default, with the options that it requires.
pub fn example(arg: &clap::Arg) -> Vec<String> {
    let letter = arg.get_short().map(String::from).unwrap_or_default();
    let (key, word) = match arg.get_long() {
        Some(long) => (long, format!("--{long}")),
        None => (letter.as_str(), format!("-{letter}")),
    };
    let mut words: Vec<String> =
        BESIDE.iter().filter(|(name, _)| *name == key).map(|(_, beside)| (*beside).to_owned()).collect();
    if !arg.get_action().takes_values() {
        words.push(word);
        return words;
    }
    let value = VALUES.iter().find(|(name, _)| *name == key);
    let (_, value) = value.unwrap_or_else(|| panic!("{word} is not in the table of this test"));
    words.push(if arg.get_long().is_some() { format!("{word}={value}") } else { format!("{word}{value}") });
    words
}

pub fn parse(words: &[String]) -> Args {
    let words = std::iter::once("apool").chain(words.iter().map(String::as_str)).map(OsString::from);
    Args::parse_words(words, false).unwrap_or_else(|e| panic!("{e}"))
}

fn host() -> Host {
    Host { cores: 4.0, descriptors: 1024, ..Host::default() }
}

/// The settings of a run with these options, which always writes metrics.
fn settings_of(words: &[String]) -> Given {
    let mut words = words.to_vec();
    if !words.iter().any(|word| word.starts_with("--metrics-json")) {
        words.insert(0, "--metrics-json=other".to_owned());
    }
    let args = parse(&words);
    let host = host();
    let workers =
        super::super::workers::workers(&args.scaling, &args.constants, None, false, &host, &mut Vec::new());
    let workers = workers.unwrap_or_else(|e| panic!("{words:?}: {e}"));
    let mode: crate::sink::ProgressMode = args.output.progress().unwrap().unwrap_or("auto").parse().unwrap();
    let output = Output {
        name: "apool",
        summary: true,
        ending: false,
        github: None,
        route: Route::Sink(Grouping::Job),
        order: Order::Finished,
        tag: None,
        escape_tags: false,
        keep: None,
        progress: if args.output.prints_only() {
            Progress::None
        } else {
            mode.resolve(&crate::sink::ProgressContext::default())
        },
        explain: false,
        tmpdir: args.output.tmpdir.clone().unwrap_or_default(),
    };
    let shell = crate::cli::config::shell::shell(&args, &host).unwrap();
    let found =
        Found { workers: &workers, output: &output, shell: &shell, seed: args.input.seed, host: &host };
    settings(&args, &found)
}

/// The policy that has this constant, if the default one does not.
fn policy_with(key: &str) -> Option<String> {
    let has = |policy: &&str| {
        let config: adaptive_pool::policy::PolicyConfig = policy.parse().unwrap();
        config.settings().iter().any(|(name, _)| *name == key)
    };
    let mut policies = adaptive_pool::policy::POLICY_NAMES.iter();
    policies.find(|policy| has(policy)).map(|policy| format!("--policy={policy}"))
}

#[test]
fn every_option_is_among_the_settings_and_changes_its_own() {
    let definition = command();
    let mut seen = 0;
    for arg in definition.get_arguments() {
        let Some(key) = name(arg) else { continue };
        let policy = policy_with(&key);
        let words: Vec<String> = policy.iter().cloned().chain(example(arg)).collect();
        let before = settings_of(policy.as_slice());
        let after = settings_of(&words);
        let value = before.get(&key).unwrap_or_else(|| panic!("{key} is not among the settings"));
        assert_ne!(value, &after[&key], "{words:?} leaves the setting {key} as it was");
        seen += 1;
    }
    assert!(seen > 100, "{seen} options");
}

#[test]
fn the_tables_of_this_test_name_options_that_exist() {
    let definition = command();
    let names: BTreeSet<String> = definition
        .get_arguments()
        .flat_map(|arg| {
            arg.get_long().map(str::to_owned).into_iter().chain(arg.get_short().map(String::from))
        })
        .collect();
    for (name, _) in VALUES.iter().chain(BESIDE) {
        assert!(names.contains(*name), "{name}");
    }
}

#[test]
fn values_have_their_kinds() {
    let words = ["--retries=3", "--retry-delay=1m", "--memfree=2Ki", "--skip=4", "-k", "--cpu-threshold=50%"]
        .map(str::to_owned);
    let all = settings_of(&[&words[..], &["--policy=balanced".to_owned()]].concat());
    for (name, value) in [
        ("retries", json!(3)),
        ("retry_delay", json!(60.0)),
        ("memfree", json!(2048)),
        ("skip", json!(4)),
        ("keep_order", json!(true)),
        ("line_buffer", json!(false)),
        ("cpu_threshold", json!(0.5)),
        ("halt", json!("never")),
        ("rpl", json!([])),
        ("timeout", Json::Null),
    ] {
        assert_eq!(all[name], value, "{name}");
    }
}
