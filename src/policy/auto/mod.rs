//! `auto`: finds the limit by itself, from three kinds of evidence, each with its own bound; the limit is the least.
//!
//! What the CPU can take is computed ([`staffing`]), what else there is gets searched ([`search`] with [`cohort`]), what makes tasks
//! fail is avoided ([`failures`]), what fits in memory is counted ([`memory`]), and the first moments are a law of their own
//! ([`ramp`]). Each law has one state and knows no other; this file feeds them and takes the least. `docs/auto.md` tells
//! the laws in words. Without a clock and without I/O: the simulator of `tests/sim` drives this very code.

mod cohort;
mod consts;
mod evidence;
mod failures;
mod memory;
mod ramp;
mod search;
mod staffing;
mod why;

pub use why::AutoWhy;

use self::cohort::Kind;
use self::evidence::Evidence;
use self::failures::Failures;
use self::memory::Memory;
use self::ramp::Ramp;
use self::search::{Mode, Search};
use self::staffing::Staffing;
use super::setting::{ConfigError, Field, Slot};
use super::{Admit, Bounds, Decision, Finished, Observation, Policy, Reading, TaskEvent, TaskId, Verdict, Why};
use crate::time::Time;
use std::collections::BTreeMap;
use std::time::Duration;

/// The settings of `auto`; every one is a flag.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoConfig {
    /// Tasks started before the first look, at most (and no more than there are cores). 1 to 64.
    pub start: u32,
    /// How far the blind ramp goes before the first task has ended. 1 to 100 000.
    pub blind: u32,
    /// Whether a task that says "too much at once" ([`Verdict::Backoff`]) lowers the limit at once.
    pub backoff: bool,
    /// Part of memory kept free, 0 to 0.9.
    pub memory_reserve: f64,
    /// Whether the youngest tasks are stopped (SIGSTOP) when memory is about to run out all the same.
    pub brake: bool,
}

impl Default for AutoConfig {
    fn default() -> AutoConfig {
        AutoConfig { start: 4, blind: 32, backoff: true, memory_reserve: 0.05, brake: true }
    }
}

impl AutoConfig {
    /// How often it looks once settled.
    pub const INTERVAL: Duration = consts::TICK;

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        if self.memory_reserve > 0.9 {
            return Err(ConfigError::new(format!("--memory-reserve {} must be from 0 to 0.9", self.memory_reserve)));
        }
        Ok(())
    }

    pub(crate) fn fields(&mut self) -> Vec<Field<'_>> {
        vec![
            ("start_workers", Slot::Count(&mut self.start)),
            ("blind_workers", Slot::Count(&mut self.blind)),
            ("backoff", Slot::Switch(&mut self.backoff)),
            ("memory_reserve", Slot::Ratio(&mut self.memory_reserve)),
            ("memory_brake", Slot::Switch(&mut self.brake)),
        ]
    }
}

/// What could not be seen so far: the laws work without it, less sharply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "four independent facts, not a state")]
pub struct Unseen {
    /// CPU time of running tasks.
    pub task_cpu: bool,
    /// The run queue.
    pub run_queue: bool,
    /// Time lost to I/O.
    pub io_pressure: bool,
    /// Memory of the machine.
    pub memory: bool,
}

impl Unseen {
    /// The names of what could not be seen.
    pub fn names(self) -> Vec<&'static str> {
        let all = [
            (self.task_cpu, "task_cpu"),
            (self.run_queue, "run_queue"),
            (self.io_pressure, "io_pressure"),
            (self.memory, "memory"),
        ];
        all.into_iter().filter_map(|(missing, name)| missing.then_some(name)).collect()
    }
}

/// The policy.
#[derive(Debug)]
pub struct Auto {
    config: AutoConfig,
    cores: f64,
    evidence: Evidence,
    staffing: Staffing,
    ramp: Ramp,
    search: Search,
    failures: Failures,
    memory: Memory,
    limit: f64,
    memory_level: f64,
    finished: u64,
    mean: Option<f64>,
    last: f64,
    unseen: Unseen,
    /// For how long each reason held the limit, and the last limit it held.
    held: BTreeMap<&'static str, (f64, u32, AutoWhy)>,
    max: u32,
}

impl Auto {
    /// The policy for a run that may use so many cores.
    pub fn new(config: AutoConfig, cores: f64) -> Auto {
        let cores = if cores.is_finite() { cores.max(0.1) } else { 1.0 };
        let first = first(&config, cores);
        Auto {
            evidence: Evidence::new(),
            staffing: Staffing::new(cores),
            ramp: Ramp::new(config.blind, cores),
            search: Search::new(first),
            failures: Failures::new(),
            memory: Memory::new(config.memory_reserve, config.brake),
            limit: first,
            memory_level: f64::MAX,
            finished: 0,
            mean: None,
            last: 0.0,
            unseen: Unseen::default(),
            held: BTreeMap::new(),
            max: 0,
            config,
            cores,
        }
    }

    /// What could not be seen at the last look.
    pub fn unseen(&self) -> Unseen {
        self.unseen
    }

