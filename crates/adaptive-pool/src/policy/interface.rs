//! The traits that a policy and a guard implement.

use super::bounds::Bounds;
use super::decision::{Admit, Decision};
use super::observation::Observation;
use super::why::Why;
use crate::time::Time;

/// Decides how many tasks may run at once.
///
/// The pool calls [`Policy::decide`] when the time of [`Decision::next`] has passed, when a reading arrives, and soon after a
/// failure. The guards lower the proposed limit, and the pool clamps it to the bounds.
///
/// A policy is called under the lock of the pool, so it must be fast. A policy that panics is not called again, and the limit
/// stays.
pub trait Policy: Send {
    /// The name in options and logs: `balanced`, `auto`, …
    fn name(&self) -> &'static str;
    /// The limit at the start, before any observation.
    fn initial(&self, bounds: Bounds) -> u32;
    /// Makes one decision.
    fn decide(&mut self, observation: &Observation<'_>) -> Decision;
    /// Whether one more task may start now, below the limit. Called before each start once `running` has reached the number
    /// of cores, so it must be fast. `queue` is the number of threads of this pool's tasks that want a CPU at this moment,
    /// when [`Policy::probes_run_queue`] is true and the number is known. The default is [`Admit::Yes`].
    fn admit(&mut self, _now: Time, _running: u32, _queue: Option<f64>) -> Admit {
        Admit::Yes
    }
    /// Whether the time has come for one more start. Called before each start: a policy may space starts out. The default is
    /// [`Admit::Yes`].
    fn pace(&mut self, _now: Time) -> Admit {
        Admit::Yes
    }
    /// A task was started. The default does nothing.
    fn started(&mut self, _now: Time) {}
    /// Whether [`Policy::admit`] uses `queue`. To read it costs some microseconds for each start. The default is false.
    fn probes_run_queue(&self) -> bool {
        false
    }
    /// One sentence: what determined the limit for most of the time. The default is `None`.
    fn explain(&self) -> Option<String> {
        None
    }
    /// The number of tasks that failed because too many ran at once, and the most that may run without such failures, as far as
    /// the policy knows. The default is `None`.
    fn caused(&self) -> Option<(u64, u32)> {
        None
    }
    /// The names of the signals that would have helped at the last decision but were unknown. The default is none.
    fn unseen(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// Lowers the limit that a policy proposes. A guard never raises it.
///
/// A guard is called under the lock of the pool, so it must be fast. A guard that panics is not called again.
pub trait Guard: Send {
    /// The highest limit that this guard allows now, and the reason; `None` for no cap.
    fn cap(&mut self, observation: &Observation<'_>) -> Option<(u32, Why)>;
    /// Whether one more task may start now (`--delay`, `--rate`). Called before each start. The default is [`Admit::Yes`].
    fn admit(&mut self, _now: Time, _running: u32) -> Admit {
        Admit::Yes
    }
    /// A task was started. The default does nothing.
    fn started(&mut self, _now: Time) {}
    /// A task ended, and `running` tasks run now. A task that took its place is counted. The default does nothing.
    fn ended(&mut self, _now: Time, _running: u32) {}
    /// True when the guard also holds the first task. No task then starts before the guard had a reading, nor while it is
    /// closed, and [`Guard::cap`] may be 0. The default is false: one task may always start when none runs.
    fn holds_first(&self) -> bool {
        false
    }
    /// True when the guard delays starts by time alone (`--delay`, `--rate`). The default is false.
    fn spaces_starts(&self) -> bool {
        false
    }
}
