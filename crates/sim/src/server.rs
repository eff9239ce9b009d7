//! A processor-sharing server, advanced in virtual time: an event costs O(log n) whatever shares it.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

/// How fast each of n jobs at a server goes.
#[derive(Clone, Debug)]
pub enum Curve {
    /// Each at full speed: waiting.
    Free,
    /// So many places; beyond them the speed is shared.
    Places(f64),
    /// So many places, each at full speed; the others wait in the order in which they came.
    Fifo(f64),
    /// The Universal Scalability Law: contention and coherence.
    Usl(f64, f64),
    /// Places, and a loss for each job beyond them.
    Knee(f64, f64),
    /// Total throughput at points, log-linear between them.
    Points(&'static [(f64, f64)]),
    /// The CPU: cores left by neighbours, cost of a context switch, threads a job.
    Cpu { cores: f64, ctx: f64, threads: f64, stolen: f64 },
}

impl Curve {
    /// Progress of each job when n share the server.
    pub fn rate(&self, n: f64) -> f64 {
        match self {
            Curve::Free | Curve::Fifo(_) => 1.0,
            Curve::Places(k) => (k / n).min(1.0),
            Curve::Usl(sigma, kappa) => 1.0 / (1.0 + sigma * (n - 1.0) + kappa * n * (n - 1.0)),
            Curve::Knee(k, loss) => (k / n).min(1.0) / (1.0 + loss * (n - k).max(0.0)),
            Curve::Points(points) => points_rate(points, n),
            Curve::Cpu { cores, ctx, threads, stolen } => {
                let left = (cores - stolen).max(0.05);
                let demand = n * threads;
                let r = (left / demand).min(1.0);
                let over = (demand - left).max(0.0);
                r / (1.0 + ctx * over / cores) * threads
            }
        }
    }

    /// Cores each job occupies.
    fn cores(&self, n: f64) -> f64 {
        match self {
            Curve::Cpu { cores, threads, stolen, .. } => ((cores - stolen).max(0.05) / n).min(*threads),
            _ => 0.0,
        }
    }
}

fn points_rate(points: &[(f64, f64)], n: f64) -> f64 {
    let last = points[points.len() - 1];
    if n >= last.0 {
        return last.1 / n;
    }
    let i = points.iter().rposition(|p| p.0 <= n).unwrap_or(0);
    let ((x0, y0), (x1, y1)) = (points[i], points[i + 1]);
    (y0 + (n / x0).ln() / (x1 / x0).ln() * (y1 - y0)) / n
}

#[derive(Clone, Copy, Debug)]
struct Due {
    at: f64,
    order: u64,
    job: u32,
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    fn cmp(&self, other: &Due) -> Ordering {
        other.at.total_cmp(&self.at).then(other.order.cmp(&self.order))
    }
}

/// The server.
#[derive(Clone, Debug)]
pub struct Server {
    pub curve: Curve,
    /// When the next job is done; infinite when none.
    pub next: f64,
    /// Core-seconds used so far, by all and by each that has been here throughout.
    pub busy: f64,
    pub each: f64,
    /// Seconds in which something was here (waiting, for a CPU).
    pub stall: f64,
    /// Slows everything down (thrashing).
    pub slow: f64,
    done: f64,
    synced: f64,
    speed: f64,
    cores: f64,
    order: u64,
    heap: BinaryHeap<Due>,
    /// In front of the places of a [`Curve::Fifo`]: the job and its demand.
    line: VecDeque<(u32, f64)>,
}

impl Server {
    pub fn new(curve: Curve) -> Server {
        Server {
            curve,
            next: f64::INFINITY,
            busy: 0.0,
            each: 0.0,
            stall: 0.0,
            slow: 1.0,
            done: 0.0,
            synced: 0.0,
            speed: 0.0,
            cores: 0.0,
            order: 0,
            heap: BinaryHeap::new(),
            line: VecDeque::new(),
        }
    }

    pub fn running(&self) -> usize {
        self.heap.len() + self.line.len()
    }

    pub fn sync(&mut self, t: f64) {
        let dt = t - self.synced;
        if dt > 0.0 {
            let n = self.heap.len() as f64;
            if n > 0.0 {
                self.done += dt * self.speed;
                self.each += dt * self.cores;
                self.busy += dt * self.cores * n;
                self.stall += match &self.curve {
                    Curve::Cpu { cores, threads, stolen, .. } if n * threads <= cores - stolen => 0.0,
                    _ => dt,
                };
            }
            self.synced = t;
        }
    }

    /// Takes a change of speed into account.
    pub fn retime(&mut self) {
        let n = self.heap.len() as f64;
        self.next = f64::INFINITY;
        if let Some(first) = self.heap.peek() {
            self.speed = self.curve.rate(n) * self.slow;
            self.cores = self.curve.cores(n);
            if self.speed > 0.0 {
                self.next = self.synced + (first.at - self.done).max(0.0) / self.speed;
            }
        }
    }

    pub fn add(&mut self, t: f64, job: u32, demand: f64) {
        self.sync(t);
        if let Curve::Fifo(places) = self.curve
            && self.heap.len() as f64 >= places
        {
            self.line.push_back((job, demand));
            return;
        }
        self.order += 1;
        self.heap.push(Due { at: self.done + demand, order: self.order, job });
        self.retime();
    }

    pub fn pop(&mut self, t: f64) -> Option<u32> {
        self.sync(t);
        let job = self.heap.pop()?.job;
        if let Some((next, demand)) = self.line.pop_front() {
            self.add(t, next, demand);
        }
        self.retime();
        Some(job)
    }

    /// Takes a job out before it is done; what is left of its demand.
    pub fn remove(&mut self, t: f64, job: u32) -> f64 {
        self.sync(t);
        if let Some(i) = self.line.iter().position(|waits| waits.0 == job) {
            return self.line.remove(i).map_or(0.0, |waits| waits.1);
        }
        let done = self.done;
        let mut left = 0.0;
        let kept = self.heap.drain().filter(|d| {
            if d.job == job {
                left = (d.at - done).max(0.0);
            }
            d.job != job
        });
        self.heap = kept.collect();
        if let Some((next, demand)) = self.line.pop_front() {
            self.add(t, next, demand);
        }
        self.retime();
        left
    }
}
