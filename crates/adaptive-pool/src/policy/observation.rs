//! The input of a decision.

use super::bounds::Bounds;
use super::reading::Reading;
use super::task_event::TaskEvent;
use crate::time::Time;
use std::time::Duration;

/// The input of a decision.
#[derive(Clone, Debug)]
pub struct Observation<'a> {
    /// The time of the decision.
    pub now: Time,
    /// The time since the last decision.
    pub span: Duration,
    /// The number of cores that the pool may use, above 0. CPU affinity and CPU quota are included, so it may be a fraction.
    pub cores: f64,
    /// The bounds in force.
    pub bounds: Bounds,
    /// The limit in force, in tasks at once.
    pub limit: u32,
    /// The number of running tasks.
    pub running: u32,
    /// The number of waiting tasks.
    pub queued: u64,
    /// True while more tasks may be submitted.
    pub input_open: bool,
    /// True when the limit was reached at some time since the last decision. A higher limit has no effect without this.
    pub saturated: bool,
    /// The time integral of running tasks since the start, in task-seconds. Its growth divided by the time is the mean number
    /// of running tasks.
    pub task_seconds: f64,
    /// The starts and ends of tasks since the last decision, in order.
    pub events: &'a [TaskEvent],
    /// The last reading of the machine. All figures are unknown when it is too old.
    pub machine: &'a Reading,
}
