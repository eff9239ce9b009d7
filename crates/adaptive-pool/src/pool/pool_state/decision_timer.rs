//! When the next decision is due: after a reading, soon after a failure, and when the time that the policy asked for has passed.
//!
//! The sensor reads at the interval of the policy. To avoid two decisions for one interval, the timer waits a little longer
//! for the reading.

use crate::policy::Reading;
use crate::time::Time;
use std::time::Duration;

/// The time from the first task to the first decision.
const FIRST_DECISION: Duration = Duration::from_millis(10);
/// The shortest time between two decisions after failures.
const AFTER_FAILURE: Duration = Duration::from_millis(1);
/// A reading younger than this is never stale, however short the interval is. On a crowded machine the sampler waits long for a
/// core, and a policy without figures would start tasks that do not fit in memory.
const READING_LIFE: Duration = Duration::from_millis(500);
/// The bounds of the time for which the timer waits for a reading, which is a quarter of the interval.
const GRACE: [Duration; 2] = [Duration::from_millis(2), Duration::from_millis(50)];

#[derive(Debug)]
pub(super) struct DecisionTimer {
    last: Time,
    interval: Duration,
    /// When a decision is due without any event.
    timeout: Time,
    /// A task failed since the last decision.
    failure: bool,
    /// A reading arrived since the last decision.
    reading: bool,
    /// Readings arrive.
    sensor: bool,
}

impl DecisionTimer {
    pub(super) fn new(now: Time, sensor: bool) -> DecisionTimer {
        DecisionTimer {
            last: now,
            interval: FIRST_DECISION,
            timeout: now + FIRST_DECISION,
            failure: false,
            reading: false,
            sensor,
        }
    }

    /// When the next decision is due.
    pub(super) fn due(&self) -> Time {
        if self.reading {
            self.last
        } else if self.failure {
            (self.last + AFTER_FAILURE).min(self.timeout)
        } else {
            self.timeout
        }
    }

    /// The time of the last decision.
    pub(super) fn last(&self) -> Time {
        self.last
    }

    /// The interval in force.
    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// Tasks arrive at an idle pool. The decision is due after one interval, or now with `at_once`.
    pub(super) fn work_arrived(&mut self, now: Time, at_once: bool) {
        self.timeout = if at_once { now } else { self.timeout.max(now + self.interval) };
        self.reading = false;
    }

    pub(super) fn failure(&mut self) {
        self.failure = true;
    }

    pub(super) fn reading(&mut self) {
        self.reading = true;
    }

    pub(super) fn sensor_gone(&mut self) {
        self.sensor = false;
    }

    /// A decision was made. The next is due after `interval`. `reading` is the time of the last reading.
    pub(super) fn decided(&mut self, now: Time, interval: Duration, reading: Time) {
        let grace = if self.sensor && !self.is_stale(now, reading) {
            (interval / 4).clamp(GRACE[0], GRACE[1])
        } else {
            Duration::ZERO
        };
        self.last = now;
        self.interval = interval;
        self.timeout = now + interval + grace;
        self.failure = false;
        self.reading = false;
    }

    /// True when a reading is older than two intervals, or no reading will come.
    fn is_stale(&self, now: Time, reading: Time) -> bool {
        let never = !self.sensor && reading == Time::ZERO;
        never || now.since(reading) > (self.interval * 2).max(READING_LIFE)
    }

    /// The reading, or one with all figures unknown when it is stale. The time of an unknown reading is zero while a sensor may
    /// still read, so that guards wait for it, and `now` when none will.
    pub(super) fn usable(&self, now: Time, reading: &Reading) -> Reading {
        if !self.is_stale(now, reading.at) {
            return reading.clone();
        }
        Reading { at: if self.sensor { Time::ZERO } else { now }, ..Reading::default() }
    }
}
