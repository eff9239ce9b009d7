//! The library: an adaptive pool of workers.
//!
//! # The grant protocol
//!
//! The limit counts *grants*, not threads. The scheduler grants a waiting task (lowest priority number first, then in the order
//! of submission) while fewer than `limit` run; a grant is given back only when its task has ended. So a limit that falls
//! never interrupts a task: the number running follows as tasks end. Threads are a cache behind that: one is started when a
//! grant could be given and none is idle, and one that was not needed for `keep_alive` is sent `Retire` down the same
//! channel as tasks, which only an idle worker can take. A thread that the system refuses lowers a ceiling over the limit,
//! and the task stays where it was.
//!
//! All decisions are made by one pure state machine, [`pool_state`], under one lock. The thread that brings an event performs what
//! it leads to: a worker that has finished leaves with its next task in hand. The coordinator thread does what only time
//! asks for (decisions of the policy, retirements, second looks) and starts the threads; the sampler thread reads the
//! machine. Neither is on the way of a task.
//!
//! It knows no process, no file and no terminal: tasks are closures.

mod account;
mod config;
mod coordinator;
mod handle;
mod histogram;
mod hooks;
mod metrics;
mod policy_stack;
mod sampler;
mod shared;
mod task;
mod try_submit;
mod worker;

pub mod pool_state;
pub mod scheduler;

pub use config::{PoolConfig, StartError, SubmitError};
pub use handle::{TaskError, TaskHandle};
pub use hooks::{
    Advice, Adviser, DecisionEvent, DecisionRecord, Hooks, Observer, Spawn, TaskContext, TaskReport,
};
pub use metrics::{Blocked, Decisions, LimitPoint, Metrics, Performance, Spread, Workers};
pub use try_submit::TrySubmitError;

use self::coordinator::{Coordinator, spawn};
use self::pool_state::{PoolState, Setup};
use self::scheduler::Action;
use self::shared::Shared;
use self::task::Task;
use crate::Priority;
use crate::policy::{Bounds, Sensor, TaskId};
use crate::time::{RunClock, Time};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

/// A pool of workers that finds the right number of them by itself.
///
/// Closures go in with a [`Priority`], results come out of their [`TaskHandle`]s, and a policy moves the limit of how many run at
/// once, within the bounds of its [`PoolConfig`]. Dropping the pool is `shutdown(true)`: every task taken still runs.
///
/// ```
/// use adaptive_pool::{AdaptivePool, PoolConfig, Priority};
///
/// let pool = AdaptivePool::new(PoolConfig { max: 8, ..PoolConfig::default() })?;
/// let handles: Vec<_> = (1..=10u64)
///     .map(|n| pool.submit(move || n * n, Priority::default()))
///     .collect::<Result<_, _>>()?;
/// let sum = handles.into_iter().map(|t| t.wait()).sum::<Result<u64, _>>()?;
/// assert_eq!(sum, 385);
///
/// // A panic is that task's outcome, and nobody else's.
/// let bad = pool.submit(|| -> u64 { panic!("no luck") }, Priority(-1))?;
/// assert_eq!(bad.wait(), Err(adaptive_pool::TaskError::Panicked("no luck".to_owned())));
///
/// let report = pool.shutdown(true);
/// assert_eq!((report.completed, report.panicked), (10, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AdaptivePool {
    shared: Arc<Shared>,
    config: PoolConfig,
    /// `None` once it was joined; the lock is held for that long.
    coordinator: Mutex<Option<JoinHandle<()>>>,
}

/// What a pool did in its life. Every task taken is in exactly one of the counts.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Tasks that did their work.
    pub completed: u64,
    /// Tasks that failed (panics not counted).
    pub failed: u64,
    /// Tasks that panicked.
    pub panicked: u64,
    /// Tasks that were ended by their owner.
    pub killed: u64,
    /// Tasks that the system refused to start.
    pub not_started: u64,
    /// Tasks that were dropped before they started.
    pub dropped: u64,
    /// The last snapshot.
    pub metrics: Metrics,
}

impl AdaptivePool {
    /// A pool with these settings and these live parts.
    pub fn with(config: PoolConfig, mut hooks: Hooks) -> Result<AdaptivePool, StartError> {
        let spawn = hooks.spawn.take().unwrap_or_else(|| Box::new(spawn));
        AdaptivePool::start(config, hooks, spawn)
    }

    /// A pool with these settings and no sensor. `adaptive_pool_sense::hooks` makes the hooks of a pool with sensors.
    pub fn new(config: PoolConfig) -> Result<AdaptivePool, StartError> {
        AdaptivePool::with(config, Hooks::default())
    }

