//! The machine that the jobs of a run are on: its servers, its memory, its neighbours, and the running attempts.
//!
//! It knows nothing of the pool. [`World`](crate::world::World) says what starts, and is given what ended.

use crate::plant::{CONNECT, CPU, Input, Job, OWN, Plant, TOKEN, WAIT};
use crate::server::{Curve, Server};
use adaptive_pool::policy::Verdict;

/// Memory of a program before it has done anything, in bytes.
const PROGRAM: f64 = 4e6;

/// A running (or ended) attempt of a job.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attempt {
    pub id: u64,
    pub slot: u32,
    pub job: u32,
    /// Phases of the job that were entered.
    pub phase: u32,
    pub start: f64,
    /// Core-seconds used in the phases that are over.
    pub cpu: f64,
    /// What the server had given to each of its jobs when this attempt came to it.
    pub mark: f64,
    /// A service turned it away.
    pub bad: bool,
    pub server: u8,
    /// Since when it is stopped.
    pub frozen: Option<f64>,
    /// When its memory began to grow, later by the time for which it was stopped.
    pub grows_from: f64,
    /// What was left of the phase when it was stopped.
    pub left: f64,
    /// Its place in [`Machine::running`].
    pub place: u32,
    pub tries: u32,
    /// How often its connection was dropped.
    pub dropped: u32,
}

/// Times are seconds since the start of the run.
pub struct Machine<'a> {
    pub plant: &'a Plant,
    pub input: &'a Input,
    pub t: f64,
    pub servers: Vec<Server>,
    pub attempts: Vec<Attempt>,
    /// Attempts that run, as indices.
    pub running: Vec<u32>,
    /// Core-seconds of ended attempts.
    pub ended_cpu: f64,
    /// Tokens of the plant's rate limit, and when they were counted.
    tokens: (f64, f64),
    /// Indices of ended attempts, to be used again.
    free: Vec<u32>,
    stolen_cpu: f64,
    stolen_at: f64,
}

