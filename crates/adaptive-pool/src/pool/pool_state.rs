//! The state of a pool as one pure state machine: the scheduler, the policy with its guards, and the counts.
//!
//! Each event brings its time and appends actions that the caller performs. There is no thread, no lock and no clock inside, so
//! a simulator can drive it. The pool calls it under one lock.
//!
//! No decision is made while no task runs or waits.

mod decision_timer;
mod events;
mod recorder;
mod running;
mod setup;
mod snapshot;

pub use self::setup::Setup;

use self::decision_timer::DecisionTimer;
use self::events::Events;
use self::recorder::Recorder;
use self::running::RunningTasks;
use super::account::{Account, Usage};
use super::hooks::{Advice, DecisionEvent, DecisionRecord, TaskReport};
use super::metrics::Metrics;
use super::policy_stack::{PolicyStack, StackDecision};
use super::report::Report;
use super::scheduler::{Action, Event, Scheduler};
use crate::policy::{Bounds, Observation, Reading, TaskEvent, TaskId, Verdict, Why};
use crate::task_order::{Priority, Slot};
use crate::time::Time;
use std::time::Duration;

/// The longest sensor period while a guard lets no task start.
const BLOCKED_PERIOD: Duration = Duration::from_millis(100);

/// The state of a pool.
pub struct PoolState<T> {
    scheduler: Scheduler<T>,
    policies: PolicyStack,
    account: Account,
    bounds: Bounds,
    cores: f64,
    input_open: bool,
    last_id: u64,
    running: RunningTasks,
    /// Starts and ends since the last decision.
    events: Events,
    timer: DecisionTimer,
    /// The limit was reached since the last decision.
    saturated: bool,
    recorder: Recorder,
    advice: Vec<Advice>,
    /// Threads to start.
    thread_requests: u32,
}

impl<T> PoolState<T> {
    /// The state of an idle pool.
    pub fn new(setup: Setup, now: Time) -> PoolState<T> {
        let mut policies = PolicyStack::new(setup.policy, setup.guards, setup.cores);
        let Bounds { min, max } = setup.bounds;
        let limit = setup.initial.unwrap_or_else(|| policies.initial(setup.bounds)).clamp(min, max);
        PoolState {
            scheduler: Scheduler::new(limit, setup.keep_alive),
            policies,
            account: Account::new(now, limit),
            bounds: setup.bounds,
            cores: setup.cores,
            input_open: true,
            last_id: 0,
            running: RunningTasks::default(),
            events: Events::default(),
            timer: DecisionTimer::new(now, setup.sensor),
            saturated: false,
            recorder: Recorder::new(setup.observed),
            advice: Vec::new(),
            thread_requests: 0,
        }
    }

    /// Counts one thread that was not requested. [`PoolState::thread_ready`] or [`PoolState::thread_refused`] will follow.
    pub fn expect_thread(&mut self) {
        self.scheduler.expect_thread();
    }

    /// The scheduler.
    pub fn scheduler(&self) -> &Scheduler<T> {
        &self.scheduler
    }

    /// Submits a task.
    ///
    /// # Errors
    ///
    /// The task itself when the pool is closed.
    pub fn submit(
        &mut self,
        now: Time,
        task: T,
        priority: Priority,
        out: &mut Vec<Action<T>>,
    ) -> Result<TaskId, T> {
        if self.scheduler.is_closed() {
            return Err(task);
        }
        if self.is_idle() {
            self.timer.work_arrived(now, self.policies.work_arrived(now));
        }
        self.last_id += 1;
        self.account.submitted += 1;
        let id = TaskId(self.last_id);
        self.step(now, Event::Submitted { id, task, priority }, out);
        Ok(id)
    }

    /// The task in `slot` ended.
    pub fn finished(
        &mut self,
        now: Time,
        slot: Slot,
        report: &TaskReport,
        panicked: bool,
        out: &mut Vec<Action<T>>,
    ) {
        let Some(took) = self.end_task(now, slot, report) else { return };
        self.account.finished(took, report, panicked);
        match report.verdict {
            Verdict::NotStarted => {
                self.timer.failure();
                self.refusal(now, self.scheduler.running() - 1, Event::NotStarted(slot), out);
            }
            Verdict::Failed | Verdict::KilledByKernel | Verdict::Backoff => {
                self.timer.failure();
                self.step(now, Event::Finished(slot), out);
            }
            Verdict::Ok | Verdict::Killed => self.step(now, Event::Finished(slot), out),
        }
        self.policies.ended(now, self.scheduler.running());
    }

