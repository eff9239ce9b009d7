//! A worker thread: takes a grant, runs the task, brings back how it ended, and leaves with the next one if there is one.
//!
//! It never decides anything, and nothing a task does can end it: only [`Grant::Retire`], which it can take only while idle.

use super::hooks::TaskReport;
use super::pool_state::PoolState;
use super::shared::{Grant, Shared, enter};
use super::task::{Ended, caught};
use crate::policy::{OnThreadStart, Verdict};
use crossbeam_channel::Receiver;
use std::sync::Arc;

pub(super) fn work(shared: &Arc<Shared>, grants: &Receiver<Grant>, on_thread_start: Option<OnThreadStart>) {
    enter(shared);
    // A sensor's harm is its own.
    let _ = on_thread_start.map(|on_thread_start| caught(|| on_thread_start()));
    let mut out = Vec::new();
    let ((), mut next) = shared.step(true, &mut out, PoolState::thread_ready);
    loop {
        let Some(grant) = next.take().or_else(|| grants.recv().ok()) else { return };
        let Grant::Run { task, context } = grant else { return };
        let ended = task.run(&context);
        let slot = context.slot;
        ((), next) = shared.step(true, &mut out, |pool_state, now, out| match ended {
            Ended::Ran(report) => pool_state.finished(now, slot, &report, false, out),
            Ended::Panicked => {
                pool_state.finished(now, slot, &TaskReport::new(Verdict::Failed), true, out);
            }
            Ended::Elsewhere => pool_state.vacated(now, slot, out),
        });
    }
}
