//! Tasks that were refused: the number that was admitted is the number there is room for.

use super::super::consts::{AWAY_MIN, COUNT_OFF, DECIDED, FAIL_DUTY, PROBE_S, TURNED_AWAY};
use super::{Cut, Failures, Older, Scene, State};

/// Tasks were turned away, and it is not known yet how many were let in.
#[derive(Clone, Copy, Debug)]
pub(super) struct AdmittedCount {
    /// When it is known.
    pub(super) at: f64,
    /// When the cut was, and the limit before.
    pub(super) cut: f64,
    pub(super) limit: f64,
    /// How long it took to be turned away.
    pub(super) quick: f64,
}

/// Where the room surely ends, when `n` were counted: off by a few.
fn above(n: f64, limit: f64) -> f64 {
    (COUNT_OFF * n + 1.0).floor().min(limit)
}

impl Failures {
    /// Whether failures take far less than everything else, each of them: those tasks were turned away at once. A few
    /// tasks that fail by themselves are short by chance, hence the number.
    pub(super) fn turned_away(&self) -> bool {
        let others = f64::from(self.ended - self.failed);
        let usual = if others > 0.0 { (self.sum_w - self.failed_w) / others } else { f64::MAX };
        let least = if self.backoffs > 0 { 1 } else { AWAY_MIN };
        self.failed >= least && self.failed_max <= TURNED_AWAY * usual
    }

    /// Tasks that were let in where others were turned away at once: what there is room for. `None` when failures take
    /// as long as everything else, so the two cannot be distinguished.
    pub(super) fn let_in(&mut self, t: f64, limit: f64, older: Older<'_>) -> Option<f64> {
        if !self.turned_away() {
            return None;
        }
        let quick = self.failed_w / f64::from(self.failed);
        let others = f64::from(self.ended - self.failed);
        let n = older(if others > 2.0 { DECIDED } else { 4.0 } * quick + 1e-3);
        if n >= limit {
            return None;
        }
        self.admitted_count = Some(AdmittedCount { at: t + 2.0 * quick + 1e-3, cut: t, limit, quick });
        self.passed = 0.0;
        Some(n.max((0.3 * limit).floor()))
    }

    /// Nothing may start: the first failure of all was a quick one, and what else runs will show whether it is alone.
    pub(in crate::policy::auto) fn holds(&self, t: f64) -> bool {
        self.burst.is_some() && t < self.fresh
    }

    /// After that moment: those that did not fail in it are those there was room for, even where tasks are as short as a
    /// refusal. True while it lasts, and when it led to a cut.
    pub(super) fn bursts(&mut self, s: &Scene) -> bool {
        let Some(before) = self.burst else { return false };
        if s.t < self.fresh {
            return true;
        }
        self.burst = None;
        let n = s.running + f64::from(self.ended - self.failed - before);
        let rate = f64::from(self.failed) / (n + f64::from(self.failed));
        let own = s.duty >= FAIL_DUTY && !self.turned_away();
        if self.failed < AWAY_MIN || own || !self.pays(s, rate) || n >= s.limit {
            return false;
        }
        self.rate = rate;
        self.refusal_max_s = 2.0 * self.failed_max;
        self.pay();
        self.lower(s, s.limit, Some(n));
        if let State::Test { cut, .. } = &mut self.state {
            *cut = Cut::Counted;
        }
        self.bad = above(n, s.limit);
        self.mark(s.t);
        true
    }

    /// A task said that there is too much at once: believe it, once for what ran at that moment.
    /// A moment after the cut nobody is undecided any more: those that still run are those there is room for.
    pub(super) fn count_again(&mut self, s: &Scene, older: Older<'_>) -> bool {
        let Some(AdmittedCount { at, cut, limit, .. }) = self.admitted_count else { return false };
        if s.t < at {
            return true;
        }
        self.admitted_count = None;
        let held = if self.state == State::Hold { self.good } else { 0.0 };
        let n = (older(s.t - cut) + self.passed).min(limit).max(held);
        if n < limit && n >= 1.0 {
            self.level = n;
            self.good = n;
            self.bad = above(n, limit);
            // Those that passed are counted by chance: the next reading above is soon.
            self.wait = PROBE_S;
            self.soon(s);
        }
        self.mark(s.t);
        true
    }
}
