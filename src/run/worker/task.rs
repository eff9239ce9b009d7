//! One attempt as a task of the pool.
//!
//! The conductor receives exactly one message for each [`Task`]: it ran, it was dropped before it ran, or it panicked.
//! Without the message a run would wait for ever.

use crate::job::Job;
use crate::run::job_exit::JobExit;
use crate::run::ledger::AttemptEnd;
use crate::run::worker::attempt::run_attempt;
use crate::run::worker::attempt_finished::{AttemptFinished, AttemptResult, PendingOutput};
use crate::run::worker::context::WorkerContext;
use adaptive_pool::policy::Verdict;
use adaptive_pool::pool::{TaskContext, TaskReport};
use std::sync::Arc;

/// One attempt that waits in the pool.
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

    /// Runs the attempt on this thread to its end.
    pub fn run(mut self, context: &TaskContext) -> TaskReport {
        if !self.worker.gate.enter() {
            // `drop` reports that the job never ran.
            return TaskReport { verdict: Verdict::Killed, cpu: None, max_rss: None };
        }
        self.state = TaskState::Running;
        let entry = self.worker.running.enter(context.slot, context.started, &self.job);
        let AttemptResult { finished, output, report } =
            run_attempt(&self.worker, &self.job, self.attempt, context);
        drop(entry);
        self.report(finished);
        if let Some(PendingOutput { tag, head, out, err }) = output {
            self.worker.sink.done_with_head(self.job.seq, tag, head, out, err);
        }
        report
    }

    fn report(&mut self, finished: AttemptFinished) {
        self.state = TaskState::Reported;
        if finished.closes_gate {
            self.worker.gate.close();
        }
        // An error means that the conductor has ended.
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
        self.report(AttemptFinished { message, ..AttemptFinished::without_run(self.job.seq, end) });
    }
}
