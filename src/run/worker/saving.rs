//! What a worker does with the output of an attempt where outputs are kept in files, and what becomes of a job whose output
//! cannot be kept.

use crate::exec::Capture;
use crate::job::Args;
use crate::run::job_exit::JobExit;
use crate::run::ledger::AttemptEnd;
use crate::run::records::output_files::{OutputFileLines, OutputFiles, Printed};
use crate::run::records::results::Unkept;
use crate::run::worker::WorkerContext;
use crate::run::worker::attempt_finished::AttemptFacts;
use crate::template::Values;

impl WorkerContext {
    /// How many times a job's number was added to the names of its files, because the names were taken.
    pub(in crate::run) fn renamed(&self) -> u64 {
        self.output_files.as_ref().map_or(0, OutputFiles::renamed)
    }

    /// Writes the output of an attempt to its files, and gives what is left to be printed.
    #[inline(never)]
    pub(in crate::run) fn keep(
        &self,
        output_files: &OutputFiles,
        values: &Values<'_>,
        detail: &AttemptFacts,
        kept: Option<OutputFileLines<'_>>,
        out: Capture,
        err: Capture,
    ) -> (Capture, Capture, Option<Unkept>) {
        let passed_on = kept.is_some();
        let record = detail.record(values.seq, &self.clock);
        // The name of a block (`--cat`) is another at each attempt: what reads a stream is known by its number.
        let values = &match &self.stream {
            Some(_) => Values { args: &Args::None, ..*values },
            None => *values,
        };
        let (out, err) = match kept.map(OutputFileLines::finish).transpose() {
            Ok(kept) => kept.unwrap_or((out, err)),
            Err(unkept) => return (Capture::default(), Capture::default(), Some(unkept)),
        };
        match output_files.keep(&record, values, &out, &err) {
            Ok(Printed::Name(name)) => (name, Capture::default(), None),
            Ok(Printed::NameAndErrors(name)) => (name, err, None),
            // What was printed line by line is not printed again.
            Ok(Printed::All) if passed_on => (Capture::default(), Capture::default(), None),
            Ok(Printed::All) => (out, err, None),
            Err(unkept) if output_files.names_only() => (Capture::default(), err, Some(unkept)),
            Err(unkept) if passed_on => (Capture::default(), Capture::default(), Some(unkept)),
            Err(unkept) => (out, err, Some(unkept)),
        }
    }
}

/// A job whose output could not be kept has failed, and has no record, so that a resume runs it. Gives what is to be said
/// about it.
pub fn fail_alone(unkept: &Unkept, end: &mut AttemptEnd, detail: &mut AttemptFacts) -> String {
    if *end == AttemptEnd::Succeeded {
        *end = AttemptEnd::Failed(JobExit::Exited(255));
        detail.ending = end.ending();
    }
    detail.output_lost = true;
    let name = crate::escape::shown(&detail.command, crate::escape::SHOWN);
    format!("{name}: its output cannot be kept in {unkept}")
}
