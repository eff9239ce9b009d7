//! Plants outside of the family that the laws infer: lines that overflow, rates instead of places, threads in a job, an input
//! that changes its kind. Each stands for a real piece of software that `auto` was wrong about.

use crate::plant::{CONNECT, CPU, Input, OWN, Plant, TOKEN, WAIT, jobs};
use crate::server::Curve;

/// A program's own start and end: CPU seconds of a `curl` or `psql`.
const CLIENT: f64 = 0.006;
/// A few percent of the CPU and its caches for each runnable thread beyond the cores.
const OVERSUBSCRIBED: f64 = 0.05;

/// So many jobs of a client's CPU and these phases, log-normal with this spread.
fn clients(name: &str, n: usize, phases: &'static [(u8, f64)], spread: f64) -> Plant {
    Plant::new(name, move |rng| {
        let mut input = Input::default();
        for _ in 0..n {
            let mut all = vec![(CPU, CLIENT)];
            all.extend(phases.iter().map(|&(at, demand)| match at {
                TOKEN | CONNECT => (at, demand),
                _ => (at, rng.logn(demand, spread)),
            }));
            input.push(&all);
        }
        input
    })
    .cores(2.0)
}

/// Computations on two cores, with so many threads in each.
fn computes(name: &str, n: usize, mean: f64, threads: f64) -> Plant {
    let mut plant = Plant::new(name, move |rng| jobs::cpu(rng, n, mean, 0.1)).cores(2.0);
    plant.threads = threads;
    plant.ctx = OVERSUBSCRIBED;
    plant
}

/// Every such plant.
pub fn all() -> Vec<Plant> {
    let mut plants = lines();
    plants.extend(rates());
    plants.extend(connections());
    plants.extend(computations());
    plants
}

/// First come, first served.
fn lines() -> Vec<Plant> {
    // One thread, and five in the backlog: beyond that a connection is tried again after 1, 3, 7 s.
    let mut overflows = clients("line-overflows", 300, &[(OWN, 0.03)], 0.02).own(Curve::Fifo(1.0));
    overflows.backlog = Some(5.0);
    let mut longer = clients("line-overflows-long", 2000, &[(OWN, 0.03)], 0.02).own(Curve::Fifo(1.0));
    longer.backlog = Some(5.0);
    vec![
        overflows,
        longer,
        clients("one-lock", 1200, &[(WAIT, 0.01), (OWN, 0.02)], 0.1).own(Curve::Fifo(1.0)),
        clients("line-of-6", 600, &[(OWN, 0.2)], 0.1).own(Curve::Fifo(6.0)),
        clients("group-commit", 2000, &[(OWN, 0.03)], 0.2).own(Curve::Points(GROUP_COMMIT)),
        clients("wait-pareto-short", 400, &[(WAIT, 0.3)], 1.3),
        clients("waits", 500, &[(WAIT, 0.3)], 0.02),
        clients("waits-1s", 2000, &[(WAIT, 1.0)], 0.01),
    ]
}

/// Commits that are written together: more at once are hardly slower, up to some sixteen.
const GROUP_COMMIT: &[(f64, f64)] =
    &[(1.0, 1.0), (2.0, 1.9), (4.0, 3.6), (8.0, 6.5), (16.0, 10.0), (32.0, 11.0), (256.0, 11.0)];

/// So many a second.
fn rates() -> Vec<Plant> {
    let rate = |name: &str, told: bool, burst: f64| {
        let mut plant = clients(name, 250, &[(TOKEN, 0.005), (WAIT, 0.1)], 0.02);
        plant.tokens = Some((40.0, burst));
        plant.says_so = told;
        plant
    };
    vec![
        rate("rate-told", true, 1.0),
        rate("rate-untold", false, 1.0),
        rate("rate-burst-told", true, 20.0),
        rate("rate-burst-untold", false, 20.0),
    ]
}

/// So many at once, and beyond that a refusal.
fn connections() -> Vec<Plant> {
    let limited = |name: &str, n: usize, most: f64, phases: &'static [(u8, f64)]| {
        let mut plant = clients(name, n, phases, 0.05).own(Curve::Free);
        plant.connections = Some(most);
        plant
    };
    let mut told = limited("connections-told", 400, 20.0, &[(CONNECT, 0.01), (OWN, 0.4)]);
    told.says_so = true;
    vec![
        limited("connections-20", 400, 20.0, &[(CONNECT, 0.01), (OWN, 0.4)]),
        limited("connections-6", 300, 6.0, &[(CONNECT, 0.01), (OWN, 0.1)]),
        limited("refused-after-1s", 300, 12.0, &[(CONNECT, 1.0), (OWN, 0.3)]),
        told,
    ]
}

fn computations() -> Vec<Plant> {
    let changes = Plant::new("cpu-then-waits", |rng| {
        let a = jobs::cpu(rng, 60, 0.1, 0.05);
        let mut b = Input::default();
        for _ in 0..500 {
            b.push(&[(CPU, 0.003), (WAIT, rng.logn(0.3, 0.02)), (CPU, 0.01)]);
        }
        jobs::then(a, &b)
    })
    .cores(2.0);
    vec![
        computes("threads-2", 40, 0.4, 2.0),
        computes("threads-8", 60, 1.0, 8.0),
        computes("computes-60", 60, 0.3, 1.0),
        computes("computes-400", 400, 0.1, 1.0),
        changes,
    ]
}
