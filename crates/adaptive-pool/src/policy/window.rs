//! What every law shares: the rules for when a limit may move, and the averages it moves by.
//!
//! [`MoveRules`] is the one home of those rules (`docs/policies.md`): a law says what it wants, the gate says whether it may.
//! 1. No growth without need: the limit was reached since the last look and jobs wait.
//! 2. No growth from no evidence: a reading older than two intervals is unknown, and unknown is never 0.
//! 3. A lower limit interrupts nothing: it is only a number here; running jobs end by themselves.
//! 4. Cooldown: after a decrease nothing moves for so long.
//! 5. What we killed and what could not start is not throughput.
//!
//! Decisions are asked for more often than once an interval (a reading came, a job failed); a law counts in intervals, so
//! the gate collects what happened in between and lets the law look once an interval.

use super::{Bounds, Decision, Observation, Reading, TaskEvent, Verdict, Why};
use crate::time::Time;
use std::time::Duration;

/// What happened to tasks between two looks of a law.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Ended well.
    pub(crate) ok: u32,
    /// Ended with `--backoff-on`.
    pub(crate) backoff: u32,
    /// How long those that ended well ran, together, in seconds.
    pub(crate) seconds: f64,
}

impl Tally {
    fn add(&mut self, events: &[TaskEvent]) {
        for event in events {
            let TaskEvent::Finished(end) = event else { continue };
            match end.verdict {
                Verdict::Ok => {
                    self.ok += 1;
                    self.seconds += end.took.as_secs_f64();
                }
                Verdict::Backoff => self.backoff += 1,
                Verdict::Failed | Verdict::KilledByKernel | Verdict::Killed | Verdict::NotStarted => {}
            }
        }
    }
}

/// One look of a law: the figures it may use, stale ones already unknown.
#[derive(Clone, Debug)]
pub(crate) struct WindowReading {
    pub(crate) now: Time,
    /// Since the law's last look.
    pub(crate) span: Duration,
    pub(crate) bounds: Bounds,
    pub(crate) cores: f64,
    /// The limit to work from: the law's own, or what guards made of it when that is less.
    pub(crate) limit: u32,
    pub(crate) running: u32,
    pub(crate) queued: u64,
    /// CPU use, 0 to 1.
    pub(crate) cpu: Option<f64>,
    /// Memory in use, 0 to 1.
    pub(crate) memory: Option<f64>,
    pub(crate) lag: Option<Duration>,
    pub(crate) run_queue: Option<f64>,
    pub(crate) tally: Tally,
    saturated: bool,
    capped: bool,
}

impl WindowReading {
    /// Running tasks by the limit: r / L.
    pub(crate) fn load(&self) -> f64 {
        f64::from(self.running) / f64::from(self.limit.max(1))
    }

    /// Rule 1: the limit was reached since the last look, and jobs wait.
    pub(crate) fn needs_more(&self) -> bool {
        self.saturated && self.queued > 0
    }
}

/// Paces a law and holds it to the shared rules.
#[derive(Debug)]
pub(crate) struct MoveRules {
    interval: Duration,
    cooldown: Duration,
    /// What the law wants, guards not counted; none before the first look.
    limit: Option<u32>,
    looked: Time,
    due: Time,
    decreased: Option<Time>,
    saturated: bool,
    tally: Tally,
    why: Why,
}

impl MoveRules {
    pub(crate) fn new(interval: Duration, cooldown: Duration) -> MoveRules {
        MoveRules {
            interval,
            cooldown,
            limit: None,
            looked: Time::ZERO,
            due: Time::ZERO,
            decreased: None,
            saturated: false,
            tally: Tally::default(),
            why: Why::Initial,
        }
    }

    /// Takes in what happened, and gives the law its look when an interval has passed or (`urgent`) a job asked to back
    /// off. Otherwise the decision of before stands.
    pub(crate) fn look(&mut self, seen: &Observation<'_>, urgent: bool) -> Result<WindowReading, Decision> {
        self.saturated |= seen.saturated;
        self.tally.add(seen.events);
        let Some(own) = self.limit else {
            // The first look only starts the clock: nothing has run yet.
            self.limit = Some(seen.limit.clamp(seen.bounds.min, seen.bounds.max));
            self.looked = seen.now;
            self.due = seen.now + self.interval;
            self.saturated = false;
            return Err(self.rest(seen));
        };
        let span = seen.now.since(self.looked);
        // Readings are a little early now and then; a whole interval is not to be lost for that, nor won.
        let due = seen.now + self.interval / 10 >= self.due;
        let asked = urgent && self.tally.backoff > 0;
        if !due && !asked {
            return Err(self.rest(seen));
        }
        self.looked = seen.now;
        if due {
            self.due = self.due.max(seen.now) + self.interval;
        }
        let own = own.clamp(seen.bounds.min, seen.bounds.max);
        self.limit = Some(own);
        let fresh = |reading: &Reading| seen.now.since(reading.at) <= self.interval.saturating_mul(2);
        let machine = Some(seen.machine).filter(|reading| fresh(reading));
        let ratio = |x: f64| x.is_finite().then(|| x.clamp(0.0, 1.0));
        Ok(WindowReading {
            now: seen.now,
            // A pool without work is not asked; that time is nobody's.
            span: span.min(self.interval.saturating_mul(3)),
            bounds: seen.bounds,
            cores: seen.cores,
            limit: own.min(seen.limit).max(1),
            running: seen.running,
            queued: seen.queued,
            cpu: machine.and_then(|m| m.cpu).and_then(ratio),
            memory: machine.and_then(|m| m.memory).filter(|m| m.total > 0).map(super::Memory::used),
            lag: machine.and_then(|m| m.lag),
            run_queue: machine.and_then(|m| m.run_queue).filter(|q| q.is_finite()),
            tally: std::mem::take(&mut self.tally),
            saturated: std::mem::take(&mut self.saturated),
            capped: seen.limit < own,
        })
    }

