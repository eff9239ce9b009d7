//! The policy and the guards of a pool, called so that a broken one cannot hurt it: one that panics is not asked again, the
//! limit stays where it was, and its gate stands open. Figures that make no sense are put right here.

use super::scheduler::Gate;
use super::task::{caught, guarded};
use crate::policy::{Admit, Bounds, Decision, Guard, Observation, Policy, Reading, Why};
use crate::time::Time;
use std::time::Duration;

/// Decisions are never closer together than this, whatever a policy asks for.
const SHORTEST: Duration = Duration::from_millis(1);
/// Nor further apart than this.
const LONGEST: Duration = Duration::from_hours(1);
/// From how many readings it is told what others want of the CPU: half a second of them.
const READINGS: usize = 5;
/// How often a policy that panicked is passed over.
const BROKEN: Duration = Duration::from_secs(1);

pub(super) struct PolicyStack {
    name: &'static str,
    policy: Option<Box<dyn Policy>>,
    guards: Vec<Option<Box<dyn Guard>>>,
    cores: f64,
    /// The last reading.
    pub(super) machine: Reading,
    /// The policy wants to see the run queue before a start.
    probes_run_queue: bool,
    /// Threads that were none of ours, in the last readings, the oldest overwritten.
    foreign: [f64; READINGS],
    /// How many readings told of them.
    read: usize,
    /// Threads that wanted a CPU when the event came that is handled now, and those started since.
    queue: Option<f64>,
    held: HoldTimes,
}

/// For how long something other than the policy held the tasks back.
#[derive(Debug, Default)]
struct HoldTimes {
    /// Since the first decision.
    all: Duration,
    /// A guard's cap was in force.
    capped: Duration,
    /// That cap, while it is, or as it was last.
    cap: Option<(u32, Why)>,
    capped_now: bool,
    /// A guard let nothing start (`--delay`, `--rate`).
    paced: Duration,
    paced_since: Option<Time>,
}

impl HoldTimes {
    fn decided(&mut self, span: Duration, cap: Option<(u32, Why)>) {
        self.all += span;
        if self.capped_now {
            self.capped += span;
        }
        self.capped_now = cap.is_some();
        self.cap = cap.or(self.cap.take());
    }

    fn admitted(&mut self, now: Time, yes: bool) {
        if yes {
            self.paced += self.paced_since.take().map_or(Duration::ZERO, |since| now.since(since));
        } else {
            self.paced_since.get_or_insert(now);
        }
    }

    fn explain(&self) -> Option<String> {
        let half = self.all / 2;
        let capped = (self.capped > half).then_some(self.cap.as_ref()).flatten();
        capped.map(|(limit, why)| format!("at {limit}: {why}")).or_else(|| {
            (self.paced > half)
                .then(|| "below the limit: starts were spaced out (--delay, --rate)".to_owned())
        })
    }
}

/// What policy and guards agreed on.
pub(super) struct StackDecision {
    pub(super) decision: Decision,
    /// True when a guard holds the limit below what the policy wants.
    pub(super) guarded: bool,
}

impl PolicyStack {
    pub(super) fn new(policy: Box<dyn Policy>, guards: Vec<Box<dyn Guard>>, cores: f64) -> PolicyStack {
        let name = caught(|| policy.name()).unwrap_or("broken");
        let probes_run_queue = caught(|| policy.probes_run_queue()).unwrap_or(false);
        let guards = guards.into_iter().map(Some).collect();
        PolicyStack {
            name,
            policy: Some(policy),
            guards,
            cores,
            machine: Reading::default(),
            probes_run_queue,
            foreign: [0.0; READINGS],
            read: 0,
            queue: None,
            held: HoldTimes::default(),
        }
    }

    /// Whether a probe at the run queue would tell the policy something while so many run.
    pub(super) fn wants_probe(&self, running: u32) -> bool {
        self.probes_run_queue && f64::from(running) >= self.cores && self.foreign().is_some()
    }

