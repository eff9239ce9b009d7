//! The one integration binary: it links once. One file a theme.
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

mod auto;
mod badinput;
mod batches;
mod compat;
mod env;
mod failure;
mod faults;
mod fuzz;
mod generated;
mod guards;
mod habits;
mod halt;
mod inherit;
mod input;
mod joblog;
mod kill;
mod man;
mod manuals;
mod order;
mod output;
mod pty;
mod readme;
mod records;
mod remote;
mod results;
mod resume;
mod seeing;
mod signals;
mod spellings;
mod starting;
mod stream;
mod stream_resume;
mod suspend;
mod tables;
mod template;
mod terminal;
mod tidy;
mod workers;
