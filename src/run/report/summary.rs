//! The lines on standard error at the end of a run.

use super::Reporter;
use super::ending::Ending;
use super::explain::{self, LastJob};
use crate::run::ledger::{Cause, Totals};
use crate::run::outcome::RunOutcome;
use crate::run::records::RunRecords;
use crate::run::records::metrics::FailedJob;
use crate::run::worker::WorkerContext;
use crate::sink::SinkSender;
use adaptive_pool::pool::Metrics;

/// The failed jobs that are listed.
const LISTED: usize = 5;

/// How the user runs the failed or missing jobs again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RerunHint {
    /// There is no record of them.
    Unrecorded,
    /// With the same command and its joblog.
    SameCommand,
    /// With the same command, which reads the joblog already (`--retry-failed`).
    FromJoblog,
}

/// What the summary contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The failed jobs and the jobs that did not run.
    pub failures: bool,
    /// The reason for the number of workers (`--explain`).
    pub explain: bool,
    /// A line about the run, also when every job succeeded (`--summary`).
    pub ending: bool,
}

/// Writes the summary of an ended run.
pub fn write(
    outcome: &RunOutcome,
    records: &RunRecords,
    reporter: &Reporter,
    worker: &WorkerContext,
    contents: Contents,
    metrics: &Metrics,
) {
    let totals = &outcome.totals;
    let to = &worker.sink;
    let hint = match (worker.verbatim, records.keeps_joblog()) {
        (true, _) => RerunHint::FromJoblog,
        (false, true) => RerunHint::SameCommand,
        (false, false) => RerunHint::Unrecorded,
    };
    let again = match records.changed() {
        0 => None,
        1 => Some("1 recorded job was run again: its input, the order or the command has changed".to_owned()),
        changed => Some(format!(
            "{changed} recorded jobs were run again: their input, its order or the command has changed"
        )),
    };
    if let Some(again) = again {
        to.say(&again);
    }
    if worker.renamed() > 0 {
        to.say("some results are in NAME.SEQ: another job has written to NAME");
    }
    if contents.explain {
        to.say(&format!("workers {}", reporter.explain(metrics)));
        let more = more_explained(records, worker, metrics);
        if !more.is_empty() {
            to.line(format!("  {more}"));
        }
    }
    let quiet =
        matches!(outcome.stopped, Some(Cause::Output | Cause::NoCommand(_))) || outcome.broken.is_some();
    // Failures above a live view were named when they happened.
    let named = reporter.names_failures();
    let ended = totals.succeeded + totals.failed;
    let ending = (contents.ending || (named && to.view_was_shown())) && (ended > 0 || outcome.is_clean());
    if ending || (named && totals.failed > 0 && !quiet) {
        to.say(&ending_of(outcome, reporter, worker, metrics).line());
    }
    if totals.failed > 0 && !quiet {
        if !named {
            write_failures(totals, records.failures(), ending, to);
        }
        write_remedy(records.failures(), hint, to);
        if let Some(line) = too_many(totals, metrics) {
            to.line(line);
        }
    }
    if outcome.stopped == Some(Cause::NoRoom) {
        to.say(
            "nothing could be started for 30 s: no room for a process, descriptors or memory; see ulimit -a, \
             then run again",
        );
    }
    if totals.killed + totals.not_started > 0 && !quiet {
        write_undone(totals, hint, to);
    }
}

/// The whole explanation: what held the number of workers, for how long, and what would help.
pub fn explanation(
    records: &RunRecords,
    reporter: &Reporter,
    worker: &WorkerContext,
    metrics: &Metrics,
) -> String {
    let more = more_explained(records, worker, metrics);
    let first = reporter.explain(metrics);
    if more.is_empty() { first } else { format!("{first}. {more}") }
}

