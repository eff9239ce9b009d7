//! Builds a run from its configuration: the threads, the channels and the parts that the conductor uses.

use crate::exec::{ExecConfig, Executor, TermSeq};
use crate::input::Reader;
use crate::run::conductor::Conductor;
use crate::run::config::{self, CommandMode, Config, Route};
use crate::run::error::{failed, no_thread};
use crate::run::events::EventSources;
use crate::run::events::job_pool::JobPoolGuard;
use crate::run::events::periodic::PeriodicTasks;
use crate::run::events::signals::SignalThread;
use crate::run::finish::Finish;
use crate::run::halt::HaltState;
use crate::run::identity::identity;
use crate::run::input::message::InputMessage;
use crate::run::input::order::OrderBy;
use crate::run::input::reader::{self, CommandOf, StartOrder};
use crate::run::input::stream::{self, BlockStore, Identify, StreamConfig};
use crate::run::input::survey;
use crate::run::ledger::{Bounds, Ledger};
use crate::run::output_order::OutputOrder;
use crate::run::parts::Parts;
use crate::run::records::RunRecords;
use crate::run::records::config::RecordsConfig;
use crate::run::records::output_files::{OutputFiles, OutputFilesConfig};
use crate::run::records::resume::Retry;
use crate::run::report::Reporter;
use crate::run::report::failures::{FailureLines, Form};
use crate::run::report::summary::Contents;
use crate::run::retry::{Retries, RetryRules};
use crate::run::timeout::Timeouts;
use crate::run::worker::context::{SharedNumber, WorkerContext};
use crate::run::worker::running_jobs::RunningJobs;
use crate::run::worker::start_gate::StartGate;
use crate::run::worker::task_source::{JobProcesses, LateSensor};
use crate::sink::{Grouping, Order, Output, Progress, Sink, SinkConfig, SinkEvent};
use crate::sys::fault;
use crate::template::Pattern;
use adaptive_pool::policy::{PolicyConfig, Sensor};
use adaptive_pool::pool::{AdaptivePool, Advice, DecisionRecord, Hooks, PoolConfig, StartError};
use adaptive_pool::time::RunClock;
use anyhow::anyhow;
use crossbeam_channel::{Receiver, unbounded};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// With `-k`, the jobs that may be ahead of the first one that is not printed; it bounds the outputs that are held
/// back. With `--order` it is also the number of jobs that are ordered among themselves, or the first job to print
/// might never start.
const WINDOW: usize = 4096;
/// The most bytes of arguments in the pool, unless the workers need more jobs.
const QUEUED_BYTES_MAX: usize = 512 << 10;
/// The jobs that wait in the pool, beyond the hard limit.
const QUEUED_JOBS: usize = 512;
/// The idle time after which a worker thread ends.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// The stack of a worker: it holds a few buffers and the poll set.
const WORKER_STACK: usize = 128 * 1024;
/// The interval at which the records are synced.
const TICK: Duration = Duration::from_secs(1);

