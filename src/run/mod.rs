//! One run from start to end.
//!
//! The reader makes jobs, the conductor decides which of them start, the pool decides when, workers run them, and the
//! sink writes their output. Pure state machines decide ([`ledger`], [`halt`], [`retry`], [`timeout`]). The other files
//! carry messages and perform actions.

mod build;
pub mod conductor;
pub mod config;
mod error;
pub mod events;
mod finish;
pub mod halt;
mod identity;
pub mod input;
pub mod job_exit;
pub mod ledger;
pub mod outcome;
mod output_order;
pub mod parse;
mod parts;
pub mod records;
mod report;
pub mod retry;
mod shutdown;
pub mod timeout;
pub mod trace_context;
mod worker;

pub use config::Config;
pub use ledger::Cause;
pub use outcome::RunOutcome;
pub use records::output_files::{Layout, OutputFilesConfig, Shown};
pub use worker::placing;
pub use worker::prompt;
pub use worker::variables::RESERVED;

/// Runs all jobs. `exit_status` turns the outcome into the exit status, which the metrics contain.
pub fn execute(config: Config, exit_status: impl Fn(&RunOutcome) -> u8) -> anyhow::Result<RunOutcome> {
    let (conductor, sources, finish) = build::build(config)?;
    let ended = conductor.run(&sources);
    finish.finish(ended, &sources, exit_status)
}
