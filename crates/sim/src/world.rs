//! One run of one plant under one policy, on a simulated clock.
//!
//! The pool is the shipped one: [`PoolState`] with its scheduler, its law and its pace decides what starts and when the policy
//! is asked (`pool`); this file only is the machine that the jobs run on. A policy sees only what a sensor can see
//! (`sensor`).

mod acts;
mod pool;
pub mod sensor;

use self::acts::{overflows, take_token, verdict};
use crate::plant::{CONNECT, CPU, Input, OWN, Plant, TOKEN, WAIT};
use crate::rng::{Rng, draw};
use crate::server::{Curve, Server};
use crate::world::sensor::{Sensing, Sensor};
use adaptive_pool::Slot;
use adaptive_pool::policy::{FixedConfig, Policy, PolicyConfig, Verdict};
use adaptive_pool::pool::TaskReport;
use adaptive_pool::pool::pool_state::PoolState;
use adaptive_pool::pool::scheduler::Action;
use adaptive_pool::time::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// Memory of a program before it has done anything.
pub const PROGRAM: f64 = 4e6;
/// Between two looks of the simulated kernel at memory.
const MEMORY_TICK: f64 = 0.02;
/// Jobs that wait in the pool at most: the rest of the input is not read yet.
const QUEUE: u64 = 1024;
/// A run with so many kills for want of memory is given up.
const KILLS_MAX: u32 = 400;

/// A job, and how often it was tried before.
type Task = (u32, u32);

/// What sets the limit.
pub enum Driver {
    Fixed(u32),
    Policy(Box<dyn Policy>),
}

/// A running (or ended) attempt of a job.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attempt {
    pub id: u64,
    pub slot: u32,
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
    /// How often its connection was dropped.
    pub dropped: u32,
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
    /// Time and limit at the start and at each change.
    pub limits: Vec<(f64, u32)>,
    pub explained: Option<String>,
}

pub struct World<'a> {
    pub plant: &'a Plant,
    input: &'a Input,
    seed: u64,
    pub t: f64,
    pub servers: Vec<Server>,
    tokens: (f64, f64),
    pool_state: PoolState<Task>,
    actions: Vec<Action<Task>>,
    /// Granted, and waiting for the system to make a process of them.
    granted: VecDeque<(u64, Slot, Task)>,
    /// To be tried again, while the queue is full.
    again: VecDeque<Task>,
    arrived: usize,
    left: usize,
    pub attempts: Vec<Attempt>,
    free: Vec<u32>,
    pub running: Vec<u32>,
    area: f64,
    area_at: f64,
    next_start: f64,
    /// Core-seconds of ended attempts.
    pub ended_cpu: f64,
    limit: u32,
    sensor: Sensor,
    /// When the sensor looks next; never when nobody asks.
    next_read: f64,
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
        let pool_state = pool::pool_state(plant, driver);
        let watched = pool_state.1;
        let limit = pool_state.0.scheduler().limit();
        World {
            plant,
            input,
            seed,
            t: 0.0,
            servers,
            tokens: (plant.tokens.map_or(0.0, |t| t.1), 0.0),
            limit,
            pool_state: pool_state.0,
            actions: Vec::new(),
            granted: VecDeque::new(),
            again: VecDeque::new(),
            arrived: 0,
            left: input.jobs.len(),
            attempts: Vec::new(),
            free: Vec::new(),
            running: Vec::new(),
            area: 0.0,
            area_at: 0.0,
            next_start: 0.0,
            ended_cpu: 0.0,
            sensor: Sensor::new(sensing, seed),
            next_read: if watched && sensing != Sensing::Blind { pool::FIRST_READ } else { f64::INFINITY },
            stolen_cpu: 0.0,
            stolen_at: 0.0,
            latencies: Vec::new(),
            out: Outcome { jobs: input.jobs.len(), limits: vec![(0.0, limit)], ..Outcome::default() },
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
            if phase.at == OWN && overflows(self.plant, &self.servers[OWN as usize]) {
                // The connection is dropped; the system tries again after 1 s, and after twice as long each time.
                let server = &mut self.servers[WAIT as usize];
                server.add(self.t, i, f64::from(1 << a.dropped.min(6)));
                (a.server, a.mark) = (WAIT, server.each);
                a.dropped += 1;
                return;
            }
            a.phase += 1;
            let turned_away = match phase.at {
                TOKEN => !take_token(&mut self.tokens, self.plant.tokens, self.t),
                CONNECT => {
                    self.plant.connections.is_some_and(|c| self.servers[OWN as usize].running() as f64 >= c)
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
                self.again.push_back((a.job, a.tries + 1));
            } else {
                self.left -= 1;
            }
        }
        let known = self.sensor.rusage();
        let report = TaskReport {
            verdict,
            cpu: known.then(|| Duration::from_secs_f64(a.cpu)),
            max_rss: known.then(|| self.rss(&a) as u64),
        };
        self.free.push(i);
        let now = self.now();
        self.probe(1);
        self.pool_state.finished(now, Slot(a.slot), &report, false, &mut self.actions);
        self.submit();
    }

    fn launch(&mut self, (id, slot, (job, tries)): (u64, Slot, Task)) {
        self.next_start = self.t + self.plant.spawn;
        self.count();
        let place = self.running.len() as u32;
        let attempt = Attempt {
            id,
            slot: slot.0,
            job,
            start: self.t,
            grows_from: self.t,
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
        self.enter(i);
    }

    /// Runs to the end, or until `until`.
    pub fn run(mut self, until: f64) -> Outcome {
        let hungry = self.input.jobs.iter().any(|j| j.memory > 0.0);
        let mut memory_at = if hungry { MEMORY_TICK } else { f64::INFINITY };
        let mut neighbour = 0;
        self.submit();
        self.perform();
        while self.left > 0 && self.out.killed < KILLS_MAX {
            let arrival = self.next_arrival();
            let steal = self.plant.neighbour.get(neighbour).map_or(f64::INFINITY, |n| n.0);
            let launch = if self.granted.is_empty() { f64::INFINITY } else { self.next_start.max(self.t) };
            let poll = self.next_poll();
            let other = launch.min(poll).min(self.next_read).min(arrival).min(steal).min(memory_at);
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
            } else if other == launch {
                if let Some(task) = self.granted.pop_front() {
                    self.launch(task);
                }
            } else if other == self.next_read {
                self.look();
            } else if other == poll {
                self.poll();
            } else if other == arrival {
                self.submit();
            } else if other == steal {
                self.steal(self.plant.neighbour[neighbour].1);
                neighbour += 1;
            } else if other == memory_at {
                self.memory();
                memory_at = self.t + MEMORY_TICK;
            }
            self.perform();
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
