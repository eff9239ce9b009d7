//! A level that holds: it is doubted when it fails all the same, and levels above it are probed.

use super::super::consts::{
    CUT_NEAR, CUT_SHOWS, FAIL_MANY, FAIL_MIN, PROBE_MAX_S, PROBE_MILD, PROBE_NEAR, PROBE_REACH,
    PROBE_REACH_MAX, PROBE_S, PROBE_SPENDS, PROBE_Z, WILSON_Z,
};
use super::super::staffing::UNBOUND;
use super::{Failures, Older, Scene, State, wilson};

impl Failures {
    /// A level above the last good one is tried: it takes more ends to judge it than to forget old ones.
    pub(super) fn probing(&self) -> bool {
        self.state == State::Hold && self.level > self.good
    }

    /// What failed beyond what does so anyway was the price of what was tried.
    pub(super) fn pay(&mut self) {
        if self.turned_away() || self.refusal_max_s.is_finite() {
            let more = (f64::from(self.failed) - self.base * f64::from(self.ended)).max(0.0);
            self.spent += more;
            self.blame.add(more);
        }
    }

    /// A probe failed, or the level that held does so no longer.
    pub(super) fn back(&mut self, s: &Scene, older: Older<'_>) {
        self.bad = s.limit;
        self.reach = 1.0;
        self.probe_by = 1.0;
        self.probes_hold = s.limit <= self.good;
        if s.limit > self.good && self.let_in(s.t, s.limit, older).is_some() {
            self.level = self.good;
            self.later(s.t);
            return;
        }
        if s.limit <= self.good {
            let before = self.doubted.map_or(f64::MAX, |(rate, _)| 0.8 * rate).min(0.5 * self.cut_rate);
            let few = self.rate <= FAIL_MANY && !self.turned_away();
            let own = self.rates.below(s.limit, WILSON_Z).is_none_or(|fewer| fewer > 0.7 * self.rate);
            if self.rate > before && own && (few || self.again >= 3) {
                let doubted = self.doubted.take();
                if self.rate > 0.5 * self.cut_rate {
                    self.own(self.rate);
                } else {
                    // The first cut did help, the last did not: what is left is the jobs' own.
                    self.base = self.base.max(self.rate);
                    self.judged = true;
                    self.good = doubted.map_or(self.good, |(_, level)| self.good.max(level));
                    self.level = self.good;
                    let next = (self.good * PROBE_REACH).floor() + 2.0;
                    self.bad = if self.cut_running.is_finite() { self.cut_running.max(next) } else { next };
                    self.wait = PROBE_S;
                    self.soon(s);
                }
                return;
            }
            self.again += 1;
            self.doubted = Some((self.rate, s.limit));
            self.good = (s.limit * if self.rate > 0.3 { 0.6 } else { 0.85 }).floor().max(1.0);
        }
        self.level = self.good;
        if self.bad - self.good > (0.06 * self.good).max(1.0) {
            self.soon(s);
        } else {
            self.later(s.t);
        }
    }

    /// Fewer failed no less: that is the rate of the jobs themselves.
    pub(super) fn own(&mut self, rate: f64) {
        self.base = self.base.max(rate);
        self.judged = true;
        self.blame.acquit();
        self.release();
    }

    /// Failures have nothing to do with the level.
    pub(super) fn release(&mut self) {
        self.level = UNBOUND;
        self.state = State::Normal;
        self.after_failure_cut = false;
        self.refusal_max_s = f64::INFINITY;
    }

    /// The next probe comes as soon as this level is known.
    pub(super) fn soon(&mut self, s: &Scene) {
        self.next = s.t + (3.0 * s.mean).max(0.5);
    }

    pub(super) fn later(&mut self, t: f64) {
        self.wait = (self.wait * 2.0).min(PROBE_MAX_S);
        self.next = t + self.wait;
    }

    /// Bisects between the level that holds and the one that does not.
    pub(super) fn probe(&mut self, s: &Scene, floor: f64, older: Older<'_>) {
        let near = s.limit >= self.good && self.refusal_max_s.is_infinite();
        let reached = if near { PROBE_NEAR * s.limit } else { s.limit };
        if reached < self.level || s.queued < 1.0 {
            return;
        }
        if self.level > self.good {
            if f64::from(self.ended) < (5.0 * self.level).max(16.0) {
                return;
            }
            if self.failed >= FAIL_MIN && wilson(self.failed, self.ended, PROBE_Z).0 > floor {
                // Asked once, so less is beyond chance than where it is asked again and again.
                self.rate = f64::from(self.failed) / f64::from(self.ended);
                self.retreat(s, s.limit, older);
                return;
            }
            self.probe_by *= 2.0;
            self.good = self.level.floor();
            self.proven = self.good;
            // What led to the first cut shows here too, though this level holds: then it need not be all of that one's.
            let too = self.refusal_max_s.is_infinite()
                && f64::from(self.failed) >= CUT_SHOWS * self.cut_rate * f64::from(self.ended);
            let passed = self.cut_running * if too { CUT_NEAR } else { 1.0 };
            if self.good + f64::from(u8::from(self.judged)) >= passed {
                self.release(); // as many as at the first cut fail no more than those few did
                return;
            }
            self.again = 0;
            self.doubted = self.doubted.filter(|&(_, level)| self.good <= level);
            self.mark(s.t);
        }
        let gap = self.bad - self.good;
        let rest = if s.rest.is_finite() { s.rest } else { s.queued };
        if self.spent > PROBE_SPENDS * (1.0 + (gap / self.good).min(1.0)) * (self.all + rest) {
            return;
        }
        if gap > (0.06 * self.good).max(1.0) {
            // Where tasks are turned away one more is tried, then twice as many as held.
            let most = if self.refusal_max_s.is_finite() { self.probe_by } else { f64::INFINITY };
            self.level = self.good + (gap / 2.0).floor().min(most).max(1.0);
            self.next = s.t;
            self.mark(s.t);
        } else {
            // All of the last probe held, and it was few that failed: perhaps by chance, so go further next.
            let mild = self.reach > 1.0 && self.cut_rate <= PROBE_MILD && self.refusal_max_s.is_infinite();
            self.reach = if mild { (self.reach * self.reach).min(PROBE_REACH_MAX) } else { PROBE_REACH };
            if mild || self.probes_hold {
                self.soon(s);
            } else {
                self.later(s.t);
            }
            self.bad = (self.good * self.reach).floor() + 2.0;
        }
    }
}
