//! The lines that the end of a run writes to standard error.

use super::Reporter;
use crate::run::records::RunRecords;
use crate::run::worker::WorkerContext;
use crate::run::{Cause, Outcome};
use adaptive_pool::pool::Metrics;

/// Writes the failures, the jobs that did not run, and the reason for the number of workers.
pub fn write(
    outcome: &Outcome,
    records: &RunRecords,
    reporter: &Reporter,
    worker: &WorkerContext,
    explain: bool,
    metrics: &Metrics,
) {
    let totals = &outcome.totals;
    let to = &worker.sink;
    if records.changed() > 0 {
        to.line(format!(
            "apool: {} recorded jobs were run again: their input, its order or the command has changed",
            records.changed()
        ));
    }
    if worker.renamed() > 0 {
        to.line("apool: some results are in NAME.SEQ: another job has written to NAME".to_owned());
    }
    if explain {
        to.line(format!("apool: workers {}", reporter.explain(metrics)));
    }
    let quiet =
        matches!(outcome.stopped, Some(Cause::Output | Cause::NoCommand(_))) || outcome.broken.is_some();
    if totals.failed > 0 && !quiet {
        reporter.failures(totals, records.failures(), to);
    }
    if outcome.stopped == Some(Cause::NoRoom) {
        to.line("apool: nothing could be started for 30 s: no room for a process, descriptors or memory; see ulimit -a, \
             then run again".to_owned());
    }
    let undone = totals.killed + totals.not_started;
    if undone > 0 && !quiet {
        reporter.undone(totals, to);
    }
}
