//! Time, and the clock of a pool.
//!
//! State machines take a [`Time`] as an argument, so a simulator can drive them. Only the threads of a pool read a [`RunClock`].
//!
//! The clock does not count the time for which a run is suspended (Ctrl-Z): [`RunClock::pause`] stops it and
//! [`RunClock::resume`] continues it, so timeouts, cooldowns and throughput do not include that time.

use std::ops::{Add, Sub};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A time on a [`RunClock`]: the duration since its start, without pauses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(Duration);

impl Time {
    /// The start of the clock.
    pub const ZERO: Time = Time(Duration::ZERO);

    /// The time `seconds` after the start. Negative values and NaN give the start.
    pub fn from_secs(seconds: f64) -> Time {
        Time(Duration::try_from_secs_f64(seconds).unwrap_or_default())
    }

    /// The time `elapsed` after the start.
    pub const fn after(elapsed: Duration) -> Time {
        Time(elapsed)
    }

    /// The duration since the start.
    pub const fn elapsed(self) -> Duration {
        self.0
    }

    /// The seconds since the start.
    pub fn as_secs(self) -> f64 {
        self.0.as_secs_f64()
    }

    /// The duration since `earlier`; zero when `earlier` is later.
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

/// A monotonic clock that starts at zero and can be paused.
#[derive(Debug)]
pub struct RunClock {
    origin: Instant,
    /// The wall-clock time at the start, since 1970 (UTC).
    origin_unix: Duration,
    /// A copy of `paused` that readers use without the lock. In the upper 63 bits, nanoseconds: the total of the pauses, or with
    /// [`STOPPED`] the time at which the clock stopped. [`CHANGING`] while the clock stops.
    state: AtomicU64,
    paused: Mutex<Paused>,
}

/// In `state`: the clock is stopped.
const STOPPED: u64 = 1;
/// In `state` while the clock stops: readers wait for the lock.
const CHANGING: u64 = u64::MAX;

#[derive(Debug, Default)]
struct Paused {
    total: Duration,
    since: Option<Instant>,
}

impl RunClock {
    /// A clock that reads zero now.
    #[allow(clippy::new_without_default, reason = "a clock that starts is not a default value")]
    pub fn new() -> RunClock {
        RunClock {
            origin: instant(),
            origin_unix: unix_now(),
            state: AtomicU64::new(0),
            paused: Mutex::default(),
        }
    }

    /// The time now.
    pub fn now(&self) -> Time {
        loop {
            let state = self.state.load(Ordering::Acquire);
            if state == CHANGING {
                drop(self.paused());
                continue;
            }
            let figure = Duration::from_nanos(state >> 1);
            if state & STOPPED != 0 {
                return Time(figure);
            }
            let elapsed = instant().duration_since(self.origin).saturating_sub(figure);
            // A pause between the two loads would be counted.
            if self.state.load(Ordering::Acquire) == state {
                return Time(elapsed);
            }
        }
    }

    /// Stops the clock until [`RunClock::resume`]. No effect on a stopped clock.
    pub fn pause(&self) {
        let mut paused = self.paused();
        if paused.since.is_none() {
            // From here on no reader gets a later time than the one at which the clock stops.
            self.state.swap(CHANGING, Ordering::SeqCst);
            let now = instant();
            paused.since = Some(now);
            let elapsed = now.duration_since(self.origin).saturating_sub(paused.total);
            self.state.store(nanos(elapsed) << 1 | STOPPED, Ordering::Release);
        }
    }

    /// Continues a stopped clock. No effect on a running clock.
    pub fn resume(&self) {
        let mut paused = self.paused();
        if let Some(since) = paused.since.take() {
            paused.total += instant().duration_since(since);
            self.state.store(nanos(paused.total) << 1, Ordering::Release);
        }
    }

    /// The wall-clock time at the start, since 1970 (UTC).
    pub fn began_unix(&self) -> Duration {
        self.origin_unix
    }

    /// The wall-clock time of `at`, since 1970 (UTC). All pauses so far are added, so a time before a pause is too late by the
    /// length of that pause. Steps of the wall clock are not followed, so the times of one run stay in order.
    pub fn unix(&self, at: Time) -> Duration {
        self.origin_unix + at.elapsed() + self.paused().total
    }

    fn paused(&self) -> std::sync::MutexGuard<'_, Paused> {
        self.paused.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The nanoseconds of a duration. They fit for 584 years.
fn nanos(d: Duration) -> u64 {
    d.as_nanos() as u64
}

/// The wall-clock time now, since 1970 (UTC); zero when the clock is set before 1970.
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
    fn a_paused_clock_stops() {
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
