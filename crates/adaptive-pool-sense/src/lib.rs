#![doc = include_str!("../README.md")]
//!
//! # Contents
//!
//! - [`pool`] starts an [`AdaptivePool`](adaptive_pool::AdaptivePool) with a [`MachineSensor`].
//! - [`MachineSensor`] is a [`Sensor`](adaptive_pool::policy::Sensor) for the hooks of a pool. With a [`TaskSource`] it also
//!   reads the processes of running tasks.
//! - [`cores`] is the number of cores that this process may use, and [`cpus`] their places in the machine.
//!
//! A sensor does not panic, does not block for long, and keeps no error.

mod cgroup;
mod cores;
mod cpu;
mod file;
mod load;
mod machine;
mod memory;
mod portable;
mod pressure;
mod procfs;
mod swap;
mod task_source;
mod tasks;
mod threads;
mod topology;
mod tree;
mod with_sensors;

pub use cores::cores;
pub use machine::MachineSensor;
pub use task_source::TaskSource;
pub use topology::{Cpu, cpus};
pub use with_sensors::pool;
