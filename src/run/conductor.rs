//! The loop of the main thread: it receives every event, gives it to the [`ledger`](crate::run::ledger) and performs
//! the actions that follow.
//!
//! It waits for events only. It receives input only while the ledger has room, which slows the reading thread down. It
//! writes no output and starts no process.

use crate::exec::StopReason;
use crate::job::{Job, Seq};
use crate::run::events::EventSources;
use crate::run::events::periodic::{self, PeriodicAction};
use crate::run::events::signal_events::{SignalEvent, signal_event};
use crate::run::events::signals::SignalThread;
use crate::run::events::suspend::suspend_run;
use crate::run::input::job_input::JobInput;
use crate::run::input::message::InputMessage;
use crate::run::ledger::{Action, AttemptEnd, Cause, Event, NotRun};
use crate::run::outcome::RunOutcome;
use crate::run::parts::{EndedRun, Parts};
use crate::run::report::live::{Moment, activity};
use crate::run::worker::attempt_finished::{AttemptFinished, PendingOutput};
use crate::run::worker::task::Task;
use crate::sink::{SinkEvent, SinkSender};
use crate::sys::errno;
use adaptive_pool::pool::DecisionRecord;
use adaptive_pool::time::{RunClock, Time};
use crossbeam_channel::{never, select_biased};
use std::collections::HashMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

/// The state of the loop.
pub struct Conductor {
    parts: Parts,
    sink: SinkSender,
    clock: Arc<RunClock>,
    /// The outputs of attempts that may be followed by another.
    pending_output: HashMap<Seq, PendingOutput>,
    broken: Option<ErrorKind>,
    trouble: bool,
    /// The number of signals that asked the run to end.
    interrupts: u32,
    /// The bounds of the pool.
    max: u32,
    min: u32,
    /// A buffer for the actions of the ledger.
    actions: Vec<Action>,
    periodic_due: Time,
    /// When results were last received.
    last_results: Time,
}

/// The longest sleep of the loop. Syncs, views and late timeouts are due meanwhile.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// The pause between two receptions of results while the pool has [`PLENTY`] of jobs.
const PAUSE: Duration = Duration::from_millis(1);
/// This many jobs in the pool keep the workers busy for longer than [`PAUSE`].
const PLENTY: usize = 512;

impl Conductor {
    /// A run that has read nothing yet.
    pub fn new(parts: Parts) -> Conductor {
        let (max, min) = (parts.pool.config().max, parts.pool.config().min);
        Conductor {
            sink: parts.worker.sink.clone(),
            clock: Arc::clone(&parts.worker.clock),
            parts,
            pending_output: HashMap::new(),
            broken: None,
            trouble: false,
            interrupts: 0,
            max,
            min,
            actions: Vec::new(),
            periodic_due: Time::ZERO,
            last_results: Time::ZERO,
        }
    }

    /// Runs until every job is over.
    pub fn run(mut self, sources: &EventSources) -> EndedRun {
        let (no_input, none_finished) = (never(), never());
        while !self.parts.ledger.finished() {
            let input = if self.parts.ledger.wants_input() { &sources.input } else { &no_input };
            let pause = self.pause();
            let finished = if pause.is_zero() { &sources.finished } else { &none_finished };
            select_biased! {
                recv(sources.signals.received) -> signal => if let Ok(signal) = signal { self.signal(signal, &sources.signals) },
                recv(finished) -> finished => if let Ok(finished) = finished { self.attempt_finished(finished) },
                recv(sources.sink) -> event => if let Ok(event) = event {
                    // A worker sends the end of a job before its output, so it is received first here too.
                    self.drain_finished(sources);
                    self.sink_event(event);
                },
                recv(sources.decisions) -> record => if let Ok(record) = record { self.decided(&record) },
                recv(input) -> message => match message {
                    Ok(message) => self.read(message),
                    Err(_) => self.trouble("internal error: the reading thread has gone", Cause::Input),
                },
                default(if pause.is_zero() { self.sleep() } else { pause }) => self.apply_event(Event::Clock),
            }
            // Many results come at once. To receive all of them now saves wake-ups.
            self.drain_finished(sources);
            self.housekeeping();
        }
        self.parts.worker.executor.dismiss_guardian();
        while let Ok(record) = sources.decisions.try_recv() {
            self.decided(&record);
        }
        let outcome = RunOutcome {
            totals: self.parts.ledger.totals(),
            stopped: self.parts.ledger.stopped(),
            broken: self.broken,
            trouble: self.trouble || self.parts.records.exports().have_failed(),
        };
        let Parts { pool, records, reporter, .. } = self.parts;
        EndedRun { outcome, pool, records, reporter }
    }

    fn drain_finished(&mut self, sources: &EventSources) {
        while let Ok(finished) = sources.finished.try_recv() {
            self.attempt_finished(finished);
            self.last_results = self.clock.now();
        }
    }

    /// How long to receive no results. While the workers have plenty of jobs nothing waits for this thread, and its
    /// wake-ups for thousands of short jobs a second would take CPU time from them.
    fn pause(&self) -> Duration {
        if self.parts.ledger.in_pool() < PLENTY || self.parts.ledger.stopped().is_some() {
            return Duration::ZERO;
        }
        (self.last_results + PAUSE).since(self.clock.now())
    }

