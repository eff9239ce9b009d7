use super::*;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

fn at(seconds: u64) -> Time {
    Time::ZERO + Duration::from_secs(seconds)
}

/// A handle with a child that reads until its input ends.
fn attached() -> (ChildHandle, Child) {
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
fn suspended_times_are_added_up() {
    let (handle, mut child) = attached();
    assert!(handle.suspend(None, at(1)) && handle.suspend(Some(TaskId(1)), at(2)));
    assert_eq!((handle.requests().suspended, handle.requests().suspended_time), (true, Duration::ZERO));
    assert!(handle.resume(None, at(6)) && !handle.resume(None, at(7)));
    assert!(handle.suspend(None, at(10)) && handle.resume(None, at(12)));
    assert_eq!(
        handle.requests(),
        ChildRequests { suspended_time: Duration::from_secs(7), ..ChildRequests::default() }
    );
    end(&handle, &mut child);
}

#[test]
fn a_child_that_has_exited_cannot_be_stopped() {
    let (handle, mut child) = attached();
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
fn requests_for_another_task_do_nothing() {
    let (handle, mut child) = attached();
    let other = Some(TaskId(2));
    assert!(!handle.stop(other, EndCause::TimedOut, signals::SIGTERM));
    assert!(!handle.suspend(other, at(1)) && !handle.resume(other, at(2)));
    assert_eq!(handle.requests(), ChildRequests::default());
    end(&handle, &mut child);
}
