//! What all attempts of a run share: the clock, the programs found, the memory for output, the hold on every child.
//!
//! Any thread may call it. [`Executor::run`] works on the calling thread until the job has ended; all else returns at
//! once and only sends signals. It does not know how many jobs there may be.

use super::attempt;
use super::blocks::Blocks;
use super::capture::{Capture, Keep};
use super::child_handle::{ChildHandle, EndCause};
use super::outcome::{Attempt, StopReason};
use super::requests::Requests;
use super::resolve::Programs;
use super::spec::{OutputMode, Spec, Stream};
use super::termseq::TermSeq;
use super::tree::ProcessTable;
use crate::job::Slot;
use crate::sys::guardian::Guardian;
use crate::sys::limits::Limit;
use crate::sys::signals::{self, SignalSet};
use crate::sys::spawn::Settings;
use crate::sys::{fds, tty, wait};
use adaptive_pool::policy::TaskId;
use adaptive_pool::time::{RunClock, Time};
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// What a run decides about all its jobs.
#[derive(Debug)]
pub struct ExecConfig {
    /// The clock of the run; deadlines stand still while it does.
    pub clock: Arc<RunClock>,
    /// Where programs are looked for.
    pub path: Option<OsString>,
    /// Signals that our starter had ignored (`SIGHUP` under `nohup`): they stay ignored in jobs.
    pub ignore: SignalSet,
    /// The descriptor limit before we raised it; jobs get it back.
    pub descriptors: Option<Limit>,
    /// The niceness of the jobs, -20 to 19, when it is not ours.
    pub nice: Option<i32>,
    /// How a job is ended.
    pub termseq: TermSeq,
    /// How long a job that has ended is listened to while something else holds its output open.
    pub leak: Duration,
    /// How many bytes of output all jobs together may keep in memory, small outputs not counted.
    pub memory: usize,
    /// How many of them one stream may hold.
    pub memory_per_stream: usize,
    /// Where larger outputs are kept, in files without names.
    pub spill_directory: PathBuf,
    /// Look now and then whether a job was stopped for wanting the terminal. Only of use where there is one.
    pub watch_terminal: bool,
    /// Adopt the orphans of jobs, so that a kill finds them. Then [`Executor::reap_adopted`] must be called.
    pub adopt_orphans: bool,
    /// The small second process that kills the jobs if we are killed.
    pub guard: GuardianMode,
}

impl ExecConfig {
    /// The usual settings.
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
            adopt_orphans: true,
            guard: GuardianMode::New,
        }
    }
}

/// Who kills the jobs if we are killed.
#[derive(Debug)]
pub enum GuardianMode {
    /// Nobody: only their first processes die with us.
    No,
    /// A guardian that is started now.
    New,
    /// This one.
    By(Guardian),
}

impl GuardianMode {
    /// Better to run without one than not at all.
    fn guardian(self) -> Option<Guardian> {
        match self {
            GuardianMode::No => None,
            GuardianMode::New => Guardian::begin().ok(),
            GuardianMode::By(guardian) => Some(guardian),
        }
    }
}

/// Runs jobs. One a run, shared by all its workers.
#[derive(Debug)]
pub struct Executor {
    pub(super) clock: Arc<RunClock>,
    pub(super) programs: Programs,
    settings: Settings,
    /// Those of jobs that write to a terminal which stops whoever writes to it from the background (`stty tostop`).
    printing: Settings,
    /// Ours is such a terminal.
    tostop: AtomicBool,
    pub(super) termseq: TermSeq,
    pub(super) leak: Duration,
    pub(super) keep: Keep,
    pub(super) watch_terminal: bool,
    pub(super) null: OwnedFd,
    pub(super) table: ProcessTable,
    guardian: Option<Arc<Guardian>>,
    handles: RwLock<Vec<Option<Arc<ChildHandle>>>>,
    pub(super) requests: Requests,
    finished_cpu_ns: AtomicU64,
}

/// A running job, for who watches them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// Its task.
    pub id: TaskId,
    /// Its process, which leads its group.
    pub pid: u32,
    /// When it started.
    pub started: Time,
    /// It stands still.
    pub suspended: bool,
}

impl Executor {
    /// Call it after the signal handlers of the process were installed: what they catch is reset in jobs. With
    /// [`GuardianMode::New`] it forks, so the earlier (before memory is in use, and logs are open) the better.
    pub fn new(config: ExecConfig) -> io::Result<Executor> {
        // The handlers that may come later are those of the usual signals.
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
        Ok(Executor {
            clock: config.clock,
            programs: Programs::new(config.path.as_deref()),
            printing: Settings { ignore, ..settings.clone() },
            settings,
            tostop: AtomicBool::new(config.watch_terminal && tty::stops_background_output()),
            termseq: config.termseq,
            leak: config.leak,
            keep: Keep {
                blocks: Blocks::new(config.memory),
                most: config.memory_per_stream,
                directory: config.spill_directory,
            },
            watch_terminal: config.watch_terminal,
            null: fds::dev_null()?,
            table: ProcessTable::default(),
            guardian: config.guard.guardian().map(Arc::new),
            handles: RwLock::default(),
            requests: Requests::default(),
            finished_cpu_ns: AtomicU64::new(0),
        })
    }

    /// From here on `kill -9` of this process leaves nothing of a job behind.
    pub(super) fn ensure_guardian(&self) {
        if let Some(guardian) = &self.guardian {
            guardian.ensure();
        }
    }

