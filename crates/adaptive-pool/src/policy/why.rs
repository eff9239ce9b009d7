//! Why the limit is what it is. The live view, the decision log, the metrics and the report all speak from this.
//!
//! One variant a reason, each with the figures that led to it, so that no text is made before somebody reads it. It
//! does not know whether the limit went up or down: whoever prints it knows (`+4: queue 812, CPU 31 %`).

use super::AutoWhy;
use std::fmt;
use std::time::Duration;

/// The reason of a decision, with the figures that led to it. Ratios are 0 to 1, memory is in bytes.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are documented, and the names of their figures say the rest")]
pub enum Why {
    /// The limit at the start.
    Initial,
    /// The user fixed it.
    Fixed,
    /// `auto` found it.
    Auto(AutoWhy),

    /// Jobs wait and the machine has room.
    Queue { queued: u64, cpu: Option<f64> },
    /// More jobs wait than run, so the soft limit is exceeded, slowly.
    PastSoft { queued: u64, soft: u32, cpu: Option<f64> },
    /// The soft limit is reached and not enough jobs wait to exceed it.
    AtSoft { soft: u32, queued: u64 },
    /// Nothing waits: more workers would idle.
    NoQueue,
    /// The limit was not reached, so a higher one would change nothing.
    NotReached { running: u32, limit: u32 },
    /// Few of the workers that may run do.
    LowLoad { load: f64, threshold: f64 },
    /// The share of workers in use is between the thresholds.
    Load { load: f64 },
    /// The limit is at its upper bound.
    AtMax { max: u32 },
    /// The limit is at its lower bound.
    AtMin { min: u32 },
    /// A guard keeps the limit below what the policy wants.
    Capped { cap: u32 },
    /// Too soon after a decrease.
    Cooldown { left: Duration },

    /// The CPU is in use too much to add to it.
    CpuHigh { cpu: f64, threshold: f64 },
    /// CPU use could not be read: no evidence, no growth.
    CpuUnknown,
    /// The CPU is full and hardly anything waits: too many workers.
    OverThreaded { cpu: f64, queued: u64 },
    /// More memory in use than the law allows.
    MemoryHigh { used: f64, threshold: f64 },
    /// Nothing calls for a change.
    Steady { cpu: Option<f64>, queued: u64 },
    /// This decision and the one before contradict each other.
    Contradiction,

    /// We wake too late: the machine is overloaded.
    Lag { lag: Duration, threshold: Duration },
    /// The CPU is full and too many threads wait for it.
    RunQueue { runnable: f64, cores: f64 },
    /// More jobs wait than `--queue-threshold` allows.
    QueueLong { queued: u64, threshold: u64 },
    /// Jobs ended with a status that means "too much at once".
    Backoff { jobs: u32 },

    /// More finished than at the level before.
    Gain { rate: f64, gain: f64 },
    /// Less finished than at the level before.
    Loss { rate: f64, loss: f64 },
    /// As much finished as at the level before.
    Level { rate: f64 },
    /// The queue grows: workers are added ahead of it.
    Ahead { growth: f64, cpu: f64 },
    /// The queue will be empty before another worker helps.
    Draining { queued: u64 },
    /// Nothing has finished yet, and the machine idles.
    Blind { running: u32, cpu: f64 },
    /// Not enough jobs have finished to judge by.
    Collecting { finished: u32, wanted: u32 },

    /// Memory is at its floor: no new job.
    MemoryFloor { used: f64, threshold: f64 },
    /// What is free holds no more jobs of the size learned.
    MemoryFit { job: u64, available: u64 },
    /// Less memory is free than `--memfree` asks for.
    MemFree { available: u64, floor: u64 },
    /// Less memory is free than `--memsuspend` asks for.
    MemSuspend { available: u64, floor: u64 },
    /// A guard that the user asked for has had no reading yet.
    Unread,
    /// The machine swaps.
    Swapping { pages_in: u64, pages_out: u64 },
    /// The load is at `--load`.
    LoadHigh { load: f64, threshold: f64 },
    /// The descriptors that this process may have open allow no more.
    Descriptors { open: u64 },
    /// The processes that this user may have allow no more.
    Processes { limit: u64, used: u64 },
    /// The command of `--limit` says no.
    Limited { status: i32 },
    /// `--delay` or `--rate` spaces the starts.
    Paced { gap: Duration },
    /// The system refused to start one more.
    SpawnRefused { running: u32 },
    /// The bounds were changed while running.
    Bounds { min: u32, max: u32 },
}

impl Why {
    /// A stable name for machines to read: the `reason` counted in the metrics.
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
            Why::Paced { .. } => "paced",
            Why::SpawnRefused { .. } => "spawn_refused",
            Why::Bounds { .. } => "bounds",
        }
    }

    /// The reason as it is told to who waits: what is, and what the guard asks for.
    pub fn wait_reason(&self) -> String {
        match *self {
            Why::MemFree { available, floor } => {
                let text = format!("{} free, --memfree asks for {}", Bytes(available), Bytes(floor));
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
            Why::Contradiction => f.write_str("the last two looks contradict each other"),
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
            Why::Unread => f.write_str("the machine has not been looked at yet"),
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

/// A ratio that may be unknown.
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

/// A number with one decimal when it has one.
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
