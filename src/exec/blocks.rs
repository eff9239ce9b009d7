//! The memory that captured output may use: blocks of one size, from one budget for the whole run.
//!
//! Blocks come back when the output has been written, and are used again, so that a steady stream of large outputs costs
//! neither page faults nor the allocator. When none is left, output goes to a file.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes a block holds.
pub const BLOCK: usize = 64 * 1024;

/// The budget.
#[derive(Debug)]
pub struct Blocks {
    store: Mutex<Store>,
}

#[derive(Debug)]
struct Store {
    /// Blocks that were used and are free; the last one was used last.
    free: Vec<Box<[u8]>>,
    /// How many more may be made.
    unallocated: usize,
}

impl Blocks {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> Arc<Blocks> {
        let count = bytes / BLOCK;
        Arc::new(Blocks { store: Mutex::new(Store { free: Vec::with_capacity(count), unallocated: count }) })
    }

    /// A block, unless the budget is used up.
    pub fn take(self: &Arc<Blocks>) -> Option<Block> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = store.free.pop().or_else(|| {
            store.unallocated = store.unallocated.checked_sub(1)?;
            Some(vec![0; BLOCK].into_boxed_slice())
        })?;
        Some(Block { memory, owner: Arc::clone(self) })
    }
}

/// One block. Dropping it gives it back.
pub struct Block {
    memory: Box<[u8]>,
    owner: Arc<Blocks>,
}

impl Block {
    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.memory
    }

    /// All of it, to be filled.
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
