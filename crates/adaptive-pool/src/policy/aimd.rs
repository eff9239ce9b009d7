//! `aimd`: additive increase, multiplicative decrease.
//!
//! With L the limit, u the CPU use and m the memory in use:
//!
//! - Congestion: L = max(1, ⌊L × factor⌋). Congestion is m > memory threshold, lag > lag threshold, u > CPU threshold with a
//!   run queue of more than twice the cores, or tasks that ask to back off.
//! - Otherwise, load > load threshold and u < CPU threshold: L += step, or twice the step when CPU and memory are below their
//!   low thresholds.
//! - L does not move for the cooldown after a decrease.
//!
//! A queue of callers that wait is congestion, but a backlog of input is not. So a long queue counts only when a threshold is
//! set. A full CPU alone is no congestion, because CPU-bound tasks would then oscillate around half the machine (1.3 times the
//! makespan in the simulator).

use super::bounds::Bounds;
use super::decision::Decision;
use super::interface::Policy;
use super::move_rules::{MoveRules, Window, is_busy};
use super::observation::Observation;
use super::setting::{ConfigError, Field, FieldMut, below};
use super::why::Why;
use std::time::Duration;

/// The constants of `aimd`. Source: the published defaults of the rule, except where said.
#[derive(Clone, Debug, PartialEq)]
pub struct AimdConfig {
    /// The time between two decisions, at least 1 ms. Default 1 s (2 s in the source).
    pub interval: Duration,
    /// The time without moves after a decrease. Default 5 s.
    pub cooldown: Duration,
    /// The workers added in one step, at least 1. Twice as many on an idle machine. Default 2.
    pub increase_step: u32,
    /// The factor of a decrease, from 0 to below 1. Default 0.5.
    pub decrease_factor: f64,
    /// The load (running / limit) above which the limit grows, 0 to 1. Default 0.80.
    pub load_threshold: f64,
    /// The CPU use at and above which the limit does not grow, and above which a long run queue is congestion, 0 to 1. At 1 the
    /// limit always may grow. Default 0.80.
    pub cpu_threshold: f64,
    /// The CPU use below which the step may double, 0 to 1, below `cpu_threshold`. Default 0.40.
    pub cpu_low_threshold: f64,
    /// The memory in use above which the limit is cut, 0 to 1. Default 0.85.
    pub memory_threshold: f64,
    /// The memory in use below which the step may double, 0 to 1, below `memory_threshold`. Default 0.50.
    pub memory_low_threshold: f64,
    /// The number of waiting tasks above which the limit is cut; `None` for no such rule. Default `None` (100 in the source, for
    /// queues of callers that wait).
    pub queue_threshold: Option<u64>,
    /// The lag of the sampler thread above which the limit is cut. Default 50 ms.
    pub lag_threshold: Duration,
}

impl Default for AimdConfig {
    fn default() -> AimdConfig {
        AimdConfig {
            interval: Duration::from_secs(1),
            cooldown: Duration::from_secs(5),
            increase_step: 2,
            decrease_factor: 0.5,
            load_threshold: 0.80,
            cpu_threshold: 0.80,
            cpu_low_threshold: 0.40,
            memory_threshold: 0.85,
            memory_low_threshold: 0.50,
            queue_threshold: None,
            lag_threshold: Duration::from_millis(50),
        }
    }
}

