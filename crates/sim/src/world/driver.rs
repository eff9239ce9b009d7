//! The pool of a run, under a fixed limit or a policy.

use crate::plant::Plant;
use adaptive_pool::policy::{Bounds, FixedConfig, Policy, PolicyConfig};
use adaptive_pool::pool::pool_state::{PoolState, Setup};
use adaptive_pool::time::Time;
use std::time::Duration;

/// What sets the limit.
pub enum Driver {
    Fixed(u32),
    Policy(Box<dyn Policy>),
}

/// The pool of a run, and whether its policy reads the machine.
pub(super) fn pool_state<T>(plant: &Plant, driver: Driver) -> (PoolState<T>, bool) {
    let (policy, watched, initial) = match driver {
        Driver::Fixed(workers) => {
            let fixed = PolicyConfig::Fixed(FixedConfig { workers: Some(workers), ..FixedConfig::default() });
            (fixed.build(plant.cores), false, Some(workers))
        }
        Driver::Policy(policy) => (policy, true, None),
    };
    let setup = Setup {
        policy,
        guards: Vec::new(),
        cores: plant.cores,
        bounds: Bounds { min: 1, max: initial.unwrap_or(plant.max) },
        initial,
        keep_alive: Duration::from_hours(1000),
        observed: watched,
        sensor: watched,
    };
    (PoolState::new(setup, Time::ZERO), watched)
}
