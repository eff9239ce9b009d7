//! The running processes of the jobs, for the sensors.

use crate::run::worker::context::WorkerContext;
use adaptive_pool::policy::{Reading, RunQueueProbe, Sensor, TaskId};
use adaptive_pool::time::Time;
use adaptive_pool_sense::{MachineSensor, TaskSource};
use std::sync::Arc;
use std::time::Duration;

/// The running processes of this run.
#[derive(Debug)]
pub struct JobProcesses {
    worker: Arc<WorkerContext>,
}

impl JobProcesses {
    /// The processes of the workers.
    pub fn new(worker: Arc<WorkerContext>) -> JobProcesses {
        JobProcesses { worker }
    }
}

impl TaskSource for JobProcesses {
    fn live(&mut self, each: &mut dyn FnMut(TaskId, u32, Time, bool)) {
        self.worker.executor.live(&mut |live| each(live.id, live.pid, live.started, live.suspended));
    }

    fn finished_cpu(&self) -> Duration {
        self.worker.executor.finished_cpu()
    }
}

/// The sensor of a run. It opens its files at the first reading, on the thread of the sampler. A run of one short job
/// is over before that and saves the time.
#[derive(Default)]
pub struct LateSensor {
    jobs: Option<JobProcesses>,
    sensor: Option<MachineSensor>,
}

impl LateSensor {
    /// A sensor for these jobs.
    pub fn new(jobs: JobProcesses) -> LateSensor {
        LateSensor { jobs: Some(jobs), sensor: None }
    }
}

impl Sensor for LateSensor {
    fn read(&mut self, now: Time) -> Reading {
        if let Some(jobs) = self.jobs.take() {
            self.sensor = Some(MachineSensor::with_tasks(Box::new(jobs)));
        }
        self.sensor.as_mut().map(|sensor| sensor.read(now)).unwrap_or_default()
    }

    fn run_queue_probe(&mut self) -> Option<RunQueueProbe> {
        self.sensor.as_mut()?.run_queue_probe()
    }
}
