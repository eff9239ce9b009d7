//! `--rate`: the highest number of starts in a given time. The number of running jobs has no cap.

use crate::policy::decision::Admit;
use crate::policy::interface::Guard;
use crate::policy::observation::Observation;
use crate::policy::setting::ConfigError;
use crate::policy::why::Why;
use crate::time::Time;
use std::str::FromStr;
use std::time::Duration;

/// `--rate`: the highest number of starts per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Starts per second, above 0.
    pub per_second: f64,
}

impl FromStr for Rate {
    type Err = ConfigError;

    /// Parses `5`, `5/s`, `300/m` or `1000/h`. The unit may be written out: `10/min`.
    fn from_str(text: &str) -> Result<Rate, ConfigError> {
        let invalid =
            || ConfigError::new(format!("--rate {text:?} must be a number above 0, as 5/s, 300/m or 1000/h"));
        let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
        let seconds = match unit {
            "s" | "sec" | "second" => 1.0,
            "m" | "min" | "minute" => 60.0,
            "h" | "hr" | "hour" => 3600.0,
            _ => return Err(invalid()),
        };
        let n: f64 = number.parse().map_err(|_| invalid())?;
        let per_second = n / seconds;
        let gap = 1.0 / per_second;
        if per_second > 0.0 && per_second.is_finite() && gap <= 1e9 {
            Ok(Rate { per_second })
        } else {
            Err(invalid())
        }
    }
}

/// The delay of a start that the next starts may make up for. The coordinator always wakes a little late, and a rate of thousands
/// per second must still be reached.
const CATCH_UP: Duration = Duration::from_millis(10);

/// Spaces starts evenly: a start is due one gap after the previous one was due, not after it happened.
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
    fn cap(&mut self, _observation: &Observation<'_>) -> Option<(u32, Why)> {
        None
    }

    fn admit(&mut self, now: Time, _running: u32) -> Admit {
        let left = self.due.since(now);
        if left.is_zero() { Admit::Yes } else { Admit::After(left) }
    }

    fn spaces_starts(&self) -> bool {
        true
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
