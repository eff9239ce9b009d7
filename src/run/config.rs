//! The configuration of a run: plain, validated data that the command line makes.

use crate::exec::{Environment, GuardianMode, TermSeq};
use crate::input::{Reader, Survey};
use crate::run::events::job_pool::JobPool;
use crate::run::events::jobs_file::JobsFile;
use crate::run::events::limit_command::LimitCommand;
use crate::run::halt::HaltRule;
use crate::run::input::order::OrderBy;
use crate::run::input::stream::StreamConfig;
use crate::run::records::config::RecordsConfig;
use crate::run::records::output_files::OutputFilesConfig;
use crate::run::retry::{RetryRule, StatusSet};
use crate::run::timeout::TimeoutRule;
use crate::run::trace_context::TraceContext;
use crate::run::worker::placing::Placing;
use crate::run::worker::prompt::Prompt;
use crate::sink::{Grouping, Order, Progress};
use crate::sys::job_terminal::JobTerminal;
use crate::sys::limits::Limit;
use crate::sys::signals::SignalSet;
use crate::template::{Pattern, Template};
use adaptive_pool::policy::{Guard, PolicyConfig};
use std::collections::BTreeMap;
use std::ffi::{CString, OsString};
use std::path::PathBuf;
use std::sync::Arc;

/// One run.
pub struct Config {
    /// The source of the jobs, opened and not read yet.
    pub reader: Reader,
    /// A count of the jobs ahead of `reader`, when the progress is shown.
    pub survey: Option<Survey>,
    /// The order in which jobs start; `None` for the order of the input.
    pub order: Option<OrderBy>,
    /// The source of the jobs instead of `reader`, when they read a stream.
    pub stream: Option<StreamConfig>,
    /// The command of the jobs.
    pub command: Command,
    /// The machine: CPUs, memory, limits.
    pub machine: Machine,
    /// The number of workers.
    pub workers: Workers,
    /// The output of the jobs.
    pub output: Output,
    /// Retries, timeouts and the early stop.
    pub failure: Failure,
    /// The start of processes.
    pub processes: Processes,
    /// The records to write.
    pub records: RecordsConfig,
    /// Every setting, for the metrics; empty when no metrics are written.
    pub settings: BTreeMap<String, serde_json::Value>,
}

/// The command of the jobs.
#[derive(Debug)]
pub struct Command {
    /// The command with its placeholders.
    pub template: Template,
    /// The environment of the jobs.
    pub env: Arc<Environment>,
    /// The directory of the jobs.
    pub workdir: Workdir,
    /// Whether the command is run or printed.
    pub mode: CommandMode,
    /// Where each command is printed in addition.
    pub announce: Announce,
    /// The prompt before each command (`-p`).
    pub prompt: Option<Prompt>,
    /// The variable with the slot, from 0 (`--process-slot-var`).
    pub slot_variable: Option<String>,
    /// The error if the program is not in PATH, because only a shell has it, such as `cd`.
    pub not_found: Option<String>,
    /// A batch of records that the system refuses as too long may run in pieces.
    pub may_cut: bool,
    /// The trace that each attempt belongs to (`TRACEPARENT`), when a trace is written.
    pub trace: Option<TraceContext>,
    /// Jobs read the standard input of apool instead of /dev/null.
    pub inherit_stdin: bool,
}

/// The directory of the jobs.
#[derive(Debug)]
pub enum Workdir {
    /// Our own.
    Inherited,
    /// This one for all jobs.
    Fixed(CString),
    /// The one that the pattern gives for each job.
    PerJob(Pattern),
}

/// Where commands are printed in addition to being run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announce {
    /// Nowhere.
    No,
    /// On standard error, when they start (`-t`).
    OnStderr,
    /// On standard output, before the output of the job (`-v`).
    OnStdout,
}

/// Whether commands are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandMode {
    /// They are run.
    Run,
    /// They are printed (`--dry-run`).
    Print,
    /// They are printed in quotes, each as one word of a shell (`--shellquote`).
    PrintQuoted,
}

