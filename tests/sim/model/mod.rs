//! The simulator: plants, sensors, the oracle, and tables of what policies do to plants.
#![allow(dead_code, reason = "shared by the test and the example, and each uses a part")]
#![allow(missing_docs, unreachable_pub, reason = "not a library")]
#![allow(clippy::float_cmp, reason = "simulated moments are compared as they were set")]

pub mod cost;
pub mod drawn;
pub mod hindsight;
pub mod named;
pub mod oracle;
pub mod plant;
pub mod rng;
pub mod sensor;
pub mod server;
pub mod still;
pub mod table;
pub mod world;
