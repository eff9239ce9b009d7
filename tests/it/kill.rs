//! However a run ends, no process of a killed job survives: no child, no process in a group or session of
//! its own, none that ignores TERM or is stopped.

use crate::harness::{Live, Run, misbehave, until};
use adaptive_pool::policy::POLICY_NAMES;
use std::collections::BTreeSet;

/// The processes started by jobs of this run, found by the variable that names the run.
pub fn processes_of(run: u32) -> BTreeSet<u32> {
    let mark = format!("APOOL_PID={run}");
    let all = std::fs::read_dir("/proc").expect("/proc").flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok()));
    let is_ours = |pid: &u32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|&b| b == 0).any(|variable| variable == mark.as_bytes())
    };
    // A process that is exiting has no environment.
    pids.filter(is_ours).collect()
}

/// How a job misbehaves, and how many processes of it say `ready`.
const SHAPES: [&str; 6] = ["ignore-term", "tree", "setsid", "double-fork", "sh-nested", "stopped"];

fn command(shape: &str) -> String {
    let fixture = misbehave().display().to_string();
    match shape {
        // A shell in a shell in the background of a shell.
        "sh-nested" => format!("sh -c '{fixture} ignore-term & wait' & wait"),
        // The shell stops itself; its child goes on.
        "stopped" => format!("{fixture} ignore-term & kill -STOP $$"),
        shape => format!("{fixture} {shape}"),
    }
}

/// Three jobs of this shape, all of them running.
fn run_of(shape: &str, options: &str) -> Live {
    try_run_of(shape, options).unwrap_or_else(|said| panic!("{shape}: {said}"))
}

/// The same under a timeout, which is doubled until the jobs are running before it.
fn timed_run_of(shape: &str, options: &str) -> Live {
    let mut seconds = 0.5;
    loop {
        if let Ok(run) = try_run_of(shape, &format!("{options} --timeout {seconds}")) {
            return run;
        }
        seconds *= 2.0;
        assert!(seconds < 60.0, "{shape} does not come up");
    }
}

/// Three jobs of this shape, or the output when one of them did not start in time.
fn try_run_of(shape: &str, options: &str) -> Result<Live, String> {
    let patience = if options.contains("--termseq") { "" } else { "--termseq TERM,50,KILL,25" };
    // All of them must run at once, whatever the policy decides.
    let workers = if options.contains("--policy") { "--min-workers 4 --max-workers 6" } else { "-j4" };
    let mut run = Run::line(&format!("{workers} --line-buffer {patience} {options}")).start();
    for _ in 0..3 {
        run.give(&format!("{}\n", command(shape)));
    }
    for _ in 0..3 {
        let line = run.line();
        if !line.starts_with("ready ") {
            return Err(format!("{line:?}, {}", run.end().err()));
        }
    }
    let up = processes_of(run.pid()).len();
    if up >= 3 { Ok(run) } else { Err(format!("{up} processes, {}", run.end().err())) }
}

#[track_caller]
fn assert_none_left(run: u32, what: &str) {
    let left = processes_of(run);
    for pid in &left {
        crate::harness::kill(*pid, 9);
    }
    assert!(left.is_empty(), "{what}: {left:?} live on");
}

#[test]
fn no_process_survives_a_signal() {
    for shape in SHAPES {
        for signal in [1, 2, 15] {
            let run = run_of(shape, "");
            let pid = run.pid();
            run.signal(signal);
            run.end().signal(signal);
            assert_none_left(pid, &format!("{shape} after signal {signal}"));
        }
    }
}

#[test]
fn a_second_signal_kills_at_once() {
    for shape in SHAPES {
        // With a joblog a job ends after its output is written. The second signal discards the output.
        let run = run_of(shape, "--termseq TERM,3600000,KILL,25 --joblog /dev/null");
        let pid = run.pid();
        // Only the second signal ends the run: the first waits an hour. Two equal signals might arrive as one.
        run.signal(15);
        run.signal(2);
        let status = std::os::unix::process::ExitStatusExt::signal(&run.end().status);
        assert!(matches!(status, Some(2 | 15)), "{shape}: {status:?}");
        assert_none_left(pid, shape);
    }
}

#[test]
fn no_process_survives_a_timeout() {
    for shape in SHAPES {
        let mut run = timed_run_of(shape, "");
        let pid = run.pid();
        run.close_stdin();
        run.end().status(3);
        assert_none_left(pid, shape);
    }
}

