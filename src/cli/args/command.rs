//! Flags of the command: how its words are read, where it runs, and whether it is shown or asked about first.

use clap::Args;
use std::ffi::OsString;

/// How the command is read and announced.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one")]
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Command")]
pub struct CommandArgs {
    /// Replace STR instead of {} and <>; the other forms follow it
    #[arg(short = 'I', value_name = "STR", conflicts_with = "replace")]
    pub base: Option<OsString>,

    /// The same as -I STR; without STR, as -I {}
    #[arg(long, short_alias = 'i', value_name = "STR", num_args = 0..=1, require_equals = true, default_missing_value = "{}", hide_short_help = true)]
    pub replace: Option<OsString>,

    /// A placeholder of one's own: a tag, a blank and s/FROM/TO/FLAGS
    ///
    /// A tag in braces has the forms of a column too: --rpl '{x} s/.*=//' gives {x}, {1x}, {2x}. Several steps are
    /// separated by ;. The flags are g (every match) and i (either case). There is no Perl.
    #[arg(long, value_name = "RULE", hide_short_help = true)]
    pub rpl: Vec<OsString>,

    /// Replace GNU parallel's further forms too
    ///
    /// {+/} {+.} {+..} {...} {/..}: directory, extensions. {:2} {:2:3}: a part. {/FROM/TO} {//FROM/TO} {#RE} {%RE}: replaced or
    /// cut by regular expressions. {^RE} {^^RE} {,RE} {,,RE}: case. {0#}: the sequence number, padded.
    #[arg(long, hide_short_help = true)]
    pub plus: bool,

    /// Take the words of the command as they are: no shell, even for one word with blanks in it
    #[arg(short = 'q', long, conflicts_with = "shell_command", hide_short_help = true)]
    pub quote: bool,

    /// Print each command on standard output, before the output of the job
    #[arg(short = 'v', conflicts_with = "ungroup", hide_short_help = true)]
    pub announce: bool,

    /// Ask on the terminal before each command; only an answer that begins with y runs it
    #[arg(short = 'p', long, conflicts_with = "dry_run", hide_short_help = true)]
    pub interactive: bool,

    /// Run the jobs in DIR, which may hold placeholders
    #[arg(long, visible_alias = "wd", value_name = "DIR", hide_short_help = true)]
    pub workdir: Option<OsString>,

    /// Give each job its slot, counted from 0, in the environment variable VAR
    #[arg(long, value_name = "VAR", hide_short_help = true)]
    pub process_slot_var: Option<String>,
}
