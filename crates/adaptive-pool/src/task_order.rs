//! The priority of a task, and its slot while it runs.

use std::fmt;

/// The slot of a running task: the lowest free number from 1. No two running tasks of a pool share a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// The priority of a task. The lowest number starts first, and equal ones start in the order of submission. Default 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(pub i64);

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
