//! `threshold`: thresholds of CPU use and queue length, with relief for memory.
//!
//! With L the limit, q the waiting tasks, u the CPU use and m the memory in use, the first rule that applies:
//!
//! 1. m > memory threshold: L −= step down.
//! 2. u > CPU threshold and q < low queue threshold: L −= step down.
//! 3. u < low CPU threshold and q > high queue threshold: L += step up.
//! 4. q > moderate queue threshold and u < CPU threshold: L += moderate step up.
//! 5. Otherwise L stays.
//!
//! Two contradictory proposals in a row keep L. The source has no CPU condition in rule 4. With processes as tasks, the limit
//! then grows without end.

use super::bounds::{Bounds, whole_cores};
use super::decision::Decision;
use super::interface::Policy;
use super::move_rules::{MoveRules, Window, is_busy};
use super::observation::Observation;
use super::setting::{ConfigError, Field, FieldMut, at_most, below};
use super::why::Why;
use std::cmp::Ordering;
use std::time::Duration;

/// The constants of `threshold`. Source: the published defaults of the rule, except where said.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdConfig {
    /// The time between two decisions, at least 1 ms. Default 1 s (5 s in the source, which is too slow for runs of a minute).
    pub interval: Duration,
    /// The time without moves after a decrease. Default 0.
    pub cooldown: Duration,
    /// The CPU use below which the machine has room, 0 to 1. Default 0.40.
    pub cpu_low_threshold: f64,
    /// The CPU use above which the machine is full, 0 to 1, above `cpu_low_threshold`. Default 0.80.
    pub cpu_threshold: f64,
    /// The number of waiting tasks above which the queue is long. Default 20.
    pub queue_high_threshold: u64,
    /// The number of waiting tasks above which the queue is moderate, at most `queue_high_threshold`. Default 5.
    pub queue_moderate_threshold: u64,
    /// The number of waiting tasks below which the queue is short, at most `queue_moderate_threshold`. Default 2.
    pub queue_low_threshold: u64,
    /// The memory in use above which workers are removed, 0 to 1. Default 0.85.
    pub memory_threshold: f64,
    /// The workers added by rule 3, at least 1. Default 4.
    pub step_up: u32,
    /// The workers added by rule 4, at least 1. Default 2.
    pub step_up_moderate: u32,
    /// The workers removed, at least 1. Default 2.
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
            ("interval", FieldMut::Period(&mut self.interval)),
            ("cooldown", FieldMut::Wait(&mut self.cooldown)),
            ("cpu_low_threshold", FieldMut::Ratio(&mut self.cpu_low_threshold)),
            ("cpu_threshold", FieldMut::Ratio(&mut self.cpu_threshold)),
            ("queue_high_threshold", FieldMut::Depth(&mut self.queue_high_threshold)),
            ("queue_moderate_threshold", FieldMut::Depth(&mut self.queue_moderate_threshold)),
            ("queue_low_threshold", FieldMut::Depth(&mut self.queue_low_threshold)),
            ("memory_threshold", FieldMut::Ratio(&mut self.memory_threshold)),
            ("step_up", FieldMut::Count(&mut self.step_up)),
            ("step_up_moderate", FieldMut::Count(&mut self.step_up_moderate)),
            ("step_down", FieldMut::Count(&mut self.step_down)),
        ]
    }
}

/// The policy.
#[derive(Debug)]
pub(crate) struct Threshold {
    config: ThresholdConfig,
    start: u32,
    rules: MoveRules,
    /// The direction of the last proposal.
    last_direction: Ordering,
}

impl Threshold {
    pub(crate) fn new(config: ThresholdConfig, cores: f64) -> Threshold {
        let rules = MoveRules::new(config.interval, config.cooldown);
        Threshold { config, start: whole_cores(cores).max(4), rules, last_direction: Ordering::Equal }
    }

    fn propose(&self, window: &Window) -> (u32, Why) {
        let config = &self.config;
        let (limit, queued) = (window.limit, window.queued);
        let down = limit.saturating_sub(config.step_down).max(1);
        if let Some(used) = window.machine.memory.filter(|used| *used > config.memory_threshold) {
            return (down, Why::MemoryHigh { used, threshold: config.memory_threshold });
        }
        let Some(cpu) = window.machine.cpu else { return (limit, Why::CpuUnknown) };
        if cpu > config.cpu_threshold && queued < config.queue_low_threshold {
            return (down, Why::OverThreaded { cpu, queued });
        }
        if limit >= window.bounds.max {
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

    fn decide(&mut self, observation: &Observation<'_>) -> Decision {
        let window = match self.rules.window(observation, false) {
            Ok(window) => window,
            Err(last) => return last,
        };
        let (limit, why) = self.propose(&window);
        let direction = limit.cmp(&window.limit);
        let contradicts = direction != Ordering::Equal && direction == self.last_direction.reverse();
        self.last_direction = direction;
        let (limit, why) = if contradicts { (window.limit, Why::Contradiction) } else { (limit, why) };
        self.rules.propose(&window, limit, why)
    }
}

#[cfg(test)]
mod tests;
