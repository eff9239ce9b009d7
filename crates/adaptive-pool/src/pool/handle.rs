//! The handle of a submitted task.

use super::shared;
use super::task_result::{ResultCell, TaskError};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The handle of one submitted task. It gives the result of the task. A task also runs when its handle is dropped.
#[must_use = "the result of the task is lost with its handle; `drop` it if that is meant"]
pub struct TaskHandle<T> {
    result: Arc<dyn ResultCell<T>>,
    pool: usize,
}

impl<T> TaskHandle<T> {
    /// `pool` is the key of the pool that runs the task.
    pub(super) fn new(result: Arc<dyn ResultCell<T>>, pool: usize) -> TaskHandle<T> {
        TaskHandle { result, pool }
    }

    /// Waits until the task has ended, and returns its result.
    ///
    /// A task may wait for a task that it submitted to the same pool, even when the limit is 1: if the awaited task has not
    /// started, the waiting thread runs it, in the slot of the waiting task.
    ///
    /// # Errors
    ///
    /// [`TaskError`] when the task panicked, or was dropped before it started.
    pub fn wait(self) -> Result<T, TaskError> {
        shared::help(self.pool, || self.result.run_here());
        self.result.wait()
    }

    /// Waits until the task has ended, but not longer than `timeout`.
    ///
    /// Unlike [`TaskHandle::wait`], it never runs the task on the waiting thread, because the task may take longer than
    /// `timeout`.
    ///
    /// # Errors
    ///
    /// The handle itself when the task has not ended in time.
    ///
    /// ```
    /// use adaptive_pool::{AdaptivePool, PoolConfig, Priority};
    /// use std::time::Duration;
    ///
    /// let pool = AdaptivePool::new(PoolConfig::default())?;
    /// pool.pause();
    /// let handle = pool.submit(|| 6 * 7, Priority::default())?;
    /// let handle = handle.wait_timeout(Duration::from_millis(10)).unwrap_err(); // not yet
    /// pool.resume();
    /// assert_eq!(handle.wait_timeout(Duration::from_secs(60)).unwrap(), Ok(42));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_timeout(self, timeout: Duration) -> Result<Result<T, TaskError>, TaskHandle<T>> {
        self.result.wait_timeout(timeout).ok_or(self)
    }

    /// The result of the task, without waiting.
    ///
    /// # Errors
    ///
    /// The handle itself when the task has not ended.
    pub fn try_wait(self) -> Result<Result<T, TaskError>, TaskHandle<T>> {
        self.result.try_wait().ok_or(self)
    }

    /// True when the task has ended or was dropped: [`TaskHandle::wait`] would not block.
    pub fn is_done(&self) -> bool {
        self.result.is_done()
    }
}

impl<T> fmt::Debug for TaskHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskHandle").field("done", &self.is_done()).finish()
    }
}
