//! The sum of a process and all its descendants.
//!
//! A file takes 4 to 9 µs, so a reading opens a limited number of files (100 in 100 ms, 0.6 % of one core). `/proc/PID/stat`
//! counts in ticks of 10 ms. For a young task that is too coarse, so `schedstat` gives its exact CPU time.

use crate::procfs::{Reader, Stat, Units};
use adaptive_pool::time::Time;
use std::time::Duration;

/// The opened files per second. 1000 × 6 µs is 0.6 % of a core, and less than 1 % with cold caches.
const FILES_A_SECOND: f64 = 1000.0;
/// The lowest and the highest budget of files for one reading.
pub(crate) const FILES: (u32, u32) = (16, 100);
/// The CPU time above which ticks are exact enough (1 %).
const YOUNG: Duration = Duration::from_secs(1);

/// The number of files that a reading at `now` may open. `sampled` is the time of the last reading.
pub(crate) fn budget(now: Time, sampled: &mut Option<Time>) -> u32 {
    let span = sampled.replace(now).map_or(1.0, |at| now.since(at).as_secs_f64());
    ((FILES_A_SECOND * span) as u32).clamp(FILES.0, FILES.1)
}

/// The files that a visit reads besides `stat`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wants {
    pub(crate) exact: bool,
    pub(crate) children: bool,
}

/// The sum of one tree.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) born: u64,
    pub(crate) cpu: Duration,
    pub(crate) rss: u64,
    /// Threads that run or wait for a CPU.
    pub(crate) runnable: f64,
    pub(crate) processes: u32,
}

/// Walks trees of processes, and counts the opened files.
pub(crate) struct Walker {
    units: Units,
    pub(crate) reader: Reader,
    stack: Vec<u32>,
}

impl Walker {
    pub(crate) fn new() -> Walker {
        Walker { units: Units::read(), reader: Reader::new(), stack: Vec::new() }
    }

    /// A reading begins.
    pub(crate) fn begin(&mut self) {
        self.reader.opened = 0;
    }

    /// The number of files opened in this reading.
    pub(crate) fn opened(&self) -> u32 {
        self.reader.opened
    }

    pub(crate) fn ticks(&self, n: u64) -> Duration {
        self.units.tick.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX))
    }

    /// The sum of a tree; `None` when its leading process cannot be read, or does not have the start time `born`.
    pub(crate) fn tree(&mut self, pid: u32, born: Option<u64>, wants: Wants, files: u32) -> Option<Tree> {
        let root = self.reader.stat(pid)?;
        if born.is_some_and(|born| born != root.born) {
            return None;
        }
        let mut tree = Tree { born: root.born, ..Tree::default() };
        self.stack.clear();
        self.add(&mut tree, pid, root, wants);
        self.rest(&mut tree, wants, files);
        Some(tree)
    }

    /// The sum of the trees of all children of one thread of this process.
    pub(crate) fn below(&mut self, tid: u32, wants: Wants, files: u32) -> Tree {
        let mut tree = Tree::default();
        self.stack.clear();
        self.reader.children_of(std::process::id(), tid, &mut self.stack);
        self.rest(&mut tree, wants, files);
        tree
    }

    /// Adds the processes on the stack. A tree that needs more than the budget is cut off.
    fn rest(&mut self, tree: &mut Tree, wants: Wants, files: u32) {
        while self.reader.opened < files.max(FILES.0) * 2 {
            let Some(pid) = self.stack.pop() else { break };
            if let Some(stat) = self.reader.stat(pid) {
                self.add(tree, pid, stat, wants);
            }
        }
    }

    fn add(&mut self, tree: &mut Tree, pid: u32, stat: Stat, wants: Wants) {
        let mut own = self.ticks(stat.own);
        if wants.exact && stat.threads == 1 && own < YOUNG && stat.state != b'Z' {
            own = self.reader.exact_cpu(pid).map_or(own, |exact| exact.max(own));
        }
        tree.cpu = tree.cpu.saturating_add(own).saturating_add(self.ticks(stat.reaped));
        tree.rss = tree.rss.saturating_add(stat.pages.saturating_mul(self.units.page));
        // A leading process that has ended waits for its worker, which waits for a core. On a crowded machine that takes longer
        // than the job itself. It counts as runnable, because the job does not wait for anything else.
        let ended = stat.state == b'Z' && tree.processes == 0;
        // Where a program computes in threads of its own its leader waits for them, and its state says nothing.
        tree.runnable += if stat.threads > 1 && stat.state != b'Z' {
            self.reader.runnable_threads(pid, stat.threads)
        } else {
            f64::from(u8::from(stat.state == b'R' || ended))
        };
        tree.processes += 1;
        if wants.children && stat.state != b'Z' {
            self.reader.children(pid, stat.threads, &mut self.stack);
        }
    }
}
