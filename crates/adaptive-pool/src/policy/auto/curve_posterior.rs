//! Durations of all tasks of the first search under every curve ([`hypotheses`](super::hypotheses)): how likely each curve is.
//!
//! Under a curve a task runs at the throughput of all that run over their number, so its life, with the numbers that ran
//! in it, gives its demand. Demands are taken as log-normal, those of running tasks as censored. The curve that makes them
//! most alike is the most likely one. So every task counts at once, whatever levels it lived through: no level is a
//! reference that others are compared with, and none must be held until a cohort has ended. It is the work clock
//! ([`elasticity`](super::elasticity)) with curves for powers, and without a level around which they are meant.

use super::consts::{
    CURVE_POST_DEAD, CURVE_POST_DUE, CURVE_POST_DUE_S, CURVE_POST_EVERY, CURVE_POST_MOST, CURVE_POST_OPEN,
    CURVE_POST_PRIOR_N, CURVE_POST_PRIOR_SD, CURVE_POST_TEMPER, CURVE_POST_WINDOW, WORK_LEAST,
};
use super::hypotheses::{Hypothesis, hypotheses};
use super::normal::Tail;
use std::collections::VecDeque;
use std::ops::Range;

/// Numbers running up to this have a place each in the table of speeds, more share one with those within [`APART`].
const EXACT: usize = 24;
const APART: f64 = 0.05;
const PLACES: usize = 96;

fn place(running: f64) -> usize {
    let exact = EXACT as f64;
    let place = if running <= exact { running.max(1.0) } else { exact + libm::log(running / exact) / APART };
    (place as usize).min(PLACES - 1)
}

/// The number running that a place stands for.
fn stands_for(place: usize) -> f64 {
    let above = place as f64 - EXACT as f64;
    if above <= 0.0 { place.max(1) as f64 } else { EXACT as f64 * libm::exp((above + 0.5) * APART) }
}

/// What demands add up to under one curve.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// ln demand of ended tasks, and its square.
    first: f64,
    second: f64,
    /// From demand to time: what a likelihood of durations has to it.
    moves: f64,
    /// Mean and standard deviation as found last.
    found: Option<(f64, f64)>,
}

#[derive(Debug)]
pub(super) struct CurvePosterior {
    curves: &'static [Hypothesis],
    /// Speed of a task by place and curve, and ln of it: a row is made when its place is first needed, and most never are.
    speeds: Vec<f64>,
    ln_speeds: Vec<f64>,
    made: [bool; PLACES],
    /// Under each curve: work done since the start by a task that always ran.
    clock: Vec<f64>,
    at: f64,
    running: f64,
    /// Running tasks in the order of their starts: number, and the clock then.
    open: VecDeque<(u64, Box<[f64]>)>,
    last: u64,
    ended: f64,
    sums: Vec<Sums>,
    /// ln likelihood of each curve as found last, and how often it was asked for.
    fits: Vec<f64>,
    looks: u32,
    asked: f64,
}

impl CurvePosterior {
    pub(super) fn new() -> CurvePosterior {
        let curves = hypotheses();
        CurvePosterior {
            speeds: vec![0.0; PLACES * curves.len()],
            ln_speeds: vec![0.0; PLACES * curves.len()],
            made: [false; PLACES],
            clock: vec![0.0; curves.len()],
            at: 0.0,
            running: 0.0,
            open: VecDeque::new(),
            last: 0,
            ended: 0.0,
            sums: vec![Sums::default(); curves.len()],
            fits: vec![0.0; curves.len()],
            looks: 0,
            asked: 0.0,
            curves,
        }
    }

    /// Where the speeds of tasks stand of which so many run, a curve each.
    fn speeds(&mut self, running: f64) -> Range<usize> {
        let place = place(running);
        let row = place * self.curves.len()..(place + 1) * self.curves.len();
        if !std::mem::replace(&mut self.made[place], true) {
            let n = stands_for(place);
            let ln_n = libm::log(n);
            let speeds = self.speeds[row.clone()].iter_mut().zip(&mut self.ln_speeds[row.clone()]);
            for ((speed, ln), curve) in speeds.zip(self.curves) {
                *ln = curve.ln_x(n) - ln_n;
                *speed = libm::exp(*ln);
            }
        }
        row
    }

    /// Lets the time up to `now` pass with what has been running since the last event.
    fn advance(&mut self, now: f64) {
        let dt = now - self.at;
        if dt <= 0.0 {
            return;
        }
        self.at = now;
        let row = self.speeds(self.running);
        for (clock, speed) in self.clock.iter_mut().zip(&self.speeds[row]) {
            *clock += dt * speed;
        }
    }

