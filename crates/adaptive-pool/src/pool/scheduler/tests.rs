use super::*;
use crate::policy::TaskId;
use crate::task_order::Priority;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const KEEP: Duration = Duration::from_secs(10);
fn at(ms: u64) -> Time {
    Time::after(Duration::from_millis(ms))
}

/// A scheduler of numbers with simulated threads and tasks.
struct World {
    scheduler: Scheduler<u64>,
    admission: Box<dyn Admission>,
    now: Time,
    next: u64,
    waiting: BTreeMap<u64, i64>,
    running: BTreeMap<u32, u64>,
    refused: Vec<u64>,
    threads_requested: u32,
    threads: u32,
    /// The start budget of the last decision.
    left: Option<u32>,
    refill: bool,
}

impl World {
    fn new(limit: u32) -> World {
        World {
            scheduler: Scheduler::new(limit, KEEP),
            admission: Box::new(AdmitAll),
            now: Time::ZERO,
            next: 0,
            waiting: BTreeMap::new(),
            running: BTreeMap::new(),
            refused: Vec::new(),
            threads_requested: 0,
            threads: 0,
            left: None,
            refill: false,
        }
    }

    fn handle(&mut self, event: Event<u64>) {
        let mut out = Vec::new();
        let before = self.running.len();
        self.scheduler.handle(self.now, event, self.admission.as_mut(), &mut out);
        let mut started = 0;
        for action in out {
            match action {
                Action::Start { id, task, slot, .. } => {
                    assert_eq!(id.0, task);
                    let priority = self.waiting.remove(&task).expect("started once, and only if it waits");
                    let first = self.waiting.iter().map(|(&id, &p)| (p, id)).min();
                    assert!(first.is_none_or(|first| (priority, task) < first), "{first:?} before {task}");
                    let free = (1..=64).find(|n| !self.running.contains_key(n));
                    assert_eq!(Some(slot.0), free, "the lowest free slot");
                    self.running.insert(slot.0, task);
                    started += 1;
                }
                Action::AddThread => self.threads_requested += 1,
                Action::Retire => {
                    self.threads = self.threads.checked_sub(1).expect("a thread to retire");
                }
                Action::Refuse(task) => {
                    self.waiting.remove(&task);
                    self.refused.push(task);
                }
            }
        }
        if started > 0 {
            if let Some(left) = &mut self.left {
                assert!(started <= (*left as usize).max(usize::from(before == 0)), "{started} of {left}");
                *left = left.saturating_sub(started as u32);
            }
            let most = (self.scheduler.limit() as usize).max(1);
            assert!(before + started <= most.max(before), "{before} + {started} above {most}");
        }
        assert!(self.running.len() <= self.threads as usize, "a task without a thread");
        assert_eq!(self.scheduler.running() as usize, self.running.len());
        assert_eq!(self.scheduler.queued() as usize, self.waiting.len());
        assert_eq!(self.scheduler.threads(), self.threads);
    }

    fn submit(&mut self, priority: i64) {
        self.next += 1;
        let id = self.next;
        if !self.scheduler.is_closed() {
            self.waiting.insert(id, priority);
        }
        self.handle(Event::Submitted { id: TaskId(id), task: id, priority: Priority(priority) });
    }

    fn start_threads(&mut self) {
        while self.threads_requested > 0 {
            self.threads_requested -= 1;
            self.threads += 1;
            self.handle(Event::ThreadReady);
        }
    }

    fn end(&mut self, nth: usize, refused: bool) {
        let Some(&slot) = self.running.keys().nth(nth % self.running.len().max(1)) else { return };
        self.running.remove(&slot);
        if self.refill {
            self.left = self.left.map(|left| left + 1);
        }
        let slot = Slot(slot);
        self.handle(if refused { Event::NotStarted(slot) } else { Event::Finished(slot) });
    }

    fn decide(&mut self, limit: u32, starts: Option<u32>, refill: bool) {
        self.left = starts;
        self.refill = refill;
        self.handle(Event::Decided { limit, starts, refill });
    }

    /// Ends all tasks and lets time pass, until no task is left.
    fn drain(&mut self) {
        self.handle(Event::Resumed);
        for _ in 0..10_000 {
            self.start_threads();
            self.end(0, false);
            if self.waiting.is_empty() && self.running.is_empty() && self.threads_requested == 0 {
                return;
            }
            if let Some(tick) = self.scheduler.next_tick() {
                self.now = self.now.max(tick);
                self.handle(Event::Tick);
            }
        }
        panic!("stalled: {:?}", self.scheduler);
    }
}

