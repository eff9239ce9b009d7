//! The running tasks that have processes.

use adaptive_pool::policy::TaskId;
use adaptive_pool::time::Time;
use std::time::Duration;

/// The running tasks that have processes. Called on the sampler thread.
pub trait TaskSource: Send {
    /// Calls `each` once for each running task, in any order, with its number, the id of its leading process, its start time,
    /// and whether its owner has suspended it.
    fn live(&mut self, each: &mut dyn FnMut(TaskId, u32, Time, bool));
    /// The CPU time of all ended tasks. It only grows.
    fn finished_cpu(&self) -> Duration;
}
