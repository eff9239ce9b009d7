//! Starts that the system refused (no process, no descriptor, no memory just now): how long to wait, and when to give up.
//! Pure.

use adaptive_pool::time::Time;
use std::time::Duration;

/// Starts refused by the system in a row.
#[derive(Debug, Default)]
pub struct Refusals {
    count: u32,
    since: Option<Time>,
}

/// The first wait after a refused start; doubled up to [`REFUSED_WAIT_MAX`] while refusals follow each other.
const REFUSED_WAIT: Duration = Duration::from_millis(10);
const REFUSED_WAIT_MAX: Duration = Duration::from_secs(1);
/// Without a single start for so long, waiting is no use.
const REFUSED_PATIENCE: Duration = Duration::from_secs(30);

impl Refusals {
    /// One more: how long to wait before the next try.
    pub fn next_wait(&mut self, now: Time) -> Duration {
        self.since.get_or_insert(now);
        let wait = REFUSED_WAIT * 2u32.saturating_pow(self.count.min(8));
        self.count += 1;
        wait.min(REFUSED_WAIT_MAX)
    }

    /// True when nothing could be started for so long that waiting is no use.
    pub fn exhausted(&self, now: Time) -> bool {
        self.since.is_some_and(|since| now.since(since) >= REFUSED_PATIENCE)
    }
}
