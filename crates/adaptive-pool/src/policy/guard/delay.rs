//! `--delay`: the shortest time between two starts. The number of running jobs has no cap.

use crate::policy::decision::Admit;
use crate::policy::interface::Guard;
use crate::policy::observation::Observation;
use crate::policy::task_event::{TaskEvent, Verdict};
use crate::policy::why::Why;
use crate::time::Time;
use std::time::Duration;

/// `--delay D` or `--delay Dauto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelayConfig {
    /// The shortest time between two starts.
    pub delay: Duration,
    /// Whether the delay adapts: × 1.3 when jobs fail, up to 10 s, and × 0.9 when they succeed.
    pub auto: bool,
}

/// The longest delay of `auto`. Without it, forty failures would make an hour.
const LONGEST: Duration = Duration::from_secs(10);
/// The shortest delay that `auto` starts to raise from.
const SHORTEST: Duration = Duration::from_millis(10);
/// The shortest time between two changes of `auto`, so that short jobs do not make it oscillate.
const CHANGE_INTERVAL: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct DelayGuard {
    delay: Duration,
    auto: bool,
    last_start: Option<Time>,
    changed: Time,
    succeeded: u32,
    failed: u32,
    backoff: u32,
}

impl DelayGuard {
    pub(super) fn new(config: DelayConfig) -> DelayGuard {
        let DelayConfig { delay, auto } = config;
        DelayGuard { delay, auto, last_start: None, changed: Time::ZERO, succeeded: 0, failed: 0, backoff: 0 }
    }

    fn adapt(&mut self, now: Time) {
        if now.since(self.changed) < self.delay.max(CHANGE_INTERVAL) {
            return;
        }
        // Some failures come from bad input and not from overload, so only a majority counts.
        if self.backoff > 0 || self.failed > self.succeeded {
            self.delay = self.delay.max(SHORTEST).mul_f64(1.3).min(LONGEST);
        } else if self.succeeded > 0 {
            self.delay = self.delay.mul_f64(0.9);
            if self.delay < SHORTEST / 10 {
                self.delay = Duration::ZERO;
            }
        } else {
            return;
        }
        self.changed = now;
        (self.succeeded, self.failed, self.backoff) = (0, 0, 0);
    }
}

impl Guard for DelayGuard {
    fn cap(&mut self, observation: &Observation<'_>) -> Option<(u32, Why)> {
        if self.auto {
            for event in observation.events {
                let TaskEvent::Finished(end) = event else { continue };
                match end.verdict {
                    Verdict::Ok => self.succeeded += 1,
                    Verdict::Failed | Verdict::KilledByKernel => self.failed += 1,
                    Verdict::Backoff => self.backoff += 1,
                    Verdict::Killed | Verdict::NotStarted => {}
                }
            }
            self.adapt(observation.now);
        }
        None
    }

    fn admit(&mut self, now: Time, _running: u32) -> Admit {
        match self.last_start.map(|last| self.delay.saturating_sub(now.since(last))) {
            Some(left) if !left.is_zero() => Admit::After(left),
            _ => Admit::Yes,
        }
    }

    fn spaces_starts(&self) -> bool {
        true
    }

    fn started(&mut self, now: Time) {
        self.last_start = Some(now);
    }
}
