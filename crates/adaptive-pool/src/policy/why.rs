//! The reasons of decisions, for the live view, the decision log and the metrics.
//!
//! Each reason is a variant with its figures; the text is made when it is printed. The text does not say in which direction the
//! limit moved (`+4: queue 812, CPU 31 %`).

use super::AutoWhy;
use std::fmt;
use std::time::Duration;

/// The reason of a decision, with the figures that led to it. Ratios are 0 to 1, memory is in bytes, rates are per second.
///
/// [`fmt::Display`] gives a short text, as `queue 812, CPU 31 %`.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are documented, and the names of their figures say enough")]
pub enum Why {
    /// The limit at the start.
    Initial,
    /// The user gave it.
    Fixed,
    /// A reason of `auto`.
    Auto(AutoWhy),

    /// Tasks wait and the machine has room.
    Queue { queued: u64, cpu: Option<f64> },
    /// More tasks wait than the limit, so the limit exceeds the soft limit.
    PastSoft { queued: u64, soft: u32, cpu: Option<f64> },
    /// The soft limit is reached, and too few tasks wait to exceed it.
    AtSoft { soft: u32, queued: u64 },
    /// No task waits.
    NoQueue,
    /// The limit was not reached.
    NotReached { running: u32, limit: u32 },
    /// The ratio of running tasks to the limit is low.
    LowLoad { load: f64, threshold: f64 },
    /// The ratio of running tasks to the limit is between the thresholds.
    Load { load: f64 },
    /// The limit is at its upper bound.
    AtMax { max: u32 },
    /// The limit is at its lower bound.
    AtMin { min: u32 },
    /// A guard keeps the limit below the last proposal.
    Capped { cap: u32 },
    /// The cooldown after a decrease has not passed.
    Cooldown { left: Duration },

    /// CPU use is at or above its threshold.
    CpuHigh { cpu: f64, threshold: f64 },
    /// CPU use is unknown, so the limit does not grow.
    CpuUnknown,
    /// CPU use is high and few tasks wait: too many workers.
    OverThreaded { cpu: f64, queued: u64 },
    /// Memory in use is above its threshold.
    MemoryHigh { used: f64, threshold: f64 },
    /// No rule moves the limit.
    Steady { cpu: Option<f64>, queued: u64 },
    /// This proposal and the last one contradict each other.
    Contradiction,

    /// The sampler thread wakes too late: the machine is overloaded.
    Lag { lag: Duration, threshold: Duration },
    /// CPU use is high and too many threads are runnable.
    RunQueue { runnable: f64, cores: f64 },
    /// More tasks wait than `--queue-threshold`.
    QueueLong { queued: u64, threshold: u64 },
    /// Tasks ended with a status that means "too many at once".
    Backoff { jobs: u32 },

    /// Throughput is higher than before the last step.
    Gain { rate: f64, gain: f64 },
    /// Throughput is lower than before the last step.
    Loss { rate: f64, loss: f64 },
    /// Throughput is as before the last step.
    Level { rate: f64 },
    /// The queue grows, so workers are added ahead.
    Ahead { growth: f64, cpu: f64 },
    /// The queue will be empty before another worker helps.
    Draining { queued: u64 },
    /// No task has ended, and the machine is idle.
    Blind { running: u32, cpu: f64 },
    /// Too few tasks have ended for a step.
    Collecting { finished: u32, wanted: u32 },

