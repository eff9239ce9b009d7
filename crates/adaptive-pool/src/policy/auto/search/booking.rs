//! The events for the search: starts, ends, and that earlier measurements no longer count.

use super::super::consts::{STALL_PART, STEP_FIRST};
use super::super::curve_posterior::CurvePosterior;
use super::curve::Curve;
use super::{Mode, Search};

impl Search {
    /// A task started: its numbers on the work clock and among the lives.
    pub(in crate::policy::auto) fn start(&mut self, at: f64) -> (u64, Option<u64>) {
        (
            self.work.start(at),
            self.curve_posterior.as_mut().and_then(|curve_posterior| curve_posterior.start(at)),
        )
    }

    /// The task that started last stood still since.
    pub(in crate::policy::auto) fn lose_last(&mut self, curve_id: Option<u64>) {
        self.work.lose_last();
        if let Some(curve_posterior) = self.curve_posterior.as_mut().filter(|_| curve_id.is_some()) {
            curve_posterior.lose_last();
        }
    }

    /// A task ended. `failed`: `None` when its end says nothing.
    pub(in crate::policy::auto) fn ended(
        &mut self,
        work: u64,
        curve_id: Option<u64>,
        at: f64,
        failed: Option<bool>,
    ) {
        self.work.end(work, at, failed);
        if failed == Some(false) {
            self.ends.end(at);
        }
        if let Some(curve_posterior) = &mut self.curve_posterior {
            curve_posterior.end(curve_id, at, failed);
        }
    }

    /// A task of a cohort ended.
    pub(in crate::policy::auto) fn end(
        &mut self,
        member: (u32, u32),
        took: f64,
        mean_running: f64,
        failed: Option<bool>,
    ) {
        let (id, place) = member;
        if id == self.cohort.id {
            self.cohort.end(place, took, mean_running, failed);
        } else if let Some(late) = self.late.as_mut().filter(|c| c.id == id) {
            late.end(place, took, mean_running, failed);
        }
    }

    /// Nothing ran from `from` to `to`, or not as it does otherwise.
    pub(in crate::policy::auto) fn stalled(&mut self, from: f64, to: f64, mean: Option<f64>) {
        self.cohort.stalled(from, to);
        self.ends.stalled(to - from);
        if let Some(late) = &mut self.late {
            late.stalled(from, to);
        }
        if mean.is_some_and(|mean| to - from > STALL_PART * mean) {
            self.work.stalled(to);
            if let Some(curve_posterior) = &mut self.curve_posterior {
                curve_posterior.stalled(to);
            }
        }
    }

    /// What bound the level does so no longer: nothing beyond it was ever tested.
    pub(super) fn restart(&mut self, t: f64) {
        self.mode = Mode::SlowStart;
        self.calm = false;
        self.reference = None;
        self.step = STEP_FIRST;
        self.no_up = false;
        self.no_down = false;
        self.capped = false;
        self.hold(t);
    }

    /// Down to so many, and from there anew: those that run beyond them are held up by something.
    pub(in crate::policy::auto) fn lower(&mut self, t: f64, level: f64) {
        self.level = level;
        self.steps += 1;
        self.reference = None;
        self.late = None;
        self.drop_curve_posterior();
        self.ends.step(t);
        self.mode = Mode::Search;
        self.hold(t);
    }

    /// The jobs are of another kind: what was measured was measured of something else.
    pub(in crate::policy::auto) fn forget(&mut self, t: f64) {
        self.curve = Some(Curve::default());
        self.curve_posterior = Some(CurvePosterior::new());
        self.searches = 1;
        self.late = None;
        self.line = false;
        self.restart(t);
    }
}
