//! All that a pool decides, in one pure state machine: the scheduler, the policy and its guards, and the books.
//!
//! Events come with their time and leave actions behind. It knows no thread, no lock and no clock, so a simulator can drive
//! the code that ships. The shell around it (`coordinator`, `worker`) only calls it
//! under one lock and performs the actions.
//!
//! When the policy is asked is the business of `pace`; while nothing runs and nothing waits it is not asked at all.

mod pace;
mod setup;
mod view;

pub use self::setup::Setup;

use self::pace::Pace;
use super::account::{Account, Standing};
use super::hooks::{Advice, DecisionEvent, DecisionRecord, TaskReport};
use super::policy_stack::{PolicyStack, StackDecision};
use super::scheduler::{Action, Event, Scheduler};
use crate::policy::{Bounds, Finished, Observation, Reading, TaskEvent, TaskId, Verdict, Why};
use crate::time::Time;
use crate::{Priority, Slot};
use std::time::Duration;

/// At most so many events are kept between two decisions (2 MiB); later ones are counted but not shown to the policy.
const MOST_EVENTS: usize = 1 << 15;
/// The state.
pub struct PoolState<T> {
    scheduler: Scheduler<T>,
    policies: PolicyStack,
    account: Account,
    bounds: Bounds,
    cores: f64,
    input_open: bool,
    last_id: u64,
    live: Vec<Option<Live>>,
    events: Vec<TaskEvent>,
    pace: Pace,
    saturated: bool,
    observed: bool,
    last_kind: &'static str,
    records: Vec<DecisionRecord>,
    advice: Vec<Advice>,
    wanted: u32,
}

/// A running task.
#[derive(Clone, Copy, Debug)]
struct Live {
    id: TaskId,
    started: Time,
    area: f64,
}

