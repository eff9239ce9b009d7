//! The final counts of a pool.

use super::metrics::Metrics;

/// The final counts of a pool. Each accepted task is in exactly one of them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Tasks that succeeded.
    pub completed: u64,
    /// Tasks that failed, without those that panicked.
    pub failed: u64,
    /// Tasks that panicked.
    pub panicked: u64,
    /// Tasks that their owner ended ([`Verdict::Killed`](crate::policy::Verdict::Killed)).
    pub killed: u64,
    /// Tasks that the system refused to start ([`Verdict::NotStarted`](crate::policy::Verdict::NotStarted)).
    pub not_started: u64,
    /// Tasks that were dropped before they started.
    pub dropped: u64,
    /// The last snapshot.
    pub metrics: Metrics,
}
