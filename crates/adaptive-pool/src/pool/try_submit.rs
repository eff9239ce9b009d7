//! Submitting without waiting for room: [`AdaptivePool::try_submit`].

use super::task::Task;
use super::{AdaptivePool, TaskHandle};
use crate::Priority;
use std::fmt;

/// Why a task was not taken by [`AdaptivePool::try_submit`], with the task.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrySubmitError<F> {
    /// As many tasks wait as may wait ([`PoolConfig::queue`](super::PoolConfig::queue)).
    Full(F),
    /// The pool takes no more tasks: it was shut down, or is being shut down.
    Closed(F),
}

impl<F> TrySubmitError<F> {
    /// The task, to be submitted again or to be run here.
    pub fn into_task(self) -> F {
        match self {
            TrySubmitError::Full(task) | TrySubmitError::Closed(task) => task,
        }
    }
}

impl<F> fmt::Display for TrySubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrySubmitError::Full(_) => "the queue is full",
            TrySubmitError::Closed(_) => "the pool is closed",
        })
    }
}

impl<F> fmt::Debug for TrySubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrySubmitError::Full(_) => "Full(..)",
            TrySubmitError::Closed(_) => "Closed(..)",
        })
    }
}

impl<F> std::error::Error for TrySubmitError<F> {}

impl AdaptivePool {
    /// Takes a task if there is room in the queue, and never blocks; else gives it back. Unlike [`AdaptivePool::submit`] it
    /// minds the room also from inside a task of this pool.
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
            // An open pool takes it: this is one event.
            let _ = pool_state.submit(now, task, priority, out);
            Ok(result)
        })?;
        Ok(TaskHandle::new(result, self.shared.key()))
    }
}
