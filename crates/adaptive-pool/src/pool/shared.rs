//! What the threads of a pool share: one [`PoolState`] under one lock, and the channel of grants.
//!
//! Whoever has an event (a submitter, a worker that has finished) brings it to the control under the lock and performs the
//! actions after it: a worker that has finished leaves with its next task in hand, without a message and without waiting
//! for the processor to come to another thread. That matters most when the machine is full, which is what an adaptive
//! pool aims at. No user code runs under the lock but the policy's and the guards', which are documented to be quick.

use super::hooks::{TaskContext, TaskReport};
use super::pool_state::PoolState;
use super::scheduler::Action;
use super::task::{Ended, Task, guarded};
use crate::policy::{Reading, RunQueueProbe, Verdict};
use crate::time::{RunClock, Time};
use crossbeam_channel::Sender;
use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a worker is told. Both kinds go down one channel, so that only an idle worker can take either, and each is taken
/// once: a thread is never ended between "I am idle" and "here is a task".
pub(super) enum Grant {
    Run { task: Task, context: TaskContext },
    Retire,
}

pub(super) struct Shared {
    state: Mutex<Locked>,
    /// The coordinator sleeps on this.
    wake: Condvar,
    /// Submitters wait for room in the queue on this.
    space: Condvar,
    grants: Sender<Grant>,
    pub(super) clock: Arc<RunClock>,
    queue: u64,
}

pub(super) struct Locked {
    pub(super) pool_state: PoolState<Task>,
    /// Until when the coordinator sleeps; `None` while it is awake (or has been woken).
    sleeps_until: Option<Time>,
    /// True when a submitter waits for room.
    blocked: bool,
    /// Sees the run queue, once the sensor has looked.
    probe: Option<RunQueueProbe>,
}

impl Locked {
    /// Shows the control the run queue where it wants to see it. An eye that panics is not asked again.
    fn probe(&mut self, now: Time, leaving: u32) {
        if self.probe.is_some() && self.pool_state.wants_probe(now, leaving) {
            self.pool_state.probe(guarded(&mut self.probe, |probe| probe()).flatten());
        }
    }
}

thread_local! {
    /// The pool this thread works for.
    static WORKS_FOR: RefCell<Option<Arc<Shared>>> = const { RefCell::new(None) };
}

impl Shared {
    pub(super) fn new(
        pool_state: PoolState<Task>,
        grants: Sender<Grant>,
        clock: Arc<RunClock>,
        queue: usize,
    ) -> Shared {
        let state = Locked { pool_state, sleeps_until: None, blocked: false, probe: None };
        Shared {
            state: Mutex::new(state),
            wake: Condvar::new(),
            space: Condvar::new(),
            grants,
            clock,
            queue: queue as u64,
        }
    }

    /// What tells this pool from others, for as long as it lives.
    pub(super) fn key(self: &Arc<Shared>) -> usize {
        Arc::as_ptr(self).addr()
    }

    /// Brings one event to the control and performs what it leads to. A worker says `own` and gets the first grant in hand.
    pub(super) fn step<R>(
        &self,
        own: bool,
        out: &mut Vec<Action<Task>>,
        event: impl FnOnce(&mut PoolState<Task>, Time, &mut Vec<Action<Task>>) -> R,
    ) -> (R, Option<Grant>) {
        self.step_locked(self.lock(), own, out, event)
    }

