//! Guards that hold the first job (`hold_first`).

use super::tests::scene;
use super::*;
use crate::policy::scene::Scene;
use crate::policy::{Admit, Guard};
use crate::policy::{Memory, Reading, TaskEvent, TaskId, TasksReading, Why};
use crate::time::Time;
use std::time::Duration;

const GIB: u64 = 1 << 30;

fn hold_first(config: GuardConfig) -> Box<dyn Guard> {
    let mut guards = GuardConfig { hold_first: true, ..config }.build();
    assert_eq!(guards.len(), 1);
    guards.remove(0)
}

fn memfree() -> Box<dyn Guard> {
    hold_first(GuardConfig { memfree: Some(GIB), ..GuardConfig::none() })
}

fn available(scene: &mut Scene, available: u64) {
    scene.machine.memory = Some(Memory { total: 10 * GIB, available });
}

fn cap(scene: &mut Scene, guard: &mut dyn Guard) -> Option<(u32, Why)> {
    scene.see(|seen| guard.cap(seen))
}

fn shut(guard: &mut dyn Guard) -> bool {
    assert!(guard.holds_first());
    guard.admit(Time::from_secs(10.0), 0) != Admit::Yes
}

#[test]
fn too_little_memory_holds_the_first_job_until_there_is_enough() {
    let (mut guard, mut scene) = (memfree(), scene(0));
    assert!(shut(&mut *guard), "no reading yet");
    available(&mut scene, GIB / 2);
    let (most, why) = cap(&mut scene, &mut *guard).expect("it binds");
    assert_eq!((most, why.wait_reason().as_str()), (0, "512 MiB free of --memfree 1 GiB"));
    assert!(shut(&mut *guard));
    available(&mut scene, GIB);
    assert_eq!(cap(&mut scene, &mut *guard), None);
    assert!(!shut(&mut *guard));
}

#[test]
fn one_job_always_runs_under_memsuspend() {
    let (mut guard, mut scene) =
        (hold_first(GuardConfig { memsuspend: Some(GIB), ..GuardConfig::none() }), scene(0));
    available(&mut scene, GIB / 2);
    let why = Why::MemSuspend { available: GIB / 2, floor: GIB };
    assert_eq!(cap(&mut scene, &mut *guard), Some((1, why)));
    assert!(!guard.holds_first());
    assert_eq!(guard.admit(scene.now, 0), Admit::Yes);
    assert_ne!(guard.admit(scene.now, 1), Admit::Yes);
}

#[test]
fn a_late_reading_changes_nothing() {
    let (mut guard, mut scene) = (memfree(), scene(0));
    scene.fresh = false;
    for (now, closed) in [(0.5, true), (30.0, true)] {
        scene.now = Time::from_secs(now);
        assert_eq!((cap(&mut scene, &mut *guard), shut(&mut *guard)), (None, closed), "never read");
    }
    for (amount, closed) in [(0, true), (GIB, false)] {
        available(&mut scene, amount);
        scene.machine.at = scene.now;
        cap(&mut scene, &mut *guard);
        scene.machine = Reading::default();
        scene.now = scene.now + Duration::from_secs(9);
        assert_eq!(cap(&mut scene, &mut *guard).is_some(), closed);
        assert_eq!(shut(&mut *guard), closed);
    }
    // Without a sensor all figures are unknown.
    available(&mut scene, 0);
    scene.machine.at = scene.now;
    cap(&mut scene, &mut *guard);
    scene.machine = Reading { at: scene.now, ..Reading::default() };
    assert_eq!(cap(&mut scene, &mut *guard), None);
    assert!(!shut(&mut *guard));
}

#[test]
fn a_given_threshold_holds_the_first_job_and_a_default_does_not() {
    for hold_first in [true, false] {
        let memory = Some(MemoryGuardConfig { hold_first, ..MemoryGuardConfig::default() });
        let mut guard = GuardConfig { memory, ..GuardConfig::none() }.build().remove(0);
        assert_eq!(guard.holds_first(), hold_first);
        assert_ne!(guard.admit(Time::ZERO, 1), Admit::Yes, "before the first reading, one job at a time");
        let mut scene = scene(0);
        available(&mut scene, GIB);
        let (most, why) = cap(&mut scene, &mut *guard).expect("it binds");
        assert_eq!(most, u32::from(!hold_first));
        assert_eq!(
            why.wait_reason(),
            "90 % of the memory in use, --memory-threshold asks for less than 90 %"
        );
        assert_eq!(guard.admit(scene.now, 0) == Admit::Yes, !hold_first);
        // The same reading again.
        assert_eq!(cap(&mut scene, &mut *guard).map(|(most, _)| most), Some(u32::from(!hold_first)));
        available(&mut scene, 2 * GIB);
        scene.wait(Duration::from_secs(1));
        assert_eq!(cap(&mut scene, &mut *guard), None);
        assert_eq!(guard.admit(scene.now, 0), Admit::Yes);
    }
}