    /// Memory in use is at or above its threshold: no new job.
    MemoryFloor { used: f64, threshold: f64 },
    /// The available memory is too small for one more job of the learned size.
    MemoryFit { job: u64, available: u64 },
    /// Less memory is available than `--memfree` requests.
    MemFree { available: u64, floor: u64 },
    /// Less memory is available than `--memsuspend` requests.
    MemSuspend { available: u64, floor: u64 },
    /// A guard that holds the first job has had no reading.
    Unread,
    /// The machine swaps.
    Swapping { pages_in: u64, pages_out: u64 },
    /// The load is at or above `--load`.
    LoadHigh { load: f64, threshold: f64 },
    /// The limit on open files allows no more jobs.
    Descriptors { open: u64 },
    /// The limit on processes of this user allows no more jobs.
    Processes { limit: u64, used: u64 },
    /// The command of `--limit` refuses a start. A negative status means that it has not answered.
    Limited { status: i32 },
    /// The job pool of make has no token.
    NoToken,
    /// `--delay` or `--rate` spaces the starts.
    Paced { gap: Duration },
    /// The system refused to start a process or a thread.
    SpawnRefused { running: u32 },
    /// The bounds were changed during the run.
    Bounds { min: u32, max: u32 },
}

impl Why {
    /// A stable name for programs, as `cpu_high`. The metrics count decisions by it.
    pub fn kind(&self) -> &'static str {
        match self {
            Why::Initial => "initial",
            Why::Fixed => "fixed",
            Why::Auto(why) => why.kind(),
            Why::Queue { .. } => "queue",
            Why::PastSoft { .. } => "past_soft_limit",
            Why::AtSoft { .. } => "at_soft_limit",
            Why::NoQueue => "no_queue",
            Why::NotReached { .. } => "not_reached",
            Why::LowLoad { .. } => "low_load",
            Why::Load { .. } => "load",
            Why::AtMax { .. } => "at_max",
            Why::AtMin { .. } => "at_min",
            Why::Capped { .. } => "capped",
            Why::Cooldown { .. } => "cooldown",
            Why::CpuHigh { .. } => "cpu_high",
            Why::CpuUnknown => "cpu_unknown",
            Why::OverThreaded { .. } => "over_threaded",
            Why::MemoryHigh { .. } => "memory_high",
            Why::Steady { .. } => "steady",
            Why::Contradiction => "contradiction",
            Why::Lag { .. } => "lag",
            Why::RunQueue { .. } => "run_queue",
            Why::QueueLong { .. } => "queue_long",
            Why::Backoff { .. } => "backoff",
            Why::Gain { .. } => "gain",
            Why::Loss { .. } => "loss",
            Why::Level { .. } => "level",
            Why::Ahead { .. } => "ahead",
            Why::Draining { .. } => "draining",
            Why::Blind { .. } => "blind",
            Why::Collecting { .. } => "collecting",
            Why::MemoryFloor { .. } => "memory_floor",
            Why::MemoryFit { .. } => "memory_fit",
            Why::MemFree { .. } => "memfree",
            Why::MemSuspend { .. } => "memsuspend",
            Why::Unread => "unread",
            Why::Swapping { .. } => "swapping",
            Why::LoadHigh { .. } => "load_high",
            Why::Descriptors { .. } => "descriptors",
            Why::Processes { .. } => "processes",
            Why::Limited { .. } => "limited",
            Why::NoToken => "no_token",
            Why::Paced { .. } => "paced",
            Why::SpawnRefused { .. } => "spawn_refused",
            Why::Bounds { .. } => "bounds",
        }
    }

    /// What holds the limit, as a word. Several kinds ([`Why::kind`]) have one word: everything by which a policy looks for
    /// a better limit is `search`.
    ///
    /// The words: `search`, `cpu_full`, `memory`, `memfree`, `memsuspend`, `swapping`, `load`, `failures`, `fixed`, `input`,
    /// `limit` (the bounds), `soft_limit`, `rate`, `paced` (`--rate`, `--delay`), `limit_command`, `no_token`, `system` (it
    /// refused a start, or allows no more), `congestion` and `unread`.
    pub fn held_by(&self) -> &'static str {
        match self.kind() {
            "fixed" => "fixed",
            "cpu_full" | "cpu_high" | "cpu_unknown" | "over_threaded" | "run_queue" => "cpu_full",
            "memory" | "memory_high" | "memory_floor" | "memory_fit" => "memory",
            "memfree" => "memfree",
            "memsuspend" => "memsuspend",
            "swapping" => "swapping",
            "load_high" => "load",
            "failures" | "killed" | "backoff" => "failures",
            "input" => "input",
            "at_max" | "bounds" | "capped" => "limit",
            "past_soft_limit" | "at_soft_limit" => "soft_limit",
            "rate" => "rate",
            "paced" => "paced",
            "limited" => "limit_command",
            "no_token" => "no_token",
            "descriptors" | "processes" | "spawn_refused" => "system",
            "lag" | "queue_long" => "congestion",
            "unread" => "unread",
            _ => "search",
        }
    }

    /// The reason for a user whose tasks wait: the figure, and the requirement of the guard.
    pub fn wait_reason(&self) -> String {
        match *self {
            Why::MemFree { available, floor } => {
                let text = format!("{} free of --memfree {}", Bytes(available), Bytes(floor));
                text.replace(".0 ", " ")
            }
            Why::MemoryFloor { used, threshold } => format!(
                "{} of the memory in use, --memory-threshold asks for less than {}",
                Percent(used),
                Percent(threshold)
            ),
            Why::LoadHigh { load, threshold } => {
                format!(
                    "{} threads run or could run, --load asks for fewer than {}",
                    Trimmed(load),
                    Trimmed(threshold)
                )
            }
            Why::Swapping { pages_in, pages_out } => {
                format!(
                    "{pages_in} pages swapped in and {pages_out} out within a second, --noswap asks for none"
                )
            }
            Why::Limited { status } if status >= 0 => {
                format!("the command of --limit says no (status {status})")
            }
            Why::Limited { .. } => "the command of --limit has not answered yet".to_owned(),
            ref other => other.to_string(),
        }
    }
}