    /// The same for a submitter, which first waits for room in the queue.
    pub(super) fn step_with_room<R>(
        &self,
        out: &mut Vec<Action<Task>>,
        event: impl FnOnce(&mut PoolState<Task>, Time, &mut Vec<Action<Task>>) -> R,
    ) -> R {
        let mut state = self.lock();
        while self.is_full(&state.pool_state) && !state.pool_state.scheduler().is_closed() {
            state.blocked = true;
            state = self.space.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        self.step_locked(state, false, out, event).0
    }

    /// True when no more tasks may wait.
    pub(super) fn is_full(&self, pool_state: &PoolState<Task>) -> bool {
        pool_state.scheduler().queued() >= self.queue
    }

    fn step_locked<R>(
        &self,
        mut state: MutexGuard<'_, Locked>,
        own: bool,
        out: &mut Vec<Action<Task>>,
        event: impl FnOnce(&mut PoolState<Task>, Time, &mut Vec<Action<Task>>) -> R,
    ) -> (R, Option<Grant>) {
        let now = self.clock.now();
        state.probe(now, u32::from(own));
        let result = event(&mut state.pool_state, now, out);
        self.settle(state);
        (result, self.perform(now, own, out))
    }

    /// Lets go of the lock, and wakes whom the change concerns.
    fn settle(&self, mut state: MutexGuard<'_, Locked>) {
        let pool_state = &state.pool_state;
        let call = state.sleeps_until.is_some_and(|until| {
            pool_state.has_pending()
                || pool_state.scheduler().is_over()
                || pool_state.next_poll().is_some_and(|at| at < until)
        });
        if call {
            state.sleeps_until = None;
        }
        // Waiting submitters are woken when a quarter of the queue is free, not for each task that leaves it.
        let queued = state.pool_state.scheduler().queued();
        let room = state.blocked
            && (queued <= self.queue - (self.queue / 4).max(1) || state.pool_state.scheduler().is_closed());
        if room {
            state.blocked = false;
        }
        drop(state);
        if call {
            self.wake.notify_one();
        }
        if room {
            self.space.notify_all();
        }
    }

    fn perform(&self, now: Time, own: bool, out: &mut Vec<Action<Task>>) -> Option<Grant> {
        let mut mine = None;
        let mut stale = 0;
        for action in out.drain(..) {
            let grant = match action {
                Action::Start { id, task, slot, .. } => {
                    Grant::Run { task, context: TaskContext { id, slot, started: now } }
                }
                Action::Retire => Grant::Retire,
                Action::Refuse(task) => {
                    stale += u64::from(!task.abandon());
                    continue;
                }
                Action::AddThread => continue,
            };
            if own && mine.is_none() {
                mine = Some(grant);
            } else {
                // The channel lives as long as this struct holds its sender and a worker its receiver.
                let _ = self.grants.send(grant);
            }
        }
        if stale > 0 {
            self.lock().pool_state.ran_elsewhere(stale);
        }
        mine
    }

    pub(super) fn reading(&self, reading: Reading) {
        let mut state = self.lock();
        state.pool_state.reading(reading);
        self.settle(state);
    }

    pub(super) fn run_queue_probe(&self, probe: Option<RunQueueProbe>) {
        self.lock().probe = probe;
    }

    pub(super) fn sensor_gone(&self) {
        self.lock().pool_state.sensor_gone();
    }

    /// Sleeps until there is something to do for the coordinator, or until then.
    pub(super) fn sleep(&self, mut state: MutexGuard<'_, Locked>, latest: Option<Time>) {
        let now = self.clock.now();
        let until = state.pool_state.next_poll().into_iter().chain(latest).min();
        let wait = until.map_or(Duration::MAX, |until| until.since(now));
        if wait.is_zero() {
            return;
        }
        state.sleeps_until = Some(until.unwrap_or(Time::after(Duration::MAX)));
        let mut state = if until.is_some() {
            self.wake.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0
        } else {
            self.wake.wait(state).unwrap_or_else(PoisonError::into_inner)
        };
        state.sleeps_until = None;
    }

    /// No user code that may unwind runs under this lock, so a poisoned one is whole.
    pub(super) fn lock(&self) -> MutexGuard<'_, Locked> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From now on this thread works for that pool.
pub(super) fn enter(shared: &Arc<Shared>) {
    WORKS_FOR.with(|w| *w.borrow_mut() = Some(Arc::clone(shared)));
}

/// True on a worker thread of the pool with that key.
pub(super) fn is_inside(key: usize) -> bool {
    WORKS_FOR.try_with(|w| w.borrow().as_ref().is_some_and(|s| s.key() == key)).unwrap_or(false)
}

/// On a worker thread of that pool, runs a task that another one waits for, and counts it.
pub(super) fn help(key: usize, run: impl FnOnce() -> Ended) {
    let pool = WORKS_FOR.try_with(|w| w.borrow().clone().filter(|s| s.key() == key)).unwrap_or(None);
    if let Some(shared) = pool {
        let began = shared.clock.now();
        let ended = run();
        let took = shared.clock.now().since(began);
        let (report, panicked) = match ended {
            Ended::Ran(report) => (report, false),
            Ended::Panicked => (TaskReport::new(Verdict::Failed), true),
            Ended::Elsewhere => return,
        };
        shared.lock().pool_state.helped(took, &report, panicked);
    }
}
