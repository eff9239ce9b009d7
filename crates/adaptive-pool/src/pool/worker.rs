//! A worker thread: it takes a grant, runs the task, reports its end, and takes the next grant.
//!
//! A worker makes no decision. A panic of a task does not end it; [`Grant::Retire`] does.

use super::hooks::TaskReport;
use super::panics::caught;
use super::pool_state::PoolState;
use super::shared::{Grant, Shared, enter};
use super::task_result::TaskEnd;
use crate::policy::{OnThreadStart, Verdict};
use crossbeam_channel::Receiver;
use std::sync::Arc;

pub(super) fn work(shared: &Arc<Shared>, grants: &Receiver<Grant>, on_thread_start: Option<OnThreadStart>) {
    enter(shared);
    // A panic here concerns the sensor alone.
    let _ = on_thread_start.map(|on_thread_start| caught(|| on_thread_start()));
    let mut out = Vec::new();
    let ((), mut next) = shared.step(true, &mut out, PoolState::thread_ready);
    loop {
        let Some(grant) = next.take().or_else(|| grants.recv().ok()) else { return };
        let Grant::Run { task, context } = grant else { return };
        let end = task.run(&context);
        let slot = context.slot;
        ((), next) = shared.step(true, &mut out, |pool_state, now, out| match end {
            TaskEnd::Ran(report) => pool_state.finished(now, slot, &report, false, out),
            TaskEnd::Panicked => {
                pool_state.finished(now, slot, &TaskReport::new(Verdict::Failed), true, out);
            }
            TaskEnd::AlreadyTaken => pool_state.ran_elsewhere(now, slot, out),
        });
    }
}
