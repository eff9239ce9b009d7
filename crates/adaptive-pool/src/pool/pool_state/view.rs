//! What a pool's state shows of itself.

use super::super::metrics::Blocked;
use super::super::{Metrics, Report};
use super::{Advice, DecisionRecord, PoolState};
use crate::policy::Why;
use crate::time::Time;
use std::time::Duration;

/// How often the machine is looked at while a guard lets not even the first task start, at the least.
const BLOCKED: Duration = Duration::from_millis(100);

impl<T> PoolState<T> {
    /// A snapshot.
    pub fn metrics(&mut self, now: Time) -> Metrics {
        self.advance(now);
        let blocked = self.blocked().map(|(since, why)| Blocked {
            since_s: since.elapsed().as_secs_f64(),
            reason_kind: why.kind(),
            reason: why.told(),
        });
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
            blocked,
            blocked_ms: self.policies.blocked(now).1.as_secs_f64() * 1000.0,
            explanation: self.policies.explain(),
            unseen: self.policies.unseen(),
            ..self.account.metrics(now)
        }
    }

    /// Since when a guard lets not even the first of the tasks that wait start, and why.
    fn blocked(&self) -> Option<&(Time, Why)> {
        let waits = self.scheduler.queued() > 0 && self.scheduler.running() == 0;
        self.policies.blocked(Time::ZERO).0.filter(|_| waits)
    }

    /// How long the policy wants to be left alone: the sensor's period. While nothing may start it is short, because the next
    /// look may end that.
    pub fn period(&self) -> Duration {
        let period = self.pace.period();
        if self.blocked().is_some() { period.min(BLOCKED) } else { period }
    }

    /// How many threads were asked for since this was last called.
    pub fn take_wanted(&mut self) -> u32 {
        std::mem::take(&mut self.wanted)
    }

    /// True when there is something to take: threads to start, decisions to tell, advice to pass on, a look at the machine.
    pub fn has_pending(&self) -> bool {
        self.wanted > 0 || !self.records.is_empty() || !self.advice.is_empty() || self.policies.wants_look()
    }

    /// True, once, when tasks wait for the first reading.
    pub fn take_look(&mut self) -> bool {
        self.policies.take_look()
    }

    /// Decisions to tell, in order.
    pub fn take_records(&mut self) -> Vec<DecisionRecord> {
        std::mem::take(&mut self.records)
    }

    /// Advice to pass on, in order.
    pub fn take_advice(&mut self) -> Vec<Advice> {
        std::mem::take(&mut self.advice)
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
