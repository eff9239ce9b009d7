//! The definition of every option. `--help`, the manual page, the completions and docs/options.md are generated from it.
//! This module parses only; defaults and contradictions are handled in `cli::config`.

mod command;
mod failure;
mod given;
mod habits;
mod input;
mod machine;
mod named;
mod order;
mod output;
mod pipe;
mod plain;
mod record;
mod scaling;
pub mod texts;
mod yielding;

pub use command::CommandArgs;
pub use failure::FailureArgs;
#[cfg(test)]
pub use given::name;
pub use given::{Given, constant, texts};
pub use habits::{HabitArgs, proper};
pub use input::InputArgs;
pub use machine::MachineArgs;
pub use order::OrderArgs;
pub use output::OutputArgs;
pub use pipe::{BlockSize, PipeArgs};
pub use plain::without_options;
pub use record::RecordArgs;
pub use scaling::{Jobs, Load, PolicyArgs, ScalingArgs};

use crate::run::parse;
use crate::template::{Parallel, Rule};
use clap::builder::ValueParser;
use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, ValueHint};
use std::ffi::{OsStr, OsString};

/// Run commands in parallel, and find the best number of workers.
///
/// apool reads records (by default the lines of standard input), fills a command with each, and runs these jobs on a pool of
/// workers. It finds the size of the pool during the run. Without a command, each record is a command line.
#[allow(missing_docs, reason = "the doc comment of a flattened group would become help text")]
#[derive(Parser, Debug, Default)]
#[command(
    name = "apool",
    version,
    max_term_width = 100,
    args_override_self = true,
    disable_help_flag = true,
    disable_version_flag = true,
    override_usage = "apool [OPTIONS] [--] [COMMAND [ARGUMENT]...] [::: VALUE...]...\n       apool [OPTIONS] -c STRING [::: VALUE...]...",
    after_help = texts::SHORT
)]
pub struct Args {
    /// Run STRING with a shell for each record
    ///
    /// Each placeholder in STRING is quoted for its place: outside of quotes, in double quotes or in single quotes.
    /// apool refuses a placeholder where no quoting is correct. If STRING is only {}, the record runs as it is.
    #[arg(short = 'c', long = "command", value_name = "STRING", help_heading = "Command")]
    pub shell_command: Option<OsString>,

    /// Use SHELL for -c and for records that are commands; SHELL may have options
    ///
    /// The shell also runs a command that is one word with blanks or metacharacters, and the command of --limit. An
    /// example is --shell 'bash -eo pipefail'. The default is the shell that started apool if that is sh, dash, bash,
    /// ksh, mksh, zsh, yash or busybox; otherwise, as in a Makefile or with cron, it is sh. If the environment contains
    /// exported functions it is bash: `export -f f; apool f` works.
    #[arg(long, value_name = "SHELL", help_heading = "Command", hide_short_help = true)]
    pub shell: Option<OsString>,

    // The command.
    #[command(flatten)]
    pub command: CommandArgs,

    /// The command and its arguments, executed without a shell
    #[arg(trailing_var_arg = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments, help_heading = "Command")]
    pub template: Vec<OsString>,

    // The input.
    #[command(flatten)]
    pub input: InputArgs,
    // The order of the jobs.
    #[command(flatten)]
    pub order: OrderArgs,
    // The stream of --pipe, instead of records.
    #[command(flatten)]
    pub pipe: PipeArgs,
    // The output.
    #[command(flatten)]
    pub output: OutputArgs,
    // Failures.
    #[command(flatten)]
    pub failure: FailureArgs,
    // Joblog, results and metrics.
    #[command(flatten)]
    pub record: RecordArgs,
    // The workers.
    #[command(flatten)]
    pub scaling: ScalingArgs,
    // The machine.
    #[command(flatten)]
    pub machine: MachineArgs,
    // Options of other tools that change little or nothing here.
    #[command(flatten)]
    pub habits: HabitArgs,
    // The constants of the policies. They are the least used, and therefore the last.
    #[command(flatten)]
    pub constants: PolicyArgs,

    /// Take the command line of another tool: xargs or parallel
    ///
    /// It must be the first option, and all that follows belongs to that tool. A program with that name, such as a
    /// symbolic link to apool, does the same, and so does the variable APOOL_AS. --as comes before the name, and the name
    /// before the variable. apool is its own name here.
    #[arg(long = "as", value_name = "NAME", help_heading = "Help", hide_short_help = true)]
    pub personality: Option<OsString>,

