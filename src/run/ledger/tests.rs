use super::*;
use crate::job::{Args, Priority, Row};
use crate::run::halt::{HaltRule, HaltStatus};
use crate::run::retry::{RetryRule, RetryRules, StatusSet};
use proptest::prelude::*;
use std::collections::HashSet;
use std::time::Duration;

fn job(seq: u64) -> Job {
    Job { seq: Seq(seq), args: Args::One(Row::one("x")), priority: Priority(0) }
}

fn ledger(attempts: u32, halt: &str, bounds: Bounds) -> Ledger {
    let rule = RetryRule { attempts, on: StatusSet::FAILURES, ..RetryRule::default() };
    let halt: HaltRule = halt.parse().unwrap();
    Ledger::new(bounds, retries(rule), HaltState::new(halt))
}

fn retries(rule: RetryRule) -> Retries {
    Retries::new(RetryRules::new(rule, StatusSet::NONE), 1)
}

const WIDE: Bounds = Bounds { jobs_max: 8, jobs_min: 0, bytes_max: 1 << 20, window: None };

fn handle(ledger: &mut Ledger, event: Event) -> Vec<Action> {
    let mut out = Vec::new();
    ledger.handle(Time::ZERO, event, &mut out);
    out
}

fn ended(seq: u64, end: AttemptEnd) -> Event {
    Event::Ended { seq: Seq(seq), end, emitted: true }
}

#[test]
fn a_failed_job_starts_again_until_its_attempts_are_used_up() {
    let mut ledger = ledger(2, "never", WIDE);
    assert!(matches!(handle(&mut ledger, Event::Read(job(1)))[..], [Action::Start { attempt: 1, .. }]));
    let again = handle(&mut ledger, ended(1, AttemptEnd::Failed(JobExit::Exited(3))));
    assert!(matches!(again[..], [Action::DiscardOutput(_), Action::Start { attempt: 2, .. }]), "{again:?}");
    let over = handle(&mut ledger, ended(1, AttemptEnd::Failed(JobExit::Exited(3))));
    assert_eq!(over, [Action::Print(Seq(1)), Action::Record(Seq(1))]);
    handle(&mut ledger, Event::InputEnded);
    assert!(ledger.finished());
    assert_eq!((ledger.totals().failed, ledger.totals().retried), (1, 1));
}

#[test]
fn a_refused_start_keeps_the_job_and_uses_up_no_attempt() {
    let mut ledger = ledger(1, "never", WIDE);
    handle(&mut ledger, Event::Read(job(1)));
    assert_eq!(handle(&mut ledger, ended(1, AttemptEnd::Refused)), [Action::DiscardOutput(Seq(1))]);
    let at = ledger.wakes_at().unwrap();
    let mut out = Vec::new();
    ledger.handle(at, Event::Clock, &mut out);
    assert!(matches!(out[..], [Action::Start { attempt: 1, .. }]), "{out:?}");
}

#[test]
fn a_job_that_waits_for_another_attempt_is_skipped_when_the_run_stops() {
    for end in [AttemptEnd::Refused, AttemptEnd::Failed(JobExit::Exited(1))] {
        let delay = Duration::from_mins(1);
        let rule = RetryRule { attempts: 2, on: StatusSet::FAILURES, delay, cap: delay };
        let halt = HaltState::new("never".parse().unwrap());
        let mut ledger = Ledger::new(WIDE, retries(rule), halt);
        handle(&mut ledger, Event::Read(job(1)));
        handle(&mut ledger, ended(1, end));
        let out = handle(&mut ledger, Event::Stop(Cause::Signal(15)));
        assert_eq!(out.first(), Some(&Action::SkipOutput(Seq(1))), "{end:?}");
        // The failed job has run. The refused one never started.
        let failed = end != AttemptEnd::Refused;
        assert_eq!(out.contains(&Action::Record(Seq(1))), failed, "{out:?}");
        assert_eq!(ledger.totals().failed, u64::from(failed));
        assert!(ledger.finished());
    }
}