    /// What the law wants becomes the limit, as far as the rules allow it.
    pub(crate) fn settle(&mut self, look: &WindowReading, want: u32, why: Why) -> Decision {
        let own = self.limit.unwrap_or(look.limit);
        let want = want.clamp(look.bounds.min, look.bounds.max);
        let cooling = self.decreased.map(|at| self.cooldown.saturating_sub(look.now.since(at)));
        let (limit, why) = match cooling {
            Some(left) if want != look.limit && left > Duration::ZERO => (own, Why::Cooldown { left }),
            _ if want < look.limit => {
                self.decreased = Some(look.now);
                (want, why)
            }
            // A guard binds below what the law wanted last: there is nothing to learn about more.
            _ if look.capped => (own, Why::Capped { cap: look.limit }),
            _ if want > look.limit && look.queued == 0 => (own, Why::NoQueue),
            _ if want > look.limit && !look.saturated => {
                (own, Why::NotReached { running: look.running, limit: look.limit })
            }
            _ => (want, why),
        };
        self.limit = Some(limit);
        self.why = why;
        Decision::new(limit, self.why.clone(), self.interval)
    }

    /// Nothing changes.
    pub(crate) fn hold(&mut self, look: &WindowReading, why: Why) -> Decision {
        self.settle(look, look.limit, why)
    }

    fn rest(&self, seen: &Observation<'_>) -> Decision {
        let limit = self.limit.unwrap_or(seen.limit).clamp(seen.bounds.min, seen.bounds.max);
        Decision::new(limit, self.why.clone(), self.interval)
    }
}

/// An exponential moving average; empty until the first value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ewma {
    alpha: f64,
    value: Option<f64>,
}

impl Ewma {
    /// `alpha` is the weight of a new value, 0 to 1.
    pub(crate) fn new(alpha: f64) -> Ewma {
        Ewma { alpha, value: None }
    }

    pub(crate) fn push(&mut self, x: f64) {
        self.value = Some(self.value.map_or(x, |old| old + self.alpha * (x - old)));
    }

    pub(crate) fn get(self) -> Option<f64> {
        self.value
    }
}

/// The trend of the last values by least squares.
#[derive(Clone, Debug)]
pub(crate) struct Trend {
    keep: usize,
    points: std::collections::VecDeque<(f64, f64)>,
}

impl Trend {
    /// Over the last `keep` values.
    pub(crate) fn new(keep: usize) -> Trend {
        Trend { keep, points: std::collections::VecDeque::with_capacity(keep + 1) }
    }

    pub(crate) fn push(&mut self, at: Time, value: f64) {
        self.points.push_back((at.as_secs(), value));
        if self.points.len() > self.keep {
            self.points.pop_front();
        }
    }

    /// Change a second; unknown from fewer than three values or when no time passed between them.
    pub(crate) fn slope(&self) -> Option<f64> {
        let n = self.points.len();
        if n < 3 {
            return None;
        }
        let mean = |f: fn(&(f64, f64)) -> f64| self.points.iter().map(f).sum::<f64>() / n as f64;
        let (mt, mv) = (mean(|p| p.0), mean(|p| p.1));
        let spread: f64 = self.points.iter().map(|(t, _)| (t - mt).powi(2)).sum();
        let joint: f64 = self.points.iter().map(|(t, v)| (t - mt) * (v - mv)).sum();
        (spread > 1e-9).then(|| joint / spread)
    }
}

/// Whether the CPU is too busy for more. A threshold of 1 says never: nothing is busier than that.
pub(crate) fn is_busy(cpu: f64, threshold: f64) -> bool {
    threshold < 1.0 && cpu >= threshold
}

#[cfg(test)]
mod tests;