/// Starts all threads of a run. No job starts before the conductor runs.
pub fn build(config: Config) -> anyhow::Result<(Conductor, EventSources, Finish)> {
    let clock = Arc::new(RunClock::new());
    let signals = signals(&config.processes)?;
    let needs_total = needs_total(&config);
    let Config { mut output, failure, command, mut workers, machine, .. } = config;
    let executor = executor(config.processes, failure.termseq.clone(), &output.tmpdir, &clock)?;
    let mut records = records(config.records, config.settings, &clock)?;
    let timeouts = Timeouts::new(failure.timeout);
    let ledger = ledger(&failure, &workers, output.order, &clock);
    let output_files = output_files(&mut output, &records)?;
    let retry = records.take_retry();
    let keep_order = output.order == Order::Input;
    let awaits_emission = records.keeps_joblog() || keep_order;
    let (sink, from_sink) = sink(&output, awaits_emission, &clock, &mut records)?;
    let blocks = config.stream.as_ref().map(|stream| block_store(stream, &output.tmpdir, &records));
    let (finished, from_workers) = unbounded();
    let view = sink.sender().view_period();
    let contents = Contents { failures: output.summary, explain: output.explain, ending: output.ending };
    let (progress, github) = (output.progress, output.github.take());
    let failures = failure_lines(progress, github.is_some(), output.name);
    if failures.is_some() {
        records.report_failures();
    }
    let plain_output = output.order == Order::Finished && view.is_none();
    let worker = Arc::new(WorkerContext {
        command,
        route: output.route,
        tag: output.tag,
        escape_tags: output.escape_tags,
        executor,
        sink: sink.sender(),
        finished,
        gate: StartGate::default(),
        running: RunningJobs::new(view.is_some() || contents.ending),
        halt: failure.halt,
        retry: RetryRules::new(failure.retry, failure.backoff),
        output_files,
        blocks,
        placing: machine.placing,
        awaits_emission,
        groups: github.as_ref().is_some_and(|github| github.groups),
        keep_commands: records.keeps_commands(),
        keeps_table: records.keeps_table(),
        keep_tails: records.exports().lists_jobs(),
        verbatim: retry.is_some(),
        clock,
        timeout_us: SharedNumber::new(timeouts.current_us()),
        total: SharedNumber::new(None),
    });
    let output_order = OutputOrder::new(keep_order, config.order.is_some(), sink.sender());
    // {##} and a joblog as the input give the total first.
    let survey = config.survey.filter(|_| view.is_some() && !needs_total && retry.is_none());
    let surveyed = survey::start(survey);
    let mut reader = config.reader;
    records.seed().into_iter().for_each(|seed| reader.set_seed(seed));
    // The first job waits for the reader, so it starts before the workers.
    let start_order = config.order.map(|by| start_order(by, keep_order, &worker));
    let input =
        input(reader, start_order, config.stream, retry, needs_total, &worker).map_err(|e| no_thread(&e))?;
    if let Some(job_pool) = machine.job_pool {
        job_pool.start().map_err(|e| no_thread(&e))?;
        workers.guards.push(Box::new(JobPoolGuard(job_pool)));
    }
    let (pool, from_policy) = pool(workers, &worker)?;
    let tick = records.tick_interval(TICK);
    let reporter = Reporter::new(pool.config().max, view, tick, progress, surveyed, failures);
    let env = Arc::clone(&worker.command.env);
    let periodic = PeriodicTasks::start(machine.memsuspend, machine.limit, machine.jobs_file, &env)?;
    let sources =
        EventSources { input, finished: from_workers, sink: from_sink, decisions: from_policy, signals };
    let finish = Finish { sink, worker: Arc::clone(&worker), contents, github, plain_output };
    let parts = Parts { pool, worker, ledger, records, reporter, periodic, output_order, timeouts };
    Ok((Conductor::new(parts), sources, finish))
}

/// Opens the files that the run writes.
fn records(
    config: RecordsConfig,
    settings: BTreeMap<String, serde_json::Value>,
    clock: &RunClock,
) -> anyhow::Result<RunRecords> {
    RunRecords::open(config, settings, clock).map_err(anyhow::Error::msg)
}

/// The lines about failures while the run goes on.
fn failure_lines(progress: Progress, github: bool, name: &'static str) -> Option<FailureLines> {
    match progress {
        Progress::Bar { .. } => Some(FailureLines::new(Form::Message(name))),
        Progress::Plain { .. } if github => Some(FailureLines::new(Form::GitHub)),
        Progress::None | Progress::Plain { .. } | Progress::Json { .. } => None,
    }
}

fn signals(processes: &config::Processes) -> anyhow::Result<SignalThread> {
    SignalThread::start(processes.ignored).map_err(|e| match e.kind() {
        ErrorKind::WouldBlock => no_thread(&e),
        _ => failed("cannot listen to signals", &e),
    })
}

/// True when a pattern contains the number of jobs.
fn needs_total(config: &Config) -> bool {
    config.command.template.needs_total()
        || config.output.tag.as_ref().is_some_and(Pattern::needs_total)
        || config.output.keep.as_ref().is_some_and(OutputFilesConfig::needs_total)
}

