//! The outcome of one task: the result for its handle, and the end of the task for the pool.

use super::hooks::TaskReport;
use std::fmt;
use std::time::Duration;

/// Why a task has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskError {
    /// The task panicked. The text is the message of the panic, or `of a type that is not text`.
    Panicked(String),
    /// The task was dropped before it started.
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

/// How a call that runs a task ended, for the counts of the pool.
#[derive(Clone, Copy, Debug)]
pub(super) enum TaskEnd {
    /// The task ran.
    Ran(TaskReport),
    /// The task panicked.
    Panicked,
    /// Another thread took the task earlier and counts it.
    AlreadyTaken,
}

/// The side of a task that its handle sees.
pub(super) trait ResultCell<T>: Send + Sync {
    /// Waits for the result.
    fn wait(&self) -> Result<T, TaskError>;
    /// Waits for the result, at most for `timeout`.
    fn wait_timeout(&self, timeout: Duration) -> Option<Result<T, TaskError>>;
    /// The result, if the task has ended.
    fn try_wait(&self) -> Option<Result<T, TaskError>>;
    /// True when the task has ended or was dropped.
    fn is_done(&self) -> bool;
    /// Runs the task on this thread, unless another thread took it.
    fn run_here(&self) -> TaskEnd;
}
