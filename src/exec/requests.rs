//! What is asked of all jobs of a run at once: to end, or to stand still. It knows no job.

use super::outcome::StopReason;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A signal that reaches a job and us at once (the stop of a service, the end of a session) may end the job first. We
/// are so long in hearing of it at most.
const SIGNAL_WAIT: Duration = Duration::from_millis(100);
/// How long a start may take before a run that stands still does not wait for it any more, and how often it looks.
const START_WAIT: Duration = Duration::from_millis(100);
const START_POLL: Duration = Duration::from_millis(1);

/// The requests of a run.
#[derive(Debug, Default)]
pub struct Requests {
    /// Set once; `reason` is set before it.
    stopping: AtomicBool,
    reason: Mutex<Option<StopReason>>,
    stopped: Condvar,
    suspended: AtomicBool,
    starting: AtomicUsize,
}

/// A job that is being started, and cannot be signalled yet.
pub struct Starting<'a>(&'a AtomicUsize);

impl Requests {
    /// No job may start any more. The first reason counts, and is given back.
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

    /// Why no job may start, if so.
    pub fn stopping(&self) -> Option<StopReason> {
        if !self.is_stopping() {
            return None;
        }
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the run is being stopped by this signal, or is so in a moment: waits for that.
    pub fn is_stopping_by(&self, signal: i32) -> bool {
        let reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.stopped.wait_timeout_while(reason, SIGNAL_WAIT, |reason| reason.is_none());
        *waited.unwrap_or_else(PoisonError::into_inner).0 == Some(StopReason::Interrupted(signal))
    }

    /// All jobs are to stand still, or to go on.
    pub fn suspend(&self, suspended: bool) {
        self.suspended.store(suspended, Ordering::SeqCst);
    }

    /// Whether a job that has just started is to stand still.
    pub fn is_suspended(&self) -> bool {
        self.suspended.load(Ordering::SeqCst)
    }

    /// A start begins. It is over when this is dropped.
    pub fn starting(&self) -> Starting<'_> {
        self.starting.fetch_add(1, Ordering::SeqCst);
        Starting(&self.starting)
    }

    /// Waits until the starts that have begun are over: from then on those jobs stand still as well. One that takes long
    /// (a program on a file system that does not answer) is not waited for.
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
        drop(requests.starting());
        requests.wait_for_starts();
        assert_eq!(requests.starting.load(Ordering::SeqCst), 0);
    }
}
