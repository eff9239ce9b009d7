//! The starts and ends of tasks, as a policy sees them.

use crate::time::Time;
use std::time::Duration;

/// The number of a task in its pool, from 1 in the order of submission. A task that is submitted again gets a new number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

/// The start or the end of a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TaskEvent {
    /// A task was started.
    Started {
        /// The task.
        id: TaskId,
        /// The start time.
        at: Time,
    },
    /// A task ended.
    Finished(Finished),
}

/// The end of a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finished {
    /// The task.
    pub id: TaskId,
    /// The end time.
    pub at: Time,
    /// The run time.
    pub took: Duration,
    /// The result.
    pub verdict: Verdict,
    /// The CPU time that the task used, where known.
    pub cpu: Option<Duration>,
    /// The peak resident memory in bytes, where known.
    pub max_rss: Option<u64>,
    /// The mean number of running tasks during the run time, at least 1 for a task that took time.
    pub mean_running: f64,
}

/// The result of a task, as far as policies distinguish it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The task succeeded.
    Ok,
    /// The task failed: it panicked, or its exit status was not 0.
    Failed,
    /// The task failed with a status that means "too many at once" (`--backoff-on`).
    Backoff,
    /// The task was ended by a SIGKILL that its owner did not send. The cause is usually that memory ran out. Counts as failed.
    KilledByKernel,
    /// The owner ended the task (timeout, halt, interrupt). Does not count as throughput.
    Killed,
    /// The system refused to start the task, for lack of processes, descriptors or memory. Its owner submits it again.
    NotStarted,
}
