//! The bounds of the limit.

use std::time::Duration;

/// The bounds of the limit, in tasks at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The lowest limit, at least 1.
    pub min: u32,
    /// The highest limit, at least `min`.
    pub max: u32,
}

/// The bounds and the interval of a policy when the user gives none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultBounds {
    /// `--min-workers`, at least 1.
    pub min: u32,
    /// `--initial-workers`, from `min` to `max`.
    pub initial: u32,
    /// `--max-workers`, before the limit on open files is applied.
    pub max: u32,
    /// `--interval`.
    pub interval: Duration,
}

/// The number of cores as whole workers: rounded up, at least 1.
pub(super) fn whole_cores(cores: f64) -> u32 {
    (cores.ceil() as u32).max(1)
}
