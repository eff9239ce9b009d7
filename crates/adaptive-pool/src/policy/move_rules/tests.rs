//! One test for each shared rule, with a policy that always proposes more, or always less.

use super::*;
use crate::policy::Policy;
use crate::policy::scene::Scene;

const SECOND: Duration = Duration::from_secs(1);

/// Proposes to add `by` in each window.
struct Steps {
    rules: MoveRules,
    by: i32,
}

impl Steps {
    fn new(by: i32, cooldown: Duration) -> Steps {
        Steps { rules: MoveRules::new(SECOND, cooldown), by }
    }
}

impl Policy for Steps {
    fn name(&self) -> &'static str {
        "steps"
    }
    fn initial(&self, bounds: Bounds) -> u32 {
        bounds.min
    }
    fn decide(&mut self, observation: &Observation<'_>) -> Decision {
        match self.rules.window(observation, true) {
            Ok(window) => {
                let limit = window.limit.saturating_add_signed(self.by);
                let why = Why::Steady { cpu: window.machine.cpu, queued: window.queued };
                self.rules.propose(&window, limit, why)
            }
            Err(last) => last,
        }
    }
}

fn scene() -> Scene {
    Scene::new(4.0, 1, 100, 10)
}

#[test]
fn the_first_observation_changes_nothing() {
    assert_eq!(scene().step(&mut Steps::new(5, Duration::ZERO), SECOND).limit, 10);
    let first = scene().step(&mut Steps::new(5, Duration::ZERO), SECOND);
    assert_eq!((first.why, first.next), (Why::Initial, SECOND));
}

#[test]
fn rule_1_no_growth_without_waiting_tasks() {
    let (mut scene, mut policy) = (scene(), Steps::new(5, Duration::ZERO));
    scene.step(&mut policy, SECOND);
    let held = scene.queued(0).step(&mut policy, SECOND);
    assert_eq!((held.limit, held.why), (10, Why::NoQueue));
    assert_eq!(scene.queued(1).step(&mut policy, SECOND).limit, 15);
}

#[test]
fn rule_1_no_growth_while_the_limit_was_not_reached() {
    let (mut scene, mut policy) = (scene(), Steps::new(5, Duration::ZERO));
    scene.step(&mut policy, SECOND);
    scene.saturated = false;
    let held = scene.running(3).step(&mut policy, SECOND);
    assert_eq!((held.limit, held.why), (10, Why::NotReached { running: 3, limit: 10 }));
}

#[test]
fn rule_1_counts_the_whole_window() {
    let (mut scene, mut policy) = (scene(), Steps::new(5, Duration::ZERO));
    scene.step(&mut policy, SECOND);
    scene.step(&mut policy, SECOND / 2);
    scene.saturated = false;
    assert_eq!(scene.step(&mut policy, SECOND / 2).limit, 15);
    assert_eq!(scene.step(&mut policy, SECOND).limit, 15);
}

#[test]
fn rule_2_an_old_reading_is_unknown_not_zero() {
    let (mut scene, mut policy) = (scene(), Steps::new(0, Duration::ZERO));
    scene.cpu(0.5).step(&mut policy, SECOND);
    let cpu = |decision: Decision| match decision.why {
        Why::Steady { cpu, .. } => cpu,
        why => panic!("{why}"),
    };
    assert_eq!(cpu(scene.step(&mut policy, SECOND)), Some(0.5));
    scene.fresh = false;
    assert_eq!(cpu(scene.step(&mut policy, SECOND)), Some(0.5));
    assert_eq!(cpu(scene.step(&mut policy, SECOND)), Some(0.5));
    assert_eq!(cpu(scene.step(&mut policy, SECOND)), None);
    scene.fresh = true;
    assert_eq!(cpu(scene.cpu(f64::NAN).step(&mut policy, SECOND)), None);
    assert_eq!(cpu(scene.cpu(7.0).step(&mut policy, SECOND)), Some(1.0));
}

#[test]
fn rule_3_a_lower_limit_interrupts_no_task() {
    let (mut scene, mut policy) = (scene(), Steps::new(-4, Duration::ZERO));
    scene.running(10).step(&mut policy, SECOND);
    assert_eq!(scene.step(&mut policy, SECOND).limit, 6);
    assert!(scene.step(&mut policy, SECOND).suspend.is_empty());
}

#[test]
fn rule_4_the_limit_stays_in_the_cooldown() {
    let (mut scene, mut policy) = (scene(), Steps::new(-2, SECOND * 3));
    scene.step(&mut policy, SECOND);
    assert_eq!(scene.step(&mut policy, SECOND).limit, 8);
    let held = scene.step(&mut policy, SECOND);
    assert_eq!((held.limit, held.why), (8, Why::Cooldown { left: SECOND * 2 }));
    policy.by = 2;
    assert_eq!(scene.step(&mut policy, SECOND).limit, 8);
    assert_eq!(scene.step(&mut policy, SECOND).limit, 10);
    // An increase starts no cooldown.
    assert_eq!(scene.step(&mut policy, SECOND).limit, 12);
}

#[test]
fn rule_5_only_successful_tasks_are_throughput() {
    let (mut scene, mut rules) = (scene(), MoveRules::new(SECOND, Duration::ZERO));
    scene.see(|seen| rules.window(seen, false).unwrap_err());
    for (count, verdict) in [
        (3, Verdict::Ok),
        (5, Verdict::Killed),
        (7, Verdict::NotStarted),
        (2, Verdict::Failed),
        (1, Verdict::Backoff),
    ] {
        scene.finish(count, verdict, 0.5);
    }
    let window = scene.wait(SECOND).see(|seen| rules.window(seen, false).unwrap());
    assert_eq!(window.tally, Tally { ok: 3, backoff: 1, seconds: 1.5 });
}

#[test]
fn a_policy_steps_once_in_an_interval() {
    let (mut scene, mut policy) = (scene(), Steps::new(1, Duration::ZERO));
    for _ in 0..101 {
        scene.step(&mut policy, SECOND / 10);
    }
    assert_eq!(scene.limit, 20);
}

#[test]
fn a_capped_proposal_is_kept() {
    let (mut scene, mut policy) = (scene(), Steps::new(5, Duration::ZERO));
    scene.step(&mut policy, SECOND);
    assert_eq!(scene.step(&mut policy, SECOND).limit, 15);
    scene.limit = 4;
    let held = scene.wait(SECOND).see(|seen| policy.decide(seen));
    assert_eq!((held.limit, held.why), (15, Why::Capped { cap: 4 }));
    policy.by = -1;
    let less = scene.wait(SECOND).see(|seen| policy.decide(seen));
    assert_eq!(less.limit, 3);
}

#[test]
fn moved_bounds_move_the_limit() {
    let (mut scene, mut policy) = (scene(), Steps::new(0, Duration::ZERO));
    scene.step(&mut policy, SECOND);
    scene.bounds.max = 6;
    assert_eq!(scene.step(&mut policy, SECOND / 10).limit, 6);
    assert_eq!(scene.step(&mut policy, SECOND).limit, 6);
    scene.bounds = Bounds { min: 8, max: 20 };
    assert_eq!(scene.step(&mut policy, SECOND).limit, 8);
}
