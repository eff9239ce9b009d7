//! The tasks that wait, in the order in which they start.

use crate::Priority;
use crate::policy::TaskId;
use crate::time::Time;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

/// The tasks that wait. Most come in the order in which they are to start (one priority, rising ids): those stand in a
/// line, which is quicker than a heap. Who comes before the end of the line goes to the heap.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    line: VecDeque<Ready<T>>,
    heap: BinaryHeap<Ready<T>>,
}

impl<T> Waiting<T> {
    pub(super) fn new() -> Waiting<T> {
        Waiting { line: VecDeque::new(), heap: BinaryHeap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.line.len() + self.heap.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.line.is_empty() && self.heap.is_empty()
    }

    pub(super) fn push(&mut self, ready: Ready<T>) {
        // The greatest is the first.
        if self.line.back().is_none_or(|last| *last > ready) {
            self.line.push_back(ready);
        } else {
            self.heap.push(ready);
        }
    }

    /// The next to start.
    pub(super) fn pop(&mut self) -> Option<Ready<T>> {
        match (self.line.front(), self.heap.peek()) {
            (Some(line), Some(heap)) if heap > line => self.heap.pop(),
            (None, _) => self.heap.pop(),
            _ => self.line.pop_front(),
        }
    }

    /// All of them, in the order in which they came.
    pub(super) fn take(&mut self) -> Vec<Ready<T>> {
        let mut all: Vec<_> = std::mem::take(&mut self.line).into();
        all.extend(std::mem::take(&mut self.heap));
        all.sort_by_key(|ready| ready.id);
        all
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_leave_by_priority_and_then_by_number(steps in prop::collection::vec(prop::option::of(-2i64..3), 0..200)) {
            let (mut waiting, mut model, mut last) = (Waiting::new(), Vec::new(), 0);
            for step in steps {
                if let Some(priority) = step {
                    last += 1;
                    let (priority, id) = (Priority(priority), TaskId(last));
                    waiting.push(Ready { priority, id, since: Time::ZERO, task: () });
                    model.push((priority, id));
                    model.sort_unstable();
                } else {
                    let next = (!model.is_empty()).then(|| model.remove(0));
                    prop_assert_eq!(waiting.pop().map(|r| (r.priority, r.id)), next);
                }
                prop_assert_eq!((waiting.len(), waiting.is_empty()), (model.len(), model.is_empty()));
            }
            model.sort_by_key(|(_, id)| *id);
            let all: Vec<_> = waiting.take().into_iter().map(|r| (r.priority, r.id)).collect();
            prop_assert_eq!(all, model);
            prop_assert!(waiting.is_empty());
        }
    }
}
