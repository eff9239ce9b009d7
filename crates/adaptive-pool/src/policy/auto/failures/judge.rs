//! Whether a cut helped: if failures fell with the level it holds, if not they are the jobs' own.

use super::super::consts::{FAIL_LEAST, FAIL_MANY, FELL_DUE, FELL_HALF, FELL_REST, FELL_TO, FELL_Z, PROBE_S};
use super::rates::apart;
use super::{Cut, Failures, Older, Scene, State};

/// Whether failures fell with the level: `p` of `n` now, `before` of `of`. `None` while that is open.
///
/// The rate before is what led to the cut, so it is high by selection: half of it is no proof, and a difference of two
/// rates must be beyond doubt. Once ten failures were due at the rate before, less than a third of them decides; where `base` of
/// the jobs are known to fail by themselves, less than half of what was beyond that.
fn verdict(p: f64, n: f64, before: f64, of: f64, succeeded: bool, base: f64) -> Option<bool> {
    if !succeeded {
        return if p >= 1.0 && n < 50.0 {
            None
        } else {
            Some(p < 0.75 * before || (before >= 0.9 && p < 0.97))
        };
    }
    let z = apart(before, of, p, n);
    if z > FELL_Z && p < 0.75 * before {
        return Some(true);
    }
    let more = before - base;
    if base > 0.0 && more > 0.0 {
        return (n * more >= FELL_DUE).then_some(p - base < FELL_HALF * more);
    }
    (n * before >= FELL_DUE).then_some(p < FELL_TO * before)
}

impl Failures {
    /// Fewer are not too many when not most of them fail, and none at once.
    pub(super) fn least(&self, s: &Scene, rate: f64) -> f64 {
        if rate > FAIL_MANY || self.turned_away() { 1.0 } else { FAIL_LEAST.min(s.cores).max(1.0) }
    }

    /// A cut at this rate can be judged with a small part of the rest of the input; or most fail, or are turned away: that is no experiment.
    pub(super) fn pays(&self, s: &Scene, rate: f64) -> bool {
        let known = rate > FAIL_MANY || self.turned_away();
        s.limit > self.least(s, rate) && (known || s.rest * rate >= FELL_REST * FELL_DUE)
    }

    #[allow(clippy::many_single_char_names, reason = "k of n failed, a rate p: the letters of the formulas")]
    pub(super) fn judge(&mut self, s: &Scene, (before, of): (f64, f64), cut: Cut, older: Older<'_>) {
        if s.running > self.level + 1.0 {
            self.mark(s.t); // still draining: those tasks belong to the level before
            return;
        }
        let succeeded = cut != Cut::Blind;
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
        let count = f64::from(n);
        if succeeded && apart(before, of, p, count) < -FELL_Z && self.level > self.least(s, p) {
            // The first to end before the cut were those that did well: that rate was too low, and so was the cut.
            let level = self.level.min(s.limit);
            self.cut(s, level, older);
            self.mark(s.t);
            return;
        }
        let Some(depends) = verdict(p, count, before, of, succeeded, self.base) else { return };
        let refusals = self.turned_away() || cut == Cut::Counted;
        if !depends && (refusals || p > FAIL_MANY) && self.again < 2 && self.level > 1.0 {
            // Many failures are worth some more cuts before they count as the jobs' own, and so are quick ones.
            self.again += 1;
            let level = self.level.min(s.limit);
            self.cut(s, level, older);
            if cut == Cut::Counted {
                // The count was too high by some: what failed before it is still what has to fall.
                self.state = State::Test { before, of, cut: Cut::Rated };
            }
            self.mark(s.t);
            return;
        }
        self.again = 0;
        if !depends {
            self.base = self.base.max(0.5 * (before + p));
            self.judged = true;
            if let Some((level, cut_rate)) = self.helped.take().filter(|_| self.refusal_max_s.is_finite()) {
                // These were refusals, and an earlier cut did help: what is left is the jobs' own.
                self.settle(s.t, level, cut_rate);
            } else {
                self.blame.acquit();
                self.release();
            }
        } else if k >= 2 && p > self.base + 0.05 && self.level > self.least(s, p) {
            self.helped.get_or_insert((self.level, before));
            let level = self.level.min(s.limit);
            self.cut(s, level, older);
        } else {
            // What still fails here is not the level's doing.
            if self.refusal_max_s.is_infinite() {
                self.blame.add(of * (before - p));
            }
            self.blame.confirm();
            self.base = self.base.max(p * f64::from(k) / f64::from(k + 1));
            self.settle(s.t, self.level, before);
        }
        self.mark(s.t);
    }

    /// This level holds: the rate `led` to it.
    fn settle(&mut self, t: f64, level: f64, cut_rate: f64) {
        self.state = State::Hold;
        self.cut_rate = cut_rate;
        self.good = level.floor();
        self.level = self.good;
        self.bad = self.bad.max(self.good + 1.0);
        self.again = 0;
        self.helped = None;
        self.doubted = None;
        self.wait = PROBE_S;
        self.next = t + 1.0;
    }
}
