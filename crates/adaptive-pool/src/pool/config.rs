//! The settings of a pool, as plain data, and their checks.

use crate::policy::{ConfigError, PolicyConfig};
use std::fmt;
use std::io;
use std::time::Duration;

/// The settings of an [`AdaptivePool`](super::AdaptivePool).
///
/// ```
/// use adaptive_pool::policy::{FixedConfig, PolicyConfig};
/// use adaptive_pool::PoolConfig;
///
/// // A fixed limit of eight.
/// let config = PoolConfig { policy: PolicyConfig::Fixed(FixedConfig::of(8)), max: 8, ..PoolConfig::default() };
/// assert!(config.validate().is_ok());
/// let none = PoolConfig { max: 0, ..PoolConfig::default() };
/// assert_eq!(none.validate().unwrap_err().to_string(), "min is 1, above max (0)");
/// ```
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// The lowest limit, in tasks at once. At least 1. Default 1.
    pub min: u32,
    /// The highest limit, in tasks at once: from `min` to 2²⁰. Default: 12 for each core, at least 32.
    pub max: u32,
    /// The limit at the start, from `min` to `max`; `None` for the choice of the policy. Default `None`.
    pub initial: Option<u32>,
    /// The number of waiting tasks at which `submit` blocks. At least 1. Default 1024.
    pub queue: usize,
    /// The time after which an idle thread is retired. One thread always stays. Default 10 s.
    pub keep_alive: Duration,
    /// The stack size of each worker thread, in bytes; `None` for the default of the standard library. Default `None`.
    pub stack_size: Option<usize>,
    /// The number of cores for the policy, above 0. A CPU quota may make it a fraction. `None` for
    /// [`std::thread::available_parallelism`]. Default `None`.
    pub cores: Option<f64>,
    /// The prefix of thread names: worker 3 is `apool-3`. No NUL byte. Default `apool`.
    pub thread_name: String,
    /// The policy that moves the limit. Default `auto`.
    pub policy: PolicyConfig,
}

/// The highest `max`: the slots are a table.
pub(crate) const MAX_WORKERS: u32 = 1 << 20;

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
    /// Checks the range of every field, and the fields against each other.
    ///
    /// # Errors
    ///
    /// [`StartError::Config`] or [`StartError::Policy`] for the first invalid setting.
    pub fn validate(&self) -> Result<(), StartError> {
        let refuse = |field, why: String| Err(StartError::Config { field, why });
        if self.min == 0 {
            return refuse("min", "is 0, and a pool without a worker does nothing: 1 or more".to_owned());
        }
        if self.min > self.max {
            return refuse("min", format!("is {}, above max ({})", self.min, self.max));
        }
        if self.max > MAX_WORKERS {
            return refuse("max", format!("is {}, above {MAX_WORKERS}", self.max));
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

    /// `cores`, or the number of the system.
    pub(crate) fn cores_in_force(&self) -> f64 {
        self.cores.unwrap_or_else(|| f64::from(default_cores()))
    }
}

fn default_cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1))
}

/// Why a pool did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// A setting is out of range.
    Config {
        /// The field of [`PoolConfig`].
        field: &'static str,
        /// The problem, as a text that follows the name of the field.
        why: String,
    },
    /// A constant of the policy is out of range.
    Policy(ConfigError),
    /// The system refused the first worker thread or the coordinator thread.
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
