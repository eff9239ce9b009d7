//! The running jobs as the sensor sees them: process numbers by task. It reads nothing itself.

use super::runner::Runner;
use crate::policy::TaskId;
use crate::sense::TaskSource;
use crate::time::Time;
use std::sync::Arc;
use std::time::Duration;

/// The processes that this run has running.
#[derive(Debug)]
pub struct RunningJobs {
    runner: Arc<Runner>,
}

impl RunningJobs {
    /// Those of this run.
    pub fn new(runner: Arc<Runner>) -> RunningJobs {
        RunningJobs { runner }
    }
}

impl TaskSource for RunningJobs {
    fn live(&mut self, each: &mut dyn FnMut(TaskId, u32, Time, bool)) {
        self.runner.executor.live(&mut |live| each(live.id, live.pid, live.started, live.suspended));
    }

    fn finished_cpu(&self) -> Duration {
        self.runner.executor.finished_cpu()
    }
}
