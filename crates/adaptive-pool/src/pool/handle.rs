//! The claim to a task's result.

use super::shared;
use super::task::Ended;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Why a task gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskError {
    /// It panicked; the panic's message, or `of a type that is not text`.
    Panicked(String),
    /// It was dropped before it started.
    Dropped,
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaskError::Panicked(message) => write!(f, "the task panicked: {message}"),
            TaskError::Dropped => f.write_str("the task was dropped before it started"),
        }
    }
}

impl std::error::Error for TaskError {}

/// The result's side of a task.
pub(super) trait ResultCell<T>: Send + Sync {
    fn wait(&self) -> Result<T, TaskError>;
    fn wait_timeout(&self, timeout: Duration) -> Option<Result<T, TaskError>>;
    fn try_wait(&self) -> Option<Result<T, TaskError>>;
    fn is_done(&self) -> bool;
    /// Runs the task on this thread if nobody has begun it.
    fn run_here(&self) -> Ended;
}

/// The claim to the result of one task. May be dropped: the task runs all the same.
#[must_use = "the result of the task is lost with its handle; `drop` it if that is meant"]
pub struct TaskHandle<T> {
    result: Arc<dyn ResultCell<T>>,
    pool: usize,
}

impl<T> TaskHandle<T> {
    /// `pool` is the key of the pool that runs it.
    pub(super) fn new(result: Arc<dyn ResultCell<T>>, pool: usize) -> TaskHandle<T> {
        TaskHandle { result, pool }
    }

    /// Waits until the task has ended, and gives its result.
    ///
    /// From inside a task of the same pool, a task that has not begun is run at once by the thread that waits, in the waiting
    /// task's own place: tasks may wait for tasks they submitted even when the limit is 1.
    pub fn wait(self) -> Result<T, TaskError> {
        shared::help(self.pool, || self.result.run_here());
        self.result.wait()
    }

    /// Waits until the task has ended, but not longer than this; the handle back if it has not.
    ///
    /// From inside a task of the same pool it only waits: unlike [`TaskHandle::wait`] it does not run a task that has not begun, which
    /// might take longer than the wait may.
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

    /// The result if the task has ended, else the handle back.
    pub fn try_wait(self) -> Result<Result<T, TaskError>, TaskHandle<T>> {
        self.result.try_wait().ok_or(self)
    }

    /// True when the task has ended (or was dropped): `wait` would not block.
    pub fn is_done(&self) -> bool {
        self.result.is_done()
    }
}

impl<T> fmt::Debug for TaskHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskHandle").field("done", &self.is_done()).finish()
    }
}
