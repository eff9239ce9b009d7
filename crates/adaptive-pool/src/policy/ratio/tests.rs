//! The load-ratio law, clause by clause.

use super::*;
use crate::policy::scene::Scene;

const TICK: Duration = Duration::from_millis(250);

/// A law past its first look, on 2 cores (soft limit 8), with much to do and CPU at 30 %.
fn start(config: RatioConfig, limit: u32) -> (Scene, Ratio) {
    let mut law = Ratio::new("balanced", config, 2.0);
    let mut scene = Scene::new(2.0, 1, 32, limit);
    scene.cpu(0.3);
    scene.step(&mut law, TICK);
    (scene, law)
}

#[test]
fn the_three_differ_in_their_steps() {
    for (config, up, down) in [
        (RatioConfig::conservative(), 1, 2),
        (RatioConfig::balanced(), 2, 2),
        (RatioConfig::aggressive(), 4, 1),
    ] {
        let (mut scene, mut law) = start(config, 4);
        assert_eq!(scene.step(&mut law, TICK).limit, 4 + up);
        let before = scene.limit;
        assert_eq!(scene.running(1).queued(0).step(&mut law, TICK).limit, before - down);
    }
}

#[test]
fn growth_says_queue_and_cpu() {
    let (mut scene, mut law) = start(RatioConfig::balanced(), 4);
    let why = scene.queued(812).step(&mut law, TICK).why;
    assert_eq!(why.to_string(), "queue 812, CPU 30 %");
}

#[test]
fn a_load_between_the_thresholds_holds() {
    let (mut scene, mut law) = start(RatioConfig::balanced(), 10);
    let held = scene.running(5).step(&mut law, TICK);
    assert_eq!((held.limit, held.why), (10, Why::Load { load: 0.5 }));
}

#[test]
fn the_thresholds_themselves_count() {
    let (mut scene, mut law) = start(RatioConfig::balanced(), 4);
    assert_eq!(scene.running(3).step(&mut law, TICK).limit, 6);
    let (mut scene, mut law) = start(RatioConfig::balanced(), 4);
    assert_eq!(scene.running(1).step(&mut law, TICK).limit, 2);
}

#[test]
fn growth_stops_at_the_soft_limit_while_the_queue_is_short() {
    let (mut scene, mut law) = start(RatioConfig::aggressive(), 6);
    scene.queued(8);
    assert_eq!(scene.step(&mut law, TICK).limit, 8, "a step ends at the soft limit");
    let held = scene.step(&mut law, TICK);
    assert_eq!((held.limit, held.why), (8, Why::AtSoft { soft: 8, queued: 8 }));
}

#[test]
fn a_long_queue_exceeds_the_soft_limit_by_one_an_interval_up_to_the_hard_limit() {
    let (mut scene, mut law) = start(RatioConfig::aggressive(), 8);
    let past = scene.queued(33).step(&mut law, TICK);
    assert_eq!((past.limit, past.why.kind()), (9, "past_soft_limit"));
    for _ in 0..40 {
        scene.step(&mut law, TICK);
    }
    assert_eq!(scene.limit, 32);
    assert_eq!(scene.step(&mut law, TICK).why, Why::AtMax { max: 32 });
}

#[test]
fn a_busy_cpu_pauses_growth_and_does_not_cut() {
    let (mut scene, mut law) = start(RatioConfig::balanced(), 4);
    let held = scene.cpu(0.8).step(&mut law, TICK);
    assert_eq!((held.limit, held.why), (4, Why::CpuHigh { cpu: 0.8, threshold: 0.8 }));
    assert_eq!(scene.cpu(0.79).step(&mut law, TICK).limit, 6);
}

#[test]
fn an_unknown_cpu_is_no_reason_to_grow() {
    let (mut scene, mut law) = start(RatioConfig::balanced(), 4);
    scene.machine.cpu = None;
    let held = scene.step(&mut law, TICK);
    assert_eq!((held.limit, held.why), (4, Why::CpuUnknown));
}

#[test]
fn an_idle_pool_falls_to_its_minimum_and_stays() {
    let (mut scene, mut law) = start(RatioConfig::balanced(), 9);
    scene.bounds.min = 2;
    scene.running(0).queued(0);
    for _ in 0..10 {
        scene.step(&mut law, TICK);
    }
    assert_eq!(scene.limit, 2);
    assert_eq!(scene.step(&mut law, TICK).why, Why::AtMin { min: 2 });
}

#[test]
fn a_sensor_that_says_idle_for_ever_ends_at_the_hard_limit() {
    let (mut scene, mut law) = start(RatioConfig::aggressive(), 2);
    scene.cpu(0.0).queued(1_000_000);
    for _ in 0..1000 {
        assert!(scene.step(&mut law, TICK).limit <= 32);
    }
}

#[test]
fn a_cpu_threshold_of_one_never_pauses() {
    let config = RatioConfig { cpu_threshold: 1.0, ..RatioConfig::balanced() };
    let (mut scene, mut law) = start(config, 4);
    assert_eq!(scene.cpu(1.0).step(&mut law, TICK).limit, 6);
}
