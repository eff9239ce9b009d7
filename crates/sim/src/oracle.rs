//! The best fixed limit of a plant, by sweep, on the same random numbers; and a policy's regret against it.

use crate::plant::{Input, Plant};
use crate::world::sensor::Sensing;
use crate::world::{self, Driver, Outcome};
use adaptive_pool::policy::Policy;

const SWEEP: [u32; 24] =
    [16, 8, 4, 32, 2, 64, 12, 24, 6, 48, 3, 5, 10, 14, 20, 28, 40, 80, 96, 128, 1, 160, 192, 256];
/// A limit that makes more than this part of the jobs fail is no good, however fast.
const CAUSED: f64 = 0.01;
/// A policy that takes so many times the best is given up.
pub const GIVE_UP: f64 = 12.0;

/// The best fixed limit and what it gives.
#[derive(Clone, Debug)]
pub struct Best {
    pub limit: u32,
    pub outcome: Outcome,
}

/// One plant with one seed's input, and its best fixed limit.
pub struct Case<'a> {
    pub plant: &'a Plant,
    pub seed: u64,
    pub input: Input,
    pub best: Best,
}

impl<'a> Case<'a> {
    pub fn new(plant: &'a Plant, seed: u64) -> Case<'a> {
        let input = world::input(plant, seed);
        let best = sweep(plant, &input, seed);
        Case { plant, seed, input, best }
    }

    pub fn run(&self, policy: Box<dyn Policy>, sensing: Sensing) -> Outcome {
        let until = self.best.outcome.makespan * GIVE_UP;
        world::run(self.plant, &self.input, self.seed, Driver::Policy(policy), sensing, until)
    }

    /// Makespan over the best fixed limit's; infinite when the run was given up.
    pub fn regret(&self, o: &Outcome) -> f64 {
        if o.done { o.makespan / self.best.outcome.makespan } else { f64::INFINITY }
    }
}

fn sweep(plant: &Plant, input: &Input, seed: u64) -> Best {
    let mut best: Option<Best> = None;
    let own = plant.cores as u32;
    for limit in SWEEP.into_iter().chain([own, 4 * own]).filter(|&l| l <= plant.max) {
        let until = best.as_ref().map_or(1e6, |b| b.outcome.makespan);
        let outcome = world::run(plant, input, seed, Driver::Fixed(limit), Sensing::Full, until);
        let good =
            outcome.done && outcome.killed == 0 && f64::from(outcome.caused) <= CAUSED * outcome.jobs as f64;
        if good && best.as_ref().is_none_or(|b| outcome.makespan < b.outcome.makespan) {
            best = Some(Best { limit, outcome });
        }
    }
    best.unwrap_or_else(|| {
        let outcome = world::run(plant, input, seed, Driver::Fixed(1), Sensing::Full, 1e7);
        Best { limit: 1, outcome }
    })
}
