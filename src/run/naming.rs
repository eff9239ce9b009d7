//! How a job is called: in messages, in the joblog, and by which command it is known again.

use crate::job::{Args, Job, Slot};
use crate::template::{Template, Values};

/// A command of the joblog as it stands there.
pub fn verbatim(args: &Args) -> Vec<u8> {
    args.values().next().unwrap_or_default().to_vec()
}

/// A command in a message is at most this long.
const SHOWN_MAX: usize = 200;

/// A name or a command short enough for one line.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The command that identifies a job in the joblog: what it would be in the first slot.
pub fn identity(template: &Template, job: &Job, total: Option<u64>) -> Vec<u8> {
    let values = Values { args: &job.args, seq: job.seq, slot: Slot(1), total };
    template.render(&values).map(|argv| template.shown(&argv)).unwrap_or_default()
}
