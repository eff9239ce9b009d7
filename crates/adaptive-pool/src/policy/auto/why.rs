//! What held the limit of `auto` where it was, with the figures, in words.

use std::fmt;

/// The reason of one decision of `auto`.
#[derive(Clone, Debug, PartialEq)]
pub enum AutoWhy {
    /// The first moments: starting more while nothing stands against it.
    SlowStart {
        /// Runnable threads, where known.
        run_queue: Option<f64>,
    },
    /// Waiting for the first tasks to end.
    Measuring,
    /// More would only wait for a core.
    CpuFull {
        /// CPU time of a task over its time without waiting for a core.
        duty: f64,
        /// Cores this run may use.
        cores: f64,
    },
    /// Trying whether more finish sooner.
    TryMore {
        /// The level known to be good.
        from: u32,
    },
    /// Trying whether fewer do as well.
    TryFewer {
        /// The level known to be good.
        from: u32,
    },
    /// More did not finish sooner.
    NoGain {
        /// What was tried last above the limit.
        tried: Option<u32>,
    },
    /// More would not fit in memory.
    Memory {
        /// Expected need of one task, bytes.
        per_task: u64,
        /// Part of memory that is free, 0 to 1.
        free: f64,
    },
    /// With more running the system killed tasks.
    Killed {
        /// How many ran when it did so last.
        ran: u32,
    },
    /// More made tasks fail.
    Failures {
        /// The part that failed, 0 to 1.
        rate: f64,
    },
    /// Starts are spaced out: those that followed sooner were refused.
    Rate {
        /// Starts a second.
        per_second: f64,
    },
    /// The hard limit.
    AtMax,
    /// Fewer tasks than the limit were waiting.
    Input,
}

impl AutoWhy {
    /// A stable name for machines to read.
    pub fn kind(&self) -> &'static str {
        match self {
            AutoWhy::SlowStart { .. } => "ramp",
            AutoWhy::Measuring => "measuring",
            AutoWhy::CpuFull { .. } => "cpu_full",
            AutoWhy::TryMore { .. } => "try_more",
            AutoWhy::TryFewer { .. } => "try_fewer",
            AutoWhy::NoGain { .. } => "no_gain",
            AutoWhy::Memory { .. } => "memory",
            AutoWhy::Killed { .. } => "killed",
            AutoWhy::Failures { .. } => "failures",
            AutoWhy::Rate { .. } => "rate",
            AutoWhy::AtMax => "at_max",
            AutoWhy::Input => "input",
        }
    }

    /// One sentence for what held the limit where it was.
    pub fn explain(&self, limit: u32, max: u32) -> String {
        match self {
            AutoWhy::CpuFull { .. } => format!("settled at {limit} of {max}: {self}"),
            AutoWhy::AtMax => format!("at {limit}: {self}; --max-workers raises it"),
            _ => format!("at {limit}: {self}"),
        }
    }
}

impl fmt::Display for AutoWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AutoWhy::SlowStart { run_queue: Some(q) } => write!(f, "starting more, run queue {q:.0}"),
            AutoWhy::SlowStart { run_queue: None } => f.write_str("starting more"),
            AutoWhy::Measuring => f.write_str("waiting for the first jobs to end"),
            AutoWhy::CpuFull { duty, .. } if *duty > 0.995 => f.write_str("the CPU is full"),
            AutoWhy::CpuFull { duty, .. } => write!(f, "the CPU is full (duty {})", percent(*duty)),
            AutoWhy::TryMore { from } => write!(f, "trying more than {from}"),
            AutoWhy::TryFewer { from } => write!(f, "trying fewer than {from}"),
            AutoWhy::NoGain { .. } => f.write_str("more did not finish sooner"),
            AutoWhy::Memory { per_task, .. } => write!(f, "memory, {} a job", Bytes(*per_task)),
            AutoWhy::Killed { ran } => write!(f, "a job was killed while {ran} ran (out of memory?)"),
            AutoWhy::Failures { rate } => write!(f, "more made jobs fail ({})", percent(*rate)),
            AutoWhy::Rate { per_second } => {
                write!(f, "{per_second:.1} starts a second, faster ones were refused")
            }
            AutoWhy::AtMax => f.write_str("the hard limit"),
            AutoWhy::Input => f.write_str("no more jobs were waiting"),
        }
    }
}

fn percent(part: f64) -> String {
    let p = part * 100.0;
    if p < 9.95 && p.fract() > 0.05 { format!("{p:.1} %") } else { format!("{p:.0} %") }
}

struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let b = self.0 as f64;
        if b >= 1e9 {
            write!(f, "{:.1} GiB", b / f64::from(1 << 30))
        } else {
            write!(f, "{:.0} MiB", b / f64::from(1 << 20))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_say_what_held_the_limit() {
        let cpu = AutoWhy::CpuFull { duty: 0.09, cores: 2.0 };
        assert_eq!(cpu.explain(23, 256), "settled at 23 of 256: the CPU is full (duty 9 %)");
        assert_eq!(AutoWhy::NoGain { tried: Some(23) }.explain(16, 256), "at 16: more did not finish sooner");
        let memory = AutoWhy::Memory { per_task: 1_503_238_554, free: 0.05 };
        assert_eq!(memory.explain(6, 256), "at 6: memory, 1.4 GiB a job");
    }
}
