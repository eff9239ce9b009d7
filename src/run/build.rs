//! The parts of a run, made from its configuration: sink, executor, pool, ledger. Each is put together here and used
//! elsewhere.

use crate::exec::{ExecConfig, Executor, TermSeq};
use crate::run::config::{self, Mode, Route};
use crate::run::failed;
use crate::run::halt::HaltState;
use crate::run::ledger::{Bounds, Ledger};
use crate::run::no_thread;
use crate::run::records::RunRecords;
use crate::run::records::output_files::OutputFiles;
use crate::run::retry::{Retries, RetryRule};
use crate::run::worker::WorkerContext;
use crate::run::worker::task_source::{JobProcesses, LateSensor};
use crate::sink::{Grouping, Order, Output, Sink, SinkConfig, SinkEvent};
use crate::sys::fault;
use adaptive_pool::policy::{PolicyConfig, Sensor};
use adaptive_pool::pool::{AdaptivePool, Advice, DecisionRecord, Hooks, PoolConfig, StartError};
use adaptive_pool::time::RunClock;
use anyhow::anyhow;
use crossbeam_channel::{Receiver, unbounded};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Jobs that may be ahead of the first one not printed, with `-k`: bounds what is held back. With an order beside it, at least
/// as many as are ordered among themselves, or the first one printed might never start.
pub const WINDOW: usize = 4096;
/// Bytes of arguments in the pool, unless the workers need more to be busy.
const QUEUED_BYTES_MAX: usize = 512 << 10;
/// Jobs waiting in the pool, beyond the hard limit.
const QUEUED_JOBS: usize = 512;
/// A rejected job (`--backoff-on`) comes again after this, doubling.
const BACKOFF_DELAY: Duration = Duration::from_secs(1);
const BACKOFF_DELAY_MAX: Duration = Duration::from_mins(1);
/// How long a worker may idle before its thread ends.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// The stack of a worker: it holds a few buffers and the poll set.
const WORKER_STACK: usize = 128 * 1024;

/// The thread that writes, and its news.
pub fn sink(
    output: &config::Output,
    report_emitted: bool,
    clock: &Arc<RunClock>,
) -> anyhow::Result<(Sink, Receiver<SinkEvent>)> {
    let (events, from_sink) = unbounded();
    let config = SinkConfig {
        clock: Arc::clone(clock),
        stdout: Output::stdout().map_err(|e| failed("cannot write the output", &e))?,
        stderr: Output::stderr().map_err(|e| failed("cannot write to standard error", &e))?,
        order: output.order,
        grouping: if output.route == Route::Sink(Grouping::Line) { Grouping::Line } else { Grouping::Job },
        first: crate::job::Seq(1),
        report_emitted,
        progress: output.progress,
        spill_directory: output.tmpdir.clone(),
    };
    let sink = Sink::start(config, events).map_err(|e| no_thread(&e))?;
    Ok((sink, from_sink))
}

/// What runs processes.
pub fn executor(
    processes: config::Processes,
    termseq: TermSeq,
    tmpdir: &Path,
    clock: &Arc<RunClock>,
) -> anyhow::Result<Executor> {
    Executor::new(ExecConfig {
        path: processes.path,
        ignore: processes.ignored,
        descriptors: processes.descriptors,
        nice: processes.nice,
        termseq,
        spill_directory: tmpdir.to_owned(),
        watch_terminal: processes.watch_terminal,
        guard: processes.guard,
        ..ExecConfig::new(Arc::clone(clock))
    })
    .map_err(|e| failed("cannot prepare to start processes", &e))
}

/// The files that keep the output of jobs, if any.
pub fn output_files(
    output: &mut config::Output,
    records: &RunRecords,
) -> anyhow::Result<Option<OutputFiles>> {
    let Some(keep) = output.keep.take() else { return Ok(None) };
    OutputFiles::open(keep, &output.tmpdir, records.recorded()).map(Some).map_err(anyhow::Error::msg)
}

/// The pool, and its decisions.
pub fn pool(
    workers: config::Workers,
    worker: &Arc<WorkerContext>,
) -> anyhow::Result<(AdaptivePool, Receiver<DecisionRecord>)> {
    let (decisions, from_policy) = unbounded();
    // What is only printed gains nothing from more workers than there are cores, and each costs memory.
    let most = match worker.command.mode {
        Mode::Run => workers.max,
        Mode::Print => workers.max.min((workers.cores as u32).max(1)),
    };
    let config = PoolConfig {
        min: workers.min.min(most),
        max: most,
        initial: workers.initial.map(|initial| initial.min(most)),
        queue: workers.max as usize + 2 * QUEUED_JOBS,
        stack_size: Some(WORKER_STACK),
        cores: Some(workers.cores),
        thread_name: "worker".to_owned(),
        policy: workers.policy,
        keep_alive: KEEP_ALIVE,
    };
    let sensor = (worker.command.mode == Mode::Run)
        .then(|| Box::new(LateSensor::new(JobProcesses::new(Arc::clone(worker)))) as Box<dyn Sensor>);
    let advised = Arc::clone(worker);
    let hooks = Hooks {
        guards: workers.guards,
        sensor,
        observer: Some(Box::new(move |record| {
            // The conductor listens until the pool is gone.
            let _ = decisions.send(record.clone());
        })),
        // A job that has ended meanwhile is no loss.
        advice: Some(Box::new(move |advice| match advice {
            Advice::Suspend(id) => drop(advised.executor.suspend(id)),
            Advice::Resume(id) => drop(advised.executor.resume(id)),
        })),
        clock: Some(Arc::clone(&worker.clock)),
        spawn: Some(Box::new(fault::spawn)),
        ..Hooks::default()
    };
    let pool = AdaptivePool::with(config, hooks);
    let pool = pool.map_err(|e| match e {
        StartError::Thread(e) => no_thread(&e),
        e => anyhow!("cannot start the workers: {e}"),
    })?;
    Ok((pool, from_policy))
}

/// The state of every job.
pub fn ledger(
    failure: &config::Failure,
    workers: &config::Workers,
    order: Order,
    clock: &RunClock,
) -> Ledger {
    let max = workers.max;
    let busy = match workers.policy {
        PolicyConfig::Fixed(_) => max,
        _ => (2.0 * workers.cores) as u32,
    };
    let bounds = Bounds {
        jobs_max: max as usize + QUEUED_JOBS,
        jobs_min: busy.clamp(workers.min, max) as usize,
        bytes_max: QUEUED_BYTES_MAX,
        window: (order == Order::Input).then_some(WINDOW.max(2 * max as usize)),
    };
    let seed = clock.began_unix().as_nanos() as u64 ^ (u64::from(std::process::id()) << 32);
    let retry = failure.retry.clone();
    let backoff = Retries::new(backoff_rule(&retry), seed ^ 1);
    Ledger::new(bounds, Retries::new(retry, seed), backoff, HaltState::new(failure.halt))
}

/// A rejected job comes again, with or without `--retries`, but not for ever.
fn backoff_rule(retry: &RetryRule) -> RetryRule {
    const ATTEMPTS: u32 = 10;
    let attempts = if retry.attempts == 0 { 0 } else { retry.attempts.max(ATTEMPTS) };
    let on = crate::run::retry::StatusSet::FAILURES;
    RetryRule { attempts, delay: BACKOFF_DELAY, cap: BACKOFF_DELAY_MAX, on }
}
