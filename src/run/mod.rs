//! One run: builds the threads and channels, lets the [`conductor`] work, and brings everything to a clean end.
//!
//! The reader makes jobs, the conductor decides what happens to them, the pool decides when, workers do it, the sink
//! shows it. Pure state machines decide ([`ledger`], [`halt`], [`retry`]); everything else carries messages.

pub mod ask;
pub mod atomic;
mod books;
pub mod conductor;
pub mod config;
pub mod decision_log;
pub mod document;
pub mod ending;
pub mod halt;
pub mod joblog;
mod judge;
pub mod ledger;
mod os;
pub mod parse;
mod parts;
mod prepare;
mod reader;
pub mod results;
pub mod resume;
pub mod retry;
mod runner;
mod seeing;
mod signals;
mod sources;

pub use config::Config;
pub use ledger::{Cause, Totals};
pub use prepare::RESERVED;

use anyhow::anyhow;
use books::Books;
use conductor::{Conductor, Ears};
use crossbeam_channel::unbounded;
use retry::Timeouts;
use runner::Runner;
use seeing::Seeing;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::sink::Sink;
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
    anyhow!("{what}: {}", without_number(error))
}

/// An error in the system's words, without the number that the standard library adds.
pub fn without_number(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

/// Runs everything. `exit` turns the outcome into the exit status, which the metrics carry.
pub fn execute(config: Config, exit: impl Fn(&Outcome) -> u8) -> anyhow::Result<Outcome> {
    let clock = Arc::new(RunClock::new());
    let timeouts = Timeouts::new(config.failure.timeout);
    let books = Books::open(config.record, config.settings, timeouts).map_err(anyhow::Error::msg)?;
    let signals = signals::SignalThread::start(config.processes.ignored)
        .map_err(|e| failed("cannot listen to signals", &e))?;
    let needs_total = config.command.template.needs_total()
        || config.output.tag.as_ref().is_some_and(crate::template::Pattern::needs_total);
    let (order, explain) = (config.output.order, config.output.explain);
    let ledger = parts::ledger(&config.failure, config.workers.max, order, &clock);

    let awaits_emission = books.keeps_joblog() || order == crate::sink::Order::Input;
    let (sink, from_sink) = parts::sink(&config.output, awaits_emission, &clock)?;
    let executor = parts::executor(config.processes, config.failure.termseq, &config.output.tmpdir, &clock)?;
    let (news, from_workers) = unbounded();
    let runner = Arc::new(Runner {
        command: config.command,
        route: config.output.route,
        tag: config.output.tag,
        escape_tags: config.output.escape_tags,
        executor,
        sink: sink.sender(),
        news,
        retry: config.failure.retry,
        backoff: config.failure.backoff,
        awaits_emission,
        keep_commands: books.keeps_joblog(),
        clock: Arc::clone(&clock),
        timeout_us: AtomicU64::new(books.timeout_us()),
        total: AtomicU64::new(u64::MAX),
    });
    let (pool, from_policy) = parts::pool(config.workers, &runner)?;
    let view = sink.sender().view_period();
    let seeing = Seeing::new(order, pool.config().max, view, Some(TICK), books.keeps_joblog());
    let ears = Ears {
        input: reader::start(config.reader, needs_total).map_err(|e| failed("cannot start a thread", &e))?,
        news: from_workers,
        sink: from_sink,
        decisions: from_policy,
        signals,
    };
    let (mut outcome, pool, mut books, seeing) =
        Conductor::new(pool, runner, ledger, books, seeing).run(&ears);

    let report = pool.shutdown(false);
    summarise(&outcome, &books, &seeing, &sink, explain, &report.metrics);
    if sink.finish().broken && outcome.broken.is_none() {
        outcome.broken = ears.sink.try_iter().find_map(|e| match e {
            crate::sink::SinkEvent::Broken { error, .. } => Some(error.kind()),
            crate::sink::SinkEvent::Emitted(_) => None,
        });
    }
    finish_books(&mut books, &mut outcome, &report.metrics, &clock, exit)?;
    Ok(outcome)
}

fn finish_books(
    books: &mut Books,
    outcome: &mut Outcome,
    metrics: &crate::pool::Metrics,
    clock: &RunClock,
    exit: impl Fn(&Outcome) -> u8,
) -> anyhow::Result<()> {
    let mut first_error = books.close().err();
    outcome.trouble |= first_error.is_some();
    if books.wants_metrics() {
        let state = match outcome.stopped {
            None if outcome.broken.is_none() => "complete",
            Some(Cause::Signal(_)) => "interrupted",
            Some(Cause::Halt(_)) => "halted",
            _ => "failed",
        };
        let status = i32::from(exit(outcome));
        let document = books.document(&outcome.totals, metrics, clock, state, Some(status));
        if let Err(error) = books.write_metrics(&document) {
            first_error.get_or_insert(error);
        }
    }
    first_error.map_or(Ok(()), |error| Err(anyhow::Error::msg(error)))
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
        to.line(format!("apool: workers {}", seeing.explain(metrics.limit)));
    }
    let quiet =
        matches!(outcome.stopped, Some(Cause::Output | Cause::NoCommand(_))) || outcome.broken.is_some();
    if totals.failed > 0 && !quiet {
        seeing.failures(totals, books.failures(), &to);
    }
    let undone = totals.killed + totals.not_started;
    if undone > 0 && !quiet {
        to.line(format!(
            "apool: stopped: {} killed, {} read and not started",
            totals.killed, totals.not_started
        ));
    }
}