    fn start(config: PoolConfig, hooks: Hooks, spawn: Spawn) -> Result<AdaptivePool, StartError> {
        config.validate()?;
        let Hooks { policy, guards, sensor, observer, advice, clock, spawn: _ } = hooks;
        let cores = config.cores_in_force();
        let clock = clock.unwrap_or_else(|| Arc::new(RunClock::new()));
        let setup = Setup {
            policy: policy.unwrap_or_else(|| config.policy.build(cores)),
            guards,
            cores,
            bounds: Bounds { min: config.min, max: config.max },
            initial: config.initial,
            keep_alive: config.keep_alive,
            observed: observer.is_some(),
            sensor: sensor.is_some(),
        };
        let pool_state = PoolState::new(setup, clock.now());
        let (to_workers, grants) = crossbeam_channel::unbounded();
        let shared = Arc::new(Shared::new(pool_state, to_workers, clock, config.queue));
        let mut coordinator = Coordinator::new(&config, Arc::clone(&shared), grants, spawn);
        coordinator.observer = observer;
        coordinator.advice = advice;
        let pool = AdaptivePool { shared, config, coordinator: Mutex::new(None) };
        pool.launch(coordinator, sensor)
    }

    /// Starts the first worker, the sampler and the coordinator: a pool that exists can work.
    fn launch(
        self,
        mut coordinator: Coordinator,
        sensor: Option<Box<dyn Sensor>>,
    ) -> Result<AdaptivePool, StartError> {
        let name = |part: &str| Builder::new().name(format!("{}-{part}", self.config.thread_name));
        coordinator.expect_sensor(sensor);
        self.shared.lock().pool_state.expect_thread();
        coordinator.try_add_thread().map_err(StartError::Thread)?;
        match spawn(name("pool"), Box::new(move || coordinator.run())) {
            Ok(thread) => *self.coordinator() = Some(thread),
            Err(e) => {
                self.close(false);
                return Err(StartError::Thread(e));
            }
        }
        Ok(self)
    }

