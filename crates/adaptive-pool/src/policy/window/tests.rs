//! The shared rules, one test each, on a law that only wants more, or only less.

use super::*;
use crate::policy::Policy;
use crate::policy::scene::Scene;

const SECOND: Duration = Duration::from_secs(1);

/// Wants as many more (or fewer) at every look.
struct Wish {
    gate: MoveRules,
    by: i32,
}

impl Wish {
    fn new(by: i32, cooldown: Duration) -> Wish {
        Wish { gate: MoveRules::new(SECOND, cooldown), by }
    }
}

impl Policy for Wish {
    fn name(&self) -> &'static str {
        "wish"
    }
    fn initial(&self, bounds: Bounds) -> u32 {
        bounds.min
    }
    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        match self.gate.look(seen, true) {
            Ok(look) => {
                let want = look.limit.saturating_add_signed(self.by);
                self.gate.settle(&look, want, Why::Steady { cpu: look.cpu, queued: look.queued })
            }
            Err(resting) => resting,
        }
    }
}

fn scene() -> Scene {
    Scene::new(4.0, 1, 100, 10)
}

#[test]
fn the_first_look_changes_nothing() {
    assert_eq!(scene().step(&mut Wish::new(5, Duration::ZERO), SECOND).limit, 10);
    let first = scene().step(&mut Wish::new(5, Duration::ZERO), SECOND);
    assert_eq!((first.why, first.next), (Why::Initial, SECOND));
}

#[test]
fn rule_1_no_growth_while_nothing_waits() {
    let (mut scene, mut law) = (scene(), Wish::new(5, Duration::ZERO));
    scene.step(&mut law, SECOND);
    let held = scene.queued(0).step(&mut law, SECOND);
    assert_eq!((held.limit, held.why), (10, Why::NoQueue));
    assert_eq!(scene.queued(1).step(&mut law, SECOND).limit, 15);
}

#[test]
fn rule_1_no_growth_while_the_limit_was_not_reached() {
    let (mut scene, mut law) = (scene(), Wish::new(5, Duration::ZERO));
    scene.step(&mut law, SECOND);
    scene.saturated = false;
    let held = scene.running(3).step(&mut law, SECOND);
    assert_eq!((held.limit, held.why), (10, Why::NotReached { running: 3, limit: 10 }));
}

#[test]
fn rule_1_counts_every_moment_since_the_last_look() {
    let (mut scene, mut law) = (scene(), Wish::new(5, Duration::ZERO));
    scene.step(&mut law, SECOND);
    scene.step(&mut law, SECOND / 2);
    scene.saturated = false;
    assert_eq!(scene.step(&mut law, SECOND / 2).limit, 15);
    assert_eq!(scene.step(&mut law, SECOND).limit, 15);
}

#[test]
fn rule_2_an_old_reading_is_unknown_not_zero() {
    let (mut scene, mut law) = (scene(), Wish::new(0, Duration::ZERO));
    scene.cpu(0.5).step(&mut law, SECOND);
    let cpu = |decision: Decision| match decision.why {
        Why::Steady { cpu, .. } => cpu,
        why => panic!("{why}"),
    };
    assert_eq!(cpu(scene.step(&mut law, SECOND)), Some(0.5));
    scene.fresh = false;
    assert_eq!(cpu(scene.step(&mut law, SECOND)), Some(0.5));
    assert_eq!(cpu(scene.step(&mut law, SECOND)), Some(0.5));
    assert_eq!(cpu(scene.step(&mut law, SECOND)), None);
    scene.fresh = true;
    assert_eq!(cpu(scene.cpu(f64::NAN).step(&mut law, SECOND)), None);
    assert_eq!(cpu(scene.cpu(7.0).step(&mut law, SECOND)), Some(1.0));
}

#[test]
fn rule_3_a_lower_limit_is_in_force_at_once() {
    let (mut scene, mut law) = (scene(), Wish::new(-4, Duration::ZERO));
    scene.running(10).step(&mut law, SECOND);
    assert_eq!(scene.step(&mut law, SECOND).limit, 6);
    assert!(scene.step(&mut law, SECOND).suspend.is_empty());
}

