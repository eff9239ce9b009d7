//! Runs jobs and acts on running jobs: stop, kill, suspend, resume, list.
//!
//! Any thread may call it. [`Executor::run`] works on the calling thread until the job has ended. The other methods
//! only send signals and return at once. The executor does not limit the number of jobs.

use super::attempt;
use super::capture::Capture;
use super::child_handle::EndCause;
use super::config::ExecConfig;
use super::context::ExecContext;
use super::outcome::{Attempt, StopReason};
use super::spec::{Spec, Stream};
use crate::job::Slot;
use crate::sys::wait;
use adaptive_pool::policy::TaskId;
use adaptive_pool::time::Time;
use std::io;
use std::time::Duration;

/// Runs jobs. A run has one, shared by all workers.
#[derive(Debug)]
pub struct Executor {
    context: ExecContext,
}

/// A running job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// Its task.
    pub id: TaskId,
    /// Its first process, which is also the number of its process group.
    pub pid: u32,
    /// When it started.
    pub started: Time,
    /// It is suspended.
    pub suspended: bool,
}

impl Executor {
    /// Makes an executor. Call it after the signal handlers were installed: signals with a handler get their default
    /// action in jobs. With [`GuardianMode::New`](super::GuardianMode::New) it forks. Call it early, while the process
    /// uses little memory and has no logs open.
    pub fn new(config: ExecConfig) -> io::Result<Executor> {
        Ok(Executor { context: ExecContext::new(config)? })
    }

    /// Tells the guardian to end. Call it when no job runs and none will start.
    pub fn dismiss_guardian(&self) {
        if let Some(guardian) = &self.context.guardian {
            guardian.dismiss();
        }
    }

    /// Waits for the end of the guardian. No job may start afterwards.
    pub fn join_guardian(&self) {
        if let Some(guardian) = &self.context.guardian {
            guardian.join();
        }
    }

    /// Runs one job to its end on the calling thread. Two calls at the same time must not have the same slot. With
    /// [`OutputMode::Lines`](super::OutputMode::Lines), `lines` gets whole lines while the job runs. When `lines`
    /// blocks, the pipe of the job fills and the job waits.
    pub fn run(
        &self,
        spec: Spec,
        slot: Slot,
        id: TaskId,
        timeout: Option<Duration>,
        lines: &mut dyn FnMut(Stream, &[u8]),
    ) -> Attempt {
        attempt::run(&self.context, spec, slot, id, timeout, lines)
    }

    /// Joins the outputs of two processes of one job.
    pub fn join_outputs(&self, first: Capture, second: Capture) -> io::Result<Capture> {
        self.context.captures.join(first, second)
    }

    /// Ends every running job with the signal sequence. No job starts afterwards.
    pub fn stop(&self, why: StopReason) {
        let why = self.context.requests.stop(why);
        for handle in self.context.handles() {
            handle.stop(None, EndCause::Stopped(why.clone()), self.context.termseq.first());
        }
    }

    /// The name of the first signal that ends a job.
    pub fn first_signal(&self) -> String {
        super::termseq::name(self.context.termseq.first())
    }

    /// Kills every running job at once. No job starts afterwards.
    pub fn kill(&self) {
        let why = self.context.requests.stop(StopReason::Halted);
        for handle in self.context.handles() {
            handle.kill(EndCause::Stopped(why.clone()));
        }
    }

    /// Ends the job of one task with the signal sequence. False when it does not run.
    pub fn stop_one(&self, id: TaskId, why: &StopReason) -> bool {
        self.end_one(id, &EndCause::Stopped(why.clone()))
    }

    /// Ends the job of one task because of its timeout. False when it does not run.
    pub fn time_out(&self, id: TaskId) -> bool {
        self.end_one(id, &EndCause::TimedOut)
    }

    fn end_one(&self, id: TaskId, cause: &EndCause) -> bool {
        let first = self.context.termseq.first();
        self.context.handles().iter().any(|handle| handle.stop(Some(id), cause.clone(), first))
    }

    /// Suspends every job, including jobs that are just starting. The caller pauses the clock.
    pub fn suspend_all(&self) {
        self.context.requests.suspend(true);
        let now = self.context.clock.now();
        for handle in self.context.handles() {
            handle.suspend(None, now);
        }
        self.context.requests.wait_for_starts();
        self.context.take_terminal(false);
    }

    /// Resumes every job. The caller resumes the clock first.
    pub fn resume_all(&self) {
        self.context.refresh_terminal();
        self.context.requests.suspend(false);
        let now = self.context.clock.now();
        for handle in self.context.handles() {
            if let (Some(terminal), Some(live)) = (&self.context.terminal, handle.live()) {
                terminal.lend_to(live.1);
            }
            handle.resume(None, now);
        }
    }

    /// Suspends the job of one task. Its deadline moves by the time of the suspension. False when it does not run.
    pub fn suspend(&self, id: TaskId) -> bool {
        let now = self.context.clock.now();
        self.context.handles().iter().any(|handle| handle.suspend(Some(id), now))
    }

    /// Resumes the job of one task. False when it is not suspended.
    pub fn resume(&self, id: TaskId) -> bool {
        let now = self.context.clock.now();
        self.context.handles().iter().any(|handle| handle.resume(Some(id), now))
    }

    /// Calls `each` for every running job.
    pub fn live(&self, each: &mut dyn FnMut(Live)) {
        for handle in self.context.handles() {
            if let Some((id, pid, started, suspended)) = handle.live() {
                each(Live { id, pid: pid.cast_unsigned(), started, suspended });
            }
        }
    }

    /// CPU time of all jobs that have ended.
    pub fn finished_cpu(&self) -> Duration {
        self.context.finished_cpu()
    }

    /// Reaps orphans that have ended. They are background processes of jobs that ended before them, and would stay in
    /// the process table until the end of the run. Call it from time to time on the main thread: the kernel gives
    /// orphans to that thread. The main thread must start no job itself. Without an orphan it costs one system call.
    pub fn reap_adopted(&self) {
        while let Some(pid) = wait::ended_child_of_this_thread() {
            let is_job =
                self.context.handles().iter().any(|handle| handle.live().is_some_and(|live| live.1 == pid));
            if is_job {
                return;
            }
            wait::reap_child_of_this_thread(pid);
        }
    }

    /// True once [`Executor::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.context.requests.is_stopping()
    }
}

impl Drop for Executor {
    /// Kills the jobs of a run that ends by a panic.
    fn drop(&mut self) {
        self.kill();
    }
}
