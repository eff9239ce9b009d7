//! Which level to try next: by what throughput may look like as a whole, given all steps judged so far.
//!
//! A few shapes, each with a size (where tasks begin to disturb each other), are weighed by the gains measured. The level to
//! try is the one from which most is expected: what the rest of the input gains where it is better, less what the test
//! costs where it is worse.

use super::super::consts::{
    CURVE_COST, CURVE_FEE, CURVE_FLOOR, CURVE_FREE, CURVE_LEAST, CURVE_MOST, CURVE_OFF,
};

/// One step: ln of the gain in throughput, and its standard error.
#[derive(Clone, Copy, Debug)]
struct Seen {
    from: f64,
    to: f64,
    gain: f64,
    se: f64,
}

/// Throughput over the number running.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Each task at full speed.
    Free,
    /// So many places as its size, and a loss for each task beyond them.
    Places(f64),
    /// n / (1 + (n / size)^p): saturates softly for p = 1, collapses like the Universal Scalability Law for p = 2.
    Smooth(f64),
}

/// The shapes that have a size, and what they are taken for beforehand.
const SHAPES: [(Shape, f64); 8] = [
    (Shape::Places(0.0), 0.2),
    (Shape::Places(0.007), 0.07),
    (Shape::Places(0.016), 0.07),
    (Shape::Places(0.035), 0.06),
    (Shape::Smooth(1.0), 0.06),
    (Shape::Smooth(1.25), 0.06),
    (Shape::Smooth(1.5), 0.06),
    (Shape::Smooth(2.0), 0.15),
];
/// Their sizes: uniform in the logarithm.
const SIZES: usize = 31;
const SIZE_FIRST: f64 = 1.5;
const SIZE_STEP: f64 = 1.2;
/// The levels looked at, as parts of the one in use.
const STEPS: [f64; 14] = [0.125, 0.167, 0.25, 0.333, 0.5, 0.6, 0.71, 0.84, 1.19, 1.41, 1.7, 2.0, 2.8, 4.0];

impl Shape {
    fn ln_x(self, size: f64, n: f64) -> f64 {
        match self {
            Shape::Free => libm::log(n),
            Shape::Places(loss) => libm::log(n.min(size) / (1.0 + loss * (n - size).max(0.0))),
            Shape::Smooth(p) => libm::log(n / (1.0 + libm::pow(n / size, p))),
        }
    }
}

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

/// The steps judged so far.
#[derive(Debug, Default)]
pub(super) struct Curve {
    seen: Vec<Seen>,
}

impl Curve {
    pub(super) fn saw(&mut self, from: f64, to: f64, gain: f64, se: f64) {
        if self.seen.len() >= CURVE_MOST {
            self.seen.remove(0);
        }
        self.seen.push(Seen { from, to, gain, se });
    }

    /// How many steps were judged.
    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }

    fn weight(&self, shape: Shape, size: f64) -> f64 {
        let each = |o: &Seen| {
            let off = shape.ln_x(size, o.to) - shape.ln_x(size, o.from) - o.gain;
            let z = off.abs() / (o.se * o.se + CURVE_FLOOR * CURVE_FLOOR).sqrt();
            // Far off counts linearly: one step judged wrong is not to outweigh all others.
            if z < CURVE_OFF { z * z } else { CURVE_OFF * (2.0 * z - CURVE_OFF) }
        };
        libm::exp(-0.5 * self.seen.iter().map(each).sum::<f64>())
    }

    /// The level to try, when one pays.
    pub(super) fn next(&self, from: From) -> Option<f64> {
        let mut all: Vec<(Shape, f64, f64)> = Vec::with_capacity(1 + SIZES * SHAPES.len());
        if !from.disk {
            all.push((Shape::Free, 1.0, CURVE_FREE * self.weight(Shape::Free, 1.0)));
        }
        let mut size = SIZE_FIRST;
        for _ in 0..SIZES {
            for (shape, prior) in SHAPES {
                all.push((shape, size, prior / SIZES as f64 * self.weight(shape, size)));
            }
            size *= SIZE_STEP;
        }
        let total: f64 = all.iter().map(|h| h.2).sum();
        let here: Vec<f64> = all.iter().map(|h| h.0.ln_x(h.1, from.level)).collect();
        let mut best = (CURVE_LEAST * from.rest, None);
        for step in STEPS.into_iter().filter(|&s| s <= from.step) {
            let to = libm::round(from.level * step).min(from.cap).max(1.0);
            let fee = CURVE_FEE * libm::log(to / from.level);
            let mut sum = 0.0;
            for (&(shape, size, weight), here) in all.iter().zip(&here) {
                let gain = shape.ln_x(size, to) - here - fee;
                sum += weight
                    * if gain > 0.0 {
                        from.rest * (1.0 - libm::exp(-gain))
                    } else {
                        CURVE_COST * from.level.max(to) * (1.0 - libm::exp(-gain))
                    };
            }
            if to != from.level && sum / total > best.0 {
                best = (sum / total, Some(to));
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: From = From { level: 32.0, rest: 1000.0, cap: 256.0, step: 2.0, disk: false };

    #[test]
    fn what_gained_in_full_is_followed_further() {
        let mut curve = Curve::default();
        curve.saw(16.0, 32.0, 0.68, 0.1);
        assert_eq!(curve.next(FROM), Some(64.0));
        assert_eq!(curve.next(From { cap: 32.0, ..FROM }), None);
    }

    #[test]
    fn what_collapsed_is_left_in_one_leap() {
        let mut curve = Curve::default();
        curve.saw(32.0, 64.0, -0.5, 0.1);
        assert!(curve.next(FROM).is_some_and(|n| n <= 16.0));
        // Where it lost far below as well, the best lies between.
        curve.saw(32.0, 4.0, -0.4, 0.1);
        assert!(curve.next(FROM).is_some_and(|n| (8.0..32.0).contains(&n)));
    }

    #[test]
    fn near_the_best_nothing_more_is_tried() {
        let mut curve = Curve::default();
        let (shape, size) = (Shape::Places(0.016), 12.0);
        for to in [4.0, 8.0, 16.0, 24.0, 48.0] {
            curve.saw(12.0, to, shape.ln_x(size, to) - shape.ln_x(size, 12.0), 0.03);
        }
        assert_eq!(curve.next(From { level: 12.0, ..FROM }), None);
        assert!(curve.next(From { level: 24.0, ..FROM }).is_some_and(|n| (8.0..=16.0).contains(&n)));
    }

    #[test]
    fn little_input_is_not_spent_on_a_test() {
        let mut curve = Curve::default();
        curve.saw(32.0, 16.0, -0.05, 0.2);
        assert!(curve.next(FROM).is_some());
        assert_eq!(curve.next(From { rest: 2.0, ..FROM }), None);
    }
}
