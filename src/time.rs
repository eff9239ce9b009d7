//! The only clock. Everything that decides takes a [`Time`] as an argument, so that it runs in a simulator; only the
//! threads around it own a [`RunClock`].
//!
//! A run that was suspended (Ctrl-Z) has not lived through that time: [`RunClock::pause`] and [`RunClock::resume`] take
//! it out, so that timeouts, cooldowns and throughput never see it.

use std::ops::{Add, Sub};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment of the run: how long the run has lived, suspensions not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(Duration);

impl Time {
    /// The start of the run.
    pub const ZERO: Time = Time(Duration::ZERO);

    /// The moment `seconds` after the start. Negative and NaN give the start.
    pub fn from_secs(seconds: f64) -> Time {
        Time(Duration::try_from_secs_f64(seconds).unwrap_or_default())
    }

    /// The moment `elapsed` after the start.
    pub const fn after(elapsed: Duration) -> Time {
        Time(elapsed)
    }

    /// How long after the start.
    pub const fn elapsed(self) -> Duration {
        self.0
    }

    /// Seconds after the start.
    pub fn as_secs(self) -> f64 {
        self.0.as_secs_f64()
    }

    /// How long after `earlier`; zero when `earlier` is later.
    pub fn since(self, earlier: Time) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, d: Duration) -> Time {
        Time(self.0.saturating_add(d))
    }
}

impl Sub<Time> for Time {
    type Output = Duration;
    fn sub(self, earlier: Time) -> Duration {
        self.since(earlier)
    }
}

/// The clock of one run: monotonic time since it was made, less the time for which it was paused.
#[derive(Debug)]
pub struct RunClock {
    origin: Instant,
    born: Duration,
    paused: Mutex<Paused>,
}

#[derive(Debug, Default)]
struct Paused {
    total: Duration,
    since: Option<Instant>,
}

impl RunClock {
    /// A clock that reads zero now.
    #[allow(clippy::new_without_default, reason = "a clock that starts is not a default value")]
    pub fn new() -> RunClock {
        RunClock { origin: instant(), born: unix_now(), paused: Mutex::default() }
    }

    /// How long this run has lived.
    pub fn now(&self) -> Time {
        let paused = self.paused();
        let until = paused.since.unwrap_or_else(instant);
        Time(until.duration_since(self.origin).saturating_sub(paused.total))
    }

    /// Stops the clock until [`RunClock::resume`]. A second pause changes nothing.
    pub fn pause(&self) {
        self.paused().since.get_or_insert_with(instant);
    }

    /// Lets the clock go on from where it was paused.
    pub fn resume(&self) {
        let mut paused = self.paused();
        if let Some(since) = paused.since.take() {
            paused.total += instant().duration_since(since);
        }
    }

    /// When the run began, since 1970 (UTC).
    pub fn began_unix(&self) -> Duration {
        self.born
    }

    /// The wall-clock time of a moment of this run, since 1970 (UTC). Suspensions so far are counted, so a moment
    /// before one is given too late by its length; clock steps during the run are not followed, so that times of one run
    /// are in order.
    pub fn unix(&self, at: Time) -> Duration {
        self.born + at.elapsed() + self.paused().total
    }

    fn paused(&self) -> std::sync::MutexGuard<'_, Paused> {
        self.paused.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The wall clock, since 1970 (UTC); zero when it is set before that.
#[allow(clippy::disallowed_methods, reason = "this module is the clock")]
pub fn unix_now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[allow(clippy::disallowed_methods, reason = "this module is the clock")]
fn instant() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paused_clock_stands_still() {
        let clock = RunClock::new();
        clock.pause();
        let at = clock.now();
        while unix_now().saturating_sub(clock.began_unix()) < Duration::from_millis(3) {}
        assert_eq!(clock.now(), at);
        clock.resume();
        assert!(clock.unix(clock.now()) > clock.began_unix() + at.elapsed());
    }

    #[test]
    fn since_never_goes_below_zero() {
        assert_eq!(Time::ZERO.since(Time::from_secs(3.0)), Duration::ZERO);
        assert_eq!(Time::from_secs(f64::NAN), Time::ZERO);
    }
}
