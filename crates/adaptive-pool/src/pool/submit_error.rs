//! Why the pool did not accept a task.

use std::fmt;

/// Why [`AdaptivePool::submit`](super::AdaptivePool::submit) or [`AdaptivePool::run`](super::AdaptivePool::run) did not accept
/// a task. The task was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubmitError {
    /// The pool was shut down, or is shutting down.
    Closed,
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pool is closed")
    }
}

impl std::error::Error for SubmitError {}

/// Why [`AdaptivePool::try_submit`](super::AdaptivePool::try_submit) did not accept a task. It contains the task.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrySubmitError<F> {
    /// [`PoolConfig::queue`](super::PoolConfig::queue) tasks are waiting.
    Full(F),
    /// The pool was shut down, or is shutting down.
    Closed(F),
}

impl<F> TrySubmitError<F> {
    /// The task, to submit it again or to run it here.
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
