//! A task in the pool: a closure that runs at most once, or is dropped once.
//!
//! A task with a handle is one allocation that the queue and the handle share. The thread that takes the closure out of it
//! runs it: a worker, or a task of the same pool that waits for the result and would otherwise wait for itself.

use super::hooks::{TaskContext, TaskReport};
use super::panics::{caught, message};
use super::task_result::{ResultCell, TaskEnd, TaskError};
use crate::policy::Verdict;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The side of a task that the queue sees.
trait Runnable: Send + Sync {
    /// Runs the task, unless another thread took it.
    fn run(&self, context: &TaskContext) -> TaskEnd;
    /// Drops the closure. False when another thread took it earlier.
    fn abandon(&self) -> bool;
}

/// A queued task; `None` once [`Task::run`] took it. When it is dropped, its handle gets [`TaskError::Dropped`].
pub(super) struct Task(Option<Arc<dyn Runnable>>);

impl Task {
    /// A task that gives its result to a handle.
    pub(super) fn with_result<F, T>(closure: F) -> (Task, Arc<dyn ResultCell<T>>)
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let state = State { step: Step::Ready(closure), waited: false };
        let packet = Arc::new(Packet { state: Mutex::new(state), ended: Condvar::new() });
        (Task(Some(packet.clone())), packet)
    }

    /// A task that reports its own end. It has no handle.
    pub(super) fn reporting<F>(closure: F) -> Task
    where
        F: FnOnce(&TaskContext) -> TaskReport + Send + 'static,
    {
        Task(Some(Arc::new(Reporting(Mutex::new(Some(closure))))))
    }

    /// Runs the task. A panic of the task or of its destructors does not unwind out of this call.
    pub(super) fn run(mut self, context: &TaskContext) -> TaskEnd {
        let Some(task) = self.0.take() else { return TaskEnd::AlreadyTaken };
        caught(|| {
            let ended = task.run(context);
            drop(task);
            ended
        })
        .unwrap_or(TaskEnd::Panicked)
    }

    /// Drops the closure. False when another thread took it earlier. A panic of a destructor does not unwind out of this
    /// call.
    pub(super) fn abandon(&self) -> bool {
        let Some(task) = &self.0 else { return false };
        caught(|| task.abandon()).unwrap_or(true)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.abandon();
    }
}

/// A task without a handle.
struct Reporting<F>(Mutex<Option<F>>);

impl<F> Runnable for Reporting<F>
where
    F: FnOnce(&TaskContext) -> TaskReport + Send,
{
    fn run(&self, context: &TaskContext) -> TaskEnd {
        let closure = lock(&self.0).take();
        match closure {
            Some(closure) => TaskEnd::Ran(closure(context)),
            None => TaskEnd::AlreadyTaken,
        }
    }

    fn abandon(&self) -> bool {
        let closure = lock(&self.0).take();
        closure.is_some()
    }
}

/// A task with a handle.
struct Packet<F, T> {
    state: Mutex<State<F, T>>,
    ended: Condvar,
}

struct State<F, T> {
    step: Step<F, T>,
    /// True when a thread waits on `ended`. Without this, each end of a task would cost a system call.
    waited: bool,
}

enum Step<F, T> {
    /// The closure was not taken.
    Ready(F),
    Running,
    /// The result was not taken.
    Done(Result<T, TaskError>),
    /// The result was taken.
    Taken,
}

impl<F, T> Packet<F, T> {
    fn take_closure(&self) -> Option<F> {
        let mut state = lock(&self.state);
        match std::mem::replace(&mut state.step, Step::Running) {
            Step::Ready(closure) => Some(closure),
            other => {
                state.step = other;
                None
            }
        }
    }

    fn finish(&self, result: Result<T, TaskError>) {
        let mut state = lock(&self.state);
        state.step = Step::Done(result);
        let waited = state.waited;
        drop(state);
        if waited {
            self.ended.notify_all();
        }
    }

    fn take_result(state: &mut State<F, T>) -> Option<Result<T, TaskError>> {
        match std::mem::replace(&mut state.step, Step::Taken) {
            Step::Done(result) => Some(result),
            other => {
                state.step = other;
                None
            }
        }
    }
}

impl<F, T> Packet<F, T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    fn execute(&self) -> TaskEnd {
        let Some(closure) = self.take_closure() else { return TaskEnd::AlreadyTaken };
        match catch_unwind(AssertUnwindSafe(closure)) {
            Ok(value) => {
                self.finish(Ok(value));
                TaskEnd::Ran(TaskReport::new(Verdict::Ok))
            }
            Err(payload) => {
                self.finish(Err(TaskError::Panicked(message(payload))));
                TaskEnd::Panicked
            }
        }
    }
}

impl<F, T> Runnable for Packet<F, T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    fn run(&self, _context: &TaskContext) -> TaskEnd {
        self.execute()
    }

    fn abandon(&self) -> bool {
        let Some(closure) = self.take_closure() else { return false };
        self.finish(Err(TaskError::Dropped));
        drop(closure);
        true
    }
}

impl<F, T> ResultCell<T> for Packet<F, T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    fn wait(&self) -> Result<T, TaskError> {
        let mut state = lock(&self.state);
        loop {
            if let Some(result) = Self::take_result(&mut state) {
                return result;
            }
            state.waited = true;
            state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wait_timeout(&self, timeout: Duration) -> Option<Result<T, TaskError>> {
        let mut state = lock(&self.state);
        state.waited = true;
        let unfinished = |state: &mut State<F, T>| matches!(state.step, Step::Ready(_) | Step::Running);
        let waited = self.ended.wait_timeout_while(state, timeout, unfinished);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        Self::take_result(&mut state)
    }

    fn try_wait(&self) -> Option<Result<T, TaskError>> {
        Self::take_result(&mut lock(&self.state))
    }

    fn is_done(&self) -> bool {
        matches!(lock(&self.state).step, Step::Done(_) | Step::Taken)
    }

    fn run_here(&self) -> TaskEnd {
        self.execute()
    }
}

/// No user code runs under these locks, so a poisoned lock holds a valid state.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
