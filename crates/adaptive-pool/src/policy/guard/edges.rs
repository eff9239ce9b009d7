//! Where the load and the memory guard just do, or just do not: each of these figures is one that a slip would move.

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

/// The running ones of these sizes were looked at.
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

/// A guard of `--load 4`, and what it takes the load for.
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
fn a_job_counts_on_top_of_a_reading_only_when_it_started_after_it() {
    let mut guard = of_load();
    let mut scene = scene(5);
    scene.fresh = false;
    scene.machine.at = Time::from_secs(9.0);
    scene.machine.run_queue = Some(1.0);
    // A reading that is new brings what was started after it along.
    scene.events = vec![started(8.9), started(9.0), started(9.1)];
    assert_eq!(load(&mut scene, &mut *guard), 2);
    // The same reading once more: those of before still count.
    scene.events = vec![started(9.2)];
    assert_eq!(load(&mut scene, &mut *guard), 3);
    assert_eq!(load(&mut scene, &mut *guard), 3);
    scene.machine.at = Time::from_secs(9.5);
    assert_eq!(load(&mut scene, &mut *guard), 1);
}

#[test]
fn a_part_of_a_thread_missing_is_room_for_a_whole_job() {
    let (mut guard, mut scene) = (of_load(), scene(5));
    scene.machine.run_queue = Some(2.5);
    assert_eq!(cap(&mut scene, &mut *guard), Some(7));
    let (mut guard, mut scene) = (of_load(), self::scene(5));
    scene.machine.run_queue = Some(4.0);
    assert_eq!(cap(&mut scene, &mut *guard), Some(5));
}

#[test]
fn the_load_binds_only_below_the_hard_limit() {
    for (most, bound) in [(8, None), (9, Some(8))] {
        let (mut guard, mut scene) = (of_load(), scene(5));
        scene.bounds.max = most;
        scene.machine.run_queue = Some(1.0);
        assert_eq!(cap(&mut scene, &mut *guard), bound, "max {most}");
    }
}

#[test]
fn each_start_takes_of_the_room_until_the_next_look() {
    let (mut guard, mut scene) = (of_load(), scene(5));
    scene.machine.run_queue = Some(2.0);
    cap(&mut scene, &mut *guard);
    for open in [true, true, false] {
        assert_eq!(guard.admit(scene.now, 5) == Admit::Yes, open);
        guard.started(scene.now);
    }
}

#[test]
fn a_load_that_is_no_number_binds_nothing_and_opens_what_was_shut() {
    let (mut guard, mut scene) = (of_load(), scene(5));
    scene.machine.run_queue = Some(9.0);
    assert_eq!(cap(&mut scene, &mut *guard), Some(5));
    assert_ne!(guard.admit(scene.now, 5), Admit::Yes);
    scene.machine.run_queue = Some(f64::NAN);
    assert_eq!(cap(&mut scene, &mut *guard), None);
    assert_eq!(guard.admit(scene.now, 5), Admit::Yes);
}

