//! One attempt on its way through the pool.
//!
//! Whatever happens to a [`Task`], the conductor hears of it exactly once: when it ran, when it was dropped unrun, and when
//! it panicked. Without that a run would wait for ever.

use crate::job::Job;
use crate::run::job_exit::JobExit;
use crate::run::ledger::AttemptEnd;
use crate::run::worker::WorkerContext;
use crate::run::worker::attempt_finished::{AttemptFinished, AttemptResult, PendingOutput};
use adaptive_pool::policy::Verdict;
use adaptive_pool::pool::{TaskContext, TaskReport};
use std::sync::Arc;

/// One attempt, waiting in the pool.
#[derive(Debug)]
pub struct Task {
    worker: Arc<WorkerContext>,
    job: Arc<Job>,
    attempt: u32,
    state: TaskState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TaskState {
    Waiting,
    Running,
    Reported,
}

impl Task {
    /// An attempt that has not started.
    pub fn new(worker: Arc<WorkerContext>, job: Arc<Job>, attempt: u32) -> Task {
        Task { worker, job, attempt, state: TaskState::Waiting }
    }

    /// Runs it, on this thread, to its end.
    pub fn run(mut self, context: &TaskContext) -> TaskReport {
        if !self.worker.gate.enter() {
            // Dropped while it waits, it tells that it never ran.
            return TaskReport { verdict: Verdict::Killed, cpu: None, max_rss: None };
        }
        self.state = TaskState::Running;
        let place = self.worker.running.enter(context.slot, context.started, &self.job);
        let AttemptResult { finished, output, report } =
            self.worker.attempt(&self.job, self.attempt, context);
        drop(place);
        self.report(finished);
        if let Some(PendingOutput { tag, head, out, err }) = output {
            self.worker.sink.done_with_head(self.job.seq, tag, head, out, err);
        }
        report
    }

    fn report(&mut self, finished: AttemptFinished) {
        self.state = TaskState::Reported;
        if finished.asks {
            self.worker.gate.ask();
        }
        // Nobody listens any more only when the run is being torn down.
        let _ = self.worker.finished.send(finished);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let (end, message) = match self.state {
            TaskState::Reported => return,
            TaskState::Waiting => (AttemptEnd::Dropped, None),
            TaskState::Running => (
                AttemptEnd::Failed(JobExit::Exited(255)),
                Some("internal error: a worker panicked".to_owned()),
            ),
        };
        let seq = self.job.seq;
        self.report(AttemptFinished {
            seq,
            end,
            emitted: true,
            detail: None,
            pending_output: None,
            message,
            asks: false,
            lost: None,
        });
    }
}
