//! The constants of the memory guard.

use crate::policy::setting::{ConfigError, FieldMut};

/// The constants of the memory guard.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryGuardConfig {
    /// The memory in use at and above which no new job starts, 0 to 1. Default 0.90. Option `--memory-threshold`.
    pub memory_threshold: f64,
    /// Whether a new job must fit in the available memory, by the learned size of jobs. Default true.
    pub learn: bool,
    /// Whether the threshold also holds the first job. Default false.
    pub hold_first: bool,
}

impl Default for MemoryGuardConfig {
    fn default() -> MemoryGuardConfig {
        MemoryGuardConfig { memory_threshold: 0.90, learn: true, hold_first: false }
    }
}

impl MemoryGuardConfig {
    pub(in crate::policy::guard) fn validate(&self) -> Result<(), ConfigError> {
        FieldMut::Ratio(&mut self.memory_threshold.clone()).check("memory_threshold")
    }
}
