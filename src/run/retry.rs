//! `--retries`, `--retry-delay`, `--retry-on`, `--backoff-on`: whether a job is tried again, and after which delay.
//! Pure: there is no clock, and the randomness comes from a seed.

use crate::run::job_exit::JobExit;
use crate::run::ledger::AttemptEnd;
use crate::run::parse::ParseError;
use std::str::FromStr;
use std::time::Duration;

/// A set of exits: `1-5,75,signal,timeout`, or `any`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSet {
    /// One bit for each status.
    codes: [u64; 4],
    signals: bool,
    timeouts: bool,
}

const WANTED: &str = "a list of exit statuses such as 1-5,75, and the words signal, timeout, any";

impl StatusSet {
    /// Every failure.
    pub const FAILURES: StatusSet =
        StatusSet { codes: [u64::MAX - 1, u64::MAX, u64::MAX, u64::MAX], signals: true, timeouts: true };

    /// The empty set.
    pub const NONE: StatusSet = StatusSet { codes: [0; 4], signals: false, timeouts: false };

    /// True when the set contains this exit. It never contains success.
    pub fn contains(&self, exit: JobExit) -> bool {
        match exit {
            JobExit::Exited(code) => match usize::try_from(code) {
                Ok(code @ 1..=255) => self.codes[code / 64] >> (code % 64) & 1 == 1,
                _ => false,
            },
            JobExit::Signaled(_) => self.signals,
            JobExit::TimedOut(_) => self.timeouts,
        }
    }

    fn add(&mut self, item: &str) -> Option<()> {
        match item {
            "signal" => self.signals = true,
            "timeout" => self.timeouts = true,
            "any" => *self = StatusSet::FAILURES,
            _ => {
                let (first, last) = item.split_once('-').unwrap_or((item, item));
                let (first, last) = (status(first)?, status(last)?);
                if first > last {
                    return None;
                }
                for code in first..=last {
                    self.codes[usize::from(code) / 64] |= 1 << (code % 64);
                }
            }
        }
        Some(())
    }
}

/// Parses the status of a failure, 1 to 255.
fn status(text: &str) -> Option<u8> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|code| digits && *code > 0)
}

impl FromStr for StatusSet {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<StatusSet, ParseError> {
        let mut set = StatusSet::NONE;
        for item in text.split(',') {
            set.add(item).ok_or_else(|| ParseError::wanted(text, WANTED))?;
        }
        Ok(set)
    }
}

/// When a job is tried again: plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryRule {
    /// The number of attempts, including the first; 0 for no bound.
    pub attempts: u32,
    /// The longest delay before the second attempt. It doubles with each further one. The delay is drawn evenly from 0
    /// to this value, so that jobs that failed together are not tried again together.
    pub delay: Duration,
    /// The bound of the doubling.
    pub cap: Duration,
    /// The exits that are tried again.
    pub on: StatusSet,
}

impl RetryRule {
    /// True when an attempt with this exit may be followed by another. `attempt` counts from 1.
    fn may_retry(&self, attempt: u32, exit: JobExit) -> bool {
        (self.attempts == 0 || attempt < self.attempts) && self.on.contains(exit)
    }

    /// The delay before jitter.
    fn longest_delay(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        self.delay.saturating_mul(1 << doublings).min(self.cap)
    }
}

impl Default for RetryRule {
    fn default() -> RetryRule {
        RetryRule { attempts: 1, delay: Duration::ZERO, cap: Duration::from_mins(5), on: StatusSet::FAILURES }
    }
}

/// The rules of a run, one for each kind of failure: plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryRules {
    failed: RetryRule,
    overload: RetryRule,
}

impl RetryRules {
    /// The attempts of a job that fails for overload, when `--retries` allows fewer.
    const OVERLOAD_ATTEMPTS: u32 = 10;
    const OVERLOAD_DELAY: Duration = Duration::from_secs(1);
    const OVERLOAD_DELAY_MAX: Duration = Duration::from_mins(1);

    /// `overload` holds the exits that mean overload (`--backoff-on`). Jobs with such an exit are tried again even
    /// without `--retries`.
    pub fn new(failed: RetryRule, overload: StatusSet) -> RetryRules {
        let attempts =
            if failed.attempts == 0 { 0 } else { failed.attempts.max(RetryRules::OVERLOAD_ATTEMPTS) };
        let (delay, cap) = (RetryRules::OVERLOAD_DELAY, RetryRules::OVERLOAD_DELAY_MAX);
        RetryRules { failed, overload: RetryRule { attempts, delay, cap, on: overload } }
    }

    /// True when this exit means overload.
    pub fn means_overload(&self, exit: JobExit) -> bool {
        self.overload.on.contains(exit)
    }

    /// True when an attempt that ended so may be followed by another, unless the run stops. `attempt` counts from 1.
    /// A refused start is no attempt, so it is always followed by another.
    pub fn may_retry(&self, attempt: u32, end: AttemptEnd) -> bool {
        end == AttemptEnd::Refused || self.rule(end).is_some_and(|rule| rule.may_retry(attempt, end.exit()))
    }

    fn rule(&self, end: AttemptEnd) -> Option<&RetryRule> {
        match end {
            AttemptEnd::Failed(_) => Some(&self.failed),
            AttemptEnd::Backoff(_) => Some(&self.overload),
            _ => None,
        }
    }
}

/// Draws the delays of retries.
#[derive(Clone, Debug)]
pub struct Retries {
    rules: RetryRules,
    state: u64,
}

impl Retries {
    /// Equal seeds give equal delays.
    pub fn new(rules: RetryRules, seed: u64) -> Retries {
        Retries { rules, state: seed }
    }

    /// The delay until the next attempt of a failed job, or `None` for no further one. `attempt` counts from 1.
    pub fn after(&mut self, attempt: u32, end: AttemptEnd) -> Option<Duration> {
        let rule = self.rules.rule(end).filter(|rule| rule.may_retry(attempt, end.exit()))?;
        let longest = rule.longest_delay(attempt);
        Some(longest.mul_f64(self.draw()))
    }

    /// The next random number, at least 0 and below 1, by SplitMix64 (Steele, Lea, Flood 2014).
    fn draw(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests;
