//! Sensors for an [`AdaptivePool`](adaptive_pool::AdaptivePool): what the machine and the processes of running tasks do, as a
//! [`Reading`](adaptive_pool::policy::Reading).
//!
//! They know no policy and no pool. What cannot be read is `None` in that field alone; nothing here panics, blocks for
//! long or keeps an error. On Linux files are read directly and kept open; elsewhere sysinfo stands in.

mod cgroup;
mod cores;
mod cpu;
mod file;
mod machine;
mod memory;
mod portable;
mod pressure;
mod procfs;
mod runqueue;
mod swap;
mod tasks;
mod threads;
mod topology;
mod tree;
mod with_sensors;

pub use cores::cores;
pub use machine::MachineSensor;
pub use topology::{Cpu, cpus};
pub use with_sensors::pool;

use adaptive_pool::policy::TaskId;
use adaptive_pool::time::Time;
use std::time::Duration;

/// The tasks that run now, for those who have processes. Asked on the sampler's thread.
pub trait TaskSource: Send {
    /// Calls `each` for every running task: its number, the process that leads its tree, when it was started, and whether
    /// it is stopped by us. In any order, but each once.
    fn live(&mut self, each: &mut dyn FnMut(TaskId, u32, Time, bool));
    /// CPU time of all tasks that have ended. Only grows.
    fn finished_cpu(&self) -> Duration;
}
