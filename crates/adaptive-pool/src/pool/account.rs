//! The counts and measurements of a pool.
//!
//! Memory is bounded: durations go into histograms, and the limit over time into a series that is thinned out.

mod timeline;

use self::timeline::Timeline;
use super::histogram::{Histogram, millis};
use super::hooks::TaskReport;
use super::metrics::{Decisions, LimitPoint, Metrics, Performance, Workers};
use super::report::Report;
use crate::policy::{Verdict, Why};
use crate::time::Time;
use std::time::Duration;

/// The number of tasks in the baseline.
const BASELINE: u64 = 50;
/// The number of tasks in the current mean run time.
const WINDOW: usize = 100;

/// The use of the pool since the last event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) running: u32,
    pub(crate) limit: u32,
    /// Tasks that wait.
    pub(crate) waiting: u64,
    /// More tasks may come.
    pub(crate) input_open: bool,
    /// What holds the number of running tasks, for tasks that wait.
    pub(crate) held: &'static str,
}

#[derive(Debug)]
pub(crate) struct Account {
    began: Time,
    /// The end of the accounted time.
    at: Time,
    /// The time integral of running tasks, in task-seconds.
    running_area: f64,
    /// The time integral of the limit, in task-seconds.
    limit_area: f64,
    starved: Duration,
    pub(crate) submitted: u64,
    ok: u64,
    failed: u64,
    panicked: u64,
    killed: u64,
    not_started: u64,
    pub(crate) dropped: u64,
    took: Histogram,
    waited: Histogram,
    baseline: f64,
    last: Vec<f64>,
    next_last: usize,
    decisions: Decisions,
    series: Series,
    timeline: Timeline,
}

impl Account {
    pub(crate) fn new(now: Time, limit: u32) -> Account {
        Account {
            began: now,
            at: now,
            running_area: 0.0,
            limit_area: 0.0,
            starved: Duration::ZERO,
            submitted: 0,
            ok: 0,
            failed: 0,
            panicked: 0,
            killed: 0,
            not_started: 0,
            dropped: 0,
            took: Histogram::default(),
            waited: Histogram::default(),
            baseline: 0.0,
            last: Vec::with_capacity(WINDOW),
            next_last: 0,
            decisions: Decisions::default(),
            series: Series::new(now, limit),
            timeline: Timeline::new(now),
        }
    }

    /// Time has passed with this usage.
    pub(crate) fn advance(&mut self, now: Time, usage: Usage) {
        let span = now.since(self.at);
        if span.is_zero() {
            return;
        }
        let from = std::mem::replace(&mut self.at, now);
        self.timeline.add((from, now), usage.running, usage.waiting, usage.held);
        if usage.waiting > 0 || usage.input_open {
            self.timeline.not_in_tail(now);
        }
        let seconds = span.as_secs_f64();
        self.running_area += f64::from(usage.running) * seconds;
        self.limit_area += f64::from(usage.limit) * seconds;
        if usage.input_open && usage.waiting == 0 && usage.running < usage.limit {
            self.starved += span;
        }
    }

    /// The time integral of running tasks, in task-seconds.
    pub(crate) fn task_seconds(&self) -> f64 {
        self.running_area
    }

    pub(crate) fn started(&mut self, waited: Duration) {
        self.waited.add(waited);
    }

    pub(crate) fn finished(&mut self, took: Duration, report: &TaskReport, panicked: bool) {
        match report.verdict {
            Verdict::NotStarted => {
                self.not_started += 1;
                return;
            }
            Verdict::Ok => self.ok += 1,
            Verdict::Failed | Verdict::KilledByKernel | Verdict::Backoff if panicked => self.panicked += 1,
            Verdict::Failed | Verdict::KilledByKernel | Verdict::Backoff => self.failed += 1,
            Verdict::Killed => self.killed += 1,
        }
        let ms = millis(took);
        if self.took.count() < BASELINE {
            self.baseline += ms;
        }
        self.took.add(took);
        if self.last.len() < WINDOW {
            self.last.push(ms);
        } else {
            self.last[self.next_last] = ms;
            self.next_last = (self.next_last + 1) % WINDOW;
        }
    }

    pub(crate) fn decided(&mut self, old: u32, new: u32, why: &Why) {
        match new.cmp(&old) {
            std::cmp::Ordering::Greater => self.decisions.increase += 1,
            std::cmp::Ordering::Less => self.decisions.decrease += 1,
            std::cmp::Ordering::Equal => self.decisions.hold += 1,
        }
        *self.decisions.reasons.entry(why.kind()).or_default() += 1;
    }

