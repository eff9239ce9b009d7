//! The command: its words, its shell, its placeholders and its environment.

use crate::cli::args::{Args, OF_THIS_RUN, variable};
use crate::cli::host::Host;
use crate::exec::Environment;
use crate::run::RESERVED;
use crate::run::config::{Announce, Command, CommandMode, Workdir};
use crate::run::prompt::Prompt;
use crate::run::trace_context::{self, TraceContext};
use crate::sys::errno;
use crate::sys::job_terminal::JobTerminal;
use crate::template::{Pack, Pattern, Rule, Shell, Syntax, Table, Template};
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

/// Which texts are placeholders.
pub fn syntax(args: &Args, names: Vec<Vec<u8>>, sources: usize) -> Result<Syntax, String> {
    let syntax = own_syntax(args, names, sources)?;
    let Some(peer) = &args.peer else { return Ok(syntax) };
    Ok(Syntax {
        base: vec![peer.base.clone()],
        table: Table::None,
        rules: peer.rules.clone(),
        pack: if peer.repeat { Pack::Repeat } else { Pack::Join },
        single: false,
        parallel: Some(peer.spelling.clone()),
        ..syntax
    })
}

fn own_syntax(args: &Args, names: Vec<Vec<u8>>, sources: usize) -> Result<Syntax, String> {
    let given = args.command.base.as_ref().or(args.command.replace.as_ref());
    let base = given.map(|base| Syntax::with_base(base.as_bytes())).unwrap_or_default();
    let rules = args.command.rpl.iter().map(|rule| Rule::parse(rule.as_bytes())).collect::<Result<_, _>>();
    let rules = rules.map_err(|e| format!("--rpl: {e}"))?;
    let input = &args.input;
    let table = match (input.colsep.is_some() || input.csv, input.header.is_some() && !args.pipe.any()) {
        // Without a record there are no columns, and no job.
        (_, true) if names.is_empty() => Table::None,
        (_, true) => Table::Named,
        (true, false) => Table::Numbered,
        (false, false) => Table::None,
    };
    let several = input.context
        || input.many
        || input.xargs
        || input.max_args.or(input.max_replace_args).or(input.max_lines).is_some();
    let is_table = table != Table::None || input.header.is_some();
    Ok(Syntax {
        names,
        table,
        rules,
        pack: if input.context { Pack::Repeat } else { Pack::Join },
        several,
        single: sources < 2 && !several && !is_table && !args.pipe.any() && !args.record.retry_failed,
        plus: args.command.plus,
        stream: args.pipe.any(),
        ..base
    })
}

/// The template of the command.
///
/// `notes` receives a line about words that were probably meant for a shell.
pub fn template(
    args: &Args,
    syntax: &Syntax,
    shell: &Shell,
    notes: &mut Vec<String>,
) -> Result<Template, String> {
    let words = words(args);
    let template = match &args.shell_command {
        Some(_) if !args.template.is_empty() => {
            let word = crate::escape::visible(args.template[0].as_bytes()).into_owned();
            return Err(format!(
                "-c takes the whole command as one string: {word} is one word too many (quote it)"
            ));
        }
        // Nothing is quoted where the record is the whole code, as in `sh -c {}`.
        Some(text) if syntax.is_record(text.as_bytes().trim_ascii()) => Ok(Template::record(shell)),
        Some(text) => Template::shell(text.as_bytes(), syntax, shell),
        None if args.template.is_empty() => Ok(Template::record(shell)),
        None if args.command.quote => Template::direct(&words, syntax),
        None => {
            notes.extend(crate::template::meant_for_shell(&words, syntax));
            Template::command(&words, syntax, shell)
        }
    };
    template.map_err(|error| super::refusal::refusal(&error, args, syntax, shell))
}

fn words(args: &Args) -> Vec<Vec<u8>> {
    args.template.iter().map(|word| word.as_bytes().to_vec()).collect()
}

