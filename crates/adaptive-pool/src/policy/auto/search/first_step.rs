//! The first steps up beyond what was started blind: early in a short run, careful in a long one.

use super::super::cohort::{Cohort, Kind};
use super::super::consts::{
    CAREFUL_Z, FAR_DOWN, FIRST_STEP_REST, FIRST_STEP_STEP, GAIN_UP, LEAP_REST, PEEK, STEP_FINE, WIDEN,
};
use super::{Mode, Scene, Search};

impl Search {
    /// The first tasks of the first cohort have ended, and nothing stands against more: step up at once, and let the rest
    /// of the cohort become the reference meanwhile.
    pub(super) fn peek(&mut self, s: &Scene) -> bool {
        let first =
            self.mode == Mode::SlowStart && self.reference.is_none() && self.cohort.kind == Kind::Hold;
        if !first || s.disk || s.used > 0.5 || s.cap < 1.5 * self.level {
            return false;
        }
        let Some(stats) = self.cohort.peek(s.t, PEEK, 1.0 - 0.8 * PEEK).filter(|c| c.p <= 0.0) else {
            return false;
        };
        let n = self.cohort.level;
        // In a long run a leap in the dark saves one round of tasks at best, and costs many where the service collapses.
        let rest = (s.running + s.queued) / n;
        if !s.complete || rest > LEAP_REST {
            return false;
        }
        let to =
            (n * if rest <= FIRST_STEP_REST { FIRST_STEP_STEP } else { self.step }).ceil().min(s.cap).floor();
        if s.queued < 1.0 || to <= n {
            return false;
        }
        self.leave(s.t, n);
        self.reference = Some(stats);
        // They need not have begun together.
        self.peeked = (s.t - self.cohort.began).max(libm::exp(stats.ln_w));
        self.level = to;
        let off = Cohort::new(0, n, Kind::Off, s.t, 0, 1.0);
        self.late = Some(std::mem::replace(&mut self.cohort, off));
        self.open(s.t, to, Kind::Up, to / n);
        true
    }

    /// The rest of the first cohort takes far longer than its first part: the step up slowed it down.
    pub(super) fn overdue(&mut self, s: &Scene) {
        if let Some(stats) = self.late.take().and_then(|c| c.peek(s.t, PEEK, 1.0)) {
            self.reference = Some(stats);
            self.sd = stats.sd.max(0.05);
        }
        if self.cohort.kind == Kind::Up {
            self.worse = true;
            self.step = FAR_DOWN;
            self.reject(s, Kind::Up, 9.0);
        }
    }

    /// The first steps beyond what was started blind: no larger than it takes to distinguish a gain from the noise of the
    /// reference, because a service that collapses keeps what was sent into it.
    pub(super) fn careful(&self) -> f64 {
        let noise = self.reference.map_or(1.0, |r| WIDEN * (2.0 * r.var()).sqrt());
        libm::exp(CAREFUL_Z * noise / (1.0 - GAIN_UP)).clamp(STEP_FINE, self.step.max(STEP_FINE))
    }
}
