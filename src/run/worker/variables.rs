//! What a job finds in its environment about itself.

use crate::job::Seq;
use adaptive_pool::pool::TaskContext;
use std::ffi::CString;

/// What a job finds in its environment, GNU parallel's names too.
///
/// The first two name the job among all runs (the guardian goes by them). All of them together are what the end of a job recognises its runaways by, so one of them names this run.
pub fn variables(seq: Seq, attempt: u32, context: &TaskContext) -> Vec<CString> {
    let make = |name: &str, value: u64| CString::new(format!("{name}={value}")).unwrap_or_default();
    let slot = u64::from(context.slot.0);
    vec![
        make("APOOL_PID", u64::from(std::process::id())),
        make("APOOL_SEQ", seq.0),
        make("APOOL_SLOT", slot),
        make("APOOL_ATTEMPT", u64::from(attempt)),
        make("PARALLEL_SEQ", seq.0),
        make("PARALLEL_JOBSLOT", slot),
    ]
}

/// The names in `variables`: taken out of the inherited environment, so that a nested run sees its own.
pub const RESERVED: [&str; 6] =
    ["APOOL_PID", "APOOL_SEQ", "APOOL_SLOT", "APOOL_ATTEMPT", "PARALLEL_SEQ", "PARALLEL_JOBSLOT"];
