//! Starts that the system refused, because it had no room for a process, a descriptor or memory: the wait before the
//! next try, and the end of the tries. Pure.

use adaptive_pool::time::Time;
use std::time::Duration;

/// Consecutive refused starts.
#[derive(Debug, Default)]
pub struct Refusals {
    count: u32,
    since: Option<Time>,
}

/// The first wait after a refused start; doubled up to [`REFUSED_WAIT_MAX`] while refusals follow each other.
const REFUSED_WAIT: Duration = Duration::from_millis(10);
const REFUSED_WAIT_MAX: Duration = Duration::from_secs(1);
/// After this time without a start the run ends.
const REFUSED_PATIENCE: Duration = Duration::from_secs(30);

impl Refusals {
    /// Counts a refused start. Returns the wait before the next try.
    pub fn next_wait(&mut self, now: Time) -> Duration {
        self.since.get_or_insert(now);
        let wait = REFUSED_WAIT * 2u32.saturating_pow(self.count.min(8));
        self.count += 1;
        wait.min(REFUSED_WAIT_MAX)
    }

    /// True when no job could be started for 30 s.
    pub fn exhausted(&self, now: Time) -> bool {
        self.since.is_some_and(|since| now.since(since) >= REFUSED_PATIENCE)
    }
}
