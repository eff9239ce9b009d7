//! Counts the tasks that failed because more ran than there was room for, for the summary of the run.

use super::super::staffing::UNBOUND;
use super::Failures;

/// Failures that fewer at once would have spared.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Blame {
    caused: f64,
    /// Of them, those of a cut that is not judged yet.
    open: f64,
    /// The last bound: they failed while more than that ran.
    above: f64,
}

impl Blame {
    /// So many failed for being too many, it seems.
    pub(super) fn add(&mut self, count: f64) {
        self.caused += count.max(0.0);
        self.open += count.max(0.0);
    }

    /// The cut that they led to has helped.
    pub(super) fn confirm(&mut self) {
        self.open = 0.0;
    }

    /// They fail by themselves.
    pub(super) fn acquit(&mut self) {
        self.caused = (self.caused - self.open).max(0.0);
        self.open = 0.0;
    }

    pub(super) fn bound(&mut self, level: f64) {
        if level < UNBOUND {
            self.above = level;
        }
    }
}

impl Failures {
    /// How many failed because too many ran, and what ran at most when none did.
    pub(in crate::policy::auto) fn caused(&self) -> Option<(u64, u32)> {
        let count = self.blame.caused.round();
        (count >= 1.0 && self.blame.above >= 1.0).then_some((count as u64, self.blame.above as u32))
    }

    /// Refusals were those of a rate: no level is to blame.
    pub(in crate::policy::auto) fn acquit(&mut self, t: f64) {
        self.blame.acquit();
        self.release();
        self.burst = None;
        self.admitted_count = None;
        self.mark(t);
    }

    /// Counts anew, only tasks that start from now on.
    pub(super) fn mark(&mut self, t: f64) {
        self.refusal_cusum.anew();
        self.since = t;
        self.started = 0;
        self.failed = 0;
        self.ended = 0;
        self.failed_w = 0.0;
        self.failed_max = 0.0;
        self.failed_ran = 0.0;
        self.backoffs = 0;
        self.sum_w = 0.0;
        self.sum_n = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_by_itself_is_not_blamed_on_the_level() {
        let mut law = Failures::new();
        assert_eq!(law.caused(), None);
        law.blame.add(5.0);
        law.blame.bound(20.0);
        law.blame.confirm();
        law.blame.add(7.0);
        law.blame.bound(UNBOUND);
        assert_eq!(law.caused(), Some((12, 20)));
        law.acquit(1.0);
        assert_eq!(law.caused(), Some((5, 20)), "those of the cut that had helped stay");
    }
}