    /// The task in `slot` was already run by another thread. [`PoolState::ran_inline`] counts it.
    pub fn ran_elsewhere(&mut self, now: Time, slot: Slot, out: &mut Vec<Action<T>>) {
        // The policy sees one end for each start. `Killed` does not count as throughput.
        if self.end_task(now, slot, &TaskReport::new(Verdict::Killed)).is_some() {
            self.step(now, Event::Finished(slot), out);
            self.policies.ended(now, self.scheduler.running());
        }
    }

    /// A waiting task was run by a task that waited for its result.
    pub fn ran_inline(&mut self, took: Duration, report: &TaskReport, panicked: bool) {
        self.account.finished(took, report, panicked);
    }

    /// This number of the tasks just refused had been run by another thread.
    pub fn not_dropped(&mut self, tasks: u64) {
        self.account.dropped = self.account.dropped.saturating_sub(tasks);
    }

    /// A requested thread has started.
    pub fn thread_ready(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        self.step(now, Event::ThreadReady, out);
    }

    /// The system refused a requested thread.
    pub fn thread_refused(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        self.refusal(now, self.scheduler.threads(), Event::ThreadRefused, out);
    }

    /// Sets the bounds. A `min` of 0 becomes 1, a `max` below `min` becomes `min`.
    pub fn set_bounds(&mut self, now: Time, bounds: Bounds, out: &mut Vec<Action<T>>) {
        let min = bounds.min.max(1);
        self.bounds = Bounds { min, max: bounds.max.max(min) };
        let old = self.scheduler.limit();
        let limit = self.scheduler.decided_limit().clamp(min, self.bounds.max);
        self.step(now, Event::Bounded(limit), out);
        let new = self.scheduler.limit();
        if new != old {
            let why = Why::Bounds { min, max: self.bounds.max };
            self.account.decided(old, new, &why);
            self.record(now, DecisionEvent::Adjustment, (old, new), why);
        }
    }

    /// Sets whether more tasks may be submitted later.
    pub fn set_input_open(&mut self, now: Time, open: bool) {
        self.advance(now);
        self.input_open = open;
    }

    /// Stops starting tasks, or starts them again.
    pub fn set_paused(&mut self, now: Time, paused: bool, out: &mut Vec<Action<T>>) {
        self.step(now, if paused { Event::Paused } else { Event::Resumed }, out);
    }

    /// Refuses all waiting tasks.
    pub fn drop_queued(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        self.step(now, Event::DropQueued, out);
    }

    /// Accepts no more tasks.
    pub fn close(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        self.set_input_open(now, false);
        self.step(now, Event::Closed, out);
    }

    /// Stores a reading of the machine.
    pub fn reading(&mut self, reading: Reading) {
        self.policies.read(reading);
        self.timer.reading();
    }

    /// No more readings will come.
    pub fn sensor_gone(&mut self) {
        self.timer.sensor_gone();
    }

    /// Makes a decision when one is due, or passes the time to the scheduler.
    pub fn poll(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        if self.decision_due().is_some_and(|due| now >= due) {
            self.decide(now, out);
        } else if self.scheduler.next_tick().is_some_and(|at| now >= at) {
            self.step(now, Event::Tick, out);
        }
    }

    /// When to call [`PoolState::poll`] next; `None` when only an event can change the state.
    pub fn next_poll(&self) -> Option<Time> {
        [self.decision_due(), self.scheduler.next_tick()].into_iter().flatten().min()
    }

    /// True when no task runs or waits, and no event is left for the next decision.
    pub fn is_idle(&self) -> bool {
        self.scheduler.running() == 0 && self.scheduler.queued() == 0 && self.events.is_empty()
    }

    /// A snapshot at `now`.
    pub fn metrics(&mut self, now: Time) -> Metrics {
        self.advance(now);
        snapshot::metrics(&self.account, &self.scheduler, &self.policies, now)
    }

    /// The period of the sensor: the interval of the policy, at most 100 ms while a guard lets no task start.
    pub fn period(&self) -> Duration {
        let period = self.timer.interval();
        if snapshot::blocked(&self.scheduler, &self.policies).is_some() {
            period.min(BLOCKED_PERIOD)
        } else {
            period
        }
    }

    /// The number of threads that were requested since the last call.
    pub fn take_thread_requests(&mut self) -> u32 {
        std::mem::take(&mut self.thread_requests)
    }

    /// True when a `take_` method has something to return.
    pub fn has_pending(&self) -> bool {
        self.thread_requests > 0
            || !self.recorder.is_empty()
            || !self.advice.is_empty()
            || self.policies.wants_reading()
    }

    /// True once when tasks wait for the first reading.
    pub fn take_reading_request(&mut self) -> bool {
        self.policies.take_reading_request()
    }

    /// The recorded decisions, in order.
    pub fn take_records(&mut self) -> Vec<DecisionRecord> {
        self.recorder.take()
    }

    /// The advice for the owner of the tasks, in order.
    pub fn take_advice(&mut self) -> Vec<Advice> {
        std::mem::take(&mut self.advice)
    }

