//! Moving averages and trends.

use crate::time::Time;
use std::collections::VecDeque;

/// An exponential moving average; `None` before the first value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ewma {
    alpha: f64,
    value: Option<f64>,
}

impl Ewma {
    /// `alpha` is the weight of a new value, 0 to 1.
    pub(crate) fn new(alpha: f64) -> Ewma {
        Ewma { alpha, value: None }
    }

    pub(crate) fn push(&mut self, x: f64) {
        self.value = Some(self.value.map_or(x, |old| old + self.alpha * (x - old)));
    }

    pub(crate) fn get(self) -> Option<f64> {
        self.value
    }
}

/// The trend of the last values, by least squares.
#[derive(Clone, Debug)]
pub(crate) struct Trend {
    max_points: usize,
    /// Seconds and values.
    points: VecDeque<(f64, f64)>,
}

impl Trend {
    /// The trend of the last `max_points` values.
    pub(crate) fn new(max_points: usize) -> Trend {
        Trend { max_points, points: VecDeque::with_capacity(max_points + 1) }
    }

    pub(crate) fn push(&mut self, at: Time, value: f64) {
        self.points.push_back((at.as_secs(), value));
        if self.points.len() > self.max_points {
            self.points.pop_front();
        }
    }

    /// The change per second; `None` with fewer than three values, or when no time passed between them.
    pub(crate) fn slope(&self) -> Option<f64> {
        let n = self.points.len();
        if n < 3 {
            return None;
        }
        let mean = |f: fn(&(f64, f64)) -> f64| self.points.iter().map(f).sum::<f64>() / n as f64;
        let (mean_t, mean_v) = (mean(|p| p.0), mean(|p| p.1));
        let variance: f64 = self.points.iter().map(|(t, _)| (t - mean_t).powi(2)).sum();
        let covariance: f64 = self.points.iter().map(|(t, v)| (t - mean_t) * (v - mean_v)).sum();
        (variance > 1e-9).then(|| covariance / variance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_and_trends() {
        let mut average = Ewma::new(0.3);
        assert_eq!(average.get(), None);
        average.push(10.0);
        average.push(20.0);
        assert!((average.get().unwrap() - 13.0).abs() < 1e-9);
        let mut trend = Trend::new(4);
        for (t, v) in [(0.0, 100.0), (1.0, 2.0), (2.0, 4.0), (3.0, 6.0), (4.0, 8.0)] {
            trend.push(Time::from_secs(t), v);
            assert_eq!(trend.slope().is_some(), t > 1.0);
        }
        assert!((trend.slope().unwrap() - 2.0).abs() < 1e-9, "the first value is forgotten");
        let mut same_time = Trend::new(4);
        (0..3).for_each(|v| same_time.push(Time::ZERO, f64::from(v)));
        assert_eq!(same_time.slope(), None);
    }
}
