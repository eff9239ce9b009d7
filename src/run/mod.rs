//! One run: builds the threads and channels, lets the [`conductor`] work, and brings everything to a clean end.
//!
//! The reader makes jobs, the conductor decides what happens to them, the pool decides when, workers do it, the sink
//! shows it. Pure state machines decide ([`ledger`], [`halt`], [`retry`]); everything else carries messages.

mod build;
pub mod conductor;
pub mod config;
pub mod events;
pub mod halt;
mod identity;
pub mod input;
pub mod job_exit;
pub mod ledger;
pub mod parse;
pub mod records;
mod report;
pub mod retry;
mod shutdown;
mod worker;

pub use config::Config;
pub use ledger::{Cause, Totals};
pub use records::output_files::{Layout, OutputFilesConfig};
pub use worker::ask;
pub use worker::placing;
pub use worker::variables::RESERVED;

use anyhow::anyhow;
use conductor::Conductor;
use crossbeam_channel::unbounded;
use events::EventSources;
use events::periodic::PeriodicTasks;
use events::signals;
use input::{order, reader, stream};
use records::RunRecords;
use records::resume;
use report::{Reporter, RerunHint};
use retry::Timeouts;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use worker::{WorkerContext, running_jobs, start_gate};

use crate::sink::Sink;
use crate::sys::errno;
use adaptive_pool::time::RunClock;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Where every job went.
    pub totals: Totals,
    /// Why it stopped early, if it did.
    pub stopped: Option<Cause>,
    /// Our output was lost.
    pub broken: Option<ErrorKind>,
    /// The input or a log failed; the message was said.
    pub trouble: bool,
}

/// How often the records are seen to (the disk, a line of metrics).
const TICK: Duration = Duration::from_secs(1);

fn failed(what: &str, error: &io::Error) -> anyhow::Error {
    anyhow!("{what}: {}", errno::words(error))
}

/// A thread that every run needs was refused.
fn no_thread(error: &io::Error) -> anyhow::Error {
    let why = errno::words(error);
    match error.kind() {
        ErrorKind::WouldBlock => anyhow!(
            "cannot start a thread: {why}; too many processes and threads run: see `ulimit -u` and the limits of the container"
        ),
        _ => anyhow!("cannot start a thread: {why}"),
    }
}

/// Runs everything. `exit` turns the outcome into the exit status, which the metrics carry.
pub fn execute(config: Config, exit: impl Fn(&Outcome) -> u8) -> anyhow::Result<Outcome> {
    let clock = Arc::new(RunClock::new());
    let timeouts = Timeouts::new(config.failure.timeout);
    let signals = signals::SignalThread::start(config.processes.ignored).map_err(|e| match e.kind() {
        ErrorKind::WouldBlock => no_thread(&e),
        _ => failed("cannot listen to signals", &e),
    })?;
    let mut output = config.output;
    let termseq = config.failure.termseq.clone();
    let executor = build::executor(config.processes, termseq, &output.tmpdir, &clock)?;
    let mut records =
        RunRecords::open(config.record, config.settings, timeouts).map_err(anyhow::Error::msg)?;
    let needs_total = config.command.template.needs_total()
        || output.tag.as_ref().is_some_and(crate::template::Pattern::needs_total)
        || output.keep.as_ref().is_some_and(OutputFilesConfig::needs_total);
    let (order, explain, progress) = (output.order, output.explain, output.progress);
    let ledger = build::ledger(&config.failure, &config.workers, order, &clock);

    let output_files = build::output_files(&mut output, &records)?;
    let retry = records.take_retry();
    let awaits_emission = records.keeps_joblog() || order == crate::sink::Order::Input;
    let (sink, from_sink) = build::sink(&output, awaits_emission, &clock)?;
    let stream = config.stream.as_ref().map(|source| source.stream(&output.tmpdir, records.identify()));
    let (finished, from_workers) = unbounded();
    let view = sink.sender().view_period();
    let worker = Arc::new(WorkerContext {
        command: config.command,
        route: output.route,
        tag: output.tag,
        escape_tags: output.escape_tags,
        executor,
        sink: sink.sender(),
        finished,
        gate: start_gate::StartGate::default(),
        running: running_jobs::RunningJobs::new(view.is_some()),
        halt: config.failure.halt,
        retry: config.failure.retry,
        backoff: config.failure.backoff,
        output_files,
        stream,
        placing: config.machine.placing,
        awaits_emission,
        keep_commands: records.keeps_joblog(),
        verbatim: retry.is_some(),
        clock: Arc::clone(&clock),
        timeout_us: AtomicU64::new(records.timeout_us()),
        total: AtomicU64::new(u64::MAX),
    });
    let (keep_order, ordered) = (order == crate::sink::Order::Input, config.order.is_some());
    // The first job waits for its record, so that is asked for before the workers are.
    let reader = records.in_order(config.reader);
    let input = input(reader, config.order, config.stream, retry, needs_total, keep_order, &worker)
        .map_err(|e| no_thread(&e))?;
    let (pool, from_policy) = build::pool(config.workers, &worker)?;
    let again = RerunHint::of(worker.verbatim, records.keeps_joblog());
    let reporter = Reporter::new(order, pool.config().max, view, Some(records.every(TICK)), again, progress);
    let periodic =
        PeriodicTasks::new(config.machine.memsuspend, config.machine.limit, config.machine.jobs_file)?;
    let sources =
        EventSources { input, finished: from_workers, sink: from_sink, decisions: from_policy, signals };
    let (mut outcome, pool, mut records, mut reporter) =
        Conductor::new(pool, Arc::clone(&worker), ledger, records, reporter, periodic, ordered).run(&sources);

    let metrics = shutdown::close(pool, &sink.sender(), &sources, &mut outcome);
    let last = !explain && order == crate::sink::Order::Finished && view.is_none();
    let last = last && records.keeps_nothing() && worker.renamed() == 0 && went_well(&outcome);
    shutdown::flush(&sink.sender(), &sources, &mut outcome, last);
    // The last line of `--progress=plain` or json is how the run ended.
    reporter.show(clock.now(), &outcome.totals, &metrics, None, &sink.sender());
    report::summary::write(&outcome, &records, &reporter, &worker, explain, &metrics);
    close_records(&mut records, &mut outcome, &sink);
    shutdown::finish(sink, &sources, &mut outcome);
    write_metrics(&mut records, &outcome, &metrics, &clock, exit)?;
    // Workers may still hold the executor, so this does not wait for its drop.
    worker.executor.join_guardian();
    Ok(outcome)
}

