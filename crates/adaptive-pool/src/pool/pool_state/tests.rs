use super::*;
use crate::policy::{Admit, Decision, Guard, Policy};
use std::sync::{Arc, Mutex};

mod first;
mod probe;

fn at(ms: u64) -> Time {
    Time::after(Duration::from_millis(ms))
}

/// The parts of an observation that the tests check.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    now: Time,
    span: Duration,
    saturated: bool,
    task_seconds: f64,
    events: Vec<TaskEvent>,
    cpu: Option<f64>,
}

#[derive(Default)]
struct Script {
    observations: Vec<Seen>,
    limits: Vec<u32>,
    panics: bool,
}

struct Scripted(Arc<Mutex<Script>>);

impl Policy for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn initial(&self, _bounds: Bounds) -> u32 {
        2
    }

    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        let mut script = self.0.lock().unwrap();
        assert!(!script.panics, "a panic as scripted");
        script.observations.push(Seen {
            now: seen.now,
            span: seen.span,
            saturated: seen.saturated,
            task_seconds: seen.task_seconds,
            events: seen.events.to_vec(),
            cpu: seen.machine.cpu,
        });
        let limit = script.limits.pop().unwrap_or(seen.limit);
        Decision::new(limit, Why::Fixed, Duration::from_millis(100))
    }
}

struct Cap(u32);

impl Guard for Cap {
    fn cap(&mut self, _seen: &Observation<'_>) -> Option<(u32, Why)> {
        Some((self.0, Why::Bounds { min: 0, max: self.0 }))
    }
}

/// A pool state whose threads start at once, and the script of its policy.
struct Bench {
    pool_state: PoolState<u32>,
    script: Arc<Mutex<Script>>,
    running: Vec<(TaskId, Slot)>,
}

impl Bench {
    fn new(change: impl FnOnce(&mut Setup)) -> Bench {
        let script = Arc::new(Mutex::new(Script::default()));
        let mut setup = Setup {
            policy: Box::new(Scripted(Arc::clone(&script))),
            guards: Vec::new(),
            cores: 2.0,
            bounds: Bounds { min: 1, max: 16 },
            initial: None,
            keep_alive: Duration::from_mins(1),
            observed: true,
            sensor: false,
        };
        change(&mut setup);
        Bench { pool_state: PoolState::new(setup, Time::ZERO), script, running: Vec::new() }
    }

    fn act(&mut self, now: Time, mut out: Vec<Action<u32>>) {
        while !out.is_empty() {
            for action in std::mem::take(&mut out) {
                match action {
                    Action::Start { id, slot, .. } => self.running.push((id, slot)),
                    Action::AddThread => self.pool_state.thread_ready(now, &mut out),
                    Action::Retire | Action::Refuse(_) => {}
                }
            }
        }
    }

    fn submit(&mut self, ms: u64, tasks: u32) {
        for task in 0..tasks {
            let mut out = Vec::new();
            self.pool_state.submit(at(ms), task, Priority::default(), &mut out).expect("open");
            self.act(at(ms), out);
        }
    }

    fn end(&mut self, ms: u64, verdict: Verdict) {
        let (_, slot) = self.running.remove(0);
        let mut out = Vec::new();
        self.pool_state.finished(at(ms), slot, &TaskReport::new(verdict), false, &mut out);
        self.act(at(ms), out);
    }

    fn poll(&mut self, ms: u64) {
        let mut out = Vec::new();
        self.pool_state.poll(at(ms), &mut out);
        self.act(at(ms), out);
    }

    fn observations(&self) -> Vec<Seen> {
        self.script.lock().unwrap().observations.clone()
    }

    fn kinds(&mut self) -> Vec<(DecisionEvent, u32, u32)> {
        self.pool_state.take_records().into_iter().map(|r| (r.event, r.old, r.new)).collect()
    }
}

