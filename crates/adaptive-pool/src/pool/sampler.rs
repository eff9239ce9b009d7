//! The sampler thread: it reads the sensor at the interval that the policy asked for last.
//!
//! A sensor that panics is not called again. A sensor that hangs blocks only this thread, which no other thread waits for.
//! Impossible figures become unknown. The delay with which this thread wakes is the lag.

use super::panics::caught;
use super::shared::Shared;
use crate::policy::{Memory, Reading, Sensor};
use crate::time::{RunClock, Time};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use std::sync::Weak;
use std::time::Duration;

/// The shortest time between two readings.
const SHORTEST: Duration = Duration::from_millis(5);

/// Reads the sensor until the sender of `periods` or the pool is dropped.
pub(super) fn sample(
    shared: &Weak<Shared>,
    clock: &RunClock,
    mut sensor: Box<dyn Sensor>,
    period: Duration,
    periods: &Receiver<Duration>,
) {
    let mut schedule = Schedule::new(clock.now(), period);
    let mut first = true;
    loop {
        match periods.recv_timeout(schedule.due.since(clock.now())) {
            Ok(period) => {
                schedule.set_period(period);
                continue;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let now = clock.now();
        let lag = schedule.begin(now);
        let reading = caught(|| sensor.read(now));
        let Some(shared) = shared.upgrade() else { return };
        let Some(mut reading) = reading else {
            shared.sensor_gone();
            return;
        };
        reading.at = now;
        reading.lag = reading.lag.or(Some(lag));
        shared.reading(plausible(reading));
        if std::mem::take(&mut first) {
            shared.set_run_queue_probe(caught(|| sensor.run_queue_probe()).flatten());
        }
    }
}

/// When the next reading is due.
#[derive(Debug)]
struct Schedule {
    /// The time of the last reading.
    last: Option<Time>,
    period: Duration,
    due: Time,
}

impl Schedule {
    /// The first reading is due now.
    fn new(now: Time, period: Duration) -> Schedule {
        Schedule { last: None, period, due: now }
    }

    /// The first reading stays due when it was: tasks may wait for it, and the period may change before this thread runs.
    fn set_period(&mut self, period: Duration) {
        self.period = period.max(SHORTEST);
        if let Some(last) = self.last {
            self.due = last + self.period;
        }
    }

    /// A reading begins. Returns its delay.
    fn begin(&mut self, now: Time) -> Duration {
        let lag = now.since(self.due);
        self.last = Some(now);
        self.due = now + self.period;
        lag
    }
}

/// The reading, with impossible figures made unknown.
fn plausible(mut reading: Reading) -> Reading {
    let figure = |x: Option<f64>| x.filter(|x| x.is_finite() && *x >= 0.0);
    reading.cpu = figure(reading.cpu).map(|c| c.min(1.0));
    reading.load = figure(reading.load);
    reading.run_queue = figure(reading.run_queue);
    reading.memory = reading
        .memory
        .filter(|m| m.total > 0)
        .map(|m| Memory { total: m.total, available: m.available.min(m.total) });
    if let Some(tasks) = &mut reading.tasks {
        tasks.runnable = figure(Some(tasks.runnable)).unwrap_or(0.0);
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_period_delays_every_reading_but_the_first() {
        let at = Time::from_secs;
        let mut schedule = Schedule::new(at(1.0), Duration::from_millis(5));
        schedule.set_period(Duration::from_secs(9));
        assert_eq!(schedule.due, at(1.0));
        assert_eq!(schedule.begin(at(1.5)), Duration::from_millis(500));
        assert_eq!(schedule.due, at(10.5));
        schedule.set_period(Duration::ZERO);
        assert_eq!(schedule.due, at(1.505), "the shortest period");
    }

    #[test]
    fn impossible_figures_are_unknown() {
        let impossible = Reading {
            cpu: Some(7.5),
            load: Some(f64::NAN),
            run_queue: Some(-1.0),
            memory: Some(Memory { total: 10, available: 90 }),
            ..Reading::default()
        };
        let seen = plausible(impossible);
        assert_eq!((seen.cpu, seen.load, seen.run_queue), (Some(1.0), None, None));
        assert_eq!(seen.memory, Some(Memory { total: 10, available: 10 }));
        let none = Reading { memory: Some(Memory { total: 0, available: 5 }), ..Reading::default() };
        assert_eq!(plausible(none).memory, None);
    }
}