/// The sentences after the first one.
fn more_explained(records: &RunRecords, worker: &WorkerContext, metrics: &Metrics) -> String {
    let shown = |command: &[u8]| crate::escape::shown(command, crate::escape::SHOWN);
    let last = records.last_job().map(|(seq, command, alone)| (seq, shown(command), alone));
    let last = last.as_ref().map(|(seq, shown, alone)| LastJob { seq: *seq, shown, alone: *alone });
    explain::sentences(metrics, worker.clock.now().elapsed(), last)
}

/// The figures of the line about the run.
pub fn ending_of(
    outcome: &RunOutcome,
    reporter: &Reporter,
    worker: &WorkerContext,
    metrics: &Metrics,
) -> Ending {
    let totals = &outcome.totals;
    Ending {
        // Killed jobs and jobs that did not start have a line of their own.
        ended: totals.succeeded + totals.failed,
        failed: totals.failed,
        skipped: totals.skipped,
        elapsed: worker.clock.now().elapsed(),
        most: worker.running.most(),
        explanation: reporter.explain(metrics),
    }
}

/// The failed jobs: their number, unless it was `counted`, and the first few.
fn write_failures(totals: &Totals, failures: &[FailedJob], counted: bool, to: &SinkSender) {
    match totals.succeeded + totals.failed {
        _ if counted => {}
        1 => to.say("1 job failed"),
        ended => to.say(&format!("{} of {ended} jobs failed", totals.failed)),
    }
    for failure in failures.iter().take(LISTED) {
        let line = format!("  {:>6}  {:<12} {}", failure.seq, failure.how(), failure.shown);
        to.line(line.trim_end());
    }
    if totals.failed > LISTED as u64 {
        to.line(format!("  and {} more", totals.failed - LISTED as u64));
    }
}

/// How to run the failed jobs again, or to avoid the failures.
fn write_remedy(failures: &[FailedJob], hint: RerunHint, to: &SinkSender) {
    let from_windows = |failure: &FailedJob| failure.command.contains('\r');
    if !failures.is_empty() && failures.iter().all(from_windows) {
        to.line("  the records end in a carriage return, as on Windows: -d '\\r\\n' takes it off");
    }
    to.line(match hint {
        RerunHint::Unrecorded => {
            "  --joblog FILE records each job, and --resume-failed runs the failures again"
        }
        RerunHint::SameCommand => "  the same command with --resume-failed runs the failures again",
        RerunHint::FromJoblog => "  the same command runs the failures again",
    });
}

/// The jobs that were not done when the run was stopped, and how to continue.
fn write_undone(totals: &Totals, hint: RerunHint, to: &SinkSender) {
    to.say(&format!("stopped: {} killed, {} read and not started", totals.killed, totals.not_started));
    match hint {
        RerunHint::Unrecorded => {}
        RerunHint::SameCommand => to.line("  the same command with --resume goes on"),
        RerunHint::FromJoblog => to.line("  the same command goes on"),
    }
}

/// The jobs that failed because too many ran, and how to avoid that.
fn too_many(totals: &Totals, metrics: &Metrics) -> Option<String> {
    let (count, above) = (metrics.caused.min(totals.failed), metrics.caused_above?);
    let jobs = if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") };
    let hint = if totals.retried == 0 { "; --retries 2 runs such jobs again" } else { "" };
    (count > 0).then(|| format!("  {jobs} failed while more than {above} ran{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_too_many_jobs_are_reported_with_the_remedy() {
        let line = |caused, above, failed, retried| {
            let totals = Totals { failed, retried, ..Totals::default() };
            let mut metrics = Metrics::default();
            (metrics.caused, metrics.caused_above) = (caused, above);
            too_many(&totals, &metrics)
        };
        let all = "  9 jobs failed while more than 20 ran; --retries 2 runs such jobs again";
        assert_eq!(line(9, Some(20), 12, 0).as_deref(), Some(all));
        assert_eq!(line(9, Some(20), 1, 3).as_deref(), Some("  1 job failed while more than 20 ran"));
        assert_eq!(line(0, Some(20), 12, 0), None);
        assert_eq!(line(9, None, 12, 0), None);
    }
}