#[test]
fn a_job_larger_than_the_available_memory_may_run_alone() {
    let memory = Some(MemoryGuardConfig { hold_first: true, ..MemoryGuardConfig::default() });
    let mut guard = GuardConfig { memory, ..GuardConfig::none() }.build().remove(0);
    let mut scene = scene(0);
    available(&mut scene, 2 * GIB);
    scene.events = vec![super::tests::ended(8 * GIB); 3];
    assert_eq!(cap(&mut scene, &mut *guard).map(|(most, _)| most), Some(1));
    assert_eq!(guard.admit(scene.now, 0), Admit::Yes);
}

fn load() -> Box<dyn Guard> {
    hold_first(GuardConfig { load: Some(4.0), ..GuardConfig::none() })
}

fn runnable(scene: &mut Scene, all: f64, ours: f64) {
    scene.wait(Duration::from_millis(100));
    scene.machine.run_queue = Some(all);
    scene.machine.tasks = Some(TasksReading { runnable: ours, ..TasksReading::default() });
}

#[test]
fn the_load_of_other_programs_holds_the_first_job() {
    let (mut guard, mut scene) = (load(), scene(0));
    assert!(shut(&mut *guard), "no reading yet");
    runnable(&mut scene, 4.0, 0.0);
    let why = Why::LoadHigh { load: 4.0, threshold: 4.0 };
    assert_eq!(why.wait_reason(), "4 threads run or could run, --load asks for fewer than 4");
    assert_eq!(cap(&mut scene, &mut *guard), Some((0, why.clone())));
    assert!(shut(&mut *guard));
    // One low reading is not enough.
    runnable(&mut scene, 1.0, 0.0);
    assert_eq!(cap(&mut scene, &mut *guard), Some((0, why.clone())));
    assert!(shut(&mut *guard));
    // A missing reading changes nothing.
    scene.fresh = false;
    let seen = std::mem::take(&mut scene.machine);
    assert_eq!(cap(&mut scene, &mut *guard), Some((0, why)));
    (scene.machine, scene.fresh) = (seen, true);
    runnable(&mut scene, 1.0, 0.0);
    assert_eq!(cap(&mut scene, &mut *guard).map(|(most, _)| most), Some(3));
    assert!(!shut(&mut *guard));
}

#[test]
fn the_load_of_our_jobs_ends_with_them() {
    let (mut guard, mut scene) = (load(), scene(4));
    scene.events = vec![TaskEvent::Started { id: TaskId(1), at: scene.now + Duration::from_millis(200) }; 2];
    runnable(&mut scene, 5.0, 4.0);
    assert_eq!(cap(&mut scene, &mut *guard).map(|(most, _)| most), Some(4));
    assert_ne!(guard.admit(scene.now, 1), Admit::Yes);
    assert!(!shut(&mut *guard));
    scene.running(0);
    assert_eq!(
        cap(&mut scene, &mut *guard),
        Some((3, Why::LoadHigh { load: 1.0, threshold: 4.0 })),
        "one thread of another program"
    );
}

#[test]
fn swapping_is_known_from_the_second_reading_on() {
    let swap = |guard: &mut dyn Guard, scene: &mut Scene, pages: Option<u64>| {
        scene.wait(Duration::from_millis(100));
        (scene.machine.swap_in, scene.machine.swap_out) = (pages, pages);
        cap(scene, guard)
    };
    let noswap = || hold_first(GuardConfig { noswap: true, ..GuardConfig::none() });
    let (mut guard, mut scene) = (noswap(), scene(0));
    assert!(shut(&mut *guard));
    assert_eq!(swap(&mut *guard, &mut scene, None), Some((0, Why::Unread)));
    assert!(shut(&mut *guard));
    let why = Why::Swapping { pages_in: 7, pages_out: 7 };
    assert_eq!(why.wait_reason(), "7 pages swapped in and 7 out within a second, --noswap asks for none");
    assert_eq!(swap(&mut *guard, &mut scene, Some(7)), Some((0, why)));
    assert!(shut(&mut *guard));
    scene.wait(Duration::from_secs(2));
    assert_eq!(swap(&mut *guard, &mut scene, Some(0)), None);
    assert!(!shut(&mut *guard));
    // Without figures the guard opens at the second reading.
    let (mut guard, mut scene) = (noswap(), self::scene(0));
    for bound in [Some((0, Why::Unread)), None] {
        assert_eq!(swap(&mut *guard, &mut scene, None), bound);
        assert_eq!(shut(&mut *guard), bound.is_some());
    }
}
