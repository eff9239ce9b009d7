//! A snapshot of a pool, as plain data with stable names.

use std::collections::BTreeMap;

/// A snapshot of a pool. All figures are of one moment.
///
/// No figure is NaN or infinite; an unknown figure is `None`. Names end in their unit. Sums and means are over the whole life
/// of the pool, except where said.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Metrics {
    /// CPU use of the machine, 0 to 100 %, from the last reading.
    pub cpu_utilization_percent: Option<f64>,
    /// Memory in use, 0 to 100 %, from the last reading.
    pub memory_utilization_percent: Option<f64>,
    /// Available memory in MiB, from the last reading.
    pub memory_available_mb: Option<f64>,
    /// Resident memory of the running tasks in MiB, from the last reading. It counts at most 64 tasks.
    pub memory_held_mb: Option<f64>,
    /// The number of running tasks.
    pub active_threads: u32,
    /// The number of threads without a task.
    pub idle_threads: u32,
    /// The number of worker threads.
    pub current_threads: u32,
    /// The limit in force.
    pub limit: u32,
    /// The number of waiting tasks.
    pub queue_depth: u64,
    /// The mean run time of a task; 0 before the first task ended.
    pub avg_task_duration_ms: f64,
    /// Accepted tasks.
    pub total_submitted: u64,
    /// Tasks that ran and ended, with any result.
    pub total_completed: u64,
    /// Tasks of `total_completed` that failed or panicked.
    pub total_failed: u64,
    /// Tasks of `total_failed` that panicked.
    pub total_panicked: u64,
    /// Tasks of `total_completed` that their owner ended.
    pub total_killed: u64,
    /// Tasks that the system refused to start.
    pub total_not_started: u64,
    /// Tasks that were dropped before they started.
    pub total_dropped: u64,
    /// Completed tasks per second.
    pub throughput_per_s: f64,
    /// Run times of tasks.
    pub latency_ms: Spread,
    /// Waiting times of tasks before their start.
    pub queue_wait_ms: Spread,
    /// Run times now, compared to the start.
    pub performance: Performance,
    /// The limit over time.
    pub workers: Workers,
    /// Running tasks divided by the limit, 0 to 1, as a mean over time.
    pub worker_utilization: f64,
    /// The time in which fewer tasks than the limit ran and no task waited, while the input was open.
    pub starved_ms: f64,
    /// The running and the waiting tasks over time.
    pub running: Running,
    /// The seconds for which each reason held the number of running tasks while others waited. The names are those of
    /// [`Why::held_by`](crate::policy::Why::held_by), and `starting` for tasks that are about to start.
    pub held_s: BTreeMap<&'static str, f64>,
    /// The time since no task waits and none can come, in seconds. Fewer and fewer tasks run then.
    pub tail_s: f64,
    /// CPU use of the machine over all readings, 0 to 100 %.
    pub cpu_percent: Level,
    /// Memory in use over all readings, 0 to 100 %.
    pub memory_percent: Level,
    /// Counts of decisions.
    pub decisions: Decisions,
    /// Set while tasks wait, none runs, and a guard lets none start.
    pub blocked: Option<Blocked>,
    /// The total time in which a guard let no task start.
    pub blocked_ms: f64,
    /// One sentence: what determined the limit for most of the time; `None` when unknown.
    pub explanation: Option<String>,
    /// Tasks that failed because too many ran at once, as far as the policy knows.
    pub caused: u64,
    /// They failed while more than this number ran; `None` when there are none.
    pub caused_above: Option<u32>,
    /// The names of signals that the policy could have used but that were unknown.
    pub unseen: Vec<&'static str>,
}

/// A guard lets no task start, not even the first ([`Guard::holds_first`](crate::policy::Guard::holds_first)).
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Blocked {
    /// The start of this state, in seconds on the clock of the pool.
    pub since_s: f64,
    /// The name of the reason ([`Why::kind`](crate::policy::Why::kind)).
    pub reason_kind: &'static str,
    /// The reason and the requirement, with figures ([`Why::wait_reason`](crate::policy::Why::wait_reason)).
    pub reason: String,
}

/// The distribution of a set of durations, in milliseconds. Quantiles are within 1 % of the exact ones; the other figures are
/// exact.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Spread {
    /// The median.
    pub p50: f64,
    /// The 90 % quantile.
    pub p90: f64,
    /// The 95 % quantile.
    pub p95: f64,
    /// The 99 % quantile.
    pub p99: f64,
    /// The maximum.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub stddev: f64,
}

/// Run times of tasks now, compared to the start.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Performance {
    /// The highest number of tasks in `current_ms`.
    pub window: u32,
    /// The mean run time of the first 50 tasks; `None` before 50 tasks ended.
    pub baseline_ms: Option<f64>,
    /// The mean run time of the last `window` tasks; `None` before the first task ended.
    pub current_ms: Option<f64>,
    /// The reduction of the run time, in percent of the baseline; negative when tasks take longer.
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
    /// The lowest limit.
    pub min: u32,
    /// The highest limit.
    pub max: u32,
    /// The mean over time.
    pub mean: f64,
    /// The changes, thinned out evenly to at most [`Workers::POINTS`]. The first and the last are always included.
    pub limit: Vec<LimitPoint>,
}

impl Workers {
    /// The highest number of points in the series.
    pub const POINTS: usize = 512;
}

/// The running and the waiting tasks over time.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Running {
    /// The mean number of running tasks.
    pub mean: f64,
    /// The highest number of running tasks.
    pub max: u32,
    /// The length of the intervals of `over_time`, in seconds.
    pub interval_s: f64,
    /// The means of intervals of equal length, at most [`Running::POINTS`].
    pub over_time: Vec<RunningPoint>,
}

impl Running {
    /// The highest number of intervals.
    pub const POINTS: usize = 256;
}

/// The means of one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RunningPoint {
    /// The start of the interval in seconds on the clock of the pool.
    pub at_s: f64,
    /// Running tasks.
    pub running: f64,
    /// Waiting tasks.
    pub waiting: f64,
}

/// The mean and the maximum of a level that is read from time to time; `None` without a reading.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Level {
    /// The mean of the readings.
    pub mean: Option<f64>,
    /// The highest reading.
    pub max: Option<f64>,
}

/// One change of the limit.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LimitPoint {
    /// The time in seconds on the clock of the pool.
    pub at_s: f64,
    /// The new limit.
    pub limit: u32,
}

/// Counts of decisions.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Decisions {
    /// Decisions that raised the limit.
    pub increase: u64,
    /// Decisions that lowered the limit.
    pub decrease: u64,
    /// Decisions that kept the limit.
    pub hold: u64,
    /// The number of decisions for each kind of reason ([`Why::kind`](crate::policy::Why::kind)).
    pub reasons: BTreeMap<&'static str, u64>,
}
