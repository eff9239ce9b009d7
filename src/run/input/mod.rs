//! Where jobs come from: the reading thread, the order in which jobs start, and the blocks of a stream.

pub mod given;
pub mod order;
pub mod reader;
pub mod stream;
