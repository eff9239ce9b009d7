//! One attempt of one job: from a [`Spec`] to an [`Attempt`], on the calling thread.
//!
//! It starts the process, reads its outputs, keeps its deadline, ends it on request, and reaps it. One thread owns one
//! child from start to reap and waits in one `poll`. Other threads only send signals, through the `child_handle`.
//! This module does not know the pool, the queue or the terminal, and does not decide whether a job runs.

mod attempt;
pub(crate) mod blocks;
mod capture;
mod child_handle;
mod config;
mod context;
mod environment;
mod executor;
mod lifecycle;
mod lines;
mod outcome;
pub mod parent;
mod pump;
mod requests;
mod resolve;
mod spec;
mod start;
mod termseq;
mod tree;

pub use capture::Capture;
pub use config::{ExecConfig, GuardianMode};
pub use environment::Environment;
pub use executor::{Executor, Live};
pub use outcome::{Attempt, Outcome, StartError, StartErrorKind, StopReason};
pub use spec::{OutputMode, Spec, Stdin, Stream};
pub use termseq::TermSeq;
