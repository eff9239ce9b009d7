//! The last check before a start, below the limit: a policy that watches the run queue, a delay, a rate.

use crate::policy::Admit;
use crate::time::Time;

/// Decides whether one more task may start, below the limit.
pub trait Admission {
    /// Called before each start. `running` is the number of running tasks.
    fn admit(&mut self, now: Time, running: u32) -> Admit;
    /// Called after each start.
    fn started(&mut self, _now: Time) {}
}

/// An [`Admission`] that admits each start.
#[derive(Clone, Copy, Debug)]
pub struct AdmitAll;

impl Admission for AdmitAll {
    fn admit(&mut self, _now: Time, _running: u32) -> Admit {
        Admit::Yes
    }
}
