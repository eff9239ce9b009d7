//! The memory that one more job needs, learned from the peak memory of ended jobs and the memory of running jobs.

use crate::policy::reading::{Memory, TaskReading};

/// The number of ended jobs before their mean is used.
const MIN_JOBS: f64 = 3.0;
/// The weight that older jobs keep with each new one. A change of the jobs shows after about fifty of them.
const KEEP: f64 = 0.98;

/// The mean and the spread of the peak memory of ended jobs, in bytes. Older jobs weigh less.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct JobSize {
    weight: f64,
    mean: f64,
    squares: f64,
    jobs: f64,
}

impl JobSize {
    /// A job ended with this peak memory, in bytes.
    pub(super) fn push(&mut self, peak: f64) {
        self.weight = self.weight * KEEP + 1.0;
        self.jobs += 1.0;
        let difference = peak - self.mean;
        self.mean += difference / self.weight;
        self.squares = self.squares * KEEP + difference * (peak - self.mean);
    }

    /// The mean and one standard deviation, in bytes; `None` before enough jobs ended.
    fn expected(&self) -> Option<f64> {
        (self.jobs >= MIN_JOBS).then(|| self.mean + (self.squares / self.weight).max(0.0).sqrt())
    }

    /// The number of jobs that fit besides the running ones, and the size of one in bytes; `None` when the size is unknown.
    ///
    /// `read` are the running jobs that were read. `young` running jobs started after that reading, `old` before it.
    /// `reserve` bytes stay free.
    pub(super) fn fit(
        &self,
        memory: Memory,
        reserve: f64,
        read: &[TaskReading],
        (young, old): (f64, f64),
    ) -> Option<(u32, f64)> {
        let total: f64 = read.iter().map(|task| task.rss as f64).sum();
        let running = (!read.is_empty()).then(|| total / read.len() as f64);
        let job = match (self.expected(), running) {
            (Some(learned), Some(running)) => learned.max(running),
            (learned, running) => learned.or(running)?,
        };
        if job < 1.0 {
            return None;
        }
        // A job that was read will grow to the expected size. The others will grow by the mean of those.
        let growth: f64 = read.iter().map(|task| (job - task.rss as f64).max(0.0)).sum();
        let growth = if read.is_empty() { 0.0 } else { growth / read.len() as f64 * old };
        let free = memory.available as f64 - reserve - growth - young * job;
        Some(((free / job).floor().max(0.0) as u32, job))
    }
}
