//! Guards on hand-made observations.

use super::*;
use crate::policy::scene::Scene;
use crate::policy::{
    Admit, Finished, Guard, Memory, Observation, Reading, TaskEvent, TaskId, TaskReading, TasksReading,
    Verdict, Why,
};
use crate::time::Time;
use std::time::Duration;

const GIB: u64 = 1 << 30;

fn only(config: &GuardConfig) -> Box<dyn Guard> {
    let mut guards = config.build();
    assert_eq!(guards.len(), 1);
    guards.remove(0)
}

pub(super) fn scene(running: u32) -> Scene {
    let mut scene = Scene::new(2.0, 1, 100, running);
    scene.now = Time::from_secs(10.0);
    scene
}

fn memory(scene: &mut Scene, total: u64, available: u64) {
    scene.machine.memory = Some(Memory { total, available });
}

pub(super) fn ended(rss: u64) -> TaskEvent {
    TaskEvent::Finished(Finished {
        id: TaskId(1),
        at: Time::ZERO,
        took: Duration::from_secs(1),
        verdict: Verdict::Ok,
        cpu: None,
        max_rss: Some(rss),
        mean_running: 1.0,
    })
}

fn running(each: &[u64]) -> TasksReading {
    let one = |(id, rss): (usize, &u64)| TaskReading {
        id: TaskId(id as u64),
        started: Time::ZERO,
        cpu: Duration::ZERO,
        rss: *rss,
        suspended: false,
    };
    TasksReading { each: each.iter().enumerate().map(one).collect(), ..TasksReading::default() }
}

fn shut(guard: &mut dyn Guard, running: u32) -> bool {
    guard.admit(Time::from_secs(10.0), running) != Admit::Yes
}

#[test]
fn at_the_memory_threshold_no_new_job_starts() {
    let mut guard = only(&GuardConfig::default());
    let mut scene = scene(5);
    memory(&mut scene, 10 * GIB, GIB);
    let capped = scene.see(|seen| guard.cap(seen)).unwrap();
    assert_eq!(capped, (5, Why::MemoryFloor { used: 0.9, threshold: 0.9 }));
    // One job has ended since the reading.
    assert!(shut(&mut *guard, 4));
    assert!(!shut(&mut *guard, 0), "with nothing running one may always start");
    // The machine is unknown.
    scene.now = Time::from_secs(20.0);
    scene.machine.memory = None;
    assert_eq!(scene.see(|seen| guard.cap(seen)).unwrap().0, 5);
    assert!(shut(&mut *guard, 4));
    scene.now = Time::from_secs(21.0);
    memory(&mut scene, 10 * GIB, 2 * GIB);
    assert_eq!(scene.see(|seen| guard.cap(seen)), None);
    assert!(!shut(&mut *guard, 4));
}

#[test]
fn unknown_figures_cap_nothing() {
    let (load, memfree) = (Some(1.0), Some(u64::MAX));
    for mut guard in (GuardConfig { load, memfree, noswap: true, ..GuardConfig::default() }).build() {
        assert_eq!(scene(50).see(|seen| guard.cap(seen)), None);
        assert!(!shut(&mut *guard, 50));
    }
}

#[test]
fn before_the_first_reading_one_job_runs() {
    let nothing = Reading::default();
    for mut guard in (GuardConfig { load: Some(1.0), memfree: Some(GIB), ..GuardConfig::none() }).build() {
        // After one second the guard no longer waits for a reading.
        for (now, closed) in [(0.5, true), (1.5, false)] {
            let mut scene = scene(1);
            scene.now = Time::from_secs(now);
            let cap = scene.see(|seen| guard.cap(&Observation { machine: &nothing, ..seen.clone() }));
            assert_eq!(cap, None);
            assert_eq!((shut(&mut *guard, 1), shut(&mut *guard, 0)), (closed, false));
        }
    }
}

#[test]
fn a_job_of_the_learned_size_must_fit() {
    let mut guard = only(&GuardConfig::default());
    let mut scene = scene(4);
    // 10 GiB, 1 of them reserved. The four running jobs have their full size.
    memory(&mut scene, 10 * GIB, 6 * GIB);
    scene.machine.tasks = Some(running(&[GIB; 4]));
    scene.events = vec![ended(GIB); 3];
    let (cap, why) = scene.see(|seen| guard.cap(seen)).unwrap();
    assert_eq!((cap, &why), (9, &Why::MemoryFit { job: GIB, available: 6 * GIB }));
    assert!(!shut(&mut *guard, 4));
    // As many jobs started after the reading as ended.
    scene.running(2);
    assert_eq!(scene.see(|seen| guard.cap(seen)), Some((9, why.clone())));
    scene.running(9);
    assert_eq!(scene.see(|seen| guard.cap(seen)), Some((9, why.clone())));
    assert!(shut(&mut *guard, 9));
    // An unknown machine keeps the cap.
    scene.now = Time::from_secs(30.0);
    scene.machine.memory = None;
    assert_eq!(scene.see(|seen| guard.cap(seen)), Some((9, why)));
}

