//! The work clock: what the lives of all tasks say about how their speed depends on how many run, while that changes.
//!
//! A task ends when its speed over time has added up to its demand. Around a level the speed goes with the number running
//! to the power −a: a = 0 where tasks do not disturb each other, 1 where they share something that is full, more where it
//! collapses. Under each `a` of a grid the demands are log-normal, those of running tasks censored; how well they fit is
//! the likelihood of `a`. So a step is judged by the tasks that ran when it was taken too, which is long before those
//! started after it have ended. (Accelerated failure time with a time-varying covariate: Kalbfleisch and Prentice, "The
//! Statistical Analysis of Failure Time Data".)

use super::consts::{
    WORK_DUE, WORK_DUE_N, WORK_DUE_S, WORK_LEAST, WORK_MOST, WORK_PRIOR_N, WORK_PRIOR_SD, WORK_TEMPER,
    WORK_WINDOW,
};
use super::normal::Tail;
use std::collections::VecDeque;

/// How many powers the grid has, the least, and the distance of two.
const K: usize = 11;
const LEAST: f64 = -0.25;
const APART: f64 = 0.25;
/// What each is taken for beforehand: most loads leave their tasks alone, or share something full.
const PRIOR: Each = [0.03, 0.25, 0.07, 0.07, 0.07, 0.2, 0.1, 0.08, 0.06, 0.04, 0.03];

/// A figure for each power.
type Each = [f64; K];

fn power(k: usize) -> f64 {
    LEAST + APART * k as f64
}

#[derive(Clone, Copy, Debug)]
enum Member {
    /// Runs: what it was served before the last change of level, and the clock then.
    Running { base: f64, from: Each },
    /// Ended (or was cut off, when not `whole`): what it was served, and ln of the number running over the anchor.
    Ended { served: Each, crowd: f64, whole: bool },
}

impl Member {
    fn served(&self, k: usize, clock: &Each) -> f64 {
        match self {
            Member::Running { base, from } => base + clock[k] - from[k],
            Member::Ended { served, .. } => served[k],
        }
        .max(1e-9)
    }

    /// Is followed no further, if it runs.
    fn lose(&mut self, clock: &Each, crowd: f64) {
        if matches!(self, Member::Running { .. }) {
            let served = std::array::from_fn(|k| self.served(k, clock));
            *self = Member::Ended { served, crowd, whole: false };
        }
    }
}

/// What the tasks say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    /// The probability of each power.
    p: Each,
    /// Mean and standard deviation of ln demand.
    mu: f64,
    pub(super) sd: f64,
    /// Tasks that ended.
    pub(super) ended: f64,
}

impl Fit {
    /// The probability that the power is less than this.
    pub(super) fn below(&self, a: f64) -> f64 {
        (0..K).filter(|&k| power(k) < a).map(|k| self.p[k]).sum()
    }
    /// Its mean.
    pub(super) fn power(&self) -> f64 {
        (0..K).map(|k| self.p[k] * power(k)).sum()
    }
    /// Its standard deviation.
    pub(super) fn spread(&self) -> f64 {
        let mean = self.power();
        (0..K).map(|k| self.p[k] * (power(k) - mean).powi(2)).sum::<f64>().sqrt()
    }
}

#[derive(Debug)]
pub(super) struct ElasticityPosterior {
    /// Failures since the level changed.
    pub(super) failed: u32,
    at: f64,
    running: f64,
    /// The level around which powers are meant, and ln of the speed there.
    anchor: f64,
    scale: f64,
    /// ln of the number running over the anchor.
    crowd: f64,
    /// Work done since the start by a task that always ran, and its speed now.
    clock: Each,
    speed: Each,
    /// Tasks in the order of their starts, and the number of the first.
    members: VecDeque<Member>,
    first: u64,
    /// Mean and standard deviation of ln demand, as found last.
    found: Option<(Each, Each)>,
    asked: f64,
}

impl ElasticityPosterior {
    pub(super) fn new() -> ElasticityPosterior {
        ElasticityPosterior {
            failed: 0,
            at: 0.0,
            running: 0.0,
            anchor: 1.0,
            scale: 0.0,
            crowd: 0.0,
            clock: [0.0; K],
            speed: [0.0; K],
            members: VecDeque::new(),
            first: 0,
            found: None,
            asked: 0.0,
        }
    }

    /// Lets the time up to `now` pass with what has been running since the last event.
    fn advance(&mut self, now: f64) {
        let dt = now - self.at;
        if dt <= 0.0 {
            return;
        }
        self.at = now;
        self.crowd = libm::log(self.running.max(1.0) / self.anchor);
        let less = libm::exp(-APART * self.crowd);
        let mut speed = libm::exp(self.scale - LEAST * self.crowd);
        for k in 0..K {
            self.clock[k] += dt * speed;
            self.speed[k] = speed;
            speed *= less;
        }
    }

