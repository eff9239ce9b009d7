//! Tasks that were turned away at the door: how many were let in is how many there is room for.

use super::super::consts::{AWAY_MIN, DECIDED, PROBE_S, TURNED_AWAY};
use super::{Failures, Older, Scene, State};

/// Tasks were turned away, and it is not known yet how many were let in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recount {
    /// When it is known.
    pub(super) at: f64,
    /// When the cut was, and the limit before.
    pub(super) cut: f64,
    pub(super) limit: f64,
    /// How long it took to be turned away.
    pub(super) quick: f64,
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
    /// as long as everything else, so that nothing can be told apart.
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
        self.recount = Some(Recount { at: t + 2.0 * quick + 1e-3, cut: t, limit, quick });
        self.passed = 0.0;
        Some(n.max((0.3 * limit).floor()))
    }

    /// A task said that there is too much at once: believe it, once for what ran at that moment.
    /// A moment after the cut nobody is undecided any more: those that still run are those there is room for.
    pub(super) fn count_again(&mut self, s: &Scene, older: Older<'_>) -> bool {
        let Some(Recount { at, cut, limit, .. }) = self.recount else { return false };
        if s.t < at {
            return true;
        }
        self.recount = None;
        let held = if self.state == State::Hold { self.good } else { 0.0 };
        let n = (older(s.t - cut) + self.passed).min(limit).max(held);
        if n < limit && n >= 1.0 {
            self.level = n;
            self.good = n;
            self.bad = n + 1.0;
            // Those that passed are counted by chance: the next look above is soon.
            self.wait = PROBE_S;
            self.next = s.t + (3.0 * s.mean).max(0.5);
        }
        self.mark(s.t);
        true
    }
}
