//! The snapshot of a pool, from its parts.

use crate::policy::Why;
use crate::pool::account::Account;
use crate::pool::metrics::{Blocked, Metrics};
use crate::pool::policy_stack::PolicyStack;
use crate::pool::scheduler::Scheduler;
use crate::time::Time;

/// Since when a guard lets none of the waiting tasks start, and why.
pub(super) fn blocked<'a, T>(scheduler: &Scheduler<T>, policies: &'a PolicyStack) -> Option<&'a (Time, Why)> {
    let waits = scheduler.queued() > 0 && scheduler.running() == 0;
    policies.blocked(Time::ZERO).0.filter(|_| waits)
}

/// The snapshot at `now`.
pub(super) fn metrics<T>(
    account: &Account,
    scheduler: &Scheduler<T>,
    policies: &PolicyStack,
    now: Time,
) -> Metrics {
    let machine = policies.machine();
    let (caused, caused_above) = policies.caused().map_or((0, None), |(count, above)| (count, Some(above)));
    Metrics {
        cpu_utilization_percent: machine.cpu.map(|c| c * 100.0),
        memory_utilization_percent: machine.memory.map(|m| m.used() * 100.0),
        memory_available_mb: machine.memory.map(|m| m.available as f64 / f64::from(1 << 20)),
        memory_held_mb: machine
            .tasks
            .as_ref()
            .filter(|tasks| !tasks.threads)
            .map(|tasks| tasks.each.iter().map(|task| task.rss as f64).sum::<f64>() / f64::from(1 << 20)),
        active_threads: scheduler.running(),
        idle_threads: scheduler.idle(),
        current_threads: scheduler.threads(),
        limit: scheduler.limit(),
        queue_depth: scheduler.queued(),
        blocked: blocked(scheduler, policies).map(|(since, why)| Blocked {
            since_s: since.elapsed().as_secs_f64(),
            reason_kind: why.kind(),
            reason: why.wait_reason(),
        }),
        blocked_ms: policies.blocked(now).1.as_secs_f64() * 1000.0,
        explanation: policies.explain(now),
        unseen: policies.unseen(),
        cpu_percent: policies.machine_use().cpu_percent(),
        memory_percent: policies.machine_use().memory_percent(),
        caused,
        caused_above,
        ..account.metrics(now)
    }
}