#[test]
fn the_growth_of_running_jobs_is_reserved() {
    let mut guard = only(&GuardConfig::default());
    let mut scene = scene(4);
    memory(&mut scene, 10 * GIB, 6 * GIB);
    scene.machine.tasks = Some(running(&[0; 4]));
    scene.events = vec![ended(GIB); 3];
    let (cap, _) = scene.see(|seen| guard.cap(seen)).unwrap();
    assert_eq!(cap, 5);
}

#[test]
fn jobs_started_after_the_reading_count_in_full() {
    let mut guard = only(&GuardConfig::default());
    let mut scene = scene(4);
    memory(&mut scene, 10 * GIB, 6 * GIB);
    scene.fresh = false;
    scene.machine.at = Time::from_secs(9.0);
    scene.events = vec![ended(GIB); 3];
    let started = |at| TaskEvent::Started { id: TaskId(9), at: Time::from_secs(at) };
    scene.events.extend([started(8.0), started(9.5), started(9.6)]);
    let (cap, _) = scene.see(|seen| guard.cap(seen)).unwrap();
    assert_eq!(cap, 4 + 3);
}

#[test]
fn before_three_ends_the_running_jobs_give_the_size() {
    let mut guard = only(&GuardConfig::default());
    let mut scene = scene(2);
    memory(&mut scene, 10 * GIB, 3 * GIB);
    scene.events = vec![ended(GIB); 2];
    assert_eq!(scene.see(|seen| guard.cap(seen)), None);
    scene.now = Time::from_secs(20.0);
    scene.machine.tasks = Some(running(&[2 * GIB; 2]));
    let (cap, _) = scene.see(|seen| guard.cap(seen)).unwrap();
    assert_eq!(cap, 3);
}

#[test]
fn the_spread_of_sizes_is_added() {
    let cap = |sizes: [u64; 4]| {
        let mut guard = only(&GuardConfig::default());
        let mut scene = scene(1);
        memory(&mut scene, 100 * GIB, 60 * GIB);
        scene.events = sizes.into_iter().map(ended).collect();
        scene.see(|seen| guard.cap(seen)).unwrap().0
    };
    assert_eq!(cap([GIB; 4]), 51);
    assert!(cap([GIB / 2, GIB / 2, GIB, 2 * GIB]) < 40);
}

#[test]
fn without_learning_only_the_threshold_counts() {
    let config = MemoryGuardConfig { learn: false, ..MemoryGuardConfig::default() };
    let mut guard = only(&GuardConfig { memory: Some(config), ..GuardConfig::none() });
    let mut scene = scene(4);
    memory(&mut scene, 10 * GIB, 2 * GIB);
    scene.events = vec![ended(GIB); 9];
    assert_eq!(scene.see(|seen| guard.cap(seen)), None);
}

#[test]
fn each_job_takes_three_descriptors_after_the_reserve() {
    assert_eq!(descriptor_max(64), 1);
    assert_eq!(descriptor_max(0), 1);
    assert_eq!(descriptor_max(1024), 320);
    assert_eq!(descriptor_max(u64::MAX), u32::MAX);
    let mut guard = only(&GuardConfig { nofile: Some(94), ..GuardConfig::none() });
    assert_eq!(scene(1).see(|seen| guard.cap(seen)), Some((10, Why::Descriptors { open: 94 })));
    let mut wide = only(&GuardConfig { nofile: Some(1024), ..GuardConfig::none() });
    assert_eq!(scene(1).see(|seen| wide.cap(seen)), None);
}

#[test]
fn each_job_takes_two_processes_after_the_reserve() {
    let of = |limit, used| process_max(ProcessLimit { limit, used });
    assert_eq!((of(100, 50), of(100, 200), of(10_000, 0)), (9, 1, 4984));
    let processes = Some(ProcessLimit { limit: 100, used: 50 });
    let mut guard = only(&GuardConfig { processes, ..GuardConfig::none() });
    assert_eq!(scene(1).see(|seen| guard.cap(seen)), Some((9, Why::Processes { limit: 100, used: 50 })));
}

