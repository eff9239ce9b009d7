//! The data that all workers of a run share.

use crate::exec::Executor;
use crate::job::Job;
use crate::run::config::{Command, Route};
use crate::run::halt::HaltRule;
use crate::run::identity::{identity, verbatim};
use crate::run::input::stream::BlockStore;
use crate::run::records::output_files::OutputFiles;
use crate::run::retry::RetryRules;
use crate::run::worker::attempt_finished::AttemptFinished;
use crate::run::worker::placing::Placing;
use crate::run::worker::running_jobs::RunningJobs;
use crate::run::worker::start_gate::StartGate;
use crate::sink::{SinkSender, Tag};
use adaptive_pool::time::RunClock;
use crossbeam_channel::Sender;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The data that all workers of a run share.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the run")]
#[derive(Debug)]
pub struct WorkerContext {
    /// The command of the jobs.
    pub command: Command,
    /// How the output of a job is written.
    pub route: Route,
    /// The text at the start of each line of output.
    pub tag: Option<crate::template::Pattern>,
    /// Tags are escaped for a terminal.
    pub escape_tags: bool,
    /// Runs processes.
    pub executor: Executor,
    /// Receives the output.
    pub sink: SinkSender,
    /// Receives the results of attempts.
    pub finished: Sender<AttemptFinished>,
    /// Delays starts while the conductor judges an end.
    pub gate: StartGate,
    /// The running jobs, for the live view.
    pub running: RunningJobs,
    /// The ends that may stop the run.
    pub halt: HaltRule,
    /// Whether a failed attempt is followed by another.
    pub retry: RetryRules,
    /// The files that keep the output.
    pub output_files: Option<OutputFiles>,
    /// The blocks that the jobs read (`--pipe`).
    pub blocks: Option<Arc<BlockStore>>,
    /// The CPUs and the I/O priority of the jobs.
    pub placing: Placing,
    /// A job is over only when its output was accepted, because a joblog is written or `-k` holds outputs back.
    /// Otherwise the sink reports lost output at the end of the run.
    pub awaits_emission: bool,
    /// The records need every command, not only those of failed jobs.
    pub keep_commands: bool,
    /// Long outputs are groups in the log of GitHub Actions.
    pub groups: bool,
    /// The records need the ends of all outputs.
    pub keep_tails: bool,
    /// A table has the outputs. They are not printed.
    pub keeps_table: bool,
    /// The arguments are commands of the joblog (`--retry-failed`). The records repeat them unchanged.
    pub verbatim: bool,
    /// The clock of the run.
    pub clock: Arc<RunClock>,
    /// The time limit of an attempt that starts now, in microseconds.
    pub timeout_us: SharedNumber,
    /// The number of jobs.
    pub total: SharedNumber,
}

impl WorkerContext {
    /// A tag as it is written before a line.
    pub fn visible(&self, tag: Vec<u8>) -> Tag {
        if self.escape_tags {
            crate::escape::visible(&tag).into_owned().into_bytes().into()
        } else {
            tag.into()
        }
    }

    /// The command that identifies a job in the records.
    pub fn identity(&self, job: &Job) -> Vec<u8> {
        if self.verbatim {
            verbatim(&job.args)
        } else {
            identity(&self.command.template, job, self.total.get())
        }
    }

    /// How often the number of a job was added to the names of its files, because another job had these names.
    pub fn renamed(&self) -> u64 {
        self.output_files.as_ref().map_or(0, OutputFiles::renamed)
    }
}

/// A number that the conductor publishes to the workers; unknown at first.
#[derive(Debug)]
pub struct SharedNumber(AtomicU64);

impl SharedNumber {
    const UNKNOWN: u64 = u64::MAX;

    /// A number, or the unknown one.
    pub fn new(number: Option<u64>) -> SharedNumber {
        SharedNumber(AtomicU64::new(number.unwrap_or(Self::UNKNOWN)))
    }

    /// The number, if it is known.
    pub fn get(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|&number| number != Self::UNKNOWN)
    }

    /// Publishes a number.
    pub fn set(&self, number: Option<u64>) {
        self.0.store(number.unwrap_or(Self::UNKNOWN), Ordering::Relaxed);
    }
}