#[test]
fn no_process_survives_a_halt() {
    for shape in SHAPES {
        let mut run = run_of(shape, "--halt now,fail=1");
        let pid = run.pid();
        run.give("exit 7\n");
        run.end().status(7);
        assert_none_left(pid, shape);
    }
}

#[test]
fn no_process_survives_the_reader_of_the_output() {
    for shape in SHAPES {
        let mut run = run_of(shape, "");
        let pid = run.pid();
        run.close_stdout();
        // More than once: a process that another test is starting may still have the other end of the pipe.
        while run.try_give("echo unread\n") {}
        run.end().status(141);
        assert_none_left(pid, shape);
    }
}

#[test]
fn no_process_survives_kill_9() {
    for shape in SHAPES {
        let run = run_of(shape, "");
        let pid = run.pid();
        run.signal(9);
        // The jobs have the output open, so its end is the end of the jobs.
        run.end().signal(9);
        until(&format!("no process survives kill -9: {shape}"), || processes_of(pid).is_empty());
    }
}

/// The processes whose parent is this one.
fn children_of(parent: u32) -> Vec<u32> {
    let text = std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let lists = text.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

#[test]
fn the_guardian_of_a_nested_run_is_no_process_of_the_outer_job() {
    let mut run = run_of("tree", "");
    // The check as if this run were a job of another run.
    let (pid, guardian) = (run.pid(), |pid: &u32| {
        std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "apool-guardian\n")
    });
    let guardians: Vec<u32> = children_of(pid).into_iter().filter(guardian).collect();
    assert_eq!(guardians.len(), 1);
    let environment = std::fs::read(format!("/proc/{}/environ", guardians[0])).expect("its environment");
    assert!(
        environment.split(|&b| b == 0).all(|variable| !variable.starts_with(b"PATH=")),
        "{environment:?}"
    );
    // It has no descriptor of the caller, and signals for apool do nothing to it.
    let open = std::fs::read_dir(format!("/proc/{}/fd", guardians[0])).expect("its descriptors").count();
    assert_eq!(open, 1);
    for signal in [1, 2, 3, 15, 20] {
        crate::harness::kill(guardians[0], signal);
    }
    run.close_stdin();
    run.signal(9);
    run.end().signal(9);
    until("no process survives kill -9", || processes_of(pid).is_empty());
}

#[test]
fn no_process_of_a_nested_run_survives_kill_9() {
    let fixture = misbehave().display().to_string();
    // If the outer guardian took the inner one for a process of its job, one try in two would still pass by chance.
    for _ in 0..6 {
        let inner = format!("exec \"$0\" -j2 --line-buffer {fixture} ::: tree tree");
        let mut run = Run::line("-j1 --line-buffer").args(["--", "sh", "-c", &inner, "{}"]).start();
        run.give(&format!("{}\n", crate::harness::apool().display()));
        let lines = [run.line(), run.line()];
        let jobs = lines.map(|line| {
            line.strip_prefix("ready ").expect("it is running").parse::<u32>().expect("a number")
        });
        run.signal(9);
        drop(run);
        for job in jobs {
            until("the inner job is gone", || !crate::harness::is_alive(job));
        }
    }
}

#[test]
fn no_process_survives_under_any_policy() {
    for policy in POLICY_NAMES {
        for signal in [15, 9] {
            let run = run_of("setsid", &format!("--policy {policy}"));
            let pid = run.pid();
            run.signal(signal);
            run.end().signal(signal);
            if signal == 9 {
                until(&format!("no process survives kill -9: {policy}"), || processes_of(pid).is_empty());
            }
            assert_none_left(pid, policy);
        }
        let mut run = timed_run_of("setsid", &format!("--policy {policy}"));
        let pid = run.pid();
        run.close_stdin();
        run.end().status(3);
        assert_none_left(pid, policy);
        let mut run = run_of("tree", &format!("--policy {policy} --halt now,fail=1"));
        let pid = run.pid();
        run.give("exit 7\n");
        run.end().status(7);
        assert_none_left(pid, policy);
    }
}

#[test]
fn a_background_process_of_a_successful_job_lives_and_is_counted() {
    let dir = crate::harness::Dir::new();
    let command = format!("{} leak-pipe 3600", misbehave().display());
    let mut run = Run::line("-j1 --metrics-json m").dir(&dir).start();
    let pid = run.pid();
    run.give(&format!("{command}\necho next\n"));
    assert_eq!(run.line(), "next");
    run.end().status(0);
    let left = processes_of(pid);
    for &pid in &left {
        crate::harness::kill(pid, 9);
    }
    assert_eq!(left.len(), 1);
    assert_eq!(dir.json("m")["totals"]["leaked"], 1);
}
