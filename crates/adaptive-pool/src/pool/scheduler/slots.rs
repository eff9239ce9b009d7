//! The places of running tasks. The lowest free one is given first, so that numbers stay small and the same few are used
//! when few tasks run.

use crate::Slot;

/// The places: a bit for each, 1 when it is taken. The lowest free one is given first.
#[derive(Debug, Default)]
pub(super) struct Slots(Vec<u64>);

impl Slots {
    /// The lowest free place.
    pub(super) fn take(&mut self) -> Slot {
        let word = self.0.iter().position(|&w| w != u64::MAX).unwrap_or_else(|| {
            self.0.push(0);
            self.0.len() - 1
        });
        let bit = self.0[word].trailing_ones();
        self.0[word] |= 1 << bit;
        Slot(word as u32 * 64 + bit + 1)
    }

    /// Gives a place back; false when it was not taken.
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
