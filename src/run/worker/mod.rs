//! The work of a worker on one job: it fills the template, runs the attempt, sends the output to the sink and the
//! result to the conductor.
//!
//! The pool decides when a job runs. The conductor decides which one.

mod attempt;
pub mod attempt_finished;
pub mod context;
mod execute;
mod judge;
mod pieces;
pub mod placing;
mod prepare;
pub mod prompt;
pub mod running_jobs;
mod saving;
mod settle;
pub mod start_gate;
mod tails;
pub mod task;
pub mod task_source;
pub mod variables;

pub use context::WorkerContext;
