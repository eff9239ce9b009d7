//! The laws that move the limit: an [`Observation`] in, a [`Decision`] out.
//!
//! Pure: no clock, no I/O, no thread. A policy keeps what it learned in its own fields and is told the time, so the very
//! code that ships also runs in a simulator. It does not know what a task is: a closure, a process, a simulated job.
//! Every law takes its constants from a plain config struct, because every one of them is a flag.

use crate::time::Time;
use std::sync::Arc;
use std::time::Duration;

/// Decides how many tasks may run at once.
///
/// The pool calls [`Policy::decide`] when the time asked for in [`Decision::next`] has passed, when a reading has come
/// in, and at once after a failure. The pool then clamps the answer: `guards.fold(limit, min).clamp(min, max)`.
pub trait Policy: Send {
    /// The name users type and read: `balanced`, `auto`, …
    fn name(&self) -> &'static str;
    /// The limit to start with, before anything was seen.
    fn initial(&self, bounds: Bounds) -> u32;
    /// One look, one decision.
    fn decide(&mut self, seen: &Observation<'_>) -> Decision;
    /// Whether one more task may start right now, below the limit: asked before each start once `running` has reached
    /// the number of cores, so it must be cheap. `queue`: how many threads of our tasks want a CPU at this very moment,
    /// where [`Policy::probes_run_queue`] asks for it and it can be seen. The default is yes.
    fn admit(&mut self, _now: Time, _running: u32, _queue: Option<f64>) -> Admit {
        Admit::Yes
    }
    /// Whether [`Policy::admit`] wants to see the run queue: a read of some microseconds before each start. The default
    /// is no.
    fn probes_run_queue(&self) -> bool {
        false
    }
    /// One sentence for what held the limit where it was for most of the time, if the policy can tell.
    fn explain(&self) -> Option<String> {
        None
    }
    /// The names of the signals that could not be seen at the last look and would have helped.
    fn unseen(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// May only lower the limit that a policy proposes.
pub trait Guard: Send {
    /// The highest limit this guard allows now, and why; `None` while it does not bind.
    fn cap(&mut self, seen: &Observation<'_>) -> Option<(u32, Why)>;
    /// Whether one more task may start right now (`--delay`, `--rate`). Asked before every start. The default is yes.
    fn admit(&mut self, _now: Time, _running: u32) -> Admit {
        Admit::Yes
    }
    /// A task was started.
    fn started(&mut self, _now: Time) {}
    /// True when the user asked for it by name: while it is closed not even the first task starts, and none starts before it
    /// has had a reading. [`Guard::cap`] may then be 0. The default is no: with nothing running one task may start.
    fn holds_first(&self) -> bool {
        false
    }
}

/// An answer to "may one more start?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    /// It may.
    Yes,
    /// Not now: ask again after so long.
    After(Duration),
}

/// The bounds a limit stays within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Never below this while work waits. At least 1.
    pub min: u32,
    /// The hard limit.
    pub max: u32,
}

/// The number of a task of this pool, from 1 in the order of submission. An attempt that is submitted again is a new task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

/// What a policy sees.
#[derive(Clone, Debug)]
pub struct Observation<'a> {
    /// Now.
    pub now: Time,
    /// How long since the last decision.
    pub span: Duration,
    /// Cores this run may use: affinity and CPU quota counted, so it may be a fraction. Above 0.
    pub cores: f64,
    /// The bounds in force.
    pub bounds: Bounds,
    /// The limit in force.
    pub limit: u32,
    /// Tasks running now.
    pub running: u32,
    /// Tasks ready and waiting: the queue depth.
    pub queued: u64,
    /// True while more input may come.
    pub input_open: bool,
    /// True when `running` reached the limit at some time since the last decision. Growth without this means nothing.
    pub saturated: bool,
    /// How long the time integral of running tasks is, in task-seconds since the start: the difference of two readings
    /// over the time between them is the mean number running.
    pub task_seconds: f64,
    /// Tasks that started or finished since the last decision, in order.
    pub events: &'a [TaskEvent],
    /// The machine.
    pub machine: &'a Reading,
}

/// Something that happened to a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TaskEvent {
    /// It was started.
    Started {
        /// Which one.
        id: TaskId,
        /// When.
        at: Time,
    },
    /// It ended.
    Finished(Finished),
}

/// The end of a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finished {
    /// Which one.
    pub id: TaskId,
    /// When it ended.
    pub at: Time,
    /// How long it ran.
    pub took: Duration,
    /// How it ended.
    pub verdict: Verdict,
    /// CPU time it used, where known.
    pub cpu: Option<Duration>,
    /// Peak resident memory in bytes, where known.
    pub max_rss: Option<u64>,
    /// How many tasks ran, on average, while it did.
    pub mean_running: f64,
}

/// How a task ended, as far as a policy cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It did its work.
    Ok,
    /// It failed (a panic, a status other than 0).
    Failed,
    /// It failed with a status that means "too much at once" (`--backoff-on`).
    Backoff,
    /// It was ended by SIGKILL, and not by us: by the kernel, as a rule, because memory ran out. It failed, too.
    KilledByKernel,
    /// It was ended by us (timeout, halt, interrupt): says nothing about throughput.
    Killed,
    /// It could not be started for want of resources (processes, descriptors, memory) and will come again.
    NotStarted,
}