    fn book(&mut self, seen: &Observation<'_>) {
        for event in seen.events {
            let ended = self.evidence.event(event);
            match (event, ended) {
                (TaskEvent::Started { id, at }, _) => {
                    self.failures.started();
                    if let Some(live) = self.evidence.tasks.get_mut(id) {
                        live.cohort = self.search.cohort.join(at.as_secs());
                    }
                }
                (TaskEvent::Finished(_), Some((live, end))) => self.ended(&live, &end),
                (TaskEvent::Finished(_), None) => {}
            }
        }
    }

    fn ended(&mut self, live: &evidence::Live, end: &Finished) {
        let took = end.took.as_secs_f64().max(1e-6);
        let counts = match end.verdict {
            Verdict::Ok => Some(false),
            Verdict::Failed | Verdict::Backoff => Some(true),
            Verdict::Killed | Verdict::NotStarted => None,
        };
        if let Some(member) = live.cohort {
            self.search.end(member, took, end.mean_running, counts);
        }
        let Some(failed) = counts else { return };
        self.finished += 1;
        let mean = self.mean.get_or_insert(took);
        *mean += 0.05 * (took - *mean);
        let backoff = self.config.backoff && end.verdict == Verdict::Backoff;
        self.failures.ended(end.at.as_secs() - took, took, end.mean_running, failed, backoff);
        if let Some(rss) = end.max_rss {
            self.memory.learn(rss as f64, took);
        }
    }

    fn look(&mut self, seen: &Observation<'_>) -> (Vec<TaskId>, Vec<TaskId>) {
        let machine = seen.machine;
        self.unseen = Unseen {
            task_cpu: machine.tasks.is_none(),
            run_queue: Evidence::queue(machine).is_none(),
            io_pressure: machine.pressure.is_none(),
            memory: machine.memory.is_none(),
        };
        if !self.evidence.is_new(seen) {
            return (Vec::new(), Vec::new());
        }
        let t = seen.now.as_secs();
        let running = f64::from(seen.running);
        if let Some(interval) = self.evidence.look(seen) {
            let lumpy = self.evidence.is_lumpy();
            self.staffing.update(t, self.cores, running, self.mean, &interval, lumpy);
        }
        self.memory.look(t, machine, &mut self.evidence.tasks, running)
    }

    fn search(&mut self, seen: &Observation<'_>) {
        let (t, running, queued) = (seen.now.as_secs(), f64::from(seen.running), seen.queued as f64);
        let max = f64::from(seen.bounds.max);
        let cap = self.staffing.level.min(max).min(self.failures.level);
        if let Some(room) = self.memory.room {
            let bound = cap.min(self.search.level);
            let short = room < 1.0 && running < 0.95 * bound;
            let binds = queued >= 1.0 && (short || self.memory_level < 0.95 * bound);
            self.memory.binding += 0.05 * (f64::from(u8::from(binds)) - self.memory.binding);
        }
        let scene = search::Scene {
            t,
            running,
            queued,
            complete: !seen.input_open,
            cap,
            cpu_cap: self.staffing.level,
            max,
            used: self.staffing.used,
            mean: self.mean.unwrap_or(0.1),
            finished: self.finished,
            memory: self.memory.binding > 0.3,
        };
        if !self.search.listen(&scene) {
            return;
        }
        self.ramp.input(!seen.input_open, queued, running, self.finished);
        let level = self.search.cohort.level;
        let blind = self.search.mode == Mode::Ramp && self.search.reference.is_none() && level < self.ramp.cap;
        if blind && self.search.cohort.stats(t).is_none() {
            let full = queued >= 1.0 && !self.failures.any() && (seen.saturated || running >= 0.95 * level);
            let began = self.search.cohort.began;
            let dark = self.evidence.is_dark();
            let next = self.ramp.next(t, began, self.search.level, full, self.cores, cap, &self.staffing, dark);
            if let Some(next) = next {
                self.search.level = next;
                let size = self.search.hold_size(next);
                self.search.cohort.raise(next, t, size);
            }
            return;
        }
        self.search.judge(&scene);
    }

    /// How many may start before the next look, as far as memory goes; `None` while it is far from binding.
    fn fit(&self, seen: &Observation<'_>) -> Option<u32> {
        let room = self.memory.room?;
        let running = f64::from(seen.running);
        if self.memory.stopped > 0.0 {
            return Some(0); // what was stopped comes first
        }
        if self.brief().is_some() {
            return None;
        }
        if room >= (2.0 * running).max(64.0) && self.memory.is_learned() {
            return None;
        }
        // What ends before the next look makes room for as many: without this, short tasks would wait for looks.
        let turnover = match self.mean {
            Some(mean) if self.memory.is_learned() => {
                running * (self.next(seen.now.as_secs()).as_secs_f64() / mean).min(1.0)
            }
            _ => 0.0,
        };
        Some((room + consts::TURNOVER * turnover).max(0.0) as u32)
    }

