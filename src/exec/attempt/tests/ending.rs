//! Jobs that are ended, and jobs that resist.

use super::*;

/// The state letter of a process. `None` when it is gone.
fn state(pid: i32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

fn until(what: &str, mut true_now: impl FnMut() -> bool) {
    let clock = RunClock::new();
    while !true_now() {
        assert!(clock.now().as_secs() < 30.0, "never: {what}");
        std::thread::yield_now();
    }
}

fn assert_gone(pid: i32) {
    assert!(pid > 1);
    until("a survivor is gone", || matches!(state(pid), None | Some('Z' | 'X')));
}

fn with_variables(mode: &[&str], value: &str) -> Spec {
    let mut job = misbehave(mode, OutputMode::Lines);
    job.extra_env = vec![c"APOOL_SEQ=77".to_owned(), CString::new(format!("TEST_MARK={value}")).unwrap()];
    job
}

#[test]
fn a_job_that_ignores_term_is_killed() {
    let exec = executor();
    let job = misbehave(&["ignore-term"], OutputMode::Lines);
    let (attempt, pid) = when_ready(&exec, job, None, &mut |_| {
        assert!(exec.stop_one(TaskId(7), &halted()));
    });
    assert_eq!(attempt.outcome, Outcome::Stopped(StopReason::Halted));
    assert_eq!(state(pid), None);
}

#[test]
fn a_stopped_job_may_clean_up_but_counts_as_stopped() {
    let exec = executor_with(|config| config.termseq = "TERM,600000,KILL,25".parse().unwrap());
    let job = misbehave(&["catch-term", "0"], OutputMode::Lines);
    let why = StopReason::Interrupted(15);
    let (attempt, _) = when_ready(&exec, job, None, &mut |_| exec.stop(why.clone()));
    assert_eq!(attempt.outcome, Outcome::Stopped(why));
    let Outcome::NotStarted(error) = run(&exec, sh("true")).outcome else { panic!("started after the stop") };
    assert_eq!(error.kind, StartErrorKind::Cancelled);
}

#[test]
fn no_process_of_a_killed_job_survives() {
    let exec = executor();
    for mode in ["tree", "setsid", "double-fork"] {
        let (attempt, pid) = when_ready(&exec, with_variables(&[mode], mode), None, &mut |_| {
            assert!(exec.stop_one(TaskId(7), &halted()));
        });
        assert_eq!(attempt.outcome, Outcome::Stopped(StopReason::Halted), "{mode}");
        assert_gone(pid);
    }
}

#[test]
fn a_second_request_kills_at_once() {
    let exec = executor_with(|config| config.termseq = "TERM,600000,KILL,25".parse().unwrap());
    let (attempt, pid) = when_ready(&exec, with_variables(&["setsid"], "second"), None, &mut |_| {
        exec.stop(StopReason::Interrupted(2));
        exec.kill();
    });
    assert_eq!(attempt.outcome, Outcome::Stopped(StopReason::Interrupted(2)));
    assert_gone(pid);
}

#[test]
fn a_job_over_its_timeout_is_ended() {
    let exec = executor();
    let timeout = Some(Duration::from_millis(40));
    let attempt = exec.run(sh("echo begun; sleep 600"), Slot(1), TaskId(1), timeout, &mut |_, _| {});
    assert_eq!(attempt.outcome, Outcome::TimedOut);
    assert!(attempt.took >= Duration::from_millis(40));
    let quick = exec.run(sh("true"), Slot(1), TaskId(1), Some(Duration::from_mins(10)), &mut |_, _| {});
    assert_eq!(quick.outcome, Outcome::Exited(0));
}

#[test]
fn a_paused_clock_stops_the_deadline() {
    let clock = Arc::new(RunClock::new());
    let exec = executor_with(|config| config.clock = Arc::clone(&clock));
    clock.pause();
    let timeout = Some(Duration::from_millis(10));
    let attempt = exec.run(sh("sleep 0.1; exit 5"), Slot(1), TaskId(1), timeout, &mut |_, _| {});
    assert_eq!((attempt.outcome, attempt.took), (Outcome::Exited(5), Duration::ZERO));
}

#[test]
fn a_suspended_job_is_continued_to_receive_its_signal() {
    // Without a CONT it would get the TERM only with the KILL, ten minutes later.
    let exec = executor_with(|config| config.termseq = "TERM,600000".parse().unwrap());
    let job = misbehave(&["catch-term", "0"], OutputMode::Lines);
    let (attempt, _) = when_ready(&exec, job, None, &mut |pid| {
        assert!(exec.suspend(TaskId(7)));
        until("it is stopped", || state(pid) == Some('T'));
        exec.stop(halted());
    });
    assert_eq!(attempt.outcome, Outcome::Stopped(StopReason::Halted));
}

#[test]
fn a_suspended_job_stops_and_continues() {
    let exec = executor();
    // It waits for a line, so it cannot end before it was stopped.
    let (read, write) = crate::sys::events::pipe().unwrap();
    let mut job = spec(["sh", "-c", "echo ready $$; read line; exit 4"], OutputMode::Lines);
    job.stdin = Stdin::Fd(read);
    let (attempt, _) = when_ready(&exec, job, Some(Duration::from_mins(10)), &mut |pid| {
        exec.suspend_all();
        until("it is stopped", || state(pid) == Some('T'));
        let mut seen = Vec::new();
        exec.live(&mut |live| seen.push((live.id, live.pid, live.suspended)));
        assert_eq!(seen, [(TaskId(7), pid.cast_unsigned(), true)]);
        crate::sys::io::write_all(&write, b"go\n").unwrap();
        exec.resume_all();
    });
    assert_eq!(attempt.outcome, Outcome::Exited(4));
    assert!(!exec.resume(TaskId(7)));
}

#[test]
fn background_processes_of_a_successful_job_are_left_alone() {
    let exec = executor_with(|config| config.leak = Duration::from_millis(20));
    let attempt = run(&exec, sh("sleep 600 & echo $!"));
    assert_eq!((attempt.outcome, attempt.leaked), (Outcome::Exited(0), true));
    let left: i32 = text(&attempt.out).trim().parse().unwrap();
    assert!(matches!(state(left), Some('S' | 'R' | 'D')));
    signals::kill_one(left, signals::SIGKILL);
    // On a busy machine the shell may be gone long before its child closes the pipes.
    let exec = executor_with(|config| config.leak = Duration::from_mins(10));
    let attempt = run(&exec, sh("sleep 600 >/dev/null 2>&1 & echo $!"));
    assert!(!attempt.leaked, "it does not have the pipes open");
    signals::kill_one(text(&attempt.out).trim().parse().unwrap(), signals::SIGKILL);
}

#[test]
fn a_job_that_wants_the_terminal_is_ended() {
    // There is no terminal, so it stops itself as the terminal would.
    let exec = executor_with(|config| config.watch_terminal = true);
    let attempt = run(&exec, misbehave(&["raise", "21"], OutputMode::Capture));
    assert_eq!(attempt.outcome, Outcome::Stopped(StopReason::WantsTerminal(21)));
}

#[test]
fn a_handle_does_nothing_after_the_reap() {
    let exec = executor();
    assert_eq!(run(&exec, sh("true")).outcome, Outcome::Exited(0));
    assert!(!exec.stop_one(TaskId(1), &halted()));
    assert!(!exec.suspend(TaskId(1)));
    exec.kill();
}

#[test]
fn the_guardian_kills_the_watched_groups() {
    let exec = executor();
    let guardian = crate::sys::guardian::Guardian::begin().unwrap();
    let mut guardian = Some(guardian);
    // A shell that waits for its child. Both are in the group.
    let job = spec(["sh", "-c", "sleep 600 & echo ready $$; wait"], OutputMode::Lines);
    let (attempt, pid) = when_ready(&exec, job, None, &mut |pid| {
        let guardian = guardian.take().unwrap();
        guardian.watch(4000, pid, &[]);
        guardian.ensure();
        guardian.watch(4095, pid, &[]);
        guardian.release(4095);
        // The drop closes the pipe, as a kill of apool would.
        drop(guardian);
    });
    assert_eq!((attempt.outcome, attempt.leaked), (Outcome::Signaled(9), false));
    assert_eq!(state(pid), None);
}