#[test]
fn an_idle_pool_makes_no_decision() {
    let mut bench = Bench::new(|_| ());
    assert_eq!(bench.pool_state.next_poll(), None);
    bench.poll(5000);
    bench.pool_state.reading(Reading { cpu: Some(0.5), ..Reading::default() });
    bench.poll(5001);
    assert!(bench.observations().is_empty());
    bench.submit(6000, 1);
    assert_eq!(bench.pool_state.next_poll(), Some(at(6010)));
    bench.poll(6010);
    bench.end(6011, Verdict::Ok);
    bench.poll(6111);
    assert_eq!(bench.observations().len(), 2, "the last end is observed");
    assert_eq!(bench.pool_state.next_poll(), None);
}

#[test]
fn time_readings_and_failures_trigger_decisions() {
    let mut bench = Bench::new(|s| s.sensor = true);
    bench.submit(0, 5);
    bench.poll(10);
    assert_eq!(bench.observations().len(), 1);
    bench.end(20, Verdict::Ok);
    bench.poll(50);
    assert_eq!(bench.observations().len(), 1, "not before its time");
    bench.pool_state.reading(Reading { at: at(60), cpu: Some(0.25), ..Reading::default() });
    bench.poll(60);
    bench.end(70, Verdict::Failed);
    bench.poll(70);
    let observations = bench.observations();
    assert_eq!(observations.len(), 3);
    assert_eq!((observations[1].cpu, observations[2].span), (Some(0.25), Duration::from_millis(10)));
    assert_eq!(bench.pool_state.next_poll(), Some(at(195)), "the timer waits a little for the reading");
    bench.poll(195);
    assert_eq!(bench.observations()[3].cpu, Some(0.25));
    bench.poll(320);
    assert_eq!(bench.observations()[4].cpu, Some(0.25), "the sampler may have to wait for a core");
    bench.poll(600);
    assert_eq!(
        bench.observations()[5].cpu,
        None,
        "a reading older than half a second and two intervals is unknown"
    );
}

#[test]
fn the_policy_gets_the_events() {
    let mut bench = Bench::new(|_| ());
    bench.submit(0, 1);
    bench.submit(5, 1);
    bench.poll(10);
    bench.end(20, Verdict::Ok);
    bench.poll(110);
    let observations = bench.observations();
    let (first, second) = (TaskId(1), TaskId(2));
    let started = |id, ms| TaskEvent::Started { id, at: at(ms) };
    assert_eq!(observations[0].events, [started(first, 0), started(second, 5)]);
    assert!(observations[0].saturated, "two of two");
    let [TaskEvent::Finished(end)] = observations[1].events[..] else {
        panic!("{:?}", observations[1].events)
    };
    assert_eq!((end.id, end.took, end.verdict), (first, Duration::from_millis(20), Verdict::Ok));
    assert!((end.mean_running - 1.75).abs() < 1e-9, "{}", end.mean_running);
    assert!(observations[1].saturated, "it was full until 20 ms");
    assert!((observations[1].task_seconds - 0.125).abs() < 1e-9, "{}", observations[1].task_seconds);
    bench.end(120, Verdict::Ok);
    bench.submit(130, 1);
    bench.poll(210);
    assert!(!bench.observations()[2].saturated, "one of two all the time");
}

#[test]
fn only_changes_and_new_reasons_are_recorded() {
    let mut bench = Bench::new(|_| ());
    bench.script.lock().unwrap().limits = vec![3, 99, 2, 2];
    bench.submit(0, 50);
    for round in 0..5 {
        bench.poll(10 + round * 100);
    }
    let (adjusted, hold) = (DecisionEvent::Adjustment, DecisionEvent::Hold);
    assert_eq!(bench.kinds(), [(hold, 2, 2), (adjusted, 2, 16), (adjusted, 16, 3)]);
    assert_eq!(bench.running.len(), 16);
    let seen = bench.pool_state.metrics(at(500)).decisions;
    assert_eq!((seen.increase, seen.decrease, seen.hold), (1, 1, 3));
}

