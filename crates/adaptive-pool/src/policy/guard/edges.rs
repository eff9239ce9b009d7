//! The exact edges of the load and the memory guard.

use super::tests::{ended, scene};
use super::*;
use crate::policy::scene::Scene;
use crate::policy::{Admit, Guard};
use crate::policy::{Memory, TaskEvent, TaskId, TaskReading, TasksReading, Why};
use crate::time::Time;
use std::time::Duration;

const GIB: u64 = 1 << 30;

fn guard(config: &GuardConfig) -> Box<dyn Guard> {
    config.build().remove(0)
}

fn started(at: f64) -> TaskEvent {
    TaskEvent::Started { id: TaskId(1), at: Time::from_secs(at) }
}

/// The running jobs that were read, with these sizes in bytes.
fn looked(scene: &mut Scene, sizes: &[u64]) {
    let one = |rss: &u64| TaskReading {
        id: TaskId(1),
        started: Time::ZERO,
        cpu: Duration::ZERO,
        rss: *rss,
        suspended: false,
    };
    let each = sizes.iter().map(one).collect();
    scene.machine.tasks = Some(TasksReading { each, ..TasksReading::default() });
}

fn memory(scene: &mut Scene, total: u64, available: u64) {
    scene.machine.memory = Some(Memory { total, available });
}

fn cap(scene: &mut Scene, guard: &mut dyn Guard) -> Option<u32> {
    scene.see(|seen| guard.cap(seen)).map(|(cap, _)| cap)
}

/// The load of a guard with `--load 4`.
fn load(scene: &mut Scene, guard: &mut dyn Guard) -> u32 {
    match scene.see(|seen| guard.cap(seen)) {
        Some((_, Why::LoadHigh { load, .. })) => load as u32,
        other => panic!("{other:?}"),
    }
}

fn of_load() -> Box<dyn Guard> {
    guard(&GuardConfig { load: Some(4.0), ..GuardConfig::none() })
}

#[test]
fn a_job_adds_to_a_reading_only_if_it_started_after_it() {
    let mut guard = of_load();
    let mut scene = scene(5);
    scene.fresh = false;
    scene.machine.at = Time::from_secs(9.0);
    scene.machine.run_queue = Some(1.0);
    // A new reading: starts after it count.
    scene.events = vec![started(8.9), started(9.0), started(9.1)];
    assert_eq!(load(&mut scene, &mut *guard), 2);
    // The same reading again: earlier starts still count.
    scene.events = vec![started(9.2)];
    assert_eq!(load(&mut scene, &mut *guard), 3);
    assert_eq!(load(&mut scene, &mut *guard), 3);
    scene.machine.at = Time::from_secs(9.5);
    assert_eq!(load(&mut scene, &mut *guard), 1);
}

#[test]
fn a_fraction_below_the_threshold_admits_one_job() {
    let (mut guard, mut scene) = (of_load(), scene(5));
    scene.machine.run_queue = Some(2.5);
    assert_eq!(cap(&mut scene, &mut *guard), Some(7));
    let (mut guard, mut scene) = (of_load(), self::scene(5));
    scene.machine.run_queue = Some(4.0);
    assert_eq!(cap(&mut scene, &mut *guard), Some(5));
}

#[test]
fn the_load_caps_only_below_the_hard_limit() {
    for (most, bound) in [(8, None), (9, Some(8))] {
        let (mut guard, mut scene) = (of_load(), scene(5));
        scene.bounds.max = most;
        scene.machine.run_queue = Some(1.0);
        assert_eq!(cap(&mut scene, &mut *guard), bound, "max {most}");
    }
}

#[test]
fn each_start_uses_room_until_the_next_decision() {
    let (mut guard, mut scene) = (of_load(), scene(5));
    scene.machine.run_queue = Some(2.0);
    cap(&mut scene, &mut *guard);
    for open in [true, true, false] {
        assert_eq!(guard.admit(scene.now, 5) == Admit::Yes, open);
        guard.started(scene.now);
    }
}

#[test]
fn a_nan_load_opens_a_closed_guard() {
    let (mut guard, mut scene) = (of_load(), scene(5));
    scene.machine.run_queue = Some(9.0);
    assert_eq!(cap(&mut scene, &mut *guard), Some(5));
    assert_ne!(guard.admit(scene.now, 5), Admit::Yes);
    scene.machine.run_queue = Some(f64::NAN);
    assert_eq!(cap(&mut scene, &mut *guard), None);
    assert_eq!(guard.admit(scene.now, 5), Admit::Yes);
}