impl<T> PoolState<T> {
    /// A control with nothing to do.
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
            live: Vec::new(),
            events: Vec::new(),
            pace: Pace::new(now, setup.sensor),
            saturated: false,
            observed: setup.observed,
            last_kind: Why::Initial.kind(),
            records: Vec::new(),
            advice: Vec::new(),
            wanted: 0,
        }
    }

    /// One thread is on its way that was not asked for.
    pub fn expect_thread(&mut self) {
        self.scheduler.expect_thread();
    }

    /// The scheduler, to look at.
    pub fn scheduler(&self) -> &Scheduler<T> {
        &self.scheduler
    }

    /// A task comes in; gives it back when the pool is closed.
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
            self.pace.wake(now, self.policies.wake(now));
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
        let Some(live) = self.leave(slot) else { return };
        self.advance(now);
        let took = self.note_end(now, live, report);
        self.account.finished(took, report, panicked);
        match report.verdict {
            Verdict::NotStarted => {
                self.pace.failure();
                self.refusal(now, self.scheduler.running() - 1, Event::NotStarted(slot), out);
            }
            Verdict::Failed | Verdict::KilledByKernel | Verdict::Backoff => {
                self.pace.failure();
                self.step(now, Event::Finished(slot), out);
            }
            Verdict::Ok | Verdict::Killed => self.step(now, Event::Finished(slot), out),
        }
    }

    /// The task in `slot` turned out to have run elsewhere: [`PoolState::helped`] counts it.
    pub fn vacated(&mut self, now: Time, slot: Slot, out: &mut Vec<Action<T>>) {
        let Some(live) = self.leave(slot) else { return };
        self.advance(now);
        // Every start has its end; this one says nothing about throughput.
        self.note_end(now, live, &TaskReport::new(Verdict::Killed));
        self.step(now, Event::Finished(slot), out);
    }

    /// A task that waited was run by another task that needed its result.
    pub fn helped(&mut self, took: Duration, report: &TaskReport, panicked: bool) {
        self.account.finished(took, report, panicked);
    }

    /// So many of those just refused had run elsewhere.
    pub fn ran_elsewhere(&mut self, tasks: u64) {
        self.account.dropped = self.account.dropped.saturating_sub(tasks);
    }

    /// A thread that was asked for is there.
    pub fn thread_ready(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        self.step(now, Event::ThreadReady, out);
    }

    /// A thread that was asked for could not be had.
    pub fn thread_refused(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        self.refusal(now, self.scheduler.threads(), Event::ThreadRefused, out);
    }

    /// Moves the bounds; bounds that make no sense are moved to the next that do.
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

    /// Says whether more input may come.
    pub fn set_input_open(&mut self, now: Time, open: bool) {
        self.advance(now);
        self.input_open = open;
    }

    /// Starts nothing more, or goes on.
    pub fn set_paused(&mut self, now: Time, paused: bool, out: &mut Vec<Action<T>>) {
        self.step(now, if paused { Event::Paused } else { Event::Resumed }, out);
    }

    /// Refuses all that wait.
    pub fn drop_queued(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        self.step(now, Event::DropQueued, out);
    }

    /// Takes no more tasks.
    pub fn close(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        self.set_input_open(now, false);
        self.step(now, Event::Closed, out);
    }

    /// A reading of the machine.
    pub fn reading(&mut self, reading: Reading) {
        self.policies.read(reading);
        self.pace.reading();
    }

    /// The sensor is gone: time alone is the measure from now on.
    pub fn sensor_gone(&mut self) {
        self.pace.sensor_gone();
    }

    /// Does what time asks for: a decision when one is due, and the scheduler's own.
    pub fn poll(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        if self.decision_due().is_some_and(|due| now >= due) {
            self.decide(now, out);
        } else if self.scheduler.next_tick().is_some_and(|at| now >= at) {
            self.step(now, Event::Tick, out);
        }
    }

    /// When [`PoolState::poll`] has something to do; `None` when only an event can bring it.
    pub fn next_poll(&self) -> Option<Time> {
        [self.decision_due(), self.scheduler.next_tick()].into_iter().flatten().min()
    }

    /// True while nothing runs, waits or is untold.
    pub fn is_idle(&self) -> bool {
        self.scheduler.running() == 0 && self.scheduler.queued() == 0 && self.events.is_empty()
    }

    fn decision_due(&self) -> Option<Time> {
        (!self.is_idle()).then(|| self.pace.due())
    }

    fn decide(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        self.advance(now);
        let old = self.scheduler.limit();
        let machine = self.machine(now);
        let seen = Observation {
            now,
            span: now.since(self.pace.decided()),
            cores: self.cores,
            bounds: self.bounds,
            limit: old,
            running: self.scheduler.running(),
            queued: self.scheduler.queued(),
            input_open: self.input_open,
            saturated: self.saturated || self.scheduler.full(),
            task_seconds: self.account.task_seconds(),
            events: &self.events,
            machine: &machine,
        };
        let StackDecision { decision, guarded } = self.policies.decide(&seen);
        self.pace.decide(now, decision.next, self.policies.machine.at);
        self.saturated = false;
        self.events.clear();
        if self.events.capacity() > 4096 {
            self.events.shrink_to(1024);
        }
        self.advice.extend(decision.suspend.into_iter().map(Advice::Suspend));
        self.advice.extend(decision.resume.into_iter().map(Advice::Resume));
        let (limit, starts, refill) = (decision.limit, decision.starts, decision.refill);
        self.step(now, Event::Decided { limit, starts, refill }, out);
        let new = self.scheduler.limit();
        self.account.decided(old, new, &decision.why);
        let kind = decision.why.kind();
        let event = match (guarded, new == old) {
            (true, same) if !same || kind != self.last_kind => DecisionEvent::Guard,
            (false, false) => DecisionEvent::Adjustment,
            (false, true) if kind != self.last_kind => DecisionEvent::Hold,
            _ => return,
        };
        self.record(now, event, (old, new), decision.why);
    }

    /// The last reading, or an unknown machine when it is older than two intervals.
    fn machine(&self, now: Time) -> Reading {
        self.pace.known(now, &self.policies.machine)
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
        self.last_kind = why.kind();
        if !self.observed {
            return;
        }
        self.records.push(DecisionRecord {
            at: now,
            policy: self.policies.name(),
            event,
            old,
            new,
            running: self.scheduler.running(),
            queued: self.scheduler.queued(),
            machine: self.machine(now),
            why,
        });
    }

    fn advance(&mut self, now: Time) {
        let (running, limit) = (self.scheduler.running(), self.scheduler.limit());
        let starved = self.input_open && self.scheduler.queued() == 0 && running < limit;
        self.account.advance(now, Standing { running, limit, starved });
    }

    fn leave(&mut self, slot: Slot) -> Option<Live> {
        self.live.get_mut((slot.0 as usize).wrapping_sub(1)).and_then(Option::take)
    }

    /// Tells the policy of the end of a task, and says how long it ran.
    fn note_end(&mut self, now: Time, live: Live, report: &TaskReport) -> Duration {
        let took = now.since(live.started);
        let area = self.account.task_seconds() - live.area;
        let mean_running = if took.is_zero() {
            f64::from(self.scheduler.running())
        } else {
            (area / took.as_secs_f64()).max(1.0)
        };
        self.note(TaskEvent::Finished(Finished {
            id: live.id,
            at: now,
            took,
            verdict: report.verdict,
            cpu: report.cpu,
            max_rss: report.max_rss,
            mean_running,
        }));
        took
    }

    fn note(&mut self, event: TaskEvent) {
        if self.events.len() < MOST_EVENTS {
            self.events.push(event);
        }
    }

    fn step(&mut self, now: Time, event: Event<T>, out: &mut Vec<Action<T>>) {
        self.advance(now);
        let from = out.len();
        self.scheduler.handle(now, event, &mut self.policies, out);
        self.policies.probe(None);
        self.saturated |= self.scheduler.full();
        self.account.limit_is(now, self.scheduler.limit());
        for action in out.iter().skip(from) {
            match action {
                Action::Start { id, slot, waited, .. } => {
                    let (id, index) = (*id, slot.0 as usize - 1);
                    if index >= self.live.len() {
                        self.live.resize(index + 1, None);
                    }
                    self.live[index] = Some(Live { id, started: now, area: self.account.task_seconds() });
                    self.account.started(*waited);
                    self.note(TaskEvent::Started { id, at: now });
                }
                Action::Refuse(_) => self.account.dropped += 1,
                Action::AddThread => self.wanted += 1,
                Action::Retire => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
