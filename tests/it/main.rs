//! The one integration binary: it links once. One file a theme.
#![allow(
    clippy::disallowed_methods,
    reason = "the rules for the program's own code do not hold for its tests"
)]
#![allow(missing_docs, reason = "the names of the tests are their documentation")]

mod badinput;
mod env;
mod failure;
mod generated;
mod input;
mod joblog;
mod kill;
mod output;
mod pty;
mod records;
mod resume;
mod seeing;
mod signals;
mod starting;
mod template;
mod tidy;
mod workers;
