//! What the conductor sees to now and then: late timeouts, memory that runs short, what `--limit` says, and the number of
//! workers in a file or by signal.

use crate::exec::{Live, StopReason};
use crate::run::conductor::Conductor;
use crate::run::events::jobs_file::JobsFile;
use crate::run::events::limit_command;
use crate::run::events::limit_command::Limit;
use crate::run::events::memsuspend::{Step, memory_step};
use crate::run::ledger::Cause;
use crate::run::no_thread;
use adaptive_pool::policy::Sensor;
use adaptive_pool::time::Time;
use adaptive_pool_sense::MachineSensor;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What there is to see to.
pub struct PeriodicTasks {
    /// `--memsuspend`, and what reads the memory.
    memory: Option<(u64, MachineSensor)>,
    limit: Option<Arc<limit_command::Limit>>,
    jobs_file: Option<JobsFile>,
}

impl PeriodicTasks {
    /// Begins to ask the command of `--limit`.
    pub fn new(
        memsuspend: Option<u64>,
        limit: Option<(Arc<Limit>, String, String)>,
        jobs_file: Option<JobsFile>,
    ) -> anyhow::Result<PeriodicTasks> {
        let memory = memsuspend.map(|floor| (floor, MachineSensor::new()));
        let limit = limit.map(|(limit, shell, command)| limit.ask(shell, command).map(|()| limit));
        let limit = limit.transpose().map_err(|e| no_thread(&e))?;
        Ok(PeriodicTasks { memory, limit, jobs_file })
    }
}

impl Conductor {
    /// Sees to everything once.
    pub(in crate::run) fn run_periodic_tasks(&mut self, now: Time) {
        self.end_overdue(now);
        self.check_memory(now);
        if let Some(status) = self.periodic.limit.as_ref().and_then(|limit| limit.broken()) {
            self.periodic.limit = None;
            let why = if status == 127 { "the command is not found" } else { "the command cannot be run" };
            self.trouble(&format!("--limit: {why} (status {status})"), Cause::Input);
        }
        if self.periodic.limit.as_ref().is_some_and(|limit| limit.wants_one_ended()) {
            let youngest = self.live().into_iter().max_by_key(|job| job.started);
            // It comes again: it is not the job's fault.
            youngest.map(|job| self.worker.executor.stop_one(job.id, &StopReason::MemoryShort));
        }
        if let Some(max) = self.periodic.jobs_file.as_mut().and_then(JobsFile::changed) {
            self.move_max(i32::try_from(max).unwrap_or(i32::MAX).saturating_sub_unsigned(self.max));
        }
    }

    fn live(&self) -> Vec<Live> {
        let mut live = Vec::new();
        self.worker.executor.live(&mut |job| live.push(job));
        live
    }

    fn check_memory(&mut self, now: Time) {
        let Some((floor, sensor)) = &mut self.periodic.memory else { return };
        let (floor, memory) = (*floor, sensor.read(now).memory);
        let Some(memory) = memory else { return };
        match memory_step(floor, memory.available, &self.live()) {
            Step::Stay => {}
            // A job that has ended meanwhile is no loss.
            Step::Suspend(id) => drop(self.worker.executor.suspend(id)),
            Step::Resume(id) => drop(self.worker.executor.resume(id)),
        }
    }

    /// `--timeout N%`: jobs that started before the median was known have no deadline of their own.
    fn end_overdue(&self, now: Time) {
        let limit = self.worker.timeout_us.load(Ordering::Relaxed);
        if !self.late_timeouts || limit == u64::MAX {
            return;
        }
        let limit = Duration::from_micros(limit);
        let mut overdue = Vec::new();
        self.worker.executor.live(&mut |live| {
            if !live.suspended && now.since(live.started) > limit {
                overdue.push(live.id);
            }
        });
        for id in overdue {
            self.worker.executor.time_out(id);
        }
    }

    pub(in crate::run) fn move_max(&mut self, by: i32) {
        self.max = self.max.saturating_add_signed(by).max(1);
        self.min = self.min.min(self.max);
        self.pool.set_bounds(self.min, self.max);
    }
}
