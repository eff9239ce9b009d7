//! The simulator: plants, sensors, the oracle, and tables of what policies do to plants.
#![allow(missing_docs, clippy::missing_panics_doc, clippy::must_use_candidate, reason = "not published")]
#![allow(clippy::disallowed_methods, reason = "the arithmetic of the models may load what it likes")]
#![allow(clippy::float_cmp, reason = "simulated moments are compared as they were set")]

pub mod cost;
pub mod drawn;
pub mod hindsight;
pub mod named;
pub mod oracle;
pub mod plant;
pub mod rng;
pub mod server;
pub mod still;
pub mod table;
pub mod world;
