//! Jobs per second, smoothed, and the estimated time for the rest. Pure.
//!
//! An exponential moving average: an observation of [`TIME_CONSTANT_S`] ago has a weight of 1/e. It is divided by the
//! total weight, so that it is the plain mean at the start and does not rise from zero.

use adaptive_pool::time::Time;
use std::time::Duration;

/// The time constant of the average, in seconds.
const TIME_CONSTANT_S: f64 = 15.0;

/// A rate, computed from observations of a count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    at: Time,
    count: u64,
    sum: f64,
    weight: f64,
}

impl Rate {
    /// Observes the count. The count is 0 at time 0. The interval between calls may vary.
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

    /// The rate per second. 0 before the first observation.
    pub fn per_second(&self) -> f64 {
        if self.weight > 0.0 { self.sum / self.weight } else { 0.0 }
    }

    /// The estimated time for `left` more. `None` when the rate is too low.
    pub fn eta(&self, left: u64) -> Option<Duration> {
        let rate = self.per_second();
        if left == 0 {
            return Some(Duration::ZERO);
        }
        // Below this rate, one takes more than three years.
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
