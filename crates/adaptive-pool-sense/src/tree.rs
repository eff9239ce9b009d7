//! A tree of processes, added up: a process and all below it.
//!
//! Looking costs some 4 to 9 µs a file, so one look opens at most so many as its time allows (100 in 100 ms, some 0.6 % of
//! one core). The ticks of `/proc/PID/stat` are 10 ms; while a task is young that is much of its CPU time, and `schedstat`
//! gives it exactly.

use crate::procfs::{Reader, Stat, Units};
use adaptive_pool::time::Time;
use std::time::Duration;

/// Files opened a second: 1000 x 6 µs is 0.6 % of a core, and on a machine whose caches others use it is still under 1 %.
const FILES_A_SECOND: f64 = 1000.0;
/// Files opened in one look, at least and at most, whatever time passed since the last.
pub(crate) const FILES: (u32, u32) = (16, 100);
/// CPU time above which ticks are exact enough (1 %).
const YOUNG: Duration = Duration::from_secs(1);

/// How many files a look of `now` may open. `looked`: when the one before was.
pub(crate) fn budget(now: Time, sampled: &mut Option<Time>) -> u32 {
    let span = sampled.replace(now).map_or(1.0, |at| now.since(at).as_secs_f64());
    ((FILES_A_SECOND * span) as u32).clamp(FILES.0, FILES.1)
}

/// What a visit reads beside `stat`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wants {
    pub(crate) exact: bool,
    pub(crate) children: bool,
}

/// One tree, added up.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) born: u64,
    pub(crate) cpu: Duration,
    pub(crate) rss: u64,
    /// Processes whose leading thread runs or waits for a CPU.
    pub(crate) runnable: f64,
    pub(crate) processes: u32,
    /// Some process has more than one thread, whose states are not seen.
    pub(crate) threaded: bool,
}

/// Walks trees, and counts the files it opens.
pub(crate) struct Walker {
    units: Units,
    pub(crate) reader: Reader,
    stack: Vec<u32>,
}

impl Walker {
    pub(crate) fn new() -> Walker {
        Walker { units: Units::read(), reader: Reader::new(), stack: Vec::new() }
    }

    /// A look begins.
    pub(crate) fn begin(&mut self) {
        self.reader.opened = 0;
    }

    /// Files opened in this look.
    pub(crate) fn opened(&self) -> u32 {
        self.reader.opened
    }

    pub(crate) fn ticks(&self, n: u64) -> Duration {
        self.units.tick.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX))
    }

    /// Adds up a tree; `None` when its leading process cannot be read or was born at another time than it should.
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

    /// Adds up the trees of all children of one thread of this process.
    pub(crate) fn below(&mut self, tid: u32, wants: Wants, files: u32) -> Tree {
        let mut tree = Tree::default();
        self.stack.clear();
        self.reader.children_of(std::process::id(), tid, &mut self.stack);
        self.rest(&mut tree, wants, files);
        tree
    }

    /// A tree that alone is more than a look's budget is cut off rather than let run away.
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
        // A leader that has ended waits for its worker, and the worker for a core: on a crowded machine that takes longer
        // than the job's own work, and must not be taken for waiting of the job's own.
        let ended = stat.state == b'Z' && tree.processes == 0;
        tree.runnable += f64::from(u8::from(stat.state == b'R' || ended));
        tree.threaded |= stat.threads > 1;
        tree.processes += 1;
        if wants.children && stat.state != b'Z' {
            self.reader.children(pid, stat.threads, &mut self.stack);
        }
    }
}
