//! The public face of a pool: it starts the threads, passes events to the shared state, and joins the threads.

use super::config::{MAX_WORKERS, PoolConfig, StartError};
use super::coordinator::{Coordinator, spawn};
use super::handle::TaskHandle;
use super::hooks::{Hooks, Spawn, TaskContext, TaskReport};
use super::metrics::Metrics;
use super::pool_state::{PoolState, Setup};
use super::report::Report;
use super::scheduler::Action;
use super::shared::{self, Shared};
use super::submit_error::{SubmitError, TrySubmitError};
use super::task::Task;
use crate::policy::{Bounds, Sensor, TaskId};
use crate::task_order::Priority;
use crate::time::{RunClock, Time};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

/// A pool of worker threads that adapts how many tasks run at once.
///
/// Submit closures with a [`Priority`], and take the results from their [`TaskHandle`]s. A policy moves the limit, which is
/// the number of tasks that may run at once, within the bounds of the [`PoolConfig`]. Dropping a pool is
/// [`shutdown(true)`](AdaptivePool::shutdown): all accepted tasks still run.
///
/// ```
/// use adaptive_pool::{AdaptivePool, PoolConfig, Priority, TaskError};
///
/// let pool = AdaptivePool::new(PoolConfig { max: 8, ..PoolConfig::default() })?;
/// let handles: Vec<_> = (1..=10u64)
///     .map(|n| pool.submit(move || n * n, Priority::default()))
///     .collect::<Result<_, _>>()?;
/// let sum = handles.into_iter().map(|handle| handle.wait()).sum::<Result<u64, _>>()?;
/// assert_eq!(sum, 385);
///
/// // A panic is the result of its own task alone.
/// let bad = pool.submit(|| -> u64 { panic!("no luck") }, Priority(-1))?;
/// assert_eq!(bad.wait(), Err(TaskError::Panicked("no luck".to_owned())));
///
/// let report = pool.shutdown(true);
/// assert_eq!((report.completed, report.panicked), (10, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AdaptivePool {
    shared: Arc<Shared>,
    config: PoolConfig,
    /// `None` once joined. The lock is held during the join.
    coordinator: Mutex<Option<JoinHandle<()>>>,
}

impl AdaptivePool {
    /// Starts a pool without a sensor. `adaptive_pool_sense::pool` starts one with a sensor.
    ///
    /// # Errors
    ///
    /// [`StartError`] when a setting is out of range, or the system refuses the first threads.
    pub fn new(config: PoolConfig) -> Result<AdaptivePool, StartError> {
        AdaptivePool::with(config, Hooks::default())
    }

    /// Starts a pool with hooks: a policy of your own, guards, a sensor, an observer, a clock.
    ///
    /// # Errors
    ///
    /// As for [`AdaptivePool::new`].
    pub fn with(config: PoolConfig, mut hooks: Hooks) -> Result<AdaptivePool, StartError> {
        let spawn = hooks.spawn.take().unwrap_or_else(|| Box::new(spawn));
        AdaptivePool::start(config, hooks, spawn)
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

    /// Starts the first worker and the coordinator. A pool that was returned has at least one worker.
    fn launch(
        self,
        mut coordinator: Coordinator,
        sensor: Option<Box<dyn Sensor>>,
    ) -> Result<AdaptivePool, StartError> {
        let name = format!("{}-pool", self.config.thread_name);
        coordinator.attach_sensor(sensor);
        self.shared.lock().pool_state.expect_thread();
        coordinator.try_add_thread().map_err(StartError::Thread)?;
        match spawn(Builder::new().name(name), Box::new(move || coordinator.run())) {
            Ok(thread) => *self.coordinator() = Some(thread),
            Err(e) => {
                self.close(false);
                return Err(StartError::Thread(e));
            }
        }
        Ok(self)
    }

    /// Submits a task. Blocks while [`PoolConfig::queue`] tasks are waiting, except when called from a task of this pool.
    ///
    /// A task may submit other tasks and wait for their handles, whatever the limit is:
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
    ///
    /// # Errors
    ///
    /// [`SubmitError::Closed`] after a shutdown.
    pub fn submit<F, T>(&self, task: F, priority: Priority) -> Result<TaskHandle<T>, SubmitError>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (task, result) = Task::with_result(task);
        self.accept(task, priority)?;
        Ok(TaskHandle::new(result, self.shared.key()))
    }

