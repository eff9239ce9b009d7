//! The policy and the guards of a pool, called with protection.
//!
//! A policy or guard that panics is removed: the limit stays, and it admits all starts. Values out of range are clamped.

mod first_start;
mod hold_times;
mod machine_use;
mod run_queue;

use self::first_start::FirstStart;
use self::hold_times::HoldTimes;
use self::machine_use::MachineUse;
use self::run_queue::RunQueue;
use super::panics::{caught, guarded};
use super::scheduler::Admission;
use crate::policy::{Admit, Bounds, Decision, Guard, Observation, Policy, Reading, Why};
use crate::time::Time;
use std::time::Duration;

/// The shortest time between two decisions, whatever the policy asks for.
const SHORTEST: Duration = Duration::from_millis(1);
/// The longest time between two decisions.
const LONGEST: Duration = Duration::from_hours(1);
/// The time between two decisions after the policy panicked.
const BROKEN: Duration = Duration::from_secs(1);
/// The time between two admissions while guards wait for a reading. The decision after the reading comes earlier.
const UNREAD_RETRY: Duration = Duration::from_millis(20);

pub(super) struct PolicyStack {
    name: &'static str,
    policy: Option<Box<dyn Policy>>,
    guards: Vec<GuardEntry>,
    cores: f64,
    /// The last reading.
    machine: Reading,
    probes_run_queue: bool,
    run_queue: RunQueue,
    hold_times: HoldTimes,
    first: FirstStart,
    /// What held the limit at the last decision.
    held: &'static str,
    /// What delayed the last start, if it was delayed.
    delay: Option<&'static str>,
    machine_use: MachineUse,
}

/// A guard and its last answer.
struct GuardEntry {
    guard: Option<Box<dyn Guard>>,
    /// The guard also holds the first task.
    holds_first: bool,
    /// The guard spaces starts.
    spaces_starts: bool,
    /// The reason of the cap at the last decision, for guards that hold the first task.
    why: Option<Why>,
}

/// The decision of the policy, with the limit lowered by the guards.
pub(super) struct StackDecision {
    pub(super) decision: Decision,
    /// True when a guard lowered the limit.
    pub(super) guarded: bool,
}

impl PolicyStack {
    pub(super) fn new(policy: Box<dyn Policy>, guards: Vec<Box<dyn Guard>>, cores: f64) -> PolicyStack {
        let name = caught(|| policy.name()).unwrap_or("broken");
        let probes_run_queue = caught(|| policy.probes_run_queue()).unwrap_or(false);
        let entry = |guard: Box<dyn Guard>| {
            let holds_first = caught(|| guard.holds_first()).unwrap_or(false);
            let spaces_starts = caught(|| guard.spaces_starts()).unwrap_or(false);
            GuardEntry { guard: Some(guard), holds_first, spaces_starts, why: None }
        };
        let guards: Vec<GuardEntry> = guards.into_iter().map(entry).collect();
        PolicyStack {
            name,
            policy: Some(policy),
            cores,
            machine: Reading::default(),
            probes_run_queue,
            run_queue: RunQueue::new(cores),
            hold_times: HoldTimes::default(),
            first: FirstStart::new(guards.iter().any(|entry| entry.holds_first)),
            guards,
            held: Why::Initial.held_by(),
            delay: None,
            machine_use: MachineUse::default(),
        }
    }

