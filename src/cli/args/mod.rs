//! What can be typed: the one definition of every flag. `--help`, the man page, the completions and the README's table
//! are made from it. Nothing is looked up and nothing is decided here: see `cli::config`.

mod failure;
mod habits;
mod input;
mod output;
mod record;
mod scaling;

pub use failure::FailureArgs;
pub use habits::HabitArgs;
pub use input::InputArgs;
pub use output::OutputArgs;
pub use record::RecordArgs;
pub use scaling::{LawArgs, ScalingArgs};

use clap::{CommandFactory, FromArgMatches, Parser};
use std::ffi::{OsStr, OsString};

/// Run commands in parallel, with as many workers as turn out to be best.
///
/// Reads records from standard input (or from files, or from the arguments after `:::`), fills a command with each, and
/// runs the commands on an adaptive pool of workers. Without a command, each record is itself a command line.
#[allow(missing_docs, reason = "the doc comment of a flattened group would become help text")]
#[derive(Parser, Debug)]
#[command(
    name = "apool",
    version,
    max_term_width = 110,
    override_usage = "apool [OPTIONS] [--] [COMMAND [ARGUMENTS]...] [::: VALUES]...",
    after_help = "Placeholders: {} the record, {.} without extension, {/} base name, {//} directory, {/.} base name without \
                  extension, {#} sequence number, {%} slot, {1} first column. <> is the same as {}.\n\
                  Every option can be set by an environment variable: APOOL_JOBS for --jobs, and so on.",
    after_long_help = LONG
)]
pub struct Args {
    // The input.
    #[command(flatten)]
    pub input: InputArgs,
    // The workers.
    #[command(flatten)]
    pub scaling: ScalingArgs,
    // The constants of the laws.
    #[command(flatten)]
    pub law: LawArgs,
    // The output.
    #[command(flatten)]
    pub output: OutputArgs,
    // Failures.
    #[command(flatten)]
    pub failure: FailureArgs,
    // Records.
    #[command(flatten)]
    pub record: RecordArgs,

    /// Run STRING by a shell for each record; placeholders are quoted for the place where they stand
    #[arg(short = 'c', long = "command", value_name = "STRING", help_heading = "Command")]
    pub shell_command: Option<OsString>,

    /// The shell for -c, for a command of one word with spaces or metacharacters, and for records that are commands
    ///
    /// The default is bash when exported functions are in the environment, so that `export -f f; apool f` works, else sh.
    #[arg(long, value_name = "SHELL", help_heading = "Command")]
    pub shell: Option<OsString>,

    /// Replace STR instead of {} and <>; the other forms follow it
    #[arg(short = 'I', value_name = "STR", help_heading = "Command", conflicts_with = "replace")]
    pub base: Option<OsString>,

    /// The same as -I STR; without STR, as -I {}
    #[arg(long, value_name = "STR", num_args = 0..=1, require_equals = true, default_missing_value = "{}",
          help_heading = "Command")]
    pub replace: Option<OsString>,

    /// A placeholder of one's own: a tag, a blank and s/FROM/TO/FLAGS, several steps separated by ;
    #[arg(long, value_name = "RULE", help_heading = "Command")]
    pub rpl: Vec<OsString>,

    /// Take the words of the command as they are: no shell, even for one word with blanks in it
    #[arg(short = 'q', long, conflicts_with = "shell_command", help_heading = "Command")]
    pub quote: bool,

    // What silences GNU parallel or asks for what is always so here. Accepted, so that old command lines run; the manual
    // says that they do nothing.
    #[command(flatten)]
    pub habits: HabitArgs,

    /// Print the completions for a shell and exit
    #[arg(long, value_name = "SHELL", value_parser = ["bash", "zsh", "fish"], help_heading = "Help")]
    pub completions: Option<String>,

    /// Print the manual page (roff) and exit
    #[arg(long, help_heading = "Help")]
    pub man: bool,

    /// The command and its arguments, with placeholders; executed directly, without a shell
    #[arg(trailing_var_arg = true, value_name = "COMMAND", help_heading = "Command")]
    pub template: Vec<OsString>,
}

const LONG: &str = "\
Placeholders:
  {} <>   the record              {.}   without its extension     {/}   its base name
  {//}    its directory           {/.}  base name, no extension   {#}   sequence number, from 1
  {%}     slot, from 1            {N}   N-th column or source     {-N}  from the end
  {N.} {N/} {N//} {N/.}           the same forms of a column      {##}  total number of jobs

  Without a placeholder the record becomes the last argument. <> must be quoted in a shell.

Exit status:
  0         every job exited 0, the input was read to its end, every byte of output was accepted
  1-100     that many jobs failed; 101: more than 100
  126, 127  the command cannot be executed, is not found
  141       the reader of the output has gone
  129, 130, 143  stopped by HUP, INT, TERM
  255       usage error, unreadable input, lost output, unwritable log

Environment:
  Every option can be set by a variable: APOOL_ and its long name in capitals, such as APOOL_JOBS or
  APOOL_MAX_WORKERS. The command line wins. Jobs find APOOL_SEQ, APOOL_SLOT and APOOL_ATTEMPT in theirs.";

/// The definition with what clap's derive cannot say: the environment variable of every option.
pub fn command() -> clap::Command {
    // Flags that end the program at once are not settings.
    const NO_VARIABLE: [&str; 4] = ["help", "version", "completions", "man"];
    Args::command().mut_args(|arg| match arg.get_long() {
        Some(long) if !NO_VARIABLE.contains(&long) && !arg.is_hide_set() => {
            let name = format!("APOOL_{}", long.to_uppercase().replace('-', "_"));
            // One short string a flag, once a run: clap wants names that live as long as the program.
            let name: &'static str = Box::leak(name.into_boxed_str());
            arg.env(OsStr::new(name)).hide_env(true)
        }
        _ => arg,
    })
}

impl Args {
    /// Parses a command line whose `:::` part has been cut off.
    pub fn parse_words(words: impl IntoIterator<Item = OsString>) -> Result<Args, clap::Error> {
        Args::from_arg_matches(&command().try_get_matches_from(words)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::parse::Count;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::parse_words(std::iter::once("apool").chain(line.split(' ')).map(OsString::from))
    }

    #[test]
    fn the_definition_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn options_end_at_the_first_word_of_the_command() {
        let args = parse("-j4 grep -n -j {}").expect("parses");
        assert_eq!(args.scaling.jobs, Some(Count::Exact(4)));
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
            assert_eq!(parse(line).expect(line).scaling.jobs, Some(Count::Exact(8)), "{line}");
        }
        assert_eq!(parse("-j -1 echo").expect("parses").scaling.jobs, Some(Count::CoresPlus(-1)));
        assert_eq!(parse("--bar echo").expect("parses").output.progress(), Some("bar"));
    }
}
