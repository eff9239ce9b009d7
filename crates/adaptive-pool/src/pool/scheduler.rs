//! Which task starts when: a pure state machine, events in, actions out.
//!
//! It holds the tasks that wait, the limit, the count of running tasks and of threads, and the slots. It does not know what a task
//! is (the payload is a type parameter), what a thread is, or what time it is: a simulator drives the very same code.
//!
//! The rules: never more tasks run than the limit; a lower priority number starts first, equal ones in the order of their
//! ids; no two running tasks share a slot; a task is started once or refused once. With nothing running one task may
//! always start, whatever the limit says, so that no limit and no ceiling can stall the pool; only a gate (a rate, a
//! pause between starts) holds even the first one back, and it says for how long.
//!
//! Threads are a cache. A task is only started when a thread is idle; when none is, one is asked for, and the task stays
//! where it was until it has come, so that a refused thread loses nothing.

mod ready;
mod slots;

use self::ready::{Ready, Waiting};
use self::slots::Slots;
use crate::policy::{Admit, TaskId};
use crate::time::Time;
use crate::{Priority, Slot};
use std::time::Duration;

/// After a refused start nothing more is started for so long, doubled with each refusal in a row.
const FIRST_HOLD: Duration = Duration::from_millis(10);
/// The longest such hold.
const LONGEST_HOLD: Duration = Duration::from_secs(1);
/// A gate that says "not now" is not asked by the clock sooner than after this.
const SHORTEST_ASK: Duration = Duration::from_millis(1);
/// A ceiling that came from a refused start is raised by one each time this has passed while it is reached.
const CEILING_STEP: Duration = Duration::from_secs(1);

