//! One run: builds the threads and channels, lets the [`conductor`] work, and brings everything to a clean end.
//!
//! The reader makes jobs, the conductor decides what happens to them, the pool decides when, workers do it, the sink
//! shows it. Pure state machines decide ([`ledger`], [`halt`], [`retry`]); everything else carries messages.

pub mod atomic;
mod books;
pub mod conductor;
pub mod config;
pub mod decision_log;
pub mod document;
pub mod ending;
pub mod halt;
pub mod joblog;
pub mod ledger;
mod os;
pub mod parse;
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
pub use runner::RESERVED;

use books::Books;
use conductor::{Conductor, Ears};
use config::{Mode, Route};
use crossbeam_channel::unbounded;
use halt::HaltState;
use ledger::{Bounds, Ledger};
use retry::{Retries, RetryRule, Timeouts};
use runner::Runner;
use seeing::Seeing;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::exec::{ExecConfig, Executor};
use crate::pool::{AdaptivePool, Hooks, PoolConfig};
use crate::sense::MachineSensor;
use crate::sink::{Grouping, Order, Output, Sink, SinkConfig};
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

/// A message for the user: the run could not be started.
#[derive(Debug)]
pub struct StartFailed(pub String);

/// Jobs that may be ahead of the first one not printed, with `-k`: bounds what is held back.
const WINDOW: u64 = 4096;
/// Bytes of arguments waiting in the pool.
const QUEUED_BYTES_MAX: usize = 4 << 20;
/// Jobs in the pool, waiting and running, beyond the hard limit.
const QUEUED_JOBS: usize = 1024;
/// A rejected job (`--backoff-on`) comes again after this, doubling.
const BACKOFF_DELAY: Duration = Duration::from_secs(1);
const BACKOFF_DELAY_MAX: Duration = Duration::from_secs(60);
/// The stack of a worker: it holds a few buffers and the poll set.
const WORKER_STACK: usize = 128 * 1024;

