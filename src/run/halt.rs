//! `--halt`: when a run stops before its input ends, and with which exit status. A pure state machine: it takes the
//! exits of jobs and returns a decision.
//!
//! The rules and exit statuses are those of GNU parallel. A percentage refers to all jobs. While their number is
//! unknown, failures are compared with the jobs that have ended, once three have failed; otherwise the first failure of
//! a long stream would be 100 %. Percentages of successes and ends wait for the number.

use crate::run::job_exit::JobExit;
use crate::run::parse::ParseError;
use std::fmt;
use std::str::FromStr;

/// The decision. Once it is not [`Halt::Go`] it does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// Continue.
    Go,
    /// Start no further job. The running ones may end.
    Soon(HaltStatus),
    /// Start no further job and end the running ones.
    Now(HaltStatus),
}

/// The exit status of a halted run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HaltStatus {
    /// The status of the job that stopped the run (`fail=1`, `done=1`), as a shell shows it.
    Job(u8),
    /// The number of failed jobs, 101 for more than 100 (`fail=N`, `done=N`).
    Count,
    /// The percentage of failed jobs, rounded up (`fail=N%`, `done=N%`).
    Percent(u8),
    /// 0: enough jobs succeeded (`success=N`, `success=N%`).
    Success,
}

/// Whether running jobs are ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HaltMoment {
    Soon,
    Now,
}

/// The exits that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    Fail,
    Success,
    Done,
    /// Exits with 255 and signals.
    Abort,
}

/// The number that stops the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Threshold {
    Jobs(u64),
    Percent(u8),
}

/// A parsed `--halt`. `Display` gives GNU parallel's long form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HaltRule(Option<(HaltMoment, Counted, Threshold)>);

impl HaltRule {
    /// Runs all jobs: the default.
    pub const NEVER: HaltRule = HaltRule(None);
    /// Starts no further job after one that exited with 255 or was killed, as xargs.
    pub const XARGS: HaltRule = HaltRule(Some((HaltMoment::Soon, Counted::Abort, Threshold::Jobs(1))));

    /// True when this exit is counted.
    pub fn counts(&self, exit: JobExit) -> bool {
        match self.0 {
            Some((_, Counted::Fail, _)) => !exit.ok(),
            Some((_, Counted::Success, _)) => exit.ok(),
            Some((_, Counted::Done, _)) => true,
            Some((_, Counted::Abort, _)) => aborts(exit),
            None => false,
        }
    }

    /// True for a percentage, which needs the number of jobs.
    pub fn needs_total(&self) -> bool {
        matches!(self.0, Some((_, _, Threshold::Percent(_))))
    }
}

const WANTED: &str = "never, or soon or now with fail, success or done and a number or percentage, such as now,fail=1 or soon,done=10%";

impl FromStr for HaltRule {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<HaltRule, ParseError> {
        let wrong = || ParseError::wanted(text, WANTED);
        let long = match text {
            "never" | "0" => return Ok(HaltRule::NEVER),
            "1" => "soon,fail=1".to_owned(),
            "2" => "now,fail=1".to_owned(),
            "-1" => "soon,success=1".to_owned(),
            "-2" => "now,success=1".to_owned(),
            // GNU parallel's old `--halt 5%`.
            _ if text.ends_with('%') && !text.contains([',', '=']) => format!("soon,fail={text}"),
            _ => text.to_owned(),
        };
        let mut parts = long.split([',', '=']);
        let moment = match parts.next() {
            Some("soon") => HaltMoment::Soon,
            Some("now") => HaltMoment::Now,
            _ => return Err(wrong()),
        };
        let counted = match parts.next() {
            Some("fail") => Counted::Fail,
            Some("success") => Counted::Success,
            Some("done") => Counted::Done,
            _ => return Err(wrong()),
        };
        let threshold = match parts.next() {
            None => Threshold::Jobs(1),
            Some(number) => amount(number).ok_or_else(wrong)?,
        };
        if parts.next().is_some() {
            return Err(wrong());
        }
        Ok(HaltRule(Some((moment, counted, threshold))))
    }
}

