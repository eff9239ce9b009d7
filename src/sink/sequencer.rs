//! Restores the order of the input for items that come in any order. Pure.
//!
//! The job whose turn it is, the *head*, is not buffered: its output is written at once. Output of later jobs is
//! buffered until their turn. A job without (more) output must be skipped or ended, or all later jobs wait for ever.
//! The callers bound the size and the number of the items.

use std::collections::BTreeMap;

/// Buffers one item of type `T` for each job.
#[derive(Debug)]
pub struct Sequencer<T> {
    /// The job whose turn it is.
    head: u64,
    /// Items of jobs behind the head. Does not contain the head once [`Sequencer::next`] has returned `None`.
    buffered: BTreeMap<u64, PendingJob<T>>,
    /// Ranges of jobs behind the head without output: from, to, both included. At least one job is between two ranges.
    skipped: BTreeMap<u64, u64>,
}

#[derive(Debug)]
struct PendingJob<T> {
    item: T,
    ended: bool,
}

/// Output that may be written now.
#[derive(Debug, PartialEq, Eq)]
pub enum Release<T> {
    /// All output, or the rest, of this job. The job is over.
    Whole(u64, T),
    /// The first output of this job. It is the head now, and its later output is not buffered.
    Begin(u64, T),
    /// These jobs were skipped and have no buffered output. They are over.
    Skipped {
        /// The first job.
        from: u64,
        /// The last job.
        to: u64,
    },
}

impl<T> Sequencer<T> {
    /// Starts with the job `first`.
    pub fn new(first: u64) -> Sequencer<T> {
        Sequencer { head: first, buffered: BTreeMap::new(), skipped: BTreeMap::new() }
    }

    /// The job whose turn it is.
    #[cfg(test)]
    fn head(&self) -> u64 {
        self.head
    }

    /// Whether output of this job is written at once: it is the head, or is already over. Late output of a job that is
    /// over is better than lost output.
    pub fn is_due(&self, job: u64) -> bool {
        job <= self.head
    }

    /// The buffered item of a job that is not due. `make` makes it when there is none.
    pub fn buffer(&mut self, job: u64, make: impl FnOnce() -> T) -> &mut T {
        debug_assert!(!self.is_due(job), "the head is not buffered");
        &mut self.buffered.entry(job).or_insert_with(|| PendingJob { item: make(), ended: false }).item
    }

    /// The end of a job. Its buffered item is complete. A job without one is skipped. All output of the head was
    /// written.
    pub fn end(&mut self, job: u64) {
        if let Some(pending) = self.buffered.get_mut(&job) {
            pending.ended = true;
        } else {
            self.skip(job, job);
        }
    }

    /// Skips a range of jobs, both ends included. They have no more output than their buffered items.
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

    /// Adds the range of jobs without output from `from` up to `end`, not included. Joins it with adjacent ranges.
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

    /// The next output that may be written. Call it until it returns `None` after each end and each skip.
    #[allow(clippy::should_implement_trait, reason = "it may return items again after None")]
    pub fn next(&mut self) -> Option<Release<T>> {
        let head = self.head;
        if let Some(first) = self.buffered.first_entry().filter(|first| *first.key() <= head) {
            let job = *first.key();
            let PendingJob { item, ended } = first.remove();
            if job == head && !ended {
                return Some(Release::Begin(job, item));
            }
            // A job below the head was skipped and had output all the same.
            self.head = head.max(job + 1);
            return Some(Release::Whole(job, item));
        }
        let first = self.skipped.first_entry().filter(|range| *range.key() <= head)?;
        let to = *first.get();
        first.remove();
        self.head = to.saturating_add(1).max(head);
        Some(Release::Skipped { from: head, to })
    }

    /// Removes and returns all buffered items in order, for the end of the run.
    pub fn drain(&mut self) -> impl Iterator<Item = (u64, T)> + use<T> {
        std::mem::take(&mut self.buffered).into_iter().map(|(job, pending)| (job, pending.item))
    }
}

#[cfg(test)]
mod tests;
