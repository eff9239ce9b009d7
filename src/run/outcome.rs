//! The result of a run. The command derives the exit status from it.

use crate::run::ledger::{Cause, Totals};
use std::io::ErrorKind;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunOutcome {
    /// The counts of the jobs.
    pub totals: Totals,
    /// Why the run stopped early, if it did.
    pub stopped: Option<Cause>,
    /// The error that lost our output.
    pub broken: Option<ErrorKind>,
    /// The input or a log failed. The message was printed.
    pub trouble: bool,
}

impl RunOutcome {
    /// True when every job succeeded or was skipped, and there is nothing to report.
    pub fn is_clean(&self) -> bool {
        let totals = &self.totals;
        let undone = totals.failed + totals.killed + totals.not_started;
        undone == 0 && totals.balanced() && self.stopped.is_none() && self.broken.is_none() && !self.trouble
    }

    /// The message about an error in the totals of an ended run: a job that is in no count, or in two.
    pub fn lost_jobs(&self) -> Option<String> {
        let totals = &self.totals;
        (!totals.balanced()).then(|| format!("internal error: jobs were lost: {totals:?}"))
    }

    /// The `state` of the metrics document.
    pub fn state(&self) -> &'static str {
        match self.stopped {
            None if self.broken.is_none() && !self.trouble => "complete",
            Some(Cause::Signal(_)) => "interrupted",
            Some(Cause::Halt(_)) => "halted",
            _ => "failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_in_no_count_or_in_two_is_reported() {
        let lost_jobs = |succeeded, skipped| {
            let totals = Totals { read: 3, succeeded, skipped, ..Totals::default() };
            RunOutcome { totals, stopped: None, broken: None, trouble: false }.lost_jobs()
        };
        assert_eq!(lost_jobs(2, 1), None);
        for (succeeded, skipped) in [(2, 0), (3, 1)] {
            let message = lost_jobs(succeeded, skipped).unwrap();
            assert!(message.starts_with("internal error: jobs were lost: Totals { read: 3, "), "{message}");
        }
    }
}
