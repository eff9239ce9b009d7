//! `predictive`: moving averages and trends, to act ahead of the load.
//!
//! The policy keeps exponential averages of run time, CPU use and queue length, and the trends of the last two. It forecasts
//! them one interval ahead. With L the limit and X the throughput since the last step:
//!
//! - No task has ended, the CPU is idle and the limit is reached: L doubles, at most to the blind limit.
//! - The queue grows and the CPU will have room: add growth per second × run time (Little's law), at most L.
//! - Otherwise a step along the gradient of X, of max(smallest step, step ratio × L). The direction stays while X grows by more
//!   than the dead band, reverses when X falls by more, and in between L stays. A queue that will be empty adds no worker.
//!
//! A step needs two intervals and the given number of completions. X is the mean since the last step, because an average over
//! steps would mix two limits.

use super::bounds::{Bounds, whole_cores};
use super::decision::Decision;
use super::interface::Policy;
use super::move_rules::{MoveRules, Window, is_busy};
use super::observation::Observation;
use super::setting::{ConfigError, Field, FieldMut, below};
use super::trend::{Ewma, Trend};
use super::why::Why;
use std::time::Duration;

/// The constants of `predictive`.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictiveConfig {
    /// The time between two decisions, at least 1 ms. Default 1 s.
    pub interval: Duration,
    /// The time without moves after a decrease. Default 0.
    pub cooldown: Duration,
    /// The weight of a new value in the averages, 0 to 1. Default 0.3.
    pub smoothing: f64,
    /// The number of intervals in the trends, at least 3. Default 8.
    pub trend_window: u32,
    /// The relative change of throughput that is ignored, 0 to 1. Default 0.05.
    pub dead_band: f64,
    /// The step, as a ratio of the limit, 0 to 1. Default 0.20.
    pub step_ratio: f64,
    /// The smallest step in workers, at least 1. Default 2.
    pub step_up: u32,
    /// The forecast CPU use at and above which no worker is added ahead of the queue, 0 to 1. Default 0.80.
    pub cpu_threshold: f64,
    /// The CPU use below which the limit may double before a task has ended, 0 to 1, below `cpu_threshold`. Default 0.50.
    pub cpu_low_threshold: f64,
    /// The highest limit for doubling before a task has ended, at least 1. Default 32.
    pub blind_limit: u32,
    /// The completions before a step, at least 1. Default 8.
    pub min_completions: u32,
}

impl Default for PredictiveConfig {
    fn default() -> PredictiveConfig {
        PredictiveConfig {
            interval: Duration::from_secs(1),
            cooldown: Duration::ZERO,
            smoothing: 0.3,
            trend_window: 8,
            dead_band: 0.05,
            step_ratio: 0.20,
            step_up: 2,
            cpu_threshold: 0.80,
            cpu_low_threshold: 0.50,
            blind_limit: 32,
            min_completions: 8,
        }
    }
}

impl PredictiveConfig {
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        below(("cpu_low_threshold", self.cpu_low_threshold), ("cpu_threshold", self.cpu_threshold))?;
        if self.trend_window < 3 {
            let text = format!("--trend-window {} must be at least 3", self.trend_window);
            return Err(ConfigError::new(text));
        }
        Ok(())
    }

    pub(crate) fn fields(&mut self) -> Vec<Field<'_>> {
        vec![
            ("interval", FieldMut::Period(&mut self.interval)),
            ("cooldown", FieldMut::Wait(&mut self.cooldown)),
            ("smoothing", FieldMut::Ratio(&mut self.smoothing)),
            ("trend_window", FieldMut::Count(&mut self.trend_window)),
            ("dead_band", FieldMut::Ratio(&mut self.dead_band)),
            ("step_ratio", FieldMut::Ratio(&mut self.step_ratio)),
            ("step_up", FieldMut::Count(&mut self.step_up)),
            ("cpu_threshold", FieldMut::Ratio(&mut self.cpu_threshold)),
            ("cpu_low_threshold", FieldMut::Ratio(&mut self.cpu_low_threshold)),
            ("blind_limit", FieldMut::Count(&mut self.blind_limit)),
            ("min_completions", FieldMut::Count(&mut self.min_completions)),
        ]
    }
}

/// The counts since the last step.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    ok: u32,
    seconds: f64,
    intervals: u32,
}

/// The direction of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// The forecast for one interval ahead.
#[derive(Clone, Copy, Debug)]
struct Forecast {
    /// The growth of the queue, in tasks per second.
    growth: f64,
    /// The number of waiting tasks.
    queued: f64,
    /// CPU use, where known.
    cpu: Option<f64>,
}

/// The policy.
#[derive(Debug)]
pub(crate) struct Predictive {
    config: PredictiveConfig,
    start: u32,
    rules: MoveRules,
    duration: Ewma,
    cpu: Ewma,
    queue: Ewma,
    cpu_trend: Trend,
    queue_trend: Trend,
    level: Level,
    /// The throughput before the last step, in tasks per second.
    last_rate: Option<f64>,
    direction: Direction,
    /// A task has succeeded.
    any_ended: bool,
}

impl Predictive {
    pub(crate) fn new(config: PredictiveConfig, cores: f64) -> Predictive {
        let average = || Ewma::new(config.smoothing);
        let trend = || Trend::new(config.trend_window as usize);
        Predictive {
            start: whole_cores(cores),
            rules: MoveRules::new(config.interval, config.cooldown),
            duration: average(),
            cpu: average(),
            queue: average(),
            cpu_trend: trend(),
            queue_trend: trend(),
            level: Level::default(),
            last_rate: None,
            direction: Direction::Up,
            any_ended: false,
            config,
        }
    }

