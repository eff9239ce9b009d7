//! The memory budget for captured output: blocks of one size, for the whole run.
//!
//! A dropped block is used again. A steady stream of large outputs therefore causes no page faults and no allocations.
//! Without a free block, output goes to a file.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The size of a block in bytes.
pub const BLOCK: usize = 64 * 1024;

/// The budget.
#[derive(Debug)]
pub struct Blocks {
    store: Mutex<Store>,
}

#[derive(Debug)]
struct Store {
    /// Free blocks. The last one was used last.
    free: Vec<Box<[u8]>>,
    /// The number of blocks that may still be allocated.
    unallocated: usize,
}

impl Blocks {
    /// A budget of this many bytes, rounded down to blocks.
    pub fn new(bytes: usize) -> Arc<Blocks> {
        let count = bytes / BLOCK;
        Arc::new(Blocks { store: Mutex::new(Store { free: Vec::with_capacity(count), unallocated: count }) })
    }

    /// A block. `None` when the budget is used up.
    pub fn take(self: &Arc<Blocks>) -> Option<Block> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = store.free.pop().or_else(|| {
            store.unallocated = store.unallocated.checked_sub(1)?;
            Some(vec![0; BLOCK].into_boxed_slice())
        })?;
        Some(Block { memory, owner: Arc::clone(self) })
    }
}

/// One block. The drop returns it to the budget.
pub struct Block {
    memory: Box<[u8]>,
    owner: Arc<Blocks>,
}

impl Block {
    /// The bytes of the block.
    pub fn bytes(&self) -> &[u8] {
        &self.memory
    }

    /// The bytes of the block, for writing.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.memory
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
        self.owner.store.lock().unwrap_or_else(PoisonError::into_inner).free.push(memory);
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_a_bound_and_dropped_blocks_are_reused() {
        let blocks = Blocks::new(2 * BLOCK + 1);
        let (a, b) = (blocks.take().unwrap(), blocks.take().unwrap());
        assert_eq!(a.bytes().len(), BLOCK);
        assert!(blocks.take().is_none());
        drop(b);
        assert!(blocks.take().is_some());
        drop(a);
    }
}
