//! The order of starts, limits that change during a run, and the core and niceness of jobs.

use crate::harness::{Dir, Run, apool, until};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

#[test]
fn jobs_start_in_the_order_asked_for() {
    let dir = Dir::new();
    for (name, bytes) in [("s", 1), ("l", 100), ("m", 10)] {
        dir.write(name, vec![b'x'; bytes]);
    }
    let started = |words: &[&str]| {
        Run::new().dir(&dir).args(["-j1"]).args(words).run().status(0).out().replace('\n', " ")
    };
    assert_eq!(started(&["--order", "fifo", "echo", ":::", "s", "l", "m"]), "s l m ");
    assert_eq!(started(&["--order", "lifo", "echo", ":::", "s", "l", "m"]), "m l s ");
    assert_eq!(started(&["--order", "size", "echo", ":::", "s", "l", "m"]), "l m s ");
    assert_eq!(
        started(&["--priority", "2", "--link", "echo", "{1}", ":::", "a", "b", "c", ":::", "3", "1", "2"]),
        "b c a "
    );
    assert_eq!(started(&["--order", "lifo", "echo", "{#}", ":::", "a", "b"]), "2 1 ");
}

#[test]
fn names_of_columns_give_priorities() {
    let input = "job,weight\na,3\nb,-1\nc,2\n";
    Run::new()
        .stdin(input)
        .args(["-j1", "--csv", "--header", ":", "--priority", "weight", "echo", "{job}"])
        .gives("b\nc\na\n");
    let done = Run::new().stdin(input).args(["--csv", "--header", ":", "--priority", "cost", "echo"]).run();
    done.status(255).stderr("apool: --priority: no column is called cost; the columns are job, weight\n");
}

#[test]
fn the_longest_jobs_of_the_joblog_start_first() {
    let dir = Dir::new();
    let line =
        |seq, took, command| format!("{seq}\t:\t1700000000.000\t{took:>10.3}\t0\t0\t0\t0\t{command}\n");
    let header = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
    let log = format!("{header}{}{}", line(1, 1.0, "echo short"), line(2, 9.0, "echo long"));
    dir.write("old", log);
    let words = ["-j1", "--order", "history=old", "echo", ":::", "short", "new", "long"];
    Run::new().dir(&dir).args(words).gives("long\nnew\nshort\n");
    // The first run has no history.
    let words = ["-j1", "--order", "history", "--joblog", "log", "echo", ":::", "a", "b"];
    Run::new().dir(&dir).args(words).gives("a\nb\n");
}

#[test]
fn with_k_jobs_start_in_one_order_and_print_in_the_other() {
    let dir = Dir::new();
    let code = "echo {} >> started; echo {}";
    let words = ["-j1", "-k", "--order", "lifo", "-c", code, ":::", "a", "b", "c"];
    Run::new().dir(&dir).args(words).gives("a\nb\nc\n");
    assert_eq!(dir.read("started"), "c\nb\na\n");
    // The same line by line, and for a command with the total number of jobs.
    Run::new().args(["-k", "--lb", "--order", "lifo", "echo", ":::", "a", "b"]).gives("a\nb\n");
    Run::new().args(["-k", "--order", "lifo", "echo", "{#}/{##}", ":::", "a", "b"]).gives("1/2\n2/2\n");
}

#[test]
fn more_jobs_than_are_held_back_print_in_the_order_of_the_input() {
    for (jobs, options) in [
        (4_500, &["-k", "--order", "lifo"][..]),
        (4_500, &["-k", "--order", "random"]),
        (9_000, &["--dry-run", "--order", "lifo"]),
    ] {
        let input: String = (1..=jobs).map(|n| format!("{n}\n")).collect();
        let done = Run::new().stdin(&input).args(options).args(["echo"]).run().status(0).stderr("");
        assert_eq!(done.out().replace("echo ", ""), input, "{options:?}");
    }
}

