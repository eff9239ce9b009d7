//! Flags of the machine that jobs run on: which CPUs, which priorities, which variables, and when to hold them back.

use crate::run::parse;
use clap::Args;
use std::ffi::OsString;

/// How jobs use the machine.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Machine")]
pub struct MachineArgs {
    /// Stop the youngest jobs (SIGSTOP) while less memory than SIZE is free
    ///
    /// One after another, the oldest never; they go on when twice as much is free. Nothing starts beside them meanwhile.
    #[arg(long, value_name = "SIZE", value_parser = parse::size, hide_short_help = true)]
    pub memsuspend: Option<u64>,

    /// Start jobs only while CMD exits 0; 1: wait; 2: also end the youngest job, which comes again later
    #[arg(long, value_name = "CMD", hide_short_help = true)]
    pub limit: Option<String>,

    /// Run the jobs with this I/O class: idle, best-effort:N or realtime:N (N from 0, first, to 7)
    #[arg(long, value_name = "CLASS[:N]", value_parser = io_class, hide_short_help = true)]
    pub ionice: Option<(u32, u32)>,

    /// Bind jobs to CPUs by slot: none, spread, compact or numa
    ///
    /// spread: a core each, on different packages first. compact: neighbouring CPUs. numa: all CPUs of a memory node each.
    #[arg(long, value_name = "HOW", value_parser = ["none", "spread", "compact", "numa"], hide_possible_values = true, hide_short_help = true)]
    pub affinity: Option<String>,

    /// Set a variable for the jobs (NAME=VALUE), or make sure that it, or the function of that name, is exported (NAME)
    #[arg(long, value_name = "NAME[=VALUE]", hide_short_help = true)]
    pub env: Vec<OsString>,
}

fn io_class(text: &str) -> Result<(u32, u32), parse::ParseError> {
    let wrong = || {
        parse::ParseError::wanted(text, "idle, best-effort:0 to best-effort:7 or realtime:0 to realtime:7")
    };
    let (class, level) = text.split_once(':').unwrap_or((text, ""));
    let level = match level {
        "" => None,
        digits => Some(digits.parse::<u32>().ok().filter(|level| *level < 8).ok_or_else(wrong)?),
    };
    match (class, level) {
        ("idle" | "3", None) => Ok((3, 0)),
        ("best-effort" | "be" | "2", level) => Ok((2, level.unwrap_or(4))),
        ("realtime" | "rt" | "1", level) => Ok((1, level.unwrap_or(4))),
        _ => Err(wrong()),
    }
}
