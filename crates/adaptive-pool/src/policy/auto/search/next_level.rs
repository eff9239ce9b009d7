//! Where the search goes next: which level to test, or that there is none left to.

use super::super::cohort::{Cohort, Kind, Stats};
use super::super::consts::{
    CALM_GAIN, CRUISE_PART, CRUISE_TASKS, CURVE_HELD, CURVE_LEAST, DOWN_NEEDS_Z, DOWN_REST, ENDS_DOWN,
    FEWER_LEVEL, FEWER_REST, FINEST_AFTER, PATIENT_S, STEP_FINE, STEP_FINEST, STEP_FIRST, STEP_STRONG, WIDEN,
};
use super::curve::{From, Next};
use super::{Mode, Scene, Search};

impl Search {
    /// The next test, or cruise when there is none left.
    pub(super) fn next_move(&mut self, s: &Scene) {
        let Some(r) = self.reference else { return };
        let n = r.level;
        if self.line && !self.calm {
            // More of a line brings nothing: as few as keep the service busy.
            let to = (ENDS_DOWN * n).floor().max(1.0);
            if to < n && !self.no_down {
                self.mode = Mode::Search;
                self.test(s, n, to);
            } else {
                self.cruise(s, n, r.m);
            }
            return;
        }
        // Once a step was judged, the first search goes where most is expected.
        if self.searches == 1
            && let Some(curve) = self.curve.as_ref().filter(|c| c.knows())
        {
            let unread = if s.complete { 0.0 } else { (s.finished as f64).max(s.queued) };
            let step = Search::limited_step(s, if self.strong { STEP_STRONG } else { STEP_FIRST });
            let from = From { level: n, rest: s.queued + unread, cap: s.cap.floor(), step, disk: s.disk };
            match curve.next(from) {
                Some(Next::Unknown(to)) if curve.var(n) > CURVE_HELD * self.noise(s, n, to) => {
                    self.mode = Mode::Search;
                    self.hold(s.t);
                    return;
                }
                Some(Next::Better(to) | Next::Unknown(to)) => {
                    self.strong = false;
                    self.test(s, n, to);
                    return;
                }
                None => {}
            }
            self.capped = s.cap < s.max && s.cap <= 1.1 * n;
            self.cruise(s, n, r.m);
            return;
        }
        // Nothing presses: one test up and one down, and the next search is twice as far away when neither gains.
        let leans = self.leans_down(s, n);
        for _ in 0..if self.calm { 1 } else { 4 } {
            if (self.fewer_first(s, n) || leans) && self.try_down(s, n, leans) {
                return;
            }
            if self.try_up(s, n) || self.try_down(s, n, leans) {
                return;
            }
            if self.step > STEP_FIRST {
                self.step = STEP_FIRST;
            } else if self.step > 1.9 {
                self.step = STEP_FINE;
            } else if self.step > 1.3 && s.finished > FINEST_AFTER {
                self.step = STEP_FINEST;
            } else {
                break;
            }
            // A level above that did worse leaves nothing to find just below it.
            self.no_up = self.worse && s.finished <= FINEST_AFTER;
            self.no_down = false;
        }
        self.cruise(s, n, r.m);
    }

    /// The end of the input is in sight, though not near: what a step up costs where a service collapses is a good part of
    /// the whole run then, and what was started blind may be too many already. Half as many are tried first.
    fn fewer_first(&self, s: &Scene, n: f64) -> bool {
        let first = self.mode == Mode::SlowStart && self.searches == 1 && !self.no_down;
        first && s.complete && n >= FEWER_LEVEL && s.running + s.queued > FEWER_REST * n
    }

    /// Nothing presses, and of a step up and one down the latter promises more.
    fn leans_down(&self, s: &Scene, n: f64) -> bool {
        let Some(curve) = self.curve.as_ref().filter(|c| self.calm && c.knows()) else { return false };
        let gain = |to: f64| curve.promises(n, to, s.disk).gain;
        let down = gain((n / self.step).max(1.0));
        down > CURVE_LEAST && down > gain(n * self.step)
    }

    /// Tries the level `to` instead of `n`.
    fn test(&mut self, s: &Scene, n: f64, to: f64) {
        let t = s.t;
        if self.searches == 1 && self.mode == Mode::SlowStart {
            self.brief = self.reference.is_some_and(|r| libm::exp(r.ln_w) < PATIENT_S);
            if self.brief {
                self.drop_curve_posterior();
            }
        }
        self.leave(t, n);
        self.level = to;
        let (kind, step) = if to > n { (Kind::Up, to / n) } else { (Kind::Down, n / to) };
        self.open(t, to, kind, step);
        if self.is_patient(s, n) {
            // Those who fill it up find a shorter line than those after them.
            self.cohort.fill = (to - s.running).max(0.0);
        }
    }

