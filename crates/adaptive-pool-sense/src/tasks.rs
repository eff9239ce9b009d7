//! The CPU time and memory of running tasks that have processes.
//!
//! A reading opens a limited number of files (see `tree`) and visits at most 64 tasks. The next reading continues with the next
//! task. Between two visits a task keeps its figures. The exact CPU time and the list of children are each read at every second
//! visit; the children of a task that had some are read at each visit.

use crate::task_source::TaskSource;
use crate::tree::{Walker, Wants, budget};
use adaptive_pool::policy::{TaskId, TaskReading, TasksReading};
use adaptive_pool::time::Time;
use std::time::Duration;

/// The highest number of tasks visited in one reading.
const MOST_TASKS: usize = 64;

/// A task from the source.
#[derive(Clone, Copy, Debug)]
struct Live {
    id: TaskId,
    pid: u32,
    started: Time,
    suspended: bool,
}

/// A task, with the figures of its last visit.
#[derive(Clone, Copy, Debug)]
struct KnownTask {
    live: Live,
    /// The start time of its process, in ticks. Another one means that the pid was used again.
    born: Option<u64>,
    visited: Option<Time>,
    visits: u64,
    /// It had children at the last visit that read them.
    parent: bool,
    cpu: Duration,
    rss: u64,
    runnable: f64,
}

impl KnownTask {
    fn new(live: Live) -> KnownTask {
        KnownTask {
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

    /// The files that this visit reads besides `stat`. Adjacent tasks alternate, so the sum over all tasks grows evenly.
    fn wants(&self) -> Wants {
        let even = (self.visits + self.live.id.0).is_multiple_of(2);
        Wants { exact: self.visits == 0 || even, children: self.visits == 0 || !even || self.parent }
    }
}

/// Follows the running tasks from reading to reading.
pub(crate) struct Tracker {
    source: Box<dyn TaskSource>,
    walker: Walker,
    live: Vec<Live>,
    known: Vec<KnownTask>,
    /// The list of the last reading, kept for its allocation.
    spare: Vec<KnownTask>,
    /// The last visited task.
    turn: TaskId,
    sampled: Option<Time>,
}

impl Tracker {
    pub(crate) fn new(source: Box<dyn TaskSource>) -> Tracker {
        Tracker {
            source,
            walker: Walker::new(),
            live: Vec::new(),
            known: Vec::new(),
            spare: Vec::new(),
            turn: TaskId(0),
            sampled: None,
        }
    }

    pub(crate) fn sample(&mut self, now: Time) -> TasksReading {
        // Ended tasks first: a task that ends in between is missed once. The other order would count it twice.
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
            threads: false,
        }
    }

    /// Keeps the figures of tasks that still run. Both lists are sorted by number.
    fn merge(&mut self) {
        self.spare.clear();
        let mut old = self.known.iter().peekable();
        for live in &self.live {
            while old.next_if(|task| task.live.id < live.id).is_some() {}
            let same = old.next_if(|task| task.live.id == live.id && task.live.pid == live.pid);
            self.spare.push(same.map_or(KnownTask::new(*live), |task| KnownTask { live: *live, ..*task }));
        }
        std::mem::swap(&mut self.known, &mut self.spare);
    }

    /// Visits the next tasks, as many as the budget of files allows.
    fn visit(&mut self, now: Time) -> Vec<TaskReading> {
        let files = budget(now, &mut self.sampled);
        self.walker.begin();
        let count = self.known.len();
        let first = self.known.partition_point(|task| task.live.id <= self.turn);
        let mut each = Vec::with_capacity(count.min(MOST_TASKS));
        for step in 0..count.min(MOST_TASKS) {
            if self.walker.opened() >= files {
                break;
            }
            let i = (first + step) % count;
            let mut task = self.known[i];
            self.turn = task.live.id;
            let wants = task.wants();
            let Some(tree) = self.walker.tree(task.live.pid, task.born, wants, files) else { continue };
            task.born = Some(tree.born);
            if wants.children {
                task.parent = tree.processes > 1;
            }
            task.visited = Some(now);
            task.visits += 1;
            // The time of a child that was not waited for is lost when it ends.
            task.cpu = task.cpu.max(tree.cpu);
            task.rss = tree.rss;
            task.runnable = if task.live.suspended { 0.0 } else { tree.runnable };
            self.known[i] = task;
            let Live { id, started, suspended, .. } = task.live;
            each.push(TaskReading { id, started, cpu: task.cpu, rss: task.rss, suspended });
        }
        each
    }
}

#[cfg(all(test, target_os = "linux"))]
pub(crate) mod tests;
