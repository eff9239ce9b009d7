//! The hold that everyone else has on a running child: signals, and requests to end it.
//!
//! One mutex a child, child for every signal and for the reap. So a signal goes to a child that is not reaped, whose
//! number therefore belongs to nobody else. Only the worker that started the child reaps it.

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

/// Why a child was ended by us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// Its time was over.
    TimedOut,
    /// It was requests for.
    Stopped(StopReason),
}

/// What the worker must know when it is woken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChildRequests {
    /// The child is to end; the first signal has been sent.
    pub stop: bool,
    /// The child is to be killed at once.
    pub kill: bool,
    /// It stands still.
    pub suspended: bool,
    /// For how long it stood still before now: its deadline moves by as much.
    pub suspended_time: Duration,
}

/// A worker's slot: at most one child at a time.
#[derive(Debug)]
pub struct ChildHandle {
    state: Mutex<Option<LiveChild>>,
    wake: Wake,
    /// Kills the child's group if we die before it; with our slot on its list.
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
    /// A slot without a child.
    pub fn new(guardian: Option<(Arc<Guardian>, usize)>) -> io::Result<ChildHandle> {
        Ok(ChildHandle { state: Mutex::new(None), wake: Wake::new()?, guardian })
    }

    /// The child that has just started, with these variables of its own, takes its slot.
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

    /// Reaps the child if it has ended, and says why we ended it if we did. From then on the slot is empty.
    pub fn reap(&self) -> io::Result<Option<(Reaped, Option<EndCause>)>> {
        let mut state = self.state();
        let Some(child) = state.as_mut() else { return Ok(None) };
        // Off the list first: once it is reaped, the number may be another's.
        self.release();
        let Some(reaped) = wait::reap(child.pid, false)? else { return Ok(None) };
        let ending = child.ending.take();
        *state = None;
        Ok(Some((reaped, ending)))
    }

    /// Empties the slot of a child that cannot be waited for (someone else has reaped it).
    pub fn forget(&self) -> Option<EndCause> {
        self.release();
        self.state().take().and_then(|child| child.ending)
    }

    /// Begins to end the child (that of this task, if one is named): sends the first signal, with a CONT for one that is
    /// stopped, and wakes its worker, who does the rest. False when there is none, when it has ended by itself, or when
    /// it is being ended already.
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
        // A KILL is the worker's: others of the job must be stopped before its first process goes.
        if first != SIGKILL {
            signals::kill_group(child.pid, first);
            signals::kill_group(child.pid, SIGCONT);
        }
        self.wake.notify();
        true
    }

    /// The child has ended, and it was ended with the run: what is left of its group is sent the first signal, and the
    /// worker does the rest.
    pub fn terminate_group(&self, ending: EndCause, first: i32) {
        let mut state = self.state();
        let Some(child) = state.as_mut() else { return };
        child.ending.get_or_insert(ending);
        signals::kill_group(child.pid, first);
        signals::kill_group(child.pid, SIGCONT);
    }

    /// Kills the child's group at once and wakes its worker for the rest of the job.
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

    /// Sends a signal to the child's group, and a CONT to let a stopped one see it.
    pub fn signal(&self, signal: i32) {
        if let Some(child) = self.state().as_ref() {
            signals::kill_group(child.pid, signal);
            if signal != SIGSTOP && signal != SIGKILL {
                signals::kill_group(child.pid, SIGCONT);
            }
        }
    }

    /// Makes the child (that of this task, if one is named) stand still, unless it is being ended.
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

    /// Lets the child (that of this task, if one is named) go on.
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

    /// Whether the child is being ended by us. Once it has ended by itself this does not become true any more.
    pub fn is_ending(&self) -> bool {
        self.state().as_ref().is_some_and(|child| child.ending.is_some())
    }

    /// What has been requests for so far. Makes the wake-up quiet.
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

    /// The child: its task, its process, since when, and whether it stands still.
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
