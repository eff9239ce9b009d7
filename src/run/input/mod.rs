//! The source of jobs: the reading thread, the order in which jobs start, and the blocks of a stream.

pub mod job_input;
pub mod message;
pub mod order;
pub mod reader;
pub mod stream;
pub mod survey;
