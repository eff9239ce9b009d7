//! One run of one plant under one policy, on a simulated clock.
//!
//! The pool is the shipped one: [`PoolState`], with its scheduler and its policy, decides what starts and when the policy
//! is asked. [`World`] does for it what the threads of a real pool do. A thread that the pool asks for is there at once.
//! What is granted becomes a process one after the other ([`Plant::spawn`] apart), and counts as running from the grant
//! on. The jobs run on a [`Machine`], of which a policy sees what a [`Sensor`] reads.

mod driver;
pub mod machine;
pub mod sensor;

pub use self::driver::Driver;

use crate::plant::{Input, Plant};
use crate::rng::{Rng, draw};
use crate::world::machine::{Attempt, Machine};
use crate::world::sensor::{Sensing, Sensor};
use adaptive_pool::policy::{TaskId, Verdict};
use adaptive_pool::pool::pool_state::PoolState;
use adaptive_pool::pool::scheduler::Action;
use adaptive_pool::pool::{Advice, TaskReport};
use adaptive_pool::time::Time;
use adaptive_pool::{Priority, Slot};
use std::collections::VecDeque;
use std::time::Duration;

/// The simulated kernel checks memory so often, in seconds.
const MEMORY_TICK: f64 = 0.02;
/// Jobs that wait in the pool at most: the rest of the input is not read yet.
const QUEUE: u64 = 1024;
/// A run with so many kills for want of memory is given up.
const KILLS_MAX: u32 = 400;
/// A job that a service turned away so often is given up.
const TRIES_MAX: u32 = 200;
/// The first reading is taken as soon as the pool runs, but the first process comes before.
const FIRST_READ: f64 = 0.001;

/// A job, and how often it was tried before.
type Task = (u32, u32);

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
    machine: Machine<'a>,
    seed: u64,
    pool_state: PoolState<Task>,
    actions: Vec<Action<Task>>,
    /// Granted, and waiting for the system to make a process of them.
    granted: VecDeque<(u64, Slot, Task)>,
    /// To be tried again, while the queue is full.
    again: VecDeque<Task>,
    arrived: usize,
    left: usize,
    /// Seconds of all attempts together until `area_at`.
    area: f64,
    area_at: f64,
    next_start: f64,
    limit: u32,
    sensor: Sensor,
    /// When the next reading is taken or arrives; never when nobody asks.
    next_read: f64,
    latencies: Vec<f32>,
    out: Outcome,
    trace: Option<&'a mut dyn FnMut(&str)>,
}

