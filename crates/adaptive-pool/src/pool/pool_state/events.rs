//! The starts and ends of tasks between two decisions.

use crate::policy::TaskEvent;

/// The highest number of events (2 MiB). Later events are counted but not passed to the policy.
const MAX_EVENTS: usize = 1 << 15;
/// A larger buffer is shrunk when it is cleared.
const KEPT_EVENTS: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Events(Vec<TaskEvent>);

impl Events {
    pub(super) fn push(&mut self, event: TaskEvent) {
        if self.0.len() < MAX_EVENTS {
            self.0.push(event);
        }
    }

    pub(super) fn as_slice(&self) -> &[TaskEvent] {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
        if self.0.capacity() > KEPT_EVENTS {
            self.0.shrink_to(KEPT_EVENTS / 4);
        }
    }
}
