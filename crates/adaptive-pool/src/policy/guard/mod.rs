//! Guards: they lower the limit of any policy, and delay starts.
//!
//! A guard is pure, as a policy is: limits on descriptors and processes are passed in as numbers. A guard never raises the
//! limit. With `hold_first` it also holds the first job, for any time. Without it, the cap is at least 1, so one job can
//! always run. An unknown figure caps nothing: a sensor that fails must not stop the run. A reading that is only late
//! changes nothing.
//!
//! A closed guard both caps the limit at the number of running jobs and refuses to admit, because a cap alone would admit
//! the next job when one ends.
//!
//! ```
//! use adaptive_pool::policy::guard::{GuardConfig, Rate};
//! use adaptive_pool::pool::Hooks;
//! use adaptive_pool::{AdaptivePool, PoolConfig, Priority};
//!
//! let rate: Rate = "50/s".parse()?;
//! let config = GuardConfig { rate: Some(rate), ..GuardConfig::none() };
//! config.validate()?;
//! let hooks = Hooks { guards: config.build(), ..Hooks::default() };
//! let pool = AdaptivePool::with(PoolConfig::default(), hooks)?;
//! assert_eq!(pool.submit(|| 1, Priority::default())?.wait()?, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod closed;
mod config;
mod delay;
mod limits;
mod load;
mod memfree;
mod memory;
mod rate;
mod swap;

pub use config::GuardConfig;
pub use delay::DelayConfig;
pub use limits::{ProcessLimit, descriptor_max, process_max};
pub use memory::MemoryGuardConfig;
pub use rate::Rate;

#[cfg(test)]
mod edges;
#[cfg(test)]
mod first;
#[cfg(test)]
mod tests;
