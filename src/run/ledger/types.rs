//! The events and the actions of the ledger: plain data.

use crate::job::{Job, Seq};
use crate::run::halt::HaltStatus;
use crate::run::job_exit::JobExit;
use std::sync::Arc;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// It exited with status 0.
    Succeeded,
    /// It failed.
    Failed(JobExit),
    /// It failed with a status of `--backoff-on`, which means overload. The job starts again later.
    Backoff(JobExit),
    /// It was ended because the run stopped.
    Killed,
    /// The system had no room for it. The job keeps its place and starts again.
    Refused,
    /// It never ran, because the run stopped.
    Dropped,
    /// It never ran, because the user declined it (`-p`).
    Declined,
    /// The command, which is the same for every job, cannot be run. The number is 126 or 127.
    NoCommand(i32),
}

impl AttemptEnd {
    /// The exit for the records.
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

/// An event of a run.
#[derive(Debug)]
pub enum Event {
    /// A job was read.
    Read(Job),
    /// A job was read that is skipped, because the joblog has a record of it.
    Skip(Seq),
    /// This many jobs were read and will not run.
    Unstarted(u64),
    /// The input has ended.
    InputEnded,
    /// An attempt ended.
    Ended {
        /// The job.
        seq: Seq,
        /// How it ended.
        end: AttemptEnd,
        /// No [`Event::Emitted`] will follow.
        emitted: bool,
    },
    /// The output of a job was accepted.
    Emitted(Seq),
    /// Stop the run. The cause decides whether running jobs are ended.
    Stop(Cause),
    /// The output that was not emitted is dropped.
    Abandon,
    /// Time has passed, perhaps that of [`Ledger::wakes_at`](super::Ledger::wakes_at).
    Clock,
}

/// Why a run stops early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A signal.
    Signal(i32),
    /// Our output cannot be written. The jobs in flight are not recorded.
    Output,
    /// The input cannot be read further. Running jobs end by themselves.
    Input,
    /// A log cannot be written. Running jobs end by themselves.
    Log,
    /// `--halt`, with the exit status.
    Halt(HaltStatus),
    /// The command of every job cannot be run. The number is 126 or 127.
    NoCommand(i32),
    /// For half a minute the system had no room for a process.
    NoRoom,
}

/// An action for the conductor.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Give a job to the pool.
    Start {
        /// The job.
        job: Arc<Job>,
        /// The number of the attempt, from 1.
        attempt: u32,
    },
    /// Print the output of the last attempt, if it was held back. The record follows it.
    Print(Seq),
    /// Discard the output of an attempt that is followed by another.
    DiscardOutput(Seq),
    /// The job is over without output, because it waited for another attempt. `-k` does not wait for it.
    SkipOutput(Seq),
    /// Write the record of a job that is over and whose output was accepted.
    Record(Seq),
    /// A job is over that never ran, or whose only attempts the system refused.
    NotRun {
        /// The job.
        job: Arc<Job>,
        /// Why it did not run.
        why: NotRun,
    },
    /// Remove the waiting jobs from the pool.
    DropQueued,
    /// End the running jobs.
    EndAll,
}

/// Why a job did not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRun {
    /// The run stopped before its start.
    Stopped,
    /// The user declined it (`-p`).
    Declined,
    /// The joblog has a record of it.
    Recorded,
}

/// The counts of jobs. At the end each job is in exactly one of the five after `read`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// Jobs that were read.
    pub read: u64,
    /// Exited with status 0.
    pub succeeded: u64,
    /// Failed, after all attempts.
    pub failed: u64,
    /// Ended because the run stopped.
    pub killed: u64,
    /// Never run because the run stopped.
    pub not_started: u64,
    /// Not run because the joblog has a record of them, or because the user declined them (`-p`).
    pub skipped: u64,
    /// Attempts beyond the first.
    pub retried: u64,
}

impl Totals {
    /// True when every job that was read is counted once (guarantee G1). It is true at the end of every run.
    pub fn balanced(&self) -> bool {
        self.over() == self.read
    }

    /// Jobs that ran and are over.
    pub fn ended(&self) -> u64 {
        self.succeeded + self.failed + self.killed
    }

    /// Jobs that are over.
    pub fn over(&self) -> u64 {
        self.ended() + self.not_started + self.skipped
    }
}

/// The bounds of the jobs in flight.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The most jobs in the pool, waiting and running.
    pub jobs_max: usize,
    /// The jobs that may be in the pool in spite of `bytes_max`: enough for the workers.
    pub jobs_min: usize,
    /// The most bytes of arguments in the pool.
    pub bytes_max: usize,
    /// With `-k`, the most jobs that are submitted and not printed. It bounds the outputs that wait for a slow job.
    pub window: Option<usize>,
}