    /// A task started; gives its number, none when it is not followed.
    pub(super) fn start(&mut self, now: f64) -> Option<u64> {
        self.advance(now);
        self.running += 1.0;
        if self.open.len() >= CURVE_POST_MOST {
            return None;
        }
        self.last += 1;
        self.open.push_back((self.last, self.clock.clone().into_boxed_slice()));
        Some(self.last)
    }

    /// A task ended. `failed`: `None` when its end says nothing.
    pub(super) fn end(&mut self, number: Option<u64>, now: f64, failed: Option<bool>) {
        self.advance(now);
        let at = number.and_then(|number| self.open.binary_search_by_key(&number, |o| o.0).ok());
        let from = at.and_then(|at| self.open.remove(at)).filter(|_| failed.is_some());
        if let Some((_, from)) = from {
            let keep = if self.ended < CURVE_POST_WINDOW { 1.0 } else { 1.0 - 1.0 / CURVE_POST_WINDOW };
            self.ended = self.ended * keep + 1.0;
            let row = self.speeds(self.running);
            let served =
                self.clock.iter().zip(&from).map(|(clock, from)| libm::log((clock - from).max(1e-9)));
            for ((sums, ln), ln_speed) in self.sums.iter_mut().zip(served).zip(&self.ln_speeds[row]) {
                sums.first = sums.first * keep + ln;
                sums.second = sums.second * keep + ln * ln;
                sums.moves = sums.moves * keep + ln_speed - ln;
            }
        }
        self.running = (self.running - 1.0).max(0.0);
    }

    /// Time stood still up to this moment: what runs says nothing any more.
    pub(super) fn stalled(&mut self, now: f64) {
        self.open.clear();
        self.at = self.at.max(now);
    }

    /// The task that started last stood still too.
    pub(super) fn lose_last(&mut self) {
        self.open.pop_back();
    }

    /// True when enough time has passed since it was asked last.
    pub(super) fn is_due(&self, now: f64, mean: f64) -> bool {
        now - self.asked >= (CURVE_POST_DUE * mean).max(CURVE_POST_DUE_S)
    }

    /// How likely each curve is, as a factor of at most 1, once some tasks have ended.
    pub(super) fn likely(&mut self, now: f64) -> Option<Vec<f64>> {
        self.advance(now);
        self.asked = now;
        if self.ended < WORK_LEAST {
            return None;
        }
        // A sample is enough of many tasks, and keeps this cheap.
        let each = self.open.len().div_ceil(CURVE_POST_OPEN).max(1);
        let mut open = Vec::with_capacity(CURVE_POST_OPEN);
        // What was out of the question a moment ago still is: it is asked again now and then only.
        let least = self.fits.iter().copied().fold(f64::MIN, f64::max) - CURVE_POST_DEAD;
        let every = self.looks.is_multiple_of(CURVE_POST_EVERY);
        self.looks += 1;
        for (k, (sums, fit)) in self.sums.iter_mut().zip(&mut self.fits).enumerate() {
            if !every && *fit < least {
                *fit = f64::MIN;
                continue;
            }
            let served = |o: &(u64, Box<[f64]>)| libm::log((self.clock[k] - o.1[k]).max(1e-9));
            open.clear();
            open.extend(self.open.iter().step_by(each).map(served));
            *fit = sums.fit(self.ended, &open, each as f64);
        }
        let most = self.fits.iter().copied().fold(f64::MIN, f64::max);
        Some(self.fits.iter().map(|fit| libm::exp(CURVE_POST_TEMPER * (fit - most))).collect())
    }
}

