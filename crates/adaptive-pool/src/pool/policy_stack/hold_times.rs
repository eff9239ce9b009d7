//! For how long guards, and not the policy, kept the number of running tasks low. The explanation of a run needs it.

use crate::policy::Why;
use crate::time::Time;
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct HoldTimes {
    /// The time since the first decision.
    total: Duration,
    /// The time in which the cap of a guard was in force.
    capped: Duration,
    /// The cap in force, or the last one.
    cap: Option<(u32, Why)>,
    capped_now: bool,
    /// The time in which a guard that spaces starts (`--delay`, `--rate`) let none start.
    spaced: Duration,
    spaced_since: Option<Time>,
}

impl HoldTimes {
    /// A decision after `span`, with the cap that is now in force.
    pub(super) fn decided(&mut self, span: Duration, cap: Option<(u32, Why)>) {
        self.total += span;
        if self.capped_now {
            self.capped += span;
        }
        self.capped_now = cap.is_some();
        self.cap = cap.or(self.cap.take());
    }

    /// An admission was asked. `delayed` is true when a guard that spaces starts delayed it. Delays before the first decision
    /// and under a cap do not count.
    pub(super) fn admission(&mut self, now: Time, delayed: bool) {
        if delayed && !self.capped_now && !self.total.is_zero() {
            self.spaced_since.get_or_insert(now);
        } else {
            self.spaced += self.spaced_since.take().map_or(Duration::ZERO, |since| now.since(since));
        }
    }

    /// One sentence, when guards kept the number low for more than half of the time.
    pub(super) fn explain(&self) -> Option<String> {
        let half = self.total / 2;
        let cap = (self.capped > half).then_some(self.cap.as_ref()).flatten();
        cap.map(|(limit, why)| format!("at {limit}: {why}")).or_else(|| {
            (self.spaced > half)
                .then(|| "below the limit: starts were spaced out (--delay, --rate)".to_owned())
        })
    }
}
