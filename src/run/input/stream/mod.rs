//! `--pipe`: a stream is cut into blocks, and each job reads one.

mod config;
mod data;
mod feeder;
mod source;
mod store;

pub use config::{Blocks, StreamConfig};
pub use source::start;
pub use store::{BlockInput, BlockStore, Delivery, Identify, Portion};
