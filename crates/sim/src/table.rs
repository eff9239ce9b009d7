//! Runs cases side by side, and sums them up.

use crate::oracle::Case;
use crate::plant::Plant;
use crate::world::Outcome;
use crate::world::sensor::Sensing;
use adaptive_pool::policy::Policy;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Makes a policy for a case, of which it may use only the cores.
pub type Maker = Box<dyn Fn(&Case<'_>) -> Box<dyn Policy> + Send + Sync>;

/// One policy on one plant, over all seeds.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    pub regrets: Vec<f64>,
    pub outcomes: Vec<Outcome>,
    pub best: Vec<u32>,
    pub best_outcomes: Vec<Outcome>,
}

impl Cell {
    pub fn mean(&self) -> f64 {
        self.regrets.iter().sum::<f64>() / self.regrets.len().max(1) as f64
    }
    pub fn worst(&self) -> f64 {
        self.regrets.iter().copied().fold(0.0, f64::max)
    }
    pub fn average(&self, of: impl Fn(&Outcome) -> f64) -> f64 {
        self.outcomes.iter().map(of).sum::<f64>() / self.outcomes.len().max(1) as f64
    }
    pub fn killed(&self) -> u32 {
        self.outcomes.iter().map(|o| o.killed).sum()
    }
    /// Largest part of the jobs of a run that failed for being too many.
    pub fn caused(&self) -> f64 {
        self.outcomes.iter().map(|o| f64::from(o.caused) / o.jobs.max(1) as f64).fold(0.0, f64::max)
    }
}

/// A plant's number, each policy's regret and outcome, the best limit and its outcome.
type Row = (usize, Vec<(f64, Outcome)>, u32, Outcome);

/// Every plant under every policy: a row a plant, a cell a policy.
pub fn run(
    plants: &[Plant],
    seeds: &[u64],
    makers: &[Maker],
    sensing: Sensing,
    threads: usize,
) -> Vec<Vec<Cell>> {
    let work: Vec<(usize, u64)> =
        (0..plants.len()).flat_map(|p| seeds.iter().map(move |&s| (p, s))).collect();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Row>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some(&(p, seed)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let case = Case::new(&plants[p], seed);
                    let each = makers.iter().map(|m| {
                        let o = case.run(m(&case), sensing);
                        (case.regret(&o), o)
                    });
                    let row = (p, each.collect(), case.best.limit, case.best.outcome.clone());
                    done.lock().expect("no panic under the lock").push(row);
                }
            });
        }
    });
    let mut rows = vec![vec![Cell::default(); makers.len()]; plants.len()];
    for (p, each, best, outcome) in done.into_inner().expect("no panic under the lock") {
        for (m, (regret, o)) in each.into_iter().enumerate() {
            let cell = &mut rows[p][m];
            cell.regrets.push(regret);
            cell.outcomes.push(o);
            cell.best.push(best);
            cell.best_outcomes.push(outcome.clone());
        }
    }
    rows
}

/// Quantiles and the geometric mean of regrets.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    pub geometric: f64,
    pub median: f64,
    pub p90: f64,
    pub p95: f64,
    pub worst: f64,
}

pub fn summary(regrets: impl IntoIterator<Item = f64>) -> Summary {
    let mut all: Vec<f64> = regrets.into_iter().collect();
    all.sort_by(f64::total_cmp);
    let n = all.len().max(1);
    let at = |q: f64| all.get(((q * n as f64).ceil() as usize).max(1) - 1).copied().unwrap_or(f64::NAN);
    let geometric = (all.iter().map(|r| r.ln()).sum::<f64>() / n as f64).exp();
    Summary { geometric, median: at(0.5), p90: at(0.9), p95: at(0.95), worst: at(1.0) }
}

/// Changes of the limit in steady load: how many by more than 10 % lie within five seconds of one before, and the
/// largest number of them in any five seconds.
pub fn restless(o: &Outcome, from: f64) -> usize {
    let large: Vec<f64> = o
        .limits
        .windows(2)
        .filter(|w| {
            w[1].0 >= from
                && (f64::from(w[1].1) - f64::from(w[0].1)).abs() > (0.1 * f64::from(w[0].1)).max(1.0)
        })
        .map(|w| w[1].0)
        .collect();
    (0..large.len())
        .map(|i| large[i..].iter().take_while(|&&t| t - large[i] < 5.0).count())
        .max()
        .unwrap_or(0)
}

/// How still the limit stands under steady load.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    pub mean: f64,
    /// Part of the time in which the limit was within a tenth of its mean (or one worker).
    pub near: f64,
    /// Changes by more than that, and the most of them in any five seconds.
    pub large: usize,
    pub most: usize,
}

/// The limit from the first quarter of a run on.
pub fn steady(o: &Outcome) -> Steady {
    let from = 0.25 * o.makespan;
    let start = o.limits.iter().rev().find(|l| l.0 <= from).map_or(0, |l| l.1);
    let mut steps = vec![(from, f64::from(start))];
    steps.extend(o.limits.iter().filter(|l| l.0 > from).map(|l| (l.0, f64::from(l.1))));
    let end = |i: usize| steps.get(i + 1).map_or(o.makespan, |next| next.0);
    let span = |i: usize| end(i) - steps[i].0;
    let all = o.makespan - from;
    let mean = (0..steps.len()).map(|i| span(i) * steps[i].1).sum::<f64>() / all;
    let bound = (0.1 * mean).max(1.0);
    let near = (0..steps.len()).filter(|&i| (steps[i].1 - mean).abs() <= bound).map(span).sum::<f64>() / all;
    let large: Vec<f64> =
        steps.windows(2).filter(|w| (w[1].1 - w[0].1).abs() > bound).map(|w| w[1].0).collect();
    let within = |t: f64| large.iter().filter(|&&u| u >= t && u < t + 5.0).count();
    let most = large.iter().map(|&t| within(t)).max().unwrap_or(0);
    Steady { mean, near, large: large.len(), most }
}

/// Named plants whose load is steady from the first job to the last.
pub const STEADY: [&str; 21] = [
    "cpu",
    "cpu-16core",
    "mixed-f50",
    "mixed-f10",
    "mixed-f02",
    "bimodal",
    "sleep-1s",
    "startup+wait",
    "svc-K2",
    "svc-K16",
    "svc-K16-noisy",
    "svc-K64",
    "svc-usl-peak35",
    "svc-usl-peak14",
    "svc-knee12",
    "rate-limit",
    "conn-limit24",
    "hdd",
    "ssd",
    "mem-wait",
    "mem-hetero",
];
