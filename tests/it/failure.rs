//! Jobs that fail, hang or are killed, and what becomes of the run.

use crate::env::{Dir, Run, is_alive, kill, misbehave, until};

const ADVICE: &str = "  --joblog FILE records each job, and --resume-failed runs the failures again\n";

#[test]
fn the_status_is_the_number_of_failed_jobs() {
    for (numbers, status) in [("0", 0), ("0 1", 1), ("0 1 2 3", 3), ("255 7 0", 2)] {
        let done = Run::misbehave("", &format!("exit ::: {numbers}")).run().status(status);
        assert_eq!(done.out(), "");
    }
    let hundred = "1\n".repeat(100);
    Run::misbehave("--progress=none", "exit").stdin(&hundred).run().status(100);
    Run::misbehave("", "exit").stdin(hundred + "1\n").run().status(101);
}

#[test]
fn failures_are_summed_up_at_the_end() {
    let program = misbehave().display().to_string();
    let done = Run::misbehave("-k -j1", "exit ::: 0 1 2").run().status(2);
    done.stderr(&format!(
        "apool: 2 of 3 jobs failed\n       2  status 1     {program} exit 1\n       3  status 2     {program} exit 2\n{ADVICE}"
    ));
    let done = Run::line("-j1 false ::: 1 2 3 4 5 6 7").run().status(7);
    let lines: String = (1..=5).map(|n| format!("       {n}  status 1     false {n}\n")).collect();
    done.stderr(&format!("apool: 7 of 7 jobs failed\n{lines}  and 2 more\n{ADVICE}"));
}

#[test]
fn a_failure_is_named_by_its_bytes() {
    let done = Run::line("-0 test -e").stdin(b"\x1b[31m\xff\n\0").run().status(1);
    done.stderr(&format!(
        "apool: 1 job failed\n       1  status 1     test -e '\\x1b[31m\\xff\\n'\n{ADVICE}"
    ));
}

#[test]
fn a_summary_with_a_joblog_says_how_to_go_on_with_it() {
    let dir = Dir::new();
    let run = || Run::line("-j1 --joblog log --resume-failed test -e ::: a").dir(&dir);
    run().run().status(1).stderr(
        "apool: 1 job failed\n       1  status 1     test -e a\n  the same command with --resume-failed runs the failures again\n",
    );
    dir.write("a", "");
    run().gives("");
}

#[test]
fn carriage_returns_of_windows_are_told_of() {
    let done = Run::line("-j1 test -e").stdin("/\r\n/\r\n").run().status(2);
    assert!(done.err().contains("-d '\\r\\n' takes it off"), "{}", done.err());
    Run::line("-j1 -d \\r\\n test -e").stdin("/\r\n/\r\n").gives("");
}

#[test]
fn names_in_the_summary_cannot_move_the_cursor() {
    let done = Run::line("-0 -j1 false").stdin("a\x1b[2J\nb\0").run().status(1);
    assert!(done.err().chars().all(|c| c == '\n' || !c.is_control()), "{:?}", done.err());
    assert_eq!(done.err().lines().count(), 3, "{}", done.err());
}

#[test]
fn a_signal_that_ends_a_job_is_recorded() {
    let dir = Dir::new();
    let program = misbehave().display().to_string();
    let done =
        Run::misbehave("-j1 --metrics-json m --joblog log", "raise ::: 9 15").dir(&dir).run().status(2);
    assert!(done.err().contains(&format!("       1  signal 9     {program} raise 9\n")), "{}", done.err());
    let failures = &dir.json("m")["failures"];
    assert_eq!((&failures[0]["signal"], &failures[0]["status"]), (&9.into(), &serde_json::Value::Null));
    assert_eq!(failures[1]["signal"], 15);
    let log = dir.read("log");
    let columns: Vec<Vec<&str>> = log.lines().map(|l| l.split('\t').collect()).collect();
    assert_eq!(
        columns[0],
        ["Seq", "Host", "Starttime", "JobRuntime", "Send", "Receive", "Exitval", "Signal", "Command"]
    );
    assert_eq!((columns[1][6], columns[1][7]), ("0", "9"));
}

#[test]
fn retries_are_attempts_in_all() {
    let dir = Dir::new();
    let script = "echo try $APOOL_ATTEMPT; echo x >> tries; [ $APOOL_ATTEMPT = 3 ]";
    // Only the last attempt is printed.
    Run::script("--retries 3 --metrics-json m", script).dir(&dir).args([":::", "a"]).gives("try 3\n");
    assert_eq!(dir.read("tries"), "x\nx\nx\n");
    let metrics = dir.json("m");
    assert_eq!((&metrics["totals"]["retried"], &metrics["totals"]["succeeded"]), (&2.into(), &1.into()));
    let done = Run::script("--retries 2", "echo $APOOL_ATTEMPT; exit 3").args([":::", "a"]).run().status(1);
    done.stdout("2\n").stderr_has("       1  status 3     ");
}

#[test]
fn only_some_statuses_are_tried_again() {
    let script = "echo $1 $APOOL_ATTEMPT; exit $1";
    let done =
        Run::script("-k -j1 --retries 2 --retry-on 75", script).args([":::", "75", "1"]).run().status(2);
    done.stdout("75 2\n1 1\n");
}

#[test]
fn a_retry_keeps_its_place_in_the_order() {
    let script = "echo $1 $APOOL_ATTEMPT; [ $1 != b ] || [ $APOOL_ATTEMPT = 3 ]";
    Run::script("-k -j2 --retries 3", script).args([":::", "a", "b", "c"]).gives("a 1\nb 3\nc 1\n");
}

