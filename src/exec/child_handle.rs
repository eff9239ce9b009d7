//! Access to a running child from other threads: signals, and requests to end it.
//!
//! Each child has a mutex, which is locked for every signal and for the reap. A signal therefore only goes to a child
//! that is not reaped, whose process number belongs to no other process. Only the worker that started the child reaps
//! it.

use super::outcome::StopReason;
use crate::sys::events::Wake;
use crate::sys::guardian::Guardian;
use crate::sys::signals::{self, SIGCONT, SIGKILL, SIGSTOP};
use crate::sys::wait::{self, Reaped};
use adaptive_pool::policy::TaskId;
use adaptive_pool::time::Time;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Why apool ended a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// Its timeout was over.
    TimedOut,
    /// A stop was requested.
    Stopped(StopReason),
}

/// The requests to the worker of the child.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChildRequests {
    /// The child must end. The first signal was sent.
    pub stop: bool,
    /// The child must be killed at once.
    pub kill: bool,
    /// The child is suspended.
    pub suspended: bool,
    /// The total time of the earlier suspensions. The deadline moves by this time.
    pub suspended_time: Duration,
}

/// The handle of a slot, which has at most one child at a time.
#[derive(Debug)]
pub struct ChildHandle {
    state: Mutex<Option<LiveChild>>,
    wake: Wake,
    /// The guardian and the slot in its list.
    guardian: Option<(Arc<Guardian>, usize)>,
}

#[derive(Debug)]
struct LiveChild {
    id: TaskId,
    pid: i32,
    started: Time,
    ending: Option<EndCause>,
    kill: bool,
    suspended: Option<Time>,
    suspended_time: Duration,
}

impl ChildHandle {
    /// A handle without a child.
    pub fn new(guardian: Option<(Arc<Guardian>, usize)>) -> io::Result<ChildHandle> {
        Ok(ChildHandle { state: Mutex::new(None), wake: Wake::new()?, guardian })
    }

    /// Sets the child that has just started, with its own variables.
    pub fn attach(&self, id: TaskId, pid: i32, started: Time, variables: &[CString]) {
        let child = LiveChild {
            id,
            pid,
            started,
            ending: None,
            kill: false,
            suspended: None,
            suspended_time: Duration::ZERO,
        };
        if let Some((guardian, slot)) = &self.guardian {
            guardian.watch(*slot, pid, variables);
        }
        *self.state() = Some(child);
    }

    /// Reaps the child if it has exited. Returns its result and the reason why apool ended it. The handle has no child
    /// afterwards. `None` when the child has not exited.
    pub fn reap(&self) -> io::Result<Option<(Reaped, Option<EndCause>)>> {
        let mut state = self.state();
        let Some(child) = state.as_mut() else { return Ok(None) };
        // The guardian must release the process number before the reap makes it free.
        self.release();
        let Some(reaped) = wait::reap(child.pid, false)? else { return Ok(None) };
        let ending = child.ending.take();
        *state = None;
        Ok(Some((reaped, ending)))
    }

    /// Removes a child that other code has reaped. Returns the reason why apool ended it.
    pub fn forget(&self) -> Option<EndCause> {
        self.release();
        self.state().take().and_then(|child| child.ending)
    }

    /// Begins to end the child. `only` restricts this to the child of that task. Sends the first signal, continues a
    /// stopped child, and wakes its worker, which does the rest. False when there is no such child, when it has exited,
    /// or when it is being ended.
    pub fn stop(&self, only: Option<TaskId>, ending: EndCause, first: i32) -> bool {
        let mut state = self.state();
        let Some(child) = state.as_mut().filter(|child| only.is_none_or(|id| id == child.id)) else {
            return false;
        };
        if child.ending.is_some() || wait::has_ended(child.pid) {
            return false;
        }
        child.ending = Some(ending);
        child.suspended = None;
        // The worker sends a KILL. It must stop the other processes of the job first.
        if first != SIGKILL {
            signals::kill_group(child.pid, first);
            signals::kill_group(child.pid, SIGCONT);
        }
        self.wake.notify();
        true
    }

    /// The child has exited because of a stop of the run. Sends the first signal to the other processes of its group.
    /// The worker does the rest.
    pub fn terminate_group(&self, ending: EndCause, first: i32) {
        let mut state = self.state();
        let Some(child) = state.as_mut() else { return };
        child.ending.get_or_insert(ending);
        signals::kill_group(child.pid, first);
        signals::kill_group(child.pid, SIGCONT);
    }

    /// Kills the group of the child and wakes its worker, which kills the other processes of the job.
    pub fn kill(&self, ending: EndCause) {
        let mut state = self.state();
        let Some(child) = state.as_mut() else { return };
        if !wait::has_ended(child.pid) {
            child.ending.get_or_insert(ending);
        }
        child.kill = true;
        if child.ending.is_some() {
            signals::kill_group(child.pid, SIGKILL);
        }
        self.wake.notify();
    }

    /// Sends a signal to the group of the child, and CONT, so that a stopped process receives it.
    pub fn signal(&self, signal: i32) {
        if let Some(child) = self.state().as_ref() {
            signals::kill_group(child.pid, signal);
            if signal != SIGSTOP && signal != SIGKILL {
                signals::kill_group(child.pid, SIGCONT);
            }
        }
    }

    /// Suspends the child, unless it is being ended. `only` restricts this to the child of that task.
    pub fn suspend(&self, only: Option<TaskId>, now: Time) -> bool {
        let mut state = self.state();
        let Some(child) = state.as_mut().filter(|child| only.is_none_or(|id| id == child.id)) else {
            return false;
        };
        if child.ending.is_some() {
            return false;
        }
        child.suspended.get_or_insert(now);
        signals::kill_group(child.pid, SIGSTOP);
        self.wake.notify();
        true
    }

    /// Resumes the child. `only` restricts this to the child of that task.
    pub fn resume(&self, only: Option<TaskId>, now: Time) -> bool {
        let mut state = self.state();
        let Some(child) = state.as_mut().filter(|child| only.is_none_or(|id| id == child.id)) else {
            return false;
        };
        let Some(since) = child.suspended.take() else { return false };
        child.suspended_time += now.since(since);
        signals::kill_group(child.pid, SIGCONT);
        self.wake.notify();
        true
    }

    /// Whether apool is ending the child. This does not become true after the child has exited.
    pub fn is_ending(&self) -> bool {
        self.state().as_ref().is_some_and(|child| child.ending.is_some())
    }

    /// The current requests. Clears the wake-up.
    pub fn requests(&self) -> ChildRequests {
        let state = self.state();
        self.wake.clear();
        state.as_ref().map_or_else(ChildRequests::default, |child| ChildRequests {
            stop: child.ending.is_some(),
            kill: child.kill,
            suspended: child.suspended.is_some(),
            suspended_time: child.suspended_time,
        })
    }

    /// The child: its task, its process, its start time, and whether it is suspended.
    pub fn live(&self) -> Option<(TaskId, i32, Time, bool)> {
        self.state().as_ref().map(|child| (child.id, child.pid, child.started, child.suspended.is_some()))
    }

    fn release(&self) {
        if let Some((guardian, slot)) = &self.guardian {
            guardian.release(*slot);
        }
    }

    fn state(&self) -> MutexGuard<'_, Option<LiveChild>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsFd for ChildHandle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

#[cfg(test)]
mod tests;
