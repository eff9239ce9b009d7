//! The slots of running tasks. The lowest free slot is used first, so numbers stay small.

use crate::task_order::Slot;

/// One bit for each slot: 1 when it is taken.
#[derive(Debug, Default)]
pub(super) struct Slots(Vec<u64>);

impl Slots {
    /// Takes the lowest free slot.
    pub(super) fn take(&mut self) -> Slot {
        let word = self.0.iter().position(|&w| w != u64::MAX).unwrap_or_else(|| {
            self.0.push(0);
            self.0.len() - 1
        });
        let bit = self.0[word].trailing_ones();
        self.0[word] |= 1 << bit;
        Slot(word as u32 * 64 + bit + 1)
    }

    /// Frees a slot. False when it was not taken.
    pub(super) fn free(&mut self, slot: Slot) -> bool {
        let index = slot.0.wrapping_sub(1);
        let mask = 1 << (index % 64);
        match self.0.get_mut(index as usize / 64) {
            Some(word) if *word & mask != 0 => {
                *word &= !mask;
                true
            }
            _ => false,
        }
    }
}
