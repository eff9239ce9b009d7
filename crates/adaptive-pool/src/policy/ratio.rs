//! `conservative`, `balanced`, `aggressive`: an adaptive thread pool's load-ratio law.
//!
//! load = r / L. When load ≥ up threshold, jobs wait and u < CPU threshold: L += step up while L < soft limit; between
//! soft and hard limit +1 an interval, and only while q > L, so that only a long queue exceeds the soft limit, slowly.
//! When load ≤ down threshold: L −= step down. Growth pauses while u ≥ CPU threshold; L is not cut for that.
//! It does not know throughput: where more workers finish nothing sooner it still climbs to the soft limit.

use super::config::whole;
use super::setting::{ConfigError, Field, Slot, below};
use super::window::{MoveRules, WindowReading, is_busy};
use super::{Bounds, Decision, Observation, Policy, Why};
use std::time::Duration;

/// The constants of the load-ratio law. Source of all: the law's published defaults, except where said.
#[derive(Clone, Debug, PartialEq)]
pub struct RatioConfig {
    /// How often to look. Default 250 ms.
    pub interval: Duration,
    /// For how long nothing moves after a decrease. Default 0.
    pub cooldown: Duration,
    /// Workers above which growth is 1 an interval and needs more waiting than the limit. Default: 4 a core, at least 8.
    pub soft_limit: Option<u32>,
    /// Workers added at once, at least 1. Defaults: conservative 1, balanced 2, aggressive 4.
    pub step_up: u32,
    /// Workers taken away at once, at least 1. Defaults: conservative 2, balanced 2, aggressive 1.
    pub step_down: u32,
    /// Load at or above which more workers are wanted, 0 to 1. Default 0.75.
    pub scale_up_threshold: f64,
    /// Load at or below which fewer are wanted, 0 to 1, below the former. Default 0.25.
    pub scale_down_threshold: f64,
    /// CPU use at or above which growth pauses, 0 to 1; at 1 it never does. Default 0.80.
    pub cpu_threshold: f64,
}

impl Default for RatioConfig {
    fn default() -> RatioConfig {
        RatioConfig::balanced()
    }
}

impl RatioConfig {
    fn steps(step_up: u32, step_down: u32) -> RatioConfig {
        RatioConfig {
            interval: Duration::from_millis(250),
            cooldown: Duration::ZERO,
            soft_limit: None,
            step_up,
            step_down,
            scale_up_threshold: 0.75,
            scale_down_threshold: 0.25,
            cpu_threshold: 0.80,
        }
    }

    /// +1/−2: rises slowly, falls quickly.
    pub fn conservative() -> RatioConfig {
        RatioConfig::steps(1, 2)
    }

    /// +2/−2.
    pub fn balanced() -> RatioConfig {
        RatioConfig::steps(2, 2)
    }

    /// +4/−1: rises quickly, falls slowly.
    pub fn aggressive() -> RatioConfig {
        RatioConfig::steps(4, 1)
    }

    /// Fills in what depends on the number of cores.
    pub fn resolve(&mut self, cores: f64) {
        self.soft_limit.get_or_insert(whole(4.0 * cores).max(8));
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        below(
            ("scale_down_threshold", self.scale_down_threshold),
            ("scale_up_threshold", self.scale_up_threshold),
        )
    }

    pub(crate) fn fields(&mut self) -> Vec<Field<'_>> {
        vec![
            ("interval", Slot::Period(&mut self.interval)),
            ("cooldown", Slot::Wait(&mut self.cooldown)),
            ("soft_limit", Slot::MaybeCount(&mut self.soft_limit)),
            ("step_up", Slot::Count(&mut self.step_up)),
            ("step_down", Slot::Count(&mut self.step_down)),
            ("scale_up_threshold", Slot::Ratio(&mut self.scale_up_threshold)),
            ("scale_down_threshold", Slot::Ratio(&mut self.scale_down_threshold)),
            ("cpu_threshold", Slot::Ratio(&mut self.cpu_threshold)),
        ]
    }
}

/// The law.
#[derive(Debug)]
pub(crate) struct Ratio {
    name: &'static str,
    config: RatioConfig,
    start: u32,
    gate: MoveRules,
}

impl Ratio {
    pub(crate) fn new(name: &'static str, mut config: RatioConfig, cores: f64) -> Ratio {
        config.resolve(cores);
        let gate = MoveRules::new(config.interval, config.cooldown);
        Ratio { name, config, start: whole(cores), gate }
    }

    fn law(&self, look: &WindowReading) -> (u32, Why) {
        let config = &self.config;
        let (limit, queued, load) = (look.limit, look.queued, look.load());
        if load <= config.scale_down_threshold {
            let why = Why::LowLoad { load, threshold: config.scale_down_threshold };
            let why = if limit == look.bounds.min { Why::AtMin { min: limit } } else { why };
            return (limit.saturating_sub(config.step_down).max(1), why);
        }
        if load < config.scale_up_threshold {
            return (limit, Why::Load { load });
        }
        if queued == 0 {
            return (limit, Why::NoQueue);
        }
        if limit >= look.bounds.max {
            return (limit, Why::AtMax { max: limit });
        }
        let threshold = config.cpu_threshold;
        let Some(cpu) = look.cpu else { return (limit, Why::CpuUnknown) };
        if is_busy(cpu, threshold) {
            return (limit, Why::CpuHigh { cpu, threshold });
        }
        // The hard limit may have been lowered below the soft one while running.
        let soft = config.soft_limit.unwrap_or(u32::MAX);
        if limit < soft {
            // One step does not jump over the soft limit: what is above it has its own rule.
            return (limit.saturating_add(config.step_up).min(soft), Why::Queue { queued, cpu: Some(cpu) });
        }
        if queued > u64::from(limit) {
            return (limit.saturating_add(1), Why::PastSoft { queued, soft, cpu: Some(cpu) });
        }
        (limit, Why::AtSoft { soft, queued })
    }
}

impl Policy for Ratio {
    fn name(&self) -> &'static str {
        self.name
    }

    fn initial(&self, bounds: Bounds) -> u32 {
        self.start.clamp(bounds.min, bounds.max)
    }

    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        match self.gate.look(seen, false) {
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