    /// The run queue of this moment; `None` once the moment is over.
    pub(super) fn probe(&mut self, runnable: Option<f64>) {
        self.queue = runnable.and_then(|all| Some((all - self.foreign()?).max(0.0)));
    }

    /// A reading of the machine.
    pub(super) fn read(&mut self, reading: Reading) {
        self.machine = reading;
        if let Some(foreign) = self.foreign_now() {
            self.foreign[self.read % READINGS] = foreign;
            self.read += 1;
        }
    }

    fn foreign_now(&self) -> Option<f64> {
        let own = Some(self.machine.tasks.as_ref()?.runnable).filter(|own| own.is_finite())?;
        Some((self.machine.run_queue? - own).max(0.0))
    }

    /// Threads that are none of ours: as few as in any of the last readings, since our own workers and processes that begin
    /// look foreign for a moment. Unknown where our own were not seen; and where others alone fill the CPU, their number
    /// swings more than ours can be told from it.
    fn foreign(&self) -> Option<f64> {
        self.foreign_now()?;
        let seen = &self.foreign[..self.read.min(READINGS)];
        let least = seen.iter().copied().reduce(f64::min)?;
        (least < self.cores).then_some(least)
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// What held the limit where it was for most of the time, in one sentence, if anybody can tell.
    pub(super) fn explain(&self) -> Option<String> {
        let policy = || self.policy.as_deref().and_then(|p| caught(|| p.explain()).flatten());
        self.held.explain().or_else(policy)
    }

    /// What the policy could not see.
    pub(super) fn unseen(&self) -> Vec<&'static str> {
        self.policy.as_deref().and_then(|p| caught(|| p.unseen())).unwrap_or_default()
    }

    pub(super) fn initial(&mut self, bounds: Bounds) -> u32 {
        guarded(&mut self.policy, |p| p.initial(bounds)).unwrap_or(bounds.min).clamp(bounds.min, bounds.max)
    }

    pub(super) fn decide(&mut self, seen: &Observation<'_>) -> StackDecision {
        let Bounds { min, max } = seen.bounds;
        let mut decision = guarded(&mut self.policy, |p| p.decide(seen))
            .unwrap_or_else(|| Decision::new(seen.limit, Why::Initial, BROKEN));
        decision.limit = decision.limit.clamp(min, max);
        decision.next = decision.next.clamp(SHORTEST, LONGEST);
        let mut capped = false;
        for guard in &mut self.guards {
            if let Some((cap, why)) = guarded(guard, |g| g.cap(seen)).flatten()
                && cap < decision.limit
            {
                decision.limit = cap.max(min);
                decision.why = why;
                capped = true;
            }
        }
        self.held.decided(seen.span, capped.then(|| (decision.limit, decision.why.clone())));
        StackDecision { decision, guarded: capped }
    }
}

impl Gate for PolicyStack {
    /// Guards are always asked, the policy once as many tasks run as there are cores.
    fn admit(&mut self, now: Time, running: u32) -> Admit {
        let mut wait: Option<Duration> = None;
        if f64::from(running) >= self.cores
            && let Some(Admit::After(d)) = guarded(&mut self.policy, |p| p.admit(now, running, self.queue))
        {
            wait = Some(d);
        }
        let mut paced = false;
        for guard in &mut self.guards {
            if let Some(Admit::After(d)) = guarded(guard, |g| g.admit(now, running)) {
                paced = true;
                wait = Some(wait.map_or(d, |w| w.max(d)));
            }
        }
        self.held.admitted(now, !paced);
        wait.map_or(Admit::Yes, Admit::After)
    }

    fn started(&mut self, now: Time) {
        self.queue = self.queue.map(|queue| queue + 1.0);
        for guard in &mut self.guards {
            guarded(guard, |g| g.started(now));
        }
    }
}