impl<'a> Machine<'a> {
    pub fn new(plant: &'a Plant, input: &'a Input) -> Machine<'a> {
        let cpu = Curve::Cpu { cores: plant.cores, ctx: plant.ctx, threads: plant.threads, stolen: 0.0 };
        let mut servers = vec![Server::new(cpu), Server::new(Curve::Free)];
        servers.extend(plant.own.iter().map(|c| Server::new(c.clone())));
        Machine {
            plant,
            input,
            t: 0.0,
            servers,
            attempts: Vec::new(),
            running: Vec::new(),
            ended_cpu: 0.0,
            tokens: (plant.tokens.map_or(0.0, |t| t.1), 0.0),
            free: Vec::new(),
            stolen_cpu: 0.0,
            stolen_at: 0.0,
        }
    }

    pub fn job(&self, a: &Attempt) -> &'a Job {
        &self.input.jobs[a.job as usize]
    }

    /// Resident memory of an attempt, in bytes.
    pub fn rss(&self, a: &Attempt) -> f64 {
        let job = self.job(a);
        if job.memory <= 0.0 {
            return PROGRAM;
        }
        let age = (a.frozen.unwrap_or(self.t) - a.grows_from) / job.ramp.max(1e-6);
        PROGRAM + job.memory * age.clamp(0.0, 1.0)
    }

    /// Memory in use, in bytes.
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

    /// Neighbours take so many cores from now on.
    pub fn steal(&mut self, cores: f64) {
        self.stolen_cpu = self.stolen();
        self.stolen_at = self.t;
        self.servers[0].sync(self.t);
        if let Curve::Cpu { stolen, .. } = &mut self.servers[0].curve {
            *stolen = cores;
        }
        self.servers[0].retime();
    }

    /// The server at which a phase ends next, and when.
    pub fn next_phase_end(&self) -> (usize, f64) {
        let ends = self.servers.iter().enumerate().map(|(i, s)| (i, s.next));
        ends.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, f64::INFINITY))
    }

    /// Makes a process of an attempt, and returns its index.
    pub fn launch(&mut self, attempt: Attempt) -> u32 {
        let place = self.running.len() as u32;
        let attempt = Attempt { start: self.t, grows_from: self.t, server: CPU, place, ..attempt };
        let i = if let Some(i) = self.free.pop() {
            self.attempts[i as usize] = attempt;
            i
        } else {
            self.attempts.push(attempt);
            self.attempts.len() as u32 - 1
        };
        self.running.push(i);
        i
    }

    /// Ends the phase that is due at a server. Returns the attempt, with its verdict if that was its last phase.
    pub fn end_phase(&mut self, server: usize) -> Option<(u32, Option<Verdict>)> {
        let i = self.servers[server].pop(self.t)?;
        if server == CPU as usize {
            let each = self.servers[server].each;
            let a = &mut self.attempts[i as usize];
            a.cpu += each - a.mark;
        }
        Some((i, self.enter(i)))
    }

    /// Sends an attempt into its next phase. Returns its verdict if there is none.
    pub fn enter(&mut self, i: u32) -> Option<Verdict> {
        loop {
            let a = &mut self.attempts[i as usize];
            let job = &self.input.jobs[a.job as usize];
            if a.phase >= job.phases || (a.bad && a.server == WAIT) {
                return Some(verdict(a.bad, self.plant.says_so));
            }
            let phase = self.input.phases[(job.first + a.phase) as usize];
            if phase.at == OWN && overflows(self.plant, &self.servers[OWN as usize]) {
                // The connection is dropped; the system tries again after 1 s, and after twice as long each time.
                let server = &mut self.servers[WAIT as usize];
                server.add(self.t, i, f64::from(1 << a.dropped.min(6)));
                (a.server, a.mark) = (WAIT, server.each);
                a.dropped += 1;
                return None;
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
            return None;
        }
    }

    /// Takes an ended attempt out of what runs.
    pub fn remove(&mut self, i: u32) -> Attempt {
        let a = self.attempts[i as usize];
        self.running.swap_remove(a.place as usize);
        if let Some(&moved) = self.running.get(a.place as usize) {
            self.attempts[moved as usize].place = a.place;
        }
        self.ended_cpu += a.cpu;
        self.free.push(i);
        a
    }

    /// Stops or continues an attempt. Returns whether it was stopped by this.
    pub fn freeze(&mut self, i: u32, stop: bool) -> bool {
        let t = self.t;
        let a = &mut self.attempts[i as usize];
        let server = &mut self.servers[a.server as usize];
        match (stop, a.frozen) {
            (true, None) => {
                a.left = server.remove(t, i);
                if a.server == CPU {
                    a.cpu += server.each - a.mark;
                }
                a.frozen = Some(t);
                return true;
            }
            (false, Some(since)) => {
                a.grows_from += t - since;
                a.frozen = None;
                server.add(t, i, a.left);
                a.mark = server.each;
            }
            _ => {}
        }
        false
    }

    /// Kills the attempt that holds the most memory. Its caller ends it.
    pub fn kill_largest(&mut self) -> Option<u32> {
        let rss = |i: u32| self.rss(&self.attempts[i as usize]);
        let largest = self.running.iter().copied().max_by(|&a, &b| rss(a).total_cmp(&rss(b)))?;
        let a = &self.attempts[largest as usize];
        if a.frozen.is_none() {
            self.servers[a.server as usize].remove(self.t, largest);
        }
        Some(largest)
    }

    /// Everything goes at this part of its speed from now on: 1 is full speed.
    pub fn set_speed(&mut self, speed: f64) {
        if speed == self.servers[0].slow {
            return;
        }
        for s in &mut self.servers {
            s.sync(self.t);
            s.slow = speed;
            s.retime();
        }
    }
}

/// The line in front of the first own resource is full.
fn overflows(plant: &Plant, server: &Server) -> bool {
    let Some(backlog) = plant.backlog else { return false };
    let Curve::Fifo(places) = server.curve else { return false };
    server.running() as f64 >= places + backlog
}

fn verdict(bad: bool, says_so: bool) -> Verdict {
    match (bad, says_so) {
        (false, _) => Verdict::Ok,
        (true, false) => Verdict::Failed,
        (true, true) => Verdict::Backoff,
    }
}

fn take_token(have: &mut (f64, f64), rule: Option<(f64, f64)>, t: f64) -> bool {
    let Some((rate, burst)) = rule else { return true };
    have.0 = (have.0 + (t - have.1) * rate).min(burst);
    have.1 = t;
    let ok = have.0 >= 1.0;
    have.0 -= f64::from(u8::from(ok));
    ok
}
