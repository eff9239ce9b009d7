//! The scheduler: a pure state machine that decides which task starts when.
//!
//! It holds the waiting tasks, the limit, the counts of running tasks and threads, and the slots. The payload of a task is a
//! type parameter, and each event brings its time: a simulator can drive it.
//!
//! - The number of running tasks never exceeds the limit. A lower limit interrupts no task.
//! - The lowest priority number starts first; equal ones start in the order of their ids.
//! - No two running tasks share a slot.
//! - Each task is started once, or refused once.
//! - When no task runs, one may start whatever the limit is, so no limit can stall the pool. An [`Admission`] may delay the
//!   first start too, and says for how long.
//!
//! A task starts only when a thread is idle. Without one, the scheduler requests a thread, and the task stays in the queue
//! until the thread is ready. A refused thread loses no task.

mod admission;
mod event;
mod ready;
mod slots;

pub use self::admission::{Admission, AdmitAll};
pub use self::event::{Action, Event};

use self::ready::{ReadyQueue, ReadyTask};
use self::slots::Slots;
use crate::policy::Admit;
use crate::task_order::Slot;
use crate::time::Time;
use std::time::Duration;

/// The time without starts after a refused start. It doubles with each refusal in a row.
const FIRST_BACKOFF: Duration = Duration::from_millis(10);
/// The longest time without starts.
const LONGEST_BACKOFF: Duration = Duration::from_secs(1);
/// The shortest time before an [`Admission`] that delayed a start is asked again by the clock.
const SHORTEST_RETRY: Duration = Duration::from_millis(1);
/// The time after which a ceiling is raised by one, while it is reached.
const CEILING_STEP: Duration = Duration::from_secs(1);

/// The state of the scheduler.
#[derive(Debug)]
pub struct Scheduler<T> {
    ready: ReadyQueue<T>,
    slots: Slots,
    limit: u32,
    /// How many tasks may still start before the next decision.
    budget: Option<u32>,
    /// The end of a task adds one to the budget.
    refill: bool,
    running: u32,
    threads: u32,
    idle: u32,
    /// Threads that were requested and have not started.
    pending: u32,
    starts: Starts,
    closed: bool,
    ceiling: Option<Ceiling>,
    backoff: Backoff,
    /// When to ask the admission again.
    retry: Option<Time>,
    keep_alive: Duration,
    /// Since when idle threads are counted, and the lowest number of them since then.
    idle_since: (Time, u32),
}

/// Whether the owner allows starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Starts {
    Open,
    Paused,
}

/// The count that the system allowed when it refused one more.
#[derive(Clone, Copy, Debug)]
struct Ceiling {
    limit: u32,
    /// When to raise it next.
    raise: Time,
    /// A thread was refused; false when a task was.
    threads: bool,
}

/// The time without starts, after refusals.
#[derive(Clone, Copy, Debug, Default)]
struct Backoff {
    until: Option<Time>,
    last: Duration,
}

impl<T> Scheduler<T> {
    /// A scheduler without tasks and threads. A limit of 0 becomes 1, and a `keep_alive` below 1 ms becomes 1 ms.
    pub fn new(limit: u32, keep_alive: Duration) -> Scheduler<T> {
        Scheduler {
            ready: ReadyQueue::new(),
            slots: Slots::default(),
            limit: limit.max(1),
            budget: None,
            refill: false,
            running: 0,
            threads: 0,
            idle: 0,
            pending: 0,
            starts: Starts::Open,
            closed: false,
            ceiling: None,
            backoff: Backoff::default(),
            retry: None,
            keep_alive: keep_alive.max(Duration::from_millis(1)),
            idle_since: (Time::ZERO, 0),
        }
    }

    /// Counts one thread that the scheduler did not request: `ThreadReady` or `ThreadRefused` will follow.
    pub fn expect_thread(&mut self) {
        self.pending += 1;
    }