/// The blocks of `--pipe`. They are identified when a joblog is written.
fn block_store(stream: &StreamConfig, tmpdir: &Path, records: &RunRecords) -> Arc<BlockStore> {
    let identify = if records.keeps_joblog() { Identify::Yes(records.recorded()) } else { Identify::No };
    Arc::new(BlockStore::new(stream.delivery, tmpdir, identify))
}

fn start_order(by: OrderBy, keep_order: bool, worker: &Arc<WorkerContext>) -> StartOrder {
    let worker = Arc::clone(worker);
    let command: CommandOf = Box::new(move |job| identity(&worker.command.template, job, None));
    StartOrder { by, command, round: keep_order.then_some(WINDOW) }
}

/// Starts the thread that makes the jobs: from a joblog, from a stream, or from records.
fn input(
    reader: Reader,
    order: Option<StartOrder>,
    stream: Option<StreamConfig>,
    retry: Option<Retry>,
    needs_total: bool,
    worker: &Arc<WorkerContext>,
) -> io::Result<Receiver<InputMessage>> {
    match (retry, stream, &worker.blocks) {
        (Some(retry), ..) => reader::start_retry(retry),
        (_, Some(stream), Some(blocks)) => stream::start(stream, Arc::clone(blocks)),
        _ => reader::start(reader, needs_total, order),
    }
}

/// Starts the thread that writes, which prints the notes of the records. Returns the channel of its events as well.
fn sink(
    output: &config::Output,
    report_emitted: bool,
    clock: &Arc<RunClock>,
    records: &mut RunRecords,
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
        name: output.name,
        progress: output.progress,
        groups: output.github.as_ref().is_some_and(|github| github.groups),
        spill_directory: output.tmpdir.clone(),
    };
    let sink = Sink::start(config, events).map_err(|e| no_thread(&e))?;
    records.exports().take_notes().iter().for_each(|note| sink.sender().say(note));
    Ok((sink, from_sink))
}

/// The executor of the processes.
fn executor(
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
        terminal: processes.terminal,
        guard: processes.guard,
        ..ExecConfig::new(Arc::clone(clock))
    })
    .map_err(|e| failed("cannot prepare to start processes", &e))
}

/// The files that keep the output of jobs.
fn output_files(output: &mut config::Output, records: &RunRecords) -> anyhow::Result<Option<OutputFiles>> {
    let Some(keep) = output.keep.take() else { return Ok(None) };
    OutputFiles::open(keep, &output.tmpdir, records.recorded()).map(Some).map_err(anyhow::Error::msg)
}

/// Starts the pool. Returns the channel of its decisions as well.
fn pool(
    workers: config::Workers,
    worker: &Arc<WorkerContext>,
) -> anyhow::Result<(AdaptivePool, Receiver<DecisionRecord>)> {
    let (decisions, from_policy) = unbounded();
    // Printing commands (--dry-run) needs no more workers than cores, and each worker costs memory.
    let most = match worker.command.mode {
        CommandMode::Run => workers.max,
        CommandMode::Print | CommandMode::PrintQuoted => workers.max.min((workers.cores as u32).max(1)),
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
    let sensor = (worker.command.mode == CommandMode::Run)
        .then(|| Box::new(LateSensor::new(JobProcesses::new(Arc::clone(worker)))) as Box<dyn Sensor>);
    let advised = Arc::clone(worker);
    let hooks = Hooks {
        guards: workers.guards,
        sensor,
        observer: Some(Box::new(move |record| {
            // The conductor receives until the pool has ended.
            let _ = decisions.send(record.clone());
        })),
        // The executor ignores jobs that have ended meanwhile.
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
fn ledger(failure: &config::Failure, workers: &config::Workers, order: Order, clock: &RunClock) -> Ledger {
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
    let retries = Retries::new(RetryRules::new(failure.retry.clone(), failure.backoff.clone()), seed);
    Ledger::new(bounds, retries, HaltState::new(failure.halt))
}
