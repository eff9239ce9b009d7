//! `predictive`: moving averages and trend, ahead of the load.
//!
//! Exponential averages of throughput X, duration, CPU use u and queue q, and the trend of u and q over the last looks
//! (least squares), forecast one interval ahead: a growing queue under a CPU that stays free adds the workers that will be
//! short (growth of the queue a second × duration, by Little's law); a queue that will be empty adds none. Otherwise a
//! step along the gradient of X: ±max(2, 20 % of L), the direction kept while X grows by more than the dead band,
//! reversed when X falls by more, and held between. X is the mean since the last step, not its average over steps: that
//! would mix two levels. Nothing finished yet, an idle machine and the limit reached: double, up to 32.
//! At most one step in two intervals and eight completions.

use super::config::whole;
use super::setting::{Field, Slot};
use super::window::{Ewma, MoveRules, Trend, WindowReading, is_busy};
use super::{Bounds, Decision, Observation, Policy, Why};
use std::time::Duration;

/// The constants of `predictive`.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictiveConfig {
    /// How often to look. Default 1 s.
    pub interval: Duration,
    /// For how long nothing moves after a decrease. Default 0.
    pub cooldown: Duration,
    /// The weight of a new value in the averages, 0 to 1. Default 0.3.
    pub smoothing: f64,
    /// Looks over which the trend is taken, at least 3. Default 8.
    pub trend_window: u32,
    /// The relative change of throughput that counts as none, 0 to 1. Default 0.05.
    pub dead_band: f64,
    /// A step as a part of the limit, 0 to 1. Default 0.20.
    pub step_ratio: f64,
    /// The smallest step, at least 1. Default 2.
    pub step_up: u32,
    /// Forecast CPU use from which nothing is added ahead of the queue, 0 to 1. Default 0.80.
    pub cpu_threshold: f64,
    /// CPU use below which the machine idles, 0 to 1: blind doubling is allowed. Default 0.50.
    pub cpu_low_threshold: f64,
    /// The limit up to which to double while nothing has finished. Default 32.
    pub blind_limit: u32,
    /// Completions to judge a level by, at least 1. Default 8.
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
    pub(crate) fn validate(&self) -> Result<(), super::ConfigError> {
        super::setting::below(
            ("cpu_low_threshold", self.cpu_low_threshold),
            ("cpu_threshold", self.cpu_threshold),
        )?;
        if self.trend_window < 3 {
            let text = format!("--trend-window {} must be at least 3", self.trend_window);
            return Err(super::ConfigError::new(text));
        }
        Ok(())
    }

    pub(crate) fn fields(&mut self) -> Vec<Field<'_>> {
        vec![
            ("interval", Slot::Period(&mut self.interval)),
            ("cooldown", Slot::Wait(&mut self.cooldown)),
            ("smoothing", Slot::Ratio(&mut self.smoothing)),
            ("trend_window", Slot::Count(&mut self.trend_window)),
            ("dead_band", Slot::Ratio(&mut self.dead_band)),
            ("step_ratio", Slot::Ratio(&mut self.step_ratio)),
            ("step_up", Slot::Count(&mut self.step_up)),
            ("cpu_threshold", Slot::Ratio(&mut self.cpu_threshold)),
            ("cpu_low_threshold", Slot::Ratio(&mut self.cpu_low_threshold)),
            ("blind_limit", Slot::Count(&mut self.blind_limit)),
            ("min_completions", Slot::Count(&mut self.min_completions)),
        ]
    }
}

/// What was counted at the present level.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    ok: u32,
    seconds: f64,
    looks: u32,
}

/// Where the gradient leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Up,
    Down,
}

/// What the near future looks like.
#[derive(Clone, Copy, Debug)]
struct Forecast {
    /// Growth of the queue, jobs a second.
    growth: f64,
    /// Jobs waiting one interval from now.
    queued: f64,
    /// CPU use one interval from now.
    cpu: Option<f64>,
}

/// The law.
#[derive(Debug)]
pub(crate) struct Predictive {
    config: PredictiveConfig,
    start: u32,
    gate: MoveRules,
    duration: Ewma,
    cpu: Ewma,
    queue: Ewma,
    cpu_trend: Trend,
    queue_trend: Trend,
    level: Level,
    /// Throughput of the level before.
    before: Option<f64>,
    course: Course,
    anything: bool,
}

impl Predictive {
    pub(crate) fn new(config: PredictiveConfig, cores: f64) -> Predictive {
        let average = || Ewma::new(config.smoothing);
        let trend = || Trend::new(config.trend_window as usize);
        Predictive {
            start: whole(cores),
            gate: MoveRules::new(config.interval, config.cooldown),
            duration: average(),
            cpu: average(),
            queue: average(),
            cpu_trend: trend(),
            queue_trend: trend(),
            level: Level::default(),
            before: None,
            course: Course::Up,
            anything: false,
            config,
        }
    }

