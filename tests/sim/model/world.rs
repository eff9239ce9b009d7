//! One run of one plant under one policy, on a simulated clock.
//!
//! It does to the policy what the pool does: a look when the time asked for has passed, another at once after a failure,
//! the limit clamped, `starts` and `admit` obeyed. A policy sees only what a sensor can see ([`super::sensor`]).

mod acts;

use self::acts::{take_token, verdict};
use super::plant::{CONNECT, CPU, Input, OWN, Plant, TOKEN, WAIT};
use super::rng::{Rng, draw};
use super::sensor::{Sensing, Sensor};
use super::server::{Curve, Server};
use apool::policy::{Admit, Bounds, Finished, Policy, Reading, TaskEvent, TaskId, Verdict};
use apool::time::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// Memory of a program before it has done anything.
pub const PROGRAM: f64 = 4e6;
/// Between two looks of the simulated kernel at memory.
const MEMORY_TICK: f64 = 0.02;
/// A run with so many kills for want of memory is given up.
const KILLS_MAX: u32 = 400;

/// What sets the limit.
pub enum Driver {
    Fixed(u32),
    Policy(Box<dyn Policy>),
}

/// A running (or ended) attempt of a job.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attempt {
    pub id: u64,
    pub job: u32,
    pub phase: u32,
    pub start: f64,
    pub area: f64,
    pub cpu: f64,
    pub mark: f64,
    pub bad: bool,
    pub server: u8,
    pub frozen: Option<f64>,
    pub grows_from: f64,
    pub left: f64,
    pub place: u32,
    pub tries: u32,
}

/// What came out.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub makespan: f64,
    /// False when the run was given up.
    pub done: bool,
    pub jobs: usize,
    /// Failures that would not have happened one at a time.
    pub caused: u32,
    pub killed: u32,
    pub peak: u32,
    pub mean: f64,
    pub cpu: f64,
    pub p99: f64,
    pub memory: f64,
    pub frozen: u32,
    pub decisions: u32,
    /// Time and limit at each change.
    pub limits: Vec<(f64, u32)>,
    pub explained: Option<String>,
}

pub struct World<'a> {
    pub plant: &'a Plant,
    input: &'a Input,
    seed: u64,
    driver: Driver,
    pub t: f64,
    pub servers: Vec<Server>,
    tokens: (f64, f64),
    queue: VecDeque<(u32, u32)>,
    arrived: usize,
    left: usize,
    pub attempts: Vec<Attempt>,
    free: Vec<u32>,
    pub running: Vec<u32>,
    area: f64,
    area_at: f64,
    next_start: f64,
    retry_at: f64,
    next_id: u64,
    /// Core-seconds of ended attempts.
    pub ended_cpu: f64,
    limit: u32,
    starts: Option<u32>,
    saturated: bool,
    events: Vec<TaskEvent>,
    reading: Reading,
    sensor: Sensor,
    decided_at: f64,
    next_look: f64,
    failed_now: bool,
    stolen_cpu: f64,
    stolen_at: f64,
    latencies: Vec<f32>,
    out: Outcome,
    trace: Option<&'a mut dyn FnMut(&str)>,
}

