//! `conservative`, `balanced`, `aggressive`: the load-ratio rule of adaptive thread pools.
//!
//! With L the limit, r the running tasks, q the waiting tasks, u the CPU use, and load = r / L:
//!
//! - load ≥ up threshold, q > 0 and u < CPU threshold: L += step up, at most to the soft limit. Above the soft limit, L += 1,
//!   and only while q > L.
//! - load ≤ down threshold: L −= step down.
//! - u ≥ CPU threshold: no growth. L is not lowered.
//!
//! The rule does not use throughput. It grows to the soft limit even when more workers do not finish more.

use super::bounds::{Bounds, whole_cores};
use super::decision::Decision;
use super::interface::Policy;
use super::move_rules::{MoveRules, Window, is_busy};
use super::observation::Observation;
use super::setting::{ConfigError, Field, FieldMut, below};
use super::why::Why;
use std::time::Duration;

/// The constants of the load-ratio rule. Source: its published defaults, except where said.
#[derive(Clone, Debug, PartialEq)]
pub struct RatioConfig {
    /// The time between two decisions, at least 1 ms. Default 250 ms.
    pub interval: Duration,
    /// The time without moves after a decrease. Default 0.
    pub cooldown: Duration,
    /// The limit above which growth is 1 in each interval, and needs more waiting tasks than the limit. At least 1. Default: 4
    /// for each core, at least 8.
    pub soft_limit: Option<u32>,
    /// The workers added in one step, at least 1. Defaults: conservative 1, balanced 2, aggressive 4.
    pub step_up: u32,
    /// The workers removed in one step, at least 1. Defaults: conservative 2, balanced 2, aggressive 1.
    pub step_down: u32,
    /// The load at and above which the limit grows, 0 to 1. Default 0.75.
    pub scale_up_threshold: f64,
    /// The load at and below which the limit falls, 0 to 1, below `scale_up_threshold`. Default 0.25.
    pub scale_down_threshold: f64,
    /// The CPU use at and above which the limit does not grow, 0 to 1. At 1 it always may. Default 0.80.
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

    /// +1/−2: grows slowly, falls quickly.
    pub fn conservative() -> RatioConfig {
        RatioConfig::steps(1, 2)
    }

    /// +2/−2.
    pub fn balanced() -> RatioConfig {
        RatioConfig::steps(2, 2)
    }

    /// +4/−1: grows quickly, falls slowly.
    pub fn aggressive() -> RatioConfig {
        RatioConfig::steps(4, 1)
    }

    /// Sets the constants that depend on the number of cores.
    pub fn resolve(&mut self, cores: f64) {
        self.soft_limit.get_or_insert(whole_cores(4.0 * cores).max(8));
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        below(
            ("scale_down_threshold", self.scale_down_threshold),
            ("scale_up_threshold", self.scale_up_threshold),
        )
    }

    pub(crate) fn fields(&mut self) -> Vec<Field<'_>> {
        vec![
            ("interval", FieldMut::Period(&mut self.interval)),
            ("cooldown", FieldMut::Wait(&mut self.cooldown)),
            ("soft_limit", FieldMut::MaybeCount(&mut self.soft_limit)),
            ("step_up", FieldMut::Count(&mut self.step_up)),
            ("step_down", FieldMut::Count(&mut self.step_down)),
            ("scale_up_threshold", FieldMut::Ratio(&mut self.scale_up_threshold)),
            ("scale_down_threshold", FieldMut::Ratio(&mut self.scale_down_threshold)),
            ("cpu_threshold", FieldMut::Ratio(&mut self.cpu_threshold)),
        ]
    }
}

/// The policy.
#[derive(Debug)]
pub(crate) struct Ratio {
    name: &'static str,
    config: RatioConfig,
    start: u32,
    rules: MoveRules,
}

impl Ratio {
    pub(crate) fn new(name: &'static str, mut config: RatioConfig, cores: f64) -> Ratio {
        config.resolve(cores);
        let rules = MoveRules::new(config.interval, config.cooldown);
        Ratio { name, config, start: whole_cores(cores), rules }
    }

    fn propose(&self, window: &Window) -> (u32, Why) {
        let config = &self.config;
        let (limit, queued, load) = (window.limit, window.queued, window.load());
        if load <= config.scale_down_threshold {
            let why = Why::LowLoad { load, threshold: config.scale_down_threshold };
            let why = if limit == window.bounds.min { Why::AtMin { min: limit } } else { why };
            return (limit.saturating_sub(config.step_down).max(1), why);
        }
        if load < config.scale_up_threshold {
            return (limit, Why::Load { load });
        }
        if queued == 0 {
            return (limit, Why::NoQueue);
        }
        if limit >= window.bounds.max {
            return (limit, Why::AtMax { max: limit });
        }
        let threshold = config.cpu_threshold;
        let Some(cpu) = window.machine.cpu else { return (limit, Why::CpuUnknown) };
        if is_busy(cpu, threshold) {
            return (limit, Why::CpuHigh { cpu, threshold });
        }
        let soft = config.soft_limit.unwrap_or(u32::MAX);
        if limit < soft {
            // A step stops at the soft limit.
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

    fn decide(&mut self, observation: &Observation<'_>) -> Decision {
        match self.rules.window(observation, false) {
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