#[test]
fn rule_4_nothing_moves_in_the_cooldown_after_a_decrease() {
    let (mut scene, mut law) = (scene(), Wish::new(-2, SECOND * 3));
    scene.step(&mut law, SECOND);
    assert_eq!(scene.step(&mut law, SECOND).limit, 8);
    let held = scene.step(&mut law, SECOND);
    assert_eq!((held.limit, held.why), (8, Why::Cooldown { left: SECOND * 2 }));
    law.by = 2;
    assert_eq!(scene.step(&mut law, SECOND).limit, 8);
    assert_eq!(scene.step(&mut law, SECOND).limit, 10);
    // An increase is followed by no cooldown.
    assert_eq!(scene.step(&mut law, SECOND).limit, 12);
}

#[test]
fn rule_5_only_what_ended_well_is_throughput() {
    let (mut scene, mut gate) = (scene(), MoveRules::new(SECOND, Duration::ZERO));
    scene.see(|seen| gate.look(seen, false).unwrap_err());
    for (count, verdict) in [
        (3, Verdict::Ok),
        (5, Verdict::Killed),
        (7, Verdict::NotStarted),
        (2, Verdict::Failed),
        (1, Verdict::Backoff),
    ] {
        scene.finish(count, verdict, 0.5);
    }
    let look = scene.wait(SECOND).see(|seen| gate.look(seen, false).unwrap());
    assert_eq!(look.tally, Tally { ok: 3, backoff: 1, seconds: 1.5 });
}

#[test]
fn a_law_steps_once_an_interval_however_often_it_is_asked() {
    let (mut scene, mut law) = (scene(), Wish::new(1, Duration::ZERO));
    for _ in 0..101 {
        scene.step(&mut law, SECOND / 10);
    }
    assert_eq!(scene.limit, 20);
}

#[test]
fn what_a_guard_caps_is_kept_for_later() {
    let (mut scene, mut law) = (scene(), Wish::new(5, Duration::ZERO));
    scene.step(&mut law, SECOND);
    assert_eq!(scene.step(&mut law, SECOND).limit, 15);
    scene.limit = 4;
    let held = scene.wait(SECOND).see(|seen| law.decide(seen));
    assert_eq!((held.limit, held.why), (15, Why::Capped { cap: 4 }));
    law.by = -1;
    let less = scene.wait(SECOND).see(|seen| law.decide(seen));
    assert_eq!(less.limit, 3);
}

#[test]
fn moved_bounds_move_the_limit() {
    let (mut scene, mut law) = (scene(), Wish::new(0, Duration::ZERO));
    scene.step(&mut law, SECOND);
    scene.bounds.max = 6;
    assert_eq!(scene.step(&mut law, SECOND / 10).limit, 6);
    assert_eq!(scene.step(&mut law, SECOND).limit, 6);
    scene.bounds = Bounds { min: 8, max: 20 };
    assert_eq!(scene.step(&mut law, SECOND).limit, 8);
}

#[test]
fn averages_and_trends() {
    let mut average = Ewma::new(0.3);
    assert_eq!(average.get(), None);
    average.push(10.0);
    average.push(20.0);
    assert!((average.get().unwrap() - 13.0).abs() < 1e-9);
    let mut trend = Trend::new(4);
    for (t, v) in [(0.0, 100.0), (1.0, 2.0), (2.0, 4.0), (3.0, 6.0), (4.0, 8.0)] {
        trend.push(Time::from_secs(t), v);
        assert_eq!(trend.slope().is_some(), t > 1.0);
    }
    assert!((trend.slope().unwrap() - 2.0).abs() < 1e-9, "the first value is forgotten");
    let mut still = Trend::new(4);
    (0..3).for_each(|v| still.push(Time::ZERO, f64::from(v)));
    assert_eq!(still.slope(), None);
}