#[test]
fn a_guard_lowers_the_limit_to_the_lower_bound() {
    let mut bench = Bench::new(|s| {
        s.guards = vec![Box::new(Cap(5)), Box::new(Cap(9))];
        s.bounds.min = 2;
    });
    bench.script.lock().unwrap().limits = vec![4, 12];
    bench.submit(0, 50);
    bench.poll(10);
    bench.poll(110);
    assert_eq!(bench.kinds(), [(DecisionEvent::Guard, 2, 5), (DecisionEvent::Adjustment, 5, 4)]);
    let mut none = Bench::new(|s| {
        s.guards = vec![Box::new(Cap(0))];
        s.bounds.min = 2;
        s.initial = Some(8);
    });
    none.submit(0, 50);
    none.poll(10);
    assert_eq!(none.kinds(), [(DecisionEvent::Guard, 8, 2)]);
}

#[test]
fn a_refused_start_is_recorded_and_not_completed() {
    let mut bench = Bench::new(|s| s.initial = Some(8));
    bench.submit(0, 20);
    bench.end(1, Verdict::NotStarted);
    assert_eq!(bench.kinds(), [(DecisionEvent::SpawnRefused, 8, 7)]);
    assert_eq!(bench.pool_state.next_poll(), Some(at(1)), "the policy decides soon");
    let seen = bench.pool_state.metrics(at(2));
    assert_eq!((seen.total_completed, seen.total_not_started, seen.limit), (0, 1, 7));
    assert_eq!(seen.workers.limit.last().map(|p| p.limit), Some(7));
}

#[test]
fn the_limit_stays_after_a_panic_of_the_policy() {
    let mut bench = Bench::new(|s| s.initial = Some(5));
    bench.script.lock().unwrap().panics = true;
    bench.submit(0, 9);
    bench.poll(10);
    bench.poll(5000);
    assert_eq!(bench.running.len(), 5);
    assert_eq!(bench.pool_state.scheduler().limit(), 5);
}

struct Choosy;

impl Policy for Choosy {
    fn name(&self) -> &'static str {
        "choosy"
    }

    fn initial(&self, bounds: Bounds) -> u32 {
        bounds.max
    }

    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        Decision::new(seen.limit, Why::Fixed, Duration::from_secs(1))
    }

    fn admit(&mut self, _now: Time, running: u32, _queue: Option<f64>) -> Admit {
        assert!(running >= 2, "not asked below the number of cores");
        Admit::After(Duration::from_millis(5))
    }
}

#[test]
fn the_policy_admits_starts_beyond_the_cores() {
    let mut bench = Bench::new(|s| s.policy = Box::new(Choosy));
    bench.submit(0, 9);
    assert_eq!(bench.running.len(), 2);
    assert_eq!(bench.pool_state.next_poll(), Some(at(5)));
}

#[test]
fn bounds_move_the_limit() {
    let mut bench = Bench::new(|_| ());
    let mut out = Vec::new();
    bench.pool_state.set_bounds(at(1), Bounds { min: 6, max: 3 }, &mut out);
    assert_eq!(bench.pool_state.scheduler().limit(), 6);
    bench.pool_state.set_bounds(at(1), Bounds { min: 0, max: 1 }, &mut out);
    assert_eq!(bench.pool_state.scheduler().limit(), 1);
    assert_eq!(bench.kinds(), [(DecisionEvent::Adjustment, 2, 6), (DecisionEvent::Adjustment, 6, 1)]);
}

/// The limit of `auto` with waiting tasks, `ms` milliseconds after the start.
fn limit_of_auto(sensor: bool, ms: u64) -> u32 {
    let mut bench = Bench::new(|s| {
        (s.policy, s.sensor) = (crate::policy::PolicyConfig::default().build(2.0), sensor);
    });
    bench.submit(0, 400);
    for now in 1..=ms {
        let mut out = Vec::new();
        bench.pool_state.poll(at(now), &mut out);
        bench.act(at(now), out);
        // Each task takes 50 ms.
        if now % 50 == 0 {
            (0..bench.running.len()).for_each(|_| bench.end(now, Verdict::Ok));
        }
    }
    bench.pool_state.scheduler().limit()
}

#[test]
fn without_a_sensor_no_reading_is_awaited() {
    assert!(limit_of_auto(false, 600) > 4, "{}", limit_of_auto(false, 600));
    assert_eq!(limit_of_auto(true, 400), 2, "the first reading is awaited");
}
