//! A simulator of pools and machines. It drives the shipped policies, guards and scheduler on simulated time.
//!
//! - [`plant`] describes a machine and its jobs: how throughput and memory depend on the number that runs. [`named`] has the
//!   plants with a name, and [`drawn`] draws random ones.
//! - [`world`] runs a pool on a plant: jobs, sensors, failures and time.
//! - [`oracle`] and [`hindsight`] find the best fixed limit, which the regret of a policy is measured against.
//! - [`paired`] compares two builds run by run.
//! - [`table`] prints what policies do on plants. [`cost`] measures the CPU time of a decision.
#![allow(missing_docs, clippy::missing_panics_doc, clippy::must_use_candidate, reason = "not published")]
#![allow(clippy::disallowed_methods, reason = "the models may use the float functions of std")]
#![allow(clippy::float_cmp, reason = "simulated times are compared as they were set")]

pub mod cost;
pub mod drawn;
pub mod hindsight;
pub mod named;
pub mod oracle;
pub mod outside;
pub mod paired;
pub mod plant;
pub mod rng;
pub mod server;
pub mod still;
pub mod table;
pub mod world;
