//! The upper tail of the normal distribution: what durations of tasks that still run are weighed by, some thousand times in
//! a reading.

use std::sync::LazyLock;

/// The table goes from −[`FAR`] to [`FAR`] in steps of 1 / [`FINE`].
const FAR: f64 = 6.0;
const FINE: f64 = 64.0;

/// ln of the tail and density over tail (the inverse of Mills' ratio) at each step.
static TABLE: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| {
    let steps = (2.0 * FAR * FINE) as usize;
    (0..=steps).map(|i| exact(i as f64 / FINE - FAR)).collect()
});

/// ln √(2 π).
const LN_ROOT: f64 = 0.918_938_533_204_672_8;

fn exact(z: f64) -> (f64, f64) {
    let q = 0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2);
    (libm::log(q), libm::exp(-0.5 * z * z - LN_ROOT) / q)
}

/// Looks the tail up.
pub(super) struct Tail(&'static [(f64, f64)]);

impl Tail {
    pub(super) fn new() -> Tail {
        Tail(&TABLE)
    }

    /// ln of the upper tail from z on, and density over tail there; to 1e-7 and 2e-5 up to 6, to 1e-3 beyond.
    ///
    /// Between the steps by Taylor's series: the density over the tail, m, is what ln of the tail falls by, and rises by m (m − z)
    /// itself.
    pub(super) fn from(&self, z: f64) -> (f64, f64) {
        if z > FAR {
            let (inverse, square) = (1.0 / z, 1.0 / (z * z));
            let mills = z + inverse * (1.0 + square * (10.0 * square - 2.0));
            return (-0.5 * z * z - LN_ROOT - libm::log(mills), mills);
        }
        let place = (z.max(-FAR) + FAR) * FINE;
        let step = (place + 0.5) as usize;
        let off = (place - step as f64) / FINE;
        let (ln_q, mills) = self.0[step];
        let rise = mills * (mills - (z.max(-FAR) - off));
        (ln_q - off * (mills + 0.5 * off * rise), mills + off * rise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_as_good_as_the_formula() {
        let tail = Tail::new();
        for i in -5999..6000 {
            let z = f64::from(i) / 1000.0 + 0.000_3;
            let ((a, b), (ln_q, mills)) = (tail.from(z), exact(z));
            assert!((a - ln_q).abs() < 1e-7 && (b - mills).abs() < 2e-5, "{z}: {a} {ln_q}, {b} {mills}");
        }
        assert!((tail.from(0.0).0 + std::f64::consts::LN_2).abs() < 1e-12);
    }

    #[test]
    fn it_goes_on_beyond_the_table() {
        let tail = Tail::new();
        let (below, above) = (tail.from(5.999_999), tail.from(6.000_001));
        assert!((below.0 - above.0).abs() < 1e-3 && (below.1 - above.1).abs() < 1e-3);
        assert_eq!(tail.from(-40.0), tail.from(-6.0));
        assert!(tail.from(50.0).0 < -1250.0);
    }
}
