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
/// How soon to ask again while guards wait for a look at the machine; the decision that follows the look comes before that.
const UNSEEN: Duration = Duration::from_millis(20);

pub(super) struct PolicyStack {
    name: &'static str,
    policy: Option<Box<dyn Policy>>,
    guards: Vec<GuardEntry>,
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
    first: FirstStart,
}

/// A guard, and what it said last.
struct GuardEntry {
    guard: Option<Box<dyn Guard>>,
    /// It holds the first task too.
    holds_first: bool,
    /// Why it capped at the last decision; kept only of those that hold the first task.
    why: Option<Why>,
}

/// What guards do that hold the first task too: none starts before they have had a reading, nor while one of them is closed.
#[derive(Debug, Default)]
struct FirstStart {
    /// There are such guards.
    held: bool,
    /// They have not seen the machine since the tasks that wait came.
    unseen: bool,
    /// A reading is wanted at once, or was asked for.
    look: FirstReading,
    /// Since when a guard lets not even the first start, and why.
    blocked: Option<(Time, Why)>,
    /// For how long that was so before.
    total: Duration,
}

/// The first reading of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum FirstReading {
    /// It comes in its time.
    #[default]
    Later,
    /// Tasks wait for it.
    Wanted,
    /// It is on its way.
    Asked,
}

impl FirstStart {
    fn block(&mut self, now: Time, why: Option<Why>) {
        match (why, &mut self.blocked) {
            (Some(why), Some((_, last))) => *last = why,
            (Some(why), none) => *none = Some((now, why)),
            (None, _) => self.open(now),
        }
    }

    fn open(&mut self, now: Time) {
        self.total += self.blocked.take().map_or(Duration::ZERO, |(since, _)| now.since(since));
    }
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
        let entry = |guard: Box<dyn Guard>| {
            let holds_first = caught(|| guard.holds_first()).unwrap_or(false);
            GuardEntry { guard: Some(guard), holds_first, why: None }
        };
        let guards: Vec<GuardEntry> = guards.into_iter().map(entry).collect();
        let held = guards.iter().any(|guard| guard.holds_first);
        let look = if held { FirstReading::Wanted } else { FirstReading::Later };
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
            first: FirstStart { held, unseen: held, look, ..FirstStart::default() },
        }
    }

    /// Tasks come after a time without any. True when guards are to see the machine before the first starts, and can.
    pub(super) fn wake(&mut self, now: Time) -> bool {
        self.first.open(now);
        self.first.unseen = self.first.held;
        self.first.held && self.machine.at != Time::ZERO
    }

    /// Tasks wait for the first reading of the machine.
    pub(super) fn wants_look(&self) -> bool {
        self.first.look == FirstReading::Wanted
    }

    /// The same, told once.
    pub(super) fn take_look(&mut self) -> bool {
        let wanted = self.wants_look();
        if wanted {
            self.first.look = FirstReading::Asked;
        }
        wanted
    }

    /// Since when no guard lets even the first task start, and why; and for how long that was so in all.
    pub(super) fn blocked(&self, now: Time) -> (Option<&(Time, Why)>, Duration) {
        let blocked = self.first.blocked.as_ref();
        let current = blocked.map_or(Duration::ZERO, |(since, _)| now.since(*since));
        (blocked, self.first.total + current)
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
        let (mut most, wanted) = (decision.limit, decision.limit);
        for entry in &mut self.guards {
            let cap = guarded(&mut entry.guard, |g| g.cap(seen)).flatten();
            if entry.holds_first {
                entry.why = cap.as_ref().map(|(_, why)| why.clone());
            }
            if let Some((cap, why)) = cap.filter(|(cap, _)| *cap < most) {
                most = cap;
                decision.why = why;
            }
        }
        self.first.unseen &= seen.machine.at == Time::ZERO;
        decision.limit = most.max(min);
        let guarded = most < wanted;
        // With nothing running, none may start: the limit is never so low, the cap is.
        let cap = if most == 0 { 0 } else { decision.limit };
        self.held.decided(seen.span, guarded.then(|| (cap, decision.why.clone())));
        StackDecision { decision, guarded }
    }
}

impl Gate for PolicyStack {
    /// Guards are always asked, the policy once as many tasks run as there are cores.
    fn admit(&mut self, now: Time, running: u32) -> Admit {
        let (mut wait, mut blocked): (Option<Duration>, Option<Why>) = (None, None);
        if running == 0 && self.first.unseen {
            (wait, blocked) = (Some(UNSEEN), Some(Why::Unread));
        }
        if f64::from(running) >= self.cores
            && let Some(Admit::After(d)) = guarded(&mut self.policy, |p| p.admit(now, running, self.queue))
        {
            wait = Some(d);
        }
        let mut paced = false;
        for entry in &mut self.guards {
            if let Some(Admit::After(d)) = guarded(&mut entry.guard, |g| g.admit(now, running)) {
                paced |= !entry.holds_first;
                wait = Some(wait.map_or(d, |w| w.max(d)));
                if entry.holds_first && running == 0 && blocked.is_none() {
                    blocked = Some(entry.why.clone().unwrap_or(Why::Unread));
                }
            }
        }
        // What is held before the first look, or by a guard that caps, is not spaced out.
        let spaced = paced && !self.held.capped_now && !self.held.all.is_zero();
        self.held.admitted(now, !spaced);
        if self.first.held {
            self.first.block(now, blocked);
        }
        if wait.is_some() && self.machine.at == Time::ZERO && self.first.look == FirstReading::Later {
            self.first.look = FirstReading::Wanted;
        }
        wait.map_or(Admit::Yes, Admit::After)
    }

    fn started(&mut self, now: Time) {
        self.queue = self.queue.map(|queue| queue + 1.0);
        for entry in &mut self.guards {
            guarded(&mut entry.guard, |g| g.started(now));
        }
    }
}
