//! Flags of the output and of the live view.

use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// How output is shown.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one; the configuration makes enums of them")]
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Print the outputs in the order of the input
    #[arg(short = 'k', long, overrides_with = "no_keep_order")]
    pub keep_order: bool,

    /// Pass whole lines on at once; lines of several jobs alternate
    #[arg(long, visible_alias = "lb", alias = "linebuffer", conflicts_with = "ungroup")]
    pub line_buffer: bool,

    /// Let the jobs write to the output themselves; their bytes may mix
    ///
    /// On a terminal that stops what writes from the background (stty tostop) they begin with TTOU ignored.
    #[arg(short = 'u', long, conflicts_with_all = ["keep_order", "tag", "tagstring"])]
    pub ungroup: bool,

    /// Print the output of a job in one piece when it ends: its stdout, then its stderr (the default)
    #[arg(long, conflicts_with_all = ["ungroup", "line_buffer"], hide_short_help = true)]
    pub group: bool,

    /// Begin each line of output with the record and a tab
    #[arg(long)]
    pub tag: bool,

    /// Begin each line of output with T, which may hold placeholders and \t, and a tab
    #[arg(long, value_name = "T", hide_short_help = true)]
    pub tagstring: Option<OsString>,

    /// Print the commands, quoted for a shell, and run nothing
    ///
    /// It writes no joblog and no results. With --resume and its relatives the joblog is read, and what it says is done is
    /// not printed.
    #[arg(long)]
    pub dry_run: bool,

    /// Print each command on standard error before it runs
    #[arg(short = 't', long)]
    pub verbose: bool,

    /// Colour in the live view: auto, always or never
    #[arg(long, value_name = "WHEN", value_parser = ["auto", "always", "never"], default_value = "auto", hide_default_value = true, hide_possible_values = true, hide_short_help = true)]
    pub color: String,

    /// Show progress on standard error: auto, bar, plain, json or none
    ///
    /// bar is a live view, plain a line every 30 seconds, json an object a second; --metrics-interval changes these times. auto, the
    /// default, is bar on a terminal, plain where CI is set, and none in a pipe. A bare --progress is bar.
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "bar",
          value_parser = ["auto", "bar", "plain", "json", "none"], hide_possible_values = true)]
    pub progress: Option<String>,

    /// The same as --progress=bar
    #[arg(long, hide_short_help = true)]
    pub bar: bool,

    /// The same as --progress=bar
    #[arg(long, hide_short_help = true)]
    pub eta: bool,

    /// Say at the end why the number of workers was what it was
    #[arg(long)]
    pub explain: bool,

    /// Where outputs too large for memory are kept, in files without a name; else $TMPDIR, else /tmp
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub tmpdir: Option<PathBuf>,
}

impl OutputArgs {
    /// The progress asked for, under whichever name. All three names of the bar may be given together.
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
