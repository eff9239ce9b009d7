//! An adaptive pool of workers: it finds the right number of them by itself.
//!
//! The library is [`AdaptivePool`]: closures go in, results come out of their [`TaskHandle`]s, and a [`policy`] moves the limit of how
//! many run at once. It starts no process and prints nothing. The command line tool of the same name is built on it
//! (feature `cli`, on by default).
//!
//! ```
//! use apool::{AdaptivePool, PoolConfig, Priority};
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
//! What may be set is [`PoolConfig`], what can be seen [`Metrics`]. A law of one's own is a [`policy::Policy`], given in
//! [`pool::Hooks`] with guards, a sensor and an observer of the decisions.
//!
//! Features: `cli` (default) is the command line tool; `sense` the sensors of CPU, memory and pressure. With neither, the pool needs
//! `crossbeam-channel` and `libm` alone, and policies that go by the machine see a machine of which nothing is known.

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod escape;
#[doc(hidden)]
pub mod job;
pub mod policy;
pub mod pool;
pub mod time;

#[cfg(feature = "sense")]
pub mod sense;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod exec;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod input;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod run;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod sink;
#[cfg(feature = "cli")]
#[allow(unsafe_code, reason = "the one home of system calls that have no safe wrapper")]
#[doc(hidden)]
pub mod sys;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod template;

pub use job::{Priority, Slot};
pub use pool::{
    AdaptivePool, Metrics, PoolConfig, Report, StartError, SubmitError, TaskError, TaskHandle, TrySubmitError,
};
