//! The parts of the command `apool`, as a library for its tests, benchmarks and fuzz targets.
//!
//! The modules have no stable interface. The pool and its policies are the crate [`adaptive_pool`], which has one, and whose
//! main types are named here too.

pub mod cli;
pub mod escape;
pub mod exec;
pub mod input;
pub mod job;
pub mod run;
pub mod sink;
#[allow(unsafe_code, reason = "the one home of system calls that have no safe wrapper")]
pub mod sys;
pub mod template;

pub use adaptive_pool::{
    AdaptivePool, Metrics, PoolConfig, Priority, Report, Slot, StartError, SubmitError, TaskError,
    TaskHandle, TrySubmitError,
};