/// Parses `N` or `N%`, from 1; a percentage up to 100.
fn amount(text: &str) -> Option<Threshold> {
    let digits = text.strip_suffix('%').unwrap_or(text);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok().filter(|n| *n > 0)?;
    if digits.len() == text.len() {
        Some(Threshold::Jobs(number))
    } else {
        u8::try_from(number).ok().filter(|p| *p <= 100).map(Threshold::Percent)
    }
}

impl fmt::Display for HaltRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((moment, counted, threshold)) = self.0 else { return f.write_str("never") };
        let moment = match moment {
            HaltMoment::Soon => "soon",
            HaltMoment::Now => "now",
        };
        let counted = match counted {
            Counted::Fail => "fail",
            Counted::Success => "success",
            Counted::Done => "done",
            Counted::Abort => "abort",
        };
        match threshold {
            Threshold::Jobs(n) => write!(f, "{moment},{counted}={n}"),
            Threshold::Percent(p) => write!(f, "{moment},{counted}={p}%"),
        }
    }
}

/// Counts exits and compares them with a rule.
#[derive(Clone, Debug)]
pub struct HaltState {
    rule: HaltRule,
    done: u64,
    failed: u64,
    aborted: u64,
    /// The status of the job that ended last, as a shell shows it. With `=1` this job stops the run.
    last: u8,
    decision: Halt,
}

/// The failures that a percentage needs while the number of jobs is unknown.
const MIN_FAILED: u64 = 3;

impl HaltState {
    /// No job has ended yet.
    pub fn new(rule: HaltRule) -> HaltState {
        HaltState { rule, done: 0, failed: 0, aborted: 0, last: 0, decision: Halt::Go }
    }

    /// The last attempt of a job has ended. Jobs killed by a halt or an interrupt do not count. `total` is the number
    /// of jobs, if it is known.
    pub fn job_ended(&mut self, exit: JobExit, total: Option<u64>) -> Halt {
        self.done += 1;
        self.failed += u64::from(!exit.ok());
        self.aborted += u64::from(aborts(exit));
        self.last = exit.shell_status();
        if self.rule.counts(exit) { self.decide(total) } else { self.decision }
    }

    /// The number of jobs has become known. A percentage may be reached by that alone.
    pub fn total_known(&mut self, total: u64) -> Halt {
        if self.rule.needs_total() { self.decide(Some(total)) } else { self.decision }
    }

    /// The current decision.
    pub fn decision(&self) -> Halt {
        self.decision
    }

    fn decide(&mut self, total: Option<u64>) -> Halt {
        let Some((moment, counted, threshold)) = self.rule.0 else { return Halt::Go };
        if self.decision != Halt::Go {
            return self.decision;
        }
        let count = match counted {
            Counted::Fail => self.failed,
            Counted::Success => self.done - self.failed,
            Counted::Done => self.done,
            Counted::Abort => self.aborted,
        };
        let reached = match (threshold, total) {
            (Threshold::Jobs(n), _) => count >= n,
            (Threshold::Percent(p), Some(total)) => count > 0 && at_least(count, total, p),
            (Threshold::Percent(p), None) => {
                counted == Counted::Fail && count >= MIN_FAILED && at_least(count, self.done, p)
            }
        };
        if reached {
            let status = self.status(counted, threshold, total.unwrap_or(self.done));
            self.decision = match moment {
                HaltMoment::Soon => Halt::Soon(status),
                HaltMoment::Now => Halt::Now(status),
            };
        }
        self.decision
    }

    fn status(&self, counted: Counted, threshold: Threshold, total: u64) -> HaltStatus {
        match (counted, threshold) {
            (Counted::Success, _) => HaltStatus::Success,
            (_, Threshold::Jobs(1)) => HaltStatus::Job(self.last),
            (_, Threshold::Jobs(_)) => HaltStatus::Count,
            (_, Threshold::Percent(_)) => {
                let percent = (u128::from(self.failed) * 100).div_ceil(u128::from(total.max(1)));
                HaltStatus::Percent(u8::try_from(percent.min(100)).unwrap_or(100))
            }
        }
    }
}

/// True for an exit that stops xargs.
fn aborts(exit: JobExit) -> bool {
    matches!(exit, JobExit::Exited(255) | JobExit::Signaled(_))
}

fn at_least(count: u64, total: u64, percent: u8) -> bool {
    u128::from(count) * 100 >= u128::from(total) * u128::from(percent)
}

#[cfg(test)]
mod tests;