impl Sums {
    /// ln likelihood of the lives: expectation and maximization from what was found last, with a prior for the deviation, as
    /// in [`elasticity`](super::elasticity). One round a look is enough, as the next look goes on from there. Each running task stands
    /// for `each`.
    fn fit(&mut self, ended: f64, open: &[f64], each: f64) -> f64 {
        let all = ended + each * open.len() as f64;
        let prior = CURVE_POST_PRIOR_N * CURVE_POST_PRIOR_SD * CURVE_POST_PRIOR_SD;
        let (mut mu, mut sd) = self.found.unwrap_or((self.first / ended, CURVE_POST_PRIOR_SD));
        let (normal, mut tail) = (Tail::new(), 0.0);
        for _ in 0..if self.found.is_none() { 2 } else { 1 } {
            let (mut first, mut second) = (self.first, self.second);
            tail = 0.0;
            for &least in open {
                let z = (least - mu) / sd;
                let (ln_q, mills) = normal.from(z);
                let mean = mu + sd * mills;
                tail += each * ln_q;
                first += each * mean;
                second += each * (mean * mean + sd * sd * (1.0 + z * mills - mills * mills).max(0.0));
            }
            mu = first / all;
            sd = ((prior + (second - all * mu * mu).max(0.0)) / (CURVE_POST_PRIOR_N + all)).sqrt();
        }
        self.found = Some((mu, sd));
        let off = (self.second - 2.0 * mu * self.first + ended * mu * mu).max(0.0);
        self.moves - (ended + CURVE_POST_PRIOR_N) * libm::log(sd) - (off + prior) / (2.0 * sd * sd) + tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 40 ends with 16 tasks, then `ends` with 32, of a service with a throughput of its own.
    fn lived(x: impl Fn(f64) -> f64, ends: usize) -> Vec<(f64, Hypothesis)> {
        let mut curves = CurvePosterior::new();
        let demand = |i: usize| libm::exp(0.5 * [-1.2, 0.3, -0.3, 1.1, 0.0, -0.7, 0.7][i % 7]);
        let (mut now, mut started) = (0.0, 0);
        let mut running: Vec<(Option<u64>, f64)> = Vec::new();
        for end in 0..40 + ends {
            let target = if end < 40 { 16.0 } else { 32.0 };
            while (running.len() as f64) < target {
                running.push((curves.start(now), demand(started)));
                started += 1;
            }
            let n = running.len() as f64;
            let speed = x(n) / n;
            let next =
                (0..running.len()).min_by(|&i, &j| running[i].1.total_cmp(&running[j].1)).expect("one");
            let (number, left) = running.swap_remove(next);
            now += left / speed;
            for r in &mut running {
                r.1 -= left;
            }
            curves.end(number, now, Some(false));
        }
        let likely = curves.likely(now).expect("enough ended");
        likely.into_iter().zip(curves.curves.iter().copied()).collect()
    }

    /// ln of the gain from 16 to 32 that is expected.
    fn gain(all: &[(f64, Hypothesis)]) -> f64 {
        let total: f64 = all.iter().map(|(l, g)| l * g.prior).sum();
        all.iter().map(|(l, g)| l * g.prior * (g.ln_x(32.0) - g.ln_x(16.0))).sum::<f64>() / total
    }

    #[test]
    fn a_step_shows_in_the_lives_of_those_it_fell_into() {
        let (free, full, worse) =
            (lived(|n| n, 16), lived(|n| n.min(16.0), 16), lived(|n| n / (1.0 + n * n / 144.0), 16));
        assert!(gain(&free) > 0.5, "{}", gain(&free));
        assert!(gain(&full).abs() < 0.25, "{}", gain(&full));
        assert!(gain(&worse) < -0.3, "{}", gain(&worse));
    }

    #[test]
    fn what_all_takes_as_long_is_not_late_before_its_time() {
        // 64 tasks of one second ended with 32 running; then 128 run that began together and are not due yet.
        let mut curves = CurvePosterior::new();
        let mut running: VecDeque<_> =
            (0..32).map(|i| (curves.start(0.0), 1.0 + 0.001 * f64::from(i))).collect();
        for _ in 0..64 {
            let (number, end) = running.pop_front().expect("one");
            curves.end(number, end, Some(false));
            running.push_back((curves.start(end), end + 1.0));
        }
        let from = curves.at;
        for _ in 0..96 {
            curves.start(from);
        }
        let likely = curves.likely(from + 0.93).expect("enough ended");
        let all: Vec<_> = likely.into_iter().zip(curves.curves.iter().copied()).collect();
        let slower: f64 =
            all.iter().filter(|(_, g)| g.ln_x(128.0) < g.ln_x(32.0)).map(|(l, g)| l * g.prior).sum();
        let total: f64 = all.iter().map(|(l, g)| l * g.prior).sum();
        assert!(slower < 0.1 * total, "{}", slower / total);
    }

    #[test]
    fn each_number_has_the_speed_of_its_place() {
        for n in [1.0, 2.0, 7.0, 24.0, 25.0, 60.0, 256.0, 700.0] {
            let off = libm::log(stands_for(place(n)) / n).abs();
            assert!(off < APART, "{n} {off}");
        }
        assert_eq!(place(1e9), PLACES - 1);
    }

    #[test]
    fn a_run_of_one_task_pays_for_one_number() {
        let mut curves = CurvePosterior::new();
        let number = curves.start(0.01);
        curves.end(number, 0.02, Some(false));
        assert_eq!(curves.made.iter().filter(|made| **made).count(), 1);
    }

    #[test]
    fn what_stood_still_is_not_followed() {
        let mut curves = CurvePosterior::new();
        let all: Vec<_> = (0..CURVE_POST_MOST + 5).map(|_| curves.start(0.0)).collect();
        assert_eq!(all.iter().flatten().count(), CURVE_POST_MOST);
        curves.stalled(5.0);
        for number in all {
            curves.end(number, 6.0, Some(false));
        }
        assert_eq!((curves.ended, curves.running), (0.0, 0.0));
        assert!(curves.likely(6.0).is_none());
    }
}