    /// A task started; gives its number.
    pub(super) fn start(&mut self, now: f64) -> u64 {
        self.advance(now);
        self.running += 1.0;
        self.members.push_back(Member::Running { base: 0.0, from: self.clock });
        if self.members.len() as f64 > self.running + WORK_WINDOW {
            self.members.pop_front();
            self.first += 1;
        }
        self.first + self.members.len() as u64 - 1
    }

    /// A task ended. `failed`: `None` when its end says nothing.
    pub(super) fn end(&mut self, number: u64, now: f64, failed: Option<bool>) {
        self.advance(now);
        self.failed += u32::from(failed == Some(true));
        let place = number.checked_sub(self.first).map(|i| i as usize);
        let member = place.and_then(|i| self.members.get_mut(i));
        if let Some(member) = member.filter(|m| matches!(m, Member::Running { .. })) {
            let served = std::array::from_fn(|k| member.served(k, &self.clock));
            *member = Member::Ended { served, crowd: self.crowd, whole: failed.is_some() };
        }
        self.running = (self.running - 1.0).max(0.0);
    }

    /// Time stood still up to this moment: what runs is followed no further than to the last event.
    pub(super) fn stalled(&mut self, now: f64) {
        for member in &mut self.members {
            member.lose(&self.clock, self.crowd);
        }
        self.at = self.at.max(now);
    }

    /// The task that started last stood still too.
    pub(super) fn lose_last(&mut self) {
        if let Some(member) = self.members.back_mut() {
            member.lose(&self.clock, self.crowd);
        }
    }

    /// The level changes: the power found so far becomes the past of all tasks, and a new one is looked for around this level.
    pub(super) fn rebase(&mut self, now: f64, anchor: f64, power: Option<f64>) {
        self.advance(now);
        let a = power.unwrap_or(0.5);
        let place = ((a - LEAST) / APART).clamp(0.0, K as f64 - 1.001);
        let (i, part) = (place as usize, place.fract());
        let mix = |low: f64, high: f64| low * libm::exp(part * libm::log(high / low));
        for member in &mut self.members {
            let before = mix(member.served(i, &self.clock), member.served(i + 1, &self.clock));
            match member {
                Member::Running { base, from } => (*base, *from) = (before, self.clock),
                Member::Ended { served, crowd, .. } => (*served, *crowd) = ([before; K], 0.0),
            }
        }
        if let Some((mus, sds)) = &mut self.found {
            *mus = [mus[i] + part * (mus[i + 1] - mus[i]); K];
            *sds = [sds[i]; K];
        }
        self.scale -= a * libm::log(anchor / self.anchor);
        self.anchor = anchor;
        self.failed = 0;
        self.asked = now;
    }

    /// True when enough time has passed since it was asked last.
    pub(super) fn is_due(&self, now: f64, mean: f64) -> bool {
        now - self.asked >= (WORK_DUE * mean).max(WORK_DUE_S * (self.running / WORK_DUE_N).max(1.0))
    }

    /// Mean ln duration at a level.
    pub(super) fn usual(&self, fit: &Fit, level: f64) -> f64 {
        fit.mu - self.scale + fit.power() * libm::log(level / self.anchor)
    }

    /// What the tasks say, once some have ended.
    pub(super) fn fit(&mut self, now: f64) -> Option<Fit> {
        self.advance(now);
        self.asked = now;
        // A sample is enough of many tasks, and keeps this cheap.
        let each = self.members.len().div_ceil(WORK_MOST).max(1);
        let sample: Vec<Member> = self.members.iter().step_by(each).copied().collect();
        let whole = |m: &&Member| matches!(m, Member::Ended { whole: true, .. });
        let ended = sample.iter().filter(whole).count() as f64;
        if ended < WORK_LEAST {
            return None;
        }
        let (mut mus, mut sds, mut fits) = ([0.0; K], [0.0; K], [0.0; K]);
        for k in 0..K {
            let last = self.found.map(|(mus, sds)| (mus[k], sds[k]));
            (mus[k], sds[k], fits[k]) = self.under(k, &sample, last);
        }
        self.found = Some((mus, sds));
        let most = fits.iter().copied().fold(f64::MIN, f64::max);
        let p: Each = std::array::from_fn(|k| PRIOR[k] * libm::exp(WORK_TEMPER * (fits[k] - most)));
        let total: f64 = p.iter().sum();
        let p = p.map(|x| x / total);
        let mean = |of: &Each| (0..K).map(|k| p[k] * of[k]).sum();
        Some(Fit { p, mu: mean(&mus), sd: mean(&sds), ended })
    }

