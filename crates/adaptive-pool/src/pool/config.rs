//! What a pool is told when it is made: [`PoolConfig`] in plain data, and what can be wrong with it.
//!
//! Nothing here starts anything. A configuration that makes no sense is refused here, with the name of the field, so that the
//! rest of the pool need not doubt it.

use crate::policy::{ConfigError, PolicyConfig};
use std::fmt;
use std::io;
use std::time::Duration;

/// The settings of an [`AdaptivePool`](super::AdaptivePool): name those that matter and take the rest from the default.
///
/// ```
/// use adaptive_pool::policy::{FixedConfig, PolicyConfig};
/// use adaptive_pool::PoolConfig;
///
/// // No adapting: always eight.
/// let config = PoolConfig { policy: PolicyConfig::Fixed(FixedConfig::of(8)), max: 8, ..PoolConfig::default() };
/// assert!(config.validate().is_ok());
/// let none = PoolConfig { max: 0, ..PoolConfig::default() };
/// assert_eq!(none.validate().unwrap_err().to_string(), "min is 1, above max (0)");
/// ```
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// The limit is never below this. At least 1.
    pub min: u32,
    /// The hard limit: never more tasks than this run at once. At least `min`.
    pub max: u32,
    /// The limit to start with; `None` leaves it to the policy.
    pub initial: Option<u32>,
    /// How many tasks may wait before `submit` blocks. At least 1.
    pub queue: usize,
    /// How long a thread may be idle before it is ended. One thread always stays.
    pub keep_alive: Duration,
    /// The stack of each worker thread in bytes; `None` for what the standard library gives.
    pub stack_size: Option<usize>,
    /// How many cores the policy reckons with, a fraction allowed (a CPU quota); `None` for
    /// [`std::thread::available_parallelism`].
    pub cores: Option<f64>,
    /// What the worker threads are called; each gets `-` and a number after it.
    pub thread_name: String,
    /// What moves the limit.
    pub policy: PolicyConfig,
}

/// The hard limit may not be above this: slots are numbered in a table.
pub(crate) const MOST_WORKERS: u32 = 1 << 20;

impl Default for PoolConfig {
    fn default() -> PoolConfig {
        PoolConfig {
            min: 1,
            max: 32.max(12 * default_cores()),
            initial: None,
            queue: 1024,
            keep_alive: Duration::from_secs(10),
            stack_size: None,
            cores: None,
            thread_name: "apool".to_owned(),
            policy: PolicyConfig::default(),
        }
    }
}

impl PoolConfig {
    /// Checks every field against its range and against the others.
    pub fn validate(&self) -> Result<(), StartError> {
        let refuse = |field, why: String| Err(StartError::Config { field, why });
        if self.min == 0 {
            return refuse("min", "is 0, and a pool without a worker does nothing: 1 or more".to_owned());
        }
        if self.min > self.max {
            return refuse("min", format!("is {}, above max ({})", self.min, self.max));
        }
        if self.max > MOST_WORKERS {
            return refuse("max", format!("is {}, above {MOST_WORKERS}", self.max));
        }
        if let Some(initial) = self.initial.filter(|n| !(self.min..=self.max).contains(n)) {
            return refuse(
                "initial",
                format!("is {initial}, not within min to max ({} to {})", self.min, self.max),
            );
        }
        if self.queue == 0 {
            return refuse("queue", "is 0, so no task could wait: 1 or more".to_owned());
        }
        if let Some(cores) = self.cores.filter(|c| !(c.is_finite() && *c > 0.0)) {
            return refuse("cores", format!("is {cores}: a number above 0"));
        }
        if self.thread_name.contains('\0') {
            return refuse("thread_name", "has a NUL byte in it".to_owned());
        }
        self.policy.validate().map_err(StartError::Policy)
    }

    /// The number of cores in force: as set, else what the system says.
    pub(crate) fn cores_in_force(&self) -> f64 {
        self.cores.unwrap_or_else(|| f64::from(default_cores()))
    }
}

fn default_cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1))
}

/// Why a pool could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// A setting is out of range.
    Config {
        /// The field of [`PoolConfig`].
        field: &'static str,
        /// What is wrong with it, to be read after the name.
        why: String,
    },
    /// A constant of the policy is out of range.
    Policy(ConfigError),
    /// The system refused even the first threads.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Config { field, why } => write!(f, "{field} {why}"),
            StartError::Policy(e) => e.fmt(f),
            StartError::Thread(e) => write!(f, "cannot start a thread: {e}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Config { .. } => None,
            StartError::Policy(e) => Some(e),
            StartError::Thread(e) => Some(e),
        }
    }
}

/// Why a task was not taken. The task itself was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubmitError {
    /// The pool takes no more tasks: it was shut down, or is being shut down.
    Closed,
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pool is closed")
    }
}

impl std::error::Error for SubmitError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::FixedConfig;

    fn refused(change: impl FnOnce(&mut PoolConfig)) -> String {
        let mut config = PoolConfig::default();
        change(&mut config);
        config.validate().expect_err("must be refused").to_string()
    }

    #[test]
    fn the_default_is_valid() {
        assert!(PoolConfig::default().validate().is_ok());
    }

    #[test]
    fn a_setting_out_of_range_is_named() {
        assert!(refused(|c| c.min = 0).starts_with("min is 0"));
        assert_eq!(refused(|c| (c.min, c.max) = (9, 3)), "min is 9, above max (3)");
        assert!(refused(|c| c.max = u32::MAX).starts_with("max is"));
        assert!(refused(|c| (c.max, c.initial) = (4, Some(5))).starts_with("initial is 5"));
        assert!(refused(|c| c.initial = Some(0)).starts_with("initial is 0"));
        assert!(refused(|c| c.queue = 0).starts_with("queue is 0"));
        for cores in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(refused(|c| c.cores = Some(cores)).starts_with("cores is"));
        }
        assert!(!refused(|c| c.policy = PolicyConfig::Fixed(FixedConfig::of(0))).is_empty());
        assert!(refused(|c| c.thread_name = "a\0b".to_owned()).starts_with("thread_name"));
    }
}
