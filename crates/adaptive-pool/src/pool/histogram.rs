//! The spread of durations over a whole run in bounded memory.
//!
//! Values are nanoseconds. Below 128 each has a bucket of its own; above, each octave is cut into 64 buckets, so that a
//! bucket is at most 1/64 of its values wide, and its middle is within 1/128 (0.8 %) of any value in it. Longer values than
//! [`TOP`] (some 26 days) count as that. There are under 3000 buckets (24 KiB), and only as many as the longest value needs.

use super::metrics::Spread;
use std::time::Duration;

const STEP_BITS: u32 = 6;
const STEPS: u64 = 1 << STEP_BITS;
/// The longest duration told apart, in nanoseconds.
const TOP: u64 = 1 << 51;

/// Counts of durations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: Duration,
    /// Mean and sum of squared differences from it, in milliseconds, by Welford's method.
    mean: f64,
    squares: f64,
}

impl Histogram {
    pub(crate) fn add(&mut self, value: Duration) {
        let index = bucket(u64::try_from(value.as_nanos()).unwrap_or(TOP).min(TOP));
        if index >= self.buckets.len() {
            self.buckets.resize(index + 1, 0);
        }
        self.buckets[index] += 1;
        self.count += 1;
        self.max = self.max.max(value);
        let ms = millis(value);
        let off = ms - self.mean;
        self.mean += off / self.count as f64;
        self.squares += off * (ms - self.mean);
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The mean in milliseconds; 0 when nothing was added.
    pub(crate) fn mean(&self) -> f64 {
        self.mean
    }

    pub(crate) fn spread(&self) -> Spread {
        if self.count == 0 {
            return Spread::default();
        }
        let [p50, p90, p95, p99] = [0.5, 0.9, 0.95, 0.99].map(|q| self.quantile(q));
        let stddev = (self.squares / self.count as f64).max(0.0).sqrt();
        Spread { p50, p90, p95, p99, max: millis(self.max), mean: self.mean, stddev }
    }

    /// The smallest value that at least the part `q` of all values do not exceed, in milliseconds.
    fn quantile(&self, q: f64) -> f64 {
        let wanted = ((q * self.count as f64).ceil() as u64).clamp(1, self.count);
        let mut seen = 0;
        for (index, &n) in self.buckets.iter().enumerate() {
            seen += n;
            if seen >= wanted {
                return (middle(index) / 1e6).min(millis(self.max));
            }
        }
        millis(self.max)
    }
}

pub(crate) fn millis(d: Duration) -> f64 {
    d.as_secs_f64() * 1e3
}

fn bucket(value: u64) -> usize {
    let octave = (value | 1).ilog2().saturating_sub(STEP_BITS);
    (u64::from(octave) * STEPS + (value >> octave)) as usize
}

/// The middle of a bucket in nanoseconds.
fn middle(index: usize) -> f64 {
    let octave = (index as u64 / STEPS).saturating_sub(1);
    let low = (index as u64 - octave * STEPS) << octave;
    low as f64 + ((1u64 << octave) - 1) as f64 / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_added_is_all_zero() {
        assert_eq!(Histogram::default().spread(), Spread::default());
    }

    #[test]
    fn extremes_are_held() {
        let mut h = Histogram::default();
        h.add(Duration::ZERO);
        h.add(Duration::MAX);
        let s = h.spread();
        assert!(s.p50 == 0.0 && s.p99.is_finite() && s.max.is_finite() && s.stddev.is_finite());
        assert!(h.buckets.len() < 3000, "{}", h.buckets.len());
    }

    #[test]
    fn mean_and_deviation_are_those_of_all_values() {
        let mut h = Histogram::default();
        for ms in [2, 4, 4, 4, 5, 5, 7, 9] {
            h.add(Duration::from_millis(ms));
        }
        let s = h.spread();
        assert!((s.mean - 5.0).abs() < 1e-9 && (s.stddev - 2.0).abs() < 1e-9, "{s:?}");
    }

    proptest! {
        #[test]
        fn quantiles_are_within_one_percent(mut values in prop::collection::vec(0u64..1 << 45, 1..300)) {
            let mut h = Histogram::default();
            for &v in &values {
                h.add(Duration::from_nanos(v));
            }
            values.sort_unstable();
            for q in [0.5, 0.9, 0.95, 0.99] {
                let rank = ((q * values.len() as f64).ceil() as usize).clamp(1, values.len());
                let exact = values[rank - 1] as f64 / 1e6;
                let got = h.quantile(q);
                prop_assert!((got - exact).abs() <= exact * 0.01, "q {q}: {got} for {exact}");
            }
        }

        #[test]
        fn buckets_rise_and_hold_their_middle(value in 0u64..TOP) {
            let index = bucket(value);
            prop_assert!(bucket(value + 1) == index || bucket(value + 1) == index + 1);
            prop_assert_eq!(bucket(middle(index) as u64), index);
        }
    }
}
