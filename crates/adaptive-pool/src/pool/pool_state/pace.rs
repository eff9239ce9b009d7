//! When the policy is asked: when a reading has come in, at once after a failure, and when the time it asked for has passed.
//!
//! The sensor works at the same interval as the policy. So that one interval does not bring two decisions, the time alone
//! counts a little later while readings come as they should: the reading made at that time is there first.

use crate::policy::Reading;
use crate::time::Time;
use std::time::Duration;

/// When the policy is asked first, after the first task.
const FIRST_LOOK: Duration = Duration::from_millis(10);
/// Between two decisions for which failures are the reason there is at least this.
const AFTER_FAILURE: Duration = Duration::from_millis(1);
/// A reading younger than this is never too old, however short the interval: on a crowded machine the sampler waits long
/// for a core, and a policy that goes blind just then starts what does not fit in memory.
const READING_LIFE: Duration = Duration::from_millis(500);
/// How long a reading is waited for: a quarter of the interval within these bounds.
const GRACE: [Duration; 2] = [Duration::from_millis(2), Duration::from_millis(50)];

#[derive(Debug)]
pub(super) struct Pace {
    decided: Time,
    next: Duration,
    /// When time alone is a reason.
    timer: Time,
    /// A failure came.
    urgent: bool,
    /// A reading came that no decision has seen.
    fresh: bool,
    sensor: bool,
}

impl Pace {
    pub(super) fn new(now: Time, sensor: bool) -> Pace {
        Pace { decided: now, next: FIRST_LOOK, timer: now + FIRST_LOOK, urgent: false, fresh: false, sensor }
    }

    /// When the next decision is due.
    pub(super) fn due(&self) -> Time {
        if self.fresh {
            self.decided
        } else if self.urgent {
            (self.decided + AFTER_FAILURE).min(self.timer)
        } else {
            self.timer
        }
    }

    pub(super) fn decided(&self) -> Time {
        self.decided
    }

    /// The interval in force.
    pub(super) fn period(&self) -> Duration {
        self.next
    }

    /// The first task after a time without any: the policy first gets an interval to see something, unless guards are to
    /// see the machine at once.
    pub(super) fn wake(&mut self, now: Time, at_once: bool) {
        self.timer = if at_once { now } else { self.timer.max(now + self.next) };
        self.fresh = false;
    }

    pub(super) fn failure(&mut self) {
        self.urgent = true;
    }

    pub(super) fn reading(&mut self) {
        self.fresh = true;
    }

    pub(super) fn sensor_gone(&mut self) {
        self.sensor = false;
    }

    /// A decision was made that asks for the next one after `next`; the last reading is of `reading`.
    pub(super) fn decide(&mut self, now: Time, next: Duration, reading: Time) {
        let grace = if self.sensor && !self.late(now, reading) {
            (next / 4).clamp(GRACE[0], GRACE[1])
        } else {
            Duration::ZERO
        };
        self.decided = now;
        self.next = next;
        self.timer = now + next + grace;
        self.urgent = false;
        self.fresh = false;
    }

    /// True when a reading is older than two intervals, or there is none and none will come: it counts as missing.
    pub(super) fn late(&self, now: Time, reading: Time) -> bool {
        let never = !self.sensor && reading == Time::ZERO;
        never || now.since(reading) > (self.next * 2).max(READING_LIFE)
    }

    /// What counts as known of the machine. Where no reading will come, that nothing is known is known now, and no policy
    /// waits for the first one; a sensor that is only slow is waited for.
    pub(super) fn known(&self, now: Time, reading: &Reading) -> Reading {
        if !self.late(now, reading.at) {
            return reading.clone();
        }
        Reading { at: if self.sensor { Time::ZERO } else { now }, ..Reading::default() }
    }
}
