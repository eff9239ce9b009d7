//! The parts that a pool state is made of.

use crate::policy::{Bounds, Guard, Policy};
use std::time::Duration;

/// The parts that a [`PoolState`](super::PoolState) is made of.
pub struct Setup {
    /// The policy.
    pub policy: Box<dyn Policy>,
    /// The guards.
    pub guards: Vec<Box<dyn Guard>>,
    /// The number of cores, above 0. It may be a fraction.
    pub cores: f64,
    /// The bounds of the limit.
    pub bounds: Bounds,
    /// The limit at the start; `None` for the choice of the policy.
    pub initial: Option<u32>,
    /// The time after which an idle thread is retired.
    pub keep_alive: Duration,
    /// Whether decisions are recorded.
    pub observed: bool,
    /// Whether readings will come.
    pub sensor: bool,
}
