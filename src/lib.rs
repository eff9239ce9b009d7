//! An adaptive pool of workers that finds the right number of them by itself.
//!
//! The library is [`AdaptivePool`]: closures in, results out, a policy that moves the limit. The command line tool
//! of the same name is built on it (feature `cli`, on by default).
//!
//! Modules stand in reading order; each may use only those below it in `ARCHITECTURE.md`'s list.

pub mod job;
pub mod policy;
pub mod pool;
pub mod time;

#[cfg(feature = "sense")]
pub mod sense;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod exec;
#[cfg(feature = "cli")]
pub mod input;
#[cfg(feature = "cli")]
pub mod run;
#[cfg(feature = "cli")]
pub mod sink;
#[cfg(feature = "cli")]
#[allow(unsafe_code, reason = "the one home of system calls that have no safe wrapper")]
pub mod sys;
#[cfg(feature = "cli")]
pub mod template;

pub use job::{Priority, Slot};
pub use pool::{AdaptivePool, Metrics, PoolConfig, Report, StartError, SubmitError, TaskError, Ticket};
