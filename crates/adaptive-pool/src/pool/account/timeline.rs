//! Running and waiting tasks over time, and what held the number of running tasks while others waited.
//!
//! Memory is bounded: the time is cut into at most [`Running::POINTS`] intervals, which double when they do not suffice.

use crate::pool::metrics::{Running, RunningPoint};
use crate::time::Time;
use std::collections::BTreeMap;
use std::time::Duration;

/// The first length of an interval, in seconds.
const FIRST_INTERVAL: f64 = 0.05;

/// The sums of one interval.
#[derive(Clone, Copy, Debug, Default)]
struct Interval {
    seconds: f64,
    /// Task-seconds.
    running: f64,
    /// Task-seconds.
    waiting: f64,
}

#[derive(Debug)]
pub(super) struct Timeline {
    began: Time,
    /// Seconds.
    length: f64,
    intervals: Vec<Interval>,
    most: u32,
    held: Vec<(&'static str, Duration)>,
    /// No task waited, and none could come, since then.
    tail_since: Time,
}

impl Timeline {
    pub(super) fn new(began: Time) -> Timeline {
        Timeline {
            began,
            length: FIRST_INTERVAL,
            intervals: Vec::new(),
            most: 0,
            held: Vec::new(),
            tail_since: began,
        }
    }

    /// From `from` to `to`, so many tasks ran and waited. `held`: what held the number of running tasks.
    pub(super) fn add(&mut self, (from, to): (Time, Time), running: u32, waiting: u64, held: &'static str) {
        self.most = self.most.max(running);
        if waiting > 0 {
            let span = to.since(from);
            match self.held.iter_mut().find(|(reason, _)| *reason == held) {
                Some((_, time)) => *time += span,
                None => self.held.push((held, span)),
            }
        }
        let (mut at, end) = (from.since(self.began).as_secs_f64(), to.since(self.began).as_secs_f64());
        while end > self.length * Running::POINTS as f64 {
            self.halve();
        }
        while at < end {
            let index = ((at / self.length) as usize).min(Running::POINTS - 1);
            if self.intervals.len() <= index {
                self.intervals.resize(index + 1, Interval::default());
            }
            let until =
                if index + 1 == Running::POINTS { end } else { end.min((index + 1) as f64 * self.length) };
            // Rounding must not stop the loop.
            let until = if until > at { until } else { end };
            let (interval, seconds) = (&mut self.intervals[index], until - at);
            interval.seconds += seconds;
            interval.running += f64::from(running) * seconds;
            interval.waiting += waiting as f64 * seconds;
            at = until;
        }
    }

    /// Until now, tasks waited or could still come.
    pub(super) fn not_in_tail(&mut self, now: Time) {
        self.tail_since = now;
    }

    /// The time since no task waited, in seconds.
    pub(super) fn tail(&self, now: Time) -> f64 {
        now.since(self.tail_since).as_secs_f64()
    }

    /// The seconds that each reason held the number of running tasks while others waited.
    pub(super) fn held(&self) -> BTreeMap<&'static str, f64> {
        self.held.iter().map(|(reason, time)| (*reason, time.as_secs_f64())).collect()
    }

    /// The figures of the running tasks.
    pub(super) fn running(&self) -> Running {
        let seconds: f64 = self.intervals.iter().map(|interval| interval.seconds).sum();
        let running: f64 = self.intervals.iter().map(|interval| interval.running).sum();
        let began = self.began.as_secs();
        let points = self.intervals.iter().enumerate().filter(|(_, interval)| interval.seconds > 0.0);
        Running {
            mean: if seconds > 0.0 { running / seconds } else { 0.0 },
            max: self.most,
            interval_s: self.length,
            over_time: points
                .map(|(index, interval)| RunningPoint {
                    at_s: began + index as f64 * self.length,
                    running: interval.running / interval.seconds,
                    waiting: interval.waiting / interval.seconds,
                })
                .collect(),
        }
    }

    /// Joins neighbours: half as many intervals of twice the length.
    fn halve(&mut self) {
        let joined = |pair: &[Interval]| {
            pair.iter().fold(Interval::default(), |sum, interval| Interval {
                seconds: sum.seconds + interval.seconds,
                running: sum.running + interval.running,
                waiting: sum.waiting + interval.waiting,
            })
        };
        self.intervals = self.intervals.chunks(2).map(joined).collect();
        self.length *= 2.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Time {
        Time::from_secs(seconds)
    }

    #[test]
    fn memory_stays_bounded_and_the_sums_stay() {
        let mut timeline = Timeline::new(at(1.0));
        let mut now = 1.0;
        for step in 0..5000_u32 {
            let next = now + f64::from(step % 7) * 0.3;
            timeline.add((at(now), at(next)), 4, 2, "search");
            now = next;
        }
        let running = timeline.running();
        assert!(running.over_time.len() <= Running::POINTS && running.over_time.len() > Running::POINTS / 4);
        assert!((running.mean - 4.0).abs() < 1e-9 && running.max == 4);
        assert!(running.over_time.iter().all(|point| (point.waiting - 2.0).abs() < 1e-9));
        assert!((timeline.held()["search"] - (now - 1.0)).abs() < 1e-6);
    }

    #[test]
    fn only_time_in_which_tasks_wait_is_held() {
        let mut timeline = Timeline::new(at(0.0));
        timeline.add((at(0.0), at(1.0)), 1, 0, "fixed");
        timeline.add((at(1.0), at(3.0)), 2, 5, "fixed");
        assert_eq!(timeline.held(), BTreeMap::from([("fixed", 2.0)]));
        timeline.not_in_tail(at(3.0));
        assert!((timeline.tail(at(4.5)) - 1.5).abs() < 1e-9);
    }

    #[test]
    fn a_span_is_divided_among_the_intervals() {
        let mut timeline = Timeline::new(at(0.0));
        timeline.add((at(0.0), at(0.075)), 2, 0, "");
        timeline.add((at(0.075), at(0.1)), 4, 0, "");
        let points = timeline.running().over_time;
        assert_eq!(points.len(), 2);
        assert!((points[0].running - 2.0).abs() < 1e-9 && (points[1].running - 3.0).abs() < 1e-9);
    }
}
