//! Steps that are judged before their cohort has ended: the work clock knows from the tasks that ran before.

use super::super::cohort::{Kind, Stats};
use super::super::consts::{
    COHORT_MIN, CURVE_FEE, CURVE_POST_REFUSE, CURVE_POST_SE, CURVE_POST_SURE_DOWN, CURVE_POST_SURE_UP, EARLY,
    EARLY_PART, ENDS_SE, GAIN_UP, LIVED, LOSS_DOWN, SURE_DOWN, SURE_UP, UNSEEN_MEAN, UNSEEN_SD,
};
use super::super::elasticity::Fit;
use super::curve::Promise;
use super::ends::Verdict;
use super::{Mode, Scene, Search};

impl Search {
    /// True when the step under way was judged.
    pub(super) fn stop_early(&mut self, s: &Scene) -> bool {
        let Some(r) = self.reference else { return false };
        let (from, to, kind) = (r.level, self.cohort.level, self.cohort.kind);
        // Failures are judged by the cohort: quick ones look like speed.
        if self.cohort.failed() > 0 {
            return false;
        }
        if self.line && kind == Kind::Down {
            return self.by_fewer_ends(s, r);
        }
        if self.curve_posterior.is_some() && self.curve.is_some() {
            return self.by_curve(s, r);
        }
        if self.line || !self.work.is_due(s.t, s.mean) {
            return false;
        }
        let Some(fit) = self.work.fit(s.t) else { return false };
        let rise = libm::log(to / from);
        let gain = (1.0 - fit.power()) * rise;
        let (keep, sure, there) = if kind == Kind::Up {
            let lived = s.t - self.cohort.began >= LIVED * s.mean && self.work.failed == 0;
            (fit.below(1.0 - GAIN_UP), SURE_UP, lived && s.running >= 0.9 * to)
        } else {
            (1.0 - fit.below(1.0 - LOSS_DOWN), SURE_DOWN, s.running <= 1.1 * to + 1.0)
        };
        let kept = there && keep > sure;
        let ends = if kind == Kind::Up && kept { self.by_ends(s, &r) } else { Verdict::More };
        if ends == Verdict::Open {
            return false;
        }
        let kept = kept && ends == Verdict::More;
        if !kept && ends == Verdict::More && !self.has_lived(s, &r) {
            return false;
        }
        if !kept && ends == Verdict::More && (keep >= 1.0 - sure.min(SURE_UP) || !self.is_underway(s, from)) {
            return false;
        }
        // In a line, those who stand in it are not slowed by those who come after: to them, more seems to cost nothing, and
        // fewer to bring nothing. Once there is time for it, only those started at the new level are asked.
        if kept == (kind == Kind::Up) && self.is_patient(s, from) {
            return false;
        }
        let gain = if ends == Verdict::Same { 0.0 } else { gain };
        if ends == Verdict::Same {
            self.in_line();
        }
        let level = if kept { to } else { from };
        let stats = self.known(&fit, level, r.p);
        self.work.rebase(s.t, level, Some(fit.power()));
        self.saw(from, to, gain, fit.spread() * rise.abs());
        self.late = None;
        if kept {
            self.power = gain / rise;
            self.keep(kind, stats, r, s);
            self.next_move(s);
        } else {
            self.reference = Some(stats);
            self.refused(kind, gain, rise.abs());
            self.reject(s, kind, 9.0);
        }
        true
    }

    /// What the lives of tasks say by now is what the curve goes by. False when they say nothing.
    pub(super) fn update_curve(&mut self, s: &Scene) -> bool {
        let (Some(curve_posterior), Some(curve)) = (&mut self.curve_posterior, &mut self.curve) else {
            return false;
        };
        let likely = curve_posterior.likely(s.t);
        let heard = likely.is_some();
        curve.told_curve(likely);
        heard
    }

    /// They are not followed any more.
    pub(super) fn drop_curve_posterior(&mut self) {
        self.curve_posterior = None;
        if let Some(curve) = &mut self.curve {
            curve.told_curve(None);
        }
    }

