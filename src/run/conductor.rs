//! The main thread's loop: hears of everything, asks the [`Ledger`] what follows, and does it.
//!
//! It never waits for anything but news. The reading thread is listened to only while the ledger has room: that is the
//! backpressure. It writes no output and starts no process itself.

use crate::exec::StopReason;
use crate::job::{Job, Seq};
use crate::run::Outcome;
use crate::run::events::EventSources;
use crate::run::events::periodic::PeriodicTasks;
use crate::run::identity::identity;
use crate::run::input::given::Given;
use crate::run::input::reader::Input;
use crate::run::ledger::{Action, AttemptEnd, Cause, Event, Ledger};
use crate::run::records::RunRecords;
use crate::run::report::Reporter;
use crate::run::worker::WorkerContext;
use crate::run::worker::attempt_finished::{AttemptFinished, PendingOutput};
use crate::run::worker::task::Task;
use crate::sink::{SinkEvent, SinkSender};
use crate::sys::errno;
use adaptive_pool::pool::{AdaptivePool, DecisionRecord};
use adaptive_pool::time::{RunClock, Time};
use crossbeam_channel::{never, select_biased};
use std::collections::HashMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The state of the loop.
pub struct Conductor {
    pub(in crate::run) pool: AdaptivePool,
    pub(in crate::run) worker: Arc<WorkerContext>,
    pub(in crate::run) ledger: Ledger,
    pub(in crate::run) records: RunRecords,
    pub(in crate::run) reporter: Reporter,
    pub(in crate::run) sink: SinkSender,
    pub(in crate::run) clock: Arc<RunClock>,
    /// Outputs of attempts that were not known to be the last.
    pending_output: HashMap<Seq, PendingOutput>,
    keep_order: bool,
    /// The number that the next job has when none is missing; none where jobs come in another order (`--order`).
    next: Option<Seq>,
    broken: Option<ErrorKind>,
    trouble: bool,
    /// Signals that asked us to end, so far.
    pub(in crate::run) interrupts: u32,
    pub(in crate::run) max: u32,
    pub(in crate::run) min: u32,
    pub(in crate::run) periodic: PeriodicTasks,
    done: Vec<Action>,
    periodic_due: Time,
    pub(in crate::run) late_timeouts: bool,
    heard: Time,
}

/// How often the loop wakes when nothing happens, to see to syncs, views and late timeouts.
const IDLE: Duration = Duration::from_secs(1);
/// See [`Conductor::rest`].
const REST: Duration = Duration::from_millis(1);
/// So many jobs in the pool keep the workers busy for longer than [`REST`].
const PLENTY: usize = 512;
/// How often adopted orphans are reaped and late jobs are looked for.
const CHORES: Duration = Duration::from_millis(500);

impl Conductor {
    /// A run that has read nothing yet.
    pub fn new(
        pool: AdaptivePool,
        worker: Arc<WorkerContext>,
        ledger: Ledger,
        records: RunRecords,
        reporter: Reporter,
        periodic: PeriodicTasks,
        ordered: bool,
    ) -> Conductor {
        let (max, min) = (pool.config().max, pool.config().min);
        let late_timeouts = records.learns_timeouts();
        Conductor {
            sink: worker.sink.clone(),
            clock: Arc::clone(&worker.clock),
            keep_order: reporter.keep_order(),
            next: (!ordered).then_some(Seq(1)),
            pool,
            worker,
            ledger,
            records,
            reporter,
            pending_output: HashMap::new(),
            broken: None,
            trouble: false,
            interrupts: 0,
            max,
            min,
            periodic,
            done: Vec::new(),
            periodic_due: Time::ZERO,
            late_timeouts,
            heard: Time::ZERO,
        }
    }