    fn update(&mut self, window: &Window) {
        let tally = window.tally;
        if tally.ok > 0 {
            self.any_ended = true;
            self.duration.push(tally.seconds / f64::from(tally.ok));
        }
        if let Some(cpu) = window.machine.cpu {
            self.cpu.push(cpu);
            self.cpu_trend.push(window.now, cpu);
        }
        self.queue.push(window.queued as f64);
        self.queue_trend.push(window.now, window.queued as f64);
        self.level.ok += tally.ok;
        self.level.seconds += window.span.as_secs_f64();
        self.level.intervals += 1;
    }

    fn forecast(&self, window: &Window) -> Forecast {
        let ahead = self.config.interval.as_secs_f64();
        let growth = self.queue_trend.slope().unwrap_or(0.0);
        let cpu = window.machine.cpu.and(self.cpu.get());
        Forecast {
            growth,
            queued: window.queued as f64 + growth * ahead,
            cpu: cpu.map(|cpu| cpu + self.cpu_trend.slope().unwrap_or(0.0) * ahead),
        }
    }

    /// The proposed limit, and whether it ends the level: the counts then start again.
    fn propose(&mut self, window: &Window) -> (u32, Why, bool) {
        let config = &self.config;
        let limit = window.limit;
        if !self.any_ended {
            let idle = window.machine.cpu.filter(|cpu| *cpu < config.cpu_low_threshold);
            let more = limit.saturating_mul(2).min(config.blind_limit).max(limit);
            return match (idle, window.machine.cpu) {
                (Some(cpu), _) if more > limit && window.needs_more() => {
                    (more, Why::Blind { running: window.running, cpu }, true)
                }
                (None, None) => (limit, Why::CpuUnknown, false),
                _ => (limit, Why::Collecting { finished: 0, wanted: config.min_completions }, false),
            };
        }
        if self.level.intervals < 2 || self.level.ok < config.min_completions {
            let wanted = config.min_completions;
            return (limit, Why::Collecting { finished: self.level.ok.min(wanted), wanted }, false);
        }
        let forecast = self.forecast(window);
        if let Some((want, why)) = self.ahead(window, forecast) {
            return (want, why, true);
        }
        let (want, why) = self.gradient(window);
        if want > limit && forecast.queued <= 0.0 {
            return (limit, Why::Draining { queued: window.queued }, true);
        }
        (want, why, true)
    }

    /// The limit ahead of a growing queue; `None` when the queue does not grow.
    fn ahead(&self, window: &Window, forecast: Forecast) -> Option<(u32, Why)> {
        let config = &self.config;
        let cpu = forecast.cpu.filter(|cpu| !is_busy(*cpu, config.cpu_threshold))?;
        // Changes below the dead band, or below one task, are noise.
        let noise = (config.dead_band * self.queue.get().unwrap_or(0.0)).max(1.0);
        if forecast.queued - (window.queued as f64) < noise || window.limit >= window.bounds.max {
            return None;
        }
        let short = (forecast.growth * self.duration.get()?).ceil() as u32;
        // The limit at most doubles.
        let want = window.limit.saturating_add(short.clamp(1, window.limit));
        Some((want, Why::Ahead { growth: forecast.growth, cpu: cpu.clamp(0.0, 1.0) }))
    }

    /// The limit after a step along the gradient of the throughput.
    fn gradient(&mut self, window: &Window) -> (u32, Why) {
        let config = &self.config;
        let limit = window.limit;
        let rate = f64::from(self.level.ok) / self.level.seconds.max(1e-9);
        let gain = self.last_rate.map(|before| (rate - before) / before.max(1e-9));
        let why = match gain {
            None => Why::Queue { queued: window.queued, cpu: window.machine.cpu },
            Some(gain) if gain > config.dead_band => Why::Gain { rate, gain },
            Some(gain) if gain < -config.dead_band => {
                self.direction =
                    if self.direction == Direction::Up { Direction::Down } else { Direction::Up };
                Why::Loss { rate, loss: -gain }
            }
            Some(_) => Why::Level { rate },
        };
        let is_level = matches!(why, Why::Level { .. });
        if limit <= window.bounds.min && self.direction == Direction::Down {
            // Without this the limit would stay at the minimum for ever.
            self.direction = Direction::Up;
        } else if is_level {
            return (limit, why);
        }
        let step = ((f64::from(limit) * config.step_ratio) as u32).max(config.step_up);
        match self.direction {
            Direction::Up if limit >= window.bounds.max => (limit, Why::AtMax { max: limit }),
            // Growth needs a known CPU use (rule 2 of the move rules).
            Direction::Up if window.machine.cpu.is_none() => (limit, Why::CpuUnknown),
            Direction::Up => (limit.saturating_add(step), why),
            Direction::Down => (limit.saturating_sub(step).max(1), why),
        }
    }
}

impl Policy for Predictive {
    fn name(&self) -> &'static str {
        "predictive"
    }

    fn initial(&self, bounds: Bounds) -> u32 {
        self.start.clamp(bounds.min, bounds.max)
    }

    fn decide(&mut self, observation: &Observation<'_>) -> Decision {
        let window = match self.rules.window(observation, false) {
            Ok(window) => window,
            Err(last) => return last,
        };
        self.update(&window);
        let (limit, why, level_ended) = self.propose(&window);
        if level_ended {
            self.last_rate =
                Some(f64::from(self.level.ok) / self.level.seconds.max(1e-9)).filter(|_| self.any_ended);
            self.level = Level::default();
        }
        self.rules.propose(&window, limit, why)
    }
}

#[cfg(test)]
mod tests;
