#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! - [`pool`]: [`AdaptivePool`], its settings ([`PoolConfig`]), its hooks ([`Hooks`]: a policy of your own, guards, a sensor, an
//!   observer) and its [`Metrics`]. [`pool::pool_state`] and [`pool::scheduler`] are the state machines inside, for a simulator.
//! - [`policy`]: the policies and guards, and the traits for your own.
//! - [`time`]: the clock. [`Time`](time::Time) is an argument of each state machine.

pub mod policy;
pub mod pool;
mod task_order;
pub mod time;

pub use pool::{
    AdaptivePool, Hooks, Metrics, PoolConfig, Report, StartError, SubmitError, TaskError, TaskHandle,
    TrySubmitError,
};
pub use task_order::{Priority, Slot};
