//! The output of a decision.

use super::task_event::TaskId;
use super::why::Why;
use std::time::Duration;

/// The output of a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The proposed limit, in tasks at once. The pool lowers it by the guards and clamps it to the bounds.
    pub limit: u32,
    /// The reason, with the figures that led to it.
    pub why: Why,
    /// The number of tasks that may start before the next decision; `None` for as many as the limit allows.
    pub starts: Option<u32>,
    /// The end of a task before the next decision adds one to `starts`.
    pub refill: bool,
    /// The longest time until the next decision, clamped to 1 ms to 1 h.
    pub next: Duration,
    /// Tasks to suspend, in this order: memory is nearly exhausted.
    pub suspend: Vec<TaskId>,
    /// Tasks to resume.
    pub resume: Vec<TaskId>,
}

impl Decision {
    /// A decision that only sets the limit.
    pub fn new(limit: u32, why: Why, next: Duration) -> Decision {
        Decision { limit, why, starts: None, refill: false, next, suspend: Vec::new(), resume: Vec::new() }
    }
}

/// The answer to the question whether one more task may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    /// It may start.
    Yes,
    /// It may not start now. Ask again after this time.
    After(Duration),
}