    fn why(&self, seen: &Observation<'_>, limit: u32) -> AutoWhy {
        let l = f64::from(limit);
        let (running, queued) = (seen.running, seen.queued);
        let tight = self.memory.room.is_some_and(|r| r < 1.0) && running < limit;
        if queued > 0 && (tight || self.memory_level < l + 1.0) {
            let per_task = self.memory.per_task as u64;
            return AutoWhy::Memory { per_task, free: self.memory.free };
        }
        if self.failures.level < l + 1.0 {
            return AutoWhy::Failures { rate: self.failures.rate };
        }
        if queued == 0 && running < limit {
            return AutoWhy::Input;
        }
        if self.staffing.level < l + 1.0 && self.staffing.level < f64::from(seen.bounds.max) {
            return AutoWhy::CpuFull { duty: self.staffing.duty, cores: self.cores };
        }
        let from = self.search.reference.map_or(limit, |r| r.level as u32);
        match (self.search.cohort.kind, self.search.mode) {
            (Kind::Up, _) => AutoWhy::TryMore { from },
            (Kind::Down, _) => AutoWhy::TryFewer { from },
            _ if limit >= seen.bounds.max => AutoWhy::AtMax,
            (_, Mode::Ramp) if self.finished > 0 || self.search.level >= self.ramp.cap => AutoWhy::Measuring,
            (_, Mode::Ramp) => {
                AutoWhy::Ramp { run_queue: self.staffing.sees_queue.then_some(self.staffing.queue) }
            }
            _ => AutoWhy::NoGain { tried: self.search.rejected_at.map(|l| l as u32) },
        }
    }

    /// Memory binds and tasks are short: looks must keep up with them.
    fn hurried(&self) -> bool {
        self.memory.room.is_some_and(|r| r < 0.5 * self.limit) && self.mean.is_some_and(|m| m < consts::SHORT_S)
    }

    /// The level memory allows, when tasks are so brief that they come and go between two looks.
    fn brief(&self) -> Option<f64> {
        self.memory.fits.filter(|_| self.mean.is_some_and(|m| m < consts::BRIEF_S))
    }

    fn next(&self, t: f64) -> Duration {
        let ramping = self.search.mode == Mode::Ramp && self.search.level < self.staffing.level;
        if t < consts::START_S {
            consts::TICK_START
        } else if t < consts::EARLY_S || ramping || self.memory.is_near() || self.failures.judging() || self.hurried() {
            consts::TICK_FAST
        } else {
            consts::TICK
        }
    }

    fn remember(&mut self, seen: &Observation<'_>, limit: u32, why: &AutoWhy) {
        let now = seen.now.as_secs();
        let span = (now - self.last).clamp(0.0, consts::GAP_S);
        self.last = now;
        self.max = seen.bounds.max;
        let held = self.held.entry(why.kind()).or_insert((0.0, limit, why.clone()));
        *held = (held.0 + span, limit, why.clone());
    }
}

fn first(config: &AutoConfig, cores: f64) -> f64 {
    cores.floor().min(f64::from(config.start)).max(1.0)
}

impl Policy for Auto {
    fn name(&self) -> &'static str {
        "auto"
    }

    fn initial(&self, bounds: Bounds) -> u32 {
        (first(&self.config, self.cores) as u32).clamp(bounds.min.min(bounds.max), bounds.max)
    }

    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        let t = seen.now.as_secs();
        self.cores = if seen.cores.is_finite() { seen.cores.max(0.1) } else { self.cores };
        self.book(seen);
        let (suspend, resume) = self.look(seen);
        let tasks = &self.evidence.tasks;
        let older = |age: f64| tasks.values().filter(|l| t - l.started > age).count() as f64;
        let scene = failures::Scene {
            t,
            limit: self.limit,
            running: f64::from(seen.running),
            queued: seen.queued as f64,
            duty: self.staffing.duty,
            mean: self.mean.unwrap_or(0.0),
            cores: self.cores,
        };
        self.failures.decide(&scene, &older);
        self.search(seen);
        let (low, high) = (f64::from(seen.bounds.min.max(1)), f64::from(seen.bounds.max.max(1)));
        let starts = self.fit(seen);
        let fits = self.brief().unwrap_or(f64::MAX);
        if (fits - self.memory_level).abs() > (0.1 * self.memory_level).max(1.0) {
            self.memory_level = fits;
        }
        let level = self.search.level.min(self.staffing.level).min(self.failures.level).min(self.memory_level);
        self.limit = level.floor().clamp(low.min(high), high);
        let limit = self.limit as u32;
        let why = self.why(seen, limit);
        self.remember(seen, limit, &why);
        let mut decision = Decision::new(limit, Why::Auto(why), self.next(t));
        decision.starts = starts;
        decision.suspend = suspend;
        decision.resume = resume;
        decision
    }

    fn admit(&mut self, now: Time, _running: u32, machine: &Reading) -> Admit {
        ramp::gate(now, self.cores, machine)
    }

    fn explain(&self) -> Option<String> {
        let (_, limit, why) = self.held.values().max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(why.explain(*limit, self.max))
    }

    fn unseen(&self) -> Vec<&'static str> {
        self.unseen.names()
    }
}
