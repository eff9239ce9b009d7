//! The environment variables that describe a job.

use crate::job::Seq;
use adaptive_pool::pool::TaskContext;
use std::ffi::CString;

/// The variables of a job, with GNU parallel's names as well. `attempt` counts from 1.
///
/// The first two identify the job among all runs; the guardian searches for them. All of them together identify the
/// processes that a job left behind, so one of them must identify this run.
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

/// The names of the variables. They are removed from the inherited environment, so that a nested run has only its own.
pub const RESERVED: [&str; 6] =
    ["APOOL_PID", "APOOL_SEQ", "APOOL_SLOT", "APOOL_ATTEMPT", "PARALLEL_SEQ", "PARALLEL_JOBSLOT"];
