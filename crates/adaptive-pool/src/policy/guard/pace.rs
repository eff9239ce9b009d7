//! `--delay` and `--rate`: how far apart starts are. They limit starts, not the number that runs, so they cap nothing.

use crate::policy::setting::ConfigError;
use crate::policy::{Admit, Guard, Observation, TaskEvent, Verdict, Why};
use crate::time::Time;
use std::str::FromStr;
use std::time::Duration;

/// `--delay D` or `--delay Dauto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelayConfig {
    /// Between one start and the next.
    pub delay: Duration,
    /// Adapt it: 1.3 times as long when jobs fail, 0.9 times when they succeed.
    pub auto: bool,
}

/// `auto` never waits longer than this. Without a ceiling forty bad items would make an hour.
const LONGEST: Duration = Duration::from_secs(10);
/// Where `auto` begins to grow from when it is shorter.
const SHORTEST: Duration = Duration::from_millis(10);
/// `auto` changes at most once in so long, so that short jobs do not swing it.
const ADAPT: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct DelayGuard {
    delay: Duration,
    auto: bool,
    last: Option<Time>,
    changed: Time,
    good: u32,
    bad: u32,
    backoff: u32,
}

impl DelayGuard {
    pub(super) fn new(config: DelayConfig) -> DelayGuard {
        let DelayConfig { delay, auto } = config;
        DelayGuard { delay, auto, last: None, changed: Time::ZERO, good: 0, bad: 0, backoff: 0 }
    }

    fn adapt(&mut self, now: Time) {
        if now.since(self.changed) < self.delay.max(ADAPT) {
            return;
        }
        // A bad input is no overload: failures count when they are the rule.
        if self.backoff > 0 || self.bad > self.good {
            self.delay = self.delay.max(SHORTEST).mul_f64(1.3).min(LONGEST);
        } else if self.good > 0 {
            self.delay = self.delay.mul_f64(0.9);
            if self.delay < SHORTEST / 10 {
                self.delay = Duration::ZERO;
            }
        } else {
            return;
        }
        self.changed = now;
        (self.good, self.bad, self.backoff) = (0, 0, 0);
    }
}

impl Guard for DelayGuard {
    fn cap(&mut self, seen: &Observation<'_>) -> Option<(u32, Why)> {
        if self.auto {
            for event in seen.events {
                let TaskEvent::Finished(end) = event else { continue };
                match end.verdict {
                    Verdict::Ok => self.good += 1,
                    Verdict::Failed | Verdict::KilledByKernel => self.bad += 1,
                    Verdict::Backoff => self.backoff += 1,
                    Verdict::Killed | Verdict::NotStarted => {}
                }
            }
            self.adapt(seen.now);
        }
        None
    }

    fn admit(&mut self, now: Time, _running: u32) -> Admit {
        match self.last.map(|last| self.delay.saturating_sub(now.since(last))) {
            Some(left) if !left.is_zero() => Admit::After(left),
            _ => Admit::Yes,
        }
    }

    fn started(&mut self, now: Time) {
        self.last = Some(now);
    }
}

/// `--rate`: starts a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Starts a second, above 0.
    pub per_second: f64,
}

impl FromStr for Rate {
    type Err = ConfigError;

    /// `5`, `5/s`, `300/m`, `1000/h`.
    fn from_str(text: &str) -> Result<Rate, ConfigError> {
        let refuse =
            || ConfigError::new(format!("--rate {text:?} must be a number above 0, as 5/s, 300/m or 1000/h"));
        let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
        let seconds = match unit {
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(refuse()),
        };
        let n: f64 = number.parse().map_err(|_| refuse())?;
        let per_second = n / seconds;
        let gap = 1.0 / per_second;
        if per_second > 0.0 && per_second.is_finite() && gap <= 1e9 {
            Ok(Rate { per_second })
        } else {
            Err(refuse())
        }
    }
}

/// How far behind its schedule a start may be made up for: the coordinator wakes a little late each time, and a rate of
/// thousands a second must still be reached.
const CATCH_UP: Duration = Duration::from_millis(10);

/// Spaces starts evenly: the next one is due a gap after the one before was due, not after it happened.
#[derive(Debug)]
pub(super) struct RateGuard {
    gap: Duration,
    due: Time,
}

impl RateGuard {
    pub(super) fn new(rate: Rate) -> RateGuard {
        RateGuard {
            gap: Duration::try_from_secs_f64(1.0 / rate.per_second).unwrap_or(Duration::MAX),
            due: Time::ZERO,
        }
    }
}

impl Guard for RateGuard {
    fn cap(&mut self, _seen: &Observation<'_>) -> Option<(u32, Why)> {
        None
    }

    fn admit(&mut self, now: Time, _running: u32) -> Admit {
        let left = self.due.since(now);
        if left.is_zero() { Admit::Yes } else { Admit::After(left) }
    }

    fn started(&mut self, now: Time) {
        let earliest = Time::after(now.elapsed().saturating_sub(CATCH_UP));
        self.due = self.due.max(earliest) + self.gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_units() {
        let rate = |text: &str| text.parse::<Rate>().map(|r| r.per_second);
        assert_eq!(rate("5"), Ok(5.0));
        assert_eq!(rate("5/s"), Ok(5.0));
        assert_eq!(rate("300/m"), Ok(5.0));
        assert_eq!(rate("1800/h"), Ok(0.5));
        for bad in ["", "0", "-1", "5/d", "x/s", "NaN", "inf", "/s", "1e-300"] {
            let text = rate(bad).unwrap_err().to_string();
            let want = format!("--rate {bad:?} must be a number above 0, as 5/s, 300/m or 1000/h");
            assert_eq!(text, want);
        }
    }
}