    fn take_in(&mut self, look: &WindowReading) {
        let tally = look.tally;
        if tally.ok > 0 {
            self.anything = true;
            self.duration.push(tally.seconds / f64::from(tally.ok));
        }
        if let Some(cpu) = look.cpu {
            self.cpu.push(cpu);
            self.cpu_trend.push(look.now, cpu);
        }
        self.queue.push(look.queued as f64);
        self.queue_trend.push(look.now, look.queued as f64);
        self.level.ok += tally.ok;
        self.level.seconds += look.span.as_secs_f64();
        self.level.looks += 1;
    }

    fn forecast(&self, look: &WindowReading) -> Forecast {
        let ahead = self.config.interval.as_secs_f64();
        let growth = self.queue_trend.slope().unwrap_or(0.0);
        let cpu = look.cpu.and(self.cpu.get());
        Forecast {
            growth,
            queued: look.queued as f64 + growth * ahead,
            cpu: cpu.map(|cpu| cpu + self.cpu_trend.slope().unwrap_or(0.0) * ahead),
        }
    }

    /// The limit that the law wants, and whether that is a step, after which counting starts anew.
    fn law(&mut self, look: &WindowReading) -> (u32, Why, bool) {
        let config = &self.config;
        let limit = look.limit;
        if !self.anything {
            let idle = look.cpu.filter(|cpu| *cpu < config.cpu_low_threshold);
            let more = limit.saturating_mul(2).min(config.blind_limit).max(limit);
            return match (idle, look.cpu) {
                (Some(cpu), _) if more > limit && look.needs_more() => {
                    (more, Why::Blind { running: look.running, cpu }, true)
                }
                (None, None) => (limit, Why::CpuUnknown, false),
                _ => (limit, Why::Collecting { finished: 0, wanted: config.min_completions }, false),
            };
        }
        if self.level.looks < 2 || self.level.ok < config.min_completions {
            let wanted = config.min_completions;
            return (limit, Why::Collecting { finished: self.level.ok.min(wanted), wanted }, false);
        }
        let forecast = self.forecast(look);
        if let Some((want, why)) = self.ahead(look, forecast) {
            return (want, why, true);
        }
        let (want, why) = self.gradient(look);
        if want > limit && forecast.queued <= 0.0 {
            return (limit, Why::Draining { queued: look.queued }, true);
        }
        (want, why, true)
    }

    /// Workers added ahead of a growing queue.
    fn ahead(&self, look: &WindowReading, forecast: Forecast) -> Option<(u32, Why)> {
        let config = &self.config;
        let cpu = forecast.cpu.filter(|cpu| !is_busy(*cpu, config.cpu_threshold))?;
        // A queue that wavers by less than the dead band, or by less than a job, does not grow.
        let noise = (config.dead_band * self.queue.get().unwrap_or(0.0)).max(1.0);
        if forecast.queued - (look.queued as f64) < noise || look.limit >= look.bounds.max {
            return None;
        }
        let short = (forecast.growth * self.duration.get()?).ceil() as u32;
        // A short look must not more than double the limit.
        let want = look.limit.saturating_add(short.clamp(1, look.limit));
        Some((want, Why::Ahead { growth: forecast.growth, cpu: cpu.clamp(0.0, 1.0) }))
    }

    /// A step along the gradient of the throughput.
    fn gradient(&mut self, look: &WindowReading) -> (u32, Why) {
        let config = &self.config;
        let limit = look.limit;
        let rate = f64::from(self.level.ok) / self.level.seconds.max(1e-9);
        let gain = self.before.map(|before| (rate - before) / before.max(1e-9));
        let why = match gain {
            None => Why::Queue { queued: look.queued, cpu: look.cpu },
            Some(gain) if gain > config.dead_band => Why::Gain { rate, gain },
            Some(gain) if gain < -config.dead_band => {
                self.course = if self.course == Course::Up { Course::Down } else { Course::Up };
                Why::Loss { rate, loss: -gain }
            }
            Some(_) => Why::Level { rate },
        };
        let held = matches!(why, Why::Level { .. });
        if limit <= look.bounds.min && self.course == Course::Down {
            // Nowhere to go: without this the law would sit at the minimum for good.
            self.course = Course::Up;
        } else if held {
            return (limit, why);
        }
        let step = ((f64::from(limit) * config.step_ratio) as u32).max(config.step_up);
        match self.course {
            Course::Up if limit >= look.bounds.max => (limit, Why::AtMax { max: limit }),
            // Growth needs a known CPU, as everywhere (rule 2).
            Course::Up if look.cpu.is_none() => (limit, Why::CpuUnknown),
            Course::Up => (limit.saturating_add(step), why),
            Course::Down => (limit.saturating_sub(step).max(1), why),
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

    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        let look = match self.gate.look(seen, false) {
            Ok(look) => look,
            Err(resting) => return resting,
        };
        self.take_in(&look);
        let (want, why, judged) = self.law(&look);
        if judged {
            self.before =
                Some(f64::from(self.level.ok) / self.level.seconds.max(1e-9)).filter(|_| self.anything);
            self.level = Level::default();
        }
        self.gate.settle(&look, want, why)
    }
}

#[cfg(test)]
mod tests;