impl fmt::Display for Why {
    #[expect(clippy::too_many_lines, reason = "one line a reason")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Why::Initial => f.write_str("start"),
            Why::Fixed => f.write_str("fixed by -j"),
            Why::Auto(ref why) => why.fmt(f),
            Why::Queue { queued, cpu } => write!(f, "queue {queued}, CPU {}", MaybePercent(cpu)),
            Why::PastSoft { queued, soft, cpu } => {
                write!(f, "queue {queued} past soft limit {soft}, CPU {}", MaybePercent(cpu))
            }
            Why::AtSoft { soft, queued } => write!(f, "at soft limit {soft}, queue {queued}"),
            Why::NoQueue => f.write_str("nothing waits"),
            Why::NotReached { running, limit } => write!(f, "{running} of {limit} running"),
            Why::LowLoad { load, threshold } => {
                write!(f, "{} of workers busy, at or below {}", Percent(load), Percent(threshold))
            }
            Why::Load { load } => write!(f, "{} of workers busy", Percent(load)),
            Why::AtMax { max } => write!(f, "at the maximum of {max}"),
            Why::AtMin { min } => write!(f, "at the minimum of {min}"),
            Why::Capped { cap } => write!(f, "held at {cap} by a guard"),
            Why::Cooldown { left } => write!(f, "waits {:.1} s after a decrease", left.as_secs_f64()),
            Why::CpuHigh { cpu, threshold } => {
                write!(f, "CPU {} at or above {}", Percent(cpu), Percent(threshold))
            }
            Why::CpuUnknown => f.write_str("CPU use unknown"),
            Why::OverThreaded { cpu, queued } => write!(f, "CPU {}, queue only {queued}", Percent(cpu)),
            Why::MemoryHigh { used, threshold } => {
                write!(f, "memory {} above {}", Percent(used), Percent(threshold))
            }
            Why::Steady { cpu, queued } => write!(f, "steady: queue {queued}, CPU {}", MaybePercent(cpu)),
            Why::Contradiction => f.write_str("the last two proposals contradict each other"),
            Why::Lag { lag, threshold } => {
                write!(f, "lag {} ms above {} ms", lag.as_millis(), threshold.as_millis())
            }
            Why::RunQueue { runnable, cores } => {
                write!(f, "{runnable:.0} runnable on {} cores", Trimmed(cores))
            }
            Why::QueueLong { queued, threshold } => write!(f, "queue {queued} above {threshold}"),
            Why::Backoff { jobs: 1 } => f.write_str("a job asked to back off"),
            Why::Backoff { jobs } => write!(f, "{jobs} jobs asked to back off"),
            Why::Gain { rate, gain } => {
                write!(f, "{} jobs/s, {} more than before", Rate(rate), Percent(gain))
            }
            Why::Loss { rate, loss } => {
                write!(f, "{} jobs/s, {} less than before", Rate(rate), Percent(loss))
            }
            Why::Level { rate } => write!(f, "{} jobs/s, as before", Rate(rate)),
            Why::Ahead { growth, cpu } => {
                write!(f, "queue grows by {} a second, CPU {}", Rate(growth), Percent(cpu))
            }
            Why::Draining { queued } => write!(f, "queue {queued} is nearly empty"),
            Why::Blind { running, cpu } => {
                write!(f, "none of {running} has finished, CPU {}", Percent(cpu))
            }
            Why::Collecting { finished, wanted } => write!(f, "{finished} of {wanted} jobs to judge by"),
            Why::MemoryFloor { used, threshold } => {
                write!(f, "memory {} at or above {}: no new job", Percent(used), Percent(threshold))
            }
            Why::MemoryFit { job, available } => {
                write!(f, "memory: {} a job, {} free", Bytes(job), Bytes(available))
            }
            Why::MemFree { available, floor } => {
                write!(f, "memory: {} free, --memfree {}", Bytes(available), Bytes(floor))
            }
            Why::MemSuspend { available, floor } => {
                write!(f, "memory: {} free, --memsuspend {}", Bytes(available), Bytes(floor))
            }
            Why::Unread => f.write_str("the machine has not been read yet"),
            Why::Swapping { pages_in, pages_out } => {
                write!(f, "swapping: {pages_in} pages in, {pages_out} out")
            }
            Why::LoadHigh { load, threshold } => write!(f, "load {load:.1}, --load {}", Trimmed(threshold)),
            Why::Descriptors { open } => write!(f, "{open} open files allowed (ulimit -n)"),
            Why::Processes { limit, used } => {
                write!(f, "{limit} processes allowed, {used} in use (ulimit -u)")
            }
            Why::Limited { status } if status < 0 => f.write_str("--limit has not answered yet"),
            Why::Limited { status } => write!(f, "--limit says {status}"),
            Why::NoToken => f.write_str("the job pool of make has no token"),
            Why::Paced { gap } => write!(f, "starts {:.3} s apart", gap.as_secs_f64()),
            Why::SpawnRefused { running } => {
                write!(f, "the system refused to start one more beside {running}")
            }
            Why::Bounds { min, max } => write!(f, "bounds are now {min} to {max}"),
        }
    }
}

/// A ratio as a whole percentage: `31 %`.
struct Percent(f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} %", self.0 * 100.0)
    }
}

/// A ratio as a whole percentage, or `unknown`.
struct MaybePercent(Option<f64>);

impl fmt::Display for MaybePercent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(ratio) => Percent(ratio).fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

/// A rate with about three digits.
struct Rate(f64);

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.0 >= 100.0 {
            0
        } else if self.0 >= 10.0 {
            1
        } else {
            2
        };
        write!(f, "{:.*}", digits, self.0)
    }
}

/// A number with at most one decimal.
struct Trimmed(f64);

impl fmt::Display for Trimmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.fract() == 0.0 { write!(f, "{:.0}", self.0) } else { write!(f, "{:.1}", self.0) }
    }
}

/// Bytes in binary units: `1.4 GiB`.
struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
        let mut value = self.0 as f64;
        let mut unit = 0;
        while value >= 1024.0 && unit + 1 < UNITS.len() {
            value /= 1024.0;
            unit += 1;
        }
        let digits = usize::from(unit > 0 && value < 100.0);
        write!(f, "{value:.digits$} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests;
