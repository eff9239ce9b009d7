//! The input and the output of the scheduler.

use crate::policy::TaskId;
use crate::task_order::{Priority, Slot};
use std::time::Duration;

/// An event that the scheduler handles.
#[derive(Debug)]
pub enum Event<T> {
    /// A task was submitted.
    Submitted {
        /// The number of the task. Each number is higher than the one before.
        id: TaskId,
        /// The payload.
        task: T,
        /// The priority.
        priority: Priority,
    },
    /// The task in this slot ended. Its thread is idle.
    Finished(Slot),
    /// The system refused to start the task in this slot. Its thread is idle.
    NotStarted(Slot),
    /// A requested thread has started. It is idle.
    ThreadReady,
    /// The system refused a requested thread.
    ThreadRefused,
    /// A decision of the policy.
    Decided {
        /// The new limit, in tasks at once.
        limit: u32,
        /// The number of tasks that may start until the next decision; `None` for no such bound.
        starts: Option<u32>,
        /// Whether the end of a task adds one to `starts`.
        refill: bool,
    },
    /// The bounds moved the limit. The remaining starts stay.
    Bounded(u32),
    /// Start no task until `Resumed`.
    Paused,
    /// Start tasks again.
    Resumed,
    /// Refuse all waiting tasks.
    DropQueued,
    /// Accept no more tasks. Retire the threads when no task is left.
    Closed,
    /// Time has passed.
    Tick,
}

/// An action that the caller performs.
#[derive(Debug, PartialEq, Eq)]
pub enum Action<T> {
    /// Give this task to an idle thread.
    Start {
        /// The number of the task.
        id: TaskId,
        /// The payload.
        task: T,
        /// The slot of the task until it ends.
        slot: Slot,
        /// The time that the task waited.
        waited: Duration,
    },
    /// Start one more thread. The answer is `ThreadReady` or `ThreadRefused`.
    AddThread,
    /// Retire one idle thread.
    Retire,
    /// Drop this task. It was never started.
    Refuse(T),
}
