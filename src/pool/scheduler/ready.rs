//! The order of the tasks that wait.

use crate::job::Priority;
use crate::policy::TaskId;
use crate::time::Time;
use std::cmp::Ordering;

/// A task that waits.
#[derive(Debug)]
pub(super) struct Ready<T> {
    pub(super) priority: Priority,
    pub(super) id: TaskId,
    pub(super) since: Time,
    pub(super) task: T,
}

impl<T> Ord for Ready<T> {
    /// The greatest is the next to start: lowest priority number, then lowest id.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.priority, other.id).cmp(&(self.priority, self.id))
    }
}

impl<T> PartialOrd for Ready<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Ready<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Ready<T> {}