    /// Judges the step under way by all lives so far.
    fn by_curve(&mut self, s: &Scene, r: Stats) -> bool {
        let (from, to, kind) = (r.level, self.cohort.level, self.cohort.kind);
        if !self.curve_posterior.as_ref().is_some_and(|curve_posterior| curve_posterior.is_due(s.t, s.mean))
            || !self.update_curve(s)
        {
            return false;
        }
        let Some(curve) = &self.curve else { return false };
        let Promise { likely, gain: expected } = curve.promises(from, to, s.disk);
        let (sure, there) = if kind == Kind::Up {
            let lived = s.t - self.cohort.began >= LIVED * s.mean && self.work.failed == 0;
            (CURVE_POST_SURE_UP, lived && s.running >= 0.9 * to)
        } else {
            (CURVE_POST_SURE_DOWN, s.running <= 1.1 * to + 1.0)
        };
        let kept = there && likely > sure && expected > 0.0;
        let refused = likely < CURVE_POST_REFUSE && expected < 0.0 && self.is_underway(s, from);
        let ends = if kind == Kind::Up && kept { self.by_ends(s, &r) } else { Verdict::More };
        let kept = kept && ends == Verdict::More;
        let refused = refused && self.has_lived(s, &r) || ends == Verdict::Same;
        if !kept && !refused {
            return false;
        }
        let rise = libm::log(to / from);
        let gain = if ends == Verdict::Same { 0.0 } else { expected + CURVE_FEE * rise };
        let sure = if ends == Verdict::Same { ENDS_SE } else { CURVE_POST_SE };
        self.saw(from, to, gain, sure * rise.abs());
        self.late = None;
        let level = if kept { to } else { from };
        self.work.rebase(s.t, level, Some(1.0 - gain / rise));
        if kept {
            // What a cohort at this level would show.
            let ln_w = r.ln_w + libm::log(to / r.n) - gain;
            let stats = Stats { ln_w, n: to, level: to, m: r.m.min(COHORT_MIN), ..r };
            self.power = gain / rise;
            self.keep(kind, stats, r, s);
            self.next_move(s);
        } else {
            if ends == Verdict::Same {
                self.in_line();
            }
            self.refused(kind, gain, rise.abs());
            self.reject(s, kind, 9.0);
        }
        true
    }

    /// Lives say nothing of this load.
    pub(super) fn in_line(&mut self) {
        self.line = true;
        self.drop_curve_posterior();
    }

    /// What was started at the new level has had its time: before that nothing is refused.
    pub(super) fn has_lived(&self, s: &Scene, r: &Stats) -> bool {
        s.t - self.cohort.began >= libm::exp(r.ln_w)
    }

    /// Half of a step up is taken: before that, what ends together and is not replaced yet looks like fewer that are faster.
    fn is_underway(&self, s: &Scene, from: f64) -> bool {
        self.cohort.kind != Kind::Up || s.running * s.running >= from * self.cohort.level
    }

    /// The first step need not wait for most of the first cohort: the tasks that still run count as evidence, too.
    pub(super) fn begin_early(&mut self, s: &Scene) -> bool {
        let first =
            self.mode == Mode::SlowStart && self.reference.is_none() && self.cohort.kind == Kind::Hold;
        let level = self.cohort.level;
        let ready =
            self.cohort.failed() == 0 && self.cohort.share() >= EARLY_PART && s.running >= 0.9 * level;
        if !first || !ready || !self.work.is_due(s.t, s.mean) {
            return false;
        }
        let Some(fit) = self.work.fit(s.t).filter(|f| f.ended >= EARLY * f.sd * f.sd) else { return false };
        let stats = self.known(&fit, level, 0.0);
        self.work.rebase(s.t, level, Some(fit.power()));
        self.sd = stats.sd.max(0.05);
        self.measured(&stats);
        self.update_curve(s);
        self.reference = Some(stats);
        self.next_move(s);
        true
    }

    /// What a cohort at this level would show.
    fn known(&self, fit: &Fit, level: f64, p: f64) -> Stats {
        Stats {
            ln_w: self.work.usual(fit, level) - UNSEEN_MEAN * fit.sd,
            sd: UNSEEN_SD * fit.sd,
            m: fit.ended.min(COHORT_MIN),
            n: level,
            p,
            level,
        }
    }
}
