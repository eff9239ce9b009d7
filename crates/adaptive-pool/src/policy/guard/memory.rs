//! The memory guard: the floor, and the fit of what jobs were learned to need.
//!
//! The floor alone would fill every slot while young jobs are still small. So peak memory of finished jobs is learned
//! (mean and spread), and one more may start only when it fits beside what the running ones will still grow by. Before
//! three have finished, what running ones use now stands for it. The guard never stops a job. Only the floor holds the first
//! job back, where the user asked for one: that a job is larger than what is free is no reason never to run it.

use super::{gate, is_too_early, no_more};
use crate::policy::setting::{ConfigError, Slot};
use crate::policy::{Admit, Guard, Memory, Observation, TaskEvent, Why};
use crate::time::Time;
use std::collections::VecDeque;

/// The constants of the memory guard.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryGuardConfig {
    /// Memory in use from which no new job starts, 0 to 1. Default 0.90. Flag `--memory-threshold`.
    pub memory_threshold: f64,
    /// Whether learned sizes of jobs must fit what is free. Default true.
    pub learn: bool,
    /// Whether memory at the threshold holds the first job back too. Default false: with nothing running one may start.
    pub hold_first: bool,
}

impl Default for MemoryGuardConfig {
    fn default() -> MemoryGuardConfig {
        MemoryGuardConfig { memory_threshold: 0.90, learn: true, hold_first: false }
    }
}

impl MemoryGuardConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        Slot::Ratio(&mut self.memory_threshold.clone()).check("memory_threshold")
    }
}

/// Finished jobs before their mean is believed.
const ENOUGH: f64 = 3.0;
/// How much weight what was learned keeps with each new job, so that a change of phase shows after some fifty jobs.
const KEEP: f64 = 0.98;

/// Mean and spread of peak memory, older jobs weighing less.
#[derive(Clone, Copy, Debug, Default)]
struct Learned {
    weight: f64,
    mean: f64,
    squares: f64,
    jobs: f64,
}

impl Learned {
    fn push(&mut self, x: f64) {
        self.weight = self.weight * KEEP + 1.0;
        self.jobs += 1.0;
        let off = x - self.mean;
        self.mean += off / self.weight;
        self.squares = self.squares * KEEP + off * (x - self.mean);
    }

    /// What to expect of one more job: the mean and one standard deviation.
    fn expected(&self) -> Option<f64> {
        (self.jobs >= ENOUGH).then(|| self.mean + (self.squares / self.weight).max(0.0).sqrt())
    }
}

#[derive(Debug)]
pub(super) struct MemoryGuard {
    config: MemoryGuardConfig,
    learned: Learned,
    /// Starts that the last reading cannot have seen.
    started: VecDeque<Time>,
    /// How many more may start before the next look.
    room: Option<u32>,
    /// Nothing was read yet: nobody knows, so a job at a time.
    unread: bool,
    /// The memory was at its threshold at the last look.
    at_floor: bool,
    /// When the last memory figure was read, and the cap that came of it. It holds until the next figure: what ended
    /// since has given back what it held, and a machine that cannot be seen has not become larger.
    last: Option<(Time, Option<(u32, Why)>)>,
}

impl MemoryGuard {
    pub(super) fn new(config: MemoryGuardConfig) -> MemoryGuard {
        MemoryGuard {
            config,
            learned: Learned::default(),
            started: VecDeque::new(),
            room: None,
            unread: true,
            at_floor: false,
            last: None,
        }
    }

    fn take_in(&mut self, seen: &Observation<'_>) {
        for event in seen.events {
            match event {
                TaskEvent::Started { at, .. } => self.started.push_back(*at),
                TaskEvent::Finished(end) => {
                    if let Some(peak) = end.max_rss.filter(|rss| *rss > 0) {
                        self.learned.push(peak as f64);
                    }
                }
            }
        }
        while self.started.front().is_some_and(|at| *at <= seen.machine.at)
            || self.started.len() > seen.running as usize
        {
            self.started.pop_front();
        }
    }

    /// How many more fit, and how much one needs; unknown before anything was learned.
    fn fit(&self, seen: &Observation<'_>, memory: Memory) -> Option<(u32, f64)> {
        let looked = seen.machine.tasks.as_ref().map_or(&[][..], |tasks| tasks.each.as_slice());
        let now = |f: fn(f64, f64) -> f64| looked.iter().map(|t| t.rss as f64).fold(0.0, f);
        let running = (!looked.is_empty()).then(|| now(|a, b| a + b) / looked.len() as f64);
        let job = match (self.learned.expected(), running) {
            (Some(learned), Some(running)) => learned.max(running),
            (learned, running) => learned.or(running)?,
        };
        if job < 1.0 {
            return None;
        }
        // Those that were looked at grow by what they lack; the others as those do on average.
        let lack: f64 = looked.iter().map(|t| (job - t.rss as f64).max(0.0)).sum();
        let young = self.started.len() as f64;
        let old = (f64::from(seen.running) - young).max(0.0);
        let old_lack = if looked.is_empty() { 0.0 } else { lack / looked.len() as f64 * old };
        let reserve = memory.total as f64 * (1.0 - self.config.memory_threshold);
        let free = memory.available as f64 - reserve - old_lack - young * job;
        Some(((free / job).floor().max(0.0) as u32, job))
    }
}

impl MemoryGuard {
    /// What a new figure means: how many may run.
    fn judge(&self, seen: &Observation<'_>, memory: Memory) -> Option<(u32, Why)> {
        let (used, threshold) = (memory.used(), self.config.memory_threshold);
        if used >= threshold {
            let most = no_more(seen.running, self.config.hold_first);
            return Some((most, Why::MemoryFloor { used, threshold }));
        }
        let (more, job) = self.fit(seen, memory).filter(|_| self.config.learn)?;
        let why = Why::MemoryFit { job: job as u64, available: memory.available };
        Some((seen.running.saturating_add(more).max(1), why))
    }
}

impl Guard for MemoryGuard {
    fn cap(&mut self, seen: &Observation<'_>) -> Option<(u32, Why)> {
        self.take_in(seen);
        self.unread &= is_too_early(seen);
        let memory = seen.machine.memory.filter(|memory| memory.total > 0);
        let known = self.last.as_ref().filter(|(at, _)| memory.is_none() || *at == seen.machine.at);
        let cap = match (known, memory) {
            (Some((_, Some((_, why @ Why::MemoryFloor { .. })))), _) => {
                Some((no_more(seen.running, self.config.hold_first), why.clone()))
            }
            (Some((_, cap)), _) => cap.clone(),
            (None, Some(memory)) => self.judge(seen, memory),
            (None, None) => None,
        };
        if let Some(_new) = memory {
            self.last = Some((seen.machine.at, cap.clone()));
        }
        self.room = cap.as_ref().map(|(most, _)| most.saturating_sub(seen.running));
        self.at_floor = matches!(cap, Some((_, Why::MemoryFloor { .. })));
        cap.filter(|(most, _)| *most < seen.bounds.max)
    }

    fn admit(&mut self, _now: Time, running: u32) -> Admit {
        gate(self.unread || self.room == Some(0), running, self.config.hold_first && self.at_floor)
    }

    fn holds_first(&self) -> bool {
        self.config.hold_first
    }
}