#[test]
fn the_load_guard_admits_up_to_the_threshold() {
    let mut guard = only(&GuardConfig { load: Some(4.0), ..GuardConfig::none() });
    let mut scene = scene(2);
    scene.machine.run_queue = Some(1.0);
    scene.machine.load = Some(99.0);
    assert_eq!(scene.see(|seen| guard.cap(seen)), Some((5, Why::LoadHigh { load: 1.0, threshold: 4.0 })));
    for running in 2..5 {
        assert!(!shut(&mut *guard, running));
        guard.started(scene.now);
    }
    assert!(shut(&mut *guard, 5));
    scene.wait(Duration::from_secs(1)).running(5);
    scene.machine.run_queue = Some(4.0);
    assert_eq!(scene.see(|seen| guard.cap(seen)), Some((5, Why::LoadHigh { load: 4.0, threshold: 4.0 })));
    assert!(shut(&mut *guard, 4));
    assert!(!shut(&mut *guard, 0));
}

#[test]
fn one_low_reading_of_the_load_is_not_enough() {
    let mut guard = only(&GuardConfig { load: Some(4.0), ..GuardConfig::none() });
    let mut scene = scene(6);
    for (queue, cap) in [(6.0, 6), (0.0, 6), (0.0, 10)] {
        scene.wait(Duration::from_secs(1)).machine.run_queue = Some(queue);
        assert_eq!(scene.see(|seen| guard.cap(seen)).unwrap().0, cap);
    }
}

#[test]
fn the_load_average_is_used_without_a_run_queue() {
    let mut guard = only(&GuardConfig { load: Some(4.0), ..GuardConfig::none() });
    let mut scene = scene(3);
    scene.machine.load = Some(4.5);
    assert_eq!(scene.see(|seen| guard.cap(seen)), Some((3, Why::LoadHigh { load: 4.5, threshold: 4.0 })));
}

#[test]
fn memfree_closes_below_its_floor() {
    let mut guard = only(&GuardConfig { memfree: Some(GIB), ..GuardConfig::none() });
    let mut scene = scene(0);
    memory(&mut scene, 10 * GIB, GIB - 1);
    let why = Why::MemFree { available: GIB - 1, floor: GIB };
    assert_eq!(scene.running(0).see(|seen| guard.cap(seen)), Some((1, why)));
    assert!(shut(&mut *guard, 1) && !shut(&mut *guard, 0));
    memory(&mut scene, 10 * GIB, GIB);
    assert_eq!(scene.see(|seen| guard.cap(seen)), None);
    assert!(!shut(&mut *guard, 1));
}

#[test]
fn pages_in_and_out_within_a_second_are_swapping() {
    let mut guard = only(&GuardConfig { noswap: true, ..GuardConfig::none() });
    let mut scene = scene(3);
    let mut look = |pages_in, pages_out| {
        let machine = Reading { swap_in: Some(pages_in), swap_out: Some(pages_out), ..Reading::default() };
        scene.wait(Duration::from_millis(400)).machine = machine;
        scene.see(|seen| guard.cap(seen))
    };
    assert_eq!(look(5, 0), None);
    assert_eq!(look(0, 7), Some((3, Why::Swapping { pages_in: 5, pages_out: 7 })));
    assert_eq!(look(0, 0), Some((3, Why::Swapping { pages_in: 5, pages_out: 7 })));
    assert_eq!(look(0, 0), None);
}

#[test]
fn a_delay_spaces_starts_whatever_runs() {
    let delay = Some(DelayConfig { delay: Duration::from_millis(100), auto: false });
    let mut guard = only(&GuardConfig { delay, ..GuardConfig::none() });
    let at = |ms: u64| Time::after(Duration::from_millis(ms));
    assert_eq!(guard.admit(at(0), 0), Admit::Yes);
    guard.started(at(0));
    assert_eq!(guard.admit(at(30), 0), Admit::After(Duration::from_millis(70)));
    assert_eq!(guard.admit(at(100), 0), Admit::Yes);
    assert_eq!(scene(5).see(|seen| guard.cap(seen)), None);
}