    /// Submits a task if the queue has room, without blocking. The limit of the queue also applies to calls from a task of
    /// this pool.
    ///
    /// ```
    /// use adaptive_pool::pool::TrySubmitError;
    /// use adaptive_pool::{AdaptivePool, PoolConfig, Priority};
    ///
    /// let pool = AdaptivePool::new(PoolConfig { queue: 1, ..PoolConfig::default() })?;
    /// pool.pause();
    /// let waits = pool.try_submit(|| 1, Priority::default())?;
    /// let refused = pool.try_submit(|| 2, Priority::default()).unwrap_err();
    /// assert!(matches!(refused, TrySubmitError::Full(_)));
    /// assert_eq!(refused.into_task()(), 2); // run here instead
    /// pool.resume();
    /// assert_eq!(waits.wait(), Ok(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TrySubmitError`] with the task, when the queue is full or the pool was shut down.
    pub fn try_submit<F, T>(&self, task: F, priority: Priority) -> Result<TaskHandle<T>, TrySubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let result = self.event(|pool_state, now, out| {
            if pool_state.scheduler().is_closed() {
                return Err(TrySubmitError::Closed(task));
            }
            if self.shared.is_full(pool_state) {
                return Err(TrySubmitError::Full(task));
            }
            let (task, result) = Task::with_result(task);
            // The pool is open, and the lock is held: this cannot fail.
            let _ = pool_state.submit(now, task, priority, out);
            Ok(result)
        })?;
        Ok(TaskHandle::new(result, self.shared.key()))
    }

    /// Submits a task that reports its own end. It blocks as [`AdaptivePool::submit`] does, and gives no handle.
    ///
    /// Policies learn from the report: a failure, a request to back off, CPU time and memory.
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
    ///
    /// # Errors
    ///
    /// [`SubmitError::Closed`] after a shutdown.
    pub fn run<F>(&self, task: F, priority: Priority) -> Result<TaskId, SubmitError>
    where
        F: FnOnce(&TaskContext) -> TaskReport + Send + 'static,
    {
        self.accept(Task::reporting(task), priority)
    }

    fn accept(&self, task: Task, priority: Priority) -> Result<TaskId, SubmitError> {
        let event = |pool_state: &mut PoolState<Task>, now: Time, out: &mut Vec<Action<Task>>| {
            pool_state.submit(now, task, priority, out)
        };
        let mut out = Vec::new();
        let accepted = if shared::is_inside(self.shared.key()) {
            self.shared.step(false, &mut out, event).0
        } else {
            self.shared.step_with_room(&mut out, event)
        };
        accepted.map_err(|task| {
            drop(task);
            SubmitError::Closed
        })
    }

    /// Sets the bounds of the limit, in tasks at once. A `min` of 0 becomes 1, a `max` below `min` becomes `min`, and the
    /// highest `max` is 2²⁰.
    pub fn set_bounds(&self, min: u32, max: u32) {
        let bounds = Bounds { min, max: max.min(MAX_WORKERS) };
        self.event(|pool_state, now, out| pool_state.set_bounds(now, bounds, out));
    }

    /// Sets whether more tasks may be submitted later; true at the start. Policies and [`Metrics::starved_ms`] use it.
    pub fn set_input_open(&self, open: bool) {
        self.event(|pool_state, now, _| pool_state.set_input_open(now, open));
    }

    /// Starts no more tasks until [`AdaptivePool::resume`]. Running tasks continue, and tasks are still accepted.
    pub fn pause(&self) {
        self.event(|pool_state, now, out| pool_state.set_paused(now, true, out));
    }

    /// Starts tasks again.
    pub fn resume(&self) {
        self.event(|pool_state, now, out| pool_state.set_paused(now, false, out));
    }

    /// Drops all tasks that have not started, and returns their number. Their handles get
    /// [`TaskError::Dropped`](super::TaskError::Dropped).
    pub fn drop_queued(&self) -> u64 {
        self.event(|pool_state, now, out| {
            pool_state.drop_queued(now, out);
            out.iter().filter(|a| matches!(a, Action::Refuse(_))).count() as u64
        })
    }

    /// The number of waiting tasks.
    pub fn queued(&self) -> u64 {
        self.shared.lock().pool_state.scheduler().queued()
    }

    /// The number of running tasks.
    pub fn running(&self) -> u32 {
        self.shared.lock().pool_state.scheduler().running()
    }

    /// A snapshot. All figures are of the same moment.
    ///
    /// ```
    /// # use adaptive_pool::{AdaptivePool, PoolConfig, Priority};
    /// let pool = AdaptivePool::new(PoolConfig::default())?;
    /// pool.submit(|| (), Priority::default())?.wait()?;
    /// let metrics = pool.metrics();
    /// assert_eq!((metrics.total_submitted, metrics.queue_depth), (1, 0));
    /// assert!(metrics.limit >= pool.config().min && metrics.limit <= pool.config().max);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn metrics(&self) -> Metrics {
        self.event(|pool_state, now, _| pool_state.metrics(now))
    }

    /// The settings that the pool was started with.
    pub fn config(&self) -> &PoolConfig {
        &self.config
    }

    /// Closes the pool, and returns when no task runs. With `wait`, all waiting tasks run first; without, they are dropped.
    /// Later submissions get [`SubmitError::Closed`]. A second call returns the same report.
    ///
    /// A call from a task, an observer or an adviser of this pool does not wait, because it would wait for itself. Its report
    /// is of that moment.
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

    /// [`shutdown(false)`](AdaptivePool::shutdown) for a caller that ends the process next. When no task runs or waits, the
    /// idle threads are not woken and joined, which would only delay the end of the process.
    pub fn leave(self) -> Report {
        if self.running() > 0 || self.queued() > 0 {
            return self.shutdown(false);
        }
        *self.coordinator() = None;
        let (now, mut not_performed) = (self.shared.clock.now(), Vec::new());
        let mut state = self.shared.lock();
        state.pool_state.close(now, &mut not_performed);
        state.pool_state.report(now)
    }

    fn close(&self, wait: bool) {
        self.event(|pool_state, now, out| {
            if !wait {
                pool_state.drop_queued(now, out);
            }
            pool_state.close(now, out);
        });
        if shared::is_inside(self.shared.key()) {
            return;
        }
        // A second caller waits for this lock, and so for the end of the join.
        let mut coordinator = self.coordinator();
        if let Some(thread) = coordinator.take() {
            // The coordinator catches all panics of hooks.
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
