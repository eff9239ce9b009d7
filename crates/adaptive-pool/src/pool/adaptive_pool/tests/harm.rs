//! Refused threads, and hooks and tasks that panic, hang or return impossible figures.

use super::*;
use crate::policy::Reading;
use crate::pool::Spawn;
use std::io;

/// Starts `good` threads and refuses the others.
fn only(good: u32) -> Spawn {
    let mut left = good;
    Box::new(move |builder, run| {
        if left == 0 {
            return Err(io::Error::from(io::ErrorKind::WouldBlock));
        }
        left -= 1;
        builder.spawn(run)
    })
}

#[test]
fn a_pool_without_its_first_thread_does_not_start() {
    let refused = AdaptivePool::start(config(4), fixed(4), only(0));
    assert!(matches!(refused, Err(StartError::Thread(_))), "{refused:?}");
}

#[test]
fn refused_threads_lower_the_ceiling_and_lose_nothing() {
    let (tx, rx) = unbounded();
    let observer = move |record: &DecisionRecord| {
        let _ = tx.send((record.event, record.new));
    };
    let hooks = Hooks { observer: Some(Box::new(observer)), ..fixed(8) };
    let pool = AdaptivePool::start(config(8), hooks, only(2)).expect("two threads are enough");
    let (gated, task) = gate();
    let handles: Vec<_> = (0..10).map(|_| pool.submit(task.clone(), FIRST).expect("open")).collect();
    gated.begun.recv().expect("one");
    gated.begun.recv().expect("two");
    let refused = rx.iter().find(|(event, _)| *event == DecisionEvent::SpawnRefused);
    assert!(refused.is_some_and(|(_, new)| new <= 2), "{refused:?}");
    drop(gated.go);
    assert!(handles.into_iter().all(|t| t.wait() == Ok(())));
    assert_eq!(pool.shutdown(true).completed, 10);
}

/// Panics.
struct Broken;

impl Sensor for Broken {
    fn read(&mut self, _now: Time) -> Reading {
        panic!("no machine here")
    }
}

/// Reports its call, and never returns.
struct Hangs(Sender<()>);

impl Sensor for Hangs {
    fn read(&mut self, _now: Time) -> Reading {
        let _ = self.0.send(());
        loop {
            std::thread::park();
        }
    }
}

/// Returns impossible figures.
struct Impossible(Sender<()>);

impl Sensor for Impossible {
    fn read(&mut self, _now: Time) -> Reading {
        let _ = self.0.send(());
        let (cpu, load) = (Some(f64::NAN), Some(f64::INFINITY));
        Reading { at: Time::from_secs(1e9), cpu, load, ..Reading::default() }
    }
}

/// Sends each reading that it gets, and decides every millisecond.
struct Watching(Sender<Reading>);

impl Policy for Watching {
    fn name(&self) -> &'static str {
        "watching"
    }

    fn initial(&self, _bounds: Bounds) -> u32 {
        2
    }

    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        let _ = self.0.send(seen.machine.clone());
        Decision::new(2, Why::Initial, Duration::from_millis(1))
    }
}

/// Runs a pool with this sensor for 30 decisions. Returns the readings that its policy got.
fn with_sensor(sensor: Box<dyn Sensor>, called: Option<&Receiver<()>>) -> Vec<Reading> {
    let (tx, seen) = unbounded();
    let hooks = Hooks { policy: Some(Box::new(Watching(tx))), sensor: Some(sensor), ..Hooks::default() };
    let pool = AdaptivePool::with(config(2), hooks).expect("a pool");
    let (gated, task) = gate();
    let handle = pool.submit(task, FIRST).expect("open");
    if let Some(called) = called {
        called.recv().expect("the sensor is called");
    }
    let mut all: Vec<_> = seen.iter().take(30).collect();
    assert_eq!(all.len(), 30, "decisions continue");
    drop(gated.go);
    assert_eq!(handle.wait(), Ok(()));
    assert_eq!(pool.shutdown(true).completed, 1);
    all.extend(seen.try_iter());
    all
}

