//! The settings of `auto`, and what it could not see.

use super::super::setting::{ConfigError, Field, FieldMut};
use super::consts;
use std::time::Duration;

/// The settings of `auto`; every one is a flag.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoConfig {
    /// Tasks started before the first reading, at most (and no more than there are cores). 1 to 64.
    pub start: u32,
    /// How far the blind ramp goes before the first task has ended. 1 to 100 000.
    pub blind: u32,
    /// Whether a task that says "too much at once" ([`Verdict::Backoff`](crate::policy::Verdict::Backoff)) lowers the limit at once.
    pub backoff: bool,
    /// Part of memory kept free, 0 to 0.9.
    pub memory_reserve: f64,
    /// Whether the youngest tasks are stopped (SIGSTOP) when memory is about to run out all the same.
    pub brake: bool,
}

impl Default for AutoConfig {
    fn default() -> AutoConfig {
        AutoConfig { start: 4, blind: 32, backoff: true, memory_reserve: 0.05, brake: true }
    }
}

impl AutoConfig {
    /// How often it decides once settled.
    pub const INTERVAL: Duration = consts::TICK;

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if self.memory_reserve > 0.9 {
            return Err(ConfigError::new(format!(
                "--memory-reserve {} must be from 0 to 0.9",
                self.memory_reserve
            )));
        }
        Ok(())
    }

    pub(crate) fn fields(&mut self) -> Vec<Field<'_>> {
        vec![
            ("start_workers", FieldMut::Count(&mut self.start)),
            ("blind_workers", FieldMut::Count(&mut self.blind)),
            ("backoff", FieldMut::Switch(&mut self.backoff)),
            ("memory_reserve", FieldMut::Ratio(&mut self.memory_reserve)),
            ("memory_brake", FieldMut::Switch(&mut self.brake)),
        ]
    }
}

/// What could not be seen so far: the laws work without it, less sharply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "four independent facts, not a state")]
pub struct Unseen {
    /// CPU time of running tasks.
    pub task_cpu: bool,
    /// The run queue.
    pub run_queue: bool,
    /// Time lost to I/O.
    pub io_pressure: bool,
    /// Memory of the machine.
    pub memory: bool,
}

impl Unseen {
    /// The names of what could not be seen.
    pub fn names(self) -> Vec<&'static str> {
        let all = [
            (self.task_cpu, "task_cpu"),
            (self.run_queue, "run_queue"),
            (self.io_pressure, "io_pressure"),
            (self.memory, "memory"),
        ];
        all.into_iter().filter_map(|(missing, name)| missing.then_some(name)).collect()
    }
}
