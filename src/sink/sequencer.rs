//! Puts what ends in any order back into the order of the input. Pure.
//!
//! The job whose turn it is, the *head*, is never pending: what it sends is written at once. What others send is pending until
//! it is their turn. A job that will print nothing (more) must be skipped, or all behind it wait for ever. The sequencer
//! does not know what an item is; that the pending items stay small, and few, is the business of those who make them and who
//! admit jobs.

use std::collections::BTreeMap;

/// Holds items of type `T`, one a job.
#[derive(Debug)]
pub struct Sequencer<T> {
    /// Whose turn it is.
    head: u64,
    /// What jobs behind the head have sent. Never holds the head once [`Sequencer::next`] has returned `None`.
    buffered: BTreeMap<u64, PendingJob<T>>,
    /// Jobs behind the head that will print nothing: from, to, both included, apart from each other by at least one.
    skipped: BTreeMap<u64, u64>,
}

#[derive(Debug)]
struct PendingJob<T> {
    item: T,
    ended: bool,
}

/// What may be written now.
#[derive(Debug, PartialEq, Eq)]
pub enum Release<T> {
    /// All (or the rest) of this job; it is over.
    Whole(u64, T),
    /// The beginning of this job; it is the head now, and what it sends next is not pending.
    Begin(u64, T),
    /// Skipped was pending of this job, which was skipped: it is over.
    Skipped {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
}

impl<T> Sequencer<T> {
    /// The first job in order is `first`.
    pub fn new(first: u64) -> Sequencer<T> {
        Sequencer { head: first, buffered: BTreeMap::new(), skipped: BTreeMap::new() }
    }

    /// Whose turn it is.
    #[cfg(test)]
    fn head(&self) -> u64 {
        self.head
    }

    /// Whether what this job sends is to be written at once: it is the head. A job that is over by our account counts
    /// too, since unexpected output is better late than lost.
    pub fn is_due(&self, job: u64) -> bool {
        job <= self.head
    }

    /// What is pending of a job that is not live, made when nothing was.
    pub fn buffer(&mut self, job: u64, make: impl FnOnce() -> T) -> &mut T {
        debug_assert!(!self.is_due(job), "the head is not pending");
        &mut self.buffered.entry(job).or_insert_with(|| PendingJob { item: make(), ended: false }).item
    }

    /// The job is over; what is pending of it is all there is, and when that is nothing it is a skipped one. For the head:
    /// what it had to say has been written.
    pub fn end(&mut self, job: u64) {
        if let Some(pending) = self.buffered.get_mut(&job) {
            pending.ended = true;
        } else {
            self.skip(job, job);
        }
    }

    /// These jobs, both included, are over, and print no more than what is pending of them.
    pub fn skip(&mut self, from: u64, to: u64) {
        let mut from = from.max(self.head);
        if from > to {
            return;
        }
        let mut gaps = Vec::new();
        for (&job, pending) in self.buffered.range_mut(from..=to) {
            pending.ended = true;
            gaps.push((from, job));
            from = job + 1;
        }
        for (from, end) in gaps {
            self.add_skipped(from, end);
        }
        self.add_skipped(from, to.saturating_add(1));
    }

    /// Notes that the jobs from `from` up to `end`, not included, print nothing; joined with their neighbours.
    fn add_skipped(&mut self, mut from: u64, mut end: u64) {
        if from >= end {
            return;
        }
        while let Some((&start, &last)) = self.skipped.range(..=end).next_back()
            && last.saturating_add(1) >= from
        {
            self.skipped.remove(&start);
            from = from.min(start);
            end = end.max(last.saturating_add(1));
        }
        self.skipped.insert(from, end - 1);
    }

    /// What may be written next, in order. To be asked until it says `None` whenever something was ended or skipped.
    #[allow(clippy::should_implement_trait, reason = "it goes on after a None")]
    pub fn next(&mut self) -> Option<Release<T>> {
        let head = self.head;
        if let Some(first) = self.buffered.first_entry().filter(|first| *first.key() <= head) {
            let job = *first.key();
            let PendingJob { item, ended } = first.remove();
            if job == head && !ended {
                return Some(Release::Begin(job, item));
            }
            // A job below the head was skipped and spoke all the same.
            self.head = head.max(job + 1);
            return Some(Release::Whole(job, item));
        }
        let first = self.skipped.first_entry().filter(|range| *range.key() <= head)?;
        let to = *first.get();
        first.remove();
        self.head = to.saturating_add(1).max(head);
        Some(Release::Skipped { from: head, to })
    }

    /// Everything that is still pending, in order: the run ends, and nobody will fill the gaps.
    pub fn drain(&mut self) -> impl Iterator<Item = (u64, T)> + use<T> {
        std::mem::take(&mut self.buffered).into_iter().map(|(job, pending)| (job, pending.item))
    }
}

#[cfg(test)]
mod tests;