#[test]
fn a_job_that_is_refused_after_the_stop_is_skipped() {
    let mut ledger = ledger(1, "never", WIDE);
    handle(&mut ledger, Event::Read(job(1)));
    handle(&mut ledger, Event::Stop(Cause::Signal(15)));
    let out = handle(&mut ledger, ended(1, AttemptEnd::Refused));
    assert_eq!(out.first(), Some(&Action::SkipOutput(Seq(1))));
    assert_eq!(ledger.totals().not_started, 1);
}

#[test]
fn half_a_minute_without_a_start_ends_the_run() {
    let mut ledger = ledger(1, "never", WIDE);
    handle(&mut ledger, Event::Read(job(1)));
    let mut now = Time::ZERO;
    while ledger.stopped().is_none() {
        let mut out = Vec::new();
        ledger.handle(now, ended(1, AttemptEnd::Refused), &mut out);
        now = ledger.wakes_at().unwrap_or(now);
        ledger.handle(now, Event::Clock, &mut out);
        assert!(now < Time::from_secs(60.0), "it never gives up");
    }
    assert_eq!(ledger.stopped(), Some(Cause::NoRoom));
}

#[test]
fn a_job_is_recorded_only_when_its_output_was_emitted() {
    let mut ledger = ledger(1, "never", WIDE);
    handle(&mut ledger, Event::Read(job(1)));
    let end = Event::Ended { seq: Seq(1), end: AttemptEnd::Succeeded, emitted: false };
    assert_eq!(handle(&mut ledger, end), [Action::Print(Seq(1))]);
    handle(&mut ledger, Event::InputEnded);
    assert!(!ledger.finished());
    assert_eq!(handle(&mut ledger, Event::Emitted(Seq(1))), [Action::Record(Seq(1))]);
    assert!(ledger.finished());
}

#[test]
fn output_that_is_emitted_before_the_end_is_received_is_not_waited_for() {
    let mut ledger = ledger(1, "never", WIDE);
    handle(&mut ledger, Event::Read(job(1)));
    handle(&mut ledger, Event::InputEnded);
    assert_eq!(handle(&mut ledger, Event::Emitted(Seq(1))), []);
    let end = Event::Ended { seq: Seq(1), end: AttemptEnd::Succeeded, emitted: false };
    assert_eq!(handle(&mut ledger, end), [Action::Print(Seq(1)), Action::Record(Seq(1))]);
    assert!(ledger.finished());
}

#[test]
fn lost_output_is_neither_recorded_nor_a_success() {
    let mut ledger = ledger(1, "never", WIDE);
    handle(&mut ledger, Event::Read(job(1)));
    handle(&mut ledger, Event::Read(job(2)));
    handle(&mut ledger, Event::Ended { seq: Seq(1), end: AttemptEnd::Succeeded, emitted: false });
    assert_eq!(handle(&mut ledger, Event::Stop(Cause::Output)), [Action::DropQueued, Action::EndAll]);
    let late = handle(&mut ledger, Event::Ended { seq: Seq(2), end: AttemptEnd::Succeeded, emitted: false });
    assert_eq!(late, [Action::Print(Seq(2))]);
    assert!(ledger.finished());
    assert_eq!(ledger.totals().failed, 2);
}

#[test]
fn dropped_output_is_not_waited_for() {
    let mut ledger = ledger(1, "never", WIDE);
    handle(&mut ledger, Event::Read(job(1)));
    handle(&mut ledger, Event::Read(job(2)));
    handle(&mut ledger, Event::Ended { seq: Seq(1), end: AttemptEnd::Succeeded, emitted: false });
    handle(&mut ledger, Event::Stop(Cause::Signal(15)));
    handle(&mut ledger, Event::Abandon);
    handle(&mut ledger, Event::Ended { seq: Seq(2), end: AttemptEnd::Killed, emitted: false });
    handle(&mut ledger, Event::InputEnded);
    assert!(ledger.finished());
    assert_eq!((ledger.totals().failed, ledger.totals().killed), (1, 1));
    assert_eq!(ledger.stopped(), Some(Cause::Signal(15)));
}

