//! `--halt`: when a run stops before its input ends, and with which exit status. A pure state machine: endings in, an
//! answer out. It does not know what stopping means.
//!
//! The rules and exit statuses are GNU parallel's. A percentage is of all jobs. While their number is not known, failures
//! are compared with the jobs that have ended so far, once three have failed (so that the first failure of a long stream
//! is not "100 %"); successes and ends wait for the number, because among jobs that have ended they say nothing.

use crate::run::job_exit::JobExit;
use crate::run::parse::ParseError;
use std::fmt;
use std::str::FromStr;

/// What to do now. Once it is not [`Halt::Go`] it stays what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// Go on.
    Go,
    /// Start nothing more; what runs may end.
    Soon(HaltStatus),
    /// Start nothing more and end what runs.
    Now(HaltStatus),
}

/// Which exit status the run ends with once it was halted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HaltStatus {
    /// This one: the status of the job that stopped the run (`fail=1`, `done=1`), as a shell shows it.
    Job(u8),
    /// The usual count of failed jobs, 101 for more than 100 (`fail=N`, `done=N`).
    Count,
    /// This percentage of all jobs failed (`fail=N%`, `done=N%`), rounded up.
    Percent(u8),
    /// 0: enough jobs succeeded (`success=N`, `success=N%`).
    Success,
}

/// How the run stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Soon,
    Now,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Fail,
    Success,
    Done,
}

/// How many of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Much {
    Jobs(u64),
    Percent(u8),
}

/// A parsed `--halt`. `Display` gives GNU parallel's long form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HaltRule(Option<(When, What, Much)>);

impl HaltRule {
    /// Runs everything, whatever happens: the default.
    pub const NEVER: HaltRule = HaltRule(None);

    /// Whether an end like this is one of those that are counted.
    pub fn counts(&self, exit: JobExit) -> bool {
        match self.0 {
            Some((_, What::Fail, _)) => !exit.ok(),
            Some((_, What::Success, _)) => exit.ok(),
            Some((_, What::Done, _)) => true,
            None => false,
        }
    }

    /// True for a percentage: the sooner the total is known the better.
    pub fn needs_total(&self) -> bool {
        matches!(self.0, Some((_, _, Much::Percent(_))))
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
        let when = match parts.next() {
            Some("soon") => When::Soon,
            Some("now") => When::Now,
            _ => return Err(wrong()),
        };
        let what = match parts.next() {
            Some("fail") => What::Fail,
            Some("success") => What::Success,
            Some("done") => What::Done,
            _ => return Err(wrong()),
        };
        let much = match parts.next() {
            None => Much::Jobs(1),
            Some(number) => amount(number).ok_or_else(wrong)?,
        };
        if parts.next().is_some() {
            return Err(wrong());
        }
        Ok(HaltRule(Some((when, what, much))))
    }
}

/// `N` or `N%`, from 1; a percentage up to 100.
fn amount(text: &str) -> Option<Much> {
    let digits = text.strip_suffix('%').unwrap_or(text);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok().filter(|n| *n > 0)?;
    if digits.len() == text.len() {
        Some(Much::Jobs(number))
    } else {
        u8::try_from(number).ok().filter(|p| *p <= 100).map(Much::Percent)
    }
}

impl fmt::Display for HaltRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((when, what, much)) = self.0 else { return f.write_str("never") };
        let when = match when {
            When::Soon => "soon",
            When::Now => "now",
        };
        let what = match what {
            What::Fail => "fail",
            What::Success => "success",
            What::Done => "done",
        };
        match much {
            Much::Jobs(n) => write!(f, "{when},{what}={n}"),
            Much::Percent(p) => write!(f, "{when},{what}={p}%"),
        }
    }
}

/// Counts endings against a rule.
#[derive(Clone, Debug)]
pub struct HaltState {
    rule: HaltRule,
    done: u64,
    failed: u64,
    /// The job that ended last, as a shell shows it: with `=1` it is the one that stops the run.
    last: u8,
    answer: Halt,
}

/// How many failures a percentage needs while the number of jobs is not known.
const MIN_FAILED: u64 = 3;

impl HaltState {
    /// Nothing has ended yet.
    pub fn new(rule: HaltRule) -> HaltState {
        HaltState { rule, done: 0, failed: 0, last: 0, answer: Halt::Go }
    }

    /// A job has ended, by its last attempt (what was killed because of a halt or an interrupt does not count).
    /// `total`: the number of jobs, once it is known.
    pub fn ended(&mut self, exit: JobExit, total: Option<u64>) -> Halt {
        self.done += 1;
        self.failed += u64::from(!exit.ok());
        self.last = exit.shell_status();
        if self.rule.counts(exit) { self.look(total) } else { self.answer }
    }

    /// The number of jobs has become known: a percentage may be reached by that alone.
    pub fn total_known(&mut self, total: u64) -> Halt {
        if self.rule.needs_total() { self.look(Some(total)) } else { self.answer }
    }

    /// What was answered last.
    pub fn answer(&self) -> Halt {
        self.answer
    }

    fn look(&mut self, total: Option<u64>) -> Halt {
        let Some((when, what, much)) = self.rule.0 else { return Halt::Go };
        if self.answer != Halt::Go {
            return self.answer;
        }
        let count = match what {
            What::Fail => self.failed,
            What::Success => self.done - self.failed,
            What::Done => self.done,
        };
        let reached = match (much, total) {
            (Much::Jobs(n), _) => count >= n,
            (Much::Percent(p), Some(total)) => count > 0 && at_least(count, total, p),
            (Much::Percent(p), None) => {
                what == What::Fail && count >= MIN_FAILED && at_least(count, self.done, p)
            }
        };
        if reached {
            let status = self.status(what, much, total.unwrap_or(self.done));
            self.answer = match when {
                When::Soon => Halt::Soon(status),
                When::Now => Halt::Now(status),
            };
        }
        self.answer
    }

    fn status(&self, what: What, much: Much, total: u64) -> HaltStatus {
        match (what, much) {
            (What::Success, _) => HaltStatus::Success,
            (_, Much::Jobs(1)) => HaltStatus::Job(self.last),
            (_, Much::Jobs(_)) => HaltStatus::Count,
            (_, Much::Percent(_)) => {
                let percent = (u128::from(self.failed) * 100).div_ceil(u128::from(total.max(1)));
                HaltStatus::Percent(u8::try_from(percent.min(100)).unwrap_or(100))
            }
        }
    }
}

fn at_least(count: u64, total: u64, percent: u8) -> bool {
    u128::from(count) * 100 >= u128::from(total) * u128::from(percent)
}

#[cfg(test)]
mod tests;
