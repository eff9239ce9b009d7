//! Which level to try next: by what throughput may look like as a whole, given all levels measured so far.
//!
//! A few shapes, each with a size (where tasks begin to disturb each other), are weighed by what was measured. The level to
//! try is the one from which most is expected: what the rest of the input gains where it is better, less what the test
//! costs where it is worse.

use super::super::consts::{
    CURVE_COST, CURVE_FEE, CURVE_FLOOR, CURVE_LEAST, CURVE_MOST, CURVE_NEAR, CURVE_NONE, CURVE_OFF,
    CURVE_SAME, CURVE_SURE, CURVE_TIMES,
};
use super::super::hypotheses::{Hypothesis, hypotheses};

/// A level that was measured.
#[derive(Clone, Copy, Debug)]
struct Seen {
    n: f64,
    /// ln of the throughput, and the variance of that.
    y: f64,
    var: f64,
    /// How often it was measured.
    times: u32,
    /// How often a test of it was refused.
    refused: u32,
}

impl Seen {
    fn is_within(&self, way: f64, n: f64) -> bool {
        libm::log(self.n / n).abs() < way
    }
}

/// The levels looked at, as parts of the one in use.
const STEPS: [f64; 14] = [0.125, 0.167, 0.25, 0.333, 0.5, 0.6, 0.71, 0.84, 1.19, 1.41, 1.7, 2.0, 2.8, 4.0];

/// The search for the next level.
#[derive(Clone, Copy, Debug)]
pub(super) struct From {
    /// The level in use.
    pub(super) level: f64,
    /// Tasks left, as far as is known.
    pub(super) rest: f64,
    /// The highest level allowed, and the largest step up.
    pub(super) cap: f64,
    pub(super) step: f64,
    /// Something waits for a disk: its tasks do disturb each other.
    pub(super) disk: bool,
}

/// The next level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Next {
    /// Expected to be better than the one in use.
    Better(f64),
    /// May be better: to know is worth a test.
    Unknown(f64),
}

/// What a step promises: how likely it gains more than the fee, and ln of the gain in throughput that is expected, less the
/// fee: what more tasks at once are to bring at least.
#[derive(Clone, Copy, Debug)]
pub(super) struct Promise {
    pub(super) likely: f64,
    pub(super) gain: f64,
}

/// The levels measured so far. What each gives counts, not the steps between them: all tests from one level share the
/// chance in what was measured there, and would repeat it as if each had found it anew.
#[derive(Debug, Default)]
pub(super) struct Curve {
    seen: Vec<Seen>,
    /// How likely each curve is by the lives of tasks: they know more than what the levels gave.
    curve_posterior: Option<Vec<f64>>,
}

impl Curve {
    /// A level gives this throughput (ln), with this variance.
    pub(super) fn saw(&mut self, n: f64, y: f64, var: f64) {
        let var = var.max(1e-6);
        if let Some(old) = self.seen.iter_mut().find(|o| o.is_within(CURVE_SAME, n)) {
            let part = old.var / (old.var + var);
            old.n += part * (n - old.n);
            old.y += part * (y - old.y);
            old.var = (old.var * (1.0 - part)).max(CURVE_SURE * CURVE_SURE);
            old.times += 1;
            return;
        }
        if self.seen.len() >= CURVE_MOST {
            self.seen.remove(0);
        }
        self.seen.push(Seen { n, y, var, times: 1, refused: 0 });
    }

    fn find(&self, n: f64) -> Option<&Seen> {
        self.seen.iter().find(|o| o.is_within(CURVE_SAME, n))
    }

    /// What a level gives (ln), if it was measured.
    pub(super) fn at(&self, n: f64) -> Option<f64> {
        self.find(n).map(|o| o.y)
    }

    /// The variance of that.
    pub(super) fn var(&self, n: f64) -> f64 {
        self.find(n).map_or(1.0, |o| o.var)
    }

    /// True once there is something to compare.
    pub(super) fn knows(&self) -> bool {
        self.seen.len() > 1
    }

    /// A test of this level was refused.
    pub(super) fn refused(&mut self, n: f64) {
        if let Some(o) = self.seen.iter_mut().find(|o| o.is_within(CURVE_SAME, n)) {
            o.refused += 1;
        }
    }