#[test]
fn a_stop_leaves_no_output_waiting_for_a_job_that_never_starts() {
    let input: String = (1..=6_000).map(|n| format!("{n}\n")).collect();
    let words = ["-j2", "-k", "--order", "lifo", "--halt", "soon,fail=1", "-c", "echo {}; test {} != 4000"];
    let done = Run::new().stdin(&input).args(words).run().status(1);
    let lines: Vec<u32> = done.out().lines().map(|line| line.parse().expect("a number")).collect();
    assert!(lines.is_sorted() && lines.contains(&4000) && lines.contains(&4096), "{lines:?}");
}

#[test]
fn an_unknown_order_is_refused() {
    Run::new()
        .args(["--order", "best", "echo", ":::", "a"])
        .run()
        .status(255)
        .stderr_has("the orders are fifo");
}

#[test]
fn the_number_of_workers_follows_its_file() {
    let dir = Dir::new();
    dir.write("jobs", "1\n");
    // Each job waits until two run: with one worker the first one would never end.
    let code = "touch s{}; while [ $(ls s* | wc -l) -lt 2 ]; do sleep 0.05; done";
    let run = Run::new().dir(&dir).args(["-j", "jobs", "-c", code, ":::", "1", "2"]).start();
    until("the first job runs", || dir.join("s1").exists());
    dir.write("jobs", "2\n\n");
    run.end().status(0);
}

#[test]
fn the_command_of_limit_decides_whether_jobs_start() {
    let dir = Dir::new();
    dir.write("busy", "");
    let run =
        Run::new().dir(&dir).args(["--limit", "touch asked; test ! -e busy", "touch", ":::", "ran"]).start();
    until("it was asked", || dir.join("asked").exists());
    assert!(!dir.join("ran").exists());
    std::fs::remove_file(dir.join("busy")).expect("remove");
    run.end().status(0);
    assert!(dir.join("ran").exists());
}

#[test]
fn a_job_ended_by_the_limit_runs_again() {
    let dir = Dir::new();
    // The first attempt waits to be killed; the command of --limit asks for that when it runs.
    let limit = "if [ -e first ] && [ ! -e ended ]; then touch ended; exit 2; fi";
    let code = ": {}; if [ -e first ]; then exit 0; fi; touch first; sleep 1000";
    let run = Run::new().dir(&dir).args(["--limit", limit, "-c", code, ":::", "a"]).start();
    run.end().status(0).stderr("");
    assert!(dir.join("ended").exists());
}

#[test]
fn jobs_get_their_core_and_niceness() {
    let list = "grep Cpus_allowed_list /proc/self/status | tr -dc '0-9,-'; echo; : {}";
    for how in ["spread", "compact"] {
        let done =
            Run::new().args(["-j1", "--affinity", how, "-c", list, ":::", "a"]).run().status(0).stderr("");
        assert!(done.out().trim().parse::<u32>().is_ok(), "{how}: {}", done.out());
    }
    Run::new().args(["--affinity", "numa", "true", ":::", "a"]).gives("");
    Run::new().args(["--ionice", "idle", "-c", "ionice; : {}", ":::", "a"]).gives("idle\n");
    Run::new().args(["--ionice", "eager", "true"]).run().status(255).stderr_has("'eager' is not idle");
}

#[test]
fn jobs_run_at_the_niceness_that_was_asked_for() {
    Run::new().args(["--nice", "7", "-c", "nice; : {}", ":::", "a"]).gives("7\n");
    // Whatever the niceness of this test is.
    let mut command = Command::new("nice");
    command.args(["-n", "3"]).arg(apool()).args(["--nice", "7", "-c", "nice; : {}", ":::", "a"]);
    assert_eq!(command.output().expect("nice").stdout, b"7\n");
}

#[test]
fn a_niceness_that_is_not_granted_is_reported() {
    let dir = Dir::new();
    let copy = dir.join("apool");
    fs::copy(apool(), &copy).expect("a copy");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("open to all");
    let mut command = Command::new(&copy);
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    command.args(["--nice", "-20", "echo", ":::", "a"]).current_dir(dir.path());
    let done = command.output().expect("apool");
    let message = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(message, "apool: --nice -20: Permission denied: the jobs run at the niceness of apool\n");
    assert_eq!((done.status.code(), &done.stdout[..]), (Some(0), &b"a\n"[..]));
}