#[test]
fn a_sensor_that_panics_leaves_the_machine_unknown() {
    let unknown = |seen: &Reading| Reading { at: Time::ZERO, ..seen.clone() } == Reading::default();
    assert!(with_sensor(Box::new(Broken), None).iter().all(unknown));
}

#[test]
fn a_sensor_that_hangs_does_not_block_the_pool() {
    let (tx, called) = unbounded();
    assert!(with_sensor(Box::new(Hangs(tx)), Some(&called)).iter().all(|r| *r == Reading::default()));
}

#[test]
fn impossible_figures_become_unknown() {
    let (tx, called) = unbounded();
    for reading in with_sensor(Box::new(Impossible(tx)), Some(&called)) {
        assert_eq!((reading.cpu, reading.load), (None, None));
        assert!(reading.at < Time::from_secs(1e6), "{:?}", reading.at);
    }
}

/// Panics at each call.
struct Bad;

impl Guard for Bad {
    fn cap(&mut self, _seen: &Observation<'_>) -> Option<(u32, Why)> {
        panic!("cap")
    }

    fn admit(&mut self, _now: Time, _running: u32) -> Admit {
        panic!("admit")
    }
}

impl Policy for Bad {
    fn name(&self) -> &'static str {
        panic!("name")
    }

    fn initial(&self, _bounds: Bounds) -> u32 {
        panic!("initial")
    }

    fn decide(&mut self, _seen: &Observation<'_>) -> Decision {
        panic!("decide")
    }
}

#[test]
fn hooks_that_panic_do_not_stop_the_pool() {
    let hooks = Hooks {
        policy: Some(Box::new(Bad)),
        guards: vec![Box::new(Bad)],
        observer: Some(Box::new(|_| panic!("observer"))),
        advice: Some(Box::new(|_| panic!("advice"))),
        ..Hooks::default()
    };
    let pool = AdaptivePool::with(config(4), hooks).expect("a pool");
    let handles: Vec<_> = (0..100).map(|n| pool.submit(move || n, FIRST).expect("open")).collect();
    assert!(handles.into_iter().enumerate().all(|(n, t)| t.wait() == Ok(n)));
    assert_eq!(pool.shutdown(true).completed, 100);
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped");
    }
}

#[test]
fn a_result_whose_destructor_panics_costs_no_worker() {
    let pool = pool(1);
    pool.pause();
    for _ in 0..10 {
        drop(pool.submit(|| Bomb, FIRST).expect("open"));
    }
    let last = pool.submit(|| 3, FIRST).expect("open");
    pool.resume();
    assert_eq!(last.wait(), Ok(3));
    let report = pool.shutdown(true);
    assert_eq!((report.completed, report.panicked), (1, 10));
}

#[test]
fn dropped_tasks_whose_destructors_panic_are_all_dropped() {
    let pool = pool(1);
    pool.pause();
    let handles: Vec<_> = (0..10)
        .map(|_| {
            let bombs = (Bomb, Bomb);
            pool.submit(move || drop(bombs), FIRST).expect("open")
        })
        .collect();
    assert_eq!(pool.drop_queued(), 10);
    assert!(handles.into_iter().all(|t| t.wait() == Err(TaskError::Dropped)));
    assert_eq!(pool.shutdown(true).dropped, 10);
}

/// Panics at each call, and when it is dropped.
struct Worse(Bomb);

impl Guard for Worse {
    fn cap(&mut self, _seen: &Observation<'_>) -> Option<(u32, Why)> {
        panic!("cap")
    }

    fn admit(&mut self, _now: Time, _running: u32) -> Admit {
        panic!("admit")
    }
}

