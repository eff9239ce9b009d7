//! The steps before a job runs: the prompt, the printed command, the directory and the variables.

use crate::exec::Stream;
use crate::exec::{Attempt, Capture, Outcome, StartError, StartErrorKind};
use crate::job::{Seq, Usage, Words};
use crate::run::config::{Announce, CommandMode, Route, Workdir};
use crate::run::identity::verbatim;
use crate::run::ledger::AttemptEnd;
use crate::run::trace_context::{self, SpanId};
use crate::run::worker::context::WorkerContext;
use crate::run::worker::variables;
use crate::sink::{Grouping, Tag};
use crate::template::{RenderError, Values};
use adaptive_pool::pool::TaskContext;
use adaptive_pool::time::Time;
use std::ffi::CString;
use std::time::Duration;

/// True when the text of every command is needed before it runs.
pub fn shows_commands(worker: &WorkerContext) -> bool {
    let command = &worker.command;
    command.announce != Announce::No || command.mode != CommandMode::Run || command.prompt.is_some()
}

/// The command as it is shown and recorded.
pub fn shown(worker: &WorkerContext, argv: &Words, values: &Values<'_>) -> Vec<u8> {
    if worker.verbatim { verbatim(values.args) } else { worker.command.template.shown(argv) }
}

/// Renders the command again, as it is shown and recorded. Few jobs need it after they have run.
pub fn render_shown(worker: &WorkerContext, values: &Values<'_>) -> Vec<u8> {
    let argv = worker.command.template.render(values);
    argv.map(|argv| shown(worker, &argv, values)).unwrap_or_default()
}

/// Asks the user whether the command may run (`-p`). True without a prompt.
pub fn is_confirmed(worker: &WorkerContext, command: &[u8]) -> bool {
    let Some(prompt) = &worker.command.prompt else { return true };
    prompt.confirm(&crate::escape::visible(command), &|| !worker.executor.is_stopping())
}

/// Prints the command (`-t`, `-v`). Returns the text that is printed before the output of the job.
pub fn announce(worker: &WorkerContext, seq: Seq, command: &[u8], tag: Option<&Tag>) -> Vec<u8> {
    match worker.command.announce {
        Announce::No => {}
        Announce::OnStderr => {
            worker.sink.line_of_job(crate::escape::visible(command).into_owned());
        }
        // The output of --dry-run is the command already.
        Announce::OnStdout if worker.command.mode != CommandMode::Run => {}
        Announce::OnStdout => {
            let mut line = worker.visible(command.to_vec()).to_vec();
            line.push(b'\n');
            if worker.route != Route::Sink(Grouping::Line) {
                return line;
            }
            worker.sink.chunk(seq, Stream::Stdout, tag.cloned(), line);
        }
    }
    Vec::new()
}

/// The directory of the job; `None` for our own.
pub fn workdir(worker: &WorkerContext, values: &Values<'_>) -> Result<Option<CString>, RenderError> {
    match &worker.command.workdir {
        Workdir::Inherited => Ok(None),
        Workdir::Fixed(directory) => Ok(Some(directory.clone())),
        Workdir::PerJob(pattern) => {
            CString::new(pattern.render(values)?).map(Some).map_err(|_| RenderError::Nul)
        }
    }
}

/// The name of a job in a message: the program if no job can run it, otherwise the command.
pub fn name_in_message(
    worker: &WorkerContext,
    end: AttemptEnd,
    outcome: &Outcome,
    seq: Seq,
    command: &[u8],
) -> String {
    // The summary shows a command that is too long.
    if matches!(outcome, Outcome::NotStarted(e) if e.kind == StartErrorKind::TooLong) {
        return format!("job {seq}");
    }
    let name = match (end, worker.command.template.fixed_command()) {
        (AttemptEnd::NoCommand(_), Some(program)) => program.to_bytes(),
        _ => command,
    };
    crate::escape::shown(name, crate::escape::SHOWN)
}

/// The environment variables that describe the job.
pub fn variables(
    worker: &WorkerContext,
    seq: Seq,
    number: u32,
    context: &TaskContext,
    span: Option<SpanId>,
) -> Vec<CString> {
    let mut all = variables::variables(seq, number, context);
    if let Some(name) = &worker.command.slot_variable {
        let slot = context.slot.0.saturating_sub(1);
        all.extend(CString::new(format!("{name}={slot}")));
    }
    if let (Some(trace), Some(span)) = (&worker.command.trace, span) {
        all.extend(CString::new(format!("{}={}", trace_context::VARIABLE, trace.below(span))));
    }
    all
}

/// The attempt of `--dry-run`: its output is the command line.
pub fn printed(began: Time, shown: &[u8]) -> Attempt {
    let mut line = shown.to_vec();
    line.push(b'\n');
    Attempt { out: Capture::Memory(line), ..without_process(began, Outcome::Exited(0)) }
}

/// The attempt of a job whose directory has no valid name.
pub fn not_started(began: Time, error: &RenderError) -> Attempt {
    let text = format!("directory: {error}");
    let error = StartError { kind: StartErrorKind::Other, errno: 0, text };
    without_process(began, Outcome::NotStarted(error))
}

fn without_process(began: Time, outcome: Outcome) -> Attempt {
    Attempt {
        began,
        took: Duration::ZERO,
        usage: Usage::default(),
        outcome,
        leaked: false,
        out: Capture::default(),
        err: Capture::default(),
    }
}