    /// Records the limit in force.
    pub(crate) fn record_limit(&mut self, now: Time, limit: u32) {
        self.series.push(now, limit);
    }

    /// Tasks that ran and ended.
    pub(crate) fn completed(&self) -> u64 {
        self.ok + self.failed + self.panicked + self.killed
    }

    /// The counted part of a snapshot. The other fields have their defaults.
    pub(crate) fn metrics(&self, now: Time) -> Metrics {
        let lifetime = now.since(self.began).as_secs_f64();
        let mean_limit =
            if lifetime > 0.0 { self.limit_area / lifetime } else { f64::from(self.series.last_limit()) };
        Metrics {
            avg_task_duration_ms: self.took.mean(),
            total_submitted: self.submitted,
            total_completed: self.completed(),
            total_failed: self.failed + self.panicked,
            total_panicked: self.panicked,
            total_killed: self.killed,
            total_not_started: self.not_started,
            total_dropped: self.dropped,
            throughput_per_s: if lifetime > 0.0 { self.completed() as f64 / lifetime } else { 0.0 },
            latency_ms: self.took.spread(),
            queue_wait_ms: self.waited.spread(),
            performance: self.performance(),
            workers: Workers {
                min: self.series.lowest,
                max: self.series.highest,
                mean: mean_limit.clamp(f64::from(self.series.lowest), f64::from(self.series.highest)),
                limit: self.series.points.clone(),
            },
            worker_utilization: if self.limit_area > 0.0 {
                (self.running_area / self.limit_area).min(1.0)
            } else {
                0.0
            },
            starved_ms: millis(self.starved),
            running: self.timeline.running(),
            held_s: self.timeline.held(),
            tail_s: self.timeline.tail(self.at),
            decisions: self.decisions.clone(),
            ..Metrics::default()
        }
    }

    /// The final counts.
    pub(crate) fn report(&self, metrics: Metrics) -> Report {
        Report {
            completed: self.ok,
            failed: self.failed,
            panicked: self.panicked,
            killed: self.killed,
            not_started: self.not_started,
            dropped: self.dropped,
            metrics,
        }
    }

    fn performance(&self) -> Performance {
        let baseline_ms = (self.took.count() >= BASELINE).then(|| self.baseline / BASELINE as f64);
        let current_ms =
            (!self.last.is_empty()).then(|| self.last.iter().sum::<f64>() / self.last.len() as f64);
        let gain_percent = match (baseline_ms, current_ms) {
            (Some(baseline), Some(current)) if baseline > 0.0 => {
                Some((baseline - current) / baseline * 100.0).filter(|g| g.is_finite())
            }
            _ => None,
        };
        Performance { window: WINDOW as u32, baseline_ms, current_ms, gain_percent }
    }
}

/// The limit over time, in at most [`Workers::POINTS`] points. When the series is full, every second point is removed, and the
/// shortest gap between points is doubled: a change within the gap replaces the last point.
#[derive(Debug)]
struct Series {
    points: Vec<LimitPoint>,
    gap: f64,
    lowest: u32,
    highest: u32,
}

impl Series {
    fn new(now: Time, limit: u32) -> Series {
        let first = LimitPoint { at_s: now.as_secs(), limit };
        Series { points: vec![first], gap: 0.0, lowest: limit, highest: limit }
    }

    fn last_limit(&self) -> u32 {
        self.points.last().map_or(0, |p| p.limit)
    }

    fn push(&mut self, now: Time, limit: u32) {
        if limit == self.last_limit() {
            return;
        }
        self.lowest = self.lowest.min(limit);
        self.highest = self.highest.max(limit);
        let point = LimitPoint { at_s: now.as_secs(), limit };
        if let [_, .., before, last] = self.points.as_mut_slice()
            && point.at_s - before.at_s < self.gap
        {
            *last = point;
            return;
        }
        if self.points.len() >= Workers::POINTS {
            self.thin();
        }
        self.points.push(point);
    }

    fn thin(&mut self) {
        let mut index = 0;
        self.points.retain(|_| {
            index += 1;
            index % 2 == 1
        });
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else { return };
        self.gap = ((last.at_s - first.at_s) / Workers::POINTS as f64 * 2.0).max(self.gap * 2.0);
    }
}

#[cfg(test)]
mod tests;
