//! One test for each rule of `predictive`.

use super::*;
use crate::policy::Verdict;
use crate::policy::scene::Scene;

const TICK: Duration = Duration::from_secs(1);

fn start(limit: u32) -> (Scene, Predictive) {
    let mut policy = Predictive::new(PredictiveConfig::default(), 2.0);
    let mut scene = Scene::new(2.0, 2, 100, limit);
    scene.cpu(0.3);
    scene.step(&mut policy, TICK);
    (scene, policy)
}

/// Two intervals with `each` successes. The step follows the second one.
fn level(scene: &mut Scene, policy: &mut Predictive, each: u32) -> Decision {
    scene.finish(each, Verdict::Ok, 0.5).step(policy, TICK);
    scene.finish(each, Verdict::Ok, 0.5).step(policy, TICK)
}

#[test]
fn before_the_first_end_an_idle_machine_doubles_up_to_32() {
    let (mut scene, mut policy) = start(2);
    for limit in [4, 8, 16, 32, 32, 32] {
        assert_eq!(scene.step(&mut policy, TICK).limit, limit);
    }
    let (mut scene, mut policy) = start(2);
    assert_eq!(scene.cpu(0.5).step(&mut policy, TICK).limit, 2);
    scene.saturated = false;
    assert_eq!(scene.cpu(0.1).step(&mut policy, TICK).limit, 2);
    scene.saturated = true;
    scene.machine.cpu = None;
    let held = scene.step(&mut policy, TICK);
    assert_eq!((held.limit, held.why), (2, Why::CpuUnknown));
}

#[test]
fn the_first_step_goes_up() {
    let (mut scene, mut policy) = start(10);
    assert_eq!(level(&mut scene, &mut policy, 10).limit, 12);
}

#[test]
fn a_step_needs_two_intervals_and_eight_completions() {
    let (mut scene, mut policy) = start(10);
    let held = scene.finish(20, Verdict::Ok, 0.5).step(&mut policy, TICK);
    assert_eq!((held.limit, held.why), (10, Why::Collecting { finished: 8, wanted: 8 }));
    let (mut scene, mut policy) = start(10);
    for done in 1..8 {
        let held = scene.finish(1, Verdict::Ok, 0.5).step(&mut policy, TICK);
        assert_eq!((held.limit, held.why), (10, Why::Collecting { finished: done, wanted: 8 }));
    }
    assert_eq!(scene.finish(1, Verdict::Ok, 0.5).step(&mut policy, TICK).limit, 12);
}

#[test]
fn failed_and_killed_tasks_are_no_completions() {
    let (mut scene, mut policy) = start(10);
    scene.finish(1, Verdict::Ok, 0.5).step(&mut policy, TICK);
    let held =
        scene.finish(50, Verdict::Killed, 0.5).finish(50, Verdict::Failed, 0.5).step(&mut policy, TICK);
    assert_eq!((held.limit, held.why), (10, Why::Collecting { finished: 1, wanted: 8 }));
}

#[test]
fn the_direction_stays_while_throughput_grows() {
    let (mut scene, mut policy) = start(20);
    assert_eq!(level(&mut scene, &mut policy, 20).limit, 24);
    let more = level(&mut scene, &mut policy, 24);
    assert_eq!((more.limit, more.why.kind()), (28, "gain"));
}

#[test]
fn the_direction_reverses_when_throughput_falls() {
    let (mut scene, mut policy) = start(20);
    level(&mut scene, &mut policy, 20);
    let less = level(&mut scene, &mut policy, 15);
    assert_eq!((less.limit, less.why.kind()), (20, "loss"));
    let on = level(&mut scene, &mut policy, 18);
    assert_eq!((on.limit, on.why.kind()), (16, "gain"));
    let back = level(&mut scene, &mut policy, 14);
    assert_eq!((back.limit, back.why.kind()), (19, "loss"));
}

#[test]
fn within_the_dead_band_the_limit_stays() {
    let (mut scene, mut policy) = start(20);
    level(&mut scene, &mut policy, 100);
    for each in [104, 101, 100, 104] {
        let held = level(&mut scene, &mut policy, each);
        assert_eq!((held.limit, held.why.kind()), (24, "level"));
    }
}

#[test]
fn a_step_is_a_fifth_and_at_least_two() {
    for (limit, to) in [(3, 5), (10, 12), (50, 60)] {
        let (mut scene, mut policy) = start(limit);
        assert_eq!(level(&mut scene, &mut policy, 10).limit, to);
    }
}

#[test]
fn at_the_minimum_the_direction_becomes_up() {
    let (mut scene, mut policy) = start(4);
    level(&mut scene, &mut policy, 40);
    level(&mut scene, &mut policy, 30);
    assert_eq!(level(&mut scene, &mut policy, 40).limit, 2);
    assert_eq!(level(&mut scene, &mut policy, 40).limit, 4);
}

#[test]
fn a_growing_queue_adds_workers_ahead() {
    let (mut scene, mut policy) = start(10);
    scene.queued(10);
    for step in 1..=3 {
        scene.queued(10 + 6 * step).finish(2, Verdict::Ok, 0.5).step(&mut policy, TICK);
    }
    let ahead = scene.queued(34).finish(2, Verdict::Ok, 0.5).step(&mut policy, TICK);
    // Six more tasks per second × half a second for each: three more workers.
    assert_eq!((ahead.limit, ahead.why.kind()), (13, "ahead"));
}

#[test]
fn a_growing_queue_on_a_full_cpu_adds_none_ahead() {
    let (mut scene, mut policy) = start(10);
    scene.cpu(0.9);
    for step in 1..=4 {
        scene.queued(10 + 6 * step).finish(2, Verdict::Ok, 0.5).step(&mut policy, TICK);
    }
    assert_ne!(scene.see(|seen| policy.decide(seen)).why.kind(), "ahead");
    assert_eq!(scene.limit, 12, "the gradient alone");
}

#[test]
fn a_queue_that_will_be_empty_adds_no_worker() {
    let (mut scene, mut policy) = start(10);
    for queued in [80, 60, 40] {
        scene.queued(queued).finish(2, Verdict::Ok, 0.5).step(&mut policy, TICK);
    }
    let held = scene.queued(20).finish(2, Verdict::Ok, 0.5).step(&mut policy, TICK);
    assert_eq!((held.limit, held.why), (10, Why::Draining { queued: 20 }));
}

#[test]
fn without_known_cpu_use_the_limit_does_not_grow() {
    let (mut scene, mut policy) = start(10);
    scene.machine.cpu = None;
    let held = level(&mut scene, &mut policy, 10);
    assert_eq!((held.limit, held.why), (10, Why::CpuUnknown));
}