/// The placing of jobs on the machine, and the conditions under which they wait.
#[derive(Debug)]
pub struct Machine {
    /// The CPUs and the I/O priority of the jobs.
    pub placing: Placing,
    /// The free memory in bytes below which the youngest jobs are suspended.
    pub memsuspend: Option<u64>,
    /// `--limit`: its state, the shell and the command.
    pub limit: Option<(Arc<LimitCommand>, Vec<CString>, String)>,
    /// The file with the number of workers (`-j FILE`).
    pub jobs_file: Option<JobsFile>,
    /// The job pool of a make above.
    pub job_pool: Option<Arc<JobPool>>,
}

/// The number of workers.
pub struct Workers {
    /// The least limit.
    pub min: u32,
    /// The hard limit.
    pub max: u32,
    /// The limit at the start; `None` for the policy's choice.
    pub initial: Option<u32>,
    /// The cores that this run may use.
    pub cores: f64,
    /// The policy.
    pub policy: PolicyConfig,
    /// The guards, which may lower the limit.
    pub guards: Vec<Box<dyn Guard>>,
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workers").field("min", &self.min).field("max", &self.max).finish_non_exhaustive()
    }
}

/// The output of the jobs.
#[expect(clippy::struct_excessive_bools, reason = "independent options")]
#[derive(Debug)]
pub struct Output {
    /// How it is written.
    pub route: Route,
    /// The order in which outputs are printed.
    pub order: Order,
    /// The text at the start of each line.
    pub tag: Option<Pattern>,
    /// Tags are escaped, because standard output is a terminal.
    pub escape_tags: bool,
    /// The files that keep it.
    pub keep: Option<OutputFilesConfig>,
    /// The progress that is shown during the run.
    pub progress: Progress,
    /// The name of the program in messages.
    pub name: &'static str,
    /// Print the failures at the end.
    pub summary: bool,
    /// Print a line about the run at its end, also when every job succeeded.
    pub ending: bool,
    /// The run is a step of GitHub Actions, and plain lines show the progress.
    pub github: Option<GitHub>,
    /// Print the reason for the number of workers at the end.
    pub explain: bool,
    /// The directory for outputs that are too large for memory.
    pub tmpdir: PathBuf,
}

/// What a step of GitHub Actions is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GitHub {
    /// The file to which a summary of the run is appended.
    pub step_summary: Option<PathBuf>,
    /// Long outputs of jobs are groups in the log.
    pub groups: bool,
}

/// How the output of a job is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Through the sink.
    Sink(Grouping),
    /// By the job, to our descriptors (`-u`).
    Direct,
}

/// The start of processes.
#[derive(Debug)]
pub struct Processes {
    /// The search path of programs.
    pub path: Option<OsString>,
    /// The niceness of the jobs, -20 to 19; `None` for ours.
    pub nice: Option<i32>,
    /// Signals that were ignored when we were started. They stay ignored, also in the jobs.
    pub ignored: SignalSet,
    /// The descriptor limit before it was raised.
    pub descriptors: Option<Limit>,
    /// A job may wait in vain for the terminal, which is to be noticed.
    pub watch_terminal: bool,
    /// The terminal that each job gets (`--tty`).
    pub terminal: Option<JobTerminal>,
    /// Whether a guardian kills the jobs if we are killed.
    pub guard: GuardianMode,
}

/// Retries, timeouts and the early stop.
#[derive(Debug)]
pub struct Failure {
    /// When a failed job is tried again.
    pub retry: RetryRule,
    /// The exit statuses that mean overload (`--backoff-on`).
    pub backoff: StatusSet,
    /// The time limit of an attempt.
    pub timeout: Option<TimeoutRule>,
    /// The signals that end a job.
    pub termseq: TermSeq,
    /// When the run stops early.
    pub halt: HaltRule,
}
