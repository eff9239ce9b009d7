//! Saves the output of an attempt in files (`--results`, `--files`), and fails a job whose output cannot be saved.

use crate::exec::Capture;
use crate::job::Args;
use crate::run::job_exit::JobExit;
use crate::run::ledger::AttemptEnd;
use crate::run::records::attempt_facts::AttemptFacts;
use crate::run::records::output_files::{OutputFileLines, OutputFiles, Printed};
use crate::run::records::results::SaveError;
use crate::run::worker::context::WorkerContext;
use crate::template::Values;

/// Writes the output of an attempt to its files, and returns the part that is printed as well. `lines` are the lines
/// that were printed while the job ran.
#[inline(never)]
pub fn save_output(
    worker: &WorkerContext,
    files: &OutputFiles,
    values: &Values<'_>,
    facts: &AttemptFacts,
    lines: Option<OutputFileLines<'_>>,
    out: Capture,
    err: Capture,
) -> (Capture, Capture, Option<SaveError>) {
    let passed_on = lines.is_some();
    let record = facts.record(values.seq, &worker.clock);
    // The name of a block (`--cat`) differs in each attempt. A job that reads a stream is identified by its number
    // alone.
    let values = &match &worker.blocks {
        Some(_) => Values { args: &Args::None, ..*values },
        None => *values,
    };
    let (out, err) = match lines.map(OutputFileLines::finish).transpose() {
        Ok(lines) => lines.unwrap_or((out, err)),
        Err(error) => return (Capture::default(), Capture::default(), Some(error)),
    };
    match files.save(&record, values, &out, &err) {
        Ok(Printed::Name(name)) => (name, Capture::default(), None),
        Ok(Printed::NameAndErrors(name)) => (name, err, None),
        // The lines were printed while the job ran.
        Ok(Printed::All) if passed_on => (Capture::default(), Capture::default(), None),
        Ok(Printed::All) => (out, err, None),
        Err(error) if files.hides_output() => (Capture::default(), err, Some(error)),
        Err(error) if passed_on => (Capture::default(), Capture::default(), Some(error)),
        Err(error) => (out, err, Some(error)),
    }
}

/// Fails a job whose output could not be saved. It gets no record, so that a resumed run runs it. Returns the message.
pub fn fail_job(error: &SaveError, end: &mut AttemptEnd, facts: &mut AttemptFacts) -> String {
    if *end == AttemptEnd::Succeeded {
        *end = AttemptEnd::Failed(JobExit::Exited(255));
        facts.exit = end.exit();
    }
    facts.no_record = true;
    let name = crate::escape::shown(&facts.command, crate::escape::SHOWN);
    format!("{name}: its output cannot be kept in {error}")
}
