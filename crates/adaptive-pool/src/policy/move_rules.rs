//! The rules for moves of the limit that all policies except `auto` share (`docs/policies.md`). A policy proposes a limit,
//! and [`MoveRules`] decides whether it may move there.
//!
//! 1. The limit grows only when it was reached since the last decision and tasks wait.
//! 2. The limit does not grow without evidence. A reading older than two intervals is unknown, and unknown is never 0.
//! 3. A lower limit interrupts no task.
//! 4. After a decrease the limit does not move for the cooldown.
//! 5. Tasks that were killed by their owner or could not start are no throughput.
//!
//! The pool asks more often than once in an interval, because a reading arrived or a task failed. A policy counts in
//! intervals, so events are collected until an interval has passed.

use super::bounds::Bounds;
use super::decision::Decision;
use super::observation::Observation;
use super::reading::{Memory, Reading};
use super::task_event::{TaskEvent, Verdict};
use super::why::Why;
use crate::time::Time;
use std::time::Duration;

/// The ends of tasks in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Tasks that succeeded.
    pub(crate) ok: u32,
    /// Tasks that ended with [`Verdict::Backoff`].
    pub(crate) backoff: u32,
    /// The total run time of the tasks that succeeded, in seconds.
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

/// The figures of the machine in one window. Stale and impossible ones are unknown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Machine {
    /// CPU use, 0 to 1.
    pub(crate) cpu: Option<f64>,
    /// Memory in use, 0 to 1.
    pub(crate) memory: Option<f64>,
    pub(crate) lag: Option<Duration>,
    pub(crate) run_queue: Option<f64>,
}

impl Machine {
    fn of(reading: &Reading) -> Machine {
        let ratio = |x: f64| x.is_finite().then(|| x.clamp(0.0, 1.0));
        Machine {
            cpu: reading.cpu.and_then(ratio),
            memory: reading.memory.filter(|m| m.total > 0).map(Memory::used),
            lag: reading.lag,
            run_queue: reading.run_queue.filter(|q| q.is_finite()),
        }
    }
}

/// The input of one proposal: the figures of the window since the last one.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) now: Time,
    /// The length of the window, at most three intervals.
    pub(crate) span: Duration,
    pub(crate) bounds: Bounds,
    pub(crate) cores: f64,
    /// The limit to start from: the last proposal, or the limit in force when guards made it lower.
    pub(crate) limit: u32,
    pub(crate) running: u32,
    pub(crate) queued: u64,
    pub(crate) machine: Machine,
    pub(crate) tally: Tally,
    saturated: bool,
    capped: bool,
}

impl Window {
    /// The ratio of running tasks to the limit.
    pub(crate) fn load(&self) -> f64 {
        f64::from(self.running) / f64::from(self.limit.max(1))
    }

    /// Rule 1: the limit was reached in this window, and tasks wait.
    pub(crate) fn needs_more(&self) -> bool {
        self.saturated && self.queued > 0
    }
}

/// Gives a policy one window for each interval, and applies the shared rules to its proposals.
#[derive(Debug)]
pub(crate) struct MoveRules {
    interval: Duration,
    cooldown: Duration,
    /// The last proposal, without guards; `None` before the first window.
    limit: Option<u32>,
    /// The start of the window.
    began: Time,
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
            began: Time::ZERO,
            due: Time::ZERO,
            decreased: None,
            saturated: false,
            tally: Tally::default(),
            why: Why::Initial,
        }
    }

    /// Collects the events of an observation. Returns the window when an interval has passed, or at once when `urgent` and a
    /// task asked to back off.
    ///
    /// # Errors
    ///
    /// The last decision again, when the window has not ended.
    pub(crate) fn window(&mut self, observation: &Observation<'_>, urgent: bool) -> Result<Window, Decision> {
        self.saturated |= observation.saturated;
        self.tally.add(observation.events);
        let Some(own) = self.limit else {
            // The first observation only starts the window: no task has run.
            self.limit = Some(observation.limit.clamp(observation.bounds.min, observation.bounds.max));
            self.began = observation.now;
            self.due = observation.now + self.interval;
            self.saturated = false;
            return Err(self.last_decision(observation));
        };
        let span = observation.now.since(self.began);
        // Readings arrive a little early now and then. That must not cost an interval, nor shorten the next one.
        let due = observation.now + self.interval / 10 >= self.due;
        let asked = urgent && self.tally.backoff > 0;
        if !due && !asked {
            return Err(self.last_decision(observation));
        }
        self.began = observation.now;
        if due {
            self.due = self.due.max(observation.now) + self.interval;
        }
        let own = own.clamp(observation.bounds.min, observation.bounds.max);
        self.limit = Some(own);
        let fresh = observation.now.since(observation.machine.at) <= self.interval.saturating_mul(2);
        Ok(Window {
            now: observation.now,
            // No decisions are made while the pool is idle. That time does not count.
            span: span.min(self.interval.saturating_mul(3)),
            bounds: observation.bounds,
            cores: observation.cores,
            limit: own.min(observation.limit).max(1),
            running: observation.running,
            queued: observation.queued,
            machine: if fresh { Machine::of(observation.machine) } else { Machine::default() },
            tally: std::mem::take(&mut self.tally),
            saturated: std::mem::take(&mut self.saturated),
            capped: observation.limit < own,
        })
    }

    /// The decision for a proposed limit, as far as the rules allow the move.
    pub(crate) fn propose(&mut self, window: &Window, limit: u32, why: Why) -> Decision {
        let own = self.limit.unwrap_or(window.limit);
        let proposed = limit.clamp(window.bounds.min, window.bounds.max);
        let cooling = self.decreased.map(|at| self.cooldown.saturating_sub(window.now.since(at)));
        let (limit, why) = match cooling {
            Some(left) if proposed != window.limit && left > Duration::ZERO => (own, Why::Cooldown { left }),
            _ if proposed < window.limit => {
                self.decreased = Some(window.now);
                (proposed, why)
            }
            // A guard caps below the last proposal. The window says nothing about a higher limit.
            _ if window.capped => (own, Why::Capped { cap: window.limit }),
            _ if proposed > window.limit && window.queued == 0 => (own, Why::NoQueue),
            _ if proposed > window.limit && !window.saturated => {
                (own, Why::NotReached { running: window.running, limit: window.limit })
            }
            _ => (proposed, why),
        };
        self.limit = Some(limit);
        self.why = why;
        Decision::new(limit, self.why.clone(), self.interval)
    }

    fn last_decision(&self, observation: &Observation<'_>) -> Decision {
        let Bounds { min, max } = observation.bounds;
        let limit = self.limit.unwrap_or(observation.limit).clamp(min, max);
        Decision::new(limit, self.why.clone(), self.interval)
    }
}

/// Whether the CPU is too busy for growth. A threshold of 1 never is.
pub(crate) fn is_busy(cpu: f64, threshold: f64) -> bool {
    threshold < 1.0 && cpu >= threshold
}

#[cfg(test)]
mod tests;