#[test]
fn halt_now_ends_running_jobs_and_removes_waiting_ones() {
    let mut ledger = ledger(1, "now,fail=1", WIDE);
    for seq in 1..=3 {
        handle(&mut ledger, Event::Read(job(seq)));
    }
    let out = handle(&mut ledger, ended(1, AttemptEnd::Failed(JobExit::Exited(7))));
    assert_eq!(out, [Action::Print(Seq(1)), Action::Record(Seq(1)), Action::DropQueued, Action::EndAll]);
    assert_eq!(ledger.stopped(), Some(Cause::Halt(HaltStatus::Job(7))));
    handle(&mut ledger, ended(2, AttemptEnd::Killed));
    handle(&mut ledger, ended(3, AttemptEnd::Dropped));
    assert!(ledger.finished());
    let totals = ledger.totals();
    assert_eq!((totals.failed, totals.killed, totals.not_started), (1, 1, 1));
}

#[test]
fn skipped_jobs_are_not_part_of_a_percentage() {
    let mut ledger = ledger(1, "soon,done=50%", WIDE);
    (1..=8).for_each(|seq| drop(handle(&mut ledger, Event::Skip(Seq(seq)))));
    (9..=10).for_each(|seq| drop(handle(&mut ledger, Event::Read(job(seq)))));
    handle(&mut ledger, ended(9, AttemptEnd::Succeeded));
    assert_eq!(ledger.stopped(), None, "the total is not known");
    handle(&mut ledger, Event::InputEnded);
    assert_eq!(ledger.stopped(), Some(Cause::Halt(HaltStatus::Percent(0))));
}

#[test]
fn a_signal_overrides_a_softer_stop() {
    let mut ledger = ledger(1, "soon,fail=1", WIDE);
    handle(&mut ledger, Event::Read(job(1)));
    handle(&mut ledger, Event::Read(job(2)));
    handle(&mut ledger, ended(1, AttemptEnd::Failed(JobExit::Exited(1))));
    assert_eq!(handle(&mut ledger, Event::Stop(Cause::Signal(2))), [Action::EndAll]);
    assert_eq!(ledger.stopped(), Some(Cause::Signal(2)));
}

#[test]
fn the_bounds_delay_jobs_that_were_read() {
    let mut ledger = ledger(1, "never", Bounds { jobs_max: 2, ..WIDE });
    let started: usize = (1..=5).map(|seq| handle(&mut ledger, Event::Read(job(seq))).len()).sum();
    assert_eq!((started, ledger.wants_input()), (2, false));
    assert_eq!(handle(&mut ledger, ended(1, AttemptEnd::Succeeded)).len(), 3);
    // Large arguments delay waiting jobs, but leave enough for the workers.
    let mut large = self::ledger(1, "never", Bounds { jobs_min: 3, bytes_max: 1, ..WIDE });
    let started: usize = (1..=5).map(|seq| handle(&mut large, Event::Read(job(seq))).len()).sum();
    assert_eq!((started, large.wants_input()), (3, false));
    let mut ordered = self::ledger(1, "never", Bounds { window: Some(3), ..WIDE });
    let started: usize = (1..=5).map(|seq| handle(&mut ordered, Event::Read(job(seq))).len()).sum();
    assert_eq!(started, 3);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Read,
    Skip,
    AttemptEnd(usize, AttemptEnd),
    Emit(usize),
    Stop(Cause),
    Abandon,
    Clock,
}

fn step() -> impl Strategy<Value = Step> {
    let end = prop_oneof![
        4 => Just(AttemptEnd::Succeeded),
        2 => Just(AttemptEnd::Failed(JobExit::Exited(1))),
        1 => Just(AttemptEnd::Failed(JobExit::TimedOut(15))),
        1 => Just(AttemptEnd::Backoff(JobExit::Exited(75))),
        1 => Just(AttemptEnd::Refused),
    ];
    let cause = prop_oneof![
        Just(Cause::Signal(2)),
        Just(Cause::Output),
        Just(Cause::Input),
        Just(Cause::Log),
        Just(Cause::NoCommand(127))
    ];
    prop_oneof![
        8 => Just(Step::Read),
        1 => Just(Step::Skip),
        8 => (any::<usize>(), end).prop_map(|(i, end)| Step::AttemptEnd(i, end)),
        4 => any::<usize>().prop_map(Step::Emit),
        1 => cause.prop_map(Step::Stop),
        1 => Just(Step::Abandon),
        4 => Just(Step::Clock),
    ]
}

