//! What one decision costs: 512 running tasks, 64 of them looked at, tasks coming and going.

use adaptive_pool::policy::{
    Bounds, Finished, Memory, Observation, Policy, Reading, TaskEvent, TaskId, TaskReading, TasksReading,
    Verdict,
};
use adaptive_pool::time::{RunClock, Time};
use std::time::Duration;

const RUNNING: u64 = 512;
const TURNOVER: u64 = 50;

/// Mean microseconds of a decision over so many of them, 100 ms apart, each with 50 ends and 50 starts.
pub fn microseconds(policy: &mut dyn Policy, decisions: u32) -> f64 {
    let clock = RunClock::new();
    let mut spent = Duration::ZERO;
    let mut reading =
        Reading { memory: Some(Memory { total: 1 << 34, available: 1 << 33 }), ..Reading::default() };
    for k in 0..u64::from(decisions) {
        let now = Time::from_secs(0.1 * (k + 1) as f64);
        let (events, first) = events(k, now);
        let each = (0..64).map(|i| TaskReading {
            id: TaskId(first + (i + 64 * k) % RUNNING),
            started: now,
            cpu: Duration::from_millis(5),
            rss: 1 << 22,
            suspended: false,
        });
        let ended = Duration::from_millis(20 * TURNOVER * k);
        reading.tasks = Some(TasksReading {
            cpu: Duration::from_secs(1),
            runnable: 3.0,
            ended,
            each: each.collect(),
            threads: false,
        });
        reading.run_queue = Some(3.0);
        reading.at = now;
        let seen = Observation {
            now,
            span: Duration::from_millis(100),
            cores: 64.0,
            bounds: Bounds { min: 1, max: RUNNING as u32 },
            limit: RUNNING as u32,
            running: RUNNING as u32,
            queued: 1 << 20,
            input_open: true,
            saturated: true,
            task_seconds: RUNNING as f64 * now.as_secs(),
            events: &events,
            machine: &reading,
        };
        let before = clock.now();
        let decision = policy.decide(&seen);
        spent += clock.now() - before;
        assert!(decision.limit > 0);
    }
    spent.as_secs_f64() * 1e6 / f64::from(decisions)
}

/// The events of one decision, and the number of the oldest task that runs after them.
fn events(k: u64, now: Time) -> (Vec<TaskEvent>, u64) {
    if k == 0 {
        return ((1..=RUNNING).map(|id| TaskEvent::Started { id: TaskId(id), at: now }).collect(), 1);
    }
    let first = 1 + (k - 1) * TURNOVER;
    let ends = (first..first + TURNOVER).map(|id| {
        TaskEvent::Finished(Finished {
            id: TaskId(id),
            at: now,
            took: Duration::from_millis(1000 + id * 7919 % 300),
            verdict: Verdict::Ok,
            cpu: Some(Duration::from_millis(20)),
            max_rss: Some(1 << 22),
            mean_running: RUNNING as f64,
        })
    });
    let starts = (first + RUNNING..first + RUNNING + TURNOVER)
        .map(|id| TaskEvent::Started { id: TaskId(id), at: now });
    (ends.chain(starts).collect(), first + TURNOVER)
}
