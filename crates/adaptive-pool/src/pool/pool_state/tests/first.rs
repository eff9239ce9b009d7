//! Guards that hold the first task: they need a reading before the first start.

use super::*;
use crate::policy::guard::MemoryGuardConfig;
use crate::policy::{GuardConfig, Memory};
use proptest::prelude::*;

const GIB: u64 = 1 << 30;

fn guarded(config: &GuardConfig) -> Bench {
    Bench::new(|s| {
        (s.guards, s.sensor) = (config.build(), true);
        s.initial = Some(4);
    })
}

/// Starts no task while less than 1 GiB is available.
fn memfree() -> Bench {
    guarded(&GuardConfig { memfree: Some(GIB), hold_first: true, ..GuardConfig::none() })
}

impl Bench {
    fn read(&mut self, ms: u64, available: u64) {
        let memory = Some(Memory { total: 10 * GIB, available });
        self.pool_state.reading(Reading { at: at(ms), memory, ..Reading::default() });
        self.poll(ms);
    }

    fn reason(&mut self, ms: u64) -> Option<String> {
        self.pool_state.metrics(at(ms)).blocked.map(|blocked| blocked.reason)
    }
}

#[test]
fn the_first_start_waits_for_a_reading_and_its_guard() {
    let mut bench = memfree();
    assert!(
        bench.pool_state.has_pending() && bench.pool_state.take_reading_request(),
        "the reading is requested before any task"
    );
    assert!(!bench.pool_state.take_reading_request(), "once");
    bench.submit(1, 3);
    bench.poll(20);
    assert!(bench.running.is_empty());
    assert_eq!(bench.reason(20).as_deref(), Some("the machine has not been read yet"));
    bench.read(30, GIB / 2);
    assert!(bench.running.is_empty());
    assert_eq!(bench.kinds().last(), Some(&(DecisionEvent::Guard, 4, 1)));
    assert_eq!(bench.reason(30).as_deref(), Some("512 MiB free of --memfree 1 GiB"));
    assert_eq!(bench.pool_state.period(), Duration::from_millis(100));
    bench.read(2030, GIB / 4);
    assert_eq!(bench.reason(2030).as_deref(), Some("256 MiB free of --memfree 1 GiB"));
    assert_eq!(bench.kinds(), [], "recorded once");
    let blocked = bench.pool_state.metrics(at(3001)).blocked.expect("it waits");
    assert_eq!((blocked.since_s, blocked.reason_kind), (0.001, "memfree"));
    assert_eq!(
        bench.pool_state.metrics(at(3001)).explanation.as_deref(),
        Some("at 0: memory: 256 MiB free, --memfree 1.0 GiB")
    );
    bench.script.lock().unwrap().limits = vec![4];
    bench.read(3001, GIB);
    assert_eq!((bench.running.len(), bench.reason(3001)), (3, None));
    assert!((bench.pool_state.metrics(at(4000)).blocked_ms - 3000.0).abs() < 1e-6);
}

#[test]
fn dropped_tasks_are_not_blocked() {
    let mut bench = memfree();
    bench.submit(1, 3);
    bench.read(30, 0);
    assert!(bench.reason(31).is_some());
    bench.pool_state.drop_queued(at(31), &mut Vec::new());
    assert_eq!(bench.reason(32), None);
}

#[test]
fn after_an_idle_time_the_guards_need_a_new_reading() {
    let mut bench = memfree();
    bench.submit(0, 1);
    bench.read(10, GIB);
    bench.end(20, Verdict::Ok);
    bench.poll(200);
    assert!(bench.pool_state.is_idle());
    // A reading arrived, but no decision used it.
    bench.pool_state.reading(Reading {
        at: at(60_000),
        memory: Some(Memory { total: 10 * GIB, available: 0 }),
        ..Reading::default()
    });
    bench.submit(60_100, 1);
    assert!(bench.running.is_empty());
    assert_eq!(bench.pool_state.next_poll(), Some(at(60_100)), "a decision is due now");
    bench.poll(60_100);
    assert_eq!(bench.reason(60_100).as_deref(), Some("0 B free of --memfree 1 GiB"));
    bench.read(60_200, GIB);
    assert_eq!(bench.running.len(), 1);
}

#[test]
fn without_a_sensor_no_reading_is_awaited() {
    let mut bench = memfree();
    bench.submit(0, 1);
    bench.pool_state.sensor_gone();
    bench.poll(10);
    assert_eq!(bench.running.len(), 1);
}

#[test]
fn a_default_guard_admits_one_task_before_the_first_reading() {
    let mut bench = guarded(&GuardConfig::default());
    assert!(!bench.pool_state.has_pending(), "one task alone needs no reading");
    bench.submit(0, 1);
    assert!(bench.running.len() == 1 && !bench.pool_state.take_reading_request());
    bench.submit(0, 3);
    assert!(bench.running.len() == 1 && bench.pool_state.take_reading_request());
    // At the default threshold of 90 %.
    bench.read(1, GIB);
    assert_eq!(bench.running.len(), 1);
    bench.end(2, Verdict::Ok);
    assert_eq!(bench.running.len(), 1, "another task in its place");
    assert_eq!(bench.reason(2), None);
    bench.script.lock().unwrap().limits = vec![4];
    bench.read(100, 5 * GIB);
    assert_eq!(bench.running.len(), 3);
}

#[test]
fn before_a_reading_a_default_guard_admits_one_task_and_a_given_threshold_none() {
    let memory = Some(MemoryGuardConfig { hold_first: true, ..MemoryGuardConfig::default() });
    let mut bench = guarded(&GuardConfig { memory, ..GuardConfig::none() });
    bench.submit(0, 64);
    assert!(bench.running.is_empty());
    bench.read(1, GIB / 2);
    assert!(bench.running.is_empty());
    bench.script.lock().unwrap().limits = vec![4];
    bench.read(100, 5 * GIB);
    assert_eq!(bench.running.len(), 4);
}

proptest! {
    /// No task starts while the last decision had too little memory, or no decision had a reading.
    #[test]
    fn nothing_starts_while_a_guard_that_was_asked_for_is_closed(steps in prop::collection::vec(0..5u8, 1..200)) {
        let mut bench = memfree();
        let (mut open, mut ms) = (false, 0);
        for step in steps {
            ms += 7;
            let before = bench.running.len();
            let submitted = bench.pool_state.is_idle();
            match step {
                0 | 1 => {
                    bench.read(ms, if step == 0 { 0 } else { 2 * GIB });
                    open = step == 1;
                }
                2 => {
                    bench.submit(ms, 1);
                    prop_assert!(!submitted || bench.running.is_empty(), "started before a reading");
                }
                3 if before > 0 => bench.end(ms, Verdict::Ok),
                _ => bench.poll(ms),
            }
            let ended = usize::from(step == 3 && before > 0);
            prop_assert!(open || bench.running.len() <= before - ended);
        }
    }
}
