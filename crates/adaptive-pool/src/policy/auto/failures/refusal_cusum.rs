//! Tasks turned away while more are let start: seen from one end to the next, long before a rate is known.
//!
//! The part of ends that are quick failures is tested against what it was, by cumulative sums (E. S. Page, Biometrika 41,
//! 1954): each end adds the logarithm of how much likelier it is when the part has risen, and below 0 it starts anew.

use super::super::consts::{
    CUSUM_DUE, CUSUM_FADE, CUSUM_LEAST, CUSUM_MORE, CUSUM_RARE, CUSUM_RARELY, TURNED_AWAY,
};
use super::{Failures, Scene};

/// Ends since the sum was last 0.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    sum: f64,
    ended: u32,
    /// Quick failures among them, their durations added up, and the longest.
    away: u32,
    took: f64,
    longest: f64,
    /// Durations of those that did well, added up.
    well: f64,
    did_well: u32,
    /// How many ran while each of them did, added up.
    ran: f64,
}

#[derive(Debug)]
pub(super) struct RefusalCusum {
    run: Run,
    /// The mean duration of what did well; 0 while nothing has.
    usual: f64,
    /// The part of what ended before this run that was a quick failure, and of how many ends that is known.
    part: f64,
    known: f64,
}

impl RefusalCusum {
    pub(super) fn new() -> RefusalCusum {
        RefusalCusum { run: Run::default(), usual: 0.0, part: 0.0, known: 0.0 }
    }

    pub(super) fn usual(&self) -> f64 {
        self.usual
    }

    pub(super) fn book(&mut self, took: f64, mean_running: f64, failed: bool) {
        let away = failed && took <= TURNED_AWAY * self.usual;
        if !failed {
            let weight = if self.usual > 0.0 { CUSUM_FADE } else { 1.0 };
            self.usual += weight * (took - self.usual);
        }
        let least = (1.0 / (1.0 / CUSUM_LEAST + self.known)).max(CUSUM_RARELY);
        let before = self.part.clamp(least, 0.95);
        let now = before + CUSUM_MORE * (1.0 - before);
        let likelier = if away { now / before } else { (1.0 - now) / (1.0 - before) };
        let run = &mut self.run;
        run.sum += libm::log(likelier);
        run.ended += 1;
        run.ran += mean_running;
        if away {
            run.away += 1;
            run.took += took;
            run.longest = run.longest.max(took);
        }
        run.well += if failed { 0.0 } else { took };
        run.did_well += u32::from(!failed);
        if run.sum <= 0.0 {
            self.settle();
        }
    }

    /// What ended in this run is what usually does.
    fn settle(&mut self) {
        if self.run.ended == 0 {
            return;
        }
        let (ended, away) = (f64::from(self.run.ended), f64::from(self.run.away));
        let weight = 1.0 - libm::pow(1.0 - CUSUM_FADE, ended);
        self.part += weight * (away / ended - self.part);
        self.known += ended;
        self.run = Run::default();
    }

    /// What was under way says no more what is usual.
    pub(super) fn anew(&mut self) {
        self.run = Run::default();
    }

    fn shows(&self, rare: f64) -> bool {
        let run = &self.run;
        // With fewer running tasks may all be quicker than usual.
        let quicker = run.longest * f64::from(run.did_well) <= run.well;
        run.sum >= libm::log(rare) && quicker
    }
}

impl Failures {
    /// Whether what was started last is turned away. Only while more are let start than before: where nothing has changed,
    /// tasks that fail quickly are a stretch of bad input. What ended before does not count any more then.
    pub(super) fn refusals_show(&mut self, s: &Scene) -> bool {
        if !(s.rising || self.probing()) {
            self.refusal_cusum.settle();
            return false;
        }
        let rare = if self.probing() && self.refusal_max_s.is_finite() { CUSUM_DUE } else { CUSUM_RARE };
        if !self.refusal_cusum.shows(rare) {
            return false;
        }
        let run = self.refusal_cusum.run;
        self.refusal_cusum.anew();
        (self.failed, self.ended) = (run.away, run.ended);
        (self.failed_w, self.failed_max) = (run.took, run.longest);
        // The first to end of those that do well are the short ones.
        self.sum_w = run.took + f64::from(run.ended - run.away) * self.refusal_cusum.usual;
        self.sum_n = run.ran;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many ends, of which one in `before` is a quick failure (0: none), then one in `now`: after how many does it show?
    fn shows_after(past: u32, before: u32, now: u32) -> Option<u32> {
        let mut refusal_cusum = RefusalCusum::new();
        refusal_cusum.book(0.5, 32.0, false);
        let end = |refusal_cusum: &mut RefusalCusum, i: u32, every: u32| {
            let away = every > 0 && i.is_multiple_of(every);
            refusal_cusum.book(if away { 0.01 } else { 0.5 }, 32.0, away);
            refusal_cusum.shows(CUSUM_RARE)
        };
        for i in 1..=past {
            end(&mut refusal_cusum, i, before);
            refusal_cusum.settle();
        }
        (1..=10_000).find(|&i| end(&mut refusal_cusum, i, now))
    }

    #[test]
    fn it_shows_as_soon_as_it_is_no_chance() {
        let within = |shows: Option<u32>, ends: std::ops::RangeInclusive<u32>| {
            assert!(shows.is_some_and(|i| ends.contains(&i)), "{shows:?}");
        };
        within(shows_after(0, 0, 1), 6..=6); // all are turned away, before anything else is known
        within(shows_after(1000, 0, 1), 4..=4); // and after a thousand of which none was
        within(shows_after(1000, 0, 2), 8..=14); // half of them are
        within(shows_after(1000, 0, 6), 24..=120); // one in six
        within(shows_after(1000, 2, 1), 25..=48); // half of the jobs are bad by themselves
        assert_eq!(shows_after(1000, 2, 2), None);
        assert_eq!(shows_after(1000, 5, 5), None);
    }

    #[test]
    fn failures_that_take_their_time_are_no_refusals() {
        let mut refusal_cusum = RefusalCusum::new();
        refusal_cusum.book(0.5, 32.0, false);
        (0..100).for_each(|_| refusal_cusum.book(0.4, 64.0, true));
        assert!(!refusal_cusum.shows(CUSUM_RARE));
    }

    #[test]
    fn all_that_ends_sooner_than_before_is_no_refusal() {
        // Fewer run now, and each task takes a quarter of the time: one in three fails, as it did.
        let mut refusal_cusum = RefusalCusum::new();
        (0..200).for_each(|_| refusal_cusum.book(2.0, 64.0, false));
        let shows = (0..300).any(|i| {
            refusal_cusum.book(0.5 + 0.001 * f64::from(i % 7), 16.0, i % 3 == 0);
            refusal_cusum.shows(CUSUM_RARE)
        });
        assert!(!shows);
    }

    #[test]
    fn nothing_shows_before_anything_did_well() {
        let mut refusal_cusum = RefusalCusum::new();
        (0..100).for_each(|_| refusal_cusum.book(0.01, 64.0, true));
        assert!(!refusal_cusum.shows(CUSUM_RARE));
    }
}
