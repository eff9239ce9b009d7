//! For how long guards, and not the policy, kept the number of running tasks low. The explanation of a run needs it.

use crate::policy::Why;
use crate::time::Time;
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct HoldTimes {
    /// The machine has been read.
    read: bool,
    /// The first decision, or the first one after a reading if there is one.
    began: Option<Time>,
    /// The time in which the cap of a guard was in force, without the present one.
    capped: Duration,
    capped_since: Option<Time>,
    /// The cap in force, or the last one.
    cap: Option<(u32, Why)>,
    /// The time in which a guard that spaces starts (`--delay`, `--rate`) let none start, without the present one.
    spaced: Duration,
    spaced_since: Option<Time>,
}

impl HoldTimes {
    /// A decision, with the cap that is now in force. `read` is true when the machine has been read. Without a reading some
    /// guards cannot tell, so the time before the first one does not count.
    pub(super) fn decided(&mut self, now: Time, cap: Option<(u32, Why)>, read: bool) {
        if read && !self.read {
            *self = HoldTimes { read, ..HoldTimes::default() };
        }
        self.began.get_or_insert(now);
        match cap {
            Some(cap) => {
                self.cap = Some(cap);
                self.capped_since.get_or_insert(now);
            }
            None => self.capped += until(self.capped_since.take(), now),
        }
    }

    /// An admission was asked. `delayed` is true when a guard that spaces starts delayed it. Delays before the first decision
    /// and under a cap do not count.
    pub(super) fn admission(&mut self, now: Time, delayed: bool) {
        if delayed && self.capped_since.is_none() && self.began.is_some() {
            self.spaced_since.get_or_insert(now);
        } else {
            self.spaced += until(self.spaced_since.take(), now);
        }
    }

    /// One sentence, when guards kept the number low for more than half of the time until `now`.
    pub(super) fn explain(&self, now: Time) -> Option<String> {
        let half = until(self.began, now) / 2;
        let capped = self.capped + until(self.capped_since, now);
        let cap = (capped > half).then_some(self.cap.as_ref()).flatten();
        cap.map(|(limit, why)| format!("at {limit}: {why}")).or_else(|| {
            (self.spaced + until(self.spaced_since, now) > half)
                .then(|| "below the limit: starts were spaced out (--delay, --rate)".to_owned())
        })
    }
}

/// The time between the two; zero if the first is unknown.
fn until(since: Option<Time>, now: Time) -> Duration {
    since.map_or(Duration::ZERO, |since| now.since(since))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u32) -> Time {
        Time::from_secs(f64::from(seconds))
    }

    fn cap() -> (u32, Why) {
        (1, Why::MemoryHigh { used: 0.97, threshold: 0.9 })
    }

    #[test]
    fn a_cap_explains_a_run_that_it_held_for_most_of_the_time() {
        let mut times = HoldTimes::default();
        times.decided(at(1), Some(cap()), true);
        // The time since the last decision counts.
        assert_eq!(times.explain(at(2)).as_deref(), Some("at 1: memory 97 % above 90 %"));
        times.decided(at(2), None, true);
        assert_eq!(times.explain(at(2)).as_deref(), Some("at 1: memory 97 % above 90 %"));
        assert_eq!(times.explain(at(3)), None, "half of the time is not most of it");
    }

    #[test]
    fn the_time_before_the_first_reading_does_not_count() {
        let mut times = HoldTimes::default();
        times.decided(at(0), None, false);
        times.admission(at(0), true);
        times.decided(at(9), Some(cap()), true);
        assert_eq!(times.explain(at(10)).as_deref(), Some("at 1: memory 97 % above 90 %"));
    }

    #[test]
    fn a_delay_explains_a_run_without_readings() {
        let mut times = HoldTimes::default();
        times.admission(at(0), true);
        assert_eq!(times.explain(at(1)), None, "before the first decision");
        times.decided(at(1), None, false);
        times.admission(at(1), true);
        times.admission(at(2), false);
        assert!(times.explain(at(2)).is_some_and(|why| why.contains("--delay")));
    }
}
