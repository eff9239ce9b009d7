//! What throughput may look like over the number running: a few shapes, each in many sizes.

use super::consts::CURVE_FREE;
use std::sync::LazyLock;

/// Throughput over the number running.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Each task at full speed.
    Free,
    /// So many places as its size, and a loss for each task beyond them.
    Places(f64),
    /// n / (1 + (n / size)^p): saturates softly for p = 1, collapses like the Universal Scalability Law for p = 2.
    Smooth(f64),
    /// n / √(1 + (n / size)²): so many places as its size, some of them idle by chance.
    Soft,
}

/// The shapes that have a size, and what they are taken for beforehand.
const SHAPES: [(Shape, f64); 9] = [
    (Shape::Places(0.0), 0.14),
    (Shape::Soft, 0.06),
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

/// A curve that may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hypothesis {
    pub(super) shape: Shape,
    pub(super) size: f64,
    /// What it is taken for beforehand.
    pub(super) prior: f64,
}

impl Hypothesis {
    /// ln of the throughput of n tasks, where one alone has 0.
    pub(super) fn ln_x(&self, n: f64) -> f64 {
        let size = self.size;
        match self.shape {
            Shape::Free => libm::log(n),
            Shape::Places(loss) => libm::log(n.min(size) / (1.0 + loss * (n - size).max(0.0))),
            Shape::Soft => libm::log(n) - 0.5 * libm::log(1.0 + (n / size) * (n / size)),
            Shape::Smooth(p) => libm::log(n / (1.0 + libm::pow(n / size, p))),
        }
    }
}

/// All of them; the first has tasks that do not disturb each other.
pub(super) fn hypotheses() -> &'static [Hypothesis] {
    static ALL: LazyLock<Vec<Hypothesis>> = LazyLock::new(|| {
        let mut all = Vec::with_capacity(1 + SIZES * SHAPES.len());
        all.push(Hypothesis { shape: Shape::Free, size: 1.0, prior: CURVE_FREE });
        let mut size = SIZE_FIRST;
        for _ in 0..SIZES {
            all.extend(SHAPES.map(|(shape, prior)| Hypothesis { shape, size, prior: prior / SIZES as f64 }));
            size *= SIZE_STEP;
        }
        all
    });
    &ALL
}
