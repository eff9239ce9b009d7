//! The level search: what no feed-forward can know (a service's places, a disk's knee, a lock) is found by trying.
//!
//! One cohort tries a level, which is judged by throughput. After a clear failure upwards it tries downwards, then it
//! cruises and searches again later. No test runs while CPU, memory, failures or input bind.

mod booking;
mod curve;
mod early_stop;
mod ends;
mod first_step;
mod judge;
mod next_level;

use self::curve::Curve;
use self::ends::Ends;
use super::cohort::{Cohort, Kind, Stats};
use super::consts::{
    CURVE_POST_KNOWN, LATE, LATE_EARLY, LATE_SHARE, LEAP_REST, PATIENT_S, REST_S, STEP_CALM, STEP_FAR,
    STEP_FINEST, STEP_FIRST, UNSEEN,
};
use super::curve_posterior::CurvePosterior;
use super::elasticity::ElasticityPosterior;

/// What the search is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Upwards from the start: nothing was rejected yet.
    SlowStart,
    /// Up and down around a level.
    Search,
    /// Holding the level found.
    Cruise,
}

/// What the search needs to see.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, not a state")]
pub(super) struct Scene {
    pub(super) t: f64,
    pub(super) running: f64,
    pub(super) queued: f64,
    /// All input is known.
    pub(super) complete: bool,
    /// The least of the other bounds, and the CPU's alone.
    pub(super) cap: f64,
    pub(super) cpu_cap: f64,
    pub(super) max: f64,
    /// CPU use, 0 to 1.
    pub(super) used: f64,
    pub(super) mean: f64,
    pub(super) finished: u64,
    /// Memory binds.
    pub(super) memory: bool,
    /// Something waits for a disk most of the time.
    pub(super) disk: bool,
    /// Memory cannot be seen: no leaps.
    pub(super) dark: bool,
    /// Failures called for a cut that was not undone: no long steps up.
    pub(super) after_failure_cut: bool,
    /// The gate alone says whether one more starts.
    pub(super) gated: bool,
}

#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is one result of the current search")]
pub(super) struct Search {
    /// The bound.
    pub(super) level: f64,
    pub(super) mode: Mode,
    pub(super) cohort: Cohort,
    work: ElasticityPosterior,
    pub(super) ends: Ends,
    /// Ends did not grow where lives said that they would: tasks wait in a line, and only cohorts show the gain.
    line: bool,
    /// Tests of other levels so far.
    steps: u32,
    /// Only in the first search.
    curve_posterior: Option<CurvePosterior>,
    /// `None` once more made tasks fail: then it is no matter of throughput alone, and the search goes step by step.
    curve: Option<Curve>,
    /// The curve has the result of the current step.
    told_curve: bool,
    pub(super) reference: Option<Stats>,
    /// The cohort behind the reference, while part of it still runs.
    late: Option<Cohort>,
    peeked: f64,
    /// The level above that was rejected last.
    pub(super) rejected_at: Option<f64>,
    next_id: u32,
    step: f64,
    no_up: bool,
    no_down: bool,
    strong: bool,
    capped: bool,
    redo: u32,
    up_z: f64,
    before: Option<Stats>,
    before_m: f64,
    changed_in_row: u32,
    power: f64,
    /// The level above did clearly worse than the one in use, not just no better.
    worse: bool,
    searches: u32,
    wait: f64,
    moved: bool,
    /// This search was begun by time alone: nothing presses, and its tests keep apart.
    calm: bool,
    /// The search rests between two tests.
    rests: bool,
    weakly_rejected: bool,
    /// Tasks are brief.
    brief: bool,
    origin: f64,
    sd: f64,
    next: f64,
    finished: u64,
}

