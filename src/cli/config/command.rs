//! The command: which words, which shell, which placeholders.

use crate::cli::args::Args;
use crate::cli::host::Host;
use crate::exec::Environment;
use crate::run::RESERVED;
use crate::run::config::{Command, Mode};
use crate::template::{Pack, Shell, Syntax, Template};
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

/// Which texts are placeholders.
pub fn syntax(args: &Args, names: Vec<Vec<u8>>) -> Syntax {
    let base = args.replace.as_ref().map(|base| Syntax::with_base(base.as_bytes())).unwrap_or_default();
    Syntax { names, pack: if args.input.context { Pack::Repeat } else { Pack::Join }, ..base }
}

/// The shell for texts.
pub fn shell(args: &Args, host: &Host) -> Shell {
    let program = match &args.shell {
        Some(shell) => CString::new(shell.as_bytes()).unwrap_or_default(),
        None if !host.bash_functions.is_empty() => c"bash".to_owned(),
        None => c"/bin/sh".to_owned(),
    };
    let functions = if args.shell.is_none() { host.bash_functions.clone() } else { Vec::new() };
    Shell { argv: vec![program, c"-c".to_owned()], functions }
}

/// What each job runs.
pub fn command(args: &Args, syntax: &Syntax, shell: &Shell) -> Result<Command, String> {
    let template = match &args.shell_command {
        Some(text) if args.template.is_empty() => Template::shell(text.as_bytes(), syntax, shell),
        Some(_) => {
            let word = crate::escape::visible(args.template[0].as_bytes()).into_owned();
            return Err(format!(
                "-c takes the whole command as one string: {word} is one word too many (quote it)"
            ));
        }
        None if args.template.is_empty() => Ok(Template::record(shell)),
        None => {
            let words: Vec<Vec<u8>> = args.template.iter().map(|w| w.as_bytes().to_vec()).collect();
            Template::command(&words, syntax, shell)
        }
    };
    let workdir = args.output.workdir.as_ref().map(|dir| {
        let name = crate::escape::visible(dir.as_os_str().as_bytes()).into_owned();
        if dir.is_dir() {
            CString::new(dir.as_os_str().as_bytes()).map_err(|_| format!("--workdir {name}: NUL in the name"))
        } else {
            Err(format!("--workdir {name}: not a directory"))
        }
    });
    Ok(Command {
        template: template.map_err(|e| e.to_string())?,
        env: Arc::new(environment()),
        workdir: workdir.transpose()?,
        mode: if args.output.dry_run { Mode::Print } else { Mode::Run },
        verbose: args.output.verbose,
    })
}

/// The environment that the jobs inherit.
#[expect(clippy::disallowed_methods, reason = "the jobs' environment is ours, taken whole")]
fn environment() -> Environment {
    let mut environment = Environment::new(std::env::vars_os(), &RESERVED);
    environment.set(OsStr::new("PARALLEL_PID"), OsStr::new(&std::process::id().to_string()));
    environment
}
