//! A task as the pool holds it: something that runs once, or is dropped once.
//!
//! A task with a handle is one allocation, shared by the queue and the handle. Whoever takes the closure out of it runs it:
//! a worker, or a task of the same pool that waits for it and would else wait for itself.

use super::handle::{ResultCell, TaskError};
use super::hooks::{TaskContext, TaskReport};
use crate::policy::Verdict;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How a task ended, as the pool's books want it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ended {
    /// It ran.
    Ran(TaskReport),
    /// It panicked.
    Panicked,
    /// Another thread had taken it already, and counts it.
    Elsewhere,
}

pub(super) trait Runnable: Send + Sync {
    fn run(&self, context: &TaskContext) -> Ended;
    /// It will not run; false when it was taken already.
    fn abandon(&self) -> bool;
}

/// A task that waits; `None` once it was taken out to be run. Dropping it resolves its handle.
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

    /// A task that says itself how it ended.
    pub(super) fn reporting<F>(closure: F) -> Task
    where
        F: FnOnce(&TaskContext) -> TaskReport + Send + 'static,
    {
        Task(Some(Arc::new(Reporting(Mutex::new(Some(closure))))))
    }

    /// Runs it. Nothing that it does unwinds out of here, not even what its destructors do.
    pub(super) fn run(mut self, context: &TaskContext) -> Ended {
        let Some(task) = self.0.take() else { return Ended::Elsewhere };
        caught(|| {
            let ended = task.run(context);
            drop(task);
            ended
        })
        .unwrap_or(Ended::Panicked)
    }

    /// It will not run; false when it was taken already. Whoever drops the tasks of others is not to die of their
    /// destructors.
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

struct Reporting<F>(Mutex<Option<F>>);

impl<F> Runnable for Reporting<F>
where
    F: FnOnce(&TaskContext) -> TaskReport + Send,
{
    fn run(&self, context: &TaskContext) -> Ended {
        let closure = lock(&self.0).take();
        match closure {
            Some(closure) => Ended::Ran(closure(context)),
            None => Ended::Elsewhere,
        }
    }

    fn abandon(&self) -> bool {
        let closure = lock(&self.0).take();
        closure.is_some()
    }
}

struct Packet<F, T> {
    state: Mutex<State<F, T>>,
    ended: Condvar,
}

struct State<F, T> {
    step: Step<F, T>,
    /// True when someone waits: waking nobody costs a system call.
    waited: bool,
}

enum Step<F, T> {
    Ready(F),
    Running,
    Done(Result<T, TaskError>),
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

    fn end(&self, result: Result<T, TaskError>) {
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
    fn execute(&self) -> Ended {
        let Some(closure) = self.take_closure() else { return Ended::Elsewhere };
        match catch_unwind(AssertUnwindSafe(closure)) {
            Ok(value) => {
                self.end(Ok(value));
                Ended::Ran(TaskReport::new(Verdict::Ok))
            }
            Err(payload) => {
                self.end(Err(TaskError::Panicked(message(payload))));
                Ended::Panicked
            }
        }
    }
}

impl<F, T> Runnable for Packet<F, T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    fn run(&self, _context: &TaskContext) -> Ended {
        self.execute()
    }

    fn abandon(&self) -> bool {
        let Some(closure) = self.take_closure() else { return false };
        self.end(Err(TaskError::Dropped));
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
        let open = |state: &mut State<F, T>| matches!(state.step, Step::Ready(_) | Step::Running);
        let waited = self.ended.wait_timeout_while(state, timeout, open);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        Self::take_result(&mut state)
    }

    fn try_wait(&self) -> Option<Result<T, TaskError>> {
        Self::take_result(&mut lock(&self.state))
    }

    fn is_done(&self) -> bool {
        matches!(lock(&self.state).step, Step::Done(_) | Step::Taken)
    }

    fn run_here(&self) -> Ended {
        self.execute()
    }
}

/// Calls it; `None` when it panicked.
pub(super) fn caught<R>(call: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| drop(message(payload))).ok()
}

/// Calls a part that an owner gave, if it is there; takes it away when it panics, which its destructor may do once more.
pub(super) fn guarded<P, R>(part: &mut Option<P>, call: impl FnOnce(&mut P) -> R) -> Option<R> {
    let result = part.as_mut().map(|part| caught(|| call(part)))?;
    if result.is_none() {
        let broken = part.take();
        caught(|| drop(broken));
    }
    result
}

/// What a panic said. A payload whose destructor panics in turn is leaked rather than let loose.
fn message(payload: Box<dyn Any + Send>) -> String {
    let text = payload
        .downcast_ref::<&'static str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "of a type that is not text".to_owned());
    if let Err(again) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        std::mem::forget(again);
    }
    text
}

/// No user code runs under these locks, so a poisoned one is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
