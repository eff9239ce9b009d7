//! Observations for tests, on a clock that the test moves.

use super::{Bounds, Decision, Finished, Memory, Observation, Policy, Reading, TaskEvent, TaskId, Verdict};
use crate::time::Time;
use std::time::Duration;

/// A machine and a pool. By default the limit is reached, 1000 tasks wait, and the machine is unknown.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) now: Time,
    pub(crate) cores: f64,
    pub(crate) bounds: Bounds,
    pub(crate) limit: u32,
    /// `None` for the limit.
    pub(crate) running: Option<u32>,
    pub(crate) queued: u64,
    pub(crate) saturated: bool,
    pub(crate) machine: Reading,
    pub(crate) events: Vec<TaskEvent>,
    /// The reading is of `now`; false leaves `machine.at`.
    pub(crate) fresh: bool,
    next: u64,
}

impl Scene {
    pub(crate) fn new(cores: f64, min: u32, max: u32, limit: u32) -> Scene {
        Scene {
            now: Time::ZERO,
            cores,
            bounds: Bounds { min, max },
            limit,
            running: None,
            queued: 1000,
            saturated: true,
            machine: Reading::default(),
            events: Vec::new(),
            fresh: true,
            next: 1,
        }
    }

    pub(crate) fn cpu(&mut self, used: f64) -> &mut Scene {
        self.machine.cpu = Some(used);
        self
    }

    pub(crate) fn memory(&mut self, used: f64) -> &mut Scene {
        self.machine.memory =
            Some(Memory { total: 1_000_000, available: ((1.0 - used) * 1e6).round() as u64 });
        self
    }

    pub(crate) fn queued(&mut self, queued: u64) -> &mut Scene {
        self.queued = queued;
        self
    }

    pub(crate) fn running(&mut self, running: u32) -> &mut Scene {
        self.running = Some(running);
        self
    }

    /// `count` tasks end before the next decision. `took` is in seconds.
    pub(crate) fn finish(&mut self, count: u32, verdict: Verdict, took: f64) -> &mut Scene {
        for _ in 0..count {
            self.events.push(TaskEvent::Finished(Finished {
                id: TaskId(self.next),
                at: self.now,
                took: Duration::from_secs_f64(took),
                verdict,
                cpu: None,
                max_rss: None,
                mean_running: f64::from(self.limit),
            }));
            self.next += 1;
        }
        self
    }

    /// Lets `span` pass.
    pub(crate) fn wait(&mut self, span: Duration) -> &mut Scene {
        self.now = self.now + span;
        self
    }

    /// Calls `look` with the observation of `now`, then clears the events.
    pub(crate) fn see<T>(&mut self, look: impl FnOnce(&Observation<'_>) -> T) -> T {
        if self.fresh {
            self.machine.at = self.now;
        }
        let seen = Observation {
            now: self.now,
            span: Duration::ZERO,
            cores: self.cores,
            bounds: self.bounds,
            limit: self.limit,
            running: self.running.unwrap_or(self.limit),
            queued: self.queued,
            input_open: true,
            saturated: self.saturated,
            task_seconds: 0.0,
            events: &self.events,
            machine: &self.machine,
        };
        let answer = look(&seen);
        self.events.clear();
        answer
    }

    /// Lets `span` pass, makes one decision, and sets its limit.
    pub(crate) fn step(&mut self, policy: &mut dyn Policy, span: Duration) -> Decision {
        self.wait(span);
        let decision = self.see(|seen| policy.decide(seen));
        self.limit = decision.limit;
        decision
    }
}
