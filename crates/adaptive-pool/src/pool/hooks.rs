//! The hooks of a pool: a policy, guards, a sensor, an observer, an adviser and a clock of the owner, and the data passed to
//! them and to tasks. A pool works without any of them.

use crate::policy::{Guard, Policy, Reading, Sensor, TaskId, Verdict, Why};
use crate::task_order::Slot;
use crate::time::{RunClock, Time};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Called with each recorded decision (see [`DecisionEvent`]).
pub type Observer = Box<dyn FnMut(&DecisionRecord) + Send>;

/// Starts a thread, or returns the error of the system.
pub type Spawn = Box<dyn FnMut(Builder, Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> + Send>;

/// Called when a policy asks to suspend or resume a task.
pub type Adviser = Box<dyn FnMut(Advice) + Send>;

/// The hooks of a pool. All of them are optional.
///
/// ```
/// use adaptive_pool::policy::{Bounds, Decision, Observation, Policy, Why};
/// use adaptive_pool::pool::Hooks;
/// use adaptive_pool::{AdaptivePool, PoolConfig, Priority};
/// use std::time::Duration;
///
/// /// One task for each core, and one more while tasks wait.
/// struct OneMore;
///
/// impl Policy for OneMore {
///     fn name(&self) -> &'static str {
///         "one-more"
///     }
///     fn initial(&self, bounds: Bounds) -> u32 {
///         bounds.min
///     }
///     fn decide(&mut self, seen: &Observation<'_>) -> Decision {
///         let limit = seen.cores.ceil() as u32 + u32::from(seen.queued > 0);
///         Decision::new(limit, Why::Load { load: 1.0 }, Duration::from_millis(100))
///     }
/// }
///
/// let hooks = Hooks { policy: Some(Box::new(OneMore)), ..Hooks::default() };
/// let pool = AdaptivePool::with(PoolConfig::default(), hooks)?;
/// assert_eq!(pool.submit(|| 1 + 1, Priority::default())?.wait(), Ok(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The observer and the adviser are called on the coordinator thread, one call at a time, without a lock. They may call the
/// pool. A hook that panics is not called again.
#[derive(Default)]
pub struct Hooks {
    /// The policy; `None` for [`PoolConfig::policy`](super::PoolConfig::policy).
    pub policy: Option<Box<dyn Policy>>,
    /// Guards. They may lower the limit and delay starts.
    pub guards: Vec<Box<dyn Guard>>,
    /// Reads the machine, on its own thread. Without a sensor, all figures of the machine are unknown.
    pub sensor: Option<Box<dyn Sensor>>,
    /// Called with each recorded decision.
    pub observer: Option<Observer>,
    /// Called with the tasks to suspend and resume. The pool itself cannot suspend a task.
    pub advice: Option<Adviser>,
    /// The clock of all times; `None` for a clock that starts with the pool.
    pub clock: Option<Arc<RunClock>>,
    /// Starts the worker threads; `None` for [`Builder::spawn`]. A refused thread is requested again later.
    pub spawn: Option<Spawn>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("policy", &self.policy.as_ref().map(|p| p.name()))
            .field("guards", &self.guards.len())
            .field("sensor", &self.sensor.is_some())
            .field("observer", &self.observer.is_some())
            .field("advice", &self.advice.is_some())
            .finish_non_exhaustive()
    }
}

/// A request of the policy to the owner of the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Suspend this task: memory is nearly exhausted.
    Suspend(TaskId),
    /// Resume this task.
    Resume(TaskId),
}

/// One decision, with the figures that it was made from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecisionRecord {
    /// The time of the decision.
    pub at: Time,
    /// The name of the policy.
    pub policy: &'static str,
    /// The kind of decision.
    pub event: DecisionEvent,
    /// The limit before.
    pub old: u32,
    /// The limit after.
    pub new: u32,
    /// The number of running tasks.
    pub running: u32,
    /// The number of waiting tasks.
    pub queued: u64,
    /// The reading of the machine that was used.
    pub machine: Reading,
    /// The reason.
    pub why: Why,
}

/// The kind of a [`DecisionRecord`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecisionEvent {
    /// The policy moved the limit.
    Adjustment,
    /// The limit stays. Recorded only when the kind of the reason differs from the last record.
    Hold,
    /// A guard keeps the limit below the proposal of the policy. Recorded when the limit moves or the kind of the reason
    /// changes.
    Guard,
    /// The system refused to start a process or a thread. The limit gets a ceiling that rises again with time.
    SpawnRefused,
}

impl DecisionEvent {
    /// The name in logs: `limit_adjustment`, `hold`, `guard` or `spawn_refused`.
    pub const fn name(self) -> &'static str {
        match self {
            DecisionEvent::Adjustment => "limit_adjustment",
            DecisionEvent::Hold => "hold",
            DecisionEvent::Guard => "guard",
            DecisionEvent::SpawnRefused => "spawn_refused",
        }
    }
}

/// The data that [`AdaptivePool::run`](super::AdaptivePool::run) passes to a task.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TaskContext {
    /// The number of the task in this pool.
    pub id: TaskId,
    /// The slot of the task. No other running task has it.
    pub slot: Slot,
    /// The start time.
    pub started: Time,
}

/// The report of a task about its own end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskReport {
    /// How it ended.
    pub verdict: Verdict,
    /// The CPU time that the task used, where known.
    pub cpu: Option<Duration>,
    /// The peak resident memory in bytes, where known.
    pub max_rss: Option<u64>,
}

impl TaskReport {
    /// A report without CPU time and memory.
    pub const fn new(verdict: Verdict) -> TaskReport {
        TaskReport { verdict, cpu: None, max_rss: None }
    }
}
