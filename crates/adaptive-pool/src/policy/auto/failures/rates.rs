//! How often tasks failed by how many ran: the rate with fewer shows whether failures here come from too many.

use super::super::consts::{RATES_LEAST, RATES_MOST, RATES_STEP};
const SLOTS: usize = 128;

/// Bounds of the true rate behind `k` of `n`.
pub(super) fn wilson(k: u32, n: u32, z: f64) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (k, n) = (f64::from(k), f64::from(n));
    let p = k / n;
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let mid = p + z * z / (2.0 * n);
    let scale = 1.0 + z * z / n;
    (((mid - half) / scale).max(0.0), ((mid + half) / scale).min(1.0))
}

/// By how many standard errors the rate `p` of `n` is more than `other` of `of`.
pub(super) fn apart(p: f64, n: f64, other: f64, of: f64) -> f64 {
    let all = (p * n + other * of) / (n + of);
    (p - other) / (all * (1.0 - all) * (1.0 / n + 1.0 / of)).max(1e-9).sqrt()
}

/// Failures and ends by the number running, in steps of a constant factor; old ones fade.
#[derive(Debug)]
pub(super) struct Rates([(f64, f64); SLOTS]);

/// One for each number as far as that is the finer step.
fn slot(running: f64) -> usize {
    let even = 1.0 / (RATES_STEP - 1.0);
    let slot =
        if running < even { running } else { even + libm::log(running / even) / libm::log(RATES_STEP) };
    (slot.round() as usize).min(SLOTS - 1)
}

impl Rates {
    pub(super) fn new() -> Rates {
        Rates([(0.0, 0.0); SLOTS])
    }

    pub(super) fn book(&mut self, running: f64, failed: bool) {
        let (k, n) = &mut self.0[slot(running)];
        if *n >= RATES_MOST {
            (*k, *n) = (*k / 2.0, *n / 2.0);
        }
        *n += 1.0;
        *k += f64::from(u8::from(failed));
    }

    /// The highest rate of failures that is likely with fewer running than `limit`; `None` while too little is known.
    pub(super) fn below(&self, limit: f64, z: f64) -> Option<f64> {
        self.bounds(limit, z).map(|b| b.1)
    }

    /// The least rate of failures that is likely with fewer running than `limit`; 0 while too little is known.
    pub(super) fn surely(&self, limit: f64, z: f64) -> f64 {
        self.bounds(limit, z).map_or(0.0, |b| b.0)
    }

    /// By how many standard errors `k` of `n` are more than with fewer running than `limit`; infinite while too little is known.
    pub(super) fn beyond(&self, limit: f64, k: u32, n: u32) -> f64 {
        let ((fewer, of), (k, n)) = (self.sum(limit), (f64::from(k), f64::from(n)));
        if of < RATES_LEAST || n < 1.0 {
            return f64::INFINITY;
        }
        apart(k / n, n, fewer / of, of)
    }

    fn sum(&self, limit: f64) -> (f64, f64) {
        self.0[..slot(limit)].iter().fold((0.0, 0.0), |a, s| (a.0 + s.0, a.1 + s.1))
    }

    fn bounds(&self, limit: f64, z: f64) -> Option<(f64, f64)> {
        let (k, n) = self.sum(limit);
        (n >= RATES_LEAST).then(|| wilson(k.round() as u32, n.round() as u32, z))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_with_more_running_is_not_known_of_fewer() {
        let mut rates = Rates::new();
        for i in 0..100 {
            rates.book(32.0, i % 2 == 0);
        }
        assert_eq!(rates.below(32.0, 1.64), None);
        for _ in 0..100 {
            rates.book(10.0, false);
        }
        assert!(rates.below(32.0, 1.64).is_some_and(|fewer| fewer < 0.03));
        assert!(rates.below(64.0, 1.64).is_some_and(|fewer| fewer > 0.2));
        assert_eq!(rates.beyond(10.0, 50, 100), f64::INFINITY);
        assert!(rates.beyond(32.0, 3, 100) > 1.0 && rates.beyond(32.0, 3, 100) < 2.5);
        assert!(rates.beyond(32.0, 50, 100) > 7.0);
        assert!(rates.surely(32.0, 1.64) < 1e-9 && rates.surely(64.0, 1.64) > 0.15);
    }
}