    /// Takes a task; blocks while the queue is full, except from inside a task of this pool. [`AdaptivePool::try_submit`] never
    /// blocks.
    ///
    /// A task may submit others and wait for their handles, whatever the limit is:
    ///
    /// ```
    /// use adaptive_pool::{AdaptivePool, PoolConfig, Priority};
    /// use std::sync::Arc;
    ///
    /// let pool = Arc::new(AdaptivePool::new(PoolConfig { max: 1, ..PoolConfig::default() })?);
    /// let inner = Arc::clone(&pool);
    /// let outer = pool.submit(
    ///     move || inner.submit(|| 20, Priority::default()).map(|handle| handle.wait()),
    ///     Priority::default(),
    /// )?;
    /// assert_eq!(outer.wait()?, Ok(Ok(20)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn submit<F, T>(&self, task: F, priority: Priority) -> Result<TaskHandle<T>, SubmitError>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (task, result) = Task::with_result(task);
        self.take(task, priority)?;
        Ok(TaskHandle::new(result, self.shared.key()))
    }

    /// Takes a task that says itself how it ended; blocks as [`AdaptivePool::submit`] does. It has no handle.
    ///
    /// Policies learn from what a task says: that it failed, that something is too full for more of its kind, its CPU time and
    /// memory.
    ///
    /// ```
    /// use adaptive_pool::policy::Verdict;
    /// use adaptive_pool::pool::TaskReport;
    /// use adaptive_pool::{AdaptivePool, PoolConfig, Priority};
    ///
    /// let pool = AdaptivePool::new(PoolConfig::default())?;
    /// pool.run(|task| {
    ///     assert_eq!((task.id.0, task.slot.0), (1, 1));
    ///     TaskReport::new(Verdict::Failed)
    /// }, Priority::default())?;
    /// assert_eq!(pool.shutdown(true).failed, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run<F>(&self, task: F, priority: Priority) -> Result<TaskId, SubmitError>
    where
        F: FnOnce(&TaskContext) -> TaskReport + Send + 'static,
    {
        self.take(Task::reporting(task), priority)
    }

    fn take(&self, task: Task, priority: Priority) -> Result<TaskId, SubmitError> {
        let event = |pool_state: &mut PoolState<Task>, now: Time, out: &mut Vec<Action<Task>>| {
            pool_state.submit(now, task, priority, out)
        };
        let mut out = Vec::new();
        let taken = if shared::is_inside(self.shared.key()) {
            self.shared.step(false, &mut out, event).0
        } else {
            self.shared.step_with_room(&mut out, event)
        };
        taken.map_err(|task| {
            drop(task);
            SubmitError::Closed
        })
    }

    /// Moves the bounds of the limit (in tasks at once); a `min` of 0 counts as 1, a `max` below `min` as `min`.
    pub fn set_bounds(&self, min: u32, max: u32) {
        let bounds = Bounds { min, max: max.min(config::MOST_WORKERS) };
        self.event(|pool_state, now, out| pool_state.set_bounds(now, bounds, out));
    }

    /// Says whether more input may come: policies and `starved_ms` care. True at the start.
    pub fn set_input_open(&self, open: bool) {
        self.event(|pool_state, now, _| pool_state.set_input_open(now, open));
    }

    /// Starts nothing more until [`AdaptivePool::resume`]; running tasks go on, and tasks are taken.
    pub fn pause(&self) {
        self.event(|pool_state, now, out| pool_state.set_paused(now, true, out));
    }

    /// Lets tasks start again.
    pub fn resume(&self) {
        self.event(|pool_state, now, out| pool_state.set_paused(now, false, out));
    }

    /// Drops every task that has not started, and says how many. Their handles give
    /// [`TaskError::Dropped`].
    pub fn drop_queued(&self) -> u64 {
        self.event(|pool_state, now, out| {
            pool_state.drop_queued(now, out);
            out.iter().filter(|a| matches!(a, Action::Refuse(_))).count() as u64
        })
    }

    /// How many tasks wait.
    pub fn queued(&self) -> u64 {
        self.shared.lock().pool_state.scheduler().queued()
    }

    /// How many tasks run.
    pub fn running(&self) -> u32 {
        self.shared.lock().pool_state.scheduler().running()
    }

    /// A snapshot: all its figures are of one moment.
    ///
    /// ```
    /// # use adaptive_pool::{AdaptivePool, PoolConfig, Priority};
    /// let pool = AdaptivePool::new(PoolConfig::default())?;
    /// pool.submit(|| (), Priority::default())?.wait()?;
    /// let seen = pool.metrics();
    /// assert_eq!((seen.total_submitted, seen.queue_depth), (1, 0));
    /// assert!(seen.limit >= pool.config().min && seen.limit <= pool.config().max);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn metrics(&self) -> Metrics {
        self.event(|pool_state, now, _| pool_state.metrics(now))
    }

    /// The settings it was made with.
    pub fn config(&self) -> &PoolConfig {
        &self.config
    }

    /// Takes no more tasks, and returns when none runs. True: those that wait run first. False: they are dropped, and those
    /// that run are waited for. Who submits later, from whichever thread, gets [`SubmitError::Closed`]; a second call gives
    /// the same report.
    ///
    /// From inside a task or a listener of this very pool it does not wait, since it would wait for itself; the report is then of that
    /// moment.
    ///
    /// ```
    /// # use adaptive_pool::{AdaptivePool, PoolConfig, Priority, SubmitError, TaskError};
    /// let pool = AdaptivePool::new(PoolConfig::default())?;
    /// pool.pause();
    /// let handle = pool.submit(|| (), Priority::default())?;
    /// let report = pool.shutdown(false);
    /// assert_eq!((report.completed, report.dropped), (0, 1));
    /// assert_eq!(handle.wait(), Err(TaskError::Dropped));
    /// assert_eq!(pool.submit(|| (), Priority::default()).unwrap_err(), SubmitError::Closed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shutdown(&self, wait: bool) -> Report {
        self.close(wait);
        self.event(|pool_state, now, _| pool_state.report(now))
    }

    /// [`AdaptivePool::shutdown`] of false, for a caller that ends the process next. When no task runs or waits, the idle
    /// threads are left asleep. To wake all of them would only delay the end of the process.
    pub fn leave(self) -> Report {
        if self.running() > 0 || self.queued() > 0 {
            return self.shutdown(false);
        }
        *self.coordinator() = None;
        let (now, mut untold) = (self.shared.clock.now(), Vec::new());
        let mut state = self.shared.lock();
        state.pool_state.close(now, &mut untold);
        state.pool_state.report(now)
    }

    fn take_no_more(&self, wait: bool) {
        self.event(|pool_state, now, out| {
            if !wait {
                pool_state.drop_queued(now, out);
            }
            pool_state.close(now, out);
        });
    }

    fn close(&self, wait: bool) {
        self.take_no_more(wait);
        if shared::is_inside(self.shared.key()) {
            return;
        }
        // Whoever comes second waits for the lock, and so for the end as well.
        let mut coordinator = self.coordinator();
        if let Some(thread) = coordinator.take() {
            // It runs no user code that is not caught.
            let _ = thread.join();
        }
    }

    fn coordinator(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.coordinator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn event<R>(&self, event: impl FnOnce(&mut PoolState<Task>, Time, &mut Vec<Action<Task>>) -> R) -> R {
        self.shared.step(false, &mut Vec::new(), event).0
    }
}

impl Drop for AdaptivePool {
    fn drop(&mut self) {
        if self.coordinator().is_some() {
            self.close(true);
        }
    }
}

impl fmt::Debug for AdaptivePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdaptivePool").field("config", &self.config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