impl Search {
    pub(super) fn new(level: f64) -> Search {
        Search {
            level,
            mode: Mode::SlowStart,
            cohort: Cohort::new(
                0,
                level,
                Kind::Hold,
                0.0,
                Cohort::size(0.5, STEP_FIRST, level, 0),
                STEP_FIRST,
            ),
            reference: None,
            work: ElasticityPosterior::new(),
            ends: Ends::default(),
            line: false,
            steps: 0,
            curve_posterior: Some(CurvePosterior::new()),
            curve: Some(Curve::default()),
            told_curve: false,
            late: None,
            peeked: 0.0,
            rejected_at: None,
            next_id: 1,
            step: STEP_FIRST,
            no_up: false,
            no_down: false,
            strong: false,
            capped: false,
            redo: 0,
            up_z: 9.0,
            before: None,
            before_m: 0.0,
            changed_in_row: 0,
            power: 0.0,
            worse: false,
            searches: 1,
            wait: 0.0,
            moved: false,
            calm: false,
            rests: false,
            weakly_rejected: false,
            brief: false,
            origin: level,
            sd: 0.5,
            next: 0.0,
            finished: 0,
        }
    }

    /// The size of a cohort that holds this level.
    pub(super) fn hold_size(&self, level: f64) -> usize {
        Cohort::size(self.sd, self.step, level, self.finished)
    }

    fn open(&mut self, t: f64, level: f64, kind: Kind, step: f64) {
        if level != self.cohort.level {
            self.ends.step(t);
            self.steps += u32::from(matches!(kind, Kind::Up | Kind::Down));
        }
        self.told_curve = false;
        let fresh = match kind {
            Kind::Hold if self.reference.is_none() => level,
            Kind::Up => level - level / step,
            _ => level / 3.0,
        };
        let target = if kind == Kind::Off { 0 } else { Cohort::size(self.sd, step, fresh, self.finished) };
        let new = Cohort::new(self.next_id, level, kind, t, target, step);
        self.cohort = new;
        self.next_id = self.next_id.wrapping_add(1);
    }

    fn hold(&mut self, t: f64) {
        self.open(t, self.level, Kind::Hold, self.step.max(STEP_FINEST));
    }

    /// True while a test of another level runs.
    pub(super) fn testing(&self) -> bool {
        matches!(self.cohort.kind, Kind::Up | Kind::Down)
    }

    /// The level before the step up under way.
    pub(super) fn before(&self) -> Option<f64> {
        self.reference.filter(|_| self.cohort.kind == Kind::Up).map(|r| r.level)
    }

    /// Whether the evidence of this moment is about the level at all; sets a new cohort up when it begins to be.
    pub(super) fn listen(&mut self, s: &Scene) -> bool {
        self.finished = s.finished;
        if s.finished >= CURVE_POST_KNOWN && s.mean < PATIENT_S {
            self.drop_curve_posterior();
        }
        if s.cap < self.level * 0.93 || s.memory {
            if self.cohort.kind != Kind::Off {
                // A full CPU or memory is no verdict on the level that was being tried: it stays, and does not bind.
                let room = if s.memory { s.running } else { s.cap };
                let other = self.cohort.kind == Kind::Up && (s.memory || s.cap >= s.cpu_cap);
                if !(other && self.reference.is_some_and(|r| room > 1.05 * r.level)) {
                    self.give_up();
                }
                self.open(s.t, 0.0, Kind::Off, self.step);
            }
            return false;
        }
        if self.cohort.kind == Kind::Off {
            self.hold(s.t);
        }
        let age = s.t - self.cohort.began;
        let held = s.gated || self.cohort.kind != Kind::Down && age > (2.0 * s.mean).max(2.0);
        if s.running < 0.75 * self.cohort.level && (s.queued < 1.0 || held) {
            if age > 0.2 {
                if self.cohort.kind != Kind::Hold {
                    self.give_up();
                }
                self.hold(s.t); // the input or the starts are too slow, or cores too few: no evidence
            }
            return false;
        }
        if self.mode == Mode::Cruise && self.capped && s.cap >= 1.5 * self.level {
            self.restart(s.t);
        }
        true
    }

