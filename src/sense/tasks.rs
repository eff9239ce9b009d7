//! The running tasks' process trees: CPU time and memory now, without waiting for them to end.
//!
//! Looking costs some 4 to 9 µs a file, so one look opens at most so many files as its time allows (100 in 100 ms,
//! some 0.6 % of one core) and visits at most 64 tasks; the next look goes on where this one stopped. Between its visits
//! a task keeps the figures of the last one. The ticks of `/proc/PID/stat` are 10 ms; while a task is young that is much
//! of its CPU time, and `schedstat` gives it exactly. That file and the list of children are read in turns, at every
//! other visit, unless children were seen.

use super::TaskSource;
use super::procfs::{Reader, Stat, Units};
use crate::policy::{TaskId, TaskReading, TasksReading};
use crate::time::Time;
use std::time::Duration;

/// Tasks visited in one look.
const MOST_TASKS: usize = 64;
/// Files opened a second: 1000 x 6 µs is 0.6 % of a core, and on a machine whose caches others use it is still under 1 %.
const FILES_A_SECOND: f64 = 1000.0;
/// Files opened in one look, at least and at most, whatever time passed since the last.
const FILES: (u32, u32) = (16, 100);
/// CPU time above which ticks are exact enough (1 %).
const YOUNG: Duration = Duration::from_secs(1);

/// A task as the source names it.
#[derive(Clone, Copy, Debug)]
struct Live {
    id: TaskId,
    pid: u32,
    started: Time,
    suspended: bool,
}

/// A task and what was seen of it last.
#[derive(Clone, Copy, Debug)]
struct Known {
    live: Live,
    /// When its process was born: another birth means the pid was used again.
    born: Option<u64>,
    visited: Option<Time>,
    visits: u64,
    /// Children were seen at the last visit that looked for them.
    parent: bool,
    cpu: Duration,
    rss: u64,
    runnable: f64,
}

impl Known {
    fn new(live: Live) -> Known {
        Known {
            live,
            born: None,
            visited: None,
            visits: 0,
            parent: false,
            cpu: Duration::ZERO,
            rss: 0,
            runnable: 0.0,
        }
    }

    /// What this visit reads beside `stat`. Neighbours take turns, so that the sum over all tasks moves evenly.
    fn wants(&self) -> Wants {
        let even = (self.visits + self.live.id.0).is_multiple_of(2);
        Wants { exact: self.visits == 0 || even, children: self.visits == 0 || !even || self.parent }
    }
}

/// What a visit reads beside `stat`.
#[derive(Clone, Copy, Debug)]
struct Wants {
    exact: bool,
    children: bool,
}

/// One tree, added up.
#[derive(Clone, Copy, Debug, Default)]
struct Tree {
    born: u64,
    cpu: Duration,
    rss: u64,
    /// Processes whose leading thread runs or waits for a CPU.
    runnable: f64,
    processes: u32,
    /// Some process has more than one thread, whose states are not seen.
    threaded: bool,
}

/// Follows the running tasks from look to look.
pub(crate) struct Tracker {
    source: Box<dyn TaskSource>,
    units: Units,
    reader: Reader,
    live: Vec<Live>,
    known: Vec<Known>,
    /// The list of the look before, kept for its allocation.
    spare: Vec<Known>,
    stack: Vec<u32>,
    /// The task visited last.
    turn: TaskId,
    looked: Option<Time>,
}

impl Tracker {
    pub(crate) fn new(source: Box<dyn TaskSource>) -> Tracker {
        Tracker {
            source,
            units: Units::read(),
            reader: Reader::new(),
            live: Vec::new(),
            known: Vec::new(),
            spare: Vec::new(),
            stack: Vec::new(),
            turn: TaskId(0),
            looked: None,
        }
    }

    pub(crate) fn look(&mut self, now: Time) -> TasksReading {
        // Ended tasks first: one that ends in between is then missed once, which is better than counted twice.
        let ended = self.source.finished_cpu();
        self.live.clear();
        let live = &mut self.live;
        self.source.live(&mut |id, pid, started, suspended| live.push(Live { id, pid, started, suspended }));
        self.live.sort_unstable_by_key(|task| task.id);
        self.live.dedup_by_key(|task| task.id);
        self.merge();
        let each = self.visit(now);
        let visited = self.known.iter().filter(|task| task.visited.is_some()).count();
        let runnable: f64 = self.known.iter().map(|task| task.runnable).sum();
        let scale = if visited == 0 { 1.0 } else { self.known.len() as f64 / visited as f64 };
        TasksReading {
            cpu: self.known.iter().map(|task| task.cpu).sum(),
            runnable: runnable * scale,
            ended,
            each,
        }
    }

