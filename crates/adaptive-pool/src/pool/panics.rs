//! Calls of code from outside the pool that may panic: tasks, policies, guards, sensors and listeners.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The result of `call`, or `None` when it panicked.
pub(super) fn caught<R>(call: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| drop(message(payload))).ok()
}

/// Calls a hook, if there is one. A hook that panics is removed; its destructor may panic too.
pub(super) fn guarded<P, R>(hook: &mut Option<P>, call: impl FnOnce(&mut P) -> R) -> Option<R> {
    let result = hook.as_mut().map(|hook| caught(|| call(hook)))?;
    if result.is_none() {
        let broken = hook.take();
        caught(|| drop(broken));
    }
    result
}

/// The message of a panic. A payload whose destructor panics is leaked.
pub(super) fn message(payload: Box<dyn Any + Send>) -> String {
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
