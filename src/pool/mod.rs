//! The library: an adaptive pool of workers.

mod config;
mod hooks;
mod metrics;
mod ticket;

pub use config::{PoolConfig, StartError, SubmitError};
pub use hooks::{Advice, Adviser, DecisionEvent, DecisionRecord, Hooks, Observer, TaskContext, TaskReport};
pub use metrics::{Decisions, LimitPoint, Metrics, Performance, Spread, Workers};
pub use ticket::{TaskError, Ticket};

use crate::job::Priority;
use crate::policy::TaskId;

/// A pool of workers whose number finds itself.
#[derive(Debug)]
pub struct AdaptivePool {
    config: PoolConfig,
}

/// What a pool did in its life. Every task taken is in exactly one of the counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Tasks that did their work.
    pub completed: u64,
    /// Tasks that failed (panics not counted).
    pub failed: u64,
    /// Tasks that panicked.
    pub panicked: u64,
    /// Tasks that were ended by their owner.
    pub killed: u64,
    /// Tasks that the system refused to start.
    pub not_started: u64,
    /// Tasks that were dropped before they started.
    pub dropped: u64,
    /// The last snapshot.
    pub metrics: Metrics,
}

impl AdaptivePool {
    /// A pool with these settings and these live parts.
    pub fn with(config: PoolConfig, _hooks: Hooks) -> Result<AdaptivePool, StartError> {
        config.validate()?;
        Ok(AdaptivePool { config })
    }

    /// A pool with these settings that knows nothing of the machine.
    #[cfg(not(feature = "sense"))]
    pub fn new(config: PoolConfig) -> Result<AdaptivePool, StartError> {
        AdaptivePool::with(config, Hooks::default())
    }

    /// Takes a task; blocks while the queue is full, except from inside a task of this pool.
    pub fn submit<F, T>(&self, _task: F, _priority: Priority) -> Result<Ticket<T>, SubmitError>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Err(SubmitError::Closed)
    }

    /// Takes a task that reports how it ended by itself; blocks as `submit` does. No ticket.
    pub fn run<F>(&self, _task: F, _priority: Priority) -> Result<TaskId, SubmitError>
    where
        F: FnOnce(&TaskContext) -> TaskReport + Send + 'static,
    {
        Err(SubmitError::Closed)
    }

    /// Moves the bounds of the limit; `min` at least 1, `max` at least `min`, else they are moved there.
    pub fn set_bounds(&self, _min: u32, _max: u32) {}

    /// Says whether more input may come: policies and `starved_ms` care. True at the start.
    pub fn set_input_open(&self, _open: bool) {}

    /// Starts nothing more until [`AdaptivePool::resume`]; running tasks go on, and tasks are taken.
    pub fn pause(&self) {}

    /// Lets tasks start again.
    pub fn resume(&self) {}

    /// Drops every task that has not started, and says how many.
    pub fn drop_queued(&self) -> u64 {
        0
    }

    /// A snapshot.
    pub fn metrics(&self) -> Metrics {
        Metrics::default()
    }

    /// The settings it was made with.
    pub fn config(&self) -> &PoolConfig {
        &self.config
    }

    /// Takes no more tasks and returns when none runs. True: those queued run first. False: they are dropped.
    pub fn shutdown(self, _wait: bool) -> Report {
        Report {
            completed: 0,
            failed: 0,
            panicked: 0,
            killed: 0,
            not_started: 0,
            dropped: 0,
            metrics: Metrics::default(),
        }
    }
}