    /// True when the next event may start a task and the policy would use a probe of the run queue. `ending` tasks end with
    /// that event. Then call [`PoolState::set_run_queue`] before the event.
    pub fn wants_probe(&self, now: Time, ending: u32) -> bool {
        let running = self.scheduler.running().saturating_sub(ending);
        let may_rise = || self.decision_due().is_some_and(|due| now >= due);
        self.scheduler.queued() > 0
            && (running < self.scheduler.limit() || may_rise())
            && self.policies.wants_probe(running)
    }

    /// Sets the number of runnable threads of the machine for the next event; `None` when unknown.
    pub fn set_run_queue(&mut self, runnable: Option<f64>) {
        self.policies.set_run_queue(runnable);
    }

    /// The final counts.
    pub fn report(&mut self, now: Time) -> Report {
        let metrics = self.metrics(now);
        self.account.report(metrics)
    }

    fn decision_due(&self) -> Option<Time> {
        (!self.is_idle()).then(|| self.timer.due())
    }

    fn decide(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        self.advance(now);
        let old = self.scheduler.limit();
        let machine = self.timer.usable(now, self.policies.machine());
        let observation = Observation {
            now,
            span: now.since(self.timer.last()),
            cores: self.cores,
            bounds: self.bounds,
            limit: old,
            running: self.scheduler.running(),
            queued: self.scheduler.queued(),
            input_open: self.input_open,
            saturated: self.saturated || self.scheduler.full(),
            task_seconds: self.account.task_seconds(),
            events: self.events.as_slice(),
            machine: &machine,
        };
        let StackDecision { decision, guarded } = self.policies.decide(&observation);
        self.timer.decided(now, decision.next, self.policies.machine().at);
        self.saturated = false;
        self.events.clear();
        self.advice.extend(decision.suspend.into_iter().map(Advice::Suspend));
        self.advice.extend(decision.resume.into_iter().map(Advice::Resume));
        let (limit, starts, refill) = (decision.limit, decision.starts, decision.refill);
        self.step(now, Event::Decided { limit, starts, refill }, out);
        let new = self.scheduler.limit();
        self.account.decided(old, new, &decision.why);
        if let Some(event) = self.recorder.event(guarded, new != old, &decision.why) {
            self.record(now, event, (old, new), decision.why);
        }
    }

    fn refusal(&mut self, now: Time, running: u32, event: Event<T>, out: &mut Vec<Action<T>>) {
        let old = self.scheduler.limit();
        self.step(now, event, out);
        let new = self.scheduler.limit();
        let why = Why::SpawnRefused { running };
        self.account.decided(old, new, &why);
        self.record(now, DecisionEvent::SpawnRefused, (old, new), why);
    }

    fn record(&mut self, now: Time, event: DecisionEvent, (old, new): (u32, u32), why: Why) {
        self.recorder.push(why.kind(), || DecisionRecord {
            at: now,
            policy: self.policies.name(),
            event,
            old,
            new,
            running: self.scheduler.running(),
            queued: self.scheduler.queued(),
            machine: self.timer.usable(now, self.policies.machine()),
            why,
        });
    }

    fn advance(&mut self, now: Time) {
        let (running, limit) = (self.scheduler.running(), self.scheduler.limit());
        let (waiting, held) = (self.scheduler.queued(), self.policies.held_by(running < limit));
        self.account.advance(now, Usage { running, limit, waiting, input_open: self.input_open, held });
    }

    /// Frees the slot and adds the event for the policy. Returns the run time of the task.
    fn end_task(&mut self, now: Time, slot: Slot, report: &TaskReport) -> Option<Duration> {
        let task = self.running.take(slot)?;
        self.advance(now);
        let end = task.finish(now, report, self.scheduler.running(), self.account.task_seconds());
        self.events.push(TaskEvent::Finished(end));
        Some(end.took)
    }

    /// Passes one event to the scheduler, and follows its actions.
    fn step(&mut self, now: Time, event: Event<T>, out: &mut Vec<Action<T>>) {
        self.advance(now);
        let from = out.len();
        self.scheduler.handle(now, event, &mut self.policies, out);
        self.policies.set_run_queue(None);
        self.saturated |= self.scheduler.full();
        self.account.record_limit(now, self.scheduler.limit());
        for action in out.iter().skip(from) {
            match action {
                Action::Start { id, slot, waited, .. } => {
                    self.running.start(*slot, *id, now, self.account.task_seconds());
                    self.account.started(*waited);
                    self.events.push(TaskEvent::Started { id: *id, at: now });
                }
                Action::Refuse(_) => self.account.dropped += 1,
                Action::AddThread => self.thread_requests += 1,
                Action::Retire => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