/// One look at the machine. Every field may be unknown, and unknown is never 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// When it was taken.
    pub at: Time,
    /// CPU use of the whole machine (or of our CPU quota), 0 to 1, since the reading before.
    pub cpu: Option<f64>,
    /// Memory of the machine, or of the cgroup when that is less.
    pub memory: Option<Memory>,
    /// Load average of one minute.
    pub load: Option<f64>,
    /// Runnable threads on the machine at this moment, ourselves not counted.
    pub run_queue: Option<f64>,
    /// Pressure stall totals.
    pub pressure: Option<Pressure>,
    /// How late the sampler woke: the counterpart of an event loop's lag.
    pub lag: Option<Duration>,
    /// Pages swapped in and out since the reading before.
    pub swap_in: Option<u64>,
    /// Pages swapped out since the reading before.
    pub swap_out: Option<u64>,
    /// The running tasks' own processes.
    pub tasks: Option<TasksReading>,
}

/// Memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// All there is, the cgroup's limit counted. Above 0.
    pub total: u64,
    /// What may still be used without swapping.
    pub available: u64,
}

impl Memory {
    /// The part in use, 0 to 1.
    pub fn used(self) -> f64 {
        if self.total == 0 { 0.0 } else { 1.0 - (self.available.min(self.total) as f64 / self.total as f64) }
    }
}

/// Pressure stall information: time lost so far, cumulative, so that the difference of two readings is what was lost
/// between them. Source: the kernel's Documentation/accounting/psi.rst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Time in which some task waited for a CPU.
    pub cpu_some: Duration,
    /// Time in which some task waited for I/O.
    pub io_some: Duration,
    /// Time in which some task waited for memory.
    pub memory_some: Duration,
    /// Time in which all tasks waited for memory.
    pub memory_full: Duration,
}

/// The processes of the running tasks, added up and one by one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TasksReading {
    /// CPU time of all running tasks' trees together.
    pub cpu: Duration,
    /// Runnable threads of our own tasks.
    pub runnable: f64,
    /// CPU time of the tasks that had ended when this was read, so that `cpu + ended` only grows.
    pub ended: Duration,
    /// Each running task that was looked at (a sample of at most 64 when there are more).
    pub each: Vec<TaskReading>,
    /// True where tasks are threads of this process: what memory one takes cannot be told, and `each` is empty.
    pub threads: bool,
}

/// One running task's process tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaskReading {
    /// Which one.
    pub id: TaskId,
    /// When it was started.
    pub started: Time,
    /// CPU time so far.
    pub cpu: Duration,
    /// Resident memory now, in bytes.
    pub rss: u64,
    /// True while it is stopped by us.
    pub suspended: bool,
}

/// What a policy wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The limit it proposes.
    pub limit: u32,
    /// The reason, with the figures that led to it.
    pub why: Why,
    /// How many tasks may start before the next decision; `None` for as many as the limit allows.
    pub starts: Option<u32>,
    /// A task that ends before the next decision lets another start in its place, beyond `starts`.
    pub refill: bool,
    /// When to look again, at the latest.
    pub next: Duration,
    /// Tasks to stop (SIGSTOP), in this order: memory is about to run out.
    pub suspend: Vec<TaskId>,
    /// Tasks to continue.
    pub resume: Vec<TaskId>,
}

impl Decision {
    /// A decision that only sets the limit.
    pub fn new(limit: u32, why: Why, next: Duration) -> Decision {
        Decision { limit, why, starts: None, refill: false, next, suspend: Vec::new(), resume: Vec::new() }
    }
}

/// Reads the machine, on a thread of its own.
pub trait Sensor: Send {
    /// One look, as of `now`. What cannot be read is `None`. Must not block for long: some milliseconds at most.
    fn read(&mut self, now: Time) -> Reading;
    /// What sees the run queue between two looks, asked for once after the first. The default is that nothing does.
    fn run_queue_probe(&mut self) -> Option<RunQueueProbe> {
        None
    }
    /// What each worker thread of the pool is to call once, before its first task, so that the sensor knows the threads it
    /// is to look at. Asked for once, before the first of them starts. The default is that there is nothing to call.
    fn on_thread_start(&mut self) -> Option<OnThreadStart> {
        None
    }
}

/// Called by each worker thread, once.
pub type OnThreadStart = Arc<dyn Fn() + Send + Sync>;

/// Says how many threads of the whole machine want a CPU at this moment, the caller not counted. It is called under the lock
/// of the pool, so it must be quick (microseconds); `None` when it cannot be seen.
pub type RunQueueProbe = Box<dyn FnMut() -> Option<f64> + Send>;

mod aimd;
mod auto;
mod config;
mod fixed;
pub mod guard;
mod predictive;
mod profile;
mod ratio;
mod setting;
mod threshold;
mod why;
mod window;

pub use auto::{Auto, AutoConfig, AutoWhy, Unseen};
#[cfg(test)]
mod scene;

pub use aimd::AimdConfig;
pub use config::{DefaultBounds, POLICY_NAMES, PolicyConfig};
pub use fixed::FixedConfig;
pub use guard::GuardConfig;
pub use predictive::PredictiveConfig;
pub use profile::Profile;
pub use ratio::RatioConfig;
pub use setting::{ConfigError, Value};
pub use threshold::ThresholdConfig;
pub use why::Why;