    /// What is left for a test now is what its steps are measured against.
    pub(super) fn leave(&mut self, t: f64, n: f64) {
        let power = self.work.fit(t).map(|fit| fit.power());
        self.work.rebase(t, n, power);
    }

    /// The variance of what a test of this step would show.
    fn noise(&self, s: &Scene, n: f64, to: f64) -> f64 {
        let size = Cohort::size(self.sd, (to / n).max(n / to), n, s.finished);
        self.sd * self.sd / size as f64
    }

    /// A step was judged by what it gains.
    pub(super) fn saw(&mut self, from: f64, to: f64, gain: f64, se: f64) {
        self.told_curve = true;
        let known = self.reference.map(|r| r.ln_x());
        if let Some(curve) = &mut self.curve {
            let y = curve.at(from).or(known).unwrap_or(0.0);
            curve.saw(to, y + gain, se * se);
        }
    }

    /// What a level gives was measured.
    pub(super) fn measured(&mut self, stats: &Stats) {
        if let Some(curve) = &mut self.curve {
            curve.saw(stats.n, stats.ln_x(), WIDEN * WIDEN * stats.var());
        }
    }

    /// Whether the second level is taken for the better one. `shown`: its test alone says so.
    ///
    /// Where nothing presses, a small gain must be both expected and shown: on a plateau either alone is chance as often as
    /// not, and one step follows another.
    pub(super) fn takes_as_better(&self, from: f64, to: f64, disk: bool, shown: bool) -> bool {
        let Some(curve) = self.curve.as_ref().filter(|c| c.knows()) else { return shown };
        let expected = curve.promises(from, to, disk).gain;
        let small = expected < CALM_GAIN * libm::log(to / from).abs();
        expected > 0.0 && (shown || !(self.calm && small))
    }

    /// A step up that is not too long for what is known of failures.
    fn limited_step(s: &Scene, step: f64) -> f64 {
        if s.after_failure_cut { step.min(STEP_FINE) } else { step }
    }

    fn try_up(&mut self, s: &Scene, n: f64) -> bool {
        if self.no_up {
            return false;
        }
        let factor = if self.strong {
            STEP_STRONG
        } else if self.mode == Mode::SlowStart && !s.disk {
            self.careful()
        } else {
            self.step
        };
        let factor = Search::limited_step(s, factor);
        self.strong = false;
        let to = if self.calm { (n * factor).floor().max(n + 1.0) } else { (n * factor).ceil() };
        let to = to.min(s.cap).floor();
        if to > n * 1.05 {
            self.test(s, n, to);
            return true;
        }
        self.capped = s.cap < s.max && s.cap <= 1.1 * n;
        self.no_up = true;
        false
    }

    /// `leans`: the curve promises more below ([`Search::leans_down`]).
    fn try_down(&mut self, s: &Scene, n: f64, leans: bool) -> bool {
        if self.no_down {
            return false;
        }
        let to = if self.calm { (n / self.step).ceil().min(n - 1.0) } else { (n / self.step).floor() };
        let to = to.max(1.0);
        let pays = (self.power <= 0.6 || self.searches.is_multiple_of(4))
            && (!s.complete || s.queued > n * if self.worse { 1.0 } else { DOWN_REST });
        let leans = leans && !(s.complete && s.queued <= n);
        if to < n && s.used < 0.8 && s.cpu_cap > 1.1 * n && (leans || (self.up_z >= DOWN_NEEDS_Z && pays)) {
            self.test(s, n, to);
            return true;
        }
        self.no_down = true;
        false
    }

    pub(super) fn cruise(&mut self, s: &Scene, n: f64, m: f64) {
        self.drop_curve_posterior();
        self.level = n;
        self.before_m = m;
        self.moved |= n != self.origin;
        self.mode = Mode::Cruise;
        self.wait = if self.weakly_rejected {
            (8.0 * s.mean).max(0.1 * s.t) // poor evidence: look again soon
        } else {
            (CRUISE_TASKS * s.mean).max(CRUISE_PART * s.t).max(if self.moved { 0.0 } else { 2.0 * self.wait })
        };
        self.next = s.t + self.wait;
        self.hold(s.t);
    }
}