    /// Print help: -h for a summary, --help for all options, --help=policies for their constants
    #[arg(short = 'h', long, action = ArgAction::Help, help_heading = "Help")]
    pub help: Option<bool>,

    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version, help_heading = "Help")]
    pub version: Option<bool>,

    /// Print the manual page (roff), for apool --man | man -l -
    #[arg(long, help_heading = "Help")]
    pub man: bool,

    /// Print the completions for bash, zsh or fish
    #[arg(long, value_name = "SHELL", value_parser = ["bash", "zsh", "fish"], hide_possible_values = true, help_heading = "Help", hide_short_help = true)]
    pub completions: Option<String>,

    // The placeholders of another tool.
    #[arg(skip)]
    pub peer: Option<Peer>,

    // All of the above by name, for the metrics. Empty if no metrics are written.
    #[arg(skip)]
    pub given: Given,
}

/// The placeholders of GNU parallel.
#[derive(Debug)]
pub struct Peer {
    /// Their spelling.
    pub spelling: Parallel,
    /// The name of `{}`.
    pub base: Vec<u8>,
    /// Those of `--rpl`.
    pub rules: Vec<Rule>,
    /// A word with a placeholder is repeated for each record.
    pub repeat: bool,
    /// Outputs that are kept in files are not printed.
    pub quiet: bool,
}

/// Options that name a file or a directory of this run, and the options that require one of these. Their variables are not
/// passed to jobs, because a job that runs apool would overwrite the files of this run.
pub const OF_THIS_RUN: [&str; 15] = [
    "arg-file",
    "decision-log",
    "joblog",
    "junit",
    "metrics-interval",
    "metrics-json",
    "prometheus",
    "results",
    "results-layout",
    "resume",
    "resume-failed",
    "retry-failed",
    "run-name",
    "trace",
    "workdir",
];

/// The environment variable of an option, by its long name.
pub fn variable(long: &str) -> String {
    format!("APOOL_{}", long.to_uppercase().replace('-', "_"))
}

/// The whole definition. It adds to clap's derive: other spellings, the environment variable of every option, and the end
/// of the long help.
pub fn command() -> clap::Command {
    with_variables(Args::command().mut_args(habits::spelled), &[]).after_long_help(texts::long())
}

/// Adds the name of the shell that started apool to the help of `--shell`.
fn with_parent(command: clap::Command) -> clap::Command {
    let by = match crate::exec::parent::shell() {
        Some(words) => {
            let words: Vec<_> = words.iter().map(|word| crate::escape::visible(word.as_bytes())).collect();
            format!("The shell that started this apool is {}.", words.join(" "))
        }
        None => "No shell has started this apool.".to_owned(),
    };
    command.mut_arg("shell", |arg| {
        let help = arg.get_long_help().map(ToString::to_string).unwrap_or_default();
        arg.long_help(format!("{help} {by}"))
    })
}

/// The heading of the constants of the policies, which have a page of their own.
const THRESHOLDS: &str = "Thresholds";

/// What `--help` prints: examples and the forms of values first, without the constants of the policies.
fn long_help(command: clap::Command) -> clap::Command {
    let about = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    let about = format!("{about}\n\n{}\n\n{}", texts::EXAMPLES, texts::UNITS);
    let is_threshold = |arg: &clap::Arg| arg.get_help_heading() == Some(THRESHOLDS);
    with_parent(command)
        .long_about(about)
        .mut_args(|arg| if is_threshold(&arg) { arg.hide_long_help(true) } else { arg })
}

/// The result of `--help=policies`: the help of the constants of the policies.
fn policies_help() -> Result<clap::ArgMatches, clap::Error> {
    let is_shown = |arg: &clap::Arg| {
        arg.get_help_heading() == Some(THRESHOLDS) || ["policy", "help"].contains(&arg.get_id().as_str())
    };
    let command = command().mut_args(|arg| if is_shown(&arg) { arg } else { arg.hide(true) });
    let about =
        format!("The policies find the number of jobs; these are their constants.\n\n{}", texts::UNITS);
    command.long_about(about).after_long_help("").try_get_matches_from(["apool", "--help"])
}

/// The environment variables of all options.
pub fn variables() -> Vec<String> {
    let definition = Args::command();
    let settings = definition.get_arguments().filter(|arg| given::name(arg).is_some());
    settings.filter_map(|arg| arg.get_long()).map(variable).collect()
}

