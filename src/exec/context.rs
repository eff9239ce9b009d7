//! The state that all attempts of a run share: clock, found programs, memory for output, child handles, requests.
//!
//! [`super::executor`] acts on all jobs through it. [`super::start`] and [`super::attempt`] use it for one job.

use super::blocks::Blocks;
use super::capture::CaptureStore;
use super::child_handle::ChildHandle;
use super::config::ExecConfig;
use super::requests::Requests;
use super::resolve::Programs;
use super::spec::OutputMode;
use super::termseq::TermSeq;
use super::tree::ProcessTable;
use crate::job::Slot;
use crate::sys::guardian::Guardian;
use crate::sys::job_terminal::JobTerminal;
use crate::sys::signals::{self, SignalSet};
use crate::sys::spawn::Settings;
use crate::sys::{fds, tty, wait};
use adaptive_pool::time::RunClock;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// The shared state. Any thread may use it.
#[derive(Debug)]
pub(super) struct ExecContext {
    pub(super) clock: Arc<RunClock>,
    pub(super) programs: Programs,
    settings: Settings,
    /// For jobs that write directly to a terminal with `stty tostop`. They ignore `SIGTTOU`.
    background_output_settings: Settings,
    /// The controlling terminal has `stty tostop`.
    tostop: AtomicBool,
    pub(super) termseq: TermSeq,
    pub(super) leak: Duration,
    pub(super) captures: CaptureStore,
    pub(super) watch_terminal: bool,
    pub(super) terminal: Option<JobTerminal>,
    pub(super) null: OwnedFd,
    pub(super) process_table: ProcessTable,
    pub(super) guardian: Option<Arc<Guardian>>,
    /// Indexed by slot. A handle is made when its slot is first used.
    handles: RwLock<Vec<Option<Arc<ChildHandle>>>>,
    pub(super) requests: Requests,
    finished_cpu_ns: AtomicU64,
}

impl ExecContext {
    /// See [`Executor::new`](super::Executor::new).
    pub(super) fn new(config: ExecConfig) -> io::Result<ExecContext> {
        // Handlers for these signals may be installed later.
        let usual = [
            signals::SIGHUP,
            signals::SIGINT,
            signals::SIGQUIT,
            signals::SIGPIPE,
            signals::SIGTERM,
            signals::SIGUSR1,
            signals::SIGUSR2,
            signals::SIGCHLD,
            signals::SIGCONT,
            signals::SIGTSTP,
            signals::SIGWINCH,
        ];
        let reset = signals::not_default().union(SignalSet::of(&usual)).without(config.ignore);
        if config.adopt_orphans {
            wait::become_subreaper();
        }
        let settings =
            Settings { reset, ignore: config.ignore, descriptors: config.descriptors, nice: config.nice };
        let ignore = config.ignore.with(signals::SIGTTOU);
        Ok(ExecContext {
            clock: config.clock,
            programs: Programs::new(config.path.as_deref()),
            background_output_settings: Settings { ignore, ..settings.clone() },
            settings,
            tostop: AtomicBool::new(config.watch_terminal && tty::stops_background_output()),
            termseq: config.termseq,
            leak: config.leak,
            captures: CaptureStore {
                blocks: Blocks::new(config.memory),
                stream_max: config.memory_per_stream,
                directory: config.spill_directory,
            },
            watch_terminal: config.watch_terminal,
            terminal: config.terminal,
            null: fds::dev_null()?,
            process_table: ProcessTable::default(),
            guardian: config.guard.guardian().map(Arc::new),
            handles: RwLock::default(),
            requests: Requests::default(),
            finished_cpu_ns: AtomicU64::new(0),
        })
    }

    /// Waits until the guardian runs. From then on `kill -9` of apool leaves no process of a job behind.
    pub(super) fn ensure_guardian(&self) {
        if let Some(guardian) = &self.guardian {
            guardian.ensure();
        }
    }

    /// Reads the settings of the terminal again. Another program may have changed them while apool was stopped.
    pub(super) fn refresh_terminal(&self) {
        self.tostop.store(self.watch_terminal && tty::stops_background_output(), Ordering::Relaxed);
    }

    /// The process settings of a job with this output. Each job runs in a background group of its own. A job that
    /// ignores `SIGTTOU` may write to the terminal all the same, as it could in the group of apool.
    pub(super) fn settings(&self, output: OutputMode) -> &Settings {
        let to_terminal = output == OutputMode::Inherit && self.tostop.load(Ordering::Relaxed);
        if to_terminal { &self.background_output_settings } else { &self.settings }
    }

    /// Takes the terminal back from the job that has it. `restore`: with the modes from before.
    pub(super) fn take_terminal(&self, restore: bool) {
        if let Some(terminal) = &self.terminal {
            terminal.take_back(restore);
        }
    }

    /// The handle of this slot. It is made when the slot is first used.
    pub(super) fn handle(&self, slot: Slot) -> io::Result<Arc<ChildHandle>> {
        let at = slot.0 as usize;
        if let Some(Some(handle)) = self.handles.read().unwrap_or_else(PoisonError::into_inner).get(at) {
            return Ok(Arc::clone(handle));
        }
        let handle = Arc::new(ChildHandle::new(self.guardian.clone().map(|guardian| (guardian, at)))?);
        let mut handles = self.handles.write().unwrap_or_else(PoisonError::into_inner);
        if handles.len() <= at {
            handles.resize(at + 1, None);
        }
        Ok(Arc::clone(handles[at].get_or_insert(handle)))
    }

    /// The handles of all slots that were used.
    pub(super) fn handles(&self) -> Vec<Arc<ChildHandle>> {
        self.handles.read().unwrap_or_else(PoisonError::into_inner).iter().flatten().cloned().collect()
    }

    /// Adds the CPU time of a job that has ended.
    pub(super) fn add_cpu(&self, cpu: Duration) {
        let ns = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX);
        self.finished_cpu_ns.fetch_add(ns, Ordering::Relaxed);
    }

    /// CPU time of all jobs that have ended.
    pub(super) fn finished_cpu(&self) -> Duration {
        Duration::from_nanos(self.finished_cpu_ns.load(Ordering::Relaxed))
    }
}
