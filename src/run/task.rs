//! One attempt on its way through the pool.
//!
//! Whatever happens to a [`Task`], the conductor hears of it exactly once: when it ran, when it was dropped unrun, and when
//! it panicked. Without that a run would wait for ever.

use super::ending::Ending;
use super::ledger::End;
use super::news::{Held, News};
use super::runner::{Runner, Told};
use crate::job::Job;
use crate::policy::Verdict;
use crate::pool::{TaskContext, TaskReport};
use std::sync::Arc;

/// One attempt, waiting in the pool.
#[derive(Debug)]
pub struct Task {
    runner: Arc<Runner>,
    job: Arc<Job>,
    attempt: u32,
    state: TaskState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TaskState {
    Waiting,
    Running,
    Told,
}

impl Task {
    /// An attempt that has not started.
    pub fn new(runner: Arc<Runner>, job: Arc<Job>, attempt: u32) -> Task {
        Task { runner, job, attempt, state: TaskState::Waiting }
    }

    /// Runs it, on this thread, to its end.
    pub fn run(mut self, context: &TaskContext) -> TaskReport {
        if !self.runner.gate.enter() {
            // Dropped while it waits, it tells that it never ran.
            return TaskReport { verdict: Verdict::Killed, cpu: None, max_rss: None };
        }
        self.state = TaskState::Running;
        let place = self.runner.running.enter(context.slot, context.started, &self.job);
        let Told { news, parcel, report } = self.runner.attempt(&self.job, self.attempt, context);
        drop(place);
        self.tell(news);
        if let Some(Held { tag, head, out, err }) = parcel {
            self.runner.sink.done_under(self.job.seq, tag, head, out, err);
        }
        report
    }

    fn tell(&mut self, news: News) {
        self.state = TaskState::Told;
        if news.asks {
            self.runner.gate.ask();
        }
        // Nobody listens any more only when the run is being torn down.
        let _ = self.runner.news.send(news);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let (end, message) = match self.state {
            TaskState::Told => return,
            TaskState::Waiting => (End::Dropped, None),
            TaskState::Running => {
                (End::Failed(Ending::Exited(255)), Some("internal error: a worker panicked".to_owned()))
            }
        };
        let seq = self.job.seq;
        self.tell(News {
            seq,
            end,
            emitted: true,
            detail: None,
            held: None,
            message,
            asks: false,
            lost: None,
        });
    }
}
