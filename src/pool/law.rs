//! The policy and the guards of a pool, called so that a broken one cannot hurt it: one that panics is not asked again, the
//! limit stays where it was, and its gate stands open. Figures that make no sense are put right here.

use super::scheduler::Gate;
use super::task::caught;
use crate::policy::{Admit, Bounds, Decision, Guard, Observation, Policy, Reading, Why};
use crate::time::Time;
use std::time::Duration;

/// Decisions are never closer together than this, whatever a policy asks for.
const SHORTEST: Duration = Duration::from_millis(1);
/// Nor further apart than this.
const LONGEST: Duration = Duration::from_hours(1);
/// How often a policy that panicked is passed over.
const BROKEN: Duration = Duration::from_secs(1);

pub(super) struct Law {
    name: &'static str,
    policy: Option<Box<dyn Policy>>,
    guards: Vec<Box<dyn Guard>>,
    cores: f64,
    /// What the gate shows the policy.
    pub(super) machine: Reading,
}

/// What policy and guards agreed on.
pub(super) struct Verdict {
    pub(super) decision: Decision,
    /// True when a guard holds the limit below what the policy wants.
    pub(super) guarded: bool,
}

impl Law {
    pub(super) fn new(policy: Box<dyn Policy>, guards: Vec<Box<dyn Guard>>, cores: f64) -> Law {
        let name = caught(|| policy.name()).unwrap_or("broken");
        Law { name, policy: Some(policy), guards, cores, machine: Reading::default() }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn explain(&self) -> Option<String> {
        let policy = self.policy.as_deref()?;
        caught(|| policy.explain()).flatten()
    }

    pub(super) fn initial(&mut self, bounds: Bounds) -> u32 {
        guarded(&mut self.policy, |p| p.initial(bounds)).unwrap_or(bounds.min).clamp(bounds.min, bounds.max)
    }

    pub(super) fn decide(&mut self, seen: &Observation<'_>) -> Verdict {
        let Bounds { min, max } = seen.bounds;
        let mut decision = guarded(&mut self.policy, |p| p.decide(seen))
            .unwrap_or_else(|| Decision::new(seen.limit, Why::Initial, BROKEN));
        decision.limit = decision.limit.clamp(min, max);
        decision.next = decision.next.clamp(SHORTEST, LONGEST);
        let mut guarded = false;
        self.guards.retain_mut(|guard| {
            let Some(cap) = caught(|| guard.cap(seen)) else { return false };
            if let Some((cap, why)) = cap
                && cap < decision.limit
            {
                decision.limit = cap.max(min);
                decision.why = why;
                guarded = true;
            }
            true
        });
        Verdict { decision, guarded }
    }
}

/// Calls what is there; takes it away when it panics.
fn guarded<R>(slot: &mut Option<Box<dyn Policy>>, call: impl FnOnce(&mut dyn Policy) -> R) -> Option<R> {
    let policy = slot.as_deref_mut()?;
    let result = caught(|| call(policy));
    if result.is_none() {
        *slot = None;
    }
    result
}

impl Gate for Law {
    /// Guards are always asked, the policy once as many tasks run as there are cores.
    fn admit(&mut self, now: Time, running: u32) -> Admit {
        let mut wait: Option<Duration> = None;
        if f64::from(running) >= self.cores
            && let Some(Admit::After(d)) = guarded(&mut self.policy, |p| p.admit(now, running, &self.machine))
        {
            wait = Some(d);
        }
        self.guards.retain_mut(|guard| {
            let Some(answer) = caught(|| guard.admit(now, running)) else {
                return false;
            };
            if let Admit::After(d) = answer {
                wait = Some(wait.map_or(d, |w| w.max(d)));
            }
            true
        });
        wait.map_or(Admit::Yes, Admit::After)
    }

    fn started(&mut self, now: Time) {
        self.guards.retain_mut(|guard| caught(|| guard.started(now)).is_some());
    }
}
