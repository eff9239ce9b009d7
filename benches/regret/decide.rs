//! What one decision of a policy costs, by the number of running tasks: the policy alone, fed as the pool feeds it.

use crate::measure::own_cpu;
use adaptive_pool::policy::{
    Bounds, Finished, Memory, Observation, PolicyConfig, Pressure, Reading, TaskEvent, TaskId, TaskReading,
    TasksReading, Verdict,
};
use adaptive_pool::time::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// Decisions measured, 100 ms of simulated time apart.
const DECISIONS: u32 = 4000;
/// Tasks of the sensor's sample in one look.
const SAMPLE: usize = 64;
/// How long a task takes, in seconds.
const TASK_S: f64 = 2.0;

/// The table.
pub fn decide() {
    println!(
        "one decision, us of CPU time ({DECISIONS} decisions, 100 ms apart, tasks of {TASK_S} s, {SAMPLE} readings)"
    );
    println!(
        "{:<14} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "", "at most", "mean", "p50", "p99", "most", "first 20 s"
    );
    for policy in ["auto", "balanced", "aimd", "predictive"] {
        for running in [8, 64, 512] {
            one(policy, running);
        }
    }
}

fn one(name: &str, running: u32) {
    let mut config: PolicyConfig = name.parse().expect("a policy");
    config.resolve(2.0);
    let mut policy = config.build(2.0);
    let bounds = Bounds { min: 1, max: running };
    let mut world = World { live: VecDeque::new(), last: 0 };
    let mut limit = policy.initial(bounds);
    let mut costs: Vec<f64> = Vec::new();
    let mut task_seconds = 0.0;
    for look in 0..DECISIONS {
        let now = Time::from_secs(f64::from(look) * 0.1);
        let events = world.step(now, limit);
        let machine = world.reading(now, look);
        let seen = Observation {
            now,
            span: Duration::from_millis(100),
            cores: 2.0,
            bounds,
            limit,
            running: world.live.len() as u32,
            queued: 10_000,
            input_open: true,
            saturated: true,
            task_seconds,
            events: &events,
            machine: &machine,
        };
        task_seconds += 0.1 * world.live.len() as f64;
        let began = own_cpu();
        limit = std::hint::black_box(policy.decide(&seen)).limit;
        costs.push(own_cpu().saturating_sub(began).as_secs_f64() * 1e6);
    }
    let begin = costs[..200].iter().sum::<f64>() / 200.0;
    costs.drain(..200);
    costs.sort_by(f64::total_cmp);
    let at = |q: f64| costs[((costs.len() - 1) as f64 * q) as usize];
    let mean = costs.iter().sum::<f64>() / costs.len() as f64;
    let (p50, p99, most) = (at(0.5), at(0.99), at(1.0));
    println!("{name:<14} {running:>9} {mean:>9.2} {p50:>9.2} {p99:>9.2} {most:>9.2} {begin:>9.2}");
}

/// As many tasks as the policy allows; each that ends is followed by another.
struct World {
    live: VecDeque<(TaskId, Time)>,
    last: u64,
}

impl World {
    fn step(&mut self, now: Time, limit: u32) -> Vec<TaskEvent> {
        let mut events = Vec::new();
        let running = self.live.len() as f64;
        // All take as long; those that began together still end one after the other, as real ones do.
        let most = ((running * 0.1 / TASK_S).round() as usize).max(1);
        while let Some(&(id, started)) =
            self.live.front().filter(|(_, s)| now.since(*s).as_secs_f64() >= TASK_S)
            && events.len() < 2 * most
        {
            self.live.pop_front();
            events.push(TaskEvent::Finished(Finished {
                id,
                at: now,
                took: now.since(started),
                verdict: Verdict::Ok,
                cpu: Some(Duration::from_millis(2)),
                max_rss: Some(8 << 20),
                mean_running: running,
            }));
        }
        while self.live.len() < limit as usize {
            self.last += 1;
            self.live.push_back((TaskId(self.last), now));
            events.push(TaskEvent::Started { id: TaskId(self.last), at: now });
        }
        events
    }

    fn reading(&self, now: Time, look: u32) -> Reading {
        let first = look as usize * SAMPLE;
        let each: Vec<TaskReading> = (0..SAMPLE.min(self.live.len()))
            .map(|i| self.live[(first + i) % self.live.len()])
            .map(|(id, started)| TaskReading {
                id,
                started,
                cpu: Duration::from_millis(1),
                rss: 8 << 20,
                suspended: false,
            })
            .collect();
        Reading {
            at: now,
            cpu: Some(0.3),
            memory: Some(Memory { total: 24 << 30, available: 16 << 30 }),
            load: Some(1.0),
            run_queue: Some(f64::from(look % 3)),
            pressure: Some(Pressure::default()),
            lag: Some(Duration::from_micros(100)),
            swap_in: Some(0),
            swap_out: Some(0),
            tasks: Some(TasksReading {
                cpu: Duration::from_millis(self.live.len() as u64),
                runnable: 1.0,
                ended: Duration::from_millis(u64::from(look)),
                each,
                threads: false,
            }),
        }
    }
}
