//! Requests to all jobs of a run: to end, or to suspend.

use super::outcome::StopReason;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long to wait for a stop of the run after a signal ended a job. The stop of a service and the end of a session
/// send the signal to both, and the job may end first.
const SIGNAL_WAIT: Duration = Duration::from_millis(100);
/// How long a suspension waits for jobs that are just starting, and how often it checks.
const START_WAIT: Duration = Duration::from_millis(100);
const START_POLL: Duration = Duration::from_millis(1);

/// The requests to all jobs.
#[derive(Debug, Default)]
pub struct Requests {
    /// Set once, after `reason`.
    stopping: AtomicBool,
    reason: Mutex<Option<StopReason>>,
    stopped: Condvar,
    suspended: AtomicBool,
    starting: AtomicUsize,
}

/// A job that is starting. Signals cannot reach it yet.
pub struct Starting<'a>(&'a AtomicUsize);

impl Requests {
    /// Lets no job start any more. Returns the first reason, which counts.
    pub fn stop(&self, why: StopReason) -> StopReason {
        let mut reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        let why = reason.get_or_insert(why).clone();
        self.stopping.store(true, Ordering::SeqCst);
        self.stopped.notify_all();
        why
    }

    /// True once [`Requests::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// The reason of the stop. `None` without a stop.
    pub fn stopping(&self) -> Option<StopReason> {
        if !self.is_stopping() {
            return None;
        }
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether this signal stops the run. Waits a moment for the stop.
    pub fn is_stopping_by(&self, signal: i32) -> bool {
        let reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.stopped.wait_timeout_while(reason, SIGNAL_WAIT, |reason| reason.is_none());
        *waited.unwrap_or_else(PoisonError::into_inner).0 == Some(StopReason::Interrupted(signal))
    }

    /// Suspends or resumes all jobs.
    pub fn suspend(&self, suspended: bool) {
        self.suspended.store(suspended, Ordering::SeqCst);
    }

    /// Whether a job that has just started must be suspended.
    pub fn is_suspended(&self) -> bool {
        self.suspended.load(Ordering::SeqCst)
    }

    /// Marks the beginning of a start. The drop of the result marks its end.
    pub fn begin_start(&self) -> Starting<'_> {
        self.starting.fetch_add(1, Ordering::SeqCst);
        Starting(&self.starting)
    }

    /// Waits until the starts that have begun are over. Later starts see the suspension themselves. A start that takes
    /// longer (a file system that does not answer) is not waited for.
    pub fn wait_for_starts(&self) {
        let mut left = START_WAIT;
        while self.starting.load(Ordering::SeqCst) > 0 && !left.is_zero() {
            std::thread::sleep(START_POLL);
            left = left.saturating_sub(START_POLL);
        }
    }
}

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_counts() {
        let requests = Requests::default();
        assert_eq!(requests.stopping(), None);
        assert_eq!(requests.stop(StopReason::Interrupted(2)), StopReason::Interrupted(2));
        assert_eq!(requests.stop(StopReason::Halted), StopReason::Interrupted(2));
        assert!(requests.is_stopping_by(2) && !requests.is_stopping_by(15));
    }

    #[test]
    fn stops_and_starts_are_waited_for() {
        let requests = Requests::default();
        assert!(!requests.is_stopping_by(15));
        std::thread::scope(|scope| {
            scope.spawn(|| requests.stop(StopReason::Interrupted(15)));
            while !requests.is_stopping_by(15) {}
        });
        drop(requests.begin_start());
        requests.wait_for_starts();
        assert_eq!(requests.starting.load(Ordering::SeqCst), 0);
    }
}