    /// Carries over what is known of tasks that still run. Both lists are in the order of their numbers.
    fn merge(&mut self) {
        self.spare.clear();
        let mut old = self.known.iter().peekable();
        for live in &self.live {
            while old.next_if(|task| task.live.id < live.id).is_some() {}
            let same = old.next_if(|task| task.live.id == live.id && task.live.pid == live.pid);
            self.spare.push(same.map_or(Known::new(*live), |task| Known { live: *live, ..*task }));
        }
        std::mem::swap(&mut self.known, &mut self.spare);
    }

    /// Visits as many as the budget allows, from where the look before stopped.
    fn visit(&mut self, now: Time) -> Vec<TaskReading> {
        let span = self.looked.replace(now).map_or(1.0, |at| now.since(at).as_secs_f64());
        let files = ((FILES_A_SECOND * span) as u32).clamp(FILES.0, FILES.1);
        self.reader.opened = 0;
        let count = self.known.len();
        let first = self.known.partition_point(|task| task.live.id <= self.turn);
        let mut each = Vec::with_capacity(count.min(MOST_TASKS));
        for step in 0..count.min(MOST_TASKS) {
            if self.reader.opened >= files {
                break;
            }
            let i = (first + step) % count;
            let mut task = self.known[i];
            self.turn = task.live.id;
            let Some(tree) = self.tree(&task, files) else { continue };
            let gone = task.visited.map(|at| now.since(at).as_secs_f64()).filter(|s| *s > 0.0);
            let used = tree.cpu.saturating_sub(task.cpu).as_secs_f64();
            let rate = gone.filter(|_| tree.threaded).map_or(0.0, |seconds| used / seconds);
            task.born = Some(tree.born);
            if task.wants().children {
                task.parent = tree.processes > 1;
            }
            task.visited = Some(now);
            task.visits += 1;
            // A child that nobody waits for takes its time with it when it ends.
            task.cpu = task.cpu.max(tree.cpu);
            task.rss = tree.rss;
            task.runnable = if task.live.suspended { 0.0 } else { tree.runnable.max(rate) };
            self.known[i] = task;
            let Live { id, started, suspended, .. } = task.live;
            each.push(TaskReading { id, started, cpu: task.cpu, rss: task.rss, suspended });
        }
        each
    }

    /// Adds up the tree of one task; `None` when its leading process cannot be read or is another one by now.
    fn tree(&mut self, task: &Known, files: u32) -> Option<Tree> {
        let root = self.reader.stat(task.live.pid)?;
        if task.born.is_some_and(|born| born != root.born) {
            return None;
        }
        let mut tree = Tree { born: root.born, ..Tree::default() };
        let wants = task.wants();
        self.stack.clear();
        self.add(&mut tree, task.live.pid, root, wants);
        // A tree that alone is more than a look's budget is cut off rather than let run away.
        while self.reader.opened < files.max(FILES.0) * 2 {
            let Some(pid) = self.stack.pop() else { break };
            if let Some(stat) = self.reader.stat(pid) {
                self.add(&mut tree, pid, stat, wants);
            }
        }
        Some(tree)
    }

    fn add(&mut self, tree: &mut Tree, pid: u32, stat: Stat, wants: Wants) {
        let ticks = |n: u64| self.units.tick.saturating_mul(u32::try_from(n).unwrap_or(u32::MAX));
        let mut own = ticks(stat.own);
        if wants.exact && stat.threads == 1 && own < YOUNG && stat.state != b'Z' {
            own = self.reader.exact_cpu(pid).map_or(own, |exact| exact.max(own));
        }
        tree.cpu = tree.cpu.saturating_add(own).saturating_add(ticks(stat.reaped));
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

#[cfg(all(test, target_os = "linux"))]
pub(super) mod tests;
