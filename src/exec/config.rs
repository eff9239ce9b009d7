//! The settings that all jobs of a run share: plain data, with defaults.

use super::termseq::TermSeq;
use crate::sys::guardian::Guardian;
use crate::sys::job_terminal::JobTerminal;
use crate::sys::limits::Limit;
use crate::sys::signals::SignalSet;
use adaptive_pool::time::RunClock;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The settings of an [`Executor`](super::Executor).
#[derive(Debug)]
pub struct ExecConfig {
    /// The clock of the run. Timeouts do not run while it is paused.
    pub clock: Arc<RunClock>,
    /// The value of `PATH` for the lookup of programs. `None` means the usual directories.
    pub path: Option<OsString>,
    /// Signals that were ignored when apool started (`SIGHUP` under `nohup`). Jobs ignore them too.
    pub ignore: SignalSet,
    /// The descriptor limit of the jobs, when apool raised its own.
    pub descriptors: Option<Limit>,
    /// The niceness of the jobs, -20 to 19. `None` keeps that of apool.
    pub nice: Option<i32>,
    /// The signals that end a job.
    pub termseq: TermSeq,
    /// How long apool reads the output of a job that has exited, while another process keeps it open.
    pub leak: Duration,
    /// Bytes of captured output in memory, for all jobs together. Small outputs are not counted.
    pub memory: usize,
    /// The largest part of `memory` that one stream may use, in bytes.
    pub memory_per_stream: usize,
    /// The directory of the unnamed files for larger outputs.
    pub spill_directory: PathBuf,
    /// Check once a second whether the terminal stopped a job. Needs a controlling terminal.
    pub watch_terminal: bool,
    /// The terminal that each job gets as its standard input, in the foreground. At most one job may then run.
    pub terminal: Option<JobTerminal>,
    /// Become the parent of orphans of jobs, so that a kill finds them. The main thread must then call
    /// [`Executor::reap_adopted`](super::Executor::reap_adopted).
    pub adopt_orphans: bool,
    /// The process that kills the jobs when apool is killed.
    pub guard: GuardianMode,
}

impl ExecConfig {
    /// The defaults.
    pub fn new(clock: Arc<RunClock>) -> ExecConfig {
        ExecConfig {
            clock,
            path: None,
            ignore: SignalSet::default(),
            descriptors: None,
            nice: None,
            termseq: TermSeq::default(),
            leak: Duration::from_millis(200),
            memory: 6 << 20,
            memory_per_stream: 2 << 20,
            spill_directory: std::env::temp_dir(),
            watch_terminal: false,
            terminal: None,
            adopt_orphans: true,
            guard: GuardianMode::New,
        }
    }
}

/// Which process kills the jobs when apool is killed.
#[derive(Debug)]
pub enum GuardianMode {
    /// None. The kernel kills only the first process of each job.
    No,
    /// A guardian that the executor starts.
    New,
    /// A guardian that runs already.
    By(Guardian),
}

impl GuardianMode {
    /// The guardian. `None` when it cannot be started: a run without a guardian is better than no run.
    pub(super) fn guardian(self) -> Option<Guardian> {
        match self {
            GuardianMode::No => None,
            GuardianMode::New => Guardian::begin().ok(),
            GuardianMode::By(guardian) => Some(guardian),
        }
    }
}