/// The expected size of a job, in GiB.
fn need(scene: &mut Scene, guard: &mut dyn Guard) -> f64 {
    match scene.see(|seen| guard.cap(seen)) {
        Some((_, Why::MemoryFit { job, .. })) => job as f64 / GIB as f64,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_change_of_size_is_learned_after_some_hundred_jobs() {
    let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
    memory(&mut scene, 100 * GIB, 60 * GIB);
    scene.events = (0..200).map(|_| ended(GIB)).chain((0..300).map(|_| ended(2 * GIB))).collect();
    let need = need(&mut scene, &mut *guard);
    assert!((2.0..2.1).contains(&need), "{need}: old sizes lose their weight");
}

#[test]
fn the_spread_is_around_the_mean() {
    let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
    memory(&mut scene, 100 * GIB, 60 * GIB);
    scene.events = (0..1000).map(|k| ended(if k % 2 == 0 { GIB } else { 3 * GIB })).collect();
    let need = need(&mut scene, &mut *guard);
    assert!((2.9..3.1).contains(&need), "{need}: mean 2, deviation 1");
}

#[test]
fn a_job_of_unknown_size_is_not_learned() {
    let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
    memory(&mut scene, 10 * GIB, 6 * GIB);
    scene.events = vec![ended(0), ended(0), ended(0), ended(4 * GIB)];
    assert_eq!(cap(&mut scene, &mut *guard), None, "one is not enough");
}

#[test]
fn a_job_that_started_at_the_reading_is_included() {
    // 10 GiB, 1 reserved, 4 in use: room for 5 jobs of 1 GiB.
    for (at, more) in [(9.0, 5), (10.0, 5), (10.1, 4)] {
        let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
        memory(&mut scene, 10 * GIB, 6 * GIB);
        scene.events = vec![ended(GIB), ended(GIB), ended(GIB), started(at)];
        assert_eq!(cap(&mut scene, &mut *guard), Some(1 + more), "started at {at}");
    }
}

#[test]
fn at_most_the_running_jobs_are_young() {
    let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
    memory(&mut scene, 10 * GIB, 6 * GIB);
    // Two of the three have ended.
    scene.events =
        [ended(GIB), ended(GIB), ended(GIB)].into_iter().chain([10.1, 10.2, 10.3].map(started)).collect();
    assert_eq!(cap(&mut scene, &mut *guard), Some(5));
}

#[test]
fn the_growth_of_each_running_job_is_reserved() {
    // Two of four jobs were read, and will grow by 1 and 0 GiB. So the three old jobs will grow by 1.5 GiB. 2 GiB are
    // reserved, and the young job takes 2. The rest is just above and just below three jobs of 2 GiB.
    for (tenths, more) in [(116, 3), (114, 2)] {
        let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(4));
        memory(&mut scene, 20 * GIB, GIB * tenths / 10);
        scene.events = vec![ended(2 * GIB), ended(2 * GIB), ended(2 * GIB), started(10.1)];
        looked(&mut scene, &[GIB, 2 * GIB]);
        assert_eq!(cap(&mut scene, &mut *guard), Some(4 + more), "{tenths}");
    }
    // A job above the expected size does not grow, and does not reduce the growth of others.
    let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(2));
    memory(&mut scene, 20 * GIB, 12 * GIB);
    scene.events = vec![ended(2 * GIB), ended(2 * GIB), ended(2 * GIB)];
    looked(&mut scene, &[GIB, 5 * GIB]);
    // A job needs 3 GiB (the mean of both). The first will grow by 2: 12 - 2 - 2 is room for two.
    assert_eq!(cap(&mut scene, &mut *guard), Some(4));
}

#[test]
fn a_size_of_one_byte_counts_and_zero_is_unknown() {
    for (size, bound) in [(1, Some(99)), (0, None)] {
        let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
        memory(&mut scene, 1000, 198);
        looked(&mut scene, &[size]);
        scene.bounds.max = 1000;
        assert_eq!(cap(&mut scene, &mut *guard), bound, "{size}");
    }
}

#[test]
fn one_job_may_always_run() {
    let mut full = scene(0);
    memory(&mut full, 10 * GIB, GIB);
    let mut learned = guard(&GuardConfig::default());
    assert_eq!(cap(&mut full, &mut *learned), Some(1), "at the floor");
    assert_eq!(cap(&mut full, &mut *learned), Some(1), "and still at the floor");
    let (mut guard, mut scene) = (self::guard(&GuardConfig::default()), scene(0));
    memory(&mut scene, 10 * GIB, 2 * GIB);
    scene.events = vec![ended(8 * GIB), ended(8 * GIB), ended(8 * GIB)];
    assert_eq!(cap(&mut scene, &mut *guard), Some(1), "too large to fit");
}

#[test]
fn a_total_of_zero_is_unknown() {
    let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(3));
    memory(&mut scene, 0, 0);
    looked(&mut scene, &[GIB]);
    assert_eq!(cap(&mut scene, &mut *guard), None);
}

#[test]
fn memory_caps_only_below_the_hard_limit() {
    for (most, bound) in [(6, None), (7, Some(6))] {
        let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
        scene.bounds.max = most;
        memory(&mut scene, 10 * GIB, 6 * GIB);
        scene.events = vec![ended(GIB), ended(GIB), ended(GIB)];
        assert_eq!(cap(&mut scene, &mut *guard), bound, "max {most}");
    }
}

#[test]
fn memfree_is_inclusive() {
    for (available, bound) in [(GIB, None), (GIB - 1, Some(3))] {
        let config = GuardConfig { memfree: Some(GIB), ..GuardConfig::none() };
        let (mut guard, mut scene) = (guard(&config), scene(3));
        memory(&mut scene, 10 * GIB, available);
        assert_eq!(cap(&mut scene, &mut *guard), bound);
        assert_eq!(guard.admit(scene.now, 3) == Admit::Yes, bound.is_none());
    }
    let config = GuardConfig { memfree: Some(GIB), ..GuardConfig::none() };
    let (mut guard, mut scene) = (guard(&config), scene(0));
    memory(&mut scene, 10 * GIB, 0);
    assert_eq!(cap(&mut scene, &mut *guard), Some(1));
}