    fn sleep(&self) -> Duration {
        let now = self.clock.now();
        let next = self.parts.ledger.wakes_at().map_or(SLEEP_MAX, |at| at.since(now));
        next.min(self.parts.reporter.due_in(now)).min(SLEEP_MAX)
    }

    /// Gives the ledger an event and performs its actions.
    fn apply_event(&mut self, event: Event) {
        let mut actions = std::mem::take(&mut self.actions);
        self.parts.ledger.handle(self.clock.now(), event, &mut actions);
        for action in actions.drain(..) {
            self.perform(action);
        }
        self.actions = actions;
    }

    fn perform(&mut self, action: Action) {
        let worker = &self.parts.worker;
        match action {
            Action::Start { job, attempt } => {
                let task = Task::new(Arc::clone(worker), Arc::clone(&job), attempt);
                // A closed pool drops the task, which then reports that it never ran.
                let _ = self.parts.pool.run(move |context| task.run(context), job.priority);
            }
            Action::Print(seq) => {
                if let Some(PendingOutput { tag, head, out, err }) = self.pending_output.remove(&seq) {
                    self.sink.done_without_permit(seq, tag, head, out, err);
                }
            }
            // The facts of the attempt stay in the records. They are recorded if the run stops before the next attempt.
            Action::DiscardOutput(seq) => drop(self.pending_output.remove(&seq)),
            Action::SkipOutput(seq) => self.parts.output_order.skip(seq),
            Action::Record(seq) => {
                if let Err(error) = self.parts.records.record(seq, &self.clock) {
                    let why = errno::words(&error);
                    self.trouble(&format!("cannot write the joblog: {why}"), Cause::Log);
                }
                if let Some(failed) = self.parts.records.take_new_failure() {
                    self.parts.reporter.job_failed(self.clock.now(), &failed, &self.sink);
                }
            }
            Action::NotRun { job, why } => {
                self.parts.records.not_run(job.seq, || worker.identity(&job), why);
            }
            Action::DropQueued => {
                worker.gate.shut();
                self.parts.pool.drop_queued();
                self.parts.output_order.skip_unstarted(self.parts.ledger.in_flight());
            }
            Action::EndAll => worker.executor.stop(match self.parts.ledger.stopped() {
                Some(Cause::Signal(signal)) => StopReason::Interrupted(signal),
                Some(Cause::Output) => StopReason::OutputGone,
                _ => StopReason::Halted,
            }),
        }
    }

    /// An error that makes the whole run fail. Only the first one is printed.
    fn trouble(&mut self, message: &str, cause: Cause) {
        if !self.trouble {
            self.print(message);
        }
        self.trouble = true;
        self.apply_event(Event::Stop(cause));
    }

    /// Prints the errors of the files for other programs. The run goes on without these files.
    fn print_export_errors(&mut self) {
        for error in self.parts.records.exports().take_errors() {
            self.print(&error);
        }
    }

    fn print(&self, message: &str) {
        self.sink.say(message);
    }

    fn signal(&mut self, signal: i32, signals: &SignalThread) {
        match signal_event(signal, self.interrupts) {
            SignalEvent::Suspend => {
                let executor = &self.parts.worker.executor;
                for signal in suspend_run(&self.sink, executor, &self.clock, signals) {
                    self.signal(signal, signals);
                }
            }
            SignalEvent::Continued => {}
            SignalEvent::MoveMax(by) => self.set_max(self.max.saturating_add_signed(by)),
            SignalEvent::Stop(signal) => {
                self.interrupts += 1;
                self.apply_event(Event::Stop(Cause::Signal(signal)));
            }
            SignalEvent::Kill => {
                self.sink.discard();
                self.apply_event(Event::Abandon);
                self.parts.worker.executor.kill();
            }
        }
    }

    fn set_max(&mut self, max: u32) {
        self.max = max.max(1);
        self.min = self.min.min(self.max);
        self.parts.pool.set_bounds(self.min, self.max);
    }

    fn read(&mut self, message: InputMessage) {
        match message {
            InputMessage::Jobs(jobs) => jobs.into_iter().for_each(|job| self.read_job(job)),
            InputMessage::Total(total) => {
                self.parts.worker.total.set(Some(total));
                self.parts.reporter.total_is(total);
            }
            InputMessage::End => {
                self.apply_event(Event::InputEnded);
                self.parts.reporter.total_is(self.parts.ledger.totals().read);
                self.parts.pool.set_input_open(false);
            }
            InputMessage::Failed(error, unstarted) => {
                // The jobs that were read are complete. They run as if the input had ended here.
                self.print(&error.to_string());
                self.trouble = true;
                self.apply_event(Event::Unstarted(unstarted));
                self.apply_event(Event::InputEnded);
                self.parts.pool.set_input_open(false);
            }
        }
    }