#[derive(Clone, Debug)]
enum Step {
    Submit(i64),
    End(usize),
    NotStarted(usize),
    Threads,
    RefuseThread,
    Decide(u32, Option<u32>, bool),
    Pause,
    Resume,
    Drop,
    Wait(u64),
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (-2i64..3).prop_map(Step::Submit),
        6 => (0usize..8).prop_map(Step::End),
        1 => (0usize..8).prop_map(Step::NotStarted),
        4 => Just(Step::Threads),
        1 => Just(Step::RefuseThread),
        3 => (0u32..9, prop::option::of(0u32..4), any::<bool>()).prop_map(|(l, s, r)| Step::Decide(l, s, r)),
        1 => Just(Step::Pause),
        2 => Just(Step::Resume),
        1 => Just(Step::Drop),
        2 => (0u64..20_000).prop_map(Step::Wait),
        1 => Just(Step::Close),
    ]
}

proptest! {
    #[test]
    fn any_order_of_events_keeps_the_rules(steps in prop::collection::vec(step(), 1..200)) {
        let mut world = World::new(3);
        for step in steps {
            match step {
                Step::Submit(priority) => world.submit(priority),
                Step::End(nth) => world.end(nth, false),
                Step::NotStarted(nth) => world.end(nth, true),
                Step::Threads => world.start_threads(),
                Step::RefuseThread if world.threads_requested > 0 => {
                    world.threads_requested -= 1;
                    world.handle(Event::ThreadRefused);
                }
                Step::RefuseThread => {}
                Step::Decide(limit, starts, refill) => world.decide(limit, starts, refill),
                Step::Pause => world.handle(Event::Paused),
                Step::Resume => world.handle(Event::Resumed),
                Step::Drop => world.handle(Event::DropQueued),
                Step::Wait(ms) => {
                    world.now = world.now + Duration::from_millis(ms);
                    world.handle(Event::Tick);
                }
                Step::Close => world.handle(Event::Closed),
            }
        }
        world.drain();
        // A closed scheduler retires all threads, and each task was started or refused once.
        world.handle(Event::Closed);
        prop_assert!(world.scheduler.is_over(), "{:?}", world.scheduler);
        let outcomes: BTreeSet<u64> = world.refused.iter().copied().collect();
        prop_assert_eq!(outcomes.len(), world.refused.len(), "refused once");
    }
}

#[test]
fn the_lowest_free_slot_is_given_first() {
    let mut world = World::new(4);
    for _ in 0..5 {
        world.submit(0);
    }
    world.start_threads();
    assert_eq!(world.running.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4]);
    world.end(1, false);
    assert_eq!(world.running[&2], 5);
}

#[test]
fn slots_go_past_one_word() {
    let mut slots = Slots::default();
    let given: Vec<u32> = (0..130).map(|_| slots.take().0).collect();
    assert_eq!(given, (1..=130).collect::<Vec<_>>());
    assert!(slots.free(Slot(65)));
    assert!(!slots.free(Slot(65)) && !slots.free(Slot(0)) && !slots.free(Slot(9999)));
    assert_eq!(slots.take(), Slot(65));
}

#[test]
fn a_lower_limit_interrupts_no_task() {
    let mut world = World::new(8);
    for _ in 0..20 {
        world.submit(0);
    }
    world.start_threads();
    world.decide(1, None, false);
    assert_eq!(world.running.len(), 8);
    for left in (1..8).rev() {
        world.end(0, false);
        assert_eq!(world.running.len(), left);
    }
    world.end(0, false);
    assert_eq!(world.running.len(), 1, "one at a time from here");
}

#[test]
fn a_start_budget_holds_until_the_next_decision_but_never_stalls() {
    let mut world = World::new(1);
    (0..9).for_each(|_| world.submit(0));
    world.start_threads();
    world.decide(8, Some(2), false);
    world.start_threads();
    assert_eq!(world.running.len(), 3);
    world.end(0, false);
    assert_eq!(world.running.len(), 2, "the budget is used up");
    world.end(0, false);
    world.end(0, false);
    assert_eq!(world.running.len(), 1, "when no task runs, one may start");
    world.decide(8, None, false);
    world.start_threads();
    assert_eq!(world.running.len(), 6);
}