/// Adds the environment variable of every option except those in `without`.
fn with_variables(command: clap::Command, without: &[clap::Id]) -> clap::Command {
    command.mut_args(|arg| match arg.get_long() {
        Some(long)
            if !given::NO_SETTING.contains(&long)
                && !arg.is_hide_set()
                && !without.contains(arg.get_id()) =>
        {
            // clap requires a static name. One short string is leaked for each option, once in a run.
            let name: &'static str = Box::leak(variable(long).into_boxed_str());
            let arg = arg.env(OsStr::new(name)).hide_env(true);
            // In the environment a switch has a value: 1, yes, on or their opposites.
            let switch = matches!(arg.get_action(), ArgAction::SetTrue);
            if switch { arg.value_parser(ValueParser::from(parse::switch)) } else { arg }
        }
        _ => arg,
    })
}

impl Args {
    /// Parses a command line without its `:::` part. `variables`: the environment may contain settings.
    pub fn parse_words(
        words: impl IntoIterator<Item = OsString>,
        variables: bool,
    ) -> Result<Args, clap::Error> {
        // Variables and the long help double the time to build the definition, and most runs need neither.
        let mut definition = Args::command().mut_args(habits::spelled);
        let words: Vec<OsString> = words.into_iter().collect();
        if words.get(1).is_some_and(|word| word == "--help=policies") {
            return policies_help().and_then(|matches| Args::from_arg_matches(&matches));
        }
        let words = habits::attach(words, &definition);
        if variables {
            let without = yielding::yielding(&definition, &words);
            definition = with_variables(definition, &without);
        }
        let matches = match definition.try_get_matches_from_mut(&words) {
            Err(error) if error.kind() == ErrorKind::DisplayHelp => {
                long_help(command()).try_get_matches_from(words)
            }
            matches => matches,
        }?;
        let mut args = Args::from_arg_matches(&matches)?;
        if args.record.metrics_json.is_some() {
            args.given = given::given(&definition, &matches);
        }
        args.input.max_lines = args.input.max_lines.or(args.habits.lines.take());
        args.output.keep_order &= !args.habits.no_keep_order;
        args.command.announce &= !args.habits.silent;
        args.input.end_marker = args.input.end_marker.or(args.habits.eof.take());
        Ok(args)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::parse::Count;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::parse_words(std::iter::once("apool").chain(line.split(' ')).map(OsString::from), false)
    }

    #[test]
    fn the_definition_is_valid() {
        command().debug_assert();
    }

    #[test]
    fn every_option_that_names_a_file_is_of_this_run() {
        let definition = command();
        for arg in definition.get_arguments() {
            let Some(long) = arg.get_long() else { continue };
            let names = arg.get_value_names().unwrap_or_default();
            if names.iter().any(|name| ["FILE", "DIR"].contains(&name.as_str())) {
                // Several runs may share the directory for large outputs.
                assert!(OF_THIS_RUN.contains(&long) || long == "tmpdir", "{long}");
            }
        }
        let known = |long: &&str| definition.get_arguments().any(|arg| arg.get_long() == Some(long));
        assert!(OF_THIS_RUN.iter().all(known));
    }

    #[test]
    fn options_end_at_the_first_word_of_the_command() {
        let args = parse("-j4 grep -n -j {}").expect("parses");
        assert_eq!(args.scaling.jobs.map(|j| j.count), Some(Count::Exact(4)));
        assert_eq!(args.template, ["grep", "-n", "-j", "{}"]);
        assert_eq!(parse("-- -x y").expect("parses").template, ["-x", "y"]);
    }

    #[test]
    fn a_typo_is_refused_with_a_suggestion() {
        let error = parse("--polcy auto echo").expect_err("unknown").to_string();
        assert!(error.contains("--policy"), "{error}");
    }

    #[test]
    fn habits_of_other_tools_parse_alike() {
        for line in ["-P8 echo", "-P 8 echo", "-j8 echo", "--jobs=8 echo", "--max-procs 8 echo"] {
            assert_eq!(
                parse(line).expect(line).scaling.jobs.map(|j| j.count),
                Some(Count::Exact(8)),
                "{line}"
            );
        }
        assert_eq!(
            parse("-j -1 echo").expect("parses").scaling.jobs.map(|j| j.count),
            Some(Count::CoresPlus(-1))
        );
        assert_eq!(parse("--bar --eta --progress echo").expect("parses").output.progress(), Ok(Some("bar")));
    }
}
