//! `threshold`: CPU and queue thresholds with memory relief.
//!
//! In this order: m > memory threshold → L −= 2. u > CPU high and q < queue low (over-threaded) → L −= 2. u < CPU low and
//! q > queue high (under-used) → L += 4. Else q > moderate queue and u < CPU high → L += 2. Else hold. Two contradictory
//! decisions in a row become a hold. The law's source raises by 2 at moderate queues whatever the CPU does; with jobs
//! that are processes this runs away, hence the CPU condition.

use super::config::whole;
use super::setting::{ConfigError, Field, Slot, at_most, below};
use super::window::{MoveRules, WindowReading, is_busy};
use super::{Bounds, Decision, Observation, Policy, Why};
use std::cmp::Ordering;
use std::time::Duration;

/// The constants of `threshold`. Source: the law's published defaults, except where said.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdConfig {
    /// How often to look. Default 1 s (5 s by its source, which is too slow for runs of a minute).
    pub interval: Duration,
    /// For how long nothing moves after a decrease. Default 0.
    pub cooldown: Duration,
    /// CPU use below which the machine is under-used, 0 to 1. Default 0.40.
    pub cpu_low_threshold: f64,
    /// CPU use above which it is full, 0 to 1, above the former. Default 0.80.
    pub cpu_threshold: f64,
    /// Waiting jobs above which the queue is long. Default 20.
    pub queue_high_threshold: u64,
    /// Waiting jobs above which it is moderate, at most the former. Default 5.
    pub queue_moderate_threshold: u64,
    /// Waiting jobs below which it is short, at most the former. Default 2.
    pub queue_low_threshold: u64,
    /// Memory in use above which workers are taken away, 0 to 1. Default 0.85.
    pub memory_threshold: f64,
    /// Workers added to an under-used machine, at least 1. Default 4.
    pub step_up: u32,
    /// Workers added for a moderate queue, at least 1. Default 2.
    pub step_up_moderate: u32,
    /// Workers taken away, at least 1. Default 2.
    pub step_down: u32,
}

impl Default for ThresholdConfig {
    fn default() -> ThresholdConfig {
        ThresholdConfig {
            interval: Duration::from_secs(1),
            cooldown: Duration::ZERO,
            cpu_low_threshold: 0.40,
            cpu_threshold: 0.80,
            queue_high_threshold: 20,
            queue_moderate_threshold: 5,
            queue_low_threshold: 2,
            memory_threshold: 0.85,
            step_up: 4,
            step_up_moderate: 2,
            step_down: 2,
        }
    }
}

impl ThresholdConfig {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        below(("cpu_low_threshold", self.cpu_low_threshold), ("cpu_threshold", self.cpu_threshold))?;
        let moderate = ("queue_moderate_threshold", self.queue_moderate_threshold);
        at_most(("queue_low_threshold", self.queue_low_threshold), moderate)?;
        at_most(moderate, ("queue_high_threshold", self.queue_high_threshold))
    }

    pub(crate) fn fields(&mut self) -> Vec<Field<'_>> {
        vec![
            ("interval", Slot::Period(&mut self.interval)),
            ("cooldown", Slot::Wait(&mut self.cooldown)),
            ("cpu_low_threshold", Slot::Ratio(&mut self.cpu_low_threshold)),
            ("cpu_threshold", Slot::Ratio(&mut self.cpu_threshold)),
            ("queue_high_threshold", Slot::Depth(&mut self.queue_high_threshold)),
            ("queue_moderate_threshold", Slot::Depth(&mut self.queue_moderate_threshold)),
            ("queue_low_threshold", Slot::Depth(&mut self.queue_low_threshold)),
            ("memory_threshold", Slot::Ratio(&mut self.memory_threshold)),
            ("step_up", Slot::Count(&mut self.step_up)),
            ("step_up_moderate", Slot::Count(&mut self.step_up_moderate)),
            ("step_down", Slot::Count(&mut self.step_down)),
        ]
    }
}

/// The law.
#[derive(Debug)]
pub(crate) struct Threshold {
    config: ThresholdConfig,
    start: u32,
    gate: MoveRules,
    /// Where the last look wanted to go.
    before: Ordering,
}

impl Threshold {
    pub(crate) fn new(config: ThresholdConfig, cores: f64) -> Threshold {
        let gate = MoveRules::new(config.interval, config.cooldown);
        Threshold { config, start: whole(cores).max(4), gate, before: Ordering::Equal }
    }

    fn law(&self, look: &WindowReading) -> (u32, Why) {
        let config = &self.config;
        let (limit, queued) = (look.limit, look.queued);
        let down = limit.saturating_sub(config.step_down).max(1);
        if let Some(used) = look.memory.filter(|used| *used > config.memory_threshold) {
            return (down, Why::MemoryHigh { used, threshold: config.memory_threshold });
        }
        let Some(cpu) = look.cpu else { return (limit, Why::CpuUnknown) };
        if cpu > config.cpu_threshold && queued < config.queue_low_threshold {
            return (down, Why::OverThreaded { cpu, queued });
        }
        if limit >= look.bounds.max {
            return (limit, Why::AtMax { max: limit });
        }
        let why = Why::Queue { queued, cpu: Some(cpu) };
        if cpu < config.cpu_low_threshold && queued > config.queue_high_threshold {
            return (limit.saturating_add(config.step_up), why);
        }
        if queued <= config.queue_moderate_threshold {
            return (limit, Why::Steady { cpu: Some(cpu), queued });
        }
        if !is_busy(cpu, config.cpu_threshold) {
            return (limit.saturating_add(config.step_up_moderate), why);
        }
        (limit, Why::CpuHigh { cpu, threshold: config.cpu_threshold })
    }
}

impl Policy for Threshold {
    fn name(&self) -> &'static str {
        "threshold"
    }

    fn initial(&self, bounds: Bounds) -> u32 {
        self.start.clamp(bounds.min, bounds.max)
    }

    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        let look = match self.gate.look(seen, false) {
            Ok(look) => look,
            Err(resting) => return resting,
        };
        let (want, why) = self.law(&look);
        let course = want.cmp(&look.limit);
        let contradicts = course != Ordering::Equal && course == self.before.reverse();
        self.before = course;
        if contradicts {
            return self.gate.hold(&look, Why::Contradiction);
        }
        self.gate.settle(&look, want, why)
    }
}

#[cfg(test)]
mod tests;
