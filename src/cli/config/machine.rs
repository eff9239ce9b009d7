//! The machine: CPUs, priorities, `--memsuspend` and `--limit`.

use crate::cli::args::Args;
use crate::cli::host::Host;
use crate::run::config::Machine;
use crate::run::events::jobs_file::JobsFile;
use crate::run::events::limit_command::LimitCommand;
use crate::run::placing::{Affinity, Placing, places};
use crate::sys::errno;
use crate::sys::placing;
use crate::template::Shell;

/// The use of the machine by jobs. Reads the list of CPUs only for `--affinity`.
///
/// If the system does not grant a priority, the run continues and `notes` receives a line.
pub fn machine(args: &Args, shell: &Shell, host: &Host, notes: &mut Vec<String>) -> Result<Machine, String> {
    let affinity = match args.machine.affinity.as_deref() {
        None | Some("none") => None,
        Some("spread") => Some(Affinity::Spread),
        Some("compact") => Some(Affinity::Compact),
        Some(_) => Some(Affinity::Numa),
    };
    let places = match affinity {
        None => Vec::new(),
        Some(affinity) => match places(affinity, &adaptive_pool_sense::cpus()) {
            places if places.is_empty() => {
                return Err("--affinity: the CPUs of this machine are not known".to_owned());
            }
            places => places,
        },
    };
    if let Some(instead) = args.machine.limit.as_deref().and_then(built_in) {
        return Err(instead);
    }
    if let Some(niceness) = args.scaling.nice
        && let Err(error) = placing::try_niceness(niceness)
    {
        let why = errno::words(&error);
        notes.push(format!("--nice {niceness}: {why}: the jobs run at the niceness of apool"));
    }
    if let Some((class, level)) = args.machine.ionice
        && let Err(error) = placing::try_io_priority(class, level)
    {
        let why = errno::words(&error);
        notes.push(format!("--ionice: {why}: the jobs run in the I/O class of apool"));
    }
    let file = args.scaling.jobs.as_ref().and_then(|jobs| jobs.file.clone());
    Ok(Machine {
        placing: Placing { places, io_priority: args.machine.ionice },
        memsuspend: args.machine.memsuspend,
        limit: args
            .machine
            .limit
            .as_ref()
            .map(|command| (LimitCommand::new(), shell.argv.clone(), command.clone())),
        jobs_file: file.map(|file| JobsFile::new(file, host.cores)),
        job_pool: None,
    })
}

/// The message for a limit that is built into `--limit` of GNU parallel, with the option to use instead.
fn built_in(limit: &str) -> Option<String> {
    let (name, value) = limit.split_once(' ')?;
    let instead = match name {
        "load" => format!("use --load {value}"),
        "mem" => format!("use --memfree {value}"),
        "io" => {
            "the default policy measures jobs that wait for the disk; or give a command that checks the disk"
                .to_owned()
        }
        _ => return None,
    };
    Some(format!("--limit '{name} N' of GNU parallel is not built in: {instead}"))
}
