//! apool as xargs: the options, the configuration of the run, and the exit status.

mod options;
mod text;

use crate::cli::args::{Args, Jobs};
use crate::cli::config;
use crate::cli::exit::Exit;
use crate::cli::host::Host;
use crate::cli::message::{printed, say_as};
use crate::exec::GuardianMode;
use crate::run::config::{Announce, Config};
use crate::run::halt::{HaltRule, HaltStatus};
use crate::run::parse::Count;
use crate::run::{Cause, RunOutcome};
use crate::sys::signals::SignalSet;
use crate::template::Template;
use options::{Options, PerJob, Task};
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;

/// The name in messages.
const NAME: &str = "xargs";
/// The longest command line without `-s`, in bytes.
const CHARS: usize = 128 * 1024;
/// Room that POSIX reserves on a command line, in bytes.
const HEADROOM: usize = 2048;

/// Runs a command line of xargs. `words`: the name of the program and what follows.
pub fn run(words: &[OsString], ignored: SignalSet, guard: GuardianMode, environment: Environment) -> Exit {
    let options = match options::parse(words.get(1..).unwrap_or_default()) {
        Ok(options) => options,
        Err(message) => return fail(&message),
    };
    match options.task {
        Task::Run => {}
        Task::Help => return print(text::HELP),
        Task::Version => return print(text::VERSION),
    }
    let host = Host::read(ignored, adaptive_pool_sense::cores(), environment);
    for warning in &options.warnings {
        say_as(NAME, warning);
    }
    match configure(options, host, guard) {
        Ok((config, command)) => execute(config, &command),
        Err(message) => fail(&message),
    }
}

/// The environment of apool.
type Environment = Vec<(OsString, OsString)>;

/// The configuration of the run, and the name of the program for messages.
fn configure(mut options: Options, host: Host, guard: GuardianMode) -> Result<(Config, String), String> {
    if options.command.is_empty() {
        options.command.push(OsString::from("echo"));
    }
    let name = crate::escape::visible(options.command[0].as_bytes()).into_owned();
    let most = limit(&host);
    if options.chars.is_some_and(|chars| chars > most) {
        let chars = options.chars.unwrap_or(most);
        say_as(NAME, &format!("warning: value {chars} for -s option is too large, using {most} instead"));
    }
    let chars = options.chars.unwrap_or(CHARS).min(most);
    if options.show_limits {
        for line in text::limits(most, environment_bytes(&host), chars) {
            say_as(NAME, &line);
        }
    }
    // xargs does not say that it reads the terminal.
    let host = Host { stdin_tty: false, ..host };
    let args = arguments(&options, chars);
    let stdin = Box::new(crate::sys::io::StandardInput);
    let (mut config, mut notes) =
        config::with_template(&args, Vec::new(), stdin, &host, guard, |_, _, _| {
            let words: Vec<Vec<u8>> = options.command.iter().map(|word| word.as_bytes().to_vec()).collect();
            let replace = match &options.per_job {
                PerJob::Replace(text) => Some(text.as_bytes()),
                _ => None,
            };
            Template::literal(&words, replace).map_err(|e| e.to_string())
        })?;
    // With a number in -P, xargs takes no part in the job pool of make.
    if options.procs == Some(0) {
        config::join_job_pool(&mut config, &host, &mut notes);
    }
    for note in &notes {
        say_as(NAME, note);
    }
    let empty = !options.no_run_if_empty && !matches!(options.per_job, PerJob::Replace(_));
    config.reader.like_xargs(empty, args.input.exit);
    config.command.inherit_stdin = options.file.is_some();
    if options.verbose && !options.interactive {
        config.command.announce = Announce::OnStderr;
    }
    config.failure.halt = HaltRule::XARGS;
    (config.output.name, config.output.summary) = (NAME, false);
    Ok((config, name))
}

/// The same settings as options of apool.
fn arguments(options: &Options, chars: usize) -> Args {
    let mut args = Args::default();
    args.template.clone_from(&options.command);
    "never".clone_into(&mut args.output.color);
    args.output.progress = Some("none".to_owned());
    "tree".clone_into(&mut args.record.results_layout);
    // With -o, jobs share the terminal one after the other, whatever -P says.
    let procs = if options.open_tty { 1 } else { options.procs.unwrap_or(1) };
    args.command.tty = options.open_tty;
    args.output.ungroup = options.ungroup || procs == 1;
    if procs > 0 {
        args.scaling.jobs = Some(Jobs { count: Count::Exact(procs), file: None });
    }
    args.command.interactive = options.interactive;
    args.command.process_slot_var.clone_from(&options.slot_var);
    let input = &mut args.input;
    input.arg_file = options.file.iter().cloned().collect();
    input.xargs_quotes = options.delimiter.is_none();
    input.delimiter = options.delimiter.as_deref().map(escaped);
    input.end_marker.clone_from(&options.end_marker);
    input.max_chars = Some(chars as u64);
    input.exit = options.exit;
    match &options.per_job {
        PerJob::Fill => input.xargs = true,
        PerJob::Args(args) => input.max_args = Some(*args),
        // A record with a delimiter of its own is a line, and a blank at its end continues nothing.
        PerJob::Lines(lines) if options.delimiter.is_some() => {
            (input.max_args, input.exit) = (Some(*lines), true);
        }
        PerJob::Lines(lines) => (input.max_lines, input.exit) = (Some(*lines), true),
        PerJob::Replace(text) => (args.command.base, input.exit) = (Some(text.clone()), true),
    }
    args
}

/// A delimiter of one byte as `-d` takes it.
fn escaped(bytes: &[u8]) -> OsString {
    bytes.iter().map(|byte| OsString::from(format!("\\x{byte:02x}"))).collect()
}

/// The longest command line that the system and POSIX leave for words.
fn limit(host: &Host) -> usize {
    host.argument_bytes.saturating_sub(environment_bytes(host) + HEADROOM)
}

fn environment_bytes(host: &Host) -> usize {
    host.environment.iter().map(|(name, value)| name.len() + value.len() + 2).sum()
}

fn execute(config: Config, command: &str) -> Exit {
    match crate::run::execute(config, |outcome| exit(outcome).status()) {
        Ok(outcome) => {
            match outcome.stopped {
                Some(Cause::Halt(HaltStatus::Job(255))) => {
                    say_as(NAME, &format!("{command}: exited with status 255; aborting"));
                }
                Some(Cause::Halt(HaltStatus::Job(status))) => {
                    let signal = status.saturating_sub(128);
                    say_as(NAME, &format!("{command}: terminated by signal {signal}"));
                }
                _ => {}
            }
            exit(&outcome)
        }
        Err(failed) => fail(&failed.to_string()),
    }
}

/// The exit of a run, by the table of xargs.
fn exit(outcome: &RunOutcome) -> Exit {
    match (Exit::of(outcome), outcome.stopped) {
        (Exit::Job(255), Some(Cause::Halt(_))) => Exit::Command(124),
        (Exit::Job(_), Some(Cause::Halt(_))) => Exit::Command(125),
        (Exit::Failed(_), _) => Exit::Command(123),
        (Exit::Trouble, _) => Exit::Command(1),
        (other, _) => other,
    }
}

fn fail(message: &str) -> Exit {
    say_as(NAME, message);
    Exit::Command(1)
}

fn print(text: &str) -> Exit {
    let mut out = std::io::stdout().lock();
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}