    /// Runs to the end of everything that may still end.
    pub fn run(mut self, sources: &EventSources) -> (Outcome, AdaptivePool, RunRecords, Reporter) {
        let (no_input, none_finished) = (never(), never());
        while !self.ledger.finished() {
            let input = if self.ledger.wants_input() { &sources.input } else { &no_input };
            let rest = self.rest();
            let finished = if rest.is_zero() { &sources.finished } else { &none_finished };
            select_biased! {
                recv(sources.signals.received) -> signal => if let Ok(signal) = signal { self.signal(signal, &sources.signals) },
                recv(finished) -> finished => if let Ok(finished) = finished { self.attempt_finished(finished) },
                recv(sources.sink) -> event => if let Ok(event) = event {
                    // A worker tells of the end of a job before it sends its output: what the sink says comes after.
                    self.drain_finished(sources);
                    self.sink_event(event);
                },
                recv(sources.decisions) -> record => if let Ok(record) = record { self.decided(&record) },
                recv(input) -> batch => match batch {
                    Ok(input) => self.read(input),
                    Err(_) => self.trouble("internal error: the reading thread has gone", Cause::Input),
                },
                default(if rest.is_zero() { self.sleep() } else { rest }) => self.apply_event(Event::Clock),
            }
            // Results come in swarms: handling all of them before anything else saves wake-ups.
            self.drain_finished(sources);
            self.housekeeping();
        }
        self.worker.executor.dismiss_guardian();
        while let Ok(record) = sources.decisions.try_recv() {
            self.decided(&record);
        }
        let outcome = Outcome {
            totals: self.ledger.totals(),
            stopped: self.ledger.stopped(),
            broken: self.broken,
            trouble: self.trouble,
        };
        (outcome, self.pool, self.records, self.reporter)
    }

    fn drain_finished(&mut self, sources: &EventSources) {
        while let Ok(finished) = sources.finished.try_recv() {
            self.attempt_finished(finished);
            self.heard = self.clock.now();
        }
    }

    /// How long not to be woken by news. While the workers have plenty to do nothing waits for us, and waking this thread
    /// for each of thousands of short jobs a second would take time from them.
    fn rest(&self) -> Duration {
        if self.ledger.in_pool() < PLENTY || self.ledger.stopped().is_some() {
            return Duration::ZERO;
        }
        (self.heard + REST).since(self.clock.now())
    }

    fn sleep(&self) -> Duration {
        let now = self.clock.now();
        let next = self.ledger.wakes_at().map_or(IDLE, |at| at.since(now));
        next.min(self.reporter.due_in(now)).min(IDLE)
    }

