//! What a pool has done so far, as plain data under stable names. No figure is ever NaN or infinite; what is not known is `None`.
//!
//! Durations are in milliseconds, as their names say, over the whole life of the pool.

use std::collections::BTreeMap;

/// A snapshot of a pool: all figures are of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Metrics {
    /// CPU use of the machine in percent, from the last reading.
    pub cpu_utilization_percent: Option<f64>,
    /// Memory in use, 0 to 100, from the last reading.
    pub memory_utilization_percent: Option<f64>,
    /// Memory that may still be used, in MiB, from the last reading.
    pub memory_available_mb: Option<f64>,
    /// Tasks running.
    pub active_threads: u32,
    /// Threads waiting for a task.
    pub idle_threads: u32,
    /// Threads alive.
    pub current_threads: u32,
    /// The limit in force.
    pub limit: u32,
    /// Tasks waiting.
    pub queue_depth: u64,
    /// The mean time a task ran; 0 before the first has ended.
    pub avg_task_duration_ms: f64,
    /// Tasks taken.
    pub total_submitted: u64,
    /// Tasks that ran to an end, however it was (those refused by the system are not among them).
    pub total_completed: u64,
    /// Those of `total_completed` that failed (panics among them).
    pub total_failed: u64,
    /// Those of `total_failed` that panicked.
    pub total_panicked: u64,
    /// Those of `total_completed` that were ended by their owner.
    pub total_killed: u64,
    /// Tasks that the system refused to start; their owner submits them again.
    pub total_not_started: u64,
    /// Tasks dropped before they started.
    pub total_dropped: u64,
    /// Completed tasks a second, over the life of the pool.
    pub throughput_per_s: f64,
    /// How long tasks ran.
    pub latency_ms: Spread,
    /// How long tasks waited before they started.
    pub queue_wait_ms: Spread,
    /// How task durations changed since the start.
    pub performance: Performance,
    /// The limit over time.
    pub workers: Workers,
    /// The part of the limit that was used, 0 to 1, over the life of the pool.
    pub worker_utilization: f64,
    /// The time in which a worker was free and no task waited, while more input was to come.
    pub starved_ms: f64,
    /// What the policy decided.
    pub decisions: Decisions,
    /// Why not even one task may start, while tasks wait and none runs; `None` when that is not so.
    pub blocked: Option<Blocked>,
    /// For how long that was so, in all.
    pub blocked_ms: f64,
    /// What held the limit where it was for most of the time, in one sentence; `None` when the policy cannot tell.
    pub explanation: Option<String>,
    /// The signals that the policy could not see and that would have helped it.
    pub unseen: Vec<&'static str>,
}

/// A guard that holds the first task back too ([`Guard::holds_first`](crate::policy::Guard::holds_first)) is closed.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Blocked {
    /// Since when, in seconds since the clock's start.
    pub since_s: f64,
    /// The kind of the reason ([`Why::kind`](crate::policy::Why::kind)).
    pub reason_kind: &'static str,
    /// The reason, with its figures ([`Why::told`](crate::policy::Why::told)).
    pub reason: String,
}

/// How a set of durations is spread. Quantiles are within 1 % of the exact ones; the rest is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Spread {
    /// The median.
    pub p50: f64,
    /// Nine tenths are at most this.
    pub p90: f64,
    /// 95 % are at most this.
    pub p95: f64,
    /// 99 % are at most this.
    pub p99: f64,
    /// The longest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub stddev: f64,
}

/// Task durations now against those at the start.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Performance {
    /// How many of the last tasks `current_ms` is the mean of, at most.
    pub window: u32,
    /// The mean duration of the first 50 tasks; `None` before they have ended.
    pub baseline_ms: Option<f64>,
    /// The mean duration of the last `window` tasks; `None` before the first has ended.
    pub current_ms: Option<f64>,
    /// By how much tasks are shorter now than at the start, in percent of the baseline; below 0 when longer.
    pub gain_percent: Option<f64>,
}

impl Default for Performance {
    fn default() -> Performance {
        Performance { window: 100, baseline_ms: None, current_ms: None, gain_percent: None }
    }
}

/// The limit over time.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Workers {
    /// The lowest it was.
    pub min: u32,
    /// The highest it was.
    pub max: u32,
    /// Its mean over time.
    pub mean: f64,
    /// Its changes, thinned out evenly to at most [`Workers::POINTS`]; the first and the last are always there.
    pub limit: Vec<LimitPoint>,
}

impl Workers {
    /// How many points the series has at most.
    pub const POINTS: usize = 512;
}

/// The limit from one moment on.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LimitPoint {
    /// Seconds since the clock's start.
    pub at_s: f64,
    /// The limit.
    pub limit: u32,
}

/// What the policy decided.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Decisions {
    /// How often the limit rose.
    pub increase: u64,
    /// How often it fell.
    pub decrease: u64,
    /// How often it stayed.
    pub hold: u64,
    /// How often each kind of reason was given ([`Why::kind`](crate::policy::Why::kind)).
    pub reasons: BTreeMap<&'static str, u64>,
}
