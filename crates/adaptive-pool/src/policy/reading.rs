//! One reading of the machine. Every figure may be unknown, and an unknown figure is `None`, never 0.

use super::task_event::TaskId;
use crate::time::Time;
use std::time::Duration;

/// One reading of the machine. Every figure may be unknown, and an unknown figure is `None`, never 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The time of the reading. [`Time::ZERO`] before the first one.
    pub at: Time,
    /// CPU use since the previous reading, 0 to 1: of all CPUs that this process may use, or of its CPU quota.
    pub cpu: Option<f64>,
    /// Memory of the machine, or of the control group when less is available there.
    pub memory: Option<Memory>,
    /// The load average of one minute.
    pub load: Option<f64>,
    /// Runnable threads on the machine at this moment, without the thread that reads.
    pub run_queue: Option<f64>,
    /// Pressure stall totals.
    pub pressure: Option<Pressure>,
    /// The delay with which the sampler thread woke.
    pub lag: Option<Duration>,
    /// Pages swapped in since the previous reading.
    pub swap_in: Option<u64>,
    /// Pages swapped out since the previous reading.
    pub swap_out: Option<u64>,
    /// The processes or threads of the running tasks.
    pub tasks: Option<TasksReading>,
}

/// Memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The memory of the machine, or the limit of the control group. Above 0.
    pub total: u64,
    /// The memory that can be used without swapping.
    pub available: u64,
}

impl Memory {
    /// The ratio of memory in use, 0 to 1.
    pub fn used(self) -> f64 {
        if self.total == 0 { 0.0 } else { 1.0 - (self.available.min(self.total) as f64 / self.total as f64) }
    }
}

/// Pressure stall information: the total time lost so far. The difference of two readings is the time lost between them.
/// Source: the kernel's Documentation/accounting/psi.rst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Time in which some task waited for a CPU.
    pub cpu_some: Duration,
    /// Time in which some task waited for I/O.
    pub io_some: Duration,
    /// Time in which some task waited for memory.
    pub memory_some: Duration,
    /// Time in which all tasks waited for memory.
    pub memory_full: Duration,
}

/// The processes or threads of the running tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TasksReading {
    /// The CPU time of all running tasks, descendants included.
    pub cpu: Duration,
    /// Runnable threads of the running tasks.
    pub runnable: f64,
    /// The CPU time of all ended tasks. The sum `cpu + ended` only grows.
    pub ended: Duration,
    /// The running tasks that were read: at most 64 for each reading.
    pub each: Vec<TaskReading>,
    /// True when tasks are threads of this process. Their memory is unknown, and `each` is empty.
    pub threads: bool,
}

/// The process tree of one running task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaskReading {
    /// The task.
    pub id: TaskId,
    /// The start time.
    pub started: Time,
    /// The CPU time so far.
    pub cpu: Duration,
    /// The resident memory now, in bytes.
    pub rss: u64,
    /// True while its owner has suspended the task.
    pub suspended: bool,
}
