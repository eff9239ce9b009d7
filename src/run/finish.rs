//! The steps after the last job: end the pool, write the rest of the output, print the summary, close the records.

use crate::run::config::GitHub;
use crate::run::events::EventSources;
use crate::run::outcome::RunOutcome;
use crate::run::parts::EndedRun;
use crate::run::records::RunRecords;
use crate::run::records::export::RunReading;
use crate::run::report::summary::{self, Contents};
use crate::run::report::{Moment, github};
use crate::run::shutdown;
use crate::run::worker::WorkerContext;
use crate::sink::{Activity, Sink};
use crate::sys::errno;
use adaptive_pool::pool::Metrics;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// The parts of a run that are used at its end.
pub struct Finish {
    /// The thread that writes.
    pub sink: Sink,
    /// The data of the workers.
    pub worker: Arc<WorkerContext>,
    /// What is printed at the end.
    pub contents: Contents,
    /// What a step of GitHub Actions is given.
    pub github: Option<GitHub>,
    /// The output is written as jobs finish, without a view. Then nothing may follow the output of a clean run.
    pub plain_output: bool,
}

impl Finish {
    /// Finishes a run whose jobs are all over.
    pub fn finish(
        self,
        ended: EndedRun,
        sources: &EventSources,
        exit_status: impl Fn(&RunOutcome) -> u8,
    ) -> anyhow::Result<RunOutcome> {
        let EndedRun { mut outcome, pool, mut records, mut reporter } = ended;
        let Finish { sink, worker, contents, github, plain_output } = self;
        let sender = sink.sender();
        let metrics = shutdown::close_pool(pool, &sender, sources, &mut outcome);
        let silent = plain_output && !contents.explain && !contents.ending;
        let is_last = silent && records.has_no_logs() && worker.renamed() == 0 && outcome.is_clean();
        shutdown::flush(&sender, sources, &mut outcome, is_last);
        // The last line of --progress=plain and json is the end of the run.
        let now = worker.clock.now();
        let (activity, oldest, unix) = (Activity::Working, Vec::new(), worker.clock.unix(now));
        let totals = &outcome.totals;
        let moment = Moment { totals, metrics: &metrics, activity, oldest, unix, is_last: true };
        reporter.show(now, moment, &sender);
        if contents.failures {
            summary::write(&outcome, &records, &reporter, &worker, contents, &metrics);
        }
        if let Some(path) = github.and_then(|github| github.step_summary) {
            let ending = summary::ending_of(&outcome, &reporter, &worker, &metrics);
            let text = github::step_summary(&ending, records.failures(), outcome.totals.failed);
            if let Err(error) = append(&path, &text) {
                sender.say(&format!("cannot write GITHUB_STEP_SUMMARY: {}", errno::words(&error)));
            }
        }
        records.exports().reading(&RunReading { now, totals: &outcome.totals, metrics: &metrics });
        close_records(&mut records, &mut outcome, &sink);
        shutdown::end_sink(sink, sources, &mut outcome);
        let explanation = summary::explanation(&records, &reporter, &worker, &metrics);
        write_metrics(&mut records, &outcome, &metrics, (&worker, explanation), exit_status)?;
        // Workers may still use the executor, so its drop cannot be waited for.
        worker.executor.join_guardian();
        Ok(outcome)
    }
}

fn append(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

/// Syncs the logs to the disk, and checks that every job was counted once.
fn close_records(records: &mut RunRecords, outcome: &mut RunOutcome, sink: &Sink) {
    records.exports().finish();
    let exports = records.exports().take_errors();
    for error in records.close().err().into_iter().chain(outcome.lost_jobs()).chain(exports) {
        outcome.trouble = true;
        sink.sender().say(&error);
    }
}

fn write_metrics(
    records: &mut RunRecords,
    outcome: &RunOutcome,
    metrics: &Metrics,
    (worker, explanation): (&WorkerContext, String),
    exit_status: impl Fn(&RunOutcome) -> u8,
) -> anyhow::Result<()> {
    if !records.keeps_metrics() {
        return Ok(());
    }
    let status = i32::from(exit_status(outcome));
    let mut document =
        records.document(&outcome.totals, metrics, &worker.clock, outcome.state(), Some(status));
    document.summary.explanation = explanation;
    records.write_metrics(&document).map_err(anyhow::Error::msg)
}