    /// No job runs, and none will: the guardian may end while we do.
    pub fn dismiss_guardian(&self) {
        if let Some(guardian) = &self.guardian {
            guardian.dismiss();
        }
    }

    /// Waits for the end of the guardian. No job may be started any more.
    pub fn join_guardian(&self) {
        if let Some(guardian) = &self.guardian {
            guardian.join();
        }
    }

    /// Runs one job on the calling thread, to its end. No two calls at once may have the same slot. `lines` gets whole
    /// lines as they come, with [`OutputMode::Lines`](super::OutputMode::Lines) only; while it blocks, the job's pipe
    /// fills and the job waits.
    pub fn run(
        &self,
        spec: Spec,
        slot: Slot,
        id: TaskId,
        timeout: Option<Duration>,
        lines: &mut dyn FnMut(Stream, &[u8]),
    ) -> Attempt {
        attempt::run(self, spec, slot, id, timeout, lines)
    }

    /// What one process of a job has written, and another after it.
    pub fn join_outputs(&self, first: Capture, second: Capture) -> io::Result<Capture> {
        self.keep.join(first, second)
    }

    /// Ends every running job by the signal sequence and lets no other start.
    pub fn stop(&self, why: StopReason) {
        let why = self.requests.stop(why);
        for handle in self.handles() {
            handle.stop(None, EndCause::Stopped(why.clone()), self.termseq.first());
        }
    }

    /// Kills every running job at once and lets no other start.
    pub fn kill(&self) {
        let why = self.requests.stop(StopReason::Halted);
        for handle in self.handles() {
            handle.kill(EndCause::Stopped(why.clone()));
        }
    }

    /// Ends the job of one task by the signal sequence. False when it does not run.
    pub fn stop_one(&self, id: TaskId, why: &StopReason) -> bool {
        let first = self.termseq.first();
        self.handles().iter().any(|handle| handle.stop(Some(id), EndCause::Stopped(why.clone()), first))
    }

    /// Ends the job of one task because it has run for longer than it may. False when it does not run.
    pub fn time_out(&self, id: TaskId) -> bool {
        let first = self.termseq.first();
        self.handles().iter().any(|handle| handle.stop(Some(id), EndCause::TimedOut, first))
    }

    /// Makes every job stand still, also one that is just starting. The caller pauses the clock.
    pub fn suspend_all(&self) {
        self.requests.suspend(true);
        let now = self.clock.now();
        for handle in self.handles() {
            handle.suspend(None, now);
        }
        self.requests.wait_for_starts();
    }

    /// Lets every job go on. The caller resumes the clock first.
    pub fn resume_all(&self) {
        // While we stood still somebody may have set the terminal.
        self.tostop.store(self.watch_terminal && tty::stops_background_output(), Ordering::Relaxed);
        self.requests.suspend(false);
        let now = self.clock.now();
        for handle in self.handles() {
            handle.resume(None, now);
        }
    }

    /// Makes the job of one task stand still; its deadline moves. False when it does not run.
    pub fn suspend(&self, id: TaskId) -> bool {
        let now = self.clock.now();
        self.handles().iter().any(|handle| handle.suspend(Some(id), now))
    }

    /// Lets the job of one task go on.
    pub fn resume(&self, id: TaskId) -> bool {
        let now = self.clock.now();
        self.handles().iter().any(|handle| handle.resume(Some(id), now))
    }

    /// Every running job.
    pub fn live(&self, each: &mut dyn FnMut(Live)) {
        for handle in self.handles() {
            if let Some((id, pid, started, suspended)) = handle.live() {
                each(Live { id, pid: pid.cast_unsigned(), started, suspended });
            }
        }
    }

    /// CPU time of all jobs that have ended.
    pub fn finished_cpu(&self) -> Duration {
        Duration::from_nanos(self.finished_cpu_ns.load(Ordering::Relaxed))
    }

    /// Reaps adopted orphans that have ended: background processes of jobs that ended before them. They would stay in
    /// the process table until the run ends. To be called now and then *from the main thread*, to which the kernel gives
    /// them, and which must start no job itself. Costs one system call when there is none.
    pub fn reap_adopted(&self) {
        while let Some(pid) = wait::ended_child_of_this_thread() {
            let job = self.handles().iter().any(|handle| handle.live().is_some_and(|live| live.1 == pid));
            if job {
                return;
            }
            wait::reap_child_of_this_thread(pid);
        }
    }

    pub(super) fn add_cpu(&self, cpu: Duration) {
        let ns = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX);
        self.finished_cpu_ns.fetch_add(ns, Ordering::Relaxed);
    }

    /// True once [`Executor::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.requests.is_stopping()
    }

    /// What a job whose output goes there begins with. The jobs are in the background, each in a group of its own; one
    /// that ignores TTOU may write to the terminal all the same, as it could in our group.
    pub(super) fn settings(&self, output: OutputMode) -> &Settings {
        let printing = output == OutputMode::Inherit && self.tostop.load(Ordering::Relaxed);
        if printing { &self.printing } else { &self.settings }
    }

    /// The hold of this slot, made when it is first used.
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

    pub(super) fn handles(&self) -> Vec<Arc<ChildHandle>> {
        self.handles.read().unwrap_or_else(PoisonError::into_inner).iter().flatten().cloned().collect()
    }
}

impl Drop for Executor {
    /// A run that ends by a panic leaves no job behind.
    fn drop(&mut self) {
        self.kill();
    }
}