impl Policy for Worse {
    fn name(&self) -> &'static str {
        "worse"
    }

    fn initial(&self, _bounds: Bounds) -> u32 {
        panic!("initial")
    }

    fn decide(&mut self, _seen: &Observation<'_>) -> Decision {
        panic!("decide")
    }
}

#[test]
fn hooks_whose_destructors_panic_do_not_stop_the_pool() {
    let bomb = Bomb;
    let hooks = Hooks {
        policy: Some(Box::new(Worse(Bomb))),
        guards: vec![Box::new(Worse(Bomb)), Box::new(Worse(Bomb))],
        observer: Some(Box::new(move |_| {
            let _ = &bomb;
            panic!("observer")
        })),
        ..Hooks::default()
    };
    let pool = AdaptivePool::with(config(4), hooks).expect("a pool");
    let handles: Vec<_> = (0..100).map(|n| pool.submit(move || n, FIRST).expect("open")).collect();
    assert!(handles.into_iter().enumerate().all(|(n, t)| t.wait() == Ok(n)));
    assert_eq!(pool.shutdown(true).completed, 100);
}

/// Sends the time of each call.
struct SendsTime(Sender<Time>);

impl Sensor for SendsTime {
    fn read(&mut self, now: Time) -> Reading {
        let _ = self.0.send(now);
        Reading::default()
    }
}

#[test]
fn an_idle_pool_reads_the_machine_rarely() {
    let (tx, rx) = unbounded();
    let hooks = Hooks { sensor: Some(Box::new(SendsTime(tx))), ..fixed(2) };
    let pool = AdaptivePool::with(config(2), hooks).expect("a pool");
    let readings: Vec<_> = rx.iter().take(2).collect();
    assert!(readings[1].since(readings[0]) >= Duration::from_secs(1), "{readings:?}");
    drop(pool);
}

#[test]
fn an_observer_may_call_and_drop_the_pool() {
    let (give, given) = bounded::<Arc<AdaptivePool>>(1);
    let (tx, rx) = unbounded();
    let observer = move |_: &DecisionRecord| {
        if let Ok(pool) = given.recv() {
            let _ = tx.send(pool.metrics().limit);
        }
    };
    let hooks = Hooks {
        policy: Some(Box::new(Saw(vec![2, 3], 0, Duration::from_millis(1)))),
        observer: Some(Box::new(observer)),
        ..Hooks::default()
    };
    let pool = Arc::new(AdaptivePool::with(config(4), hooks).expect("a pool"));
    let (gated, task) = gate();
    let handle = pool.submit(task, FIRST).expect("open");
    gated.begun.recv().expect("it starts");
    give.send(pool).expect("a receiver");
    assert!(rx.recv().is_ok());
    drop((give, gated.go));
    assert_eq!(handle.wait(), Ok(()));
}

#[test]
fn the_adviser_gets_the_advice() {
    struct Stops;
    impl Policy for Stops {
        fn name(&self) -> &'static str {
            "stops"
        }
        fn initial(&self, _bounds: Bounds) -> u32 {
            1
        }
        fn decide(&mut self, _seen: &Observation<'_>) -> Decision {
            let mut decision = Decision::new(1, Why::Initial, Duration::from_secs(1));
            decision.suspend.push(TaskId(1));
            decision.resume.push(TaskId(2));
            decision
        }
    }
    let (tx, rx) = unbounded();
    let advice = move |advice| {
        let _ = tx.send(advice);
    };
    let hooks = Hooks { policy: Some(Box::new(Stops)), advice: Some(Box::new(advice)), ..Hooks::default() };
    let pool = AdaptivePool::with(config(1), hooks).expect("a pool");
    let (gated, task) = gate();
    drop(pool.submit(task, FIRST).expect("open"));
    assert_eq!(rx.recv(), Ok(Advice::Suspend(TaskId(1))));
    assert_eq!(rx.recv(), Ok(Advice::Resume(TaskId(2))));
    drop(gated.go);
}
