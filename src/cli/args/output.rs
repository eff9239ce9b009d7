//! Options of the output and of the live view.

use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// The form of the output.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one; the configuration makes enums of them")]
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Print outputs in the order of the input
    #[arg(short = 'k', long, overrides_with = "no_keep_order")]
    pub keep_order: bool,

    /// Print lines as they arrive; lines of several jobs alternate
    #[arg(long, visible_alias = "lb", alias = "linebuffer", conflicts_with = "ungroup")]
    pub line_buffer: bool,

    /// Let jobs write to the output directly; their bytes may mix
    ///
    /// If the terminal stops writers in the background (stty tostop), the jobs start with SIGTTOU ignored.
    #[arg(short = 'u', long, conflicts_with_all = ["keep_order", "tag", "tagstring"])]
    pub ungroup: bool,

    /// Print the output of a job when it ends: its stdout, then its stderr (default)
    #[arg(long, conflicts_with_all = ["ungroup", "line_buffer"], hide_short_help = true)]
    pub group: bool,

    /// Start each line of output with the record and a tab
    #[arg(long)]
    pub tag: bool,

    /// Start each line of output with T and a tab; T may contain placeholders and \t
    #[arg(long, value_name = "T", hide_short_help = true)]
    pub tagstring: Option<OsString>,

    /// Print the commands, quoted for a shell, but do not run them
    ///
    /// No joblog and no results are written. With --resume, --resume-failed or --retry-failed, the joblog is read, and
    /// jobs that are done are not printed.
    #[arg(long)]
    pub dry_run: bool,

    /// Print each command in quotes, as one word of a shell, but do not run it
    #[arg(long = "shellquote", aliases = ["shell-quote", "shell_quote"], conflicts_with = "dry_run", hide_short_help = true)]
    pub shell_quote: bool,

    /// Print each command on standard error before it runs
    #[arg(short = 't', long)]
    pub verbose: bool,

    /// Use colour in the live view: auto (default), always or never
    ///
    /// auto uses colour on a terminal, unless NO_COLOR is set or TERM is dumb.
    #[arg(long, value_name = "WHEN", value_parser = ["auto", "always", "never"], default_value = "auto", hide_default_value = true, hide_possible_values = true, hide_short_help = true)]
    pub color: String,

    /// Show progress on standard error: auto, bar, plain, json or none
    ///
    /// bar is a live view, plain prints a line every 30 seconds, and json prints an object every second. With
    /// --metrics-json, --metrics-interval changes both intervals. auto (default) is bar on a terminal, plain if CI is
    /// set, and otherwise none. --progress without a value is bar. Screen readers get on with plain.
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "bar",
          value_parser = ["auto", "bar", "plain", "json", "none"], hide_possible_values = true)]
    pub progress: Option<String>,

    /// Same as --progress=bar
    #[arg(long, hide_short_help = true)]
    pub bar: bool,

    /// Same as --progress=bar
    #[arg(long, hide_short_help = true)]
    pub eta: bool,

    /// Print a line about the run at its end, also when every job succeeded
    ///
    /// The line says how many jobs ran, how long the run took, how many jobs failed, how many ran at once, and what held
    /// that number. It is also printed after a live view.
    #[arg(long)]
    pub summary: bool,

    /// Explain the number of workers at the end of the run
    #[arg(long)]
    pub explain: bool,

    /// Keep outputs that are too large for memory in DIR (default $TMPDIR, else /tmp)
    ///
    /// These files have no name. --files also writes its files to DIR.
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub tmpdir: Option<PathBuf>,
}

impl OutputArgs {
    /// True if the commands are printed and not run.
    pub fn prints_only(&self) -> bool {
        self.dry_run || self.shell_quote
    }

    /// The value of `--progress`, `--bar` and `--eta`. All three may ask for the bar together.
    pub fn progress(&self) -> Result<Option<&str>, String> {
        match self.progress.as_deref() {
            Some(other) if (self.bar || self.eta) && other != "bar" => Err(format!(
                "--bar and --eta mean --progress=bar, and --progress={other} was given: leave out one"
            )),
            None if self.bar || self.eta => Ok(Some("bar")),
            given => Ok(given),
        }
    }
}
