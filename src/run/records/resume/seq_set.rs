//! A set of job numbers. Most numbers are consecutive, so each map entry holds 64 of them.

use crate::job::Seq;
use std::collections::HashMap;

/// The set.
#[derive(Debug, Default)]
pub struct SeqSet(HashMap<u64, u64>);

impl SeqSet {
    /// Adds a number.
    pub fn insert(&mut self, seq: Seq) {
        *self.0.entry(seq.0 / 64).or_default() |= 1 << (seq.0 % 64);
    }

    /// True when the set holds this number.
    pub fn contains(&self, seq: Seq) -> bool {
        self.0.get(&(seq.0 / 64)).is_some_and(|bits| bits >> (seq.0 % 64) & 1 == 1)
    }
}
