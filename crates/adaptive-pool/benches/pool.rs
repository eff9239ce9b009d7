//! `AdaptivePool` compared to the `threadpool` crate and rayon's `spawn`: no-op tasks per second, and the time from `submit` to
//! the first instruction of a task in an idle pool. `cargo bench --bench pool`.
//!
//! All pools have the same number of threads. They run in turn, so a busy machine affects all of them alike. The figures are
//! medians of five rounds.

#![allow(clippy::print_stdout, reason = "it prints a table")]

use adaptive_pool::policy::{FixedConfig, PolicyConfig};
use adaptive_pool::pool::{Hooks, TaskReport};
use adaptive_pool::time::RunClock;
use adaptive_pool::{AdaptivePool, PoolConfig, Priority};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

const ROUNDS: usize = 5;
const TASKS: u64 = 200_000;
const PINGS: usize = 2_000;

type Job = Box<dyn FnOnce() + Send>;

/// One way to run closures on threads.
struct Peer {
    name: &'static str,
    start: fn(u32) -> Box<dyn Runner>,
}

trait Runner {
    fn spawn(&self, job: Job);
    /// Submits no-op tasks and waits until all have run. It uses static calls, as user code does.
    fn flood(&self, tasks: u64, done: &Arc<AtomicU64>);
}

struct Apool(AdaptivePool);
struct Handles(AdaptivePool);
struct Threadpool(threadpool::ThreadPool);
struct Rayon(rayon::ThreadPool);

fn pool(threads: u32) -> AdaptivePool {
    let config =
        PoolConfig { max: threads, initial: Some(threads), policy: fixed(threads), ..PoolConfig::default() };
    AdaptivePool::with(config, Hooks::default()).expect("a pool")
}

fn fixed(workers: u32) -> PolicyConfig {
    PolicyConfig::Fixed(FixedConfig::of(workers))
}

impl Runner for Apool {
    fn spawn(&self, job: Job) {
        let job = move |_: &_| {
            job();
            TaskReport::new(adaptive_pool::policy::Verdict::Ok)
        };
        self.0.run(job, Priority::default()).expect("open");
    }

    fn flood(&self, tasks: u64, done: &Arc<AtomicU64>) {
        for _ in 0..tasks {
            let done = Arc::clone(done);
            let job = move |_: &_| {
                done.fetch_add(1, Ordering::Relaxed);
                TaskReport::new(adaptive_pool::policy::Verdict::Ok)
            };
            self.0.run(job, Priority::default()).expect("open");
        }
    }
}

impl Runner for Handles {
    fn spawn(&self, job: Job) {
        drop(self.0.submit(job, Priority::default()).expect("open"));
    }

    fn flood(&self, tasks: u64, done: &Arc<AtomicU64>) {
        for _ in 0..tasks {
            let done = Arc::clone(done);
            let job = move || done.fetch_add(1, Ordering::Relaxed);
            drop(self.0.submit(job, Priority::default()).expect("open"));
        }
    }
}

impl Runner for Threadpool {
    fn spawn(&self, job: Job) {
        self.0.execute(job);
    }

    fn flood(&self, tasks: u64, done: &Arc<AtomicU64>) {
        for _ in 0..tasks {
            let done = Arc::clone(done);
            self.0.execute(move || _ = done.fetch_add(1, Ordering::Relaxed));
        }
    }
}

impl Runner for Rayon {
    fn spawn(&self, job: Job) {
        self.0.spawn(job);
    }

    fn flood(&self, tasks: u64, done: &Arc<AtomicU64>) {
        for _ in 0..tasks {
            let done = Arc::clone(done);
            self.0.spawn(move || _ = done.fetch_add(1, Ordering::Relaxed));
        }
    }
}

const PEERS: [Peer; 4] = [
    Peer { name: "apool run", start: |n| Box::new(Apool(pool(n))) },
    Peer { name: "apool submit", start: |n| Box::new(Handles(pool(n))) },
    Peer { name: "threadpool", start: |n| Box::new(Threadpool(threadpool::ThreadPool::new(n as usize))) },
    Peer {
        name: "rayon spawn",
        start: |n| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n as usize).build();
            Box::new(Rayon(pool.expect("a pool")))
        },
    },
];

/// Tasks per second.
fn throughput(runner: &dyn Runner, clock: &RunClock) -> f64 {
    let done = Arc::new(AtomicU64::new(0));
    let from = clock.now();
    runner.flood(TASKS, &done);
    while done.load(Ordering::Relaxed) < TASKS {
        thread::yield_now();
    }
    TASKS as f64 / clock.now().since(from).as_secs_f64()
}

/// Microseconds from submit to start: p50 and p99.
fn latency(runner: &dyn Runner, clock: &Arc<RunClock>) -> (f64, f64) {
    let (tx, rx) = crossbeam_channel::bounded(1);
    let mut all: Vec<Duration> = (0..PINGS)
        .map(|_| {
            // Long enough for all threads to sleep.
            thread::sleep(Duration::from_micros(200));
            let (tx, clock, from) = (tx.clone(), Arc::clone(clock), clock.now());
            runner.spawn(Box::new(move || _ = tx.send(clock.now().since(from))));
            rx.recv().expect("an answer")
        })
        .collect();
    all.sort_unstable();
    let at = |q: f64| all[((all.len() - 1) as f64 * q) as usize].as_secs_f64() * 1e6;
    (at(0.5), at(0.99))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let clock = Arc::new(RunClock::new());
    println!(
        "{:<14}{:>8}{:>16}{:>14}{:>14}",
        "pool", "threads", "no-op tasks/s", "start p50 us", "start p99 us"
    );
    for threads in [1, 2, 8, 64] {
        let mut rates = vec![Vec::new(); PEERS.len()];
        let mut halves = vec![Vec::new(); PEERS.len()];
        let mut tails = vec![Vec::new(); PEERS.len()];
        for _ in 0..ROUNDS {
            for (i, peer) in PEERS.iter().enumerate() {
                let runner = (peer.start)(threads);
                rates[i].push(throughput(runner.as_ref(), &clock));
                let (p50, p99) = latency(runner.as_ref(), &clock);
                halves[i].push(p50);
                tails[i].push(p99);
            }
        }
        for (i, peer) in PEERS.iter().enumerate() {
            let (rate, p50, p99) =
                (median(rates[i].clone()), median(halves[i].clone()), median(tails[i].clone()));
            println!("{:<14}{threads:>8}{rate:>16.0}{p50:>14.1}{p99:>14.1}", peer.name);
        }
    }
}
