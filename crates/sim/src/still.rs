//! Steady loads as the benchmark on a real machine has them (`cargo bench --bench regret -- steady`): two cores, brief jobs,
//! half a minute. What moves the limit there is noise: of a run queue seen ten times a second, of a few jobs at once.

use crate::plant::{CPU, OWN, Plant, WAIT, jobs};
use crate::server::Curve;

/// What starting and reaping a process takes beside its work, in seconds: CPU, and neither CPU nor work.
const START: (f64, f64) = (0.002, 0.003);

fn plant(name: &str, n: usize, phases: &'static [(u8, f64)], spread: f64) -> Plant {
    Plant::new(name, move |rng| {
        let mut input = super::plant::Input::default();
        for _ in 0..n {
            let mut all = vec![(CPU, START.0), (WAIT, START.1)];
            all.extend(phases.iter().map(|&(at, demand)| (at, rng.logn(demand, spread))));
            input.push(&all);
        }
        input
    })
    .cores(2.0)
}

/// Every such plant.
pub fn all() -> Vec<Plant> {
    let drawn = |name: &str, n: usize, curve: Curve| {
        Plant::new(name, move |rng| jobs::at(rng, n, OWN, 0.06, 0.1, 0.003)).cores(2.0).own(curve)
    };
    vec![
        plant("still-cpu-40ms", 1200, &[(CPU, 0.04)], 0.15),
        plant("still-40-40ms", 1100, &[(CPU, 0.02), (WAIT, 0.02), (CPU, 0.02), (WAIT, 0.02)], 0.1),
        plant("still-10-190ms", 3600, &[(CPU, 0.005), (WAIT, 0.095), (CPU, 0.005), (WAIT, 0.095)], 0.1),
        plant("still-sleep", 4000, &[(WAIT, 1.0)], 0.01),
        drawn("still-line12", 5000, Curve::Fifo(12.0)),
        drawn("still-places12", 5000, Curve::Places(12.0)),
        drawn("still-usl14", 2700, Curve::Usl(0.02, 0.005)),
    ]
}
