//! Tasks killed by the kernel while memory cannot be seen, or too late: each kill says that fewer fit than ran.
//!
//! One kill halves what may run: what runs besides goes on growing, by an unknown amount. The bound then goes up
//! again, soon to three quarters of what was too many, and further only after waits that double with each kill: one more
//! kill is the price of each try. A task that is killed while it runs alone is not killed for being one of many.

use super::consts::{
    OOM_ALONE, OOM_CUT, OOM_LEAST, OOM_NEAR, OOM_SOON_TASKS, OOM_STEP, OOM_TASKS, OOM_WAIT_MAX_S, OOM_WAIT_S,
    START_S,
};
use super::staffing::UNBOUND;

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Nothing was killed.
    Never,
    /// A bound stands; so many ran at the last kill.
    Bound { ran: f64 },
    /// Tasks are killed that run alone: the number is not the reason.
    Own,
}

#[derive(Debug)]
pub(super) struct OomBound {
    /// The bound; [`UNBOUND`] when none.
    pub(super) level: f64,
    state: State,
    /// When the last kill was, and when the bound may go up.
    since: f64,
    next: f64,
    wait: f64,
    alone: u32,
}

impl OomBound {
    pub(super) fn new() -> OomBound {
        OomBound { level: UNBOUND, state: State::Never, since: 0.0, next: 0.0, wait: OOM_WAIT_S, alone: 0 }
    }

    /// True once something was killed for want of memory.
    pub(super) fn any(&self) -> bool {
        self.state != State::Never
    }

    /// How many ran at the last kill.
    pub(super) fn ran(&self) -> f64 {
        if let State::Bound { ran } = self.state { ran } else { 0.0 }
    }

    /// A task that began at `started` was killed while so many ran. True when that counts as want of memory.
    pub(super) fn killed_by_kernel(&mut self, t: f64, started: f64, ran: f64, peak: Option<f64>) -> bool {
        if self.state == State::Own || peak.is_some_and(|peak| peak * ran < OOM_LEAST) {
            return false;
        }
        if ran < 2.0 {
            self.alone += 1;
            if self.alone >= OOM_ALONE {
                self.state = State::Own;
                self.level = UNBOUND;
                return false;
            }
        }
        if self.any() && started > self.since {
            self.wait = (2.0 * self.wait).min(OOM_WAIT_MAX_S);
        }
        // Those that ran too many are killed one after the other: the last of them shows how many fit.
        self.level = self.level.min((OOM_CUT * ran).floor().max(1.0));
        self.state = State::Bound { ran };
        self.since = t;
        self.next = t + self.wait;
        true
    }

    /// Raises the bound when it is time, and it is what holds the limit.
    pub(super) fn decide(&mut self, t: f64, limit: f64, queued: f64, mean: f64) {
        let State::Bound { ran } = self.state else { return };
        if t < self.next || queued < 1.0 || limit < self.level.floor() {
            return;
        }
        self.level = (self.level * OOM_STEP).ceil();
        let near = (self.level * OOM_STEP).ceil() > OOM_NEAR * ran;
        let wait =
            if near { (OOM_TASKS * mean).max(self.wait) } else { (OOM_SOON_TASKS * mean).max(START_S) };
        self.next = t + wait;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_kills_ends_at_half_of_what_ran_last() {
        let mut oom = OomBound::new();
        for k in 0..20 {
            assert!(oom.killed_by_kernel(1.0 + 0.02 * f64::from(k), 0.1, f64::from(32 - k), None));
        }
        assert_eq!(oom.level, 6.0); // 13 ran when the last was killed
        let mut t = 1.5;
        while oom.level < 13.0 {
            t += 0.1;
            oom.decide(t, oom.level, 9.0, 0.5);
        }
        assert!((20.0..60.0).contains(&t), "{t}");
    }

    #[test]
    fn kills_of_small_or_lonely_tasks_are_not_for_want_of_memory() {
        let mut oom = OomBound::new();
        assert!(!oom.killed_by_kernel(1.0, 0.5, 30.0, Some(4e6)));
        assert!(oom.level >= UNBOUND);
        let counted = (0..10).filter(|k| oom.killed_by_kernel(2.0 + f64::from(*k), 1.9, 1.0, None)).count();
        assert_eq!(counted, 2);
        assert!(oom.level >= UNBOUND);
    }
}
