//! What comes before a job runs: the question whether it may, the line that names it, its directory and its variables.

use crate::exec::Stream;
use crate::exec::{Attempt, Capture, Outcome, StartError, StartErrorKind};
use crate::job::{Seq, Usage};
use crate::run::config::Route;
use crate::run::config::{Announce, Mode, Workdir};
use crate::run::ledger::AttemptEnd;
use crate::run::worker::WorkerContext;
use crate::run::worker::variables::variables;
use crate::sink::{Grouping, Tag};
use crate::template::{RenderError, Values};
use adaptive_pool::pool::TaskContext;
use adaptive_pool::time::Time;
use std::ffi::CString;
use std::time::Duration;

impl WorkerContext {
    /// True when the text of every command is needed before it runs.
    pub(in crate::run) fn shows_commands(&self) -> bool {
        let command = &self.command;
        command.announce != Announce::No || command.mode == Mode::Print || command.asker.is_some()
    }

    /// Asks, where there is somebody to ask.
    pub(in crate::run) fn is_wanted(&self, command: &[u8]) -> bool {
        let Some(asker) = &self.command.asker else { return true };
        asker.agrees(&crate::escape::visible(command), &|| !self.executor.is_stopping())
    }

    /// Prints the command where that was asked for; what must stand before the output of the job is given back.
    pub(in crate::run) fn announce(&self, seq: Seq, command: &[u8], tag: Option<&Tag>) -> Vec<u8> {
        match self.command.announce {
            Announce::No => {}
            Announce::OnStderr => {
                self.sink.line_of_job(crate::escape::visible(command).into_owned());
            }
            // The printed command of --dry-run is the output already.
            Announce::OnStdout if self.command.mode == Mode::Print => {}
            Announce::OnStdout => {
                let mut line = self.visible(command.to_vec()).to_vec();
                line.push(b'\n');
                if self.route != Route::Sink(Grouping::Line) {
                    return line;
                }
                self.sink.chunk(seq, Stream::Stdout, tag.cloned(), line);
            }
        }
        Vec::new()
    }

    /// Where the job runs.
    pub(in crate::run) fn workdir(&self, values: &Values<'_>) -> Result<Option<CString>, RenderError> {
        match &self.command.workdir {
            Workdir::Ours => Ok(None),
            Workdir::Fixed(directory) => Ok(Some(directory.clone())),
            Workdir::Made(pattern) => {
                CString::new(pattern.render(values)?).map(Some).map_err(|_| RenderError::Nul)
            }
        }
    }

    /// How a message names a job: the program when no job can run it, else the command.
    pub(in crate::run) fn name_in_message(
        &self,
        end: AttemptEnd,
        outcome: &Outcome,
        seq: Seq,
        command: &[u8],
    ) -> String {
        // A command that is too long is shown once, among the failures.
        if matches!(outcome, Outcome::NotStarted(e) if e.kind == StartErrorKind::TooLong) {
            return format!("job {seq}");
        }
        let name = match (end, self.command.template.fixed_command()) {
            (AttemptEnd::NoCommand(_), Some(program)) => program.to_bytes(),
            _ => command,
        };
        crate::escape::shown(name, crate::escape::SHOWN)
    }

    /// What a job finds in its environment about itself.
    pub(in crate::run) fn variables(&self, seq: Seq, attempt: u32, context: &TaskContext) -> Vec<CString> {
        let mut all = variables(seq, attempt, context);
        if let Some(name) = &self.command.slot_variable {
            let slot = context.slot.0.saturating_sub(1);
            all.extend(CString::new(format!("{name}={slot}")));
        }
        all
    }
}

/// What `--dry-run` makes of a job: its command line as its output.
pub fn printed(began: Time, shown: &[u8]) -> Attempt {
    let mut line = shown.to_vec();
    line.push(b'\n');
    Attempt { out: Capture::Memory(line), ..without_process(began, Outcome::Exited(0)) }
}

/// A job whose directory cannot be named.
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