    /// Back to the level that is known.
    fn give_up(&mut self) {
        if let Some(r) = self.reference.filter(|_| self.testing()) {
            self.level = r.level;
        }
    }

    /// Judges the cohort, when it is ripe.
    pub(super) fn judge(&mut self, s: &Scene) {
        if self.peek(s) {
            return;
        }
        if self.testing() && self.stop_early(s) || self.begin_early(s) {
            return;
        }
        if let Some(late) = &self.late {
            // What a peek saw were the quick ones: no verdict before the rest is known too.
            let Some(stats) = late.peek(s.t, 0.4, UNSEEN) else {
                let times = (s.t - late.began) / self.peeked.max(1e-6);
                if times > LATE || (times > LATE_EARLY && late.share() < LATE_SHARE) {
                    self.overdue(s);
                }
                return;
            };
            if self.reference.is_some_and(|r| r.level == stats.level) {
                self.reference = Some(stats);
                self.sd = stats.sd.max(0.05);
            }
            self.late = None;
        }
        if self.testing()
            && self.curve_posterior.is_none()
            && let Some(r) = self.reference
            && self.has_lived(s, &r)
            && self.cohort.already_worse(s.t, &r, self.sd)
        {
            let kind = self.cohort.kind;
            self.worse |= kind == Kind::Up;
            self.reject(s, kind, 9.0);
            return;
        }
        let Some(stats) = self.cohort.stats(s.t) else { return };
        self.sd = if self.reference.is_some() { 0.5 * self.sd + 0.5 * stats.sd } else { stats.sd }.max(0.05);
        match (self.cohort.kind, self.reference) {
            (Kind::Up, Some(r)) => self.judge_up(s, stats, r),
            (Kind::Down, Some(r)) => self.judge_down(s, stats, r),
            (Kind::Off, _) => {}
            (_, r) => self.judge_hold(s, stats, r),
        }
    }

    /// Nothing is lost by another round of tasks: the first search is over, or they are brief, and the end of the input is
    /// not in sight from this level.
    fn is_patient(&self, s: &Scene, level: f64) -> bool {
        self.line
            || (self.searches > 1 || self.brief) && (!s.complete || s.running + s.queued > LEAP_REST * level)
    }

    fn begin(&mut self, s: &Scene, step: f64) {
        self.rests = false;
        self.line = false;
        self.capped = false;
        self.moved = false;
        self.weakly_rejected = false;
        self.searches += 1;
        self.worse = false;
        self.origin = self.reference.map_or(self.level, |r| r.level);
        self.mode = Mode::Search;
        self.step = step;
        self.no_up = false;
        self.no_down = false;
        self.next_move(s);
    }

    fn reject(&mut self, s: &Scene, kind: Kind, z: f64) {
        if let Some(r) = self.reference.filter(|_| !self.told_curve) {
            // Refused before it was measured.
            if let Some((gain, se)) = self.cohort.at_most(s.t, &r, self.sd) {
                self.saw(r.level, self.cohort.level, gain, se);
            }
        }
        if let Some(curve) = &mut self.curve {
            curve.refused(self.cohort.level);
        }
        if kind == Kind::Up {
            // Four times as many may be too many where twice as many are not.
            let far = self.cohort.step > STEP_FAR;
            self.no_up = !far;
            if far {
                self.worse = false;
                self.step = STEP_FIRST;
            }
            self.up_z = z;
            self.rejected_at = Some(self.cohort.level);
        } else {
            self.no_down = true;
        }
        self.give_up();
        if self.mode == Mode::SlowStart {
            self.mode = Mode::Search;
        }
        if z < 2.0 {
            self.weakly_rejected = true;
        }
        if self.calm {
            self.step = STEP_CALM;
            self.mode = Mode::Cruise;
            self.rests = true;
            self.next = s.t + REST_S;
            self.hold(s.t);
        } else {
            self.next_move(s);
        }
    }
}