    /// All that is known of a level and those close to it.
    fn near(&self, n: f64, what: impl Fn(&Seen) -> u32) -> u32 {
        self.seen.iter().filter(|o| o.is_within(CURVE_NEAR, n)).map(what).sum()
    }

    /// What the lives of tasks say; `None` when they say nothing (any more).
    pub(super) fn told_curve(&mut self, curve_posterior: Option<Vec<f64>>) {
        self.curve_posterior = curve_posterior;
    }

    fn weight(&self, curve: &Hypothesis) -> f64 {
        let mut offs = [(0.0, 0.0); CURVE_MOST];
        let (mut sum, mut all) = (0.0, 0.0);
        for (off, o) in offs.iter_mut().zip(&self.seen) {
            *off = (o.y - curve.ln_x(o.n), 1.0 / (o.var + CURVE_FLOOR * CURVE_FLOOR));
            sum += off.0 * off.1;
            all += off.1;
        }
        let offs = &offs[..self.seen.len()];
        // How fast the machine is says nothing of the shape.
        let mean = if all > 0.0 { sum / all } else { 0.0 };
        let each = |&(off, weight): &(f64, f64)| {
            let z = (off - mean).abs() * weight.sqrt();
            // Far off counts linearly: one level measured wrong is not to outweigh all others.
            if z < CURVE_OFF { z * z } else { CURVE_OFF * (2.0 * z - CURVE_OFF) }
        };
        libm::exp(-0.5 * offs.iter().map(each).sum::<f64>())
    }

    /// The curves that may be, and their weights by what was measured.
    fn weighed(&self, disk: bool) -> Vec<(Hypothesis, f64)> {
        let weight = |(k, curve): (usize, &Hypothesis)| {
            let fits = match &self.curve_posterior {
                Some(curve_posterior) => curve_posterior[k],
                None => self.weight(curve),
            };
            (*curve, curve.prior * fits)
        };
        // The first has tasks that do not disturb each other.
        let mut all: Vec<_> = hypotheses().iter().enumerate().skip(usize::from(disk)).map(weight).collect();
        let least = CURVE_NONE * all.iter().map(|(_, weight)| *weight).fold(0.0, f64::max);
        all.retain(|(_, weight)| *weight > least);
        all
    }

    /// What a step promises.
    pub(super) fn promises(&self, from: f64, to: f64, disk: bool) -> Promise {
        let fee = CURVE_FEE * libm::log(to / from);
        let (mut likely, mut sum, mut total) = (0.0, 0.0, 0.0);
        for (curve, weight) in self.weighed(disk) {
            let gain = curve.ln_x(to) - curve.ln_x(from) - fee;
            likely += if gain > 0.0 { weight } else { 0.0 };
            sum += weight * gain;
            total += weight;
        }
        Promise { likely: likely / total, gain: sum / total }
    }

