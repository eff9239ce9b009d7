//! What happens to a plant from outside: decisions, stops, memory running out, neighbours.

use super::{Outcome, World};
use crate::plant::{CPU, Plant};
use crate::server::{Curve, Server};
use adaptive_pool::policy::Verdict;

impl World<'_> {
    pub(super) fn freeze(&mut self, i: u32, stop: bool) {
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
                self.out.frozen += 1;
            }
            (false, Some(since)) => {
                a.grows_from += t - since;
                a.frozen = None;
                server.add(t, i, a.left);
                a.mark = server.each;
            }
            _ => {}
        }
    }

    pub(super) fn memory(&mut self) {
        let used = self.memory_used();
        self.out.memory = self.out.memory.max(used / self.plant.ram);
        let over = used / self.plant.ram - 0.97;
        let slow = if over > 0.0 { 1.0 / (1.0 + 60.0 * over) } else { 1.0 };
        if used > self.plant.ram * 1.05 {
            let largest = self.running.iter().copied().max_by(|&a, &b| {
                self.rss(&self.attempts[a as usize]).total_cmp(&self.rss(&self.attempts[b as usize]))
            });
            if let Some(i) = largest {
                self.out.killed += 1;
                let a = &mut self.attempts[i as usize];
                if a.frozen.is_none() {
                    self.servers[a.server as usize].remove(self.t, i);
                }
                self.end(i, Verdict::KilledByKernel);
            }
        }
        if slow != self.servers[0].slow {
            for s in &mut self.servers {
                s.sync(self.t);
                s.slow = slow;
                s.retime();
            }
        }
    }

    pub(super) fn steal(&mut self, cores: f64) {
        self.stolen_cpu = self.stolen();
        self.stolen_at = self.t;
        self.servers[0].sync(self.t);
        if let Curve::Cpu { stolen, .. } = &mut self.servers[0].curve {
            *stolen = cores;
        }
        self.servers[0].retime();
    }

    pub(super) fn finish(mut self) -> Outcome {
        self.servers[0].sync(self.t);
        let t = self.t.max(1e-9);
        self.out.makespan = t;
        self.out.done = self.left == 0;
        self.out.mean = self.area_now() / t;
        self.out.cpu = self.servers[0].busy / t / self.plant.cores;
        let at = (self.latencies.len() as f64 * 0.99) as usize;
        if at < self.latencies.len() {
            self.out.p99 = f64::from(*self.latencies.select_nth_unstable_by(at, f32::total_cmp).1);
        }
        let now = self.now();
        self.out.explained = self.pool_state.metrics(now).explanation;
        self.out
    }
}

/// The line in front of the first own resource is full.
pub(super) fn overflows(plant: &Plant, server: &Server) -> bool {
    let Some(backlog) = plant.backlog else { return false };
    let Curve::Fifo(places) = server.curve else { return false };
    server.running() as f64 >= places + backlog
}

pub(super) fn verdict(bad: bool, says_so: bool) -> Verdict {
    match (bad, says_so) {
        (false, _) => Verdict::Ok,
        (true, false) => Verdict::Failed,
        (true, true) => Verdict::Backoff,
    }
}

pub(super) fn take_token(have: &mut (f64, f64), rule: Option<(f64, f64)>, t: f64) -> bool {
    let Some((rate, burst)) = rule else { return true };
    have.0 = (have.0 + (t - have.1) * rate).min(burst);
    have.1 = t;
    let ok = have.0 >= 1.0;
    have.0 -= f64::from(u8::from(ok));
    ok
}
