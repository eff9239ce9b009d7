//! Ends counted: whether more tasks ended since a step up than before it.
//!
//! Lives and cohorts judge a step by how long tasks take, under the assumption that those that run share what there is. In a
//! line (first come, first served) they do not: those in front are not slowed by those behind, so each step up seems free
//! while as many end in a second as before. So a step up is kept only when the ends themselves say so. Two hypotheses are
//! compared, that the rate of ends stayed and that it grew with the level, as Poisson counts whose common rate is not known.

use super::super::cohort::{Kind, Stats};
use super::super::consts::{ENDS_GROW, ENDS_MOST, ENDS_ODDS, ENDS_STEP, ENDS_TOGETHER, ENDS_WAIT};
use super::{Scene, Search};
use std::collections::VecDeque;

/// What the ends say of a step up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// More end than before.
    More,
    /// Not yet.
    Open,
    /// As many as before.
    Same,
}

/// When tasks ended well, and since when the level stands.
#[derive(Debug, Default)]
pub(in crate::policy::auto) struct Ends {
    at: VecDeque<f64>,
    /// Everything before this moment is forgotten.
    from: f64,
    /// When the step under way was taken, and the level before it.
    step: f64,
    before: f64,
    /// Seconds since the step in which the machine stood still.
    stood: f64,
    /// Since when no more run than a step down allows.
    full: Option<f64>,
}

impl Ends {
    pub(super) fn end(&mut self, at: f64) {
        if self.at.len() >= ENDS_MOST {
            self.from = self.at.pop_front().unwrap_or(self.from).max(self.from);
        }
        self.at.push_back(at);
    }

    /// The level changes.
    pub(super) fn step(&mut self, t: f64) {
        (self.before, self.step, self.full, self.stood) = (self.step, t, None, 0.0);
    }

    /// Nothing ran for so long.
    pub(super) fn stalled(&mut self, seconds: f64) {
        self.stood += seconds;
    }

    /// How many ended from one moment to another.
    pub(in crate::policy::auto) fn count(&self, from: f64, to: f64) -> f64 {
        let upto = |t: f64| self.at.partition_point(|&at| at <= t);
        (upto(to) - upto(from).min(upto(to))) as f64
    }

    /// The time from `full` on against what was before the step.
    fn since(&self, full: f64) -> Window<'_> {
        Window { ends: self, from: self.before.max(self.from), step: self.step, full }
    }

    /// How much likelier it is (ln) that the rate of ends grew by `growth` once the tasks started at the step had their
    /// time, `usual`, than that it stayed.
    fn odds(&self, now: f64, usual: f64, growth: f64) -> f64 {
        let from = self.before.max(self.from).max(self.step - ENDS_WAIT * usual);
        Window { ends: self, from, step: self.step, full: self.step }.odds(now, usual, growth)
    }
}

/// Ends before a step, and from a later moment on.
struct Window<'a> {
    ends: &'a Ends,
    from: f64,
    step: f64,
    full: f64,
}

impl Window<'_> {
    fn odds(&self, now: f64, usual: f64, growth: f64) -> f64 {
        let (known, lived) = (self.step - self.from, now - self.full - self.ends.stood);
        let (before, after) = (self.ends.count(self.from, self.step), self.ends.count(self.full, now));
        let grown = lived.min(usual) + growth * (lived - usual).max(0.0);
        if known <= 0.0 || lived <= 0.0 {
            return 0.0;
        }
        (before + after) * libm::log((known + lived) / (known + grown)) + after * libm::log(grown / lived)
    }
}

impl Search {
    /// How long a task usually takes at the level in use, seconds.
    pub(in crate::policy::auto) fn usual(&self) -> Option<f64> {
        self.reference.map(|r| libm::exp(r.ln_w))
    }

    /// Judges a step down where tasks stand in a line: fewer of them are as good while as many end. True when it was judged.
    pub(super) fn by_fewer_ends(&mut self, s: &Scene, r: Stats) -> bool {
        let to = self.cohort.level;
        if self.ends.full.is_none() && s.running <= to + 1.0 {
            self.ends.full = Some(s.t);
        }
        let Some(full) = self.ends.full else { return false };
        let shrinks = libm::pow(to / r.level, ENDS_GROW);
        let odds = self.ends.since(full).odds(s.t, 0.0, shrinks);
        let waited = s.t - full >= ENDS_WAIT * libm::exp(r.ln_w);
        if odds.abs() < ENDS_ODDS && !waited {
            return false;
        }
        self.told_curve = true;
        if odds > -ENDS_ODDS {
            self.refused(Kind::Down, libm::log(to / r.level), libm::log(r.level / to));
            self.reject(s, Kind::Down, 9.0);
        } else {
            let stats = Stats { n: to, level: to, ln_w: r.ln_w + libm::log(to / r.n), ..r };
            self.power = 0.0;
            self.keep(Kind::Down, stats, r, s);
            self.no_down = false;
            self.next_move(s);
        }
        true
    }

    /// What the ends say of the step up under way from `r`. A small step says too little in any time that there is.
    pub(super) fn by_ends(&self, s: &Scene, r: &Stats) -> Verdict {
        let rise = self.cohort.level / r.level.max(1.0);
        // Those that were started blind ended together: there was no line, and those that still run are evidence enough.
        let together = self.searches == 1 && self.steps == 1 && r.sd < ENDS_TOGETHER;
        if rise < ENDS_STEP || together {
            return Verdict::More;
        }
        let usual = libm::exp(r.ln_w);
        let odds = self.ends.odds(s.t, usual, libm::pow(rise, ENDS_GROW));
        let waited = s.t - self.ends.step - self.ends.stood >= ENDS_WAIT * usual;
        if odds >= ENDS_ODDS || waited && odds > 0.0 {
            Verdict::More
        } else if odds <= -ENDS_ODDS || waited {
            Verdict::Same
        } else {
            Verdict::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rate of ends for 2 s, a step, and another rate from one duration (1 s) after it on: the odds `after` seconds later.
    fn odds(before: f64, then: f64, after: f64) -> f64 {
        let mut ends = Ends::default();
        ends.step(0.0);
        let count = |rate: f64, from: f64, to: f64| {
            (0..((to - from) * rate) as u32).map(move |i| from + f64::from(i) / rate)
        };
        count(before, 0.0, 2.0).for_each(|at| ends.end(at));
        ends.step(2.0);
        let full = after.min(1.0);
        count(before, 2.0, 2.0 + full).chain(count(then, 3.0, 2.0 + after)).for_each(|at| ends.end(at));
        ends.odds(2.0 + after, 1.0, 1.5)
    }

    #[test]
    fn more_ends_after_one_duration_are_a_gain_and_as_many_are_none() {
        assert!(odds(32.0, 64.0, 0.9).abs() < 0.3, "nothing started at the step has ended");
        assert!(odds(32.0, 64.0, 2.0) > ENDS_ODDS);
        assert!(odds(32.0, 32.0, 2.5) < -ENDS_ODDS);
        assert!(odds(3.0, 4.0, 2.0).abs() < ENDS_ODDS, "too few to tell");
    }
}
