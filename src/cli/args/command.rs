//! Options of the command: its placeholders, its directory, and whether it is printed or confirmed first.

use clap::Args;
use std::ffi::OsString;

/// The interpretation and the announcement of the command.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one")]
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Command")]
pub struct CommandArgs {
    /// Use STR as the placeholder instead of {} and <>
    ///
    /// The other placeholders change with it: with -I ,, the form {.} is written ,.,
    #[arg(short = 'I', value_name = "STR", conflicts_with = "replace")]
    pub base: Option<OsString>,

    /// Same as -I STR; STR is {} by default
    #[arg(long, short_alias = 'i', value_name = "STR", num_args = 0..=1, require_equals = true, default_missing_value = "{}", hide_short_help = true)]
    pub replace: Option<OsString>,

    /// Define a placeholder: a tag, a blank and s/FROM/TO/FLAGS
    ///
    /// FROM is a regular expression, not Perl code. The flags are g (replace every match) and i (ignore case). Several
    /// steps are separated by ;. A tag in braces also has the forms of a column: --rpl '{x} s/.*=//' defines {x}, {1x}
    /// and {2x}.
    #[arg(long, value_name = "RULE", hide_short_help = true)]
    pub rpl: Vec<OsString>,

    /// Enable the placeholders of GNU parallel's --plus
    ///
    /// {+/} {+.} {+..} {...} {/..}: directory and extensions. {:2} {:2:3}: a substring. {/FROM/TO} {//FROM/TO}: replace
    /// the first match, or every match, of the regular expression FROM. {#RE} {%RE}: remove a match at the start, at
    /// the end. {^RE} {^^RE}: upper case for a match at the start, for every match; {,RE} {,,RE}: lower case. {0#}: the
    /// sequence number, padded with zeros.
    #[arg(long, hide_short_help = true)]
    pub plus: bool,

    /// Run the command without a shell, even if it is one word with blanks
    #[arg(short = 'q', long, conflicts_with = "shell_command", hide_short_help = true)]
    pub quote: bool,

    /// Print each command on standard output before the output of the job
    #[arg(short = 'v', conflicts_with = "ungroup", hide_short_help = true)]
    pub announce: bool,

    /// Ask on the terminal before each command; it runs if the answer starts with y
    #[arg(short = 'p', long, conflicts_with = "dry_run", hide_short_help = true)]
    pub interactive: bool,

    /// Give the terminal to each job as its standard input; one job runs at a time
    ///
    /// For programs such as editors. The job gets the keys, Ctrl-C and Ctrl-Z too, and writes to the output directly,
    /// as with -u.
    #[arg(short = 'o', long, alias = "open-tty", conflicts_with_all = ["pipe", "pipe_part", "keep_order", "tag", "tagstring", "line_buffer", "group", "announce", "results", "files"], hide_short_help = true)]
    pub tty: bool,

    /// Run the jobs in DIR; DIR may contain placeholders
    #[arg(long, visible_alias = "wd", value_name = "DIR", hide_short_help = true)]
    pub workdir: Option<OsString>,

    /// Set the environment variable VAR of each job to its slot, counted from 0
    #[arg(long, value_name = "VAR", hide_short_help = true)]
    pub process_slot_var: Option<String>,
}
