//! How often tasks failed by how many ran: what is known of fewer tells whether failures here come from too many.

use super::super::consts::{RATES_LEAST, RATES_MOST, RATES_STEP};
use super::wilson;

const SLOTS: usize = 128;

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

    fn bounds(&self, limit: f64, z: f64) -> Option<(f64, f64)> {
        let end = slot(limit);
        let (k, n) = self.0[..end].iter().fold((0.0, 0.0), |a, s| (a.0 + s.0, a.1 + s.1));
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
        assert!(rates.surely(32.0, 1.64) < 1e-9 && rates.surely(64.0, 1.64) > 0.15);
    }
}
