//! The first moments: start blind, double while nothing stands against it; and the gate that keeps starts from piling up
//! in the run queue.
//!
//! Short runs of waiting tasks cannot wait for evidence: half of them would be over before the first task ends. What can
//! be seen at once is whether the CPU, the disk or memory is what they need; while it is not, more are started.

use super::super::Admit;
use super::consts::{
    GATE_QUEUE, GATE_RETRY, LEAP_REST, RAMP_BEYOND, RAMP_BEYOND_S, RAMP_DARK_S, RAMP_DISK, RAMP_DISK_LONG,
    RAMP_FEW, RAMP_FEW_S, RAMP_IO, RAMP_QUEUE, RAMP_SOME, RAMP_SOME_S, TICK_FAST, TICK_START,
};
use super::staffing::Staffing;

#[derive(Debug)]
pub(super) struct SlowStart {
    /// How far the blind ramp goes.
    pub(super) cap: f64,
    /// A whole input no larger than this is started at once.
    small: f64,
    complete_seen: bool,
    /// The whole input is no more than a few levels: a short run.
    pub(super) brief: bool,
}

/// What the ramp needs to see for its next step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) t: f64,
    /// When the level was taken.
    pub(super) began: f64,
    pub(super) level: f64,
    /// The level is reached or the gate holds back, jobs wait, and none has failed.
    pub(super) full: bool,
    pub(super) cores: f64,
    /// The least of the other bounds.
    pub(super) bound: f64,
    /// Nothing is known of the CPU yet.
    pub(super) dark: bool,
    /// Tasks that have ended, none of which failed for being too many.
    pub(super) ended: u64,
}

impl SlowStart {
    pub(super) fn new(blind: u32, cores: f64) -> SlowStart {
        let cap = f64::from(blind).max(2.0 * cores).floor();
        SlowStart { cap, small: 2.0 * cap, complete_seen: false, brief: false }
    }

    /// All input is known: a small one need not be learned about, it is started whole. So is what is left of it while the
    /// gate holds it back (`gated`): that says nothing of how many may wait.
    pub(super) fn input(&mut self, complete: bool, left: f64, finished: u64, gated: bool) {
        if !complete {
            return;
        }
        let all = left + finished as f64;
        let first = !self.complete_seen;
        if first {
            self.complete_seen = true;
            self.brief = all <= LEAP_REST * self.cap;
        }
        if (first && all <= self.small) || (gated && left <= self.small) {
            self.cap = self.cap.max(left);
        }
    }

    /// The next level of the blind ramp, when nothing stands against it.
    pub(super) fn next(&self, step: &Step, s: &Staffing) -> Option<f64> {
        let ripe = step.full && step.t - step.began >= 0.9 * TICK_START.as_secs_f64();
        let dark = step.dark && !s.sees_queue && step.t < RAMP_DARK_S;
        let disk = s.io >= RAMP_IO;
        let cap = if !disk {
            self.cap
        } else if self.brief {
            RAMP_DISK
        } else {
            RAMP_DISK_LONG
        };
        let idle = s.queue < step.cores + RAMP_QUEUE && !dark;
        let next = (step.level * 2.0).min(cap).min(step.bound).floor();
        let (next, sure) = risks(step, next, s.queue);
        (ripe && sure && idle && next > step.level).then_some(next)
    }
}

/// What may be too many for what the jobs talk to is not started before some have ended well or had the time to fail; and
/// then no more at once than can be taken back.
fn risks(step: &Step, next: f64, queue: f64) -> (f64, bool) {
    let (few, some) = (RAMP_FEW.max(step.cores), RAMP_SOME.max(2.0 * step.cores));
    let all = step.ended as f64 >= step.level && step.t - step.began <= RAMP_SOME_S;
    if next <= few || all {
        return (next, true);
    }
    if step.level < few {
        return (few.floor(), true);
    }
    if step.level < some {
        return (next.min(some.floor()), step.ended > 0 || step.t >= RAMP_FEW_S);
    }
    let next = next.min((RAMP_BEYOND * step.level).floor());
    // What waits for a core has not got so far as to be refused.
    let wait = RAMP_BEYOND_S * (1.0 + queue / step.cores);
    // Some have ended, but fewer than started: the search knows more than a blind start, and that may be a line.
    (next, step.ended == 0 && step.t >= RAMP_SOME_S && step.t - step.began >= wait)
}

