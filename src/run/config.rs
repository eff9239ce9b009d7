//! Everything a run needs to know, in plain validated data. Made by the command line; nothing here is looked up.

use crate::exec::{Environment, GuardianMode, TermSeq};
use crate::input::Reader;
use crate::run::events::jobs_file::JobsFile;
use crate::run::events::limit_command;
use crate::run::halt::HaltRule;
use crate::run::input::order::By;
use crate::run::input::stream::StreamConfig;
use crate::run::records::joblog;
use crate::run::records::output_files::OutputFilesConfig;
use crate::run::retry::{RetryRule, StatusSet, TimeoutRule};
use crate::run::worker::ask::Asker;
use crate::run::worker::placing::Placing;
use crate::sink::{Grouping, Order, Progress};
use crate::sys::limits::Limit;
use crate::sys::signals::SignalSet;
use crate::template::{Pattern, Template};
use adaptive_pool::policy::{Guard, PolicyConfig};
use std::collections::BTreeMap;
use std::ffi::{CString, OsString};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// One run.
pub struct Config {
    /// Where jobs come from: opened, not read yet.
    pub reader: Reader,
    /// In which order they start, when it is not that of the input.
    pub order: Option<By>,
    /// Where they come from instead, when jobs read a stream.
    pub stream: Option<StreamConfig>,
    /// What each job runs.
    pub command: Command,
    /// Where and how gently they run.
    pub machine: Machine,
    /// How many at once.
    pub workers: Workers,
    /// What becomes of the output.
    pub output: Output,
    /// What happens to failures.
    pub failure: Failure,
    /// How processes are started.
    pub processes: Processes,
    /// What is written down.
    pub record: Record,
    /// Every setting in force, for the metrics; empty when none are written.
    pub settings: BTreeMap<String, serde_json::Value>,
}

/// What each job runs.
#[derive(Debug)]
pub struct Command {
    /// The command with its placeholders.
    pub template: Template,
    /// The environment of the jobs.
    pub env: Arc<Environment>,
    /// Where they run.
    pub workdir: Workdir,
    /// What is done with the command.
    pub mode: Mode,
    /// Where each command is printed as well.
    pub announce: Announce,
    /// Who is asked before each one (`-p`).
    pub asker: Option<Asker>,
    /// The variable that holds the slot, from 0 (`--process-slot-var`).
    pub slot_variable: Option<String>,
    /// A batch of records that the system refuses as too long is run in pieces.
    pub may_cut: bool,
}

/// Where the jobs run.
#[derive(Debug)]
pub enum Workdir {
    /// Where we are.
    Ours,
    /// All in this directory.
    Fixed(CString),
    /// Each in the directory that this gives.
    Made(Pattern),
}

/// Whether commands are printed besides being run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announce {
    /// No.
    No,
    /// On standard error, when they start (`-t`).
    OnStderr,
    /// On standard output, before what the job writes (`-v`).
    OnStdout,
}

/// What is done with each command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is run.
    Run,
    /// It is printed (`--dry-run`).
    Print,
}

/// Where jobs run, and what holds them back while they do.
#[derive(Debug)]
pub struct Machine {
    /// Which CPUs, and with which I/O priority.
    pub placing: Placing,
    /// Below so many free bytes the youngest jobs are stopped.
    pub memsuspend: Option<u64>,
    /// What says whether jobs may start, and the shell and the command that it asks.
    pub limit: Option<(Arc<limit_command::Limit>, String, String)>,
    /// The file with the number of workers.
    pub jobs_file: Option<JobsFile>,
}

/// How many at once.
pub struct Workers {
    /// The bounds.
    pub min: u32,
    /// The hard limit.
    pub max: u32,
    /// The limit at the start; `None` leaves it to the policy.
    pub initial: Option<u32>,
    /// Cores that this run may use.
    pub cores: f64,
    /// The law.
    pub policy: PolicyConfig,
    /// What holds it back.
    pub guards: Vec<Box<dyn Guard>>,
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workers").field("min", &self.min).field("max", &self.max).finish_non_exhaustive()
    }
}

/// What becomes of the output.
#[derive(Debug)]
pub struct Output {
    /// Whether it passes through us at all.
    pub route: Route,
    /// In which order jobs are printed.
    pub order: Order,
    /// What each line begins with.
    pub tag: Option<Pattern>,
    /// Whether our own lines may show names as they are: escaped when standard output is a terminal.
    pub escape_tags: bool,
    /// Files that it is kept in.
    pub keep: Option<OutputFilesConfig>,
    /// What is shown while it runs.
    pub progress: Progress,
    /// One sentence at the end on the number of workers.
    pub explain: bool,
    /// Where outputs too large for memory go.
    pub tmpdir: PathBuf,
}

/// How the output of a job gets out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Through us.
    Sink(Grouping),
    /// The job writes to our descriptors (`-u`).
    Direct,
}

/// How processes are started.
#[derive(Debug)]
pub struct Processes {
    /// Where programs are looked for.
    pub path: Option<OsString>,
    /// The niceness of the jobs, -20 to 19, when it is not ours.
    pub nice: Option<i32>,
    /// Signals that our starter had ignored: they stay ignored, in us and in the jobs.
    pub ignored: SignalSet,
    /// The descriptor limit before we raised it.
    pub descriptors: Option<Limit>,
    /// There is a terminal that a job could wait for in vain.
    pub watch_terminal: bool,
    /// Who kills the jobs if we are killed.
    pub guard: GuardianMode,
}

/// What happens to failures.
#[derive(Debug)]
pub struct Failure {
    /// When a job is tried again.
    pub retry: RetryRule,
    /// Statuses that mean that too much runs at once.
    pub backoff: StatusSet,
    /// How long a job may take.
    pub timeout: Option<TimeoutRule>,
    /// How jobs are ended.
    pub termseq: TermSeq,
    /// When the run stops early.
    pub halt: HaltRule,
}

/// What is written down.
#[derive(Debug, Default)]
pub struct Record {
    /// The joblog, and what an existing one means.
    pub joblog: Option<(PathBuf, joblog::Mode)>,
    /// The metrics document; `-` is standard output.
    pub metrics: Option<OsString>,
    /// How often a line is added to it while running.
    pub metrics_every: Option<Duration>,
    /// The decision log.
    pub decisions: Option<PathBuf>,
    /// Nothing is run, so the joblog is only read (`--dry-run`).
    pub only_looks: bool,
    /// The random order of the jobs, which is kept with the joblog.
    pub shuffle: Option<Shuffle>,
}

/// The seed of a random order (`--shuf`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shuffle {
    /// Asked for (`--seed`).
    By(u64),
    /// Any will do.
    Fresh(u64),
}
