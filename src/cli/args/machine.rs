//! Options of the machine: CPUs, priorities and variables of the jobs, and conditions for starting them.

use crate::run::parse;
use clap::Args;
use std::ffi::OsString;

/// The use of the machine by jobs.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Machine")]
pub struct MachineArgs {
    /// Suspend the youngest jobs (SIGSTOP) while less than SIZE of memory is free
    ///
    /// Jobs are suspended one after the other, but never the oldest one. They continue when twice as much memory is
    /// free. No job starts in the meantime.
    #[arg(long, value_name = "SIZE", value_parser = parse::size, hide_short_help = true)]
    pub memsuspend: Option<u64>,

    /// Start jobs only while the command CMD exits with 0
    ///
    /// With 1, apool waits. With 2, it also ends the youngest job and runs it again later.
    #[arg(long, value_name = "CMD", hide_short_help = true)]
    pub limit: Option<String>,

    /// Run the jobs with this I/O class: idle, best-effort:N or realtime:N
    ///
    /// N is the priority, from 0 (highest) to 7 (default 4).
    #[arg(long, value_name = "CLASS[:N]", value_parser = io_class, hide_short_help = true)]
    pub ionice: Option<(u32, u32)>,

    /// Bind the jobs to CPUs by slot: none (default), spread, compact or numa
    ///
    /// spread: one core for each slot, on different packages first. compact: neighbouring CPUs. numa: all CPUs of one
    /// memory node.
    #[arg(long, value_name = "HOW", value_parser = ["none", "spread", "compact", "numa"], hide_possible_values = true, hide_short_help = true)]
    pub affinity: Option<String>,

    /// Set a variable for the jobs (NAME=VALUE), or require that NAME is exported
    ///
    /// NAME is a variable or an exported bash function. Jobs always inherit the whole environment.
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
