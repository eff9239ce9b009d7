//! Flags of the output and of the live view.

use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// How output is shown.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one; the configuration makes enums of them")]
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Print the output of the jobs in the order of the input
    #[arg(short = 'k', long, alias = "keeporder")]
    pub keep_order: bool,

    /// Pass whole lines on as they come; lines of different jobs may alternate
    #[arg(long, visible_alias = "lb", aliases = ["linebuffer", "line-buffered", "linebuffered"], conflicts_with = "ungroup")]
    pub line_buffer: bool,

    /// Let the jobs write to the output directly; their bytes may mix
    #[arg(short = 'u', long, conflicts_with_all = ["keep_order", "tag", "tagstring"])]
    pub ungroup: bool,

    /// Group the output of each job (the default)
    #[arg(short = 'g', long, conflicts_with_all = ["ungroup", "line_buffer"])]
    pub group: bool,

    /// Begin each line of output with the record and a tab
    #[arg(long)]
    pub tag: bool,

    /// Begin each line of output with T, which may hold placeholders, and a tab
    #[arg(long, alias = "tag-string", value_name = "T", conflicts_with = "tag")]
    pub tagstring: Option<OsString>,

    /// Print the commands instead of running them, ready to be pasted into a shell
    #[arg(long, aliases = ["dryrun", "dr"])]
    pub dry_run: bool,

    /// Print each command on standard error when it starts
    #[arg(short = 't', long)]
    pub verbose: bool,

    /// Print each command on standard output, before the output of the job
    #[arg(short = 'v', conflicts_with = "ungroup")]
    pub commands: bool,

    /// Ask on the terminal before each command; only an answer that begins with y runs it
    #[arg(short = 'p', long, conflicts_with = "dry_run")]
    pub interactive: bool,

    /// Colour in the live view and the summary
    #[arg(long, value_name = "WHEN", value_parser = ["auto", "always", "never"], default_value = "auto", hide_default_value = true)]
    pub color: String,

    /// The live view: auto, bar, plain (a line now and then), json (an object a line) or none
    ///
    /// auto shows the live view on a terminal, one line every 30 seconds in CI, and nothing in a pipe. A bare --progress
    /// is bar.
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "bar",
          value_parser = ["auto", "bar", "plain", "json", "none"])]
    pub progress: Option<String>,

    /// The same as --progress=bar
    #[arg(long, conflicts_with = "progress")]
    pub bar: bool,

    /// The same as --progress=bar
    #[arg(long, conflicts_with = "progress")]
    pub eta: bool,

    /// Say at the end, in one sentence, why the number of workers was what it was
    #[arg(long)]
    pub explain: bool,

    /// Keep large outputs in files of DIR (unnamed, gone with the run) instead of $TMPDIR
    #[arg(long, alias = "tempdir", value_name = "DIR")]
    pub tmpdir: Option<PathBuf>,

    /// Run the jobs in DIR, which may hold placeholders
    #[arg(long, visible_alias = "wd", alias = "work-dir", value_name = "DIR")]
    pub workdir: Option<OsString>,

    /// Give each job its slot, counted from 0, in the environment variable VAR
    #[arg(long, alias = "processslotvar", value_name = "VAR")]
    pub process_slot_var: Option<String>,
}

impl OutputArgs {
    /// The progress asked for, under whichever name.
    pub fn progress(&self) -> Option<&str> {
        if self.bar || self.eta { Some("bar") } else { self.progress.as_deref() }
    }
}