#[test]
fn a_timeout_ends_the_job_and_what_it_has_started() {
    let script = "sleep 1000 & echo $! > child; echo begun; wait";
    // Long enough for the job to speak; how long that is on a busy machine nobody knows.
    let mut timeout = 500;
    until("the job has spoken before its timeout", || {
        let dir = Dir::new();
        let options = format!("--timeout {timeout}ms --metrics-json m");
        timeout *= 2;
        let done = Run::script(&options, script).dir(&dir).args([":::", "a"]).run().status(1);
        assert_eq!(dir.json("m")["failures"][0]["timed_out"], true);
        let done = done.stderr_has("       1  timed out    sh -c ");
        if done.stdout.is_empty() {
            return false;
        }
        drop(done.stdout("begun\n"));
        let child: u32 = dir.read("child").trim().parse().expect("a process number");
        until("the child is gone", || !is_alive(child));
        true
    });
}

#[test]
fn a_timeout_may_be_a_part_of_the_median() {
    // Nothing is timed out before three have succeeded, so that these may take as long as they like.
    let dir = Dir::new();
    let script = "[ $1 != 4 ] || exec sleep 1000";
    let run = Run::script("-j1 --timeout 10000% --metrics-json m", script).dir(&dir);
    let done = run.args([":::", "1", "2", "3", "4"]).run().status(1);
    done.stderr_has("apool: 1 of 4 jobs failed\n       4  timed out    sh -c ");
    assert_eq!(dir.json("m")["totals"]["succeeded"], 3);
}

#[test]
fn a_timeout_ends_what_ignores_it() {
    Run::misbehave("--timeout 200ms --termseq TERM,50,KILL,25", "ignore-term :::")
        .args(["x"])
        .run()
        .status(1);
    let done = Run::misbehave("--timeout 200ms --retries 2", "sleep ::: 1000").run().status(1);
    done.stderr_has("1  timed out");
}

#[test]
fn processes_of_a_killed_job_do_not_survive_it() {
    for mode in ["tree", "setsid", "double-fork"] {
        // Long enough for the job to speak; how long that is on a busy machine nobody knows.
        let mut timeout = 500;
        until(&format!("{mode} has spoken before its timeout"), || {
            let spoke = a_killed_job_leaves_nothing(mode, timeout);
            timeout *= 2;
            spoke
        });
    }
}

/// True when the job got so far as to name its processes.
fn a_killed_job_leaves_nothing(mode: &str, timeout_ms: u32) -> bool {
    let options = format!("--timeout {timeout_ms}ms --termseq TERM,50,KILL,25");
    let dir = Dir::new();
    let done = Run::misbehave(&options, mode).args([":::", ""]).dir(&dir).run().status(1);
    for line in done.out().lines() {
        let pid = line.trim_start_matches("ready ").parse().expect("a process number");
        until("it is gone", || !is_alive(pid));
    }
    done.out().lines().count() == 1
}

#[test]
fn halting_starts_nothing_more() {
    let dir = Dir::new();
    let script = "echo $1 >> ran; [ $1 != 2 ]";
    let done =
        Run::script("-j1 --halt soon,fail=1 --metrics-json m", script).dir(&dir).args([":::", "1", "2", "3"]);
    done.run().status(1);
    assert_eq!(dir.read("ran"), "1\n2\n");
    let totals = &dir.json("m")["totals"];
    assert_eq!(
        (&totals["succeeded"], &totals["failed"], &totals["not_started"]),
        (&1.into(), &1.into(), &1.into())
    );
    assert_eq!(dir.json("m")["state"], "halted");
}

#[test]
fn halting_now_ends_what_runs_with_the_status_of_the_job() {
    let dir = Dir::new();
    let gate = dir.fifo("gate");
    let script = "if [ $1 = 1 ]; then : > up; read x < gate; fi; while [ ! -e up ]; do :; done; exit 7";
    Run::script("-j2 --halt now,fail=1", script).dir(&dir).args([":::", "1", "2"]).run().status(7);
    drop(gate);
    Run::script("-j2 --halt now,success=1", "exit $1").args([":::", "0"]).run().status(0);
}

#[test]
fn halting_does_not_wait_for_the_order_of_the_output() {
    let dir = Dir::new();
    let gate = dir.fifo("gate");
    let script = "if [ $1 = 1 ]; then read x < gate; else echo $1; exit 5; fi";
    let done =
        Run::script("-k -j2 --halt now,fail=1", script).dir(&dir).args([":::", "1", "2"]).run().status(5);
    done.stdout("2\n");
    drop(gate);
}

#[test]
fn a_job_that_stops_itself_is_not_waited_for_by_the_others() {
    let script = "if [ $1 = 1 ]; then echo $$; kill -STOP $$; fi; echo job $1";
    let mut run = Run::script("-j2 --line-buffer", script).stdin("1\n").start();
    let job: u32 = run.line().parse().expect("a process number");
    run.give("2\n3\n");
    run.close_stdin();
    let others = [run.line(), run.line()];
    assert!(others.iter().all(|line| ["job 2", "job 3"].contains(&line.as_str())), "{others:?}");
    // Until it has stopped a CONT would be lost.
    until("it stands still", || is_stopped(job));
    kill(job, 18);
    run.end().status(0).stdout("job 1\n");
}

fn is_stopped(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
}

#[test]
fn one_failing_job_does_not_keep_the_others_from_running() {
    let done = Run::script("-k -j2", "echo $1; [ $1 = c ]").args([":::", "a", "b", "c", "d"]).run().status(3);
    done.stdout("a\nb\nc\nd\n");
}
