//! The command line: parses the options, reads the host, runs the jobs, and ends with an exit status.

pub mod advice;
pub mod args;
mod config;
mod exit;
#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "it starts itself again as the program")]
mod faults;
mod host;
mod message;
mod personality;
mod step_log;
mod typed;
mod usage;

use crate::exec::GuardianMode;
use crate::sys::errno;
use crate::sys::guardian::Guardian;
use crate::sys::signals::SignalSet;
use args::Args;
use exit::Exit;
use host::Host;
use message::{printed, say};
use personality::Personality;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};

/// The whole program. Returns the exit status. It does not depend on the setup that the standard library does before `main`.
pub fn main() -> u8 {
    // Read first: signals that were ignored at the start stay ignored, in apool and in the jobs.
    let ignored = crate::sys::signals::ignored();
    if let Err(error) = crate::sys::fds::ensure_standard() {
        say(&format!("cannot open /dev/null: {}", errno::words(&error)));
        return Exit::Trouble.end();
    }
    crate::sys::signals::reset_inherited();
    crate::sys::signals::ignore_lost_output();
    crate::sys::limits::spare_memory();
    let words: Vec<OsString> = std::env::args_os().collect();
    let guard = guard(&words);
    run(words, ignored, guard).end()
}

/// Starts the guardian early, while apool has little memory and no other thread. Later, the fork would make each write copy
/// a page, and would have to synchronise with the other threads.
fn guard(words: &[OsString]) -> GuardianMode {
    // With these options probably no job runs. If one does, the guardian starts later.
    const NO_JOBS: [&str; 6] = ["-h", "--help", "-V", "--version", "--man", "--dry-run"];
    if words.iter().any(|word| NO_JOBS.iter().any(|no| word == no)) {
        return GuardianMode::New;
    }
    Guardian::begin().map_or(GuardianMode::New, GuardianMode::By)
}

/// What `--version` prints.
const VERSION: &str = concat!("apool ", env!("CARGO_PKG_VERSION"), "\n");

/// Runs the command line of the personality that was chosen.
fn run(mut words: Vec<OsString>, ignored: SignalSet, guard: GuardianMode) -> Exit {
    let environment = host::environment();
    let variable = environment.iter().find(|(name, _)| name == personality::VARIABLE);
    match Personality::choose(&mut words, variable.map(|(_, value)| OsStr::new(value))) {
        Ok(Personality::Apool) => apool(words, ignored, guard, environment),
        Ok(Personality::Xargs) => personality::xargs::run(&words, ignored, guard, environment),
        Ok(Personality::Parallel) => personality::parallel::run(&words, ignored, guard, environment),
        Err(message) => {
            say(&message);
            Exit::Trouble
        }
    }
}

/// Runs a command line of plain apool.
fn apool(
    words: Vec<OsString>,
    ignored: SignalSet,
    guard: GuardianMode,
    environment: Vec<(OsString, OsString)>,
) -> Exit {
    // Scripts call `apool --version` often. Building all options would double its time.
    if words.len() == 2 && words[1] == "--version" {
        return print(VERSION);
    }
    let (words, sources) = crate::input::split_sources(words);
    let not_utf8 = words.iter().find(|word| word.to_str().is_none()).cloned();
    let settings = host::has_settings(&environment);
    let plain = (!settings).then(|| args::without_options(&words)).flatten();
    let (args, cores) = match plain {
        Some(args) => (Ok(args), adaptive_pool_sense::cores()),
        None => beside(|| Args::parse_words(words, settings), adaptive_pool_sense::cores),
    };
    let args = match args {
        Ok(args) => args,
        Err(error) => return usage::refuse(&error, not_utf8.as_deref()),
    };
    if let Some(shell) = &args.completions {
        return print(usage::completions(shell));
    }
    if args.personality.is_some() {
        say("--as must be the first option");
        return Exit::Trouble;
    }
    if args.man {
        return print(usage::MAN);
    }
    if settings {
        for line in usage::unknown_variables(&environment) {
            say(&line);
        }
    }
    let host = Host::read(ignored, cores, environment);
    if let Some(hint) = usage::nothing_to_do(&args, &sources, &host) {
        return print(&hint);
    }
    let stdin: Box<dyn Read + Send> = Box::new(crate::sys::io::StandardInput);
    let (config, notes) = match config::config(&args, sources, stdin, &host, guard) {
        Ok(made) => made,
        Err(message) => {
            say(&message);
            return Exit::Trouble;
        }
    };
    for note in &notes {
        say(note);
    }
    match crate::run::execute(config, |outcome| Exit::of(outcome).status()) {
        Ok(outcome) => Exit::of(&outcome),
        Err(failed) => {
            say(&failed.to_string());
            Exit::Trouble
        }
    }
}

/// Runs both functions and returns both results. `there` runs on a thread of its own, if one can be started.
fn beside<A, B: Send>(here: impl FnOnce() -> A, there: fn() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("cores".into()).stack_size(128 * 1024);
        let thread = thread.spawn_scoped(scope, there);
        let here = here();
        (here, thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_else(there))
    })
}

fn print(text: &str) -> Exit {
    let mut out = std::io::stdout().lock();
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}