    fn read_job(&mut self, job: Job) {
        self.parts.output_order.job_read(job.seq);
        let worker = &self.parts.worker;
        let input = || match &worker.blocks {
            Some(blocks) => blocks.identity(job.seq),
            None => Some(JobInput::Arguments),
        };
        if !self.parts.records.skips(job.seq, || (worker.identity(&job), input())) {
            return self.apply_event(Event::Read(job));
        }
        self.parts.records.not_run(job.seq, || worker.identity(&job), NotRun::Recorded);
        self.parts.output_order.skip(job.seq);
        if let Some(blocks) = &worker.blocks {
            blocks.remove(job.seq);
        }
        self.apply_event(Event::Skip(job.seq));
    }

    fn attempt_finished(&mut self, mut finished: AttemptFinished) {
        let AttemptFinished { seq, end, mut emitted, .. } = finished;
        if let Some(facts) = finished.facts.take() {
            self.parts.reporter.attempt_ended(end, facts.took);
            if end == AttemptEnd::Succeeded {
                self.parts.timeouts.job_succeeded(facts.took);
                self.parts.worker.timeout_us.set(self.parts.timeouts.current_us());
            }
            let may_run_again = self.parts.worker.retry.may_retry(facts.attempt, end);
            self.parts.records.attempt_ended(seq, end, facts, may_run_again);
        } else if finished.pending_output.is_none() && end != AttemptEnd::Refused {
            // A refused job keeps its place in the order, because it is started again.
            self.parts.output_order.skip(seq);
        }
        if let Some(message) = &finished.message
            && !(matches!(end, AttemptEnd::NoCommand(_)) && self.parts.ledger.stopped().is_some())
        {
            self.print(message);
        }
        if let Some(error) = &finished.save_error {
            // The run stops before the job is over, so that the job is not recorded.
            self.output_lost(error.error.kind(), &error.to_string());
            self.parts.output_order.skip(seq);
        }
        if let Some(output) = finished.pending_output {
            emitted = output.head.is_empty() && !self.sink.needs(&output.out, &output.err);
            if !emitted {
                self.pending_output.insert(seq, *output);
            }
        }
        self.apply_event(Event::Ended { seq, end, emitted });
        if finished.closes_gate {
            self.parts.worker.gate.judged();
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
            self.print(&format!("cannot write the output: {why}"));
        }
        self.broken.get_or_insert(kind);
        self.apply_event(Event::Stop(Cause::Output));
    }

    fn decided(&mut self, record: &DecisionRecord) {
        self.parts.reporter.decided(record);
        if let Err(error) = self.parts.records.decided(record, &self.clock) {
            self.trouble(&format!("cannot write the decision log: {}", errno::words(&error)), Cause::Log);
        }
    }

    fn housekeeping(&mut self) {
        let now = self.clock.now();
        if now >= self.periodic_due {
            self.periodic_due = now + periodic::INTERVAL;
            self.run_periodic_tasks(now);
        }
        if self.parts.reporter.due_in(now).is_zero() {
            let Parts { worker, ledger, records, reporter, pool, .. } = &mut self.parts;
            let (totals, metrics) = (ledger.totals(), pool.metrics());
            let (template, total) = (&worker.command.template, worker.total.get());
            let oldest = worker.running.oldest(self.sink.view_jobs(), template, total, now);
            let activity = activity(ledger, &metrics, || worker.executor.first_signal());
            let unix = self.clock.unix(now);
            let moment =
                Moment { totals: &totals, metrics: &metrics, activity, oldest, unix, is_last: false };
            reporter.show(now, moment, &self.sink);
            if let Err(error) = records.tick(now, &totals, &metrics, &self.clock) {
                self.trouble(&error, Cause::Log);
            }
        }
        self.parts.records.exports().flush();
        self.print_export_errors();
    }

    fn run_periodic_tasks(&mut self, now: Time) {
        let Parts { worker, periodic, timeouts, .. } = &mut self.parts;
        // Orphans that the kernel assigned to this process are children of this thread.
        worker.executor.reap_adopted();
        let late_timeout = timeouts.current().filter(|_| timeouts.learns());
        let facts = periodic.sample(now, late_timeout, || {
            let mut live = Vec::new();
            worker.executor.live(&mut |job| live.push(job));
            live
        });
        for action in periodic::due(now, &facts) {
            self.perform_periodic(action);
        }
    }

    fn perform_periodic(&mut self, action: PeriodicAction) {
        let executor = &self.parts.worker.executor;
        // The executor ignores jobs that have ended meanwhile.
        match action {
            PeriodicAction::TimeOut(id) => drop(executor.time_out(id)),
            PeriodicAction::Suspend(id) => drop(executor.suspend(id)),
            PeriodicAction::Resume(id) => drop(executor.resume(id)),
            PeriodicAction::StopYoungest(id) => drop(executor.stop_one(id, &StopReason::MemoryShort)),
            PeriodicAction::LimitFailed(status) => {
                let not_found = status == 127;
                let why = if not_found { "the command is not found" } else { "the command cannot be run" };
                self.trouble(&format!("--limit: {why} (status {status})"), Cause::Input);
            }
            PeriodicAction::SetMax(max) => self.set_max(max),
        }
    }
}
