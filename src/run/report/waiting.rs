//! When a run that may start nothing says so: after two seconds, and where no view shows it again and again.
//!
//! Pure: it is told the time, and since when and why nothing may start; it gives the line that is due.

use adaptive_pool::pool::Blocked;
use adaptive_pool::time::Time;
use std::time::Duration;

/// Shorter waits are not worth a line.
const FIRST: Duration = Duration::from_secs(2);
/// Between two lines there is at least this, also when jobs ran in between.
const AGAIN: Duration = Duration::from_secs(30);

/// The lines of one run.
#[derive(Debug)]
pub struct Waiting {
    /// Nothing else shows that the run waits, so it is said again.
    repeats: bool,
    /// Since when it waits, as it was seen last.
    since: Option<Time>,
    /// When the last line was, and since when the run waited then.
    said: Option<(Time, Time)>,
}

impl Waiting {
    /// Nothing waits yet. `repeats`: no view and no line of progress shows it.
    pub fn new(repeats: bool) -> Waiting {
        Waiting { repeats, since: None, said: None }
    }

    /// Takes in how the run stands; gives the line when one is due.
    pub fn look(&mut self, now: Time, blocked: Option<&Blocked>) -> Option<String> {
        self.since = blocked.map(|blocked| Time::from_secs(blocked.since_s));
        let line = format!("apool: waiting: {}", blocked?.reason);
        if !self.due_in(now).is_some_and(|left| left.is_zero()) {
            return None;
        }
        self.said = self.since.map(|since| (now, since));
        Some(line)
    }

    /// How long until a line is due; `None` while nothing waits or all is said.
    pub fn due_in(&self, now: Time) -> Option<Duration> {
        let first = self.since? + FIRST;
        let due = match self.said {
            Some((_, since)) if !self.repeats && self.since == Some(since) => return None,
            Some((said, _)) => first.max(said + AGAIN),
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

    /// The moments at which a line comes, looked at twice a second from 0 to `end`.
    fn lines(waiting: &mut Waiting, end: u32, blocked: impl Fn(f64) -> Option<Blocked>) -> Vec<f64> {
        let looks = (0..=2 * end).map(|half| f64::from(half) / 2.0);
        looks.filter(|&now| waiting.look(at(now), blocked(now).as_ref()).is_some()).collect()
    }

    #[test]
    fn the_first_line_comes_after_two_seconds_and_the_others_each_thirty() {
        let blocked = |_| Some(since(1.0, "x"));
        assert_eq!(lines(&mut Waiting::new(true), 70, blocked), [3.0, 33.0, 63.0]);
        assert_eq!(lines(&mut Waiting::new(false), 70, blocked), [3.0], "a view shows the rest");
        assert_eq!(lines(&mut Waiting::new(true), 70, |_| None), [0.0; 0]);
    }

    #[test]
    fn waits_that_come_and_go_are_told_no_more_often() {
        // It waits for three seconds in every five.
        let blocked = |now: f64| (now % 5.0 < 3.0).then(|| since(now - now % 5.0, "x"));
        for repeats in [true, false] {
            assert_eq!(lines(&mut Waiting::new(repeats), 60, blocked), [2.0, 32.0], "{repeats}");
        }
        let short = |now: f64| (now % 5.0 < 2.0).then(|| since(now - now % 5.0, "x"));
        assert_eq!(lines(&mut Waiting::new(true), 60, short), [0.0; 0]);
    }

    #[test]
    fn the_figure_is_that_of_the_moment() {
        let mut waiting = Waiting::new(true);
        assert_eq!(waiting.look(at(1.0), Some(&since(0.0, "3 GiB free"))), None);
        assert_eq!(waiting.due_in(at(1.0)), Some(Duration::from_secs(1)));
        let line = waiting.look(at(2.0), Some(&since(0.0, "2 GiB free")));
        assert_eq!(line.as_deref(), Some("apool: waiting: 2 GiB free"));
        assert_eq!(waiting.due_in(at(2.0)), Some(AGAIN));
        assert_eq!(waiting.look(at(3.0), None), None);
        assert_eq!(waiting.due_in(at(3.0)), None);
    }
}