    /// Mean, standard deviation and ln likelihood of the demands under one power: expectation and maximization from what
    /// was found last (Dempster, Laird and Rubin, J. R. Stat. Soc. B 39, 1977), with a prior for the deviation.
    fn under(&self, k: usize, sample: &[Member], last: Option<(f64, f64)>) -> (f64, f64, f64) {
        let mut open = Vec::with_capacity(sample.len());
        let (mut ended, mut sum, mut square, mut moves) = (0.0, 0.0, 0.0, 0.0);
        for member in sample {
            let ln = libm::log(member.served(k, &self.clock));
            if let Member::Ended { crowd, whole: true, .. } = member {
                ended += 1.0;
                sum += ln;
                square += ln * ln;
                moves -= ln + power(k) * crowd; // from demand to time
            } else {
                open.push(ln);
            }
        }
        let all = ended + open.len() as f64;
        let (mut mu, mut sd) = last.unwrap_or((sum / ended, WORK_PRIOR_SD));
        let prior = WORK_PRIOR_N * WORK_PRIOR_SD * WORK_PRIOR_SD;
        let (normal, mut tail) = (Tail::new(), 0.0);
        for _ in 0..if last.is_none() { 8 } else { 4 } {
            let (mut first, mut second) = (sum, square);
            tail = 0.0;
            for &least in &open {
                let z = (least - mu) / sd;
                let (ln_q, mills) = normal.from(z);
                let mean = mu + sd * mills;
                tail += ln_q;
                first += mean;
                second += mean * mean + sd * sd * (1.0 + z * mills - mills * mills).max(0.0);
            }
            mu = first / all;
            sd = ((prior + (second - all * mu * mu).max(0.0)) / (WORK_PRIOR_N + all)).sqrt();
        }
        let off = (square - 2.0 * mu * sum + ended * mu * mu).max(0.0);
        let ended = moves - (ended + WORK_PRIOR_N) * libm::log(sd) - (off + prior) / (2.0 * sd * sd);
        (mu, sd, ended + tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tasks whose speed goes with the number running to the power −a: 40 ends with 16 of them, then `ends` with `level`.
    fn lived(a: f64, level: f64, ends: usize) -> Fit {
        let mut work = ElasticityPosterior::new();
        // Demands by quantiles of a log-normal, in an order that mixes them.
        let demand = |i: usize| libm::exp(0.5 * [-1.2, 0.3, -0.3, 1.1, 0.0, -0.7, 0.7][i % 7]);
        let (mut now, mut started) = (0.0, 0);
        let mut running: Vec<(u64, f64)> = Vec::new();
        for end in 0..40 + ends {
            if end == 40 {
                let fit = work.fit(now);
                work.rebase(now, 16.0, fit.as_ref().map(Fit::power));
            }
            let target = if end < 40 { 16.0 } else { level };
            while (running.len() as f64) < target {
                running.push((work.start(now), demand(started)));
                started += 1;
            }
            let speed = libm::pow(running.len() as f64, -a);
            let next =
                (0..running.len()).min_by(|&i, &j| running[i].1.total_cmp(&running[j].1)).expect("one");
            let (number, left) = running.swap_remove(next);
            now += left / speed;
            for r in &mut running {
                r.1 -= left;
            }
            work.end(number, now, Some(false));
        }
        work.fit(now).expect("enough ended")
    }

    #[test]
    fn a_step_is_judged_by_what_ran_before_it_too() {
        let (free, full, worse) = (lived(0.0, 32.0, 16), lived(1.0, 32.0, 16), lived(1.75, 32.0, 16));
        assert!(free.below(0.82) > 0.9, "{free:?}");
        assert!(full.below(0.82) < 0.25 && (full.power() - 1.0).abs() < 0.35, "{full:?}");
        assert!(worse.below(0.82) < 0.1 && worse.power() > 1.2, "{worse:?}");
    }

    #[test]
    fn fewer_are_judged_while_they_become_fewer() {
        let (free, worse) = (lived(0.0, 8.0, 20), lived(1.75, 8.0, 20));
        assert!(free.below(0.95) > 0.9, "{free:?}");
        assert!(worse.below(0.95) < 0.1, "{worse:?}");
    }

    #[test]
    fn a_past_that_is_known_does_not_speak_for_the_next_level() {
        let fit = lived(1.0, 16.0, 24);
        assert!((fit.power() - PRIOR.iter().enumerate().map(|(k, p)| p * power(k)).sum::<f64>()).abs() < 0.1);
    }

    #[test]
    fn time_that_stands_still_slows_nobody() {
        let mut work = ElasticityPosterior::new();
        let mut now = 0.0;
        let wave = |work: &mut ElasticityPosterior, now: &mut f64, took: f64| {
            let numbers: Vec<u64> = (0..16).map(|_| work.start(*now)).collect();
            *now += took;
            for number in numbers {
                work.end(number, *now, Some(false));
            }
        };
        for _ in 0..3 {
            wave(&mut work, &mut now, 1.0);
        }
        let known = work.fit(now).expect("enough ended");
        let usual = work.usual(&known, 1.0);
        let numbers: Vec<u64> = (0..16).map(|_| work.start(now)).collect();
        work.stalled(now + 5.0);
        // Started before, and reported only now.
        let late = work.start(now);
        work.lose_last();
        for number in numbers.into_iter().chain([late]) {
            work.end(number, now + 5.5, Some(false));
        }
        let fit = work.fit(now + 5.5).expect("enough ended");
        assert_eq!((fit.ended, known.ended), (48.0, 48.0));
        assert!((work.usual(&fit, 1.0) - usual).abs() < 0.05, "{usual} {fit:?}");
    }
}
