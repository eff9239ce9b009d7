use super::*;
use proptest::prelude::*;

const LEAK: Duration = Duration::from_millis(200);

fn at(ms: u64) -> Time {
    Time::after(Duration::from_millis(ms))
}

fn actions_of(actions: Actions) -> Vec<Action> {
    actions.into_iter().flatten().collect()
}

#[test]
fn a_job_is_reaped_when_process_and_output_have_ended() {
    let seq = TermSeq::default();
    for order in [[Event::OutputClosed, Event::Exited], [Event::Exited, Event::OutputClosed]] {
        let mut lifecycle = Lifecycle::new(&seq, LEAK, false);
        assert_eq!(actions_of(lifecycle.handle(at(1), order[0])), []);
        assert_eq!(actions_of(lifecycle.handle(at(2), order[1])), [Action::Reap]);
        assert!(!lifecycle.leaked());
    }
}

#[test]
fn an_output_held_open_is_closed_after_the_leak_time() {
    let seq = TermSeq::default();
    let mut lifecycle = Lifecycle::new(&seq, LEAK, false);
    assert_eq!(actions_of(lifecycle.handle(at(10), Event::Exited)), []);
    assert_eq!(lifecycle.wake(), Some(at(210)));
    assert_eq!(actions_of(lifecycle.handle(at(209), Event::Clock)), []);
    assert_eq!(actions_of(lifecycle.handle(at(210), Event::Clock)), [Action::CloseOutput, Action::Reap]);
    assert!(lifecycle.leaked());
}

#[test]
fn the_sequence_is_followed_and_ends_in_a_sweep() {
    let seq = TermSeq::default();
    let mut lifecycle = Lifecycle::new(&seq, LEAK, true);
    assert_eq!(actions_of(lifecycle.handle(at(0), Event::StopRequested)), []);
    let mut seen = Vec::new();
    while let (Some(next), true) = (lifecycle.wake(), seen.len() < 3) {
        seen.extend(actions_of(lifecycle.handle(next, Event::Clock)).into_iter().map(|a| (next, a)));
    }
    let term = Action::Signal(15);
    assert_eq!(seen, [(at(200), term), (at(300), term), (at(350), Action::Sweep)]);
    assert_eq!(actions_of(lifecycle.handle(at(351), Event::Exited)), []);
    assert_eq!(actions_of(lifecycle.handle(at(352), Event::Survivors(false))), [Action::Reap]);
}

#[test]
fn a_job_that_the_first_signal_ends_waits_for_its_survivors() {
    let seq = TermSeq::default();
    let mut lifecycle = Lifecycle::new(&seq, LEAK, true);
    lifecycle.handle(at(0), Event::StopRequested);
    lifecycle.handle(at(1), Event::Exited);
    assert_eq!(actions_of(lifecycle.handle(at(2), Event::Survivors(true))), []);
    assert_eq!(actions_of(lifecycle.handle(at(200), Event::Clock)), [Action::Signal(15)]);
    assert_eq!(actions_of(lifecycle.handle(at(201), Event::Survivors(false))), [Action::Reap]);
}

#[test]
fn a_sequence_without_kill_is_killed_in_the_end() {
    let seq: TermSeq = "INT,10".parse().unwrap();
    let mut lifecycle = Lifecycle::new(&seq, LEAK, true);
    lifecycle.handle(at(0), Event::StopRequested);
    assert_eq!(actions_of(lifecycle.handle(at(10), Event::Clock)), [Action::Sweep]);
    assert_eq!(actions_of(lifecycle.handle(at(1010), Event::Clock)), [Action::Sweep]);
}

#[test]
fn a_kill_after_the_exit_only_closes_the_output() {
    let seq = TermSeq::default();
    let mut lifecycle = Lifecycle::new(&seq, LEAK, false);
    lifecycle.handle(at(0), Event::Exited);
    assert_eq!(
        actions_of(lifecycle.handle(at(1), Event::KillRequested)),
        [Action::CloseOutput, Action::Reap]
    );
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::OutputClosed),
        Just(Event::Exited),
        Just(Event::StopRequested),
        Just(Event::KillRequested),
        any::<bool>().prop_map(Event::Survivors),
        Just(Event::Clock),
    ]
}

proptest! {
    /// For any events in any order: no action follows the reap, a living process is never reaped, and after the exit of
    /// the process, time alone brings the end.
    #[test]
    fn no_action_follows_the_reap_and_every_job_ends(
        events in proptest::collection::vec((0u64..400, event()), 0..40),
        kill_at_end in any::<bool>(),
        closed in any::<bool>(),
    ) {
        let seq: TermSeq = if kill_at_end { TermSeq::default() } else { "INT,5,TERM,7".parse().unwrap() };
        let mut lifecycle = Lifecycle::new(&seq, LEAK, closed);
        let (mut now, mut reaped) = (Time::ZERO, false);
        let mut step = |lifecycle: &mut Lifecycle<'_>, now: Time, event: Event| {
            for action in actions_of(lifecycle.handle(now, event)) {
                assert!(!reaped, "{action:?} after the reap");
                if action == Action::Reap {
                    assert!(lifecycle.exited());
                    reaped = true;
                }
            }
            assert_eq!(reaped, lifecycle.phase() == Phase::Done);
        };
        for (ms, event) in events {
            now = now + Duration::from_millis(ms);
            step(&mut lifecycle, now, event);
        }
        step(&mut lifecycle, now, Event::Exited);
        for _ in 0..10 {
            if let Some(wake) = lifecycle.wake() {
                now = now.max(wake);
                step(&mut lifecycle, now, Event::Clock);
            }
        }
        prop_assert_eq!(lifecycle.phase(), Phase::Done);
    }
}