/// Starts the thread that makes jobs, of whatever they come from.
fn input(
    reader: crate::input::Reader,
    order: Option<order::By>,
    source: Option<stream::StreamConfig>,
    retry: Option<resume::Retry>,
    needs_total: bool,
    keep_order: bool,
    worker: &Arc<WorkerContext>,
) -> io::Result<crossbeam_channel::Receiver<reader::Input>> {
    match (retry, source, &worker.stream) {
        (Some(retry), ..) => reader::start_retry(retry),
        (_, Some(source), Some(stream)) => stream::start(source, Arc::clone(stream)),
        _ => {
            let order = order.map(|by| {
                let round = keep_order.then_some(build::WINDOW);
                reader::Ordering { by, worker: Arc::clone(worker), round }
            });
            reader::start(reader, needs_total, order)
        }
    }
}

/// Nothing is to be said of the jobs.
fn went_well(outcome: &Outcome) -> bool {
    let totals = &outcome.totals;
    let undone = totals.failed + totals.killed + totals.not_started;
    undone == 0
        && totals.balanced()
        && outcome.stopped.is_none()
        && outcome.broken.is_none()
        && !outcome.trouble
}

/// Brings the logs to the disk, and asserts that every job is accounted for.
fn close_records(records: &mut RunRecords, outcome: &mut Outcome, sink: &Sink) {
    for error in records.close().err().into_iter().chain(unaccounted(&outcome.totals)) {
        outcome.trouble = true;
        sink.sender().line(format!("apool: {error}"));
    }
}

/// What is wrong with the totals of a run that has ended (G1).
fn unaccounted(totals: &Totals) -> Option<String> {
    (!totals.balanced()).then(|| format!("internal error: jobs were lost: {totals:?}"))
}

fn write_metrics(
    records: &mut RunRecords,
    outcome: &Outcome,
    metrics: &adaptive_pool::pool::Metrics,
    clock: &RunClock,
    exit: impl Fn(&Outcome) -> u8,
) -> anyhow::Result<()> {
    if !records.wants_metrics() {
        return Ok(());
    }
    let state = match outcome.stopped {
        None if outcome.broken.is_none() && !outcome.trouble => "complete",
        Some(Cause::Signal(_)) => "interrupted",
        Some(Cause::Halt(_)) => "halted",
        _ => "failed",
    };
    let status = i32::from(exit(outcome));
    let document = records.document(&outcome.totals, metrics, clock, state, Some(status));
    records.write_metrics(&document).map_err(anyhow::Error::msg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_in_no_count_or_in_two_is_said() {
        let of = |succeeded, skipped| Totals { read: 3, succeeded, skipped, ..Totals::default() };
        assert_eq!(unaccounted(&of(2, 1)), None);
        for wrong in [of(2, 0), of(3, 1)] {
            let said = unaccounted(&wrong).unwrap();
            assert!(said.starts_with("internal error: jobs were lost: Totals { read: 3, "), "{said}");
        }
    }

    #[test]
    fn a_refused_thread_is_told_without_a_number() {
        let error = io::Error::from_raw_os_error(crate::sys::errno::EAGAIN);
        let text = no_thread(&error).to_string();
        assert!(text.starts_with("cannot start a thread: Resource temporarily unavailable; "), "{text}");
    }
}
