//! What the ledger is told and what it answers: plain data.

use crate::job::{Job, Seq};
use crate::run::halt::HaltStatus;
use crate::run::job_exit::JobExit;
use std::sync::Arc;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// Status 0.
    Succeeded,
    /// It failed by itself.
    Failed(JobExit),
    /// It failed with a status of `--backoff-on`: too much runs at once, so it comes again later.
    Backoff(JobExit),
    /// It was running when the run was stopped, and we ended it.
    Killed,
    /// The system had no room for it now: it keeps its place and starts again.
    Refused,
    /// It never ran: it waited when the run was stopped.
    Dropped,
    /// It never ran: the user was asked, and did not say yes.
    Declined,
    /// The command of every job cannot be run; the number is 126 or 127.
    NoCommand(i32),
}

impl AttemptEnd {
    /// What the records say of it.
    pub fn exit(self) -> JobExit {
        match self {
            AttemptEnd::Succeeded => JobExit::Exited(0),
            AttemptEnd::Failed(exit) | AttemptEnd::Backoff(exit) => exit,
            AttemptEnd::Killed | AttemptEnd::Refused | AttemptEnd::Dropped | AttemptEnd::Declined => {
                JobExit::Signaled(15)
            }
            AttemptEnd::NoCommand(status) => JobExit::Exited(status),
        }
    }
}

/// What happens to a run.
#[derive(Debug)]
pub enum Event {
    /// A job was read.
    Read(Job),
    /// A job was read that the joblog has a record of.
    Skip(Seq),
    /// So many jobs were read and will not be run.
    Unstarted(u64),
    /// The input has ended.
    InputEnded,
    /// An attempt ended. `emitted`: nothing of it is on its way to the output.
    Ended {
        /// Which job.
        seq: Seq,
        /// How.
        end: AttemptEnd,
        /// True when its output needs no more waiting.
        emitted: bool,
    },
    /// The output of a job was accepted.
    Emitted(Seq),
    /// Start nothing more and end what runs.
    Stop(Cause),
    /// Output that is not out yet never will be: nobody waits for it any more.
    Abandon,
    /// A moment that [`Ledger::wakes_at`](super::Ledger::wakes_at) named has come.
    Clock,
}

/// Why a run stops early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A signal.
    Signal(i32),
    /// Our output is broken or full: the jobs in flight are not recorded.
    Output,
    /// The input cannot be read on: running jobs end by themselves.
    Input,
    /// A log cannot be written on: running jobs end by themselves.
    Log,
    /// `--halt`, and the status it asks for.
    Halt(HaltStatus),
    /// The command of every job cannot be run.
    NoCommand(i32),
    /// For half a minute the system has had no room for a single process.
    NoRoom,
}

/// What the conductor does.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Hand a job to the pool.
    Start {
        /// The job.
        job: Arc<Job>,
        /// From 1.
        attempt: u32,
    },
    /// The attempt was the job's last: print what it held back. Comes before its record.
    Print(Seq),
    /// The attempt is followed by another: forget its output.
    DiscardOutput(Seq),
    /// The job is over while it waited for another attempt: nothing of it will be printed, and `-k` is not to wait for it.
    SkipOutput(Seq),
    /// The job is over and its output accepted: write its record.
    Record(Seq),
    /// Take back what waits in the pool.
    DropQueued,
    /// End what runs.
    EndAll,
}

/// Counts of jobs, each in exactly one of the last five at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// Jobs made of the input.
    pub read: u64,
    /// Exited 0.
    pub succeeded: u64,
    /// Failed, after all attempts.
    pub failed: u64,
    /// Ended by us because the run stopped.
    pub killed: u64,
    /// Never run because the run stopped.
    pub not_started: u64,
    /// Not run because the joblog has a record of them, or because the user did not want them (`-p`).
    pub skipped: u64,
    /// Attempts beyond the first.
    pub retried: u64,
}

impl Totals {
    /// True when every job that was read is counted once (G1). At the end of a run, always.
    pub fn balanced(&self) -> bool {
        self.over() == self.read
    }

    /// Jobs that are over.
    pub fn over(&self) -> u64 {
        self.succeeded + self.failed + self.killed + self.not_started + self.skipped
    }
}

/// The bounds of what is in flight.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Jobs in the pool at once, waiting and running.
    pub jobs_max: usize,
    /// So many jobs may be in the pool whatever their arguments hold: enough for the workers.
    pub jobs_min: usize,
    /// Bytes of arguments in the pool at once, beyond that.
    pub bytes_max: usize,
    /// With `-k`: jobs submitted and not printed yet, so that a slow first job cannot make the rest pile up.
    pub window: Option<usize>,
}
