//! One test for each rule of `aimd`.

use super::*;
use crate::policy::Verdict;
use crate::policy::scene::Scene;

const TICK: Duration = Duration::from_secs(1);

fn start_with(config: AimdConfig, limit: u32) -> (Scene, Aimd) {
    let mut policy = Aimd::new(config);
    let mut scene = Scene::new(4.0, 1, 200, limit);
    scene.cpu(0.5).memory(0.3);
    scene.step(&mut policy, TICK);
    (scene, policy)
}

fn start(limit: u32) -> (Scene, Aimd) {
    start_with(AimdConfig::default(), limit)
}

#[test]
fn a_free_machine_adds_one_step_and_an_idle_one_two() {
    for (cpu, memory, limit) in [(0.5, 0.3, 22), (0.39, 0.49, 24), (0.39, 0.5, 22), (0.4, 0.3, 22)] {
        let (mut scene, mut policy) = start(20);
        assert_eq!(
            scene.cpu(cpu).memory(memory).step(&mut policy, TICK).limit,
            limit,
            "CPU {cpu}, memory {memory}"
        );
    }
}

#[test]
fn unknown_memory_does_not_double_the_step() {
    let (mut scene, mut policy) = start(20);
    scene.machine.memory = None;
    assert_eq!(scene.cpu(0.1).step(&mut policy, TICK).limit, 22);
}

#[test]
fn memory_lag_and_a_long_run_queue_halve_the_limit() {
    type Cause = fn(&mut Scene);
    let causes: [(Cause, &str); 3] = [
        (
            |scene| {
                scene.memory(0.86);
            },
            "memory_high",
        ),
        (|scene| scene.machine.lag = Some(Duration::from_millis(51)), "lag"),
        (
            |scene| {
                scene.cpu(0.81);
                scene.machine.run_queue = Some(8.5);
            },
            "run_queue",
        ),
    ];
    for (cause, kind) in causes {
        let (mut scene, mut policy) = start(21);
        cause(&mut scene);
        let less = scene.step(&mut policy, TICK);
        assert_eq!((less.limit, less.why.kind()), (10, kind));
    }
}

#[test]
fn a_full_cpu_alone_only_blocks_growth() {
    let (mut scene, mut policy) = start(20);
    scene.machine.run_queue = Some(8.0);
    let held = scene.cpu(1.0).step(&mut policy, TICK);
    assert_eq!((held.limit, held.why.kind()), (20, "cpu_high"));
    scene.machine.run_queue = None;
    assert_eq!(scene.step(&mut policy, TICK).limit, 20);
}

#[test]
fn a_long_run_queue_on_a_free_cpu_is_no_congestion() {
    let (mut scene, mut policy) = start(20);
    scene.machine.run_queue = Some(100.0);
    assert_eq!(scene.step(&mut policy, TICK).limit, 22);
}

#[test]
fn a_backlog_is_congestion_only_with_a_threshold() {
    let (mut scene, mut policy) = start(20);
    assert_eq!(scene.queued(1_000_000).step(&mut policy, TICK).limit, 22);
    let config = AimdConfig { queue_threshold: Some(100), ..AimdConfig::default() };
    let (mut scene, mut policy) = start_with(config, 20);
    let less = scene.queued(101).step(&mut policy, TICK);
    assert_eq!((less.limit, less.why), (10, Why::QueueLong { queued: 101, threshold: 100 }));
}

#[test]
fn requests_to_back_off_halve_the_limit_once_without_delay() {
    let (mut scene, mut policy) = start(20);
    let less = scene.finish(3, Verdict::Backoff, 0.1).step(&mut policy, TICK / 100);
    assert_eq!((less.limit, less.why), (10, Why::Backoff { jobs: 3 }));
    let held = scene.finish(3, Verdict::Backoff, 0.1).step(&mut policy, TICK / 100);
    assert_eq!((held.limit, held.why.kind()), (10, "cooldown"));
}

#[test]
fn the_cooldown_follows_a_decrease_only() {
    let (mut scene, mut policy) = start(20);
    assert_eq!(scene.memory(0.9).step(&mut policy, TICK).limit, 10);
    scene.memory(0.3);
    for _ in 0..4 {
        assert_eq!(scene.step(&mut policy, TICK).limit, 10);
    }
    assert_eq!(scene.step(&mut policy, TICK).limit, 12);
    assert_eq!(scene.step(&mut policy, TICK).limit, 14);
}

#[test]
fn the_limit_stays_at_the_load_threshold() {
    let (mut scene, mut policy) = start(20);
    let held = scene.running(16).step(&mut policy, TICK);
    assert_eq!((held.limit, held.why), (20, Why::Load { load: 0.8 }));
}

#[test]
fn the_limit_never_falls_below_one() {
    let (mut scene, mut policy) = start(1);
    assert_eq!(scene.memory(0.99).step(&mut policy, TICK).limit, 1);
}

#[test]
fn without_known_figures_the_limit_stays() {
    let (mut scene, mut policy) = start(20);
    scene.machine = crate::policy::Reading::default();
    let held = scene.step(&mut policy, TICK);
    assert_eq!((held.limit, held.why), (20, Why::CpuUnknown));
}
