//! The worker threads of a pool of closures, and the processes they started: CPU time now, without waiting for a task to
//! end, and without what neighbours use.
//!
//! A thread makes itself known by its first call (see [`ThreadRegistry`]). Its `schedstat` gives its CPU time and how long it waited for a
//! CPU, both exact; their growth is how much it was runnable, on average. One that did not move sleeps or waits since, which
//! only its state tells. Processes that closures start are children of their thread; those that ended and were waited for
//! are counted by the kernel for this process as a whole.
//!
//! It does not know which task a thread runs, and memory is the whole process's: both stay unknown.

use crate::file::number;
use crate::procfs::Reader;
use crate::tree::{Walker, Wants, budget};
use adaptive_pool::policy::TasksReading;
use adaptive_pool::time::Time;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The threads that have made themselves known since the last look.
#[derive(Clone, Debug, Default)]
pub(crate) struct ThreadRegistry(Arc<Mutex<Vec<u32>>>);

impl ThreadRegistry {
    /// Enters the calling thread.
    pub(crate) fn register(&self) {
        if let Some(tid) = own_tid() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(tid);
        }
    }

    fn take(&self) -> Vec<u32> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The kernel's number of the calling thread, from a link to `PID/task/TID`.
fn own_tid() -> Option<u32> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    number(link.file_name()?.as_encoded_bytes()).and_then(|tid| u32::try_from(tid).ok())
}

/// A thread, and what was seen of it last.
#[derive(Clone, Copy, Debug)]
struct Known {
    tid: u32,
    cpu: Duration,
    waited: Duration,
    /// CPU time and runnable processes below it.
    below: (Duration, f64),
    parent: bool,
    runnable: f64,
    visited: Option<Time>,
    visits: u64,
}

impl Known {
    fn new(tid: u32) -> Known {
        Known {
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

/// Follows the threads from look to look.
pub(crate) struct Threads {
    registry: ThreadRegistry,
    walker: Walker,
    known: Vec<Known>,
    /// The place in `known` where the next look goes on.
    turn: usize,
    sampled: Option<Time>,
    /// CPU time of threads that are gone.
    gone: Duration,
    /// CPU time of ended children before the first look.
    before: Option<Duration>,
    /// The kernel does count: some thread has used some time.
    counted: bool,
}

impl Threads {
    /// `None` where threads cannot be looked at.
    pub(crate) fn new() -> Option<Threads> {
        Reader::new().thread_times(own_tid()?)?;
        Some(Threads {
            registry: ThreadRegistry::default(),
            walker: Walker::new(),
            known: Vec::new(),
            turn: 0,
            sampled: None,
            gone: Duration::ZERO,
            before: None,
            counted: false,
        })
    }

    pub(crate) fn registry(&self) -> ThreadRegistry {
        self.registry.clone()
    }

    /// `None` as long as all times are 0, as they are where the kernel does not count.
    pub(crate) fn sample(&mut self, now: Time) -> Option<TasksReading> {
        let since = self.sampled;
        let files = budget(now, &mut self.sampled);
        self.walker.begin();
        for tid in self.registry.take() {
            // A number that is used again is another thread.
            self.forget(|known| known.tid == tid);
            self.known.push(Known::new(tid));
        }
        let reaped = self.reaped();
        self.visit(now, since, files);
        let sum = |each: fn(&Known) -> Duration| self.known.iter().map(each).sum::<Duration>();
        let reading = TasksReading {
            cpu: sum(|known| known.cpu + known.below.0),
            runnable: self.known.iter().map(|known| known.runnable + known.below.1).sum(),
            ended: self.gone + reaped,
            each: Vec::new(),
            threads: true,
        };
        if !self.counted {
            let leader = self.walker.reader.exact_cpu(std::process::id());
            self.counted = leader.is_some_and(|used| !used.is_zero()) || !reading.cpu.is_zero();
        }
        self.counted.then_some(reading)
    }

    /// CPU time of all children that have ended and were waited for since the first look.
    fn reaped(&mut self) -> Duration {
        let stat = self.walker.reader.stat(std::process::id());
        let Some(all) = stat.map(|stat| self.walker.ticks(stat.reaped)) else { return Duration::ZERO };
        all.saturating_sub(*self.before.get_or_insert(all))
    }

    /// Visits as many as the budget allows, from where the look before stopped.
    fn visit(&mut self, now: Time, since: Option<Time>, files: u32) {
        let mut left = self.known.len();
        while left > 0 && self.walker.opened() < files {
            left -= 1;
            let at = self.turn % self.known.len();
            let mut known = self.known[at];
            if let Some(times) = self.walker.reader.thread_times(known.tid) {
                self.see(&mut known, times, now, since, files);
                self.known[at] = known;
                self.turn = at + 1;
            } else {
                self.turn = at;
                self.forget(|other| other.tid == known.tid);
            }
        }
    }

    fn see(
        &mut self,
        known: &mut Known,
        times: (Duration, Duration),
        now: Time,
        since: Option<Time>,
        files: u32,
    ) {
        let span = known.visited.or(since).map_or(0.0, |at| now.since(at).as_secs_f64());
        let moved = (times.0 + times.1).saturating_sub(known.cpu + known.waited).as_secs_f64();
        known.runnable = if moved > 0.0 && span > 0.0 {
            (moved / span).min(1.0)
        } else {
            f64::from(u8::from(self.walker.reader.thread_runs(known.tid)))
        };
        (known.cpu, known.waited) = times;
        // Neighbours take turns in looking for children, so that the sum over all moves evenly.
        let children = known.parent || (known.visits + u64::from(known.tid)).is_multiple_of(2);
        if children {
            let tree = self.walker.below(known.tid, Wants { exact: true, children }, files);
            known.parent = tree.processes > 0;
            known.below = (tree.cpu, tree.runnable);
        }
        known.visited = Some(now);
        known.visits += 1;
    }

    /// Those threads have ended: what they used stays used. What was below them is counted where it is waited for.
    fn forget(&mut self, which: impl Fn(&Known) -> bool) {
        let gone = &mut self.gone;
        self.known.retain(|known| {
            let stays = !which(known);
            if !stays {
                *gone += known.cpu;
            }
            stays
        });
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
