//! The estimated time for the rest of the run. Pure.
//!
//! The rate of the ends gives the time for the jobs that are left. The oldest running job gives a lower bound, because
//! at the end of a run everybody waits for it.

use crate::sink::Rate;
use std::time::Duration;

/// What is known of the jobs that have ended, and their rate.
#[derive(Debug, Default)]
pub struct Eta {
    /// The rate of the ends.
    pub rate: Rate,
    ended: u32,
    sum: Duration,
    longest: Duration,
}

impl Eta {
    /// An attempt has ended after this time.
    pub fn ended(&mut self, took: Duration) {
        self.ended = self.ended.saturating_add(1);
        self.sum = self.sum.saturating_add(took);
        self.longest = self.longest.max(took);
    }

    /// The estimated time for `left` jobs, of which the oldest running one has this age. `None` while nothing is known.
    pub fn left(&self, left: u64, oldest: Option<Duration>) -> Option<Duration> {
        let by_rate = self.rate.eta(left)?;
        let by_oldest = oldest.map_or(Duration::ZERO, |age| self.rest_of(age));
        Some(by_rate.max(by_oldest))
    }

    /// The estimated rest of a running job. A young one lasts as long as the mean, an older one as long as the longest,
    /// and one that is older than all as long again.
    fn rest_of(&self, age: Duration) -> Duration {
        let Some(mean) = self.sum.checked_div(self.ended) else { return Duration::ZERO };
        match age {
            age if age < mean => mean.saturating_sub(age),
            age if age < self.longest => self.longest.saturating_sub(age),
            age => age,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adaptive_pool::time::Time;

    #[test]
    fn the_oldest_job_is_a_lower_bound() {
        let s = Duration::from_secs;
        let mut eta = Eta::default();
        assert_eq!(eta.left(5, Some(s(9))), None, "nothing has ended");
        for took in [s(2), s(6)] {
            eta.ended(took);
        }
        eta.rate.observe(Time::from_secs(10.0), 20);
        assert_eq!(eta.left(40, Some(s(1))), Some(s(20)), "the rate says more");
        assert_eq!(eta.left(2, Some(s(1))), Some(s(3)), "the mean of 4 s");
        assert_eq!(eta.left(2, Some(s(5))), Some(s(1)), "the longest of 6 s");
        assert_eq!(eta.left(1, Some(s(60))), Some(s(60)), "as long again");
        assert_eq!(eta.left(0, None), Some(s(0)));
    }
}
