//! The stream that the jobs read: plain data.

use super::store::Delivery;
use crate::input::{BlockReader, FileBlocks};

/// The source of the blocks.
pub enum Blocks {
    /// A stream, read from its beginning to its end.
    Read(BlockReader),
    /// A file, read only around the places where it is cut (`--pipe-part`).
    Part(FileBlocks),
}

/// Jobs that read a stream.
pub struct StreamConfig {
    /// The source of their blocks.
    pub blocks: Blocks,
    /// How a job receives its block.
    pub delivery: Delivery,
    /// The number of jobs that share the stream (`--round-robin`); `None` for one job a block.
    pub shared_by: Option<usize>,
}

impl std::fmt::Debug for StreamConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamConfig").field("delivery", &self.delivery).finish_non_exhaustive()
    }
}
