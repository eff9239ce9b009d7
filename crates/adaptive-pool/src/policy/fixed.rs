//! `fixed`: the limit is a given number (`-j N`). Only guards lower it.

use super::bounds::{Bounds, whole_cores};
use super::decision::Decision;
use super::interface::Policy;
use super::observation::Observation;
use super::setting::{Field, FieldMut};
use super::why::Why;
use std::cell::Cell;
use std::time::Duration;

/// The constants of `fixed`.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedConfig {
    /// The limit, at least 1. Default: one for each core. Option `-j`.
    pub workers: Option<u32>,
    /// The time between two decisions, at least 1 ms. Guards need it. Default 1 s.
    pub interval: Duration,
}

impl Default for FixedConfig {
    fn default() -> FixedConfig {
        FixedConfig { workers: None, interval: Duration::from_secs(1) }
    }
}

impl FixedConfig {
    /// A limit of `workers`.
    pub fn of(workers: u32) -> FixedConfig {
        FixedConfig { workers: Some(workers), ..FixedConfig::default() }
    }

    /// Sets the number of workers from the number of cores.
    pub fn resolve(&mut self, cores: f64) {
        self.workers.get_or_insert(whole_cores(cores));
    }

    pub(crate) fn fields(&mut self) -> Vec<Field<'_>> {
        vec![
            ("workers", FieldMut::MaybeCount(&mut self.workers)),
            ("interval", FieldMut::Period(&mut self.interval)),
        ]
    }
}

/// The policy.
#[derive(Debug)]
pub(crate) struct Fixed {
    workers: u32,
    interval: Duration,
    /// The upper bound at the last decision, or at the start. When the user moves it (a signal, `-j FILE`), the limit follows.
    max: Cell<Option<u32>>,
}

impl Fixed {
    pub(crate) fn new(config: &FixedConfig, cores: f64) -> Fixed {
        let workers = config.workers.unwrap_or_else(|| whole_cores(cores));
        Fixed { workers, interval: config.interval, max: Cell::new(None) }
    }
}

impl Policy for Fixed {
    fn name(&self) -> &'static str {
        "fixed"
    }

    fn initial(&self, bounds: Bounds) -> u32 {
        if self.max.get().is_none() {
            self.max.set(Some(bounds.max));
        }
        self.workers.clamp(bounds.min, bounds.max)
    }

    fn decide(&mut self, observation: &Observation<'_>) -> Decision {
        if self.max.replace(Some(observation.bounds.max)).is_some_and(|max| max != observation.bounds.max) {
            self.workers = observation.bounds.max;
        }
        Decision::new(self.initial(observation.bounds), Why::Fixed, self.interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::scene::Scene;

    #[test]
    fn the_limit_stays_whatever_the_machine_does() {
        let mut policy = Fixed::new(&FixedConfig::of(7), 2.0);
        let mut scene = Scene::new(2.0, 1, 64, 7);
        scene.cpu(1.0).memory(0.99).queued(0);
        for _ in 0..5 {
            assert_eq!(scene.step(&mut policy, Duration::from_secs(1)).limit, 7);
        }
    }

    #[test]
    fn a_bound_moved_before_the_first_decision_is_followed() {
        let mut policy = Fixed::new(&FixedConfig::of(4), 2.0);
        assert_eq!(policy.initial(Bounds { min: 1, max: 4 }), 4);
        let mut scene = Scene::new(2.0, 1, 5, 4);
        assert_eq!(scene.step(&mut policy, Duration::from_secs(1)).limit, 5);
    }

    #[test]
    fn a_moved_bound_is_followed() {
        let mut policy = Fixed::new(&FixedConfig::of(4), 2.0);
        let mut scene = Scene::new(2.0, 1, 4, 4);
        scene.step(&mut policy, Duration::from_secs(1));
        scene.bounds.max = 5;
        assert_eq!(scene.step(&mut policy, Duration::from_secs(1)).limit, 5);
        scene.bounds.max = 3;
        assert_eq!(scene.step(&mut policy, Duration::from_secs(1)).limit, 3);
    }
}