    /// What holds the running tasks, as a word: the limit, or below it the delay of the last start. `starting` when that
    /// start was admitted.
    pub(super) fn held_by(&self, below_limit: bool) -> &'static str {
        if below_limit { self.delay.unwrap_or("starting") } else { self.held }
    }

    /// The use of the machine over all readings.
    pub(super) fn machine_use(&self) -> &MachineUse {
        &self.machine_use
    }

    /// Tasks arrive at an idle pool. True when guards must read the machine before the first start, and can.
    pub(super) fn work_arrived(&mut self, now: Time) -> bool {
        self.first.work_arrived(now) && self.machine.at != Time::ZERO
    }

    /// True while tasks wait for the first reading of the machine and it was not requested.
    pub(super) fn wants_reading(&self) -> bool {
        self.first.wants_reading()
    }

    /// [`PolicyStack::wants_reading`], true once.
    pub(super) fn take_reading_request(&mut self) -> bool {
        self.first.take_reading_request()
    }

    /// Since when a guard lets no task start, and why; and the total time of this.
    pub(super) fn blocked(&self, now: Time) -> (Option<&(Time, Why)>, Duration) {
        self.first.blocked(now)
    }

    /// True when the policy would use a probe of the run queue while `running` tasks run.
    pub(super) fn wants_probe(&self, running: u32) -> bool {
        self.probes_run_queue && f64::from(running) >= self.cores && self.run_queue.is_usable()
    }

    /// Sets the runnable threads of the whole machine for the next event; `None` after the event.
    pub(super) fn set_run_queue(&mut self, all: Option<f64>) {
        self.run_queue.set(all);
    }

    /// Stores a reading of the machine.
    pub(super) fn read(&mut self, reading: Reading) {
        self.machine_use.add(&reading);
        self.run_queue.read(&reading);
        self.machine = reading;
    }

    /// The last reading.
    pub(super) fn machine(&self) -> &Reading {
        &self.machine
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// One sentence: what determined the limit for most of the time.
    pub(super) fn explain(&self, now: Time) -> Option<String> {
        let policy = || self.policy.as_deref().and_then(|p| caught(|| p.explain()).flatten());
        self.hold_times.explain(now).or_else(policy)
    }

    /// The tasks that failed because too many ran, and the most that may run.
    pub(super) fn caused(&self) -> Option<(u64, u32)> {
        self.policy.as_deref().and_then(|p| caught(|| p.caused()).flatten())
    }

    /// The signals that the policy could have used but that were unknown.
    pub(super) fn unseen(&self) -> Vec<&'static str> {
        self.policy.as_deref().and_then(|p| caught(|| p.unseen())).unwrap_or_default()
    }

    /// A task ended, and this number runs now.
    pub(super) fn ended(&mut self, now: Time, running: u32) {
        for entry in &mut self.guards {
            guarded(&mut entry.guard, |g| g.ended(now, running));
        }
    }

    /// The limit at the start.
    pub(super) fn initial(&mut self, bounds: Bounds) -> u32 {
        guarded(&mut self.policy, |p| p.initial(bounds)).unwrap_or(bounds.min).clamp(bounds.min, bounds.max)
    }

    pub(super) fn decide(&mut self, observation: &Observation<'_>) -> StackDecision {
        let Bounds { min, max } = observation.bounds;
        let mut decision = guarded(&mut self.policy, |p| p.decide(observation))
            .unwrap_or_else(|| Decision::new(observation.limit, Why::Initial, BROKEN));
        decision.limit = decision.limit.clamp(min, max);
        decision.next = decision.next.clamp(SHORTEST, LONGEST);
        let (mut lowest, proposed) = (decision.limit, decision.limit);
        for entry in &mut self.guards {
            let cap = guarded(&mut entry.guard, |g| g.cap(observation)).flatten();
            if entry.holds_first || cap.is_some() {
                entry.why = cap.as_ref().map(|(_, why)| why.clone());
            }
            if let Some((cap, why)) = cap.filter(|(cap, _)| *cap < lowest) {
                lowest = cap;
                decision.why = why;
            }
        }
        self.first.decided(observation.machine.at != Time::ZERO);
        decision.limit = lowest.max(min);
        self.held = decision.why.held_by();
        let guarded = lowest < proposed;
        // The limit is at least `min`. A cap of 0 holds the first task, and is shown as 0.
        let cap = if lowest == 0 { 0 } else { decision.limit };
        let read = observation.machine.at != Time::ZERO;
        self.hold_times.decided(observation.now, guarded.then(|| (cap, decision.why.clone())), read);
        StackDecision { decision, guarded }
    }
}

impl Admission for PolicyStack {
    /// Asks all guards, and the policy when as many tasks run as there are cores.
    fn admit(&mut self, now: Time, running: u32) -> Admit {
        let (mut wait, mut blocked): (Option<Duration>, Option<Why>) = (None, None);
        if running == 0 && self.first.is_unread() {
            (wait, blocked) = (Some(UNREAD_RETRY), Some(Why::Unread));
        }
        let mut delay = wait.map(|_| Why::Unread.held_by());
        if let Some(Admit::After(d)) = guarded(&mut self.policy, |p| p.pace(now)) {
            wait = Some(wait.map_or(d, |w| w.max(d)));
            delay = Some("rate");
        }
        let queue = self.run_queue.own();
        if f64::from(running) >= self.cores
            && let Some(Admit::After(d)) = guarded(&mut self.policy, |p| p.admit(now, running, queue))
        {
            wait = Some(wait.map_or(d, |w| w.max(d)));
            delay = Some("cpu_full");
        }
        let mut spaced = false;
        for entry in &mut self.guards {
            if let Some(Admit::After(d)) = guarded(&mut entry.guard, |g| g.admit(now, running)) {
                spaced |= entry.spaces_starts;
                wait = Some(wait.map_or(d, |w| w.max(d)));
                delay = Some(match (entry.spaces_starts, &entry.why) {
                    (true, _) => "paced",
                    (false, Some(why)) => why.held_by(),
                    (false, None) => "guard",
                });
                if entry.holds_first && running == 0 && blocked.is_none() {
                    blocked = Some(entry.why.clone().unwrap_or(Why::Unread));
                }
            }
        }
        self.delay = delay;
        self.hold_times.admission(now, spaced);
        self.first.set_blocked(now, blocked);
        if wait.is_some() && self.machine.at == Time::ZERO {
            self.first.want_reading();
        }
        wait.map_or(Admit::Yes, Admit::After)
    }

    fn started(&mut self, now: Time) {
        self.run_queue.started();
        guarded(&mut self.policy, |p| p.started(now));
        for entry in &mut self.guards {
            guarded(&mut entry.guard, |g| g.started(now));
        }
    }
}
