//! What a control is made of.

use crate::policy::{Bounds, Guard, Policy};
use std::time::Duration;

/// What a [`PoolState`](super::PoolState) is made of.
pub struct Setup {
    /// Moves the limit.
    pub policy: Box<dyn Policy>,
    /// May lower it.
    pub guards: Vec<Box<dyn Guard>>,
    /// Cores to reckon with.
    pub cores: f64,
    /// The bounds.
    pub bounds: Bounds,
    /// The limit to start with; `None` for the policy's.
    pub initial: Option<u32>,
    /// How long threads may be idle.
    pub keep_alive: Duration,
    /// True when decisions are to be recorded.
    pub observed: bool,
    /// True when readings will come.
    pub sensor: bool,
}
