//! One run: builds the threads and channels, lets the [`conductor`] work, and brings everything to a clean end.
//!
//! The reader makes jobs, the conductor decides what happens to them, the pool decides when, workers do it, the sink
//! shows it. Pure state machines decide ([`ledger`], [`halt`], [`retry`]); everything else carries messages.

pub mod ask;
pub mod atomic;
mod books;
mod chores;
pub mod conductor;
pub mod config;
pub mod decision_log;
pub mod document;
pub mod ending;
mod farewell;
mod gate;
pub mod halt;
pub mod joblog;
pub mod jobs_file;
mod judge;
mod keeping;
pub mod ledger;
mod naming;
mod news;
pub mod order;
mod os;
pub mod parse;
mod parts;
pub mod placing;
mod prepare;
mod reader;
pub mod restraint;
pub mod results;
pub mod resume;
pub mod retry;
mod runner;
mod running;
mod seeing;
mod signals;
mod sources;
mod steering;
pub mod stream;
mod task;
mod variables;

pub use config::Config;
pub use keeping::{Keep, Layout};
pub use ledger::{Cause, Totals};
pub use variables::RESERVED;

use anyhow::anyhow;
use books::Books;
use chores::Chores;
use conductor::{Conductor, Ears};
use crossbeam_channel::unbounded;
use keeping::Keeping;
use retry::Timeouts;
use runner::Runner;
use seeing::{Again, Seeing};
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::sink::Sink;
use crate::sys::errno;
use crate::time::RunClock;

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
    let executor = parts::executor(config.processes, termseq, &output.tmpdir, &clock)?;
    let mut books = Books::open(config.record, config.settings, timeouts).map_err(anyhow::Error::msg)?;
    let needs_total = config.command.template.needs_total()
        || output.tag.as_ref().is_some_and(crate::template::Pattern::needs_total)
        || output.keep.as_ref().is_some_and(Keep::needs_total);
    let (order, explain) = (output.order, output.explain);
    let ledger = parts::ledger(&config.failure, &config.workers, order, &clock);

    let keeping = output.keep.take().map(|keep| Keeping::open(keep, &output.tmpdir)).transpose();
    let keeping = keeping.map_err(anyhow::Error::msg)?;
    let retry = books.take_retry();
    let awaits_emission = books.keeps_joblog() || order == crate::sink::Order::Input;
    let (sink, from_sink) = parts::sink(&output, awaits_emission, &clock)?;
    let stream = config.stream.as_ref().map(|source| source.stream(&output.tmpdir));
    let (news, from_workers) = unbounded();
    let view = sink.sender().view_period();
    let runner = Arc::new(Runner {
        command: config.command,
        route: output.route,
        tag: output.tag,
        escape_tags: output.escape_tags,
        executor,
        sink: sink.sender(),
        news,
        gate: gate::Gate::default(),
        running: running::Running::new(view.is_some()),
        halt: config.failure.halt,
        retry: config.failure.retry,
        backoff: config.failure.backoff,
        keeping,
        stream,
        placing: config.machine.placing,
        awaits_emission,
        keep_commands: books.keeps_joblog(),
        verbatim: retry.is_some(),
        clock: Arc::clone(&clock),
        timeout_us: AtomicU64::new(books.timeout_us()),
        total: AtomicU64::new(u64::MAX),
    });
    let (keep_order, ordered) = (order == crate::sink::Order::Input, config.order.is_some());
    // The first job waits for its record, so that is asked for before the workers are.
    let input = input(config.reader, config.order, config.stream, retry, needs_total, keep_order, &runner)
        .map_err(|e| no_thread(&e))?;
    let (pool, from_policy) = parts::pool(config.workers, &runner)?;
    let view = sink.sender().view_period();
    let again = Again::of(runner.verbatim, books.keeps_joblog());
    let seeing = Seeing::new(order, pool.config().max, view, Some(books.every(TICK)), again);
    let chores = Chores::new(config.machine.memsuspend, config.machine.limit, config.machine.jobs_file)?;
    let ears = Ears { input, news: from_workers, sink: from_sink, decisions: from_policy, signals };
    let (mut outcome, pool, mut books, mut seeing) =
        Conductor::new(pool, Arc::clone(&runner), ledger, books, seeing, chores, ordered).run(&ears);

    let metrics = farewell::close(pool, &sink.sender(), &ears, &mut outcome);
    let last = !explain && order == crate::sink::Order::Finished && view.is_none();
    let last = last && books.keeps_nothing() && went_well(&outcome);
    farewell::flush(&sink.sender(), &ears, &mut outcome, last);
    // The last line of `--progress=plain` or json is how the run ended.
    seeing.show(clock.now(), &outcome.totals, &metrics, None, &sink.sender());
    summarise(&outcome, &books, &seeing, &sink, explain, &metrics);
    close_books(&mut books, &mut outcome, &sink);
    farewell::finish(sink, &ears, &mut outcome);
    write_metrics(&mut books, &outcome, &metrics, &clock, exit)?;
    // It was told long ago, and the workers, which may still hold it, are not waited for.
    runner.executor.part_from_guard();
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
    runner: &Arc<Runner>,
) -> io::Result<crossbeam_channel::Receiver<reader::Input>> {
    match (retry, source, &runner.stream) {
        (Some(retry), ..) => reader::start_retry(retry),
        (_, Some(source), Some(stream)) => stream::start(source, Arc::clone(stream)),
        _ => {
            let order = order.map(|by| {
                let round = keep_order.then_some(parts::WINDOW);
                reader::Ordering { by, runner: Arc::clone(runner), round }
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
fn close_books(books: &mut Books, outcome: &mut Outcome, sink: &Sink) {
    for error in books.close().err().into_iter().chain(unaccounted(&outcome.totals)) {
        outcome.trouble = true;
        sink.sender().line(format!("apool: {error}"));
    }
}

/// What is wrong with the totals of a run that has ended (G1).
fn unaccounted(totals: &Totals) -> Option<String> {
    (!totals.balanced()).then(|| format!("internal error: jobs were lost: {totals:?}"))
}

fn write_metrics(
    books: &mut Books,
    outcome: &Outcome,
    metrics: &crate::pool::Metrics,
    clock: &RunClock,
    exit: impl Fn(&Outcome) -> u8,
) -> anyhow::Result<()> {
    if !books.wants_metrics() {
        return Ok(());
    }
    let state = match outcome.stopped {
        None if outcome.broken.is_none() && !outcome.trouble => "complete",
        Some(Cause::Signal(_)) => "interrupted",
        Some(Cause::Halt(_)) => "halted",
        _ => "failed",
    };
    let status = i32::from(exit(outcome));
    let document = books.document(&outcome.totals, metrics, clock, state, Some(status));
    books.write_metrics(&document).map_err(anyhow::Error::msg)
}

/// What the end of a run says on standard error: failures, and why the workers were as many as they were.
fn summarise(
    outcome: &Outcome,
    books: &Books,
    seeing: &Seeing,
    sink: &Sink,
    explain: bool,
    metrics: &crate::pool::Metrics,
) {
    let totals = &outcome.totals;
    let to = sink.sender();
    if books.changed() > 0 {
        to.line(format!(
            "apool: {} recorded jobs were run again: their input or command has changed",
            books.changed()
        ));
    }
    if explain {
        to.line(format!("apool: workers {}", seeing.explain(metrics)));
    }
    let quiet =
        matches!(outcome.stopped, Some(Cause::Output | Cause::NoCommand(_))) || outcome.broken.is_some();
    if totals.failed > 0 && !quiet {
        seeing.failures(totals, books.failures(), &to);
    }
    if outcome.stopped == Some(Cause::NoRoom) {
        to.line("apool: nothing could be started for 30 s: no room for a process, descriptors or memory; see ulimit -a, \
             then run again".to_owned());
    }
    let undone = totals.killed + totals.not_started;
    if undone > 0 && !quiet {
        seeing.undone(totals, &to);
    }
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