/// What happened.
#[derive(Debug)]
pub enum Event<T> {
    /// A task came in. Ids rise.
    Submitted {
        /// Its number.
        id: TaskId,
        /// The payload.
        task: T,
        /// Its order.
        priority: Priority,
    },
    /// The task in this slot ended, and the thread that ran it is idle.
    Finished(Slot),
    /// The task in this slot could not be started for want of resources, and the thread that tried is idle.
    NotStarted(Slot),
    /// A thread that was asked for is there, and idle.
    ThreadReady,
    /// A thread that was asked for could not be had.
    ThreadRefused,
    /// A new limit; `starts` is how many tasks may start until the next one.
    Decided {
        /// The limit.
        limit: u32,
        /// The start budget.
        starts: Option<u32>,
        /// Whether a task that ends gives its start back to the budget.
        refill: bool,
    },
    /// The bounds moved the limit: the starts stay as decided.
    Bounded(u32),
    /// Start nothing more until `Resumed`.
    Paused,
    /// Start tasks again.
    Resumed,
    /// Refuse all tasks that wait.
    DropQueued,
    /// Take no more tasks; retire the threads once nothing is left to do.
    Closed,
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Action<T> {
    /// Give this task to an idle thread.
    Start {
        /// Its number.
        id: TaskId,
        /// The payload.
        task: T,
        /// Its place.
        slot: Slot,
        /// How long it waited.
        waited: Duration,
    },
    /// Get one more thread, and answer with `ThreadReady` or `ThreadRefused`.
    AddThread,
    /// End one idle thread.
    Retire,
    /// Drop this task: it was never started.
    Refuse(T),
}

/// Whether one more task may start, below the limit.
pub trait Gate {
    /// Asked before a start.
    fn admit(&mut self, now: Time, running: u32) -> Admit;
    /// A task was started.
    fn started(&mut self, _now: Time) {}
}

/// The gate that is always open.
#[derive(Clone, Copy, Debug)]
pub struct Open;

impl Gate for Open {
    fn admit(&mut self, _now: Time, _running: u32) -> Admit {
        Admit::Yes
    }
}

/// The state.
#[derive(Debug)]
pub struct Scheduler<T> {
    ready: Waiting<T>,
    slots: Slots,
    limit: u32,
    budget: Option<u32>,
    refill: bool,
    running: u32,
    threads: u32,
    idle: u32,
    pending: u32,
    stance: Stance,
    closed: bool,
    ceiling: Option<Ceiling>,
    hold: Hold,
    /// When the gate said to ask again.
    ask: Option<Time>,
    keep_alive: Duration,
    /// The window in which idle threads are counted: since when, and the fewest that were idle in it.
    spare: (Time, u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stance {
    Running,
    Paused,
}

/// What worked when a start was refused.
#[derive(Clone, Copy, Debug)]
struct Ceiling {
    limit: u32,
    raise: Time,
    /// True when a thread was refused, false when a task was.
    threads: bool,
}

/// No starts until then, after refusals.
#[derive(Clone, Copy, Debug, Default)]
struct Hold {
    until: Option<Time>,
    last: Duration,
}

impl<T> Scheduler<T> {
    /// A scheduler that starts with this limit, no threads and nothing to do.
    pub fn new(limit: u32, keep_alive: Duration) -> Scheduler<T> {
        Scheduler {
            ready: Waiting::new(),
            slots: Slots::default(),
            limit: limit.max(1),
            budget: None,
            refill: false,
            running: 0,
            threads: 0,
            idle: 0,
            pending: 0,
            stance: Stance::Running,
            closed: false,
            ceiling: None,
            hold: Hold::default(),
            ask: None,
            keep_alive: keep_alive.max(Duration::from_millis(1)),
            spare: (Time::ZERO, 0),
        }
    }

    /// One thread is on its way that was not asked for: `ThreadReady` or `ThreadRefused` will come.
    pub fn expect_thread(&mut self) {
        self.pending += 1;
    }

    /// Takes one event; what is to be done about it is added to `out`, in this order.
    pub fn handle(&mut self, now: Time, event: Event<T>, gate: &mut dyn Gate, out: &mut Vec<Action<T>>) {
        match event {
            Event::Submitted { task, .. } if self.closed => out.push(Action::Refuse(task)),
            Event::Submitted { id, task, priority } => {
                self.ready.push(Ready { priority, id, since: now, task });
            }
            Event::Finished(slot) => {
                self.end(now, slot);
                self.hold = Hold::default();
            }
            Event::NotStarted(slot) => {
                self.end(now, slot);
                self.refused(now, self.running, false);
            }
            Event::ThreadReady => {
                self.pending = self.pending.saturating_sub(1);
                self.threads += 1;
                // Threads come and are refused in no fixed order: what has come works.
                if let Some(ceiling) = self.ceiling.as_mut().filter(|c| c.threads) {
                    ceiling.limit = ceiling.limit.max(self.threads);
                }
                self.add_idle(now);
            }
            Event::ThreadRefused => {
                self.pending = self.pending.saturating_sub(1);
                self.refused(now, self.threads, true);
            }
            Event::Decided { limit, starts, refill } => {
                self.limit = limit.max(1);
                self.budget = starts;
                self.refill = refill;
            }
            Event::Bounded(limit) => self.limit = limit.max(1),
            Event::Paused => self.stance = Stance::Paused,
            Event::Resumed => self.stance = Stance::Running,
            Event::DropQueued => self.drop_queued(out),
            Event::Closed => {
                self.closed = true;
                self.stance = Stance::Running;
            }
            Event::Tick => self.tick(now, out),
        }
        self.grant(now, gate, out);
        self.retire_all(out);
    }

    /// Tasks running.
    pub fn running(&self) -> u32 {
        self.running
    }

    /// Tasks waiting.
    pub fn queued(&self) -> u64 {
        self.ready.len() as u64
    }

    /// Threads alive.
    pub fn threads(&self) -> u32 {
        self.threads
    }

    /// Threads that wait for a task.
    pub fn idle(&self) -> u32 {
        self.idle
    }

    /// The limit in force: as decided, or the ceiling when that is lower.
    pub fn limit(&self) -> u32 {
        self.ceiling.map_or(self.limit, |c| c.limit.min(self.limit))
    }

    /// The limit as decided.
    pub fn decided_limit(&self) -> u32 {
        self.limit
    }

    /// True when as many tasks run as may.
    pub fn full(&self) -> bool {
        self.running >= self.limit()
    }

    /// True when it was closed and nothing is left: no task, no thread.
    pub fn is_over(&self) -> bool {
        self.closed && self.ready.is_empty() && self.threads == 0 && self.pending == 0
    }

    /// True when no more tasks are taken.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// When a `Tick` is wanted; `None` when time alone changes nothing.
    pub fn next_tick(&self) -> Option<Time> {
        let waits = !self.ready.is_empty();
        let hold = self.hold.until.filter(|_| waits);
        let ask = self.ask.filter(|_| waits);
        let raise = self.ceiling.filter(|c| waits && self.running >= c.limit).map(|c| c.raise);
        let spare = (self.idle > 0 && self.threads > 1).then(|| self.spare.0 + self.keep_alive);
        [hold, ask, raise, spare].into_iter().flatten().min()
    }

    fn end(&mut self, now: Time, slot: Slot) {
        if self.slots.free(slot) {
            self.running -= 1;
            self.budget = self.budget.map(|budget| budget + u32::from(self.refill));
            self.add_idle(now);
        }
    }

    fn add_idle(&mut self, now: Time) {
        if self.idle == 0 {
            self.spare = (now, 1);
        }
        self.idle += 1;
    }

    fn refused(&mut self, now: Time, works: u32, threads: bool) {
        let works = self.ceiling.map_or(works, |c| c.limit.min(works)).max(1);
        self.ceiling = Some(Ceiling { limit: works, raise: now + CEILING_STEP, threads });
        // Refusals that come while nothing new is started anyway belong to the same shortage.
        if self.hold.until.is_none_or(|until| now >= until) {
            let hold = (self.hold.last * 2).clamp(FIRST_HOLD, LONGEST_HOLD);
            self.hold = Hold { until: Some(now + hold), last: hold };
        }
    }

    fn tick(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        if self.hold.until.is_some_and(|t| now >= t) {
            self.hold.until = None;
        }
        if let Some(ceiling) = self.ceiling.as_mut().filter(|c| now >= c.raise) {
            ceiling.raise = now + CEILING_STEP;
            if self.running >= ceiling.limit {
                ceiling.limit += 1;
            } else if ceiling.limit > self.limit && self.running >= self.limit {
                self.ceiling = None;
            }
        }
        if now >= self.spare.0 + self.keep_alive {
            for _ in 0..self.spare.1.min(self.threads.saturating_sub(1)).min(self.idle) {
                self.retire(out);
            }
            self.spare = (now, self.idle);
        }
    }

    fn retire(&mut self, out: &mut Vec<Action<T>>) {
        self.idle -= 1;
        self.threads -= 1;
        out.push(Action::Retire);
    }

    /// Once closed and empty, threads go as they become idle.
    fn retire_all(&mut self, out: &mut Vec<Action<T>>) {
        while self.closed && self.ready.is_empty() && self.idle > 0 {
            self.retire(out);
        }
    }

    fn drop_queued(&mut self, out: &mut Vec<Action<T>>) {
        out.extend(self.ready.take().into_iter().map(|r| Action::Refuse(r.task)));
    }

    /// How many more may start by the numbers alone, threads not counted.
    fn room(&self, now: Time) -> u32 {
        if self.stance == Stance::Paused || self.hold.until.is_some_and(|t| now < t) {
            return 0;
        }
        let by_limit = self.limit().saturating_sub(self.running).min(self.budget.unwrap_or(u32::MAX));
        let by_limit = if self.running == 0 { by_limit.max(1) } else { by_limit };
        by_limit.min(u32::try_from(self.ready.len()).unwrap_or(u32::MAX))
    }

    fn grant(&mut self, now: Time, gate: &mut dyn Gate, out: &mut Vec<Action<T>>) {
        loop {
            self.ask = None;
            let room = self.room(now);
            if room == 0 || (self.idle == 0 && room <= self.pending) {
                return;
            }
            if let Admit::After(wait) = gate.admit(now, self.running) {
                self.ask = Some(now + wait.max(SHORTEST_ASK));
                return;
            }
            if self.idle == 0 {
                for _ in self.pending..room {
                    out.push(Action::AddThread);
                }
                self.pending = room;
                return;
            }
            self.start(now, gate, out);
        }
    }

    fn start(&mut self, now: Time, gate: &mut dyn Gate, out: &mut Vec<Action<T>>) {
        let Some(ready) = self.ready.pop() else { return };
        self.idle -= 1;
        self.spare.1 = self.spare.1.min(self.idle);
        self.running += 1;
        if let Some(budget) = &mut self.budget {
            *budget = budget.saturating_sub(1);
        }
        gate.started(now);
        let slot = self.slots.take();
        out.push(Action::Start { id: ready.id, task: ready.task, slot, waited: now.since(ready.since) });
    }
}

#[cfg(test)]
mod tests;