#[test]
fn a_refused_start_sets_a_ceiling_that_time_raises() {
    let mut world = World::new(8);
    (0..30).for_each(|_| world.submit(0));
    world.start_threads();
    world.end(7, true);
    assert_eq!((world.running.len(), world.scheduler.limit()), (7, 7), "the count that was allowed");
    world.end(0, false);
    assert_eq!((world.running.len(), world.scheduler.limit()), (7, 7));
    world.now = at(999);
    world.handle(Event::Tick);
    assert_eq!(world.scheduler.limit(), 7);
    world.now = world.scheduler.next_tick().expect("the ceiling waits for time");
    world.handle(Event::Tick);
    assert_eq!((world.running.len(), world.scheduler.limit()), (8, 8));
}

#[test]
fn refusals_in_a_row_double_the_backoff() {
    let mut world = World::new(1);
    world.submit(0);
    world.start_threads();
    let mut gaps = Vec::new();
    for _ in 0..9 {
        world.end(0, true);
        world.submit(0);
        assert!(world.running.is_empty(), "not without a pause");
        let tick = world.scheduler.next_tick().expect("it will be tried again");
        gaps.push(tick.since(world.now).as_millis());
        world.now = tick;
        world.handle(Event::Tick);
        assert_eq!(world.running.len(), 1);
    }
    assert_eq!(gaps, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
}

#[test]
fn a_refused_thread_loses_no_task() {
    let mut world = World::new(4);
    world.submit(0);
    world.start_threads();
    (0..5).for_each(|_| world.submit(0));
    while world.threads_requested > 0 {
        world.threads_requested -= 1;
        world.handle(Event::ThreadRefused);
    }
    assert_eq!((world.scheduler.limit(), world.waiting.len()), (1, 5));
    world.drain();
    assert!(world.refused.is_empty());
}

#[test]
fn of_two_refusals_the_lower_ceiling_holds() {
    let mut world = World::new(4);
    (0..9).for_each(|_| world.submit(0));
    // Three of four threads start, and a task is refused besides two others.
    world.threads_requested = 3;
    world.start_threads();
    world.end(0, true);
    world.handle(Event::ThreadRefused);
    assert_eq!(world.scheduler.limit(), 2, "three threads are no proof that three tasks may run");
}

struct Slow(Option<Time>);

impl Admission for Slow {
    fn admit(&mut self, now: Time, _running: u32) -> Admit {
        match self.0 {
            Some(last) if now < last + Duration::from_millis(100) => {
                Admit::After((last + Duration::from_millis(100)).since(now))
            }
            _ => Admit::Yes,
        }
    }

    fn started(&mut self, now: Time) {
        self.0 = Some(now);
    }
}

#[test]
fn an_admission_delays_even_the_only_task() {
    let mut world = World::new(4);
    world.admission = Box::new(Slow(None));
    (0..3).for_each(|_| world.submit(0));
    world.start_threads();
    assert_eq!(world.running.len(), 1);
    world.end(0, false);
    assert!(world.running.is_empty(), "a delay also applies when no task runs");
    assert_eq!(world.scheduler.next_tick(), Some(at(100)));
    world.now = at(100);
    world.handle(Event::Tick);
    assert_eq!(world.running.len(), 1);
}

#[test]
fn idle_threads_retire_and_one_stays() {
    let mut world = World::new(6);
    (0..6).for_each(|_| world.submit(0));
    world.start_threads();
    (0..6).for_each(|_| world.end(0, false));
    assert_eq!(world.threads, 6);
    while let Some(tick) = world.scheduler.next_tick() {
        world.now = tick;
        world.handle(Event::Tick);
    }
    assert_eq!(world.threads, 1);
    assert!(world.now <= Time::after(KEEP * 2), "within two windows");
}

#[test]
fn threads_in_use_stay() {
    let mut world = World::new(3);
    for round in 0..50 {
        world.now = at(round * 1000);
        world.handle(Event::Tick);
        (0..3).for_each(|_| world.submit(0));
        world.start_threads();
        (0..3).for_each(|_| world.end(0, false));
    }
    assert_eq!(world.threads, 3);
}

#[test]
fn an_end_refills_the_budget() {
    for (refill, most) in [(false, 2), (true, 4)] {
        let mut world = World::new(1);
        world.decide(8, Some(2), refill);
        for _ in 0..9 {
            world.submit(0);
        }
        world.start_threads();
        assert_eq!(world.running.len(), 2);
        world.submit(0);
        world.end(0, false);
        world.end(0, false);
        world.start_threads();
        assert_eq!(10 - world.waiting.len(), most.max(3), "{refill}: with nothing running one may start");
        assert_eq!(world.running.len(), if refill { 2 } else { 1 });
    }
}
