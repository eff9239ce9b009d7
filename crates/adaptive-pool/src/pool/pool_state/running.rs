//! The running tasks, by slot.

use crate::policy::{Finished, TaskId};
use crate::pool::hooks::TaskReport;
use crate::task_order::Slot;
use crate::time::Time;

/// The running tasks. The index is the slot minus 1.
#[derive(Debug, Default)]
pub(super) struct RunningTasks(Vec<Option<RunningTask>>);

/// A running task.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunningTask {
    id: TaskId,
    started: Time,
    /// The time integral of running tasks at the start, in task-seconds.
    task_seconds: f64,
}

impl RunningTasks {
    /// A task starts. `task_seconds` is the time integral of running tasks.
    pub(super) fn start(&mut self, slot: Slot, id: TaskId, now: Time, task_seconds: f64) {
        let index = slot.0 as usize - 1;
        if index >= self.0.len() {
            self.0.resize(index + 1, None);
        }
        self.0[index] = Some(RunningTask { id, started: now, task_seconds });
    }

    /// Removes the task in `slot`; `None` when there is none.
    pub(super) fn take(&mut self, slot: Slot) -> Option<RunningTask> {
        self.0.get_mut((slot.0 as usize).wrapping_sub(1)).and_then(Option::take)
    }
}

impl RunningTask {
    /// The end of the task for the policy. `running` is the number of tasks running now.
    pub(super) fn finish(self, now: Time, report: &TaskReport, running: u32, task_seconds: f64) -> Finished {
        let took = now.since(self.started);
        let mean_running = if took.is_zero() {
            f64::from(running)
        } else {
            ((task_seconds - self.task_seconds) / took.as_secs_f64()).max(1.0)
        };
        Finished {
            id: self.id,
            at: now,
            took,
            verdict: report.verdict,
            cpu: report.cpu,
            max_rss: report.max_rss,
            mean_running,
        }
    }
}
