//! `aimd`: additive increase, multiplicative decrease.
//!
//! Decrease, L = max(1, ⌊L × factor⌋), when m > memory threshold, or lag > lag threshold, or u > CPU threshold with a run
//! queue of more than twice the cores, or jobs asked to back off. Increase by a step when load > load threshold and
//! nothing of that is near; by twice that when the CPU and the memory are mostly free. Nothing moves for the cooldown
//! after a decrease. A queue that callers wait on is congestion and a backlog of input is not, so a long queue counts only
//! when a threshold is given. A full CPU alone is not congestion either: it only blocks growth (taken as congestion,
//! CPU-bound jobs saw-tooth at half the machine: 1.3 times the makespan in the simulator).

use super::setting::{ConfigError, Field, Slot, below};
use super::window::{MoveRules, WindowReading, is_busy};
use super::{Bounds, Decision, Observation, Policy, Why};
use std::time::Duration;

/// The constants of `aimd`. Source: the law's published defaults, except where said.
#[derive(Clone, Debug, PartialEq)]
pub struct AimdConfig {
    /// How often to look. Default 1 s (2 s by its source).
    pub interval: Duration,
    /// For how long nothing moves after a decrease. Default 5 s.
    pub cooldown: Duration,
    /// Workers added at once, at least 1; twice that on an idle machine. Default 2.
    pub increase_step: u32,
    /// What is left of the limit after a decrease, 0 to 1. Default 0.5.
    pub decrease_factor: f64,
    /// Load (running / limit) above which more are wanted, 0 to 1. Default 0.80.
    pub load_threshold: f64,
    /// CPU use from which there is no growth (at 1 it never stops), and above which a long run queue is congestion, 0 to 1. Default 0.80.
    pub cpu_threshold: f64,
    /// CPU use below which the step may double, 0 to 1, below the former. Default 0.40.
    pub cpu_low_threshold: f64,
    /// Memory in use above which the limit is cut, 0 to 1. Default 0.85.
    pub memory_threshold: f64,
    /// Memory in use below which the step may double, 0 to 1, below the former. Default 0.50.
    pub memory_low_threshold: f64,
    /// Waiting jobs above which the limit is cut; default none (100 by its source, for queues that callers wait on).
    pub queue_threshold: Option<u64>,
    /// How late the sampler may wake before the limit is cut. Default 50 ms.
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
            ("interval", Slot::Period(&mut self.interval)),
            ("cooldown", Slot::Wait(&mut self.cooldown)),
            ("increase_step", Slot::Count(&mut self.increase_step)),
            ("decrease_factor", Slot::Ratio(&mut self.decrease_factor)),
            ("load_threshold", Slot::Ratio(&mut self.load_threshold)),
            ("cpu_threshold", Slot::Ratio(&mut self.cpu_threshold)),
            ("cpu_low_threshold", Slot::Ratio(&mut self.cpu_low_threshold)),
            ("memory_threshold", Slot::Ratio(&mut self.memory_threshold)),
            ("memory_low_threshold", Slot::Ratio(&mut self.memory_low_threshold)),
            ("queue_threshold", Slot::MaybeDepth(&mut self.queue_threshold)),
            ("lag_threshold", Slot::Wait(&mut self.lag_threshold)),
        ]
    }
}

/// The law.
#[derive(Debug)]
pub(crate) struct Aimd {
    config: AimdConfig,
    gate: MoveRules,
}

impl Aimd {
    pub(crate) fn new(config: AimdConfig) -> Aimd {
        let gate = MoveRules::new(config.interval, config.cooldown);
        Aimd { config, gate }
    }

    /// Why the limit must be cut, if it must.
    fn congestion(&self, look: &WindowReading) -> Option<Why> {
        let config = &self.config;
        if look.tally.backoff > 0 {
            return Some(Why::Backoff { jobs: look.tally.backoff });
        }
        if let Some(used) = look.memory.filter(|used| *used > config.memory_threshold) {
            return Some(Why::MemoryHigh { used, threshold: config.memory_threshold });
        }
        if let Some(lag) = look.lag.filter(|lag| *lag > config.lag_threshold) {
            return Some(Why::Lag { lag, threshold: config.lag_threshold });
        }
        if let Some(threshold) = config.queue_threshold.filter(|threshold| look.queued > *threshold) {
            return Some(Why::QueueLong { queued: look.queued, threshold });
        }
        let full = look.cpu.is_some_and(|cpu| cpu > config.cpu_threshold);
        let runnable = look.run_queue.filter(|q| full && *q > 2.0 * look.cores)?;
        Some(Why::RunQueue { runnable, cores: look.cores })
    }

    fn law(&self, look: &WindowReading) -> (u32, Why) {
        let config = &self.config;
        let limit = look.limit;
        if let Some(why) = self.congestion(look) {
            let cut = (f64::from(limit) * config.decrease_factor).floor() as u32;
            return (cut.max(1), why);
        }
        let (load, queued) = (look.load(), look.queued);
        if load <= config.load_threshold {
            return (limit, Why::Load { load });
        }
        if limit >= look.bounds.max {
            return (limit, Why::AtMax { max: limit });
        }
        let threshold = config.cpu_threshold;
        let Some(cpu) = look.cpu else { return (limit, Why::CpuUnknown) };
        if is_busy(cpu, threshold) {
            return (limit, Why::CpuHigh { cpu, threshold });
        }
        // Memory that cannot be read is no reason to stop, but none to hurry either.
        let idle =
            cpu < config.cpu_low_threshold && look.memory.is_some_and(|m| m < config.memory_low_threshold);
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

    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        match self.gate.look(seen, true) {
            Ok(look) => {
                let (want, why) = self.law(&look);
                self.gate.settle(&look, want, why)
            }
            Err(resting) => resting,
        }
    }
}

#[cfg(test)]
mod tests;
