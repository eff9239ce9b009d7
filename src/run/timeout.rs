//! `--timeout D|N%`: the time limit of an attempt. A percentage refers to the median run time of the jobs that
//! succeeded.
//!
//! The run times are kept in a histogram with logarithmic classes. It needs a few KiB for any number of jobs, and the
//! median is exact to about one percent.

use crate::run::parse::{self, ParseError};
use std::str::FromStr;
use std::time::Duration;

/// A parsed `--timeout`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TimeoutRule {
    /// This time.
    After(Duration),
    /// This multiple of the median run time of successful jobs (`200%` is 2.0); above 1.
    OfMedian(f64),
}

impl FromStr for TimeoutRule {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<TimeoutRule, ParseError> {
        let wrong = |_| {
            ParseError::wanted(
                text,
                "a duration such as 30s or 1m30s, or a percentage of the median such as 300%",
            )
        };
        let rule = if text.ends_with('%') {
            parse::ratio(text).map(TimeoutRule::OfMedian)
        } else {
            parse::duration(text).map(TimeoutRule::After)
        }
        .map_err(wrong)?;
        match rule {
            TimeoutRule::OfMedian(times) if times <= 1.0 => {
                Err(ParseError(format!("'{text}' would end half of the jobs: give more than 100%")))
            }
            TimeoutRule::After(Duration::ZERO) => {
                Err(ParseError("a timeout of 0 would end every job".to_owned()))
            }
            _ => Ok(rule),
        }
    }
}

/// The ratio of the widths of two neighbouring classes.
const STEP: f64 = 1.02;
/// The start of the lowest class, in seconds.
const LOWEST: f64 = 1e-6;
/// Enough classes for run times up to ten million seconds.
const CLASSES: usize = 1520;
/// The least number of run times for a median. The median of fewer is too uncertain.
const ENOUGH: u64 = 3;
/// The least time limit from a percentage. Run times of milliseconds vary by more than the usual percentages.
const SHORTEST: Duration = Duration::from_millis(100);

/// The time limit, learned from the attempts that succeeded.
#[derive(Clone, Debug)]
pub struct Timeouts {
    rule: Option<TimeoutRule>,
    classes: Vec<u32>,
    count: u64,
    current: Option<Duration>,
}

impl Timeouts {
    /// `None` for no timeout.
    pub fn new(rule: Option<TimeoutRule>) -> Timeouts {
        let (classes, current) = match rule {
            Some(TimeoutRule::OfMedian(_)) => (vec![0; CLASSES], None),
            Some(TimeoutRule::After(d)) => (Vec::new(), Some(d)),
            None => (Vec::new(), None),
        };
        Timeouts { rule, classes, count: 0, current }
    }

    /// True when the limit depends on the jobs that succeed.
    pub fn learns(&self) -> bool {
        matches!(self.rule, Some(TimeoutRule::OfMedian(_)))
    }

    /// A job succeeded after this run time.
    pub fn job_succeeded(&mut self, took: Duration) {
        let Some(TimeoutRule::OfMedian(times)) = self.rule else { return };
        let class = (libm::log(took.as_secs_f64().max(LOWEST) / LOWEST) / libm::log(STEP)) as usize;
        let class = &mut self.classes[class.min(CLASSES - 1)];
        *class = class.saturating_add(1);
        self.count += 1;
        if self.count >= ENOUGH {
            let limit = Duration::try_from_secs_f64(self.median() * times).unwrap_or(Duration::MAX);
            self.current = Some(limit.max(SHORTEST));
        }
    }

    /// The limit of all attempts; `None` for no limit, and while too few jobs have succeeded.
    pub fn current(&self) -> Option<Duration> {
        self.current
    }

    /// The same in microseconds.
    pub fn current_us(&self) -> Option<u64> {
        self.current.map(|limit| u64::try_from(limit.as_micros()).unwrap_or(u64::MAX))
    }

    /// The middle of the class that contains the median (the lower of two middle run times), in seconds.
    fn median(&self) -> f64 {
        let mut left = self.count.div_ceil(2);
        for (class, &members) in self.classes.iter().enumerate() {
            if left <= u64::from(members) {
                return LOWEST * libm::pow(STEP, class as f64 + 0.5);
            }
            left -= u64::from(members);
        }
        LOWEST * STEP.powi(CLASSES as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn median_rule() -> Timeouts {
        Timeouts::new(Some(TimeoutRule::OfMedian(2.0)))
    }

    #[test]
    fn rules_are_parsed() {
        assert_eq!("200%".parse(), Ok(TimeoutRule::OfMedian(2.0)));
        assert_eq!("1m30s".parse(), Ok(TimeoutRule::After(Duration::from_secs(90))));
        for text in ["", "0", "0%", "100%", "%", "x", "-1", "1s%", "200%%"] {
            assert!(text.parse::<TimeoutRule>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_percentage_needs_three_run_times_and_has_a_floor() {
        let mut t = median_rule();
        for _ in 0..ENOUGH - 1 {
            t.job_succeeded(Duration::from_secs(1));
            assert_eq!(t.current(), None);
        }
        t.job_succeeded(Duration::from_secs(1));
        let got = t.current().unwrap().as_secs_f64();
        assert!((1.95..2.05).contains(&got), "{got}");
        let mut t = median_rule();
        (0..9).for_each(|_| t.job_succeeded(Duration::from_micros(900)));
        assert_eq!(t.current(), Some(SHORTEST));
        let mut fixed = Timeouts::new(Some(TimeoutRule::After(Duration::from_secs(4))));
        fixed.job_succeeded(Duration::from_secs(1));
        assert_eq!((fixed.current(), Timeouts::new(None).current()), (Some(Duration::from_secs(4)), None));
    }

    proptest! {
        #[test]
        fn the_median_is_right_to_two_percent(mut times in proptest::collection::vec(1e-6f64..1e6, 3..200)) {
            let mut t = median_rule();
            for seconds in &times {
                t.job_succeeded(Duration::from_secs_f64(*seconds));
            }
            times.sort_by(f64::total_cmp);
            let want = times[(times.len() - 1) / 2];
            let got = t.median();
            prop_assert!((got / want - 1.0).abs() < 0.02, "{} for {}", got, want);
        }

        #[test]
        fn no_duration_panics(seconds in any::<u64>(), nanos in 0u32..1_000_000_000) {
            let mut t = median_rule();
            (0..4).for_each(|_| t.job_succeeded(Duration::new(seconds, nanos)));
            prop_assert!(t.current() >= Some(SHORTEST));
        }
    }
}