/// The pool and the sink around a ledger.
#[derive(Default)]
struct World {
    running: Vec<Seq>,
    printing: Vec<Seq>,
    recorded: HashSet<Seq>,
    not_run: HashSet<Seq>,
    stopping: bool,
    now: Time,
}

impl World {
    fn handle(&mut self, ledger: &mut Ledger, event: Event) {
        let mut out = Vec::new();
        ledger.handle(self.now, event, &mut out);
        for action in out {
            match action {
                Action::Start { job, .. } => {
                    assert!(!self.running.contains(&job.seq), "started twice at once");
                    assert!(!self.recorded.contains(&job.seq), "started after its record");
                    assert!(ledger.stopped().is_none(), "started after the stop");
                    self.running.push(job.seq);
                }
                Action::Record(seq) => assert!(self.recorded.insert(seq), "recorded twice"),
                Action::NotRun { job, .. } => {
                    assert!(!self.running.contains(&job.seq) && !self.recorded.contains(&job.seq), "it ran");
                    assert!(self.not_run.insert(job.seq), "twice over");
                }
                Action::EndAll => self.stopping = true,
                Action::DiscardOutput(seq) => self.printing.retain(|printing| *printing != seq),
                Action::Print(_) | Action::SkipOutput(_) | Action::DropQueued => {}
            }
        }
    }

    fn end(&mut self, ledger: &mut Ledger, at: usize, end: AttemptEnd) {
        if self.running.is_empty() {
            return;
        }
        let seq = self.running.remove(at % self.running.len());
        let emitted = at.is_multiple_of(2);
        if !emitted {
            self.printing.push(seq);
        }
        self.handle(ledger, Event::Ended { seq, end, emitted });
    }
}

proptest! {
    /// G1 and G7 for any events in any order: every job is counted once, no job starts beyond the bounds, and every run
    /// ends.
    #[test]
    fn every_job_is_counted(steps in proptest::collection::vec(step(), 0..200), attempts in 1u32..4) {
        let mut ledger = ledger(attempts, "never", Bounds { jobs_max: 5, window: Some(7), ..WIDE });
        let mut world = World::default();
        let mut next = 1;
        for step in steps {
            world.now = world.now + Duration::from_millis(5);
            match step {
                Step::Read if ledger.wants_input() => {
                    world.handle(&mut ledger, Event::Read(job(next)));
                    next += 1;
                }
                Step::Skip if ledger.wants_input() => {
                    world.handle(&mut ledger, Event::Skip(Seq(next)));
                    next += 1;
                }
                Step::AttemptEnd(at, end) => world.end(&mut ledger, at, end),
                Step::Emit(at) if !world.printing.is_empty() => {
                    let seq = world.printing.remove(at % world.printing.len());
                    world.handle(&mut ledger, Event::Emitted(seq));
                }
                Step::Stop(cause) => world.handle(&mut ledger, Event::Stop(cause)),
                Step::Abandon => world.handle(&mut ledger, Event::Abandon),
                Step::Clock => world.handle(&mut ledger, Event::Clock),
                _ => {}
            }
            prop_assert!(world.running.len() <= 5);
        }
        world.handle(&mut ledger, Event::InputEnded);
        for _ in 0..10_000 {
            if ledger.finished() {
                break;
            }
            world.now = ledger.wakes_at().unwrap_or(world.now);
            world.handle(&mut ledger, Event::Clock);
            let end = if world.stopping { AttemptEnd::Killed } else { AttemptEnd::Succeeded };
            world.end(&mut ledger, 0, end);
            if let Some(seq) = world.printing.pop() {
                world.handle(&mut ledger, Event::Emitted(seq));
            }
        }
        prop_assert!(ledger.finished(), "{ledger:?}");
        let totals = ledger.totals();
        prop_assert_eq!(totals.read, next - 1);
        prop_assert_eq!(totals.over(), totals.read);
    }
}