/// Whether one more may start, by the run queue of this moment. One that is 5 ms old loses most of what this gains, and one
/// of 100 ms all of it (`docs/auto.md`): it holds back when the queue has long emptied. `beyond` what keeps the cores busy,
/// one of them must be free.
pub(super) fn gate(cores: f64, queue: Option<f64>, beyond: bool) -> Admit {
    let most = if beyond { cores } else { GATE_QUEUE * cores + 1.0 };
    match queue {
        Some(queue) if queue >= most => Admit::After(GATE_RETRY),
        None if beyond => Admit::After(TICK_FAST),
        _ => Admit::Yes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_gate_held_back_is_started_whole_when_little_is_left() {
        let mut slow_start = SlowStart::new(32, 4.0);
        slow_start.input(false, 20.0, 0, true);
        assert_eq!((slow_start.cap, slow_start.brief), (32.0, false));
        slow_start.input(true, 120.0, 0, false);
        assert_eq!((slow_start.cap, slow_start.brief), (32.0, true));
        slow_start.input(true, 60.0, 60, false);
        assert_eq!(slow_start.cap, 32.0);
        slow_start.input(true, 60.0, 60, true);
        assert_eq!(slow_start.cap, 60.0);
        let mut small = SlowStart::new(32, 4.0);
        small.input(true, 50.0, 3, false);
        assert_eq!(small.cap, 50.0);
    }

    #[test]
    fn what_may_be_too_many_waits_for_the_first_to_end_or_to_fail() {
        let slow_start = SlowStart::new(32, 4.0);
        let staffing = Staffing::new(4.0);
        let next = |t: f64, began: f64, level: f64, ended: u64| {
            let step = Step { t, began, level, full: true, cores: 4.0, bound: 256.0, dark: false, ended };
            slow_start.next(&step, &staffing)
        };
        assert_eq!(next(0.02, 0.01, 4.0, 0), Some(8.0));
        assert_eq!(next(0.03, 0.02, 8.0, 0), None);
        assert_eq!(next(0.03, 0.02, 8.0, 1), Some(16.0), "one has ended well");
        assert_eq!(next(0.1, 0.02, 8.0, 0), Some(16.0), "none failed in a tenth of a second");
        assert_eq!(next(0.15, 0.1, 16.0, 0), None);
        assert_eq!(next(0.2, 0.1, 16.0, 0), Some(24.0), "by half, which can be taken back");
        assert_eq!(next(0.21, 0.2, 24.0, 0), None);
        assert_eq!(next(0.25, 0.2, 24.0, 0), Some(32.0), "those had time to be refused");
        assert_eq!(next(0.2, 0.1, 16.0, 16), Some(32.0), "all of them have ended");
        assert_eq!(next(0.6, 0.1, 16.0, 9), None, "some, and no more: that may be a line");
        let mut crowded = Staffing::new(4.0);
        crowded.queue = 4.0;
        let step = Step {
            t: 0.25,
            began: 0.2,
            level: 24.0,
            full: true,
            cores: 4.0,
            bound: 256.0,
            dark: false,
            ended: 0,
        };
        assert_eq!(slow_start.next(&step, &crowded), None, "they may still wait for a core");
        assert_eq!(slow_start.next(&Step { t: 0.3, ..step }, &crowded), Some(32.0));
        let large = SlowStart::new(32, 32.0);
        let step = Step {
            t: 0.03,
            began: 0.02,
            level: 16.0,
            full: true,
            cores: 32.0,
            bound: 256.0,
            dark: false,
            ended: 0,
        };
        assert_eq!(large.next(&step, &staffing), Some(32.0), "as many as there are cores");
    }

    #[test]
    fn the_gate_holds_back_what_would_pile_up() {
        assert_eq!(gate(4.0, Some(8.0), false), Admit::Yes);
        assert_eq!(gate(4.0, Some(9.0), false), Admit::After(GATE_RETRY));
        assert_eq!(gate(4.0, None, false), Admit::Yes);
    }

    #[test]
    fn beyond_what_keeps_the_cores_busy_one_must_be_free() {
        assert_eq!(gate(4.0, Some(3.0), true), Admit::Yes);
        assert_eq!(gate(4.0, Some(4.0), true), Admit::After(GATE_RETRY));
        assert_eq!(gate(4.0, None, true), Admit::After(TICK_FAST));
    }
}
