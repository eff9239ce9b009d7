//! The parts of a run: the conductor receives them when it starts, and hands some of them on when it ends.

use crate::run::events::periodic::PeriodicTasks;
use crate::run::ledger::Ledger;
use crate::run::outcome::RunOutcome;
use crate::run::output_order::OutputOrder;
use crate::run::records::RunRecords;
use crate::run::report::Reporter;
use crate::run::timeout::Timeouts;
use crate::run::worker::WorkerContext;
use adaptive_pool::pool::AdaptivePool;
use std::sync::Arc;

/// The parts of a run that the conductor uses.
pub struct Parts {
    /// Decides when a job starts.
    pub pool: AdaptivePool,
    /// The data of the workers.
    pub worker: Arc<WorkerContext>,
    /// The state of every job.
    pub ledger: Ledger,
    /// The joblog, the logs and the metrics.
    pub records: RunRecords,
    /// The live view.
    pub reporter: Reporter,
    /// The periodic work.
    pub periodic: PeriodicTasks,
    /// The order of the outputs.
    pub output_order: OutputOrder,
    /// The time limit of an attempt.
    pub timeouts: Timeouts,
}

/// The parts of an ended run.
pub struct EndedRun {
    /// How it ended.
    pub outcome: RunOutcome,
    /// The pool, without jobs.
    pub pool: AdaptivePool,
    /// The records, still open.
    pub records: RunRecords,
    /// The live view.
    pub reporter: Reporter,
}
