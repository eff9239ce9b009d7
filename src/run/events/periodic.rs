//! The periodic work of the conductor: late timeouts, `--memsuspend`, `--limit`, and the number of workers in a file.
//!
//! [`PeriodicTasks`] reads the facts, [`due`] decides on them and is pure, and the conductor performs the actions.

use crate::exec::{Environment, Live};
use crate::run::error::no_thread;
use crate::run::events::jobs_file::JobsFile;
use crate::run::events::limit_command::LimitCommand;
use crate::run::events::memsuspend::{MemoryAction, memory_action};
use adaptive_pool::policy::{Sensor, TaskId};
use adaptive_pool::time::Time;
use adaptive_pool_sense::MachineSensor;
use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

/// The interval of the periodic work.
pub const INTERVAL: Duration = Duration::from_millis(500);

/// The sources of the facts.
pub struct PeriodicTasks {
    /// `--memsuspend`, and the sensor of the memory.
    memory: Option<(u64, MachineSensor)>,
    limit: Option<Arc<LimitCommand>>,
    jobs_file: Option<JobsFile>,
}

/// The facts of one moment.
#[derive(Debug, Default)]
pub struct Facts {
    /// The time limit that was learned after some of the running jobs had started. They have no deadline of their own.
    pub timeout: Option<Duration>,
    /// `--memsuspend`, and the available memory, both in bytes.
    pub memory: Option<(u64, u64)>,
    /// The command of `--limit` cannot be run: its exit status, 126 or 127.
    pub limit_failed: Option<i32>,
    /// The command of `--limit` wants the youngest job to end.
    pub limit_stops_one: bool,
    /// The new number in the file of `-j FILE`.
    pub max: Option<u32>,
    /// The running jobs; empty when no fact above needs them.
    pub live: Vec<Live>,
}

/// An action for the conductor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodicAction {
    /// End a job that runs for longer than the time limit.
    TimeOut(TaskId),
    /// Suspend a job.
    Suspend(TaskId),
    /// Resume a job.
    Resume(TaskId),
    /// Stop a job. It is started again and has not failed.
    StopYoungest(TaskId),
    /// End the run: the command of `--limit` cannot be run. This is its exit status.
    LimitFailed(i32),
    /// Set the maximum of running jobs.
    SetMax(u32),
}

impl PeriodicTasks {
    /// Starts the thread of `--limit`. The latter is given with the shell and the command. `env`: the environment of the jobs.
    pub fn start(
        memsuspend: Option<u64>,
        limit: Option<(Arc<LimitCommand>, Vec<CString>, String)>,
        jobs_file: Option<JobsFile>,
        env: &Arc<Environment>,
    ) -> anyhow::Result<PeriodicTasks> {
        let memory = memsuspend.map(|floor| (floor, MachineSensor::new()));
        let limit = limit.map(|(limit, shell, command)| {
            limit.start(shell, command, Arc::clone(env))?;
            Ok(limit)
        });
        let limit = limit.transpose().map_err(|e: std::io::Error| no_thread(&e))?;
        Ok(PeriodicTasks { memory, limit, jobs_file })
    }

    /// Reads the facts. `live` lists the running jobs.
    pub fn sample(
        &mut self,
        now: Time,
        timeout: Option<Duration>,
        live: impl FnOnce() -> Vec<Live>,
    ) -> Facts {
        let memory = self.memory.as_mut().and_then(|(floor, sensor)| {
            let memory = sensor.read(now).memory?;
            Some((*floor, memory.available))
        });
        let limit_failed = self.limit.as_ref().and_then(|limit| limit.failed_status());
        if limit_failed.is_some() {
            self.limit = None;
        }
        let limit_stops_one = self.limit.as_ref().is_some_and(|limit| limit.take_stop_request());
        let max = self.jobs_file.as_mut().and_then(JobsFile::changed);
        let needs_live = timeout.is_some() || memory.is_some() || limit_stops_one;
        let live = if needs_live { live() } else { Vec::new() };
        Facts { timeout, memory, limit_failed, limit_stops_one, max, live }
    }
}

/// The actions that the facts require, in order.
pub fn due(now: Time, facts: &Facts) -> Vec<PeriodicAction> {
    let mut actions = Vec::new();
    if let Some(timeout) = facts.timeout {
        let late = facts.live.iter().filter(|job| !job.suspended && now.since(job.started) > timeout);
        actions.extend(late.map(|job| PeriodicAction::TimeOut(job.id)));
    }
    if let Some((floor, available)) = facts.memory {
        match memory_action(floor, available, &facts.live) {
            MemoryAction::None => {}
            MemoryAction::Suspend(id) => actions.push(PeriodicAction::Suspend(id)),
            MemoryAction::Resume(id) => actions.push(PeriodicAction::Resume(id)),
        }
    }
    actions.extend(facts.limit_failed.map(PeriodicAction::LimitFailed));
    if facts.limit_stops_one {
        let youngest = facts.live.iter().max_by_key(|job| job.started);
        actions.extend(youngest.map(|job| PeriodicAction::StopYoungest(job.id)));
    }
    actions.extend(facts.max.map(PeriodicAction::SetMax));
    actions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> Time {
        Time::ZERO + Duration::from_secs(s)
    }

    fn job(id: u64, started: u64, suspended: bool) -> Live {
        Live { id: TaskId(id), pid: 1, started: at(started), suspended }
    }

    #[test]
    fn without_facts_nothing_is_due() {
        assert_eq!(due(at(9), &Facts::default()), []);
        assert_eq!(due(at(9), &Facts { live: vec![job(1, 0, false)], ..Facts::default() }), []);
    }

    #[test]
    fn a_late_timeout_ends_every_job_over_it_except_suspended_ones() {
        let live = vec![job(1, 0, false), job(2, 0, true), job(3, 4, false), job(4, 5, false)];
        let facts = Facts { timeout: Some(Duration::from_secs(5)), live, ..Facts::default() };
        assert_eq!(due(at(9), &facts), [PeriodicAction::TimeOut(TaskId(1))]);
        assert_eq!(
            due(at(10), &facts),
            [PeriodicAction::TimeOut(TaskId(1)), PeriodicAction::TimeOut(TaskId(3))]
        );
    }

    #[test]
    fn short_memory_suspends_the_youngest_job_and_enough_resumes_the_oldest() {
        let live = vec![job(1, 0, false), job(2, 3, false)];
        let facts = Facts { memory: Some((100, 99)), live, ..Facts::default() };
        assert_eq!(due(at(9), &facts), [PeriodicAction::Suspend(TaskId(2))]);
        let live = vec![job(1, 0, false), job(2, 3, true)];
        let facts = Facts { memory: Some((100, 200)), live, ..Facts::default() };
        assert_eq!(due(at(9), &facts), [PeriodicAction::Resume(TaskId(2))]);
    }

    #[test]
    fn the_limit_command_stops_the_youngest_job_or_ends_the_run() {
        let live = vec![job(1, 4, false), job(2, 3, false)];
        let facts = Facts { limit_stops_one: true, live, ..Facts::default() };
        assert_eq!(due(at(9), &facts), [PeriodicAction::StopYoungest(TaskId(1))]);
        let none = Facts { limit_stops_one: true, ..Facts::default() };
        assert_eq!(due(at(9), &none), []);
        let failed = Facts { limit_failed: Some(127), max: Some(3), ..Facts::default() };
        assert_eq!(due(at(9), &failed), [PeriodicAction::LimitFailed(127), PeriodicAction::SetMax(3)]);
    }
}
