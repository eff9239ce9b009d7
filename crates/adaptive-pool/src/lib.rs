//! An adaptive pool of workers: it finds the number of workers by itself.
//!
//! [`AdaptivePool`] takes closures and gives a [`TaskHandle`] for each result. A [`policy`] moves the limit, which is how
//! many tasks may run at once. The pool starts no process, reads no file and prints nothing.
//!
//! ```
//! use adaptive_pool::{AdaptivePool, PoolConfig, Priority};
//!
//! let pool = AdaptivePool::new(PoolConfig { max: 8, ..PoolConfig::default() })?;
//! let handles: Vec<_> = (1..=10u64)
//!     .map(|n| pool.submit(move || n * n, Priority::default()))
//!     .collect::<Result<_, _>>()?;
//! let sum = handles.into_iter().map(|handle| handle.wait()).sum::<Result<u64, _>>()?;
//! assert_eq!(sum, 385);
//! assert_eq!(pool.shutdown(true).completed, 10);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`PoolConfig`] holds the settings, [`Metrics`] is a snapshot of what the pool did.
//! - [`pool::Hooks`] takes a policy of your own, guards, a sensor, and an observer of the decisions.
//! - The crate `adaptive-pool-sense` has sensors for CPU, memory and pressure. Without a sensor, a policy sees a machine of
//!   which nothing is known.
//! - [`pool::pool_state`] and [`pool::scheduler`] are the decisions of a pool as pure state machines. A simulator can drive
//!   them on a clock of its own.
//!
//! Features: `serde` derives `Serialize` for [`Metrics`].

pub mod policy;
pub mod pool;
mod task_order;
pub mod time;

pub use pool::{
    AdaptivePool, Hooks, Metrics, PoolConfig, Report, StartError, SubmitError, TaskError, TaskHandle,
    TrySubmitError,
};
pub use task_order::{Priority, Slot};
