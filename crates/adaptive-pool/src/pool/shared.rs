//! The state that all threads of a pool share: one [`PoolState`] under one lock, and the channel of grants.
//!
//! A thread with an event (a submitter, a worker that finished a task) passes it to the state under the lock and performs the
//! resulting actions after it. A worker that finished takes its next task without a message and without a switch to another
//! thread. That matters most when the machine is full. Of the code of the owner, only policies, guards and the run queue
//! probe run under the lock; they are documented to be fast.

use super::hooks::{TaskContext, TaskReport};
use super::panics::guarded;
use super::pool_state::PoolState;
use super::scheduler::Action;
use super::task::Task;
use super::task_result::TaskEnd;
use crate::policy::{Reading, RunQueueProbe, Verdict};
use crate::time::{RunClock, Time};
use crossbeam_channel::Sender;
use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A message to one worker. Both kinds use one channel, so only an idle worker takes them: no thread is retired after it was
/// counted on for a task.
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
    /// When the coordinator wakes by itself; `None` while it is awake or was notified.
    sleeps_until: Option<Time>,
    /// True when a submitter waits for room in the queue.
    submitter_waits: bool,
    /// Reads the run queue. It is set after the first reading of the sensor.
    probe: Option<RunQueueProbe>,
}

impl Locked {
    /// Reads the run queue for the next event, if the policy uses it. A probe that panics is removed.
    fn probe_run_queue(&mut self, now: Time, ending: u32) {
        if self.probe.is_some() && self.pool_state.wants_probe(now, ending) {
            self.pool_state.set_run_queue(guarded(&mut self.probe, |probe| probe()).flatten());
        }
    }
}

thread_local! {
    /// The pool that this thread belongs to.
    static POOL: RefCell<Option<Arc<Shared>>> = const { RefCell::new(None) };
}

impl Shared {
    pub(super) fn new(
        pool_state: PoolState<Task>,
        grants: Sender<Grant>,
        clock: Arc<RunClock>,
        queue: usize,
    ) -> Shared {
        let state = Locked { pool_state, sleeps_until: None, submitter_waits: false, probe: None };
        Shared {
            state: Mutex::new(state),
            wake: Condvar::new(),
            space: Condvar::new(),
            grants,
            clock,
            queue: queue as u64,
        }
    }

    /// A number that no other live pool has.
    pub(super) fn key(self: &Arc<Shared>) -> usize {
        Arc::as_ptr(self).addr()
    }

    /// Passes one event to the state and performs the resulting actions. With `own`, the first grant is returned instead of
    /// sent: a worker takes it itself.
    pub(super) fn step<R>(
        &self,
        own: bool,
        out: &mut Vec<Action<Task>>,
        event: impl FnOnce(&mut PoolState<Task>, Time, &mut Vec<Action<Task>>) -> R,
    ) -> (R, Option<Grant>) {
        self.step_locked(self.lock(), own, out, event)
    }

    /// [`Shared::step`] for a submitter: first waits for room in the queue.
    pub(super) fn step_with_room<R>(
        &self,
        out: &mut Vec<Action<Task>>,
        event: impl FnOnce(&mut PoolState<Task>, Time, &mut Vec<Action<Task>>) -> R,
    ) -> R {
        let mut state = self.lock();
        while self.is_full(&state.pool_state) && !state.pool_state.scheduler().is_closed() {
            state.submitter_waits = true;
            state = self.space.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        self.step_locked(state, false, out, event).0
    }

    /// True when the queue has no room.
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
        state.probe_run_queue(now, u32::from(own));
        let result = event(&mut state.pool_state, now, out);
        self.unlock(state);
        (result, self.perform(now, own, out))
    }

    /// Releases the lock, then wakes the coordinator and the submitters if the change concerns them.
    fn unlock(&self, mut state: MutexGuard<'_, Locked>) {
        let pool_state = &state.pool_state;
        let wake = state.sleeps_until.is_some_and(|until| {
            pool_state.has_pending()
                || pool_state.scheduler().is_over()
                || pool_state.next_poll().is_some_and(|at| at < until)
        });
        if wake {
            state.sleeps_until = None;
        }
        // Submitters wake when a quarter of the queue is free. To wake them for each task would cost a switch for each task.
        let queued = state.pool_state.scheduler().queued();
        let room = state.submitter_waits
            && (queued <= self.queue - (self.queue / 4).max(1) || state.pool_state.scheduler().is_closed());
        if room {
            state.submitter_waits = false;
        }
        drop(state);
        if wake {
            self.wake.notify_one();
        }
        if room {
            self.space.notify_all();
        }
    }

    fn perform(&self, now: Time, own: bool, out: &mut Vec<Action<Task>>) -> Option<Grant> {
        let mut first = None;
        let mut already_taken = 0;
        for action in out.drain(..) {
            let grant = match action {
                Action::Start { id, task, slot, .. } => {
                    Grant::Run { task, context: TaskContext { id, slot, started: now } }
                }
                Action::Retire => Grant::Retire,
                Action::Refuse(task) => {
                    already_taken += u64::from(!task.abandon());
                    continue;
                }
                Action::AddThread => continue,
            };
            if own && first.is_none() {
                first = Some(grant);
            } else {
                // This fails only when no worker is left.
                let _ = self.grants.send(grant);
            }
        }
        if already_taken > 0 {
            self.lock().pool_state.not_dropped(already_taken);
        }
        first
    }

    /// Stores a reading of the machine.
    pub(super) fn reading(&self, reading: Reading) {
        let mut state = self.lock();
        state.pool_state.reading(reading);
        self.unlock(state);
    }

    pub(super) fn set_run_queue_probe(&self, probe: Option<RunQueueProbe>) {
        self.lock().probe = probe;
    }

    /// No more readings will come.
    pub(super) fn sensor_gone(&self) {
        self.lock().pool_state.sensor_gone();
    }

    /// Puts the coordinator to sleep until it has work, at most until `latest`.
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

    /// No code that may unwind runs under this lock, so a poisoned lock holds a valid state.
    pub(super) fn lock(&self) -> MutexGuard<'_, Locked> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes this thread a thread of that pool.
pub(super) fn enter(shared: &Arc<Shared>) {
    POOL.with(|w| *w.borrow_mut() = Some(Arc::clone(shared)));
}

/// True on a thread of the pool with that key.
pub(super) fn is_inside(key: usize) -> bool {
    POOL.try_with(|w| w.borrow().as_ref().is_some_and(|s| s.key() == key)).unwrap_or(false)
}

/// On a thread of the pool with that key, runs a task for its waiting owner, and counts it. Elsewhere, does nothing.
pub(super) fn help(key: usize, run: impl FnOnce() -> TaskEnd) {
    let pool = POOL.try_with(|w| w.borrow().clone().filter(|s| s.key() == key)).unwrap_or(None);
    if let Some(shared) = pool {
        let began = shared.clock.now();
        let end = run();
        let took = shared.clock.now().since(began);
        let (report, panicked) = match end {
            TaskEnd::Ran(report) => (report, false),
            TaskEnd::Panicked => (TaskReport::new(Verdict::Failed), true),
            TaskEnd::AlreadyTaken => return,
        };
        shared.lock().pool_state.ran_inline(took, &report, panicked);
    }
}
