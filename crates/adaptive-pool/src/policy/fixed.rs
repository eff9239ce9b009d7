//! `fixed`: L = N. What `-j N` means; only guards may lower it.

use super::config::whole;
use super::setting::{Field, Slot};
use super::{Bounds, Decision, Observation, Policy, Why};
use std::cell::Cell;
use std::time::Duration;

/// The constants of `fixed`.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedConfig {
    /// How many workers, at least 1. Default: one a core. Flag `-j`.
    pub workers: Option<u32>,
    /// How often to look, for the guards' sake. Default 1 s.
    pub interval: Duration,
}

impl Default for FixedConfig {
    fn default() -> FixedConfig {
        FixedConfig { workers: None, interval: Duration::from_secs(1) }
    }
}

impl FixedConfig {
    /// As many workers as `workers`.
    pub fn of(workers: u32) -> FixedConfig {
        FixedConfig { workers: Some(workers), ..FixedConfig::default() }
    }

    /// Fills in what depends on the number of cores.
    pub fn resolve(&mut self, cores: f64) {
        self.workers.get_or_insert(whole(cores));
    }

    pub(crate) fn fields(&mut self) -> Vec<Field<'_>> {
        vec![("workers", Slot::MaybeCount(&mut self.workers)), ("interval", Slot::Period(&mut self.interval))]
    }
}

/// The law.
#[derive(Debug)]
pub(crate) struct Fixed {
    workers: u32,
    interval: Duration,
    /// The upper bound of the last look, or of the start: a signal may come before the first look. When the user moves it (a signal, `-j FILE`), the number follows: the later
    /// word counts.
    max: Cell<Option<u32>>,
}

impl Fixed {
    pub(crate) fn new(config: &FixedConfig, cores: f64) -> Fixed {
        let workers = config.workers.unwrap_or_else(|| whole(cores));
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

    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        if self.max.replace(Some(seen.bounds.max)).is_some_and(|max| max != seen.bounds.max) {
            self.workers = seen.bounds.max;
        }
        Decision::new(self.initial(seen.bounds), Why::Fixed, self.interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::scene::Scene;

    #[test]
    fn the_number_holds_whatever_the_machine_does() {
        let mut law = Fixed::new(&FixedConfig::of(7), 2.0);
        let mut scene = Scene::new(2.0, 1, 64, 7);
        scene.cpu(1.0).memory(0.99).queued(0);
        for _ in 0..5 {
            assert_eq!(scene.step(&mut law, Duration::from_secs(1)).limit, 7);
        }
    }

    #[test]
    fn a_bound_that_is_moved_before_the_first_look_is_followed() {
        let mut law = Fixed::new(&FixedConfig::of(4), 2.0);
        assert_eq!(law.initial(Bounds { min: 1, max: 4 }), 4);
        let mut scene = Scene::new(2.0, 1, 5, 4);
        assert_eq!(scene.step(&mut law, Duration::from_secs(1)).limit, 5);
    }

    #[test]
    fn a_moved_bound_is_followed() {
        let mut law = Fixed::new(&FixedConfig::of(4), 2.0);
        let mut scene = Scene::new(2.0, 1, 4, 4);
        scene.step(&mut law, Duration::from_secs(1));
        scene.bounds.max = 5;
        assert_eq!(scene.step(&mut law, Duration::from_secs(1)).limit, 5);
        scene.bounds.max = 3;
        assert_eq!(scene.step(&mut law, Duration::from_secs(1)).limit, 3);
    }
}
