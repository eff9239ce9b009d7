//! The only clock. Everything that decides takes a [`Time`] as an argument, so that it runs in a simulator; only the
//! threads around it own a [`RunClock`].
//!
//! A run that was suspended (Ctrl-Z) has not lived through that time: [`RunClock::pause`] and [`RunClock::resume`] take
//! it out, so that timeouts, cooldowns and throughput never see it.

use std::ops::{Add, Sub};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
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
    /// What readers see of `paused`, which who pauses and resumes holds: they are many and often, and need no lock. In
    /// nanoseconds, doubled: for how long it was paused so far, or with [`STANDS`] the time at which it stands.
    seen: AtomicU64,
    paused: Mutex<Paused>,
}

const STANDS: u64 = 1;
/// In `seen` while it changes from running to standing: who reads waits for the lock.
const CHANGES: u64 = u64::MAX;

#[derive(Debug, Default)]
struct Paused {
    total: Duration,
    since: Option<Instant>,
}

impl RunClock {
    /// A clock that reads zero now.
    #[allow(clippy::new_without_default, reason = "a clock that starts is not a default value")]
    pub fn new() -> RunClock {
        RunClock { origin: instant(), born: unix_now(), seen: AtomicU64::new(0), paused: Mutex::default() }
    }

    /// How long this run has lived.
    pub fn now(&self) -> Time {
        loop {
            let seen = self.seen.load(Ordering::Acquire);
            if seen == CHANGES {
                drop(self.paused());
                continue;
            }
            let figure = Duration::from_nanos(seen >> 1);
            if seen & STANDS != 0 {
                return Time(figure);
            }
            let lived = instant().duration_since(self.origin).saturating_sub(figure);
            // A pause between the two looks would count as lived.
            if self.seen.load(Ordering::Acquire) == seen {
                return Time(lived);
            }
        }
    }

    /// Stops the clock until [`RunClock::resume`]. A second pause changes nothing.
    pub fn pause(&self) {
        let mut paused = self.paused();
        if paused.since.is_none() {
            // From here on nobody can read a later time than the one at which it will stand.
            self.seen.swap(CHANGES, Ordering::SeqCst);
            let now = instant();
            paused.since = Some(now);
            let lived = now.duration_since(self.origin).saturating_sub(paused.total);
            self.seen.store(nanos(lived) << 1 | STANDS, Ordering::Release);
        }
    }

    /// Lets the clock go on from where it was paused.
    pub fn resume(&self) {
        let mut paused = self.paused();
        if let Some(since) = paused.since.take() {
            paused.total += instant().duration_since(since);
            self.seen.store(nanos(paused.total) << 1, Ordering::Release);
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

/// Enough for 292 years.
fn nanos(d: Duration) -> u64 {
    d.as_nanos() as u64
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
    fn time_never_goes_back_while_others_pause_and_resume() {
        let clock = RunClock::new();
        std::thread::scope(|scope| {
            let pauses = scope.spawn(|| {
                for _ in 0..20_000 {
                    clock.pause();
                    clock.resume();
                }
            });
            let mut last = clock.now();
            while !pauses.is_finished() {
                let now = clock.now();
                assert!(now >= last, "{now:?} after {last:?}");
                last = now;
            }
        });
        clock.pause();
        clock.pause();
        let paused = clock.paused().total;
        assert!(clock.now().elapsed() + paused <= instant().duration_since(clock.origin));
    }

    #[test]
    fn since_never_goes_below_zero() {
        assert_eq!(Time::ZERO.since(Time::from_secs(3.0)), Duration::ZERO);
        assert_eq!(Time::from_secs(f64::NAN), Time::ZERO);
    }
}
