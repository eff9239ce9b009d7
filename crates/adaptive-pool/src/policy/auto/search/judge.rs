//! What a ripe cohort says about its level: keep it, refuse it, or ask for more evidence.

use super::super::cohort::{Kind, Stats};
use super::super::consts::{
    CALM_GROWS, CHANGED, COHORT_MAX, DOWN_LEVEL, DOWN_Z, FAR_DOWN, GAIN_UP, LOSS_DOWN, REJECT_Z, STEP_CALM,
    STEP_FINE, STEP_FIRST, STEP_STRONG, STRONG, UNSURE, WIDEN,
};
use super::curve::Curve;
use super::ends::Verdict;
use super::{Mode, Scene, Search};

impl Search {
    pub(super) fn judge_hold(&mut self, s: &Scene, mut stats: Stats, reference: Option<Stats>) {
        let fresh = stats;
        if let Some(r) = reference.filter(|r| r.level == stats.level) {
            let off = (stats.ln_w - r.ln_w).abs();
            if off < (3.0 * (stats.var() + r.var()).sqrt()).max(CHANGED) {
                stats.merge(&r);
                self.changed_in_row = 0;
            } else if self.mode == Mode::Cruise {
                self.changed_in_row += 1;
                if self.changed_in_row >= 2 {
                    self.changed_in_row = 0;
                    self.reference = Some(stats);
                    // What was measured before was measured of something else.
                    self.curve = self.curve.take().map(|_| Curve::default());
                    self.measured(&fresh);
                    self.calm = false;
                    self.begin(s, STEP_FIRST);
                } else {
                    self.hold(s.t);
                }
                return;
            }
        }
        self.measured(&fresh);
        self.update_curve(s);
        self.reference = Some(stats);
        if self.mode != Mode::Cruise {
            self.next_move(s);
            return;
        }
        if let Some(p) = self.before.filter(|p| p.level < stats.level && stats.m > 2.0 * self.before_m) {
            self.before_m = stats.m;
            self.power = (stats.ln_x() - p.ln_x()) / libm::log(stats.n / p.n);
            if self.power < GAIN_UP {
                // More evidence says that the last step up was not worth it.
                self.before = None;
                self.power = 0.0;
                self.begin(s, if self.calm { STEP_CALM } else { STEP_FINE });
                return;
            }
        }
        if s.t >= self.next && self.rests {
            self.rests = false;
            self.mode = Mode::Search;
            self.next_move(s);
        } else if s.t >= self.next {
            self.calm = true;
            self.begin(s, STEP_CALM);
        } else {
            self.hold(s.t);
        }
    }

    pub(super) fn judge_up(&mut self, s: &Scene, stats: Stats, r: Stats) {
        let gain = stats.ln_x() - r.ln_x();
        let rise = libm::log((stats.n / r.n).max(1e-9));
        if rise < 0.4 * libm::log(self.cohort.step) {
            self.again(s); // the cohort did not really live at the new level
            return;
        }
        if stats.fails_more(&r) {
            self.worse = true; // quick failures look like throughput
            self.curve = None;
            self.curve_posterior = None;
            self.reject(s, Kind::Up, 9.0);
            return;
        }
        let se = WIDEN * (stats.var() + r.var()).sqrt();
        let known = self.curve_posterior.is_some();
        if !known && (gain - GAIN_UP * rise).abs() < UNSURE * se && self.cohort.extended < 2 {
            self.extend();
            return;
        }
        self.power = gain / rise;
        let ends = self.by_ends(s, &r);
        if ends == Verdict::Open {
            return;
        }
        let z = (GAIN_UP * rise - gain) / se;
        self.told_curve = true;
        self.update_curve(s);
        self.measured(&stats);
        if ends == Verdict::Same || !self.takes_as_better(r.n, stats.n, s.disk, z <= REJECT_Z) {
            self.refused(Kind::Up, gain, rise);
            self.reject(s, Kind::Up, z.max(0.0));
            return;
        }
        self.keep(Kind::Up, stats, r, s);
        self.settle(s, &stats);
    }

    pub(super) fn judge_down(&mut self, s: &Scene, stats: Stats, r: Stats) {
        let loss = stats.ln_x() - r.ln_x();
        let fall = -libm::log((stats.n / r.n).max(1e-9));
        if fall < 0.4 * libm::log(self.cohort.step) {
            self.again(s);
            return;
        }
        let se = WIDEN * (stats.var() + r.var()).sqrt();
        let over = loss + LOSS_DOWN * fall;
        let known = self.curve_posterior.is_some();
        if !known && over > 0.0 && over < UNSURE * se && self.cohort.extended < 1 {
            self.extend();
            return;
        }
        self.told_curve = true;
        self.update_curve(s);
        self.measured(&stats);
        if self.takes_as_better(r.n, stats.n, s.disk, over >= DOWN_Z * se) {
            self.keep(Kind::Down, stats, r, s);
            self.settle(s, &stats);
        } else {
            self.refused(Kind::Down, loss, fall);
            self.reject(s, Kind::Down, 9.0);
        }
    }

    /// The level tested is kept: `stats` are its figures, `r` those of the level before.
    pub(super) fn keep(&mut self, kind: Kind, stats: Stats, r: Stats, s: &Scene) {
        self.reference = Some(stats);
        self.no_up = kind == Kind::Down;
        self.no_down = kind == Kind::Up;
        if kind == Kind::Up {
            self.before = Some(r);
            self.worse = false;
            self.strong = self.power > STRONG && self.cohort.step > 1.35 && !s.dark;
            // With the CPU's bound near, the next steps of a tenth get there too.
            let far = s.cap > STEP_FINE * stats.level;
            if !self.calm || (far && self.power > CALM_GROWS) {
                self.step = (self.step * STEP_FINE).min(2.0);
            }
        }
    }

    /// The level tested is refused: what that says about others. `way`: ln of the step.
    pub(super) fn refused(&mut self, kind: Kind, gain: f64, way: f64) {
        if kind == Kind::Up {
            self.worse = gain < 0.1 * way;
            if gain < -0.3 * way && self.mode == Mode::SlowStart {
                self.step = FAR_DOWN;
            }
        } else if self.mode == Mode::SlowStart && gain > -DOWN_LEVEL * way {
            // Half as many did not do much worse: twice as many would not do much better.
            self.no_up = true;
            self.worse = true;
            self.weakly_rejected = true;
        }
    }

    fn extend(&mut self) {
        self.cohort.extended += 1;
        self.cohort.target = (self.cohort.target * 2).min(COHORT_MAX as usize);
    }

    /// A cohort that straddled the change of level is no reference for a step down: measure again.
    fn settle(&mut self, s: &Scene, stats: &Stats) {
        if stats.n < 0.9 * stats.level || stats.n > 1.1 * stats.level {
            let factor = if self.strong { STEP_STRONG } else { self.step };
            let higher = (stats.level * factor).ceil().min(s.cap);
            if self.no_up || higher <= stats.level * 1.05 {
                self.reference = None;
                self.redo = 0;
                self.open(s.t, stats.level, Kind::Hold, self.step);
                return;
            }
        }
        self.next_move(s);
    }

    fn again(&mut self, s: &Scene) {
        self.redo += 1;
        let (kind, level, step) = (self.cohort.kind, self.cohort.level, self.cohort.step);
        if self.redo > 2 {
            self.redo = 0;
            self.reject(s, kind, 9.0);
        } else {
            self.open(s.t, level, kind, step);
        }
    }
}
