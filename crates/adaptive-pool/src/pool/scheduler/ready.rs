//! The waiting tasks, in the order in which they start.

use crate::policy::TaskId;
use crate::task_order::Priority;
use crate::time::Time;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

/// The waiting tasks. Most tasks arrive in the order in which they start (one priority, rising ids); they go to `sorted`,
/// which is faster than a heap. A task that starts before the last one of `sorted` goes to the heap.
#[derive(Debug)]
pub(super) struct ReadyQueue<T> {
    sorted: VecDeque<ReadyTask<T>>,
    heap: BinaryHeap<ReadyTask<T>>,
}

impl<T> ReadyQueue<T> {
    pub(super) fn new() -> ReadyQueue<T> {
        ReadyQueue { sorted: VecDeque::new(), heap: BinaryHeap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.sorted.len() + self.heap.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sorted.is_empty() && self.heap.is_empty()
    }

    pub(super) fn push(&mut self, ready: ReadyTask<T>) {
        // The greatest task starts first.
        if self.sorted.back().is_none_or(|last| *last > ready) {
            self.sorted.push_back(ready);
        } else {
            self.heap.push(ready);
        }
    }

    /// Removes the task that starts next.
    pub(super) fn pop(&mut self) -> Option<ReadyTask<T>> {
        match (self.sorted.front(), self.heap.peek()) {
            (Some(sorted), Some(heap)) if heap > sorted => self.heap.pop(),
            (None, _) => self.heap.pop(),
            _ => self.sorted.pop_front(),
        }
    }

    /// Removes all tasks, in the order of their ids.
    pub(super) fn take(&mut self) -> Vec<ReadyTask<T>> {
        let mut all: Vec<_> = std::mem::take(&mut self.sorted).into();
        all.extend(std::mem::take(&mut self.heap));
        all.sort_by_key(|ready| ready.id);
        all
    }
}

/// A waiting task.
#[derive(Debug)]
pub(super) struct ReadyTask<T> {
    pub(super) priority: Priority,
    pub(super) id: TaskId,
    pub(super) since: Time,
    pub(super) task: T,
}

impl<T> Ord for ReadyTask<T> {
    /// The greatest task starts next: lowest priority number, then lowest id.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.priority, other.id).cmp(&(self.priority, self.id))
    }
}

impl<T> PartialOrd for ReadyTask<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for ReadyTask<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for ReadyTask<T> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tasks_leave_by_priority_and_then_by_number(steps in prop::collection::vec(prop::option::of(-2i64..3), 0..200)) {
            let (mut waiting, mut model, mut last) = (ReadyQueue::new(), Vec::new(), 0);
            for step in steps {
                if let Some(priority) = step {
                    last += 1;
                    let (priority, id) = (Priority(priority), TaskId(last));
                    waiting.push(ReadyTask { priority, id, since: Time::ZERO, task: () });
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
