//! One test for each rule of the load-ratio policies.

use super::*;
use crate::policy::scene::Scene;

const TICK: Duration = Duration::from_millis(250);

/// A policy after its first observation, on 2 cores (soft limit 8), with many waiting tasks and 30 % CPU use.
fn start(config: RatioConfig, limit: u32) -> (Scene, Ratio) {
    let mut policy = Ratio::new("balanced", config, 2.0);
    let mut scene = Scene::new(2.0, 1, 32, limit);
    scene.cpu(0.3);
    scene.step(&mut policy, TICK);
    (scene, policy)
}

#[test]
fn the_three_policies_differ_in_their_steps() {
    for (config, up, down) in [
        (RatioConfig::conservative(), 1, 2),
        (RatioConfig::balanced(), 2, 2),
        (RatioConfig::aggressive(), 4, 1),
    ] {
        let (mut scene, mut policy) = start(config, 4);
        assert_eq!(scene.step(&mut policy, TICK).limit, 4 + up);
        let before = scene.limit;
        assert_eq!(scene.running(1).queued(0).step(&mut policy, TICK).limit, before - down);
    }
}

#[test]
fn the_reason_of_growth_names_queue_and_cpu() {
    let (mut scene, mut policy) = start(RatioConfig::balanced(), 4);
    let why = scene.queued(812).step(&mut policy, TICK).why;
    assert_eq!(why.to_string(), "queue 812, CPU 30 %");
}

#[test]
fn between_the_thresholds_the_limit_stays() {
    let (mut scene, mut policy) = start(RatioConfig::balanced(), 10);
    let held = scene.running(5).step(&mut policy, TICK);
    assert_eq!((held.limit, held.why), (10, Why::Load { load: 0.5 }));
}

#[test]
fn the_thresholds_are_inclusive() {
    let (mut scene, mut policy) = start(RatioConfig::balanced(), 4);
    assert_eq!(scene.running(3).step(&mut policy, TICK).limit, 6);
    let (mut scene, mut policy) = start(RatioConfig::balanced(), 4);
    assert_eq!(scene.running(1).step(&mut policy, TICK).limit, 2);
}

#[test]
fn growth_stops_at_the_soft_limit_while_the_queue_is_short() {
    let (mut scene, mut policy) = start(RatioConfig::aggressive(), 6);
    scene.queued(8);
    assert_eq!(scene.step(&mut policy, TICK).limit, 8, "a step ends at the soft limit");
    let held = scene.step(&mut policy, TICK);
    assert_eq!((held.limit, held.why), (8, Why::AtSoft { soft: 8, queued: 8 }));
}

#[test]
fn a_long_queue_exceeds_the_soft_limit_by_one_in_each_interval() {
    let (mut scene, mut policy) = start(RatioConfig::aggressive(), 8);
    let past = scene.queued(33).step(&mut policy, TICK);
    assert_eq!((past.limit, past.why.kind()), (9, "past_soft_limit"));
    for _ in 0..40 {
        scene.step(&mut policy, TICK);
    }
    assert_eq!(scene.limit, 32);
    assert_eq!(scene.step(&mut policy, TICK).why, Why::AtMax { max: 32 });
}

#[test]
fn a_busy_cpu_stops_growth_without_a_cut() {
    let (mut scene, mut policy) = start(RatioConfig::balanced(), 4);
    let held = scene.cpu(0.8).step(&mut policy, TICK);
    assert_eq!((held.limit, held.why), (4, Why::CpuHigh { cpu: 0.8, threshold: 0.8 }));
    assert_eq!(scene.cpu(0.79).step(&mut policy, TICK).limit, 6);
}

#[test]
fn unknown_cpu_use_stops_growth() {
    let (mut scene, mut policy) = start(RatioConfig::balanced(), 4);
    scene.machine.cpu = None;
    let held = scene.step(&mut policy, TICK);
    assert_eq!((held.limit, held.why), (4, Why::CpuUnknown));
}

#[test]
fn an_idle_pool_falls_to_its_minimum_and_stays() {
    let (mut scene, mut policy) = start(RatioConfig::balanced(), 9);
    scene.bounds.min = 2;
    scene.running(0).queued(0);
    for _ in 0..10 {
        scene.step(&mut policy, TICK);
    }
    assert_eq!(scene.limit, 2);
    assert_eq!(scene.step(&mut policy, TICK).why, Why::AtMin { min: 2 });
}

#[test]
fn constant_idle_readings_end_at_the_hard_limit() {
    let (mut scene, mut policy) = start(RatioConfig::aggressive(), 2);
    scene.cpu(0.0).queued(1_000_000);
    for _ in 0..1000 {
        assert!(scene.step(&mut policy, TICK).limit <= 32);
    }
}

#[test]
fn a_cpu_threshold_of_one_never_stops_growth() {
    let config = RatioConfig { cpu_threshold: 1.0, ..RatioConfig::balanced() };
    let (mut scene, mut policy) = start(config, 4);
    assert_eq!(scene.cpu(1.0).step(&mut policy, TICK).limit, 6);
}