impl AimdConfig {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        below(("cpu_low_threshold", self.cpu_low_threshold), ("cpu_threshold", self.cpu_threshold))?;
        below(
            ("memory_low_threshold", self.memory_low_threshold),
            ("memory_threshold", self.memory_threshold),
        )?;
        if self.decrease_factor >= 1.0 {
            let text = format!("--decrease-factor {} must be below 1", self.decrease_factor);
            return Err(ConfigError::new(text));
        }
        Ok(())
    }

    pub(crate) fn fields(&mut self) -> Vec<Field<'_>> {
        vec![
            ("interval", FieldMut::Period(&mut self.interval)),
            ("cooldown", FieldMut::Wait(&mut self.cooldown)),
            ("increase_step", FieldMut::Count(&mut self.increase_step)),
            ("decrease_factor", FieldMut::Ratio(&mut self.decrease_factor)),
            ("load_threshold", FieldMut::Ratio(&mut self.load_threshold)),
            ("cpu_threshold", FieldMut::Ratio(&mut self.cpu_threshold)),
            ("cpu_low_threshold", FieldMut::Ratio(&mut self.cpu_low_threshold)),
            ("memory_threshold", FieldMut::Ratio(&mut self.memory_threshold)),
            ("memory_low_threshold", FieldMut::Ratio(&mut self.memory_low_threshold)),
            ("queue_threshold", FieldMut::MaybeDepth(&mut self.queue_threshold)),
            ("lag_threshold", FieldMut::Wait(&mut self.lag_threshold)),
        ]
    }
}

/// The policy.
#[derive(Debug)]
pub(crate) struct Aimd {
    config: AimdConfig,
    rules: MoveRules,
}

impl Aimd {
    pub(crate) fn new(config: AimdConfig) -> Aimd {
        let rules = MoveRules::new(config.interval, config.cooldown);
        Aimd { config, rules }
    }

    /// The reason to cut the limit, if any.
    fn congestion(&self, window: &Window) -> Option<Why> {
        let config = &self.config;
        if window.tally.backoff > 0 {
            return Some(Why::Backoff { jobs: window.tally.backoff });
        }
        if let Some(used) = window.machine.memory.filter(|used| *used > config.memory_threshold) {
            return Some(Why::MemoryHigh { used, threshold: config.memory_threshold });
        }
        if let Some(lag) = window.machine.lag.filter(|lag| *lag > config.lag_threshold) {
            return Some(Why::Lag { lag, threshold: config.lag_threshold });
        }
        if let Some(threshold) = config.queue_threshold.filter(|threshold| window.queued > *threshold) {
            return Some(Why::QueueLong { queued: window.queued, threshold });
        }
        let full = window.machine.cpu.is_some_and(|cpu| cpu > config.cpu_threshold);
        let runnable = window.machine.run_queue.filter(|q| full && *q > 2.0 * window.cores)?;
        Some(Why::RunQueue { runnable, cores: window.cores })
    }

    fn propose(&self, window: &Window) -> (u32, Why) {
        let config = &self.config;
        let limit = window.limit;
        if let Some(why) = self.congestion(window) {
            let cut = (f64::from(limit) * config.decrease_factor).floor() as u32;
            return (cut.max(1), why);
        }
        let (load, queued) = (window.load(), window.queued);
        if load <= config.load_threshold {
            return (limit, Why::Load { load });
        }
        if limit >= window.bounds.max {
            return (limit, Why::AtMax { max: limit });
        }
        let threshold = config.cpu_threshold;
        let Some(cpu) = window.machine.cpu else { return (limit, Why::CpuUnknown) };
        if is_busy(cpu, threshold) {
            return (limit, Why::CpuHigh { cpu, threshold });
        }
        // Unknown memory stops no growth, but the step does not double.
        let idle = cpu < config.cpu_low_threshold
            && window.machine.memory.is_some_and(|m| m < config.memory_low_threshold);
        let step = if idle { config.increase_step.saturating_mul(2) } else { config.increase_step };
        (limit.saturating_add(step), Why::Queue { queued, cpu: Some(cpu) })
    }
}

impl Policy for Aimd {
    fn name(&self) -> &'static str {
        "aimd"
    }

    fn initial(&self, bounds: Bounds) -> u32 {
        20.clamp(bounds.min, bounds.max)
    }

    fn decide(&mut self, observation: &Observation<'_>) -> Decision {
        match self.rules.window(observation, true) {
            Ok(window) => {
                let (limit, why) = self.propose(&window);
                self.rules.propose(&window, limit, why)
            }
            Err(last) => last,
        }
    }
}

#[cfg(test)]
mod tests;