    /// The level to try, when one pays.
    pub(super) fn next(&self, from: From) -> Option<Next> {
        let all = self.weighed(from.disk);
        let total: f64 = all.iter().map(|(_, weight)| weight).sum();
        let here: Vec<f64> = all.iter().map(|(curve, _)| curve.ln_x(from.level)).collect();
        let mut best = (CURVE_LEAST * from.rest, None);
        for step in STEPS.into_iter().filter(|&s| s <= from.step) {
            let to = libm::round(from.level * step).min(from.cap).max(1.0);
            let fee = CURVE_FEE * libm::log(to / from.level);
            let (mut sum, mut mean) = (0.0, 0.0);
            for (&(curve, weight), here) in all.iter().zip(&here) {
                let gain = curve.ln_x(to) - here - fee;
                mean += weight * gain;
                sum += weight
                    * if gain > 0.0 {
                        from.rest * (1.0 - libm::exp(-gain))
                    } else {
                        CURVE_COST * from.level.max(to) * (1.0 - libm::exp(-gain))
                    };
            }
            // What the shapes do not explain is not found out by one more test.
            let often = if mean > 0.0 { self.near(to, |o| o.refused) } else { self.near(to, |o| o.times) };
            let open = often < CURVE_TIMES;
            if to != from.level && open && sum / total > best.0 {
                best = (sum / total, Some(if mean > 0.0 { Next::Better(to) } else { Next::Unknown(to) }));
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::hypotheses::Shape;
    use super::*;

    const FROM: From = From { level: 32.0, rest: 1000.0, cap: 256.0, step: 2.0, disk: false };

    fn curve(seen: &[(f64, f64, f64)]) -> Curve {
        let mut curve = Curve::default();
        for &(n, y, se) in seen {
            curve.saw(n, y, se * se);
        }
        curve
    }

    fn level(next: Option<Next>) -> Option<f64> {
        next.map(|next| match next {
            Next::Better(n) | Next::Unknown(n) => n,
        })
    }

    #[test]
    fn what_gained_in_full_is_followed_further() {
        let curve = curve(&[(16.0, 0.0, 0.07), (32.0, 0.68, 0.07)]);
        assert_eq!(curve.next(FROM), Some(Next::Better(64.0)));
        assert_eq!(curve.next(From { cap: 32.0, ..FROM }), None);
    }

    #[test]
    fn what_collapsed_is_left_in_one_leap() {
        let mut curve = curve(&[(32.0, 0.0, 0.07), (64.0, -0.5, 0.07)]);
        assert!(level(curve.next(FROM)).is_some_and(|n| n <= 16.0));
        // Where it lost far below as well, the best lies between.
        curve.saw(4.0, -0.4, 0.005);
        assert!(level(curve.next(FROM)).is_some_and(|n| (8.0..32.0).contains(&n)));
    }

    #[test]
    fn near_the_best_nothing_more_is_tried() {
        let places = Hypothesis { shape: Shape::Places(0.016), size: 12.0, prior: 1.0 };
        let seen = [4.0, 8.0, 12.0, 16.0, 24.0, 48.0].map(|n| (n, places.ln_x(n), 0.02));
        let curve = curve(&seen);
        assert_eq!(curve.next(From { level: 12.0, ..FROM }), None);
        assert!(level(curve.next(From { level: 24.0, ..FROM })).is_some_and(|n| (8.0..=16.0).contains(&n)));
    }

    #[test]
    fn little_input_is_not_spent_on_a_test() {
        let curve = curve(&[(32.0, 0.0, 0.14), (16.0, -0.05, 0.14)]);
        assert!(curve.next(FROM).is_some());
        assert_eq!(curve.next(From { rest: 2.0, ..FROM }), None);
    }

    #[test]
    fn chance_in_one_level_is_not_counted_once_for_each_test_from_it() {
        // Level 8 looked better than it is. All tests from there seem bad: as bad as it looked good.
        let mut curve = curve(&[(32.0, 0.0, 0.1), (8.0, 0.35, 0.2)]);
        assert!(curve.promises(8.0, 14.0, false).gain < 0.1);
        for n in [14.0, 11.0, 18.0] {
            curve.saw(n, 0.15, 0.03);
        }
        assert!(curve.promises(8.0, 14.0, false).gain > -0.1, "{}", curve.promises(8.0, 14.0, false).gain);
        // Measured again, it shows.
        curve.saw(8.0, -0.15, 0.01);
        assert!(curve.promises(8.0, 14.0, false).gain > 0.0);
    }

    #[test]
    fn what_was_refused_twice_is_not_expected_again() {
        // 29 was measured once, far too well: every shape has a rise there, whatever else is found.
        let mut curve = curve(&[
            (32.0, 5.333, 0.02),
            (48.0, 5.682, 0.18),
            (8.0, 5.006, 0.044),
            (16.0, 5.421, 0.1),
            (28.7, 5.792, 0.068),
            (19.0, 5.384, 0.038),
            (38.0, 5.393, 0.04),
        ]);
        let from = From { level: 19.0, rest: 5000.0, ..FROM };
        let mut tried = 0;
        while let Some(Next::Better(n)) = curve.next(from) {
            curve.saw(n, 5.3, 0.01);
            curve.refused(n);
            tried += 1;
            assert!(tried < 20, "{curve:?}");
        }
        assert!(tried > 0);
    }

    #[test]
    fn a_level_is_not_tried_without_end() {
        // Half as many seem a little worse, and nobody knows for sure: worth a test or two in a long run.
        let mut curve = curve(&[(32.0, 0.0, 0.1), (16.0, -0.1, 0.3)]);
        let from = From { rest: 100_000.0, step: 1.0, ..FROM };
        let mut tried = 0;
        while let Some(Next::Unknown(n)) = curve.next(from) {
            curve.saw(n, 0.4 * libm::log(n / 32.0), 0.09);
            tried += 1;
            assert!(tried < 20, "{curve:?}");
        }
        assert!(tried > 1);
    }
}
