//! What tasks hold while they come and go: most are below their peak at any moment, and not all reach it together.
//!
//! From readings of what runs: the mean of what a task holds, its spread between tasks, and how the mean over those that run
//! swings in time. Where they started together and take equally long it swings from nothing to their peak, and there is
//! room for no more than the peaks; where they are mixed, only chance moves the sum, and that goes with the root.

use super::super::consts::{
    HELD_AHEAD_S, HELD_BACK, HELD_CAUGHT, HELD_LEAST, HELD_MORE, HELD_MOST, HELD_RISE, HELD_TASKS, HELD_Z,
    TASK_MIN,
};

#[derive(Debug, Default)]
pub(super) struct Occupancy {
    at: f64,
    /// Mean duration of a task, seconds.
    took: f64,
    /// Mean durations that were looked at.
    lived: f64,
    /// Means over time, bytes: of what a task holds, of its square, and of the square of the mean over those that run.
    mean: f64,
    square: f64,
    swing: f64,
    /// How many may run: follows what fits down at once, and up at a pace.
    level: f64,
    /// Room for chance beyond the usual, standard deviations: the brake had to stop tasks.
    more: f64,
    /// When it last had to, seconds.
    braked_at: f64,
}

/// What one reading shows of the tasks that run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    t: f64,
    running: f64,
    /// Mean duration of a task, seconds.
    took: f64,
    /// Tasks seen.
    seen: f64,
    /// Mean of what they hold, and of its square.
    mean: f64,
    square: f64,
}

impl Look {
    /// `sums`: tasks seen, the sum of what they hold, and of its square.
    pub(super) fn new(t: f64, running: f64, took: f64, sums: (f64, f64, f64)) -> Look {
        let (seen, sum, squares) = sums;
        let each = seen.max(1.0);
        Look { t, running, took: took.max(1e-3), seen, mean: sum / each, square: squares / each }
    }
}

impl Occupancy {
    pub(super) fn look(&mut self, look: &Look) {
        let passed = ((look.t - self.at) / look.took).clamp(0.0, 1.0);
        self.at = look.t;
        self.took = look.took;
        if look.seen < 2.0 {
            return;
        }
        self.lived += passed;
        let weight = (passed / self.lived.clamp(0.1, HELD_TASKS)).min(1.0);
        self.mean += weight * (look.mean - self.mean);
        self.square += weight * (look.square - self.square);
        self.swing += weight * (look.mean * look.mean - self.swing);
        if self.lived < HELD_TASKS {
            self.level = look.running;
            return;
        }
        self.level *= 1.0 + HELD_RISE * passed;
        if self.more <= 0.0 {
            self.level = self.level.max(look.running);
        }
    }

    /// The brake had to stop some of those that ran.
    pub(super) fn suspended_at(&mut self, running: f64) {
        if self.at - self.braked_at < self.took {
            return;
        }
        self.braked_at = self.at;
        self.more = (self.more + HELD_MORE).min(HELD_MOST);
        self.level = self.level.min(HELD_BACK * running);
    }

    /// How many tasks may run in so many bytes; `None` until enough was seen. `largest`: the largest peak, bytes.
    /// `catches`: while far fewer than so many grow, the brake stops those that are too many in time, so less room is kept
    /// for chance.
    pub(super) fn fits(&mut self, usable: f64, largest: f64, catches: f64) -> Option<f64> {
        if self.lived < HELD_TASKS {
            return None;
        }
        let mean = self.mean.max(TASK_MIN);
        // The highest of n normal draws lies near √(2 ln n) deviations; brief tasks will soon have drawn often.
        let draws = self.lived.max(HELD_AHEAD_S / self.took);
        let caught = (usable.max(1.0) / mean / catches).clamp(HELD_CAUGHT, 1.0);
        let z = caught * HELD_Z * (2.0 * libm::log(1.0 + draws)).sqrt() + self.more;
        let apart = z * (self.square - mean * mean).max(0.0).sqrt();
        let together = z * (self.swing - mean * mean).max(0.0).sqrt();
        let usable = (usable - caught * (largest - mean).max(0.0)).max(0.0);
        // n mean + √n apart = usable, or n (mean + together) = usable.
        let root = ((apart * apart + 4.0 * mean * usable).sqrt() - apart) / (2.0 * mean);
        let fits = (root * root).min(usable / (mean + together));
        self.level = self.level.min(fits).max(1.0);
        (self.level >= HELD_LEAST).then_some(self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten tasks of 1 GB and a second each, which grow evenly; `phase` of each is where it is in its life.
    fn lived(phase: impl Fn(usize, f64) -> f64) -> Occupancy {
        let mut occupancy = Occupancy::default();
        for look in 1..=400 {
            let t = f64::from(look) * 0.02;
            let held = (0..10).map(|k| 1e9 * phase(k, t).fract());
            let sums = held.fold((0.0, 0.0, 0.0), |s, x| (s.0 + 1.0, s.1 + x, s.2 + x * x));
            occupancy.look(&Look::new(t, 10.0, 1.0, sums));
        }
        occupancy
    }

    #[test]
    fn tasks_that_are_mixed_need_their_mean_and_together_their_peak() {
        let mixed = lived(|k, t| t + k as f64 / 10.0).fits(16e9, 1e9, 0.0).expect("enough was seen");
        let together = lived(|_, t| t).fits(16e9, 1e9, 0.0).expect("enough was seen");
        assert!((20.0..28.0).contains(&mixed), "{mixed}");
        assert!(together < 16.0, "{together}");
    }

    #[test]
    fn less_is_kept_for_chance_where_the_brake_is_in_time() {
        let fits =
            |catches| lived(|k, t| t + k as f64 / 10.0).fits(16e9, 1e9, catches).expect("enough was seen");
        assert!(fits(200.0) > 1.1 * fits(0.0), "{}, {}", fits(200.0), fits(0.0));
        assert!(fits(30.0) < fits(200.0) && fits(1e9) == fits(200.0));
    }

    #[test]
    fn what_the_brake_stops_at_one_time_counts_once() {
        let once = || {
            let mut occupancy = lived(|k, t| t + k as f64 / 10.0);
            occupancy.suspended_at(10.0);
            occupancy
        };
        let mut again = once();
        again.suspended_at(9.0);
        assert_eq!((again.more, again.level), (once().more, once().level));
    }

    #[test]
    fn nothing_is_said_before_some_lives_were_seen_nor_of_a_few() {
        let mut occupancy = Occupancy::default();
        occupancy.look(&Look::new(0.1, 10.0, 1.0, (10.0, 5e9, 3e18)));
        assert_eq!(occupancy.fits(16e9, 1e9, 0.0), None);
        assert_eq!(lived(|k, t| t + k as f64 / 10.0).fits(2e9, 1e9, 0.0), None);
    }

    #[test]
    fn after_the_brake_fewer_run_and_more_room_is_kept() {
        let mut occupancy = lived(|k, t| t + k as f64 / 10.0);
        let before = occupancy.fits(16e9, 1e9, 0.0).expect("enough was seen");
        occupancy.suspended_at(10.0);
        assert_eq!(occupancy.fits(16e9, 1e9, 0.0), Some(8.5));
        for look in 401..=1200 {
            let t = f64::from(look) * 0.02;
            occupancy.look(&Look::new(t, 10.0, 1.0, (10.0, 5e9, 3.3e18)));
        }
        let after = occupancy.fits(16e9, 1e9, 0.0).expect("enough was seen");
        assert!(after > 8.5 && after < before, "{before}, then {after}");
    }
}
