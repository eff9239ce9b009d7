//! What can be typed: the one definition of every flag. `--help`, the man page, the completions and docs/options.md
//! are made from it. Nothing is looked up and nothing is decided here: see `cli::config`.

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
pub use record::RecordArgs;
pub use scaling::{LawArgs, Load, ScalingArgs};

use crate::run::parse;
use clap::builder::ValueParser;
use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, ValueHint};
use std::ffi::{OsStr, OsString};

/// Run commands in parallel, on as many workers as turn out to be best.
///
/// apool reads records (lines of standard input, or what the options say), fills a command with each, and runs these jobs on
/// a pool of workers whose size it finds while it runs. Without a command each record is a command line of its own.
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
    /// Run STRING by a shell for each record
    ///
    /// Placeholders in it are quoted for the place where they stand: in the open, inside double and inside single quotes. A
    /// place where no quoting can be right is refused.
    #[arg(short = 'c', long = "command", value_name = "STRING", help_heading = "Command")]
    pub shell_command: Option<OsString>,

    /// The shell for -c and for records that are commands
    ///
    /// It also runs a command given as one word that has blanks or metacharacters in it. The default is bash when exported
    /// functions are in the environment, so that `export -f f; apool f` works, else sh.
    #[arg(long, value_name = "SHELL", help_heading = "Command", hide_short_help = true)]
    pub shell: Option<OsString>,

    // How the command is read.
    #[command(flatten)]
    pub command: CommandArgs,

    /// The command and its arguments, executed without a shell
    #[arg(trailing_var_arg = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments, help_heading = "Command")]
    pub template: Vec<OsString>,

    // The input.
    #[command(flatten)]
    pub input: InputArgs,
    // Its order.
    #[command(flatten)]
    pub order: OrderArgs,
    // The stream, instead of the input.
    #[command(flatten)]
    pub pipe: PipeArgs,
    // The workers.
    #[command(flatten)]
    pub scaling: ScalingArgs,
    // The machine.
    #[command(flatten)]
    pub machine: MachineArgs,
    // The output.
    #[command(flatten)]
    pub output: OutputArgs,
    // Failures.
    #[command(flatten)]
    pub failure: FailureArgs,
    // Records.
    #[command(flatten)]
    pub record: RecordArgs,
    // What silences GNU parallel or asks for what is always so here.
    #[command(flatten)]
    pub habits: HabitArgs,
    // The constants of the laws: last, since they are the least used.
    #[command(flatten)]
    pub law: LawArgs,

    /// Print help: -h in short, --help in full
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

    // All of the above by name, for the metrics; empty when none are written.
    #[arg(skip)]
    pub given: Given,
}

/// Options that end the program at once are not settings: they have no variable and are not in the metrics.
const NO_SETTING: [&str; 4] = ["help", "version", "completions", "man"];

/// Options that name a file or a place of this run, and those that mean nothing without them. Their variables are not
/// passed on to jobs: a job that is another apool would write over the files of this run.
pub const OF_THIS_RUN: [&str; 11] = [
    "arg-file",
    "decision-log",
    "joblog",
    "metrics-interval",
    "metrics-json",
    "results",
    "results-layout",
    "resume",
    "resume-failed",
    "retry-failed",
    "workdir",
];

/// The environment variable of an option, by its long name.
pub fn variable(long: &str) -> String {
    format!("APOOL_{}", long.to_uppercase().replace('-', "_"))
}

/// The whole definition, with what clap's derive cannot say: other spellings, the environment variable of every option, and
/// the end of the long help.
pub fn command() -> clap::Command {
    with_variables(Args::command().mut_args(habits::spelled), &[]).after_long_help(texts::long())
}

/// With the environment variable of every option but those.
fn with_variables(command: clap::Command, without: &[clap::Id]) -> clap::Command {
    command.mut_args(|arg| match arg.get_long() {
        Some(long)
            if !NO_SETTING.contains(&long) && !arg.is_hide_set() && !without.contains(arg.get_id()) =>
        {
            // One short string a flag, once a run: clap wants names that live as long as the program.
            let name: &'static str = Box::leak(variable(long).into_boxed_str());
            let arg = arg.env(OsStr::new(name)).hide_env(true);
            // In the environment a switch has a value: 1, yes, on and their opposites.
            let switch = matches!(arg.get_action(), ArgAction::SetTrue);
            if switch { arg.value_parser(ValueParser::from(parse::switch)) } else { arg }
        }
        _ => arg,
    })
}

impl Args {
    /// Parses a command line whose `:::` part has been cut off. `variables`: some of the environment may be settings.
    pub fn parse_words(
        words: impl IntoIterator<Item = OsString>,
        variables: bool,
    ) -> Result<Args, clap::Error> {
        // What most runs do without takes as long to make as all the rest.
        let mut definition = Args::command().mut_args(habits::spelled);
        let words = habits::attach(words.into_iter().collect(), &definition);
        if variables {
            let without = yielding::yielding(&definition, &words);
            definition = with_variables(definition, &without);
        }
        let matches = match definition.try_get_matches_from_mut(&words) {
            Err(error) if error.kind() == ErrorKind::DisplayHelp => command().try_get_matches_from(words),
            matches => matches,
        }?;
        let mut args = Args::from_arg_matches(&matches)?;
        if args.record.metrics_json.is_some() {
            args.given = given::given(&definition, &matches);
        }
        args.input.max_lines = args.input.max_lines.or(args.habits.lines.take());
        args.output.keep_order &= !args.habits.no_keep_order;
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
    fn the_definition_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn what_names_a_file_is_of_this_run() {
        let definition = command();
        for arg in definition.get_arguments() {
            let Some(long) = arg.get_long() else { continue };
            let names = arg.get_value_names().unwrap_or_default();
            if names.iter().any(|name| ["FILE", "DIR"].contains(&name.as_str())) {
                // Where large outputs go: a place for any run.
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