impl<'a> World<'a> {
    pub fn new(plant: &'a Plant, input: &'a Input, seed: u64, driver: Driver, sensing: Sensing) -> World<'a> {
        let cpu = Curve::Cpu { cores: plant.cores, ctx: plant.ctx, threads: plant.threads, stolen: 0.0 };
        let mut servers = vec![Server::new(cpu), Server::new(Curve::Free)];
        servers.extend(plant.own.iter().map(|c| Server::new(c.clone())));
        let bounds = Bounds { min: 1, max: plant.max };
        let limit = match &driver {
            Driver::Fixed(n) => *n,
            Driver::Policy(p) => p.initial(bounds).clamp(1, plant.max),
        };
        let looks = if matches!(driver, Driver::Fixed(_)) { f64::INFINITY } else { 0.0 };
        World {
            plant,
            input,
            seed,
            driver,
            t: 0.0,
            servers,
            tokens: (plant.tokens.map_or(0.0, |t| t.1), 0.0),
            queue: VecDeque::new(),
            arrived: 0,
            left: input.jobs.len(),
            attempts: Vec::new(),
            free: Vec::new(),
            running: Vec::new(),
            area: 0.0,
            area_at: 0.0,
            next_start: 0.0,
            retry_at: f64::INFINITY,
            next_id: 1,
            ended_cpu: 0.0,
            limit,
            starts: None,
            saturated: false,
            events: Vec::new(),
            reading: Reading::default(),
            sensor: Sensor::new(sensing),
            decided_at: 0.0,
            next_look: looks,
            failed_now: false,
            stolen_cpu: 0.0,
            stolen_at: 0.0,
            latencies: Vec::new(),
            out: Outcome { jobs: input.jobs.len(), ..Outcome::default() },
            trace: None,
        }
    }

    /// Calls this with a line for every decision that changes the limit.
    pub fn trace(&mut self, to: &'a mut dyn FnMut(&str)) {
        self.trace = Some(to);
    }

    fn area_now(&self) -> f64 {
        self.area + self.running.len() as f64 * (self.t - self.area_at)
    }

    fn count(&mut self) {
        self.area = self.area_now();
        self.area_at = self.t;
    }

    /// Resident memory of an attempt.
    pub fn rss(&self, a: &Attempt) -> f64 {
        let job = &self.input.jobs[a.job as usize];
        if job.memory <= 0.0 {
            return PROGRAM;
        }
        let age = (a.frozen.unwrap_or(self.t) - a.grows_from) / job.ramp.max(1e-6);
        PROGRAM + job.memory * age.clamp(0.0, 1.0)
    }

    pub fn memory_used(&self) -> f64 {
        self.plant.base + self.running.iter().map(|&i| self.rss(&self.attempts[i as usize])).sum::<f64>()
    }

    /// Core-seconds that neighbours took.
    pub fn stolen(&self) -> f64 {
        match &self.servers[0].curve {
            Curve::Cpu { stolen, .. } => self.stolen_cpu + stolen * (self.t - self.stolen_at),
            _ => 0.0,
        }
    }

    fn enter(&mut self, i: u32) {
        loop {
            let a = &mut self.attempts[i as usize];
            let job = &self.input.jobs[a.job as usize];
            if a.phase >= job.phases || (a.bad && a.server == WAIT) {
                let verdict = verdict(a.bad, self.plant.says_so);
                self.end(i, verdict);
                return;
            }
            let phase = self.input.phases[(job.first + a.phase) as usize];
            a.phase += 1;
            let turned_away = match phase.at {
                TOKEN => !take_token(&mut self.tokens, self.plant.tokens, self.t),
                CONNECT => {
                    self.plant.connections.is_some_and(|c| self.servers[OWN as usize].len() as f64 >= c)
                }
                _ => false,
            };
            if phase.at >= TOKEN && !turned_away {
                continue;
            }
            a.server = if turned_away { WAIT } else { phase.at };
            a.bad = turned_away;
            let server = &mut self.servers[a.server as usize];
            server.add(self.t, i, phase.demand);
            a.mark = server.each;
            return;
        }
    }

    fn end(&mut self, i: u32, mut verdict: Verdict) {
        self.count();
        let a = self.attempts[i as usize];
        let job = self.input.jobs[a.job as usize];
        self.running.swap_remove(a.place as usize);
        if let Some(&moved) = self.running.get(a.place as usize) {
            self.attempts[moved as usize].place = a.place;
        }
        self.ended_cpu += a.cpu;
        let took = (self.t - a.start).max(1e-9);
        if verdict == Verdict::Ok && job.fails > 0.0 && draw(self.seed ^ 0xFA11, u64::from(a.job)) < job.fails
        {
            verdict = Verdict::Failed;
            self.left -= 1;
        } else if verdict == Verdict::Ok {
            self.left -= 1;
            self.latencies.push((if self.plant.paced { self.t - job.arrival } else { took }) as f32);
        } else {
            self.out.caused += 1;
            if a.tries < 200 {
                self.queue.push_back((a.job, a.tries + 1));
            } else {
                self.left -= 1;
            }
        }
        if matches!(self.driver, Driver::Policy(_)) {
            self.failed_now |= verdict != Verdict::Ok;
            let peak = self.rss(&a);
            self.events.push(TaskEvent::Finished(Finished {
                id: TaskId(a.id),
                at: self.sensor.time(self.t),
                took: Duration::from_secs_f64(took + self.sensor.stretch(a.start, self.t)),
                verdict,
                cpu: self.sensor.rusage().then(|| Duration::from_secs_f64(a.cpu)),
                max_rss: self.sensor.rusage().then_some(peak as u64),
                mean_running: (self.area_now() - a.area) / took,
            }));
        }
        self.free.push(i);
    }

    fn start(&mut self) {
        self.retry_at = f64::INFINITY;
        while !self.queue.is_empty() && (self.running.len() as u32) < self.limit {
            if self.starts == Some(0) && !self.running.is_empty() {
                return;
            }
            if self.t + 1e-12 < self.next_start {
                self.retry_at = self.next_start;
                return;
            }
            let running = self.running.len() as u32;
            if let Driver::Policy(p) = &mut self.driver
                && f64::from(running) >= self.plant.cores
                && let Admit::After(wait) = p.admit(self.sensor.time(self.t), running, &self.reading)
            {
                self.retry_at = self.t + wait.as_secs_f64().max(1e-4);
                return;
            }
            let Some((job, tries)) = self.queue.pop_front() else { return };
            self.starts = self.starts.map(|s| s.saturating_sub(1));
            self.launch(job, tries);
        }
        self.saturated |= self.running.len() as u32 >= self.limit;
    }

    fn launch(&mut self, job: u32, tries: u32) {
        self.next_start = self.t + self.plant.spawn;
        self.count();
        let place = self.running.len() as u32;
        let (t, area, id) = (self.t, self.area, self.next_id);
        self.next_id += 1;
        let attempt = Attempt {
            id,
            job,
            start: t,
            grows_from: t,
            area,
            place,
            tries,
            server: CPU,
            ..Attempt::default()
        };
        let i = if let Some(i) = self.free.pop() {
            self.attempts[i as usize] = attempt;
            i
        } else {
            self.attempts.push(attempt);
            self.attempts.len() as u32 - 1
        };
        self.running.push(i);
        self.out.peak = self.out.peak.max(self.running.len() as u32);
        if matches!(self.driver, Driver::Policy(_)) {
            self.events.push(TaskEvent::Started { id: TaskId(id), at: self.sensor.time(t) });
        }
        self.enter(i);
    }

    fn arrive(&mut self) {
        while let Some(job) = self.input.jobs.get(self.arrived).filter(|j| j.arrival <= self.t) {
            debug_assert!(job.phases > 0);
            self.queue.push_back((self.arrived as u32, 0));
            self.arrived += 1;
        }
    }

    /// Runs to the end, or until `until`.
    pub fn run(mut self, until: f64) -> Outcome {
        let hungry = self.input.jobs.iter().any(|j| j.memory > 0.0);
        let mut memory_at = if hungry { MEMORY_TICK } else { f64::INFINITY };
        let mut neighbour = 0;
        while self.left > 0 && self.out.killed < KILLS_MAX {
            let arrival = self.input.jobs.get(self.arrived).map_or(f64::INFINITY, |j| j.arrival);
            let steal = self.plant.neighbour.get(neighbour).map_or(f64::INFINITY, |n| n.0);
            let other = self.next_look.min(arrival).min(self.retry_at).min(steal).min(memory_at);
            let (due, t) = self
                .servers
                .iter()
                .enumerate()
                .map(|(i, s)| (i, s.next))
                .min_by(|a, b| a.1.total_cmp(&b.1))
                .unwrap_or((0, f64::INFINITY));
            if t.min(other) > until || t.min(other) == f64::INFINITY {
                break;
            }
            self.t = t.min(other).max(self.t);
            if t <= other {
                self.advance(due);
            } else if other == self.next_look {
                self.look(true);
            } else if other == arrival {
                self.arrive();
            } else if other == steal {
                self.steal(self.plant.neighbour[neighbour].1);
                neighbour += 1;
            } else if other == memory_at {
                self.memory();
                memory_at = self.t + MEMORY_TICK;
            }
            if self.failed_now {
                self.look(false);
            }
            self.start();
        }
        self.finish()
    }

    fn advance(&mut self, server: usize) {
        let Some(i) = self.servers[server].pop(self.t) else { return };
        if server == CPU as usize {
            let each = self.servers[server].each;
            let a = &mut self.attempts[i as usize];
            a.cpu += each - a.mark;
        }
        self.enter(i);
    }
}

/// The input of a plant for a seed: the same for every policy and every fixed limit.
pub fn input(plant: &Plant, seed: u64) -> Input {
    (plant.make)(&mut Rng::new(seed))
}

/// One run.
pub fn run(plant: &Plant, input: &Input, seed: u64, driver: Driver, sensing: Sensing, until: f64) -> Outcome {
    World::new(plant, input, seed, driver, sensing).run(until)
}

/// A moment for the policy.
pub fn moment(t: f64) -> Time {
    Time::from_secs(t)
}
