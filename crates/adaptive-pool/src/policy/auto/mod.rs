//! `auto`: finds the limit by itself, from three kinds of evidence, each with its own bound; the limit is the least.
//!
//! The CPU bound is computed ([`staffing`]), the level is searched ([`search`] with [`cohort`]), what makes tasks
//! fail is avoided ([`failures`]), what fits in memory is counted ([`memory`]), and the first moments are a law of their own
//! ([`slow_start`]). Each law has one state and knows no other; this file feeds them and takes the least (`docs/auto.md`).

#![allow(clippy::float_cmp, reason = "levels and moments are compared as they were set, never as results")]

mod booking;
mod cohort;
mod config;
mod consts;
mod curve_posterior;
mod drain;
mod elasticity;
mod evidence;
mod explain;
mod failures;
mod hypotheses;
mod memory;
mod normal;
mod oom;
mod reading_age;
mod search;
mod slow_start;
mod staffing;
mod start_budget;
mod start_rate;
mod why;

pub use config::{AutoConfig, Unseen};
pub use why::AutoWhy;

use self::drain::{Drain, Lengths};
use self::evidence::Evidence;
use self::failures::Failures;
use self::memory::Memory;
use self::oom::OomBound;
use self::reading_age::ReadingAge;
use self::search::{Mode, Search};
use self::slow_start::SlowStart;
use self::staffing::Staffing;
use self::start_rate::StartRate;
use super::{Admit, Bounds, Decision, Observation, Policy, TaskId, Why};
use crate::time::Time;
use std::collections::BTreeMap;
use std::time::Duration;