fn failed(what: &str, error: &io::Error) -> StartFailed {
    StartFailed(format!("{what}: {}", without_number(error)))
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
pub fn execute(config: Config, exit: impl Fn(&Outcome) -> u8) -> Result<Outcome, StartFailed> {
    let clock = Arc::new(RunClock::new());
    let timeouts = Timeouts::new(config.failure.timeout);
    let books = Books::open(config.record, config.settings, timeouts).map_err(StartFailed)?;
    let signals = signals::SignalThread::start(config.processes.ignored).map_err(|e| failed("cannot listen to signals", &e))?;
    let needs_total = config.command.template.needs_total()
        || config.output.tag.as_ref().is_some_and(crate::template::Pattern::needs_total);

    let (sink_events, from_sink) = unbounded();
    let stdout = match Output::stdout() {
        Ok(stdout) => stdout,
        Err(error) => return Err(failed("cannot write the output", &error)),
    };
    let route = config.output.route;
    let sink = Sink::start(
        SinkConfig {
            clock: Arc::clone(&clock),
            stdout,
            stderr: Output::stderr().map_err(|e| failed("cannot write to standard error", &e))?,
            order: config.output.order,
            grouping: if route == Route::Sink(Grouping::Line) { Grouping::Line } else { Grouping::Job },
            first: crate::job::Seq(1),
            report_emitted: true,
            progress: config.output.progress,
            spill_directory: config.output.tmpdir.clone(),
        },
        sink_events,
    )
    .map_err(|e| failed("cannot start a thread", &e))?;

    let executor = Executor::new(ExecConfig {
        path: config.processes.path,
        ignore: config.processes.ignored,
        descriptors: config.processes.descriptors,
        nice: config.processes.nice,
        termseq: config.failure.termseq,
        spill_directory: config.output.tmpdir,
        watch_terminal: config.processes.watch_terminal,
        ..ExecConfig::new(Arc::clone(&clock))
    })
    .map_err(|e| failed("cannot prepare to start processes", &e))?;
    let (news, from_workers) = unbounded();
    let runner = Arc::new(Runner {
        command: config.command,
        route,
        tag: config.output.tag,
        escape_tags: config.output.escape_tags,
        executor,
        sink: sink.sender(),
        news,
        retry: config.failure.retry.clone(),
        backoff: config.failure.backoff.clone(),
        keep_commands: books.keeps_joblog(),
        clock: Arc::clone(&clock),
        timeout_us: AtomicU64::new(books.timeout_us()),
        total: AtomicU64::new(u64::MAX),
    });
    let (decisions, from_policy) = unbounded();
    let pool = start_pool(config.workers, &runner, decisions)?;
    let ledger = Ledger::new(
        bounds(pool.config().max, config.output.order),
        Retries::new(config.failure.retry.clone(), seed(&clock)),
        Retries::new(backoff_rule(config.failure.retry), seed(&clock) ^ 1),
        HaltState::new(config.failure.halt),
    );
    let tick = Some(Duration::from_secs(1));
    let seeing = Seeing::new(config.output.order, pool.config().max, sink.sender().view_period(), tick, books.keeps_joblog());
    let ears = Ears {
        input: reader::start(config.reader, needs_total).map_err(|e| failed("cannot start a thread", &e))?,
        news: from_workers,
        sink: from_sink,
        decisions: from_policy,
        signals,
    };
    let conductor = Conductor::new(pool, Arc::clone(&runner), ledger, books, seeing);
    let (mut outcome, pool, mut books, seeing) = conductor.run(&ears);

    let report = pool.shutdown(false);
    summarise(&outcome, &books, &seeing, &sink, config.output.explain, &report.metrics);
    let written = sink.finish();
    if written.broken && outcome.broken.is_none() {
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
) -> Result<(), StartFailed> {
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
    first_error.map_or(Ok(()), |error| Err(StartFailed(error)))
}

fn start_pool(
    workers: config::Workers,
    runner: &Arc<Runner>,
    decisions: crossbeam_channel::Sender<crate::pool::DecisionRecord>,
) -> Result<AdaptivePool, StartFailed> {
    let config = PoolConfig {
        min: workers.min,
        max: workers.max,
        initial: workers.initial,
        queue: workers.max as usize + 2 * QUEUED_JOBS,
        stack_size: Some(WORKER_STACK),
        cores: Some(workers.cores),
        thread_name: "worker".to_owned(),
        policy: workers.policy,
        ..PoolConfig::default()
    };
    let sensor = MachineSensor::with_tasks(Box::new(sources::RunningJobs::new(Arc::clone(runner))));
    let advised = Arc::clone(runner);
    let hooks = Hooks {
        guards: workers.guards,
        sensor: (runner.command.mode == Mode::Run).then(|| Box::new(sensor) as Box<dyn crate::policy::Sensor>),
        observer: Some(Box::new(move |record| {
            // The conductor listens until the pool is gone.
            let _ = decisions.send(record.clone());
        })),
        advice: Some(Box::new(move |advice| match advice {
            // A job that has ended meanwhile is no loss.
            crate::pool::Advice::Suspend(id) => drop(advised.executor.suspend(id)),
            crate::pool::Advice::Resume(id) => drop(advised.executor.resume(id)),
        })),
        clock: Some(Arc::clone(&runner.clock)),
        ..Hooks::default()
    };
    AdaptivePool::with(config, hooks).map_err(|e| StartFailed(format!("cannot start the workers: {e}")))
}

fn bounds(max: u32, order: Order) -> Bounds {
    Bounds {
        jobs_max: max as usize + QUEUED_JOBS,
        bytes_max: QUEUED_BYTES_MAX,
        window: (order == Order::Input).then_some(WINDOW.max(2 * u64::from(max))),
    }
}

/// A rejected job comes again, with or without `--retries`, but not for ever.
fn backoff_rule(retry: RetryRule) -> RetryRule {
    const ATTEMPTS: u32 = 10;
    let attempts = if retry.attempts == 0 { 0 } else { retry.attempts.max(ATTEMPTS) };
    RetryRule { attempts, delay: BACKOFF_DELAY, cap: BACKOFF_DELAY_MAX, ..retry }
}

fn seed(clock: &RunClock) -> u64 {
    clock.began_unix().as_nanos() as u64 ^ (u64::from(std::process::id()) << 32)
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
        to.line(format!("apool: {} recorded jobs were run again: their input or command has changed", books.changed()));
    }
    if explain {
        to.line(format!("apool: workers {}", seeing.explain(metrics.limit)));
    }
    let quiet = matches!(outcome.stopped, Some(Cause::Output | Cause::NoCommand(_))) || outcome.broken.is_some();
    if totals.failed > 0 && !quiet {
        seeing.failures(totals, books.failures(), &to);
    }
    let undone = totals.killed + totals.not_started;
    if undone > 0 && !quiet {
        to.line(format!("apool: stopped: {} killed, {} read and not started", totals.killed, totals.not_started));
    }
}