#[test]
fn an_automatic_delay_grows_with_failures_and_shrinks_with_successes() {
    let delay = Some(DelayConfig { delay: Duration::from_millis(100), auto: true });
    let mut guard = only(&GuardConfig { delay, ..GuardConfig::none() });
    let mut scene = scene(1);
    let mut after = |ok: u32, failed: u32, backoff: u32| {
        scene.finish(ok, Verdict::Ok, 0.1).finish(failed, Verdict::Failed, 0.1).finish(
            backoff,
            Verdict::Backoff,
            0.1,
        );
        scene.wait(Duration::from_secs(20)).see(|seen| guard.cap(seen));
        guard.started(scene.now);
        match guard.admit(scene.now, 1) {
            Admit::After(delay) => delay.as_micros(),
            Admit::Yes => 0,
        }
    };
    assert_eq!(after(0, 0, 0), 100_000);
    assert_eq!(after(5, 0, 1), 130_000);
    assert_eq!(after(1, 2, 0), 169_000);
    assert_eq!(after(2, 2, 0), 152_100);
    for _ in 0..60 {
        after(1, 0, 0);
    }
    assert_eq!(after(1, 0, 0), 0);
    assert_eq!(after(0, 1, 0), 13_000);
    for _ in 0..60 {
        after(0, 1, 0);
    }
    assert_eq!(after(0, 1, 0), 10_000_000);
}

#[test]
fn forty_failures_at_once_raise_the_delay_once() {
    let delay = Some(DelayConfig { delay: Duration::from_millis(100), auto: true });
    let mut guard = only(&GuardConfig { delay, ..GuardConfig::none() });
    let mut scene = scene(1);
    scene.finish(40, Verdict::Failed, 0.0).see(|seen| guard.cap(seen));
    scene.finish(40, Verdict::Failed, 0.0).see(|seen| guard.cap(seen));
    guard.started(scene.now);
    assert_eq!(guard.admit(scene.now, 1), Admit::After(Duration::from_millis(130)));
}

#[test]
fn a_rate_spaces_starts_evenly() {
    let mut guard = only(&GuardConfig { rate: Some("10/s".parse().unwrap()), ..GuardConfig::none() });
    let at = |ms: u64| Time::after(Duration::from_millis(ms));
    assert_eq!(guard.admit(at(0), 0), Admit::Yes);
    guard.started(at(0));
    assert_eq!(guard.admit(at(1), 0), Admit::After(Duration::from_millis(99)));
    // 5 ms late: the next start is due on schedule. One second late: the schedule starts again.
    guard.started(at(105));
    assert_eq!(guard.admit(at(105), 0), Admit::After(Duration::from_millis(95)));
    guard.started(at(1200));
    assert_eq!(guard.admit(at(1200), 0), Admit::After(Duration::from_millis(90)));
}

#[test]
fn no_more_than_the_rate_starts_in_any_second() {
    let mut guard = only(&GuardConfig { rate: Some("100".parse().unwrap()), ..GuardConfig::none() });
    let mut starts = Vec::new();
    for us in (0..5_000_000u64).step_by(700) {
        let now = Time::after(Duration::from_micros(us));
        if guard.admit(now, 0) == Admit::Yes {
            guard.started(now);
            starts.push(us);
        }
    }
    assert!((499..=501).contains(&starts.len()), "{}", starts.len());
    for (i, first) in starts.iter().enumerate() {
        assert!(starts[i..].iter().take_while(|us| *us - first < 1_000_000).count() <= 101);
    }
}

#[test]
fn no_guard_caps_below_one() {
    let config = GuardConfig {
        nofile: Some(0),
        processes: Some(ProcessLimit { limit: 0, used: 9 }),
        load: Some(0.1),
        memfree: Some(u64::MAX),
        noswap: true,
        delay: Some(DelayConfig { delay: Duration::from_secs(1), auto: true }),
        rate: Some(Rate { per_second: 0.001 }),
        ..GuardConfig::default()
    };
    let mut scene = scene(0);
    scene.machine = Reading {
        run_queue: Some(500.0),
        memory: Some(Memory { total: 100, available: 0 }),
        swap_in: Some(9),
        swap_out: Some(9),
        ..Reading::default()
    };
    for mut guard in config.build() {
        if let Some((cap, why)) = scene.running(0).see(|seen| guard.cap(seen)) {
            assert_eq!(cap, 1, "{why}");
        }
        assert!(!shut(&mut *guard, 0));
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    let of =
        |config: GuardConfig| config.validate().map_or_else(|e| e.to_string(), |()| "accepted".to_owned());
    let floor = |memory_threshold| GuardConfig {
        memory: Some(MemoryGuardConfig { memory_threshold, ..MemoryGuardConfig::default() }),
        ..GuardConfig::none()
    };
    assert_eq!(of(floor(1.5)), "--memory-threshold 1.5 must be from 0 to 1 (or 0% to 100%)");
    assert_eq!(of(GuardConfig { load: Some(0.0), ..GuardConfig::none() }), "--load 0 must be above 0");
    assert_eq!(of(GuardConfig { load: Some(f64::NAN), ..GuardConfig::none() }), "--load NaN must be above 0");
    assert_eq!(of(GuardConfig::default()), "accepted");
}
