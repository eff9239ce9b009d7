//! Whether a cut helped: if failures fell with the level it holds, if not they are the jobs' own.

use super::super::consts::{PROBE_S, WILSON_Z};
use super::super::staffing::UNBOUND;
use super::{Failures, Older, Scene, State, wilson};

impl Failures {
    #[allow(clippy::many_single_char_names, reason = "k of n failed, a rate p: the letters of the formulas")]
    pub(super) fn judge(&mut self, s: &Scene, before: f64, success: Option<f64>, older: Older<'_>) {
        if s.running > self.level + 1.0 {
            self.mark(s.t); // still draining: those tasks belong to the level before
            return;
        }
        let (k, n) = (self.failed, self.ended);
        if n < if k == 0 { 8 } else { 12 } {
            return;
        }
        let p = f64::from(k) / f64::from(n);
        if k == n
            && let Some(room) = self.let_in(s.t, self.level, older)
        {
            self.level = room; // all that ended were turned away, but some were let in and still run
            self.mark(s.t);
            return;
        }
        let rate = self.sum_n * (1.0 - p) / self.sum_w.max(1e-9);
        let depends = match success {
            None if k == n && n < 50 => return,
            None => p < 0.75 * before || (before >= 0.9 && p < 0.97),
            Some(_) if wilson(k, n, WILSON_Z).1 < 0.75 * before => true,
            Some(_) if wilson(k, n, WILSON_Z).0 > 0.6 * before => false,
            Some(_) if n < if before < 0.5 { 40 } else { 80 } => return,
            Some(x) => p <= 0.6 * before || rate >= 0.75 * x,
        };
        if !depends && self.turned_away() && self.again < 2 {
            // Quick failures weigh more than their number: one more cut before they count as the jobs' own.
            self.again += 1;
            let level = self.level;
            self.cut(s.t, level, older);
            self.mark(s.t);
            return;
        }
        self.again = 0;
        if !depends {
            self.base = self.base.max(0.5 * (before + p));
            self.judged = true;
            self.level = UNBOUND;
            self.state = State::Normal;
        } else if k >= 2 && p > self.base + 0.05 && self.level > 1.0 {
            let level = self.level;
            self.cut(s.t, level, older);
        } else {
            self.state = State::Hold;
            self.good = self.level.floor();
            self.again = 0;
            self.doubted = None;
            self.wait = PROBE_S;
            self.next = s.t + 1.0;
        }
        self.mark(s.t);
    }
}