impl<'a> World<'a> {
    pub fn new(plant: &'a Plant, input: &'a Input, seed: u64, driver: Driver, sensing: Sensing) -> World<'a> {
        let (pool_state, watched) = driver::pool_state(plant, driver);
        let limit = pool_state.scheduler().limit();
        World {
            machine: Machine::new(plant, input),
            seed,
            limit,
            pool_state,
            actions: Vec::new(),
            granted: VecDeque::new(),
            again: VecDeque::new(),
            arrived: 0,
            left: input.jobs.len(),
            area: 0.0,
            area_at: 0.0,
            next_start: 0.0,
            sensor: Sensor::new(sensing, seed),
            next_read: if watched && sensing != Sensing::Blind { FIRST_READ } else { f64::INFINITY },
            latencies: Vec::new(),
            out: Outcome { jobs: input.jobs.len(), limits: vec![(0.0, limit)], ..Outcome::default() },
            trace: None,
        }
    }

    /// Calls this with a line for every decision that changes the limit.
    pub fn trace(&mut self, to: &'a mut dyn FnMut(&str)) {
        self.trace = Some(to);
    }

    /// Runs to the end, or until `until`.
    pub fn run(mut self, until: f64) -> Outcome {
        let (plant, input) = (self.machine.plant, self.machine.input);
        let hungry = input.jobs.iter().any(|j| j.memory > 0.0);
        let mut memory_at = if hungry { MEMORY_TICK } else { f64::INFINITY };
        let mut neighbour = 0;
        self.submit();
        self.perform();
        while self.left > 0 && self.out.killed < KILLS_MAX {
            let t = self.machine.t;
            let arrival = self.next_arrival();
            let steal = plant.neighbour.get(neighbour).map_or(f64::INFINITY, |n| n.0);
            let launch = if self.granted.is_empty() { f64::INFINITY } else { self.next_start.max(t) };
            let poll = self.next_poll();
            let other = launch.min(poll).min(self.next_read).min(arrival).min(steal).min(memory_at);
            let (server, phase_end) = self.machine.next_phase_end();
            let next = phase_end.min(other);
            if next > until || next == f64::INFINITY {
                break;
            }
            self.machine.t = next.max(t);
            if phase_end <= other {
                if let Some((i, Some(verdict))) = self.machine.end_phase(server) {
                    self.end(i, verdict);
                }
            } else if other == launch {
                if let Some(task) = self.granted.pop_front() {
                    self.launch(task);
                }
            } else if other == self.next_read {
                self.take_reading();
            } else if other == poll {
                self.poll();
            } else if other == arrival {
                self.submit();
            } else if other == steal {
                self.machine.steal(plant.neighbour[neighbour].1);
                neighbour += 1;
            } else if other == memory_at {
                self.check_memory();
                memory_at = self.machine.t + MEMORY_TICK;
            }
            self.perform();
        }
        self.finish()
    }

    /// The time on the pool's clock.
    fn now(&self) -> Time {
        self.sensor.time(self.machine.t)
    }

    /// When the pool wants to be polled.
    fn next_poll(&self) -> f64 {
        let Some(at) = self.pool_state.next_poll() else { return f64::INFINITY };
        self.sensor.real(at.as_secs()).max(self.machine.t)
    }

    /// When the next job can be submitted.
    fn next_arrival(&self) -> f64 {
        if self.pool_state.scheduler().queued() >= QUEUE {
            return f64::INFINITY;
        }
        self.machine.input.jobs.get(self.arrived).map_or(f64::INFINITY, |j| j.arrival)
    }

    fn area_now(&self) -> f64 {
        self.area + self.machine.running.len() as f64 * (self.machine.t - self.area_at)
    }

    /// Adds up what ran, before the number that runs changes.
    fn add_area(&mut self) {
        self.area = self.area_now();
        self.area_at = self.machine.t;
    }

    fn launch(&mut self, (id, slot, (job, tries)): (u64, Slot, Task)) {
        self.next_start = self.machine.t + self.machine.plant.spawn;
        self.add_area();
        let i = self.machine.launch(Attempt { id, slot: slot.0, job, tries, ..Attempt::default() });
        self.out.peak = self.out.peak.max(self.machine.running.len() as u32);
        if let Some(verdict) = self.machine.enter(i) {
            self.end(i, verdict);
        }
    }

    fn end(&mut self, i: u32, mut verdict: Verdict) {
        self.add_area();
        let a = self.machine.remove(i);
        let job = self.machine.job(&a);
        let t = self.machine.t;
        let took = (t - a.start).max(1e-9);
        if verdict == Verdict::Ok && job.fails > 0.0 && draw(self.seed ^ 0xFA11, u64::from(a.job)) < job.fails
        {
            verdict = Verdict::Failed;
            self.left -= 1;
        } else if verdict == Verdict::Ok {
            self.left -= 1;
            self.latencies.push((if self.machine.plant.paced { t - job.arrival } else { took }) as f32);
        } else {
            self.out.caused += 1;
            if a.tries < TRIES_MAX {
                self.again.push_back((a.job, a.tries + 1));
            } else {
                self.left -= 1;
            }
        }
        let known = self.sensor.rusage();
        let report = TaskReport {
            verdict,
            cpu: known.then(|| Duration::from_secs_f64(a.cpu)),
            max_rss: known.then(|| self.machine.rss(&a) as u64),
        };
        let now = self.now();
        self.probe(1);
        self.pool_state.finished(now, Slot(a.slot), &report, false, &mut self.actions);
        self.submit();
    }

    /// Submits what has come, as far as there is room.
    fn submit(&mut self) {
        let now = self.now();
        let before = self.arrived;
        let jobs = &self.machine.input.jobs;
        while self.pool_state.scheduler().queued() < QUEUE {
            let come = jobs.get(self.arrived).filter(|j| j.arrival <= self.machine.t);
            let task = if let Some(again) = self.again.pop_front() {
                again
            } else if come.is_some() {
                self.arrived += 1;
                (self.arrived as u32 - 1, 0)
            } else {
                break;
            };
            self.probe(0);
            let taken = self.pool_state.submit(now, task, Priority::default(), &mut self.actions);
            debug_assert!(taken.is_ok(), "the pool is never closed");
            self.start_threads();
        }
        if before < jobs.len() && self.arrived == jobs.len() {
            self.pool_state.set_input_open(now, false);
        }
    }

    /// Sets the run queue for the next event, if the policy uses it. Granted tasks count as threads that want a CPU.
    fn probe(&mut self, leaving: u32) {
        if self.pool_state.wants_probe(self.now(), leaving) {
            let granted = self.granted.len() + self.actions.len();
            self.pool_state.set_run_queue(self.sensor.probe(&self.machine, granted));
        }
    }

    fn start_threads(&mut self) {
        for _ in 0..self.pool_state.take_thread_requests() {
            let now = self.now();
            self.probe(0);
            self.pool_state.thread_ready(now, &mut self.actions);
        }
    }

    /// Takes a reading, or hands in one that took its time.
    fn take_reading(&mut self) {
        let t = self.machine.t;
        let reading = self.sensor.pending.take().unwrap_or_else(|| self.sensor.read(&mut self.machine));
        let ready = self.sensor.real(reading.at.as_secs()) + self.sensor.delay();
        if self.sensor.delay() > 0.0 && t < ready {
            self.sensor.pending = Some(reading);
            self.next_read = ready;
            return;
        }
        self.pool_state.reading(reading);
        self.poll();
        self.next_read = t + self.pool_state.period().as_secs_f64().max(0.005);
    }

    /// Asks the pool for a decision.
    fn poll(&mut self) {
        self.out.decisions += 1;
        let now = self.now();
        self.probe(0);
        self.pool_state.poll(now, &mut self.actions);
    }

    /// Performs what the pool decided.
    fn perform(&mut self) {
        while self.pool_state.has_pending() {
            self.start_threads();
            // A reading that the pool asks for comes now; where there is no sensor, none comes.
            if self.pool_state.take_reading_request() && self.next_read.is_finite() {
                self.next_read = self.next_read.min(self.machine.t);
            }
            for advice in self.pool_state.take_advice() {
                let (TaskId(id), stop) = match advice {
                    Advice::Suspend(id) => (id, true),
                    Advice::Resume(id) => (id, false),
                };
                let attempts = &self.machine.attempts;
                let found = self.machine.running.iter().copied().find(|&i| attempts[i as usize].id == id);
                if let Some(i) = found {
                    self.out.frozen += u32::from(self.machine.freeze(i, stop));
                }
            }
            for record in self.pool_state.take_records() {
                if let Some(trace) = self.trace.as_mut().filter(|_| record.old != record.new) {
                    trace(&format!(
                        "{:9.3}  {:4} -> {:4}  running {:4} queued {:6} caused {:4}  {}: {}",
                        self.machine.t,
                        record.old,
                        record.new,
                        record.running,
                        record.queued,
                        self.out.caused,
                        record.why.kind(),
                        record.why
                    ));
                }
            }
        }
        for action in self.actions.drain(..) {
            if let Action::Start { id, task, slot, .. } = action {
                self.granted.push_back((id.0, slot, task));
            }
        }
        let limit = self.pool_state.scheduler().limit();
        if limit != self.limit {
            self.out.limits.push((self.machine.t, limit));
            self.limit = limit;
        }
    }

    /// Does what a kernel does that runs out of memory: everything slows down, then the largest job is killed.
    fn check_memory(&mut self) {
        let ram = self.machine.plant.ram;
        let used = self.machine.memory_used();
        self.out.memory = self.out.memory.max(used / ram);
        let over = used / ram - 0.97;
        if used > ram * 1.05
            && let Some(i) = self.machine.kill_largest()
        {
            self.out.killed += 1;
            self.end(i, Verdict::KilledByKernel);
        }
        self.machine.set_speed(if over > 0.0 { 1.0 / (1.0 + 60.0 * over) } else { 1.0 });
    }

    fn finish(mut self) -> Outcome {
        self.machine.servers[0].sync(self.machine.t);
        let t = self.machine.t.max(1e-9);
        self.out.makespan = t;
        self.out.done = self.left == 0;
        self.out.mean = self.area_now() / t;
        self.out.cpu = self.machine.servers[0].busy / t / self.machine.plant.cores;
        let at = (self.latencies.len() as f64 * 0.99) as usize;
        if at < self.latencies.len() {
            self.out.p99 = f64::from(*self.latencies.select_nth_unstable_by(at, f32::total_cmp).1);
        }
        let now = self.now();
        self.out.explained = self.pool_state.metrics(now).explanation;
        self.out
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
