//! The predictive law, clause by clause.

use super::*;
use crate::policy::Verdict;
use crate::policy::scene::Scene;

const TICK: Duration = Duration::from_secs(1);

fn start(limit: u32) -> (Scene, Predictive) {
    let mut law = Predictive::new(PredictiveConfig::default(), 2.0);
    let mut scene = Scene::new(2.0, 2, 100, limit);
    scene.cpu(0.3);
    scene.step(&mut law, TICK);
    (scene, law)
}

/// Two looks in which so many jobs end each: the level is judged at the second.
fn level(scene: &mut Scene, law: &mut Predictive, each: u32) -> Decision {
    scene.finish(each, Verdict::Ok, 0.5).step(law, TICK);
    scene.finish(each, Verdict::Ok, 0.5).step(law, TICK)
}

#[test]
fn blind_on_an_idle_machine_it_doubles_up_to_32() {
    let (mut scene, mut law) = start(2);
    for limit in [4, 8, 16, 32, 32, 32] {
        assert_eq!(scene.step(&mut law, TICK).limit, limit);
    }
    let (mut scene, mut law) = start(2);
    assert_eq!(scene.cpu(0.5).step(&mut law, TICK).limit, 2);
    scene.saturated = false;
    assert_eq!(scene.cpu(0.1).step(&mut law, TICK).limit, 2);
    scene.saturated = true;
    scene.machine.cpu = None;
    let held = scene.step(&mut law, TICK);
    assert_eq!((held.limit, held.why), (2, Why::CpuUnknown));
}

#[test]
fn the_first_level_is_left_upwards() {
    let (mut scene, mut law) = start(10);
    assert_eq!(level(&mut scene, &mut law, 10).limit, 12);
}

#[test]
fn a_level_takes_two_looks_and_eight_completions() {
    let (mut scene, mut law) = start(10);
    let held = scene.finish(20, Verdict::Ok, 0.5).step(&mut law, TICK);
    assert_eq!((held.limit, held.why), (10, Why::Collecting { finished: 8, wanted: 8 }));
    let (mut scene, mut law) = start(10);
    for done in 1..8 {
        let held = scene.finish(1, Verdict::Ok, 0.5).step(&mut law, TICK);
        assert_eq!((held.limit, held.why), (10, Why::Collecting { finished: done, wanted: 8 }));
    }
    assert_eq!(scene.finish(1, Verdict::Ok, 0.5).step(&mut law, TICK).limit, 12);
}

#[test]
fn failures_and_the_killed_are_not_completions() {
    let (mut scene, mut law) = start(10);
    scene.finish(1, Verdict::Ok, 0.5).step(&mut law, TICK);
    let held = scene.finish(50, Verdict::Killed, 0.5).finish(50, Verdict::Failed, 0.5).step(&mut law, TICK);
    assert_eq!((held.limit, held.why), (10, Why::Collecting { finished: 1, wanted: 8 }));
}

#[test]
fn the_direction_is_kept_while_throughput_grows() {
    let (mut scene, mut law) = start(20);
    assert_eq!(level(&mut scene, &mut law, 20).limit, 24);
    let more = level(&mut scene, &mut law, 24);
    assert_eq!((more.limit, more.why.kind()), (28, "gain"));
}

#[test]
fn the_direction_turns_when_throughput_falls() {
    let (mut scene, mut law) = start(20);
    level(&mut scene, &mut law, 20);
    let less = level(&mut scene, &mut law, 15);
    assert_eq!((less.limit, less.why.kind()), (20, "loss"));
    let on = level(&mut scene, &mut law, 18);
    assert_eq!((on.limit, on.why.kind()), (16, "gain"));
    let back = level(&mut scene, &mut law, 14);
    assert_eq!((back.limit, back.why.kind()), (19, "loss"));
}

#[test]
fn within_the_dead_band_the_limit_is_held() {
    let (mut scene, mut law) = start(20);
    level(&mut scene, &mut law, 100);
    for each in [104, 101, 100, 104] {
        let held = level(&mut scene, &mut law, each);
        assert_eq!((held.limit, held.why.kind()), (24, "level"));
    }
}

#[test]
fn a_step_is_a_fifth_and_at_least_two() {
    for (limit, to) in [(3, 5), (10, 12), (50, 60)] {
        let (mut scene, mut law) = start(limit);
        assert_eq!(level(&mut scene, &mut law, 10).limit, to);
    }
}

#[test]
fn at_the_minimum_it_turns_up_again() {
    let (mut scene, mut law) = start(4);
    level(&mut scene, &mut law, 40);
    level(&mut scene, &mut law, 30);
    assert_eq!(level(&mut scene, &mut law, 40).limit, 2);
    assert_eq!(level(&mut scene, &mut law, 40).limit, 4);
}

#[test]
fn a_growing_queue_is_met_before_it_is_long() {
    let (mut scene, mut law) = start(10);
    scene.queued(10);
    for step in 1..=3 {
        scene.queued(10 + 6 * step).finish(2, Verdict::Ok, 0.5).step(&mut law, TICK);
    }
    let ahead = scene.queued(34).finish(2, Verdict::Ok, 0.5).step(&mut law, TICK);
    // Six more a second, half a second each: three workers are short.
    assert_eq!((ahead.limit, ahead.why.kind()), (13, "ahead"));
}

#[test]
fn a_growing_queue_on_a_full_cpu_is_not_met() {
    let (mut scene, mut law) = start(10);
    scene.cpu(0.9);
    for step in 1..=4 {
        scene.queued(10 + 6 * step).finish(2, Verdict::Ok, 0.5).step(&mut law, TICK);
    }
    assert_ne!(scene.see(|seen| law.decide(seen)).why.kind(), "ahead");
    assert_eq!(scene.limit, 12, "the gradient alone");
}

#[test]
fn a_queue_that_will_be_empty_adds_nothing() {
    let (mut scene, mut law) = start(10);
    for queued in [80, 60, 40] {
        scene.queued(queued).finish(2, Verdict::Ok, 0.5).step(&mut law, TICK);
    }
    let held = scene.queued(20).finish(2, Verdict::Ok, 0.5).step(&mut law, TICK);
    assert_eq!((held.limit, held.why), (10, Why::Draining { queued: 20 }));
}

#[test]
fn without_a_known_cpu_it_does_not_grow() {
    let (mut scene, mut law) = start(10);
    scene.machine.cpu = None;
    let held = level(&mut scene, &mut law, 10);
    assert_eq!((held.limit, held.why), (10, Why::CpuUnknown));
}
