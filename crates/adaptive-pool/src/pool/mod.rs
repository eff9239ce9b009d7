//! The pool: worker threads that run tasks, and a limit that a policy moves.
//!
//! [`AdaptivePool`] takes closures and returns a [`TaskHandle`] for each. [`PoolConfig`] is plain data. [`Hooks`] holds the
//! parts that are not data: a policy of your own, guards, a sensor, an observer, a clock. [`Metrics`] is a snapshot of a pool,
//! and [`Report`] its final counts. The pool starts no process, reads no file and prints nothing.
//!
//! # Grants and threads
//!
//! The limit counts grants, not threads. The scheduler grants a waiting task while fewer than `limit` tasks run. The lowest
//! priority number comes first, then the order of submission. A grant ends only when its task ends, so a lower limit
//! interrupts no task: the number of running tasks falls as tasks end.
//!
//! Threads are a cache behind the grants. A thread is started when a task could be granted and no thread is idle. A thread
//! that was idle for [`PoolConfig::keep_alive`] is retired. The message that retires it uses the same channel as the tasks,
//! so only an idle worker can take it. When the system refuses a thread, the limit gets a temporary ceiling, and the task
//! stays in the queue.
//!
//! # Decisions
//!
//! One pure state machine, [`pool_state`], makes all decisions, under one lock. The thread that reports an event also
//! performs the resulting actions: a worker that finishes a task takes its next one without a message. The coordinator
//! thread handles the events that depend on time alone, and starts threads. The sampler thread reads the machine. Neither
//! is involved when a task starts or ends.

mod account;
mod adaptive_pool;
mod config;
mod coordinator;
mod handle;
mod histogram;
mod hooks;
mod metrics;
mod panics;
mod policy_stack;
mod report;
mod sampler;
mod shared;
mod submit_error;
mod task;
mod task_result;
mod worker;

pub mod pool_state;
pub mod scheduler;

pub use adaptive_pool::AdaptivePool;
pub use config::{PoolConfig, StartError};
pub use handle::TaskHandle;
pub use hooks::{
    Advice, Adviser, DecisionEvent, DecisionRecord, Hooks, Observer, Spawn, TaskContext, TaskReport,
};
pub use metrics::{Blocked, Decisions, LimitPoint, Metrics, Performance, Spread, Workers};
pub use report::Report;
pub use submit_error::{SubmitError, TrySubmitError};
pub use task_result::TaskError;
