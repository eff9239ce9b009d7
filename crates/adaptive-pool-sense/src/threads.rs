//! The CPU time of the worker threads of a pool, and of the processes that they started.
//!
//! A worker registers itself at its start (see [`ThreadRegistry`]). Its `schedstat` has its CPU time and its time of waiting for a
//! CPU, both exact. Their growth is the time for which it was runnable. When they did not grow, the thread sleeps or has been
//! waiting, and its state tells which. Processes that a task starts are children of its thread. The kernel counts the time of
//! ended children for this process as a whole.
//!
//! Which task a thread runs is unknown, and so is the memory of a task, because threads share it.

use crate::file::number;
use crate::procfs::Reader;
use crate::tree::{Walker, Wants, budget};
use adaptive_pool::policy::TasksReading;
use adaptive_pool::time::Time;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The threads that registered since the last reading.
#[derive(Clone, Debug, Default)]
pub(crate) struct ThreadRegistry(Arc<Mutex<Vec<u32>>>);

impl ThreadRegistry {
    /// Registers the calling thread.
    pub(crate) fn register(&self) {
        if let Some(tid) = own_tid() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(tid);
        }
    }

    fn take(&self) -> Vec<u32> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The kernel's number of the calling thread, from the link `/proc/thread-self` to `PID/task/TID`.
fn own_tid() -> Option<u32> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    number(link.file_name()?.as_encoded_bytes()).and_then(|tid| u32::try_from(tid).ok())
}

/// A thread, with the figures of its last visit.
#[derive(Clone, Copy, Debug)]
struct KnownThread {
    tid: u32,
    cpu: Duration,
    waited: Duration,
    /// The CPU time and the runnable processes of its children and their descendants.
    below: (Duration, f64),
    parent: bool,
    runnable: f64,
    visited: Option<Time>,
    visits: u64,
}

impl KnownThread {
    fn new(tid: u32) -> KnownThread {
        KnownThread {
            tid,
            cpu: Duration::ZERO,
            waited: Duration::ZERO,
            below: (Duration::ZERO, 0.0),
            parent: false,
            runnable: 0.0,
            visited: None,
            visits: 0,
        }
    }
}

/// Follows the threads from reading to reading.
pub(crate) struct Threads {
    registry: ThreadRegistry,
    walker: Walker,
    known: Vec<KnownThread>,
    /// The index in `known` where the next reading continues.
    turn: usize,
    sampled: Option<Time>,
    /// The CPU time of ended threads.
    ended_cpu: Duration,
    /// The CPU time of children that ended before the first reading.
    before: Option<Duration>,
    /// The kernel counts CPU time: some thread had more than 0.
    counted: bool,
}

impl Threads {
    /// `None` where threads cannot be read.
    pub(crate) fn new() -> Option<Threads> {
        Reader::new().thread_times(own_tid()?)?;
        Some(Threads {
            registry: ThreadRegistry::default(),
            walker: Walker::new(),
            known: Vec::new(),
            turn: 0,
            sampled: None,
            ended_cpu: Duration::ZERO,
            before: None,
            counted: false,
        })
    }

    pub(crate) fn registry(&self) -> ThreadRegistry {
        self.registry.clone()
    }

    /// `None` while all times are 0, as on a kernel that does not count.
    pub(crate) fn sample(&mut self, now: Time) -> Option<TasksReading> {
        let since = self.sampled;
        let files = budget(now, &mut self.sampled);
        self.walker.begin();
        for tid in self.registry.take() {
            // The number may be that of an earlier thread.
            self.forget(|known| known.tid == tid);
            self.known.push(KnownThread::new(tid));
        }
        let reaped = self.reaped();
        self.visit(now, since, files);
        let sum = |each: fn(&KnownThread) -> Duration| self.known.iter().map(each).sum::<Duration>();
        let reading = TasksReading {
            cpu: sum(|known| known.cpu + known.below.0),
            runnable: self.known.iter().map(|known| known.runnable + known.below.1).sum(),
            ended: self.ended_cpu + reaped,
            each: Vec::new(),
            threads: true,
        };
        if !self.counted {
            let leader = self.walker.reader.exact_cpu(std::process::id());
            self.counted = leader.is_some_and(|used| !used.is_zero()) || !reading.cpu.is_zero();
        }
        self.counted.then_some(reading)
    }

    /// The CPU time of all children that have ended and were waited for since the first reading.
    fn reaped(&mut self) -> Duration {
        let stat = self.walker.reader.stat(std::process::id());
        let Some(all) = stat.map(|stat| self.walker.ticks(stat.reaped)) else { return Duration::ZERO };
        all.saturating_sub(*self.before.get_or_insert(all))
    }

    /// Visits the next threads, as many as the budget of files allows.
    fn visit(&mut self, now: Time, since: Option<Time>, files: u32) {
        let mut remaining = self.known.len();
        while remaining > 0 && self.walker.opened() < files {
            remaining -= 1;
            let at = self.turn % self.known.len();
            let mut known = self.known[at];
            if let Some(times) = self.walker.reader.thread_times(known.tid) {
                self.visit_one(&mut known, times, now, since, files);
                self.known[at] = known;
                self.turn = at + 1;
            } else {
                self.turn = at;
                self.forget(|other| other.tid == known.tid);
            }
        }
    }

    fn visit_one(
        &mut self,
        known: &mut KnownThread,
        times: (Duration, Duration),
        now: Time,
        since: Option<Time>,
        files: u32,
    ) {
        let span = known.visited.or(since).map_or(0.0, |at| now.since(at).as_secs_f64());
        let growth = (times.0 + times.1).saturating_sub(known.cpu + known.waited).as_secs_f64();
        known.runnable = if growth > 0.0 && span > 0.0 {
            (growth / span).min(1.0)
        } else {
            f64::from(u8::from(self.walker.reader.thread_runs(known.tid)))
        };
        (known.cpu, known.waited) = times;
        // Adjacent threads alternate in reading children, so the sum over all threads grows evenly.
        let children = known.parent || (known.visits + u64::from(known.tid)).is_multiple_of(2);
        if children {
            let tree = self.walker.below(known.tid, Wants { exact: true, children }, files);
            known.parent = tree.processes > 0;
            known.below = (tree.cpu, tree.runnable);
        }
        known.visited = Some(now);
        known.visits += 1;
    }

    /// Removes ended threads, and keeps their CPU time. The kernel counts their children elsewhere.
    fn forget(&mut self, ended: impl Fn(&KnownThread) -> bool) {
        let ended_cpu = &mut self.ended_cpu;
        self.known.retain(|known| {
            let keep = !ended(known);
            if !keep {
                *ended_cpu += known.cpu;
            }
            keep
        });
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
