//! The command that identifies a job in the joblog.

use crate::job::{Args, Job, Slot};
use crate::template::{Template, Values};

/// A command that comes from the joblog, unchanged.
pub fn verbatim(args: &Args) -> Vec<u8> {
    args.values().next().unwrap_or_default().to_vec()
}

/// The command that identifies a job: its command in slot 1.
pub fn identity(template: &Template, job: &Job, total: Option<u64>) -> Vec<u8> {
    let values = Values { args: &job.args, seq: job.seq, slot: Slot(1), total };
    template.render(&values).map(|argv| template.shown(&argv)).unwrap_or_default()
}
