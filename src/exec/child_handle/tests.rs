use super::*;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

fn at(seconds: u64) -> Time {
    Time::ZERO + Duration::from_secs(seconds)
}

/// A leash on a child that reads until its input ends.
fn held() -> (ChildHandle, Child) {
    #[expect(clippy::disallowed_methods, reason = "a test needs a process of its own")]
    let mut cat = Command::new("cat");
    let child = cat.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let handle = ChildHandle::new(None).unwrap();
    handle.attach(TaskId(1), child.id().cast_signed(), at(0), &[]);
    (handle, child)
}

fn end(handle: &ChildHandle, child: &mut Child) {
    drop(child.stdin.take());
    while !wait::has_ended(child.id().cast_signed()) {
        std::thread::yield_now();
    }
    assert!(handle.reap().unwrap().is_some());
}

#[test]
fn the_time_for_which_it_stood_still_is_added_up() {
    let (handle, mut child) = held();
    assert!(handle.suspend(None, at(1)) && handle.suspend(Some(TaskId(1)), at(2)));
    assert_eq!((handle.asked().suspended, handle.asked().stood_still), (true, Duration::ZERO));
    assert!(handle.resume(None, at(6)) && !handle.resume(None, at(7)));
    assert!(handle.suspend(None, at(10)) && handle.resume(None, at(12)));
    assert_eq!(handle.asked(), Requests { stood_still: Duration::from_secs(7), ..Requests::default() });
    end(&handle, &mut child);
}

#[test]
fn who_has_ended_by_itself_was_not_ended_by_us() {
    let (handle, mut child) = held();
    drop(child.stdin.take());
    while !wait::has_ended(child.id().cast_signed()) {
        std::thread::yield_now();
    }
    assert!(!handle.stop(None, EndCause::TimedOut, signals::SIGTERM));
    handle.kill(EndCause::TimedOut);
    assert!(!handle.is_ending());
    let (_, ending) = handle.reap().unwrap().unwrap();
    assert_eq!(ending, None);
    assert!(handle.live().is_none() && !handle.suspend(None, at(1)));
}

#[test]
fn another_task_is_left_alone() {
    let (handle, mut child) = held();
    let other = Some(TaskId(2));
    assert!(!handle.stop(other, EndCause::TimedOut, signals::SIGTERM));
    assert!(!handle.suspend(other, at(1)) && !handle.resume(other, at(2)));
    assert_eq!(handle.asked(), Requests::default());
    end(&handle, &mut child);
}
