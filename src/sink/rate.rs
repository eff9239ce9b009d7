//! Jobs a second, smoothed, and how long the rest will take. Pure.
//!
//! A moving average that forgets: what was seen [`TIME_CONSTANT_S`] ago counts a third as much as what is seen now. Divided by the
//! weight gathered so far, so that it is the plain mean at first and not a climb from zero.

use adaptive_pool::time::Time;
use std::time::Duration;

/// How long the average remembers.
const TIME_CONSTANT_S: f64 = 15.0;

/// A rate that looks at a count now and then.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    at: Time,
    count: u64,
    sum: f64,
    weight: f64,
}

impl Rate {
    /// The count stands at `count` now; it stood at zero when the run began. Call it at any pace.
    pub fn observe(&mut self, now: Time, count: u64) {
        let span = now.since(self.at).as_secs_f64();
        if span <= 0.0 {
            return;
        }
        let fresh = 1.0 - libm::exp(-span / TIME_CONSTANT_S);
        let seen = count.saturating_sub(self.count) as f64 / span;
        self.sum += fresh * (seen - self.sum);
        self.weight += fresh * (1.0 - self.weight);
        (self.at, self.count) = (now, count);
    }

    /// Counts a second. Zero before anything was seen.
    pub fn per_second(&self) -> f64 {
        if self.weight > 0.0 { self.sum / self.weight } else { 0.0 }
    }

    /// How long `left` more will take at this rate; `None` when nothing says so.
    pub fn eta(&self, left: u64) -> Option<Duration> {
        let rate = self.per_second();
        if left == 0 {
            return Some(Duration::ZERO);
        }
        // Below one in three years there is no use in a date.
        (rate > 1e-8).then(|| Duration::try_from_secs_f64(left as f64 / rate).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_rate_is_exact_from_the_first_observation() {
        let mut rate = Rate::default();
        assert_eq!((rate.per_second(), rate.eta(5), rate.eta(0)), (0.0, None, Some(Duration::ZERO)));
        for second in 1..100 {
            rate.observe(Time::from_secs(f64::from(second)), 4 * second as u64);
            assert!((rate.per_second() - 4.0).abs() < 1e-9);
        }
        assert_eq!(rate.eta(40).map(|d| d.as_secs_f64().round()), Some(10.0));
    }

    #[test]
    fn a_new_rate_replaces_the_old_one_and_a_repeated_time_changes_nothing() {
        let mut rate = Rate::default();
        rate.observe(Time::from_secs(100.0), 1000);
        let before = rate;
        rate.observe(Time::from_secs(100.0), 2000);
        assert_eq!(rate, before);
        for second in 101..200 {
            rate.observe(Time::from_secs(f64::from(second)), 1000);
        }
        assert!(rate.per_second() < 0.1, "{}", rate.per_second());
    }
}
