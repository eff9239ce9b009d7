//! Two builds on the same plants and random numbers: what a rule is worth, as differences of each run with itself.
//!
//! One build saves its runs, the other is compared with them. No best limit is looked for, so this is ten times as fast as a
//! table of regret.

use crate::plant::Plant;
use crate::world::sensor::Sensing;
use crate::world::{self, Driver, Outcome};
use adaptive_pool::policy::PolicyConfig;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A run that takes longer than this, in simulated seconds, is given up.
const UNTIL: f64 = 20_000.0;

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Plant and seed.
    pub name: String,
    pub makespan: f64,
    /// Part of the jobs that failed for being too many.
    pub caused: f64,
    pub killed: u32,
}

impl Run {
    fn new(plant: &Plant, seed: u64, o: &Outcome) -> Run {
        let caused = f64::from(o.caused) / o.jobs.max(1) as f64;
        Run { name: format!("{} {seed}", plant.name), makespan: o.makespan, caused, killed: o.killed }
    }

    /// One line of a saved table.
    pub fn line(&self) -> String {
        format!("{}\t{}\t{}\t{}", self.name, self.makespan, self.caused, self.killed)
    }

    /// The run of such a line.
    pub fn parse(line: &str) -> Option<Run> {
        let mut fields = line.split('\t');
        let name = fields.next()?.to_owned();
        let makespan = fields.next()?.parse().ok()?;
        let caused = fields.next()?.parse().ok()?;
        let killed = fields.next()?.parse().ok()?;
        Some(Run { name, makespan, caused, killed })
    }
}

/// Every plant with every seed under one policy, in their order.
pub fn runs(
    plants: &[Plant],
    seeds: &[u64],
    policy: &PolicyConfig,
    sensing: Sensing,
    threads: usize,
) -> Vec<Run> {
    let work: Vec<(&Plant, u64)> = plants.iter().flat_map(|p| seeds.iter().map(move |&s| (p, s))).collect();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Run)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&(plant, seed)) = work.get(at) else { return };
                    let driver = Driver::Policy(policy.build(plant.cores));
                    let outcome = world::run(plant, &world::input(plant, seed), seed, driver, sensing, UNTIL);
                    done.lock().expect("no panic under the lock").push((at, Run::new(plant, seed, &outcome)));
                }
            });
        }
    });
    let mut all = done.into_inner().expect("no panic under the lock");
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, run)| run).collect()
}

/// What the second build does differently from the first.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    pub runs: usize,
    /// Mean of ln of the makespans' ratio, and its standard error.
    pub mean: f64,
    pub se: f64,
    /// Runs with over 3 % of the jobs failed for being too many, and jobs killed: before, then now.
    pub over: (usize, usize),
    pub killed: (u32, u32),
    /// Mean of the part that failed for being too many.
    pub caused: (f64, f64),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mean, se) = (self.mean * 100.0, self.se * 100.0);
        write!(f, "{:5} runs {mean:+.3} % ± {se:.3} (one standard error), ", self.runs)?;
        let (before, now) = (self.caused.0 * 100.0, self.caused.1 * 100.0);
        write!(f, "caused {before:.3} → {now:.3} %, over 3 %: {} → {}, ", self.over.0, self.over.1)?;
        write!(f, "killed {} → {}", self.killed.0, self.killed.1)
    }
}

/// Compares each run with the one of the same name before; those without one are left out.
pub fn differ(before: &[Run], now: &[Run]) -> Difference {
    let pairs: Vec<(&Run, &Run)> =
        now.iter().filter_map(|n| before.iter().find(|b| b.name == n.name).map(|b| (b, n))).collect();
    let n = pairs.len().max(1) as f64;
    let each = |(b, a): &(&Run, &Run)| (a.makespan / b.makespan).ln();
    let mean = pairs.iter().map(each).sum::<f64>() / n;
    let var = pairs.iter().map(|p| (each(p) - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let over = |of: fn(&(&Run, &Run)) -> f64| pairs.iter().filter(|p| of(p) > 0.03).count();
    Difference {
        runs: pairs.len(),
        mean,
        se: (var / n).sqrt(),
        over: (over(|p| p.0.caused), over(|p| p.1.caused)),
        killed: pairs.iter().fold((0, 0), |k, p| (k.0 + p.0.killed, k.1 + p.1.killed)),
        caused: pairs.iter().fold((0.0, 0.0), |c, p| (c.0 + p.0.caused / n, c.1 + p.1.caused / n)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, makespan: f64) -> Run {
        Run { name: name.into(), makespan, caused: 0.0, killed: 0 }
    }

    #[test]
    fn a_run_is_compared_with_itself() {
        let before = [run("a 1", 10.0), run("b 1", 20.0), run("c 1", 5.0)];
        let now = [run("b 1", 22.0), run("a 1", 11.0), run("d 1", 1.0)];
        let d = differ(&before, &now);
        assert_eq!(d.runs, 2);
        assert!((d.mean - 1.1_f64.ln()).abs() < 1e-12 && d.se < 1e-12, "{d:?}");
    }

    #[test]
    fn a_saved_run_is_read_back() {
        let run = Run { name: "12:usl-short 7".into(), makespan: 1.25, caused: 0.01, killed: 2 };
        assert_eq!(Run::parse(&run.line()), Some(run));
        assert_eq!(Run::parse("12:usl"), None);
    }
}
