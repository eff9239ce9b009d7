//! A reference for what can be known: blind until some jobs have ended, and then with the best limit.
//!
//! Until then it is `auto` with a blind start of its own, since CPU use, memory and failures can be seen from the first
//! moment. No policy can do better for sure while nothing has ended, so what this one loses against the best fixed limit is
//! the price of not knowing; what `auto` loses beyond it is the price of finding out.

use crate::oracle::Case;
use adaptive_pool::policy::{
    Admit, AutoConfig, Bounds, Decision, Observation, Policy, PolicyConfig, TaskEvent,
};
use adaptive_pool::time::Time;

/// The number of jobs that must end before the best limit is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// One.
    First,
    /// As many as were started blind.
    Cohort,
}

/// Blind starts that are compared.
pub const BLIND: [u32; 4] = [8, 16, 32, 48];

/// The reference policy.
pub struct Hindsight {
    auto: Box<dyn Policy>,
    best: u32,
    told: Told,
    ended: u64,
    /// The highest limit before anything had ended.
    blind: u32,
}

impl Hindsight {
    pub fn new(case: &Case<'_>, blind: u32, told: Told) -> Hindsight {
        let config = AutoConfig { blind, ..AutoConfig::default() };
        let auto = PolicyConfig::Auto(config).build(case.plant.cores);
        Hindsight { auto, best: case.best.limit, told, ended: 0, blind: 1 }
    }

    fn knows(&self) -> bool {
        self.ended >= if self.told == Told::First { 1 } else { u64::from(self.blind) }
    }
}

impl Policy for Hindsight {
    fn name(&self) -> &'static str {
        "hindsight"
    }

    fn initial(&self, bounds: Bounds) -> u32 {
        self.auto.initial(bounds)
    }

    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        self.ended += seen.events.iter().filter(|e| matches!(e, TaskEvent::Finished(_))).count() as u64;
        let mut decision = self.auto.decide(seen);
        if self.ended == 0 {
            self.blind = self.blind.max(decision.limit);
        } else if self.knows() {
            // Starts stay with the law of memory: so many at once would need more of it than in a run of one limit.
            decision.limit = self.best;
        } else {
            decision.limit = decision.limit.min(self.blind);
        }
        decision
    }

    fn admit(&mut self, now: Time, running: u32, queue: Option<f64>) -> Admit {
        if self.knows() { Admit::Yes } else { self.auto.admit(now, running, queue) }
    }

    fn probes_run_queue(&self) -> bool {
        true
    }
}
