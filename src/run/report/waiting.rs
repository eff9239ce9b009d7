//! The notice that a run waits because no job may start. It comes after two seconds and is repeated if no view shows
//! the wait.
//!
//! Pure: time and the reason for the wait are arguments.

use adaptive_pool::pool::Blocked;
use adaptive_pool::time::Time;
use std::time::Duration;

/// Shorter waits are not reported.
const FIRST: Duration = Duration::from_secs(2);
/// The least time between two notices, even if jobs ran meanwhile.
const AGAIN: Duration = Duration::from_secs(30);

/// The notices of one run.
#[derive(Debug)]
pub struct WaitingNotice {
    /// The notice is repeated, because nothing else shows the wait.
    repeats: bool,
    /// The start of the wait, as last observed.
    since: Option<Time>,
    /// The time of the last notice, and the start of its wait.
    last: Option<(Time, Time)>,
}

impl WaitingNotice {
    /// No wait yet. `repeats`: neither a view nor a line of progress shows the wait.
    pub fn new(repeats: bool) -> WaitingNotice {
        WaitingNotice { repeats, since: None, last: None }
    }

    /// Observes the run and returns the notice if one is due.
    pub fn observe(&mut self, now: Time, blocked: Option<&Blocked>) -> Option<String> {
        self.since = blocked.map(|blocked| Time::from_secs(blocked.since_s));
        let line = format!("waiting: {}", blocked?.reason);
        if !self.due_in(now).is_some_and(|left| left.is_zero()) {
            return None;
        }
        self.last = self.since.map(|since| (now, since));
        Some(line)
    }

    /// The time until a notice is due; `None` without a wait, and after the last notice.
    pub fn due_in(&self, now: Time) -> Option<Duration> {
        let first = self.since? + FIRST;
        let due = match self.last {
            Some((_, since)) if !self.repeats && self.since == Some(since) => return None,
            Some((last, _)) => first.max(last + AGAIN),
            None => first,
        };
        Some(due.since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: f64) -> Time {
        Time::from_secs(s)
    }

    fn since(since_s: f64, reason: &str) -> Blocked {
        let mut blocked = Blocked::default();
        (blocked.since_s, blocked.reason) = (since_s, reason.to_owned());
        blocked
    }

    /// The times of the notices, observed twice a second from 0 to `end`.
    fn notices(waiting: &mut WaitingNotice, end: u32, blocked: impl Fn(f64) -> Option<Blocked>) -> Vec<f64> {
        let times = (0..=2 * end).map(|half| f64::from(half) / 2.0);
        times.filter(|&now| waiting.observe(at(now), blocked(now).as_ref()).is_some()).collect()
    }

    #[test]
    fn the_first_notice_comes_after_two_seconds_and_the_others_every_thirty() {
        let blocked = |_| Some(since(1.0, "x"));
        assert_eq!(notices(&mut WaitingNotice::new(true), 70, blocked), [3.0, 33.0, 63.0]);
        assert_eq!(notices(&mut WaitingNotice::new(false), 70, blocked), [3.0], "a view shows the rest");
        assert_eq!(notices(&mut WaitingNotice::new(true), 70, |_| None), [0.0; 0]);
    }

    #[test]
    fn repeated_waits_give_no_further_notices() {
        // The run waits for three seconds in every five.
        let blocked = |now: f64| (now % 5.0 < 3.0).then(|| since(now - now % 5.0, "x"));
        for repeats in [true, false] {
            assert_eq!(notices(&mut WaitingNotice::new(repeats), 60, blocked), [2.0, 32.0], "{repeats}");
        }
        let short = |now: f64| (now % 5.0 < 2.0).then(|| since(now - now % 5.0, "x"));
        assert_eq!(notices(&mut WaitingNotice::new(true), 60, short), [0.0; 0]);
    }

    #[test]
    fn the_notice_has_the_current_figure() {
        let mut waiting = WaitingNotice::new(true);
        assert_eq!(waiting.observe(at(1.0), Some(&since(0.0, "3 GiB free"))), None);
        assert_eq!(waiting.due_in(at(1.0)), Some(Duration::from_secs(1)));
        let line = waiting.observe(at(2.0), Some(&since(0.0, "2 GiB free")));
        assert_eq!(line.as_deref(), Some("waiting: 2 GiB free"));
        assert_eq!(waiting.due_in(at(2.0)), Some(AGAIN));
        assert_eq!(waiting.observe(at(3.0), None), None);
        assert_eq!(waiting.due_in(at(3.0)), None);
    }
}