/// The policy.
#[derive(Debug)]
pub struct Auto {
    config: AutoConfig,
    cores: f64,
    evidence: Evidence,
    staffing: Staffing,
    slow_start: SlowStart,
    search: Search,
    failures: Failures,
    oom: OomBound,
    start_rate: StartRate,
    /// A step down, until no more run than the limit.
    drain: Option<Drain>,
    lengths: Lengths,
    /// Since when a good part of the tasks is held up, and that room was made for them.
    clogged_since: Option<f64>,
    unclogged: bool,
    /// How many run that are stuck and do not count.
    stuck: f64,
    memory: Memory,
    limit: f64,
    memory_level: f64,
    finished: u64,
    mean: Option<f64>,
    strides: bool,
    /// When the stride under way began, and how many have started in it.
    stride: (f64, u32),
    /// Tasks started since memory was looked at.
    unweighed: u32,
    reading_age: ReadingAge,
    last: f64,
    /// The last moment as observed, what is taken off it, and where the last jump was with what was taken off before.
    now: f64,
    offset: f64,
    jumped: (f64, f64),
    /// The machine stood still before this reading, from this moment or an earlier one on.
    stood: Option<f64>,
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
            slow_start: SlowStart::new(config.blind, cores),
            search: Search::new(first),
            failures: Failures::new(),
            oom: OomBound::new(),
            start_rate: StartRate::default(),
            drain: None,
            lengths: Lengths::default(),
            clogged_since: None,
            unclogged: false,
            stuck: 0.0,
            memory: Memory::new(config.memory_reserve, config.brake),
            limit: first,
            memory_level: f64::MAX,
            finished: 0,
            mean: None,
            strides: false,
            stride: (0.0, 0),
            unweighed: 0,
            reading_age: ReadingAge::default(),
            last: 0.0,
            now: 0.0,
            offset: 0.0,
            jumped: (0.0, 0.0),
            stood: None,
            unseen: Unseen::default(),
            held: BTreeMap::new(),
            max: 0,
            config,
            cores,
        }
    }

    /// The signals that the last reading did not have.
    pub fn unseen(&self) -> Unseen {
        self.unseen
    }

    fn look(&mut self, t: f64, seen: &Observation<'_>) -> (Vec<TaskId>, Vec<TaskId>) {
        let machine = seen.machine;
        let at = self.adjust(machine.at);
        if !self.reading_age.look(t, at, machine) {
            return self.memory.look(t, t, machine, &mut self.evidence.tasks, f64::from(seen.running));
        }
        self.unseen = Unseen {
            task_cpu: machine.tasks.is_none(),
            run_queue: Evidence::queue(machine).is_none(),
            io_pressure: machine.pressure.is_none(),
            memory: machine.memory.is_none(),
        };
        if !self.evidence.is_new(seen) {
            return (Vec::new(), Vec::new());
        }
        self.unweighed = 0;
        let running = f64::from(seen.running);
        if let Some(mut interval) = self.evidence.look(seen) {
            if self.staffing.is_reached(running) {
                interval.duty_so_far = self.evidence.duty_so_far(at.min(t), machine);
            }
            let lumpy = self.evidence.is_lumpy();
            self.staffing.late = self.reading_age.late;
            self.staffing.update(t, self.cores, running, self.mean, &interval, lumpy);
        }
        self.memory.look(t, at, machine, &mut self.evidence.tasks, running)
    }

    /// The level whose failures are known: while a step up is not all taken yet, the one before it.
    fn known(&self, running: f64) -> f64 {
        let before = self.search.before().filter(|_| running < consts::RATES_FEWER * self.limit);
        before.map_or(self.limit, |before| before.min(self.limit))
    }

    fn search(&mut self, t: f64, seen: &Observation<'_>) {
        let (running, queued) = (f64::from(seen.running) - self.stuck, seen.queued as f64);
        let max = f64::from(seen.bounds.max);
        let cap = self.cpu_bound().min(max).min(self.failures.level).min(self.oom.level);
        // Nothing is tried above while what was too many still drains.
        let cap =
            if self.stuck > 0.0 || self.clogged(t, running) > 0.0 { cap.min(self.search.level) } else { cap };
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
            cpu_cap: self.cpu_bound(),
            max,
            used: self.staffing.used,
            mean: self.mean.unwrap_or(0.1),
            finished: self.finished,
            memory: self.memory.binding > 0.3,
            disk: self.staffing.io >= consts::RAMP_IO,
            dark: self.memory.is_dark(),
            after_failure_cut: self.failures.after_failure_cut,
            gated: self.is_beyond(seen.running),
        };
        if std::mem::take(&mut self.staffing.changed) && t > consts::EARLY_S {
            self.search.forget(t);
            (self.lengths, self.unclogged) = (Lengths::default(), false);
        }
        let heard = self.search.listen(&scene);
        if !heard && !scene.gated || self.reading_age.late || self.failures.is_fresh(t) {
            return;
        }
        self.slow_start.input(scene.complete, queued + running, self.finished, scene.gated);
        let level = self.search.cohort.level;
        let blind = self.search.mode == Mode::SlowStart
            && self.search.reference.is_none()
            && level < self.slow_start.cap;
        if blind && self.search.cohort.stats(t).is_none() {
            let full = queued >= 1.0
                && !self.failures.any(self.cores)
                && !self.oom.any()
                && (seen.saturated || running >= 0.95 * level || scene.gated);
            let step = slow_start::Step {
                t,
                began: self.search.cohort.began,
                level: self.search.level,
                full,
                cores: self.cores,
                bound: cap,
                dark: self.evidence.is_dark(),
                ended: self.finished,
            };
            let next = self.slow_start.next(&step, &self.staffing);
            if let Some(next) = next {
                self.search.level = next;
                let size = self.search.hold_size(next);
                self.search.cohort.raise(next, t, size);
            }
            return;
        }
        if heard {
            self.search.judge(&scene);
        }
    }

    fn next(&self, t: f64) -> Duration {
        // Long tasks: nothing is to be seen before the first of them ends, and looking has its price.
        let top = self.slow_start.cap.min(f64::from(self.max));
        let blind = self.finished == 0 && self.search.level >= top && t >= consts::BLIND_S;
        let ramping =
            self.search.mode == Mode::SlowStart && self.search.level < self.staffing.level && !blind;
        if t < consts::START_S {
            consts::TICK_START
        } else if t < consts::EARLY_S
            || ramping
            || self.memory.is_near()
            || self.failures.judging()
            || self.hurried()
            || self.strides
            || self.staffing.idle
        {
            consts::TICK_FAST
        } else {
            consts::TICK
        }
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
        let t = self.time(seen);
        self.cores = if seen.cores.is_finite() { seen.cores.max(0.1) } else { self.cores };
        self.book(seen);
        let (suspend, resume) = self.look(t, seen);
        let tasks = &self.evidence.tasks;
        let older = |age: f64| tasks.values().filter(|l| t - l.started > age).count() as f64;
        let scene = failures::Scene {
            t,
            limit: self.limit,
            known: self.known(f64::from(seen.running)),
            running: f64::from(seen.running) - self.stuck,
            queued: seen.queued as f64,
            rest: if seen.input_open { f64::INFINITY } else { seen.queued as f64 },
            duty: self.staffing.duty,
            mean: self.mean.unwrap_or(0.0),
            cores: self.cores,
            rising: self.search.before().is_some(),
        };
        if self.start_rate.begins(t, self.search.ends.count(t - 1.0, t)) {
            self.failures.acquit(t);
        }
        self.failures.decide(&scene, &older);
        self.oom.decide(t, self.limit, scene.queued, scene.mean);
        self.unclog(t, f64::from(seen.running));
        self.search(t, seen);
        let stride = self.stride(t, seen);
        self.strides = stride.is_some();
        let (low, high) = (f64::from(seen.bounds.min.max(1)), f64::from(seen.bounds.max.max(1)));
        let starts = match (self.fit(t, seen), stride) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let held = self.failures.holds(t);
        let fits = self.brief().unwrap_or(f64::MAX);
        if (fits - self.memory_level).abs() > (0.1 * self.memory_level).max(1.0) {
            self.memory_level = fits;
        }
        let level = self.search.level.min(self.cpu_bound()).min(self.failures.level);
        let level = level.min(self.oom.level).min(self.memory_level);
        self.limit = level.floor().clamp(low.min(high), high);
        self.stuck = self.drained(t, f64::from(seen.running));
        let limit = (self.limit + self.stuck).min(high) as u32;
        let why = self.why(seen, limit);
        self.remember(t, seen, limit, &why);
        let mut decision = Decision::new(limit, Why::Auto(why), self.next(t));
        decision.starts = if held { Some(0) } else { starts };
        decision.refill = !held && stride.is_none() && self.memory.known && self.memory.stopped == 0.0;
        decision.suspend = suspend;
        decision.resume = resume;
        decision
    }

    fn admit(&mut self, now: Time, running: u32, queue: Option<f64>) -> Admit {
        self.staffing.gated(now.as_secs(), queue.is_some());
        let crowded = self.staffing.is_crowded(self.cores, f64::from(running));
        slow_start::gate(self.cores, queue, self.is_beyond(running) || (queue.is_none() && crowded))
    }

    fn pace(&mut self, now: Time) -> Admit {
        let wait = self.start_rate.wait(now.as_secs());
        wait.map_or(Admit::Yes, |wait| Admit::After(Duration::from_secs_f64(wait)))
    }

    fn started(&mut self, now: Time) {
        self.start_rate.lets(now.as_secs());
    }

    fn probes_run_queue(&self) -> bool {
        true
    }

    fn explain(&self) -> Option<String> {
        let (_, limit, why) = self.held.values().max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(why.explain(*limit, self.max))
    }

    fn caused(&self) -> Option<(u64, u32)> {
        self.failures.caused()
    }

    fn unseen(&self) -> Vec<&'static str> {
        self.unseen.names()
    }
}
