use super::*;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

fn at(seconds: u64) -> Time {
    Time::ZERO + Duration::from_secs(seconds)
}

/// A leash on a child that reads until its input ends.
fn held() -> (Leash, Child) {
    #[expect(clippy::disallowed_methods, reason = "a test needs a process of its own")]
    let mut cat = Command::new("cat");
    let child = cat.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let leash = Leash::new(None).unwrap();
    leash.attach(TaskId(1), child.id().cast_signed(), at(0), &[]);
    (leash, child)
}

fn end(leash: &Leash, child: &mut Child) {
    drop(child.stdin.take());
    while !wait::has_ended(child.id().cast_signed()) {
        std::thread::yield_now();
    }
    assert!(leash.reap().unwrap().is_some());
}

#[test]
fn the_time_for_which_it_stood_still_is_added_up() {
    let (leash, mut child) = held();
    assert!(leash.suspend(None, at(1)) && leash.suspend(Some(TaskId(1)), at(2)));
    assert_eq!((leash.asked().suspended, leash.asked().stood_still), (true, Duration::ZERO));
    assert!(leash.resume(None, at(6)) && !leash.resume(None, at(7)));
    assert!(leash.suspend(None, at(10)) && leash.resume(None, at(12)));
    assert_eq!(leash.asked(), Asked { stood_still: Duration::from_secs(7), ..Asked::default() });
    end(&leash, &mut child);
}

#[test]
fn who_has_ended_by_itself_was_not_ended_by_us() {
    let (leash, mut child) = held();
    drop(child.stdin.take());
    while !wait::has_ended(child.id().cast_signed()) {
        std::thread::yield_now();
    }
    assert!(!leash.stop(None, Ending::TimedOut, signals::SIGTERM));
    leash.kill(Ending::TimedOut);
    assert!(!leash.is_ending());
    let (_, ending) = leash.reap().unwrap().unwrap();
    assert_eq!(ending, None);
    assert!(leash.live().is_none() && !leash.suspend(None, at(1)));
}

#[test]
fn another_task_is_left_alone() {
    let (leash, mut child) = held();
    let other = Some(TaskId(2));
    assert!(!leash.stop(other, Ending::TimedOut, signals::SIGTERM));
    assert!(!leash.suspend(other, at(1)) && !leash.resume(other, at(2)));
    assert_eq!(leash.asked(), Asked::default());
    end(&leash, &mut child);
}
