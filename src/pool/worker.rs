//! A worker thread: takes a grant, runs the task, brings back how it ended, and leaves with the next one if there is one.
//!
//! It never decides anything, and nothing a task does can end it: only [`Grant::Retire`], which it can take only while idle.

use super::control::Control;
use super::hooks::TaskReport;
use super::shared::{Grant, Shared, enter};
use super::task::{Ended, caught};
use crate::policy::{Verdict, Welcome};
use crossbeam_channel::Receiver;
use std::sync::Arc;

pub(super) fn work(shared: &Arc<Shared>, grants: &Receiver<Grant>, welcome: Option<Welcome>) {
    enter(shared);
    // A sensor's harm is its own.
    let _ = welcome.map(|welcome| caught(|| welcome()));
    let mut out = Vec::new();
    let ((), mut next) = shared.step(true, &mut out, Control::thread_ready);
    loop {
        let Some(grant) = next.take().or_else(|| grants.recv().ok()) else { return };
        let Grant::Run { task, context } = grant else { return };
        let ended = task.run(&context);
        let slot = context.slot;
        ((), next) = shared.step(true, &mut out, |control, now, out| match ended {
            Ended::Ran(report) => control.finished(now, slot, &report, false, out),
            Ended::Panicked => {
                control.finished(now, slot, &TaskReport::new(Verdict::Failed), true, out);
            }
            Ended::Elsewhere => control.vacated(now, slot, out),
        });
    }
}
