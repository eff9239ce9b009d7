//! The only integration test binary, because it links once. One file for each theme; `harness` and `pty` are helpers.
#![allow(
    clippy::disallowed_methods,
    reason = "the rules for the program's own code do not hold for its tests"
)]
#![allow(clippy::print_stderr, reason = "a test that cannot run here says why")]
#![allow(
    clippy::format_collect,
    clippy::type_complexity,
    clippy::duration_suboptimal_units,
    reason = "tests"
)]
#![allow(missing_docs, reason = "the names of the tests are their documentation")]

mod attempts;
mod auto;
mod batches;
mod ci;
mod compat;
mod compat_options;
mod completions;
mod documents;
mod environment;
mod exit_status;
mod fuzz;
mod generated;
mod guards;
mod halt;
mod harness;
mod inherit;
mod input;
mod job_pool;
mod joblog;
mod junit;
mod kill;
mod live_view;
mod man;
mod metrics_schema;
mod order;
mod output;
mod parallel_name;
mod personality;
mod prometheus;
mod pty;
mod readme;
mod records;
mod remote;
mod result_tables;
mod results;
mod resume;
mod shell;
mod signals;
mod startup;
mod stream;
mod stream_resume;
mod suspend;
mod system_calls;
mod tables;
mod template;
mod terminal;
mod tidy;
mod trace;
mod tty;
mod usage;
mod view;
mod workers;