    /// Handles one event, and appends the resulting actions to `out`, in their order.
    pub fn handle(
        &mut self,
        now: Time,
        event: Event<T>,
        admission: &mut dyn Admission,
        out: &mut Vec<Action<T>>,
    ) {
        match event {
            Event::Submitted { task, .. } if self.closed => out.push(Action::Refuse(task)),
            Event::Submitted { id, task, priority } => {
                self.ready.push(ReadyTask { priority, id, since: now, task });
            }
            Event::Finished(slot) => {
                self.end(now, slot);
                self.backoff = Backoff::default();
            }
            Event::NotStarted(slot) => {
                self.end(now, slot);
                self.refused(now, self.running, false);
            }
            Event::ThreadReady => {
                self.pending = self.pending.saturating_sub(1);
                self.threads += 1;
                // Answers come in any order. A thread that has started raises the ceiling.
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
            Event::Paused => self.starts = Starts::Paused,
            Event::Resumed => self.starts = Starts::Open,
            Event::DropQueued => self.drop_queued(out),
            Event::Closed => {
                self.closed = true;
                self.starts = Starts::Open;
            }
            Event::Tick => self.tick(now, out),
        }
        self.grant(now, admission, out);
        self.retire_all(out);
    }

    /// The number of running tasks.
    pub fn running(&self) -> u32 {
        self.running
    }

    /// The number of waiting tasks.
    pub fn queued(&self) -> u64 {
        self.ready.len() as u64
    }

    /// The number of threads.
    pub fn threads(&self) -> u32 {
        self.threads
    }

    /// The number of threads without a task.
    pub fn idle(&self) -> u32 {
        self.idle
    }

    /// The limit in force: the decided limit, or the ceiling when it is lower.
    pub fn limit(&self) -> u32 {
        self.ceiling.map_or(self.limit, |c| c.limit.min(self.limit))
    }

    /// The limit of the last decision.
    pub fn decided_limit(&self) -> u32 {
        self.limit
    }

    /// True when the limit is reached.
    pub fn full(&self) -> bool {
        self.running >= self.limit()
    }

    /// True when the scheduler is closed and has no waiting task and no thread.
    pub fn is_over(&self) -> bool {
        self.closed && self.ready.is_empty() && self.threads == 0 && self.pending == 0
    }

    /// True when no more tasks are accepted.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// When to send the next [`Event::Tick`]; `None` when time alone changes nothing.
    pub fn next_tick(&self) -> Option<Time> {
        let waits = !self.ready.is_empty();
        let backoff = self.backoff.until.filter(|_| waits);
        let retry = self.retry.filter(|_| waits);
        let raise = self.ceiling.filter(|c| waits && self.running >= c.limit).map(|c| c.raise);
        let retire = (self.idle > 0 && self.threads > 1).then(|| self.idle_since.0 + self.keep_alive);
        [backoff, retry, raise, retire].into_iter().flatten().min()
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
            self.idle_since = (now, 1);
        }
        self.idle += 1;
    }

    fn refused(&mut self, now: Time, allowed: u32, threads: bool) {
        let limit = self.ceiling.map_or(allowed, |c| c.limit.min(allowed)).max(1);
        self.ceiling = Some(Ceiling { limit, raise: now + CEILING_STEP, threads });
        // A refusal during a backoff belongs to the same shortage.
        if self.backoff.until.is_none_or(|until| now >= until) {
            let pause = (self.backoff.last * 2).clamp(FIRST_BACKOFF, LONGEST_BACKOFF);
            self.backoff = Backoff { until: Some(now + pause), last: pause };
        }
    }

    fn tick(&mut self, now: Time, out: &mut Vec<Action<T>>) {
        if self.backoff.until.is_some_and(|t| now >= t) {
            self.backoff.until = None;
        }
        if let Some(ceiling) = self.ceiling.as_mut().filter(|c| now >= c.raise) {
            ceiling.raise = now + CEILING_STEP;
            if self.running >= ceiling.limit {
                ceiling.limit += 1;
            } else if ceiling.limit > self.limit && self.running >= self.limit {
                self.ceiling = None;
            }
        }
        if now >= self.idle_since.0 + self.keep_alive {
            for _ in 0..self.idle_since.1.min(self.threads.saturating_sub(1)).min(self.idle) {
                self.retire(out);
            }
            self.idle_since = (now, self.idle);
        }
    }

    fn retire(&mut self, out: &mut Vec<Action<T>>) {
        self.idle -= 1;
        self.threads -= 1;
        out.push(Action::Retire);
    }

    /// Retires all idle threads once the scheduler is closed and no task waits.
    fn retire_all(&mut self, out: &mut Vec<Action<T>>) {
        while self.closed && self.ready.is_empty() && self.idle > 0 {
            self.retire(out);
        }
    }

    fn drop_queued(&mut self, out: &mut Vec<Action<T>>) {
        out.extend(self.ready.take().into_iter().map(|r| Action::Refuse(r.task)));
    }

    /// The number of tasks that may start, without regard to threads and admission.
    fn startable(&self, now: Time) -> u32 {
        if self.starts == Starts::Paused || self.backoff.until.is_some_and(|t| now < t) {
            return 0;
        }
        let by_limit = self.limit().saturating_sub(self.running).min(self.budget.unwrap_or(u32::MAX));
        let by_limit = if self.running == 0 { by_limit.max(1) } else { by_limit };
        by_limit.min(u32::try_from(self.ready.len()).unwrap_or(u32::MAX))
    }

    fn grant(&mut self, now: Time, admission: &mut dyn Admission, out: &mut Vec<Action<T>>) {
        loop {
            self.retry = None;
            let startable = self.startable(now);
            if startable == 0 || (self.idle == 0 && startable <= self.pending) {
                return;
            }
            if let Admit::After(wait) = admission.admit(now, self.running) {
                self.retry = Some(now + wait.max(SHORTEST_RETRY));
                return;
            }
            if self.idle == 0 {
                for _ in self.pending..startable {
                    out.push(Action::AddThread);
                }
                self.pending = startable;
                return;
            }
            self.start(now, admission, out);
        }
    }

    fn start(&mut self, now: Time, admission: &mut dyn Admission, out: &mut Vec<Action<T>>) {
        let Some(ready) = self.ready.pop() else { return };
        self.idle -= 1;
        self.idle_since.1 = self.idle_since.1.min(self.idle);
        self.running += 1;
        if let Some(budget) = &mut self.budget {
            *budget = budget.saturating_sub(1);
        }
        admission.started(now);
        let slot = self.slots.take();
        out.push(Action::Start { id: ready.id, task: ready.task, slot, waited: now.since(ready.since) });
    }
}

#[cfg(test)]
mod tests;
