//! What a control shows of itself.

use super::super::{Metrics, Report};
use super::PoolState;
use crate::time::Time;

impl<T> PoolState<T> {
    /// A snapshot.
    pub fn metrics(&mut self, now: Time) -> Metrics {
        self.advance(now);
        let machine = &self.policies.machine;
        Metrics {
            cpu_utilization_percent: machine.cpu.map(|c| c * 100.0),
            memory_utilization_percent: machine.memory.map(|m| m.used() * 100.0),
            memory_available_mb: machine.memory.map(|m| m.available as f64 / f64::from(1 << 20)),
            active_threads: self.scheduler.running(),
            idle_threads: self.scheduler.idle(),
            current_threads: self.scheduler.threads(),
            limit: self.scheduler.limit(),
            queue_depth: self.scheduler.queued(),
            explanation: self.policies.explain(),
            unseen: self.policies.unseen(),
            ..self.account.metrics(now)
        }
    }

    /// Whether the next event may start something that the policy wants to see the run queue for; `leaving` of those that
    /// run end with it. Then [`PoolState::probe`] comes before the event.
    pub fn wants_probe(&self, now: Time, leaving: u32) -> bool {
        let running = self.scheduler.running().saturating_sub(leaving);
        let may_rise = || self.decision_due().is_some_and(|due| now >= due);
        self.scheduler.queued() > 0
            && (running < self.scheduler.limit() || may_rise())
            && self.policies.wants_probe(running)
    }

    /// How many threads of the machine want a CPU at this moment. It counts for the event that comes next.
    pub fn probe(&mut self, runnable: Option<f64>) {
        self.policies.probe(runnable);
    }

    /// One sentence for what held the limit where it was, if the policy can tell.
    pub fn explain(&self) -> Option<String> {
        self.policies.explain()
    }

    /// The final count.
    pub fn report(&mut self, now: Time) -> Report {
        let metrics = self.metrics(now);
        let account = &self.account;
        Report {
            completed: account.ok,
            failed: account.failed,
            panicked: account.panicked,
            killed: account.killed,
            not_started: account.not_started,
            dropped: account.dropped,
            metrics,
        }
    }
}
