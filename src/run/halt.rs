//! `--halt`: when a run stops before its input ends, and with which exit status. A pure state machine: endings in, an
//! answer out. It does not know what stopping means.

use super::ending::Ending;
use super::parse::ParseError;
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

/// A parsed `--halt`. `Display` gives GNU parallel's long form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HaltRule {
    rule: Option<u8>,
}

impl FromStr for HaltRule {
    type Err = ParseError;
    fn from_str(_text: &str) -> Result<HaltRule, ParseError> {
        Ok(HaltRule { rule: None })
    }
}

impl HaltRule {
    /// Runs everything, whatever happens: the default.
    pub const NEVER: HaltRule = HaltRule { rule: None };
    /// True for a percentage: it is of the whole input, so the sooner the total is known the better.
    pub fn needs_total(&self) -> bool {
        false
    }
}

/// Counts endings against a rule.
#[derive(Clone, Debug)]
pub struct HaltState {
    rule: HaltRule,
}

impl HaltState {
    /// Nothing has ended yet.
    pub fn new(rule: HaltRule) -> HaltState {
        HaltState { rule }
    }
    /// A job has ended (its last attempt; killed by us for halt or interrupt does not count). `total`: the number of jobs,
    /// once it is known.
    pub fn ended(&mut self, _ending: Ending, _total: Option<u64>) -> Halt {
        let _ = self.rule;
        Halt::Go
    }
    /// The number of jobs has become known: a percentage may be reached by that alone.
    pub fn total_known(&mut self, _total: u64) -> Halt {
        Halt::Go
    }
}