    /// Gives the ledger an event and does what it says.
    pub(in crate::run) fn apply_event(&mut self, event: Event) {
        let mut actions = std::mem::take(&mut self.done);
        self.ledger.handle(self.clock.now(), event, &mut actions);
        for action in actions.drain(..) {
            self.act(action);
        }
        self.done = actions;
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Start { job, attempt } => {
                let task = Task::new(Arc::clone(&self.worker), Arc::clone(&job), attempt);
                // A closed pool drops the task, and the task tells.
                let _ = self.pool.run(move |context| task.run(context), job.priority);
            }
            Action::Print(seq) => {
                if let Some(PendingOutput { tag, head, out, err }) = self.pending_output.remove(&seq) {
                    self.sink.done_without_permit(seq, tag, head, out, err);
                }
            }
            // Its facts stay in the books: they are what the job is recorded with when the run stops before the next
            // attempt, whose facts take their place otherwise.
            Action::Forget(seq) => {
                self.pending_output.remove(&seq);
            }
            Action::PassOver(seq) => {
                if self.keep_order {
                    self.sink.skip(seq);
                }
            }
            Action::Record(seq) => self.record(seq),
            Action::DropQueued => {
                self.worker.gate.shut();
                self.pool.drop_queued();
                if self.keep_order && self.next.is_none() {
                    self.skip_what_never_starts();
                }
            }
            Action::EndAll => self.worker.executor.stop(match self.ledger.stopped() {
                Some(Cause::Signal(signal)) => StopReason::Interrupted(signal),
                Some(Cause::Output) => StopReason::OutputGone,
                _ => StopReason::Halted,
            }),
        }
    }

    fn record(&mut self, seq: Seq) {
        if let Err(error) = self.records.record(seq, &self.clock) {
            self.trouble(&format!("cannot write the joblog: {}", errno::words(&error)), Cause::Log);
        }
    }

    /// Something that makes the run fail as a whole. Said once.
    pub(in crate::run) fn trouble(&mut self, message: &str, cause: Cause) {
        if !self.trouble {
            self.say(message);
        }
        self.trouble = true;
        self.apply_event(Event::Stop(cause));
    }

    pub(in crate::run) fn say(&self, message: &str) {
        self.sink.line(format!("apool: {message}"));
    }

    fn read(&mut self, input: Input) {
        match input {
            Input::Jobs(jobs) => {
                for job in jobs {
                    self.read_job(job);
                }
            }
            Input::Total(total) => {
                self.worker.total.store(total, Ordering::Relaxed);
                self.reporter.total_is(total);
            }
            Input::End => {
                self.apply_event(Event::InputEnded);
                self.reporter.total_is(self.ledger.totals().read);
                self.pool.set_input_open(false);
            }
            Input::Failed(error, unstarted) => {
                // What was read is whole and runs on, as if the input had ended here.
                self.say(&error.to_string());
                self.trouble = true;
                self.apply_event(Event::Unstarted(unstarted));
                self.apply_event(Event::InputEnded);
                self.pool.set_input_open(false);
            }
        }
    }

    /// The run stops: of the jobs between those in flight nothing comes any more.
    fn skip_what_never_starts(&self) {
        let mut from = 1;
        for seq in self.ledger.in_flight() {
            if seq.0 > from {
                self.sink.skip_range(Seq(from), Seq(seq.0 - 1));
            }
            from = seq.0 + 1;
        }
    }

    fn read_job(&mut self, job: Job) {
        // Numbers are missing in what is run again from a joblog.
        if let Some(next) = &mut self.next {
            if self.keep_order && job.seq > *next {
                self.sink.skip_range(*next, Seq(job.seq.0 - 1));
            }
            *next = Seq(job.seq.0 + 1);
        }
        let total = Some(self.worker.total.load(Ordering::Relaxed)).filter(|&n| n != u64::MAX);
        let template = &self.worker.command.template;
        let given = || match &self.worker.stream {
            Some(stream) => stream.given(job.seq),
            None => Some(Given::Arguments),
        };
        if self.records.has_record_of(job.seq, || (identity(template, &job, total), given())) {
            if self.keep_order {
                self.sink.skip(job.seq);
            }
            if let Some(stream) = &self.worker.stream {
                stream.forget(job.seq);
            }
            self.apply_event(Event::Skip(job.seq));
        } else {
            self.apply_event(Event::Read(job));
        }
    }

    fn attempt_finished(&mut self, mut finished: AttemptFinished) {
        let seq = finished.seq;
        if let Some(detail) = finished.detail.take() {
            self.reporter.ended(finished.end);
            self.records.ended(seq, finished.end, detail);
            self.worker.timeout_us.store(self.records.timeout_us(), Ordering::Relaxed);
        } else if self.keep_order && finished.pending_output.is_none() && finished.end != AttemptEnd::Refused
        {
            // A refused job keeps its place: it comes again, and prints then.
            self.sink.skip(seq);
        }
        if let Some(message) = &finished.message
            && !(matches!(finished.end, AttemptEnd::NoCommand(_)) && self.ledger.stopped().is_some())
        {
            self.say(message);
        }
        if let Some(unkept) = &finished.lost {
            // Said and stopped before the job is over, so that it is not recorded.
            self.output_lost(unkept.error.kind(), &unkept.to_string());
            if self.keep_order {
                self.sink.skip(seq);
            }
        }
        let mut emitted = finished.emitted;
        if let Some(pending_output) = finished.pending_output {
            emitted =
                pending_output.head.is_empty() && !self.sink.needs(&pending_output.out, &pending_output.err);
            if !emitted {
                self.pending_output.insert(seq, *pending_output);
            }
        }
        self.apply_event(Event::Ended { seq, end: finished.end, emitted });
        if finished.asks {
            self.worker.gate.answer();
        }
    }

    fn sink_event(&mut self, event: SinkEvent) {
        match event {
            SinkEvent::Emitted(seqs) => {
                for seq in seqs {
                    self.apply_event(Event::Emitted(seq));
                }
            }
            SinkEvent::Broken { error, .. } => self.output_lost(error.kind(), &errno::words(&error)),
        }
    }

    fn output_lost(&mut self, kind: ErrorKind, why: &str) {
        if kind != ErrorKind::BrokenPipe && self.broken.is_none() {
            self.say(&format!("cannot write the output: {why}"));
        }
        self.broken.get_or_insert(kind);
        self.apply_event(Event::Stop(Cause::Output));
    }

    fn decided(&mut self, record: &DecisionRecord) {
        self.reporter.decided(record);
        if let Err(error) = self.records.decided(record, &self.clock) {
            self.trouble(&format!("cannot write the decision log: {}", errno::words(&error)), Cause::Log);
        }
    }

    fn housekeeping(&mut self) {
        let now = self.clock.now();
        if now >= self.periodic_due {
            self.periodic_due = now + CHORES;
            // Orphans of jobs became children of this thread when they were adopted.
            self.worker.executor.reap_adopted();
            self.run_periodic_tasks(now);
        }
        if self.reporter.due_in(now).is_zero() {
            let metrics = self.pool.metrics();
            self.reporter.show(now, &self.ledger.totals(), &metrics, self.worker.longest(now), &self.sink);
            if let Err(error) = self.records.tick(now, &self.ledger.totals(), &metrics, &self.clock) {
                self.trouble(&error, Cause::Log);
            }
        }
    }
}
