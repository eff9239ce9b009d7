use super::*;
use proptest::prelude::*;

const LEAK: Duration = Duration::from_millis(200);

fn at(ms: u64) -> Time {
    Time::after(Duration::from_millis(ms))
}

fn both(actions: Actions) -> Vec<Action> {
    actions.into_iter().flatten().collect()
}

#[test]
fn a_quiet_job_is_reaped_when_both_ends_have_come() {
    let seq = TermSeq::default();
    for order in [[Event::OutputClosed, Event::Exited], [Event::Exited, Event::OutputClosed]] {
        let mut life = Lifecycle::new(&seq, LEAK, false);
        assert_eq!(both(life.handle(at(1), order[0])), []);
        assert_eq!(both(life.handle(at(2), order[1])), [Action::Reap]);
        assert!(!life.leaked());
    }
}

#[test]
fn an_output_held_open_is_closed_after_the_leak_time() {
    let seq = TermSeq::default();
    let mut life = Lifecycle::new(&seq, LEAK, false);
    assert_eq!(both(life.handle(at(10), Event::Exited)), []);
    assert_eq!(life.wake(), Some(at(210)));
    assert_eq!(both(life.handle(at(209), Event::Clock)), []);
    assert_eq!(both(life.handle(at(210), Event::Clock)), [Action::CloseOutput, Action::Reap]);
    assert!(life.leaked());
}

#[test]
fn the_sequence_is_followed_and_ends_in_a_sweep() {
    let seq = TermSeq::default();
    let mut life = Lifecycle::new(&seq, LEAK, true);
    assert_eq!(both(life.handle(at(0), Event::StopAsked)), []);
    let mut seen = Vec::new();
    while let (Some(next), true) = (life.wake(), seen.len() < 3) {
        seen.extend(both(life.handle(next, Event::Clock)).into_iter().map(|a| (next, a)));
    }
    let term = Action::Signal(15);
    assert_eq!(seen, [(at(200), term), (at(300), term), (at(350), Action::Sweep)]);
    assert_eq!(both(life.handle(at(351), Event::Exited)), []);
    assert_eq!(both(life.handle(at(352), Event::Survivors(false))), [Action::Reap]);
}

#[test]
fn a_job_that_ends_of_the_first_signal_waits_for_its_survivors_only() {
    let seq = TermSeq::default();
    let mut life = Lifecycle::new(&seq, LEAK, true);
    life.handle(at(0), Event::StopAsked);
    life.handle(at(1), Event::Exited);
    assert_eq!(both(life.handle(at(2), Event::Survivors(true))), []);
    assert_eq!(both(life.handle(at(200), Event::Clock)), [Action::Signal(15)]);
    assert_eq!(both(life.handle(at(201), Event::Survivors(false))), [Action::Reap]);
}

#[test]
fn a_sequence_without_kill_is_killed_in_the_end() {
    let seq: TermSeq = "INT,10".parse().unwrap();
    let mut life = Lifecycle::new(&seq, LEAK, true);
    life.handle(at(0), Event::StopAsked);
    assert_eq!(both(life.handle(at(10), Event::Clock)), [Action::Sweep]);
    assert_eq!(both(life.handle(at(1010), Event::Clock)), [Action::Sweep]);
}

#[test]
fn a_stop_after_the_end_only_ends_the_listening() {
    let seq = TermSeq::default();
    let mut life = Lifecycle::new(&seq, LEAK, false);
    life.handle(at(0), Event::Exited);
    assert_eq!(both(life.handle(at(1), Event::KillAsked)), [Action::CloseOutput, Action::Reap]);
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::OutputClosed),
        Just(Event::Exited),
        Just(Event::StopAsked),
        Just(Event::KillAsked),
        any::<bool>().prop_map(Event::Survivors),
        Just(Event::Clock),
    ]
}

proptest! {
    /// Whatever happens in whatever order: nothing is done after the reap, a living process is never reaped, and once
    /// the process has ended, time alone brings the end.
    #[test]
    fn it_never_acts_after_the_reap_and_always_ends(
        events in proptest::collection::vec((0u64..400, event()), 0..40),
        kill_at_end in any::<bool>(),
        closed in any::<bool>(),
    ) {
        let seq: TermSeq = if kill_at_end { TermSeq::default() } else { "INT,5,TERM,7".parse().unwrap() };
        let mut life = Lifecycle::new(&seq, LEAK, closed);
        let (mut now, mut reaped) = (Time::ZERO, false);
        let mut step = |life: &mut Lifecycle<'_>, now: Time, event: Event| {
            for action in both(life.handle(now, event)) {
                assert!(!reaped, "{action:?} after the reap");
                if action == Action::Reap {
                    assert!(life.exited());
                    reaped = true;
                }
            }
            assert_eq!(reaped, life.phase() == Phase::Gone);
        };
        for (ms, event) in events {
            now = now + Duration::from_millis(ms);
            step(&mut life, now, event);
        }
        step(&mut life, now, Event::Exited);
        for _ in 0..10 {
            if let Some(wake) = life.wake() {
                now = now.max(wake);
                step(&mut life, now, Event::Clock);
            }
        }
        prop_assert_eq!(life.phase(), Phase::Gone);
    }
}