/// The command of the jobs.
pub fn command(args: &Args, template: Template, syntax: &Syntax, host: &Host) -> Result<Command, String> {
    let mut environment = environment(args, host)?;
    let trace = trace(args, &mut environment);
    Ok(Command {
        template,
        env: Arc::new(environment),
        trace,
        workdir: workdir(args, syntax)?,
        mode: match (args.output.dry_run, args.output.shell_quote) {
            (true, _) => CommandMode::Print,
            (false, true) => CommandMode::PrintQuoted,
            (false, false) => CommandMode::Run,
        },
        announce: match (args.command.announce, args.output.verbose) {
            (false, false) => Announce::No,
            (false, true) => Announce::OnStderr,
            (true, false) => Announce::OnStdout,
            (true, true) => return Err("-v and -t both print the command: leave out one".to_owned()),
        },
        prompt: if args.command.interactive { Some(prompt()?) } else { None },
        slot_variable: slot_variable(args)?,
        not_found: crate::template::only_in_shell(&words(args), syntax),
        may_cut: true,
        inherit_stdin: false,
    })
}

fn workdir(args: &Args, syntax: &Syntax) -> Result<Workdir, String> {
    let Some(text) = &args.command.workdir else { return Ok(Workdir::Inherited) };
    let pattern = Pattern::parse(text.as_bytes(), syntax).map_err(|e| format!("--workdir: {e}"))?;
    if !pattern.is_fixed() {
        return Ok(Workdir::PerJob(pattern));
    }
    let name = crate::escape::visible(text.as_bytes()).into_owned();
    if !std::path::Path::new(text).is_dir() {
        return Err(format!("--workdir {name}: not a directory"));
    }
    CString::new(text.as_bytes())
        .map(Workdir::Fixed)
        .map_err(|_| format!("--workdir {name}: NUL in the name"))
}

fn prompt() -> Result<Prompt, String> {
    Prompt::open().map_err(|error| format!("-p needs a terminal: {}", errno::words(&error)))
}

/// The terminal of `--tty`.
pub fn terminal(args: &Args) -> Result<Option<JobTerminal>, String> {
    if !args.command.tty || args.output.prints_only() {
        return Ok(None);
    }
    let terminal =
        JobTerminal::open().map_err(|error| format!("--tty needs a terminal: {}", errno::words(&error)));
    terminal.map(Some)
}

fn slot_variable(args: &Args) -> Result<Option<String>, String> {
    match &args.command.process_slot_var {
        Some(name) if name.is_empty() || name.contains('=') => {
            Err("--process-slot-var takes the name of a variable".to_owned())
        }
        name => Ok(name.clone()),
    }
}

/// The trace that this run belongs to. Its variable is removed, because each attempt gets its own. Without a trace file
/// no program would learn of the new spans, and jobs inherit the variable as it is.
fn trace(args: &Args, environment: &mut Environment) -> Option<TraceContext> {
    args.record.trace.as_ref()?;
    let name = OsStr::new(trace_context::VARIABLE);
    let trace = TraceContext::parse(environment.get(name)?.as_bytes())?;
    environment.remove(name);
    Some(trace)
}

/// The environment of the jobs: that of apool without the variables of this run.
fn environment(args: &Args, host: &Host) -> Result<Environment, String> {
    let of_this_run = OF_THIS_RUN.map(variable);
    let reserved: Vec<&str> = RESERVED.into_iter().chain(of_this_run.iter().map(String::as_str)).collect();
    let mut environment = Environment::new(host.environment.iter().cloned(), &reserved);
    if let Some(name) = &args.command.process_slot_var {
        environment.remove(OsStr::new(name));
    }
    for variable in &args.machine.env {
        let bytes = variable.as_bytes();
        if let Some(at) = memchr::memchr(b'=', bytes).filter(|&at| at > 0) {
            environment.set(OsStr::from_bytes(&bytes[..at]), OsStr::from_bytes(&bytes[at + 1..]));
        } else if environment.get(variable).is_none() && !host.bash_functions.iter().any(|f| f == bytes) {
            let name = crate::escape::visible(bytes).into_owned();
            return Err(format!(
                "--env {name}: not in the environment; export {name} (export -f for a function)"
            ));
        }
    }
    environment.set(OsStr::new("PARALLEL_PID"), OsStr::new(&std::process::id().to_string()));
    Ok(environment)
}