/// What a job is taken to need, in GiB.
fn need(scene: &mut Scene, guard: &mut dyn Guard) -> f64 {
    match scene.see(|seen| guard.cap(seen)) {
        Some((_, Why::MemoryFit { job, .. })) => job as f64 / GIB as f64,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_change_of_phase_is_believed_after_some_hundred_jobs() {
    let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
    memory(&mut scene, 100 * GIB, 60 * GIB);
    scene.events = (0..200).map(|_| ended(GIB)).chain((0..300).map(|_| ended(2 * GIB))).collect();
    let need = need(&mut scene, &mut *guard);
    assert!((2.0..2.1).contains(&need), "{need}: mean and spread forget");
}

#[test]
fn the_spread_is_that_about_the_mean() {
    let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
    memory(&mut scene, 100 * GIB, 60 * GIB);
    scene.events = (0..1000).map(|k| ended(if k % 2 == 0 { GIB } else { 3 * GIB })).collect();
    let need = need(&mut scene, &mut *guard);
    assert!((2.9..3.1).contains(&need), "{need}: two on average, and one off");
}

#[test]
fn a_job_whose_memory_was_not_seen_is_none_to_learn_from() {
    let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
    memory(&mut scene, 10 * GIB, 6 * GIB);
    scene.events = vec![ended(0), ended(0), ended(0), ended(4 * GIB)];
    assert_eq!(cap(&mut scene, &mut *guard), None, "one is not enough");
}

#[test]
fn a_job_that_started_at_the_moment_of_the_reading_is_in_it() {
    // Ten, one of them reserved, four in use: room for five of one each.
    for (at, more) in [(9.0, 5), (10.0, 5), (10.1, 4)] {
        let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
        memory(&mut scene, 10 * GIB, 6 * GIB);
        scene.events = vec![ended(GIB), ended(GIB), ended(GIB), started(at)];
        assert_eq!(cap(&mut scene, &mut *guard), Some(1 + more), "started at {at}");
    }
}

#[test]
fn no_more_are_young_than_run() {
    let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
    memory(&mut scene, 10 * GIB, 6 * GIB);
    // Two of the three have ended again.
    scene.events =
        [ended(GIB), ended(GIB), ended(GIB)].into_iter().chain([10.1, 10.2, 10.3].map(started)).collect();
    assert_eq!(cap(&mut scene, &mut *guard), Some(5));
}

#[test]
fn what_running_ones_lack_is_kept_for_them_alone() {
    // Two of four were seen: they lack one and none; so does one and a half of the three that are not young. Two are reserved,
    // the young one takes two. What is left is just above and just below three of two each.
    for (tenths, more) in [(116, 3), (114, 2)] {
        let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(4));
        memory(&mut scene, 20 * GIB, GIB * tenths / 10);
        scene.events = vec![ended(2 * GIB), ended(2 * GIB), ended(2 * GIB), started(10.1)];
        looked(&mut scene, &[GIB, 2 * GIB]);
        assert_eq!(cap(&mut scene, &mut *guard), Some(4 + more), "{tenths}");
    }
    // One that is larger than expected lacks nothing, and makes up for nobody: what runs is the size then.
    let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(2));
    memory(&mut scene, 20 * GIB, 12 * GIB);
    scene.events = vec![ended(2 * GIB), ended(2 * GIB), ended(2 * GIB)];
    looked(&mut scene, &[GIB, 5 * GIB]);
    // A job is 3 (the mean of both), the first lacks 2: 12 - 2 - 2 is room for two.
    assert_eq!(cap(&mut scene, &mut *guard), Some(4));
}

#[test]
fn a_size_of_a_byte_is_one_and_none_is_unknown() {
    for (size, bound) in [(1, Some(99)), (0, None)] {
        let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
        memory(&mut scene, 1000, 198);
        looked(&mut scene, &[size]);
        scene.bounds.max = 1000;
        assert_eq!(cap(&mut scene, &mut *guard), bound, "{size}");
    }
}

#[test]
fn nothing_runs_and_one_may() {
    let mut full = scene(0);
    memory(&mut full, 10 * GIB, GIB);
    let mut learned = guard(&GuardConfig::default());
    assert_eq!(cap(&mut full, &mut *learned), Some(1), "at the floor");
    assert_eq!(cap(&mut full, &mut *learned), Some(1), "and at it still");
    let (mut guard, mut scene) = (self::guard(&GuardConfig::default()), scene(0));
    memory(&mut scene, 10 * GIB, 2 * GIB);
    scene.events = vec![ended(8 * GIB), ended(8 * GIB), ended(8 * GIB)];
    assert_eq!(cap(&mut scene, &mut *guard), Some(1), "too large to fit");
}

#[test]
fn memory_of_which_there_is_none_is_not_seen() {
    let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(3));
    memory(&mut scene, 0, 0);
    looked(&mut scene, &[GIB]);
    assert_eq!(cap(&mut scene, &mut *guard), None);
}

#[test]
fn memory_binds_only_below_the_hard_limit() {
    for (most, bound) in [(6, None), (7, Some(6))] {
        let (mut guard, mut scene) = (guard(&GuardConfig::default()), scene(1));
        scene.bounds.max = most;
        memory(&mut scene, 10 * GIB, 6 * GIB);
        scene.events = vec![ended(GIB), ended(GIB), ended(GIB)];
        assert_eq!(cap(&mut scene, &mut *guard), bound, "max {most}");
    }
}

#[test]
fn memfree_is_enough_when_it_is_just_so_much() {
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
