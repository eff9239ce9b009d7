//! One attempt of one job: from a [`Spec`] to an [`Attempt`], on the calling thread.
//!
//! It starts the process, reads its outputs, keeps its deadline, ends it when asked, and reaps it. It knows no pool, no
//! queue, no terminal, and never decides whether a job should run. One thread owns one child from start to reap and
//! waits in one `poll`; everyone else may only send signals, through its [`child_handle`].

mod attempt;
pub mod blocks;
pub mod capture;
pub mod child_handle;
mod config;
mod context;
pub mod environment;
pub mod executor;
pub mod lifecycle;
pub mod lines;
pub mod outcome;
pub mod pump;
pub mod requests;
mod resolve;
pub mod spec;
mod start;
pub mod termseq;
pub mod tree;

pub use capture::Capture;
pub use config::{ExecConfig, GuardianMode};
pub use environment::Environment;
pub use executor::{Executor, Live};
pub use outcome::{Attempt, Outcome, StartError, StartErrorKind, StopReason};
pub use spec::{OutputMode, Spec, Stdin, Stream};
pub use termseq::TermSeq;
