//! What an owner may hang into a pool besides plain settings: its own policy, guards, sensor, listeners, clock; and what tasks
//! and listeners are told. The pool works without any of them.

use crate::Slot;
use crate::policy::{Guard, Policy, Reading, Sensor, TaskId, Verdict, Why};
use crate::time::{RunClock, Time};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// What is called with each decision worth telling.
pub type Observer = Box<dyn FnMut(&DecisionRecord) + Send>;

/// Starts a thread, or says why it cannot.
pub type Spawn = Box<dyn FnMut(Builder, Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> + Send>;

/// What is called when a policy wants tasks suspended or resumed.
pub type Adviser = Box<dyn FnMut(Advice) + Send>;

/// The live parts of a pool. All of them may be left out.
///
/// ```
/// use adaptive_pool::policy::{Bounds, Decision, Observation, Policy, Why};
/// use adaptive_pool::pool::Hooks;
/// use adaptive_pool::{AdaptivePool, PoolConfig, Priority};
/// use std::time::Duration;
///
/// /// As many at once as there are cores, and one more while tasks wait.
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
/// The observer and the adviser are called on the coordinator's thread, one call at a time, with no lock held: they may call
/// the pool. One that panics is not called again.
#[derive(Default)]
pub struct Hooks {
    /// Moves the limit; `None` for the one that [`PoolConfig::policy`](super::PoolConfig::policy) names.
    pub policy: Option<Box<dyn Policy>>,
    /// May lower the limit and hold starts back.
    pub guards: Vec<Box<dyn Guard>>,
    /// Reads the machine, on a thread of its own. Without one, policies see an unknown machine.
    pub sensor: Option<Box<dyn Sensor>>,
    /// Told of decisions (see [`DecisionEvent`]).
    pub observer: Option<Observer>,
    /// Told which tasks to suspend and resume; the pool itself cannot.
    pub advice: Option<Adviser>,
    /// The clock all times are given in; `None` for one that starts with the pool.
    pub clock: Option<Arc<RunClock>>,
    /// Starts the threads of the pool; `None` for [`Builder::spawn`]. A thread that it refuses is asked for again later.
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

/// What a policy asks of the owner of the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Stop this task until further notice: memory is about to run out.
    Suspend(TaskId),
    /// Let it go on.
    Resume(TaskId),
}

/// One decision, with what it was made from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecisionRecord {
    /// When.
    pub at: Time,
    /// The policy's name.
    pub policy: &'static str,
    /// What kind of decision.
    pub event: DecisionEvent,
    /// The limit before.
    pub old: u32,
    /// The limit after.
    pub new: u32,
    /// Tasks that ran at that moment.
    pub running: u32,
    /// Tasks that waited.
    pub queued: u64,
    /// The machine as it was seen.
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
    /// The limit stays. Told only when the reason is of another kind than the last one told.
    Hold,
    /// A guard binds: the limit is lower than the policy wants. Told when the limit moves or the reason's kind changes.
    Guard,
    /// The system refused a start (a process or a thread): a ceiling was put in, and is raised again as time passes.
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

/// What a task knows of itself while it runs.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TaskContext {
    /// Its number in this pool.
    pub id: TaskId,
    /// Its place: no other running task has the same.
    pub slot: Slot,
    /// When it was started.
    pub started: Time,
}

/// How a task says it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskReport {
    /// How it ended.
    pub verdict: Verdict,
    /// The CPU time it used, where known.
    pub cpu: Option<Duration>,
    /// Its peak resident memory in bytes, where known.
    pub max_rss: Option<u64>,
}

impl TaskReport {
    /// A report that only says how it ended.
    pub const fn new(verdict: Verdict) -> TaskReport {
        TaskReport { verdict, cpu: None, max_rss: None }
    }
}
