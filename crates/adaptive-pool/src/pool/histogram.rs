//! The distribution of durations over a whole run, in bounded memory.
//!
//! Values are nanoseconds. Each value below 128 has its own bucket. Above, each octave has 64 buckets: the middle of a bucket
//! is within 1/128 (0.8 %) of each value in it. Values above [`TOP`] (26 days) count as [`TOP`]. There are fewer than 3000
//! buckets (24 KiB), and only as many as the longest value needs.

use super::metrics::Spread;
use std::time::Duration;

const STEP_BITS: u32 = 6;
const STEPS: u64 = 1 << STEP_BITS;
/// The longest value that has its own bucket, in nanoseconds.
const TOP: u64 = 1 << 51;

/// Counts of durations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: Duration,
    /// The mean and the sum of squared differences from it, in milliseconds, by Welford's method.
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
        let difference = ms - self.mean;
        self.mean += difference / self.count as f64;
        self.squares += difference * (ms - self.mean);
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

    /// The quantile `q` (0 to 1) in milliseconds: the smallest value that at least `q` of all values do not exceed.
    fn quantile(&self, q: f64) -> f64 {
        let rank = ((q * self.count as f64).ceil() as u64).clamp(1, self.count);
        let mut counted = 0;
        for (index, &n) in self.buckets.iter().enumerate() {
            counted += n;
            if counted >= rank {
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
    fn an_empty_histogram_is_all_zero() {
        assert_eq!(Histogram::default().spread(), Spread::default());
    }

    #[test]
    fn extreme_values_are_counted() {
        let mut h = Histogram::default();
        h.add(Duration::ZERO);
        h.add(Duration::MAX);
        let s = h.spread();
        assert!(s.p50 == 0.0 && s.p99.is_finite() && s.max.is_finite() && s.stddev.is_finite());
        assert!(h.buckets.len() < 3000, "{}", h.buckets.len());
    }

    #[test]
    fn mean_and_deviation_are_exact() {
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
        fn buckets_rise_and_contain_their_middle(value in 0u64..TOP) {
            let index = bucket(value);
            prop_assert!(bucket(value + 1) == index || bucket(value + 1) == index + 1);
            prop_assert_eq!(bucket(middle(index) as u64), index);
        }
    }
}
