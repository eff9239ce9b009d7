//! One test for each rule of `threshold`, in their order.

use super::*;
use crate::policy::scene::Scene;

const TICK: Duration = Duration::from_secs(1);

fn start(limit: u32) -> (Scene, Threshold) {
    let mut policy = Threshold::new(ThresholdConfig::default(), 2.0);
    let mut scene = Scene::new(2.0, 4, 100, limit);
    scene.cpu(0.3).memory(0.2);
    scene.step(&mut policy, TICK);
    (scene, policy)
}

#[test]
fn the_memory_rule_comes_first() {
    let (mut scene, mut policy) = start(10);
    let less = scene.memory(0.86).step(&mut policy, TICK);
    assert_eq!((less.limit, less.why.kind()), (8, "memory_high"));
    let (mut scene, mut policy) = start(10);
    assert_eq!(scene.memory(0.85).step(&mut policy, TICK).limit, 14, "the threshold itself is no excess");
}

#[test]
fn a_full_cpu_without_a_queue_removes_workers() {
    let (mut scene, mut policy) = start(10);
    let less = scene.cpu(0.81).queued(1).step(&mut policy, TICK);
    assert_eq!((less.limit, less.why), (8, Why::OverThreaded { cpu: 0.81, queued: 1 }));
    let (mut scene, mut policy) = start(10);
    assert_eq!(scene.cpu(0.81).queued(2).step(&mut policy, TICK).limit, 10);
}

#[test]
fn an_idle_cpu_with_a_long_queue_adds_four() {
    let (mut scene, mut policy) = start(10);
    assert_eq!(scene.cpu(0.39).queued(21).step(&mut policy, TICK).limit, 14);
}

#[test]
fn a_moderate_queue_adds_two_while_the_cpu_is_not_full() {
    for (cpu, queued, limit) in
        [(0.39, 20, 12), (0.5, 1000, 12), (0.79, 6, 12), (0.79, 5, 10), (0.8, 1000, 10)]
    {
        let (mut scene, mut policy) = start(10);
        assert_eq!(
            scene.cpu(cpu).queued(queued).step(&mut policy, TICK).limit,
            limit,
            "CPU {cpu}, queue {queued}"
        );
    }
}

#[test]
fn two_contradictory_proposals_in_a_row_keep_the_limit() {
    let (mut scene, mut policy) = start(10);
    assert_eq!(scene.step(&mut policy, TICK).limit, 14);
    let held = scene.memory(0.9).step(&mut policy, TICK);
    assert_eq!((held.limit, held.why), (14, Why::Contradiction));
    assert_eq!(scene.step(&mut policy, TICK).limit, 12);
    // With a proposal to stay in between there is no contradiction.
    scene.memory(0.2).cpu(0.9).step(&mut policy, TICK);
    assert_eq!(scene.cpu(0.3).step(&mut policy, TICK).limit, 16);
}

#[test]
fn unknown_readings_change_nothing() {
    let (mut scene, mut policy) = start(10);
    scene.machine.cpu = None;
    let held = scene.step(&mut policy, TICK);
    assert_eq!((held.limit, held.why), (10, Why::CpuUnknown));
    scene.machine.memory = None;
    assert_eq!(scene.cpu(0.3).step(&mut policy, TICK).limit, 14);
}

#[test]
fn the_limit_stays_within_its_bounds() {
    let (mut scene, mut policy) = start(98);
    assert_eq!(scene.step(&mut policy, TICK).limit, 100);
    assert_eq!(scene.step(&mut policy, TICK).why, Why::AtMax { max: 100 });
    let (mut scene, mut policy) = start(5);
    assert_eq!(scene.memory(0.9).step(&mut policy, TICK).limit, 4);
}
