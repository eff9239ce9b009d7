//! --halt in all its forms, under every policy: the jobs that run, the counts and the exit status.

use crate::harness::{Dir, Run};
use adaptive_pool::policy::POLICY_NAMES;

/// The totals of the metrics: read, succeeded, failed, killed, not started, skipped.
fn totals(dir: &Dir) -> [u64; 6] {
    let document = dir.json("m");
    ["read", "succeeded", "failed", "killed", "not_started", "skipped"]
        .map(|name| document["totals"][name].as_u64().expect("a number"))
}

#[track_caller]
fn accounted(dir: &Dir) -> [u64; 6] {
    let totals = totals(dir);
    assert_eq!(totals[0], totals[1..].iter().sum::<u64>(), "{totals:?}");
    totals
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
fn halt_never_runs_every_job() {
    let dir = Dir::new();
    Run::line("--halt never --metrics-json m").dir(&dir).stdin("exit 1\n".repeat(20)).run().status(20);
    assert_eq!(accounted(&dir), [20, 0, 20, 0, 0, 0]);
}

#[test]
fn halt_soon_lets_running_jobs_end_and_now_kills_them() {
    for policy in POLICY_NAMES {
        for (when, what, first, status) in [
            ("soon", "fail=1", "exit 9", 9),
            ("soon", "success=1", "true", 0),
            ("soon", "done=1", "exit 4", 4),
            ("now", "fail=1", "exit 9", 9),
            ("now", "success=1", "true", 0),
            ("now", "done=1", "exit 4", 4),
        ] {
            let dir = Dir::new();
            let options = format!(
                "--policy {policy} --max-workers 4 --min-workers 2 --line-buffer --halt {when},{what} --metrics-json m --joblog log"
            );
            let mut run = Run::line(&options).dir(&dir).start();
            let go = dir.fifo("go");
            run.give("echo up; read x <go; echo down\n");
            assert_eq!(run.line(), "up", "{policy} {when},{what}");
            run.give(&format!("{first}\n"));
            if when == "soon" {
                // The run is stopping, and still waits for this job.
                crate::harness::until("the record is there", || {
                    crate::joblog::records(&dir, "log").len() == 1
                });
                std::io::Write::write_all(&mut &go, b"\n").expect("let it go");
                assert_eq!(run.line(), "down", "{policy} {when},{what}");
            }
            let done = run.end();
            let status = if when == "soon" && what == "fail=1" {
                done.status.code().expect("a status")
            } else {
                status
            };
            let done = done.status(status);
            let [_, succeeded, failed, killed, ..] = accounted(&dir);
            assert_eq!(killed, u64::from(when == "now"), "{policy} {when},{what}: {}", done.err());
            assert_eq!(succeeded + failed, 1 + u64::from(when == "soon"), "{policy} {when},{what}");
            // A killed job has no record and runs again.
            assert_eq!(crate::joblog::records(&dir, "log").len() as u64, succeeded + failed);
        }
    }
}

#[test]
fn a_percentage_counts_against_all_jobs() {
    let dir = Dir::new();
    let input: String = ["exit 1\n"; 3].concat() + &"true\n".repeat(7);
    let run =
        |halt: &str| Run::line(&format!("-j1 --halt {halt} --metrics-json m")).dir(&dir).stdin(&input).run();
    run("soon,fail=50%").status(3);
    assert_eq!(accounted(&dir), [10, 7, 3, 0, 0, 0]);
    let done = run("now,fail=20%");
    assert_ne!(done.status.code(), Some(0));
    let [read, succeeded, failed, ..] = accounted(&dir);
    assert!(read <= 10 && succeeded <= 7 && failed >= 2, "{:?}", totals(&dir));
}

#[test]
fn a_halted_run_is_resumed_where_it_stopped() {
    for policy in POLICY_NAMES {
        let dir = Dir::new();
        let input: String =
            (1..=20).map(|n| format!("echo {n} >>ran; test {n} != 6 || test -e again\n")).collect();
        let options = format!("--policy {policy} --halt soon,fail=1 --joblog log");
        Run::line(&options).dir(&dir).stdin(&input).run();
        dir.write("again", "");
        Run::line(&format!("{options} --resume-failed")).dir(&dir).stdin(&input).run().status(0);
        let mut ran: Vec<u32> = dir.read("ran").lines().map(|l| l.parse().expect("a number")).collect();
        ran.sort_unstable();
        let mut expected: Vec<u32> = (1..=20).collect();
        expected.insert(6, 6);
        assert_eq!(ran, expected, "{policy}");
    }
}

/// Never more jobs at once than the hard limit, with retries, failing jobs and a moving limit.
#[test]
fn no_policy_runs_more_than_the_hard_limit() {
    for policy in POLICY_NAMES {
        let dir = Dir::new();
        // A job that cannot create the directory of its slot shares the slot with another job.
        let job = "test $APOOL_SLOT -le 3 && mkdir slot$APOOL_SLOT || echo broken >>broken; \
                   test $APOOL_ATTEMPT = 2; status=$?; rmdir slot$APOOL_SLOT; exit $status";
        let options = format!("--policy {policy} --max-workers 3 --retries 2 --metrics-json m");
        Run::line(&options).dir(&dir).stdin(format!("{job}\n").repeat(60)).run().status(0);
        assert!(!dir.join("broken").exists(), "{policy}: {}", dir.read("broken"));
        assert_eq!(accounted(&dir), [60, 60, 0, 0, 0, 0], "{policy}");
        assert_eq!(dir.json("m")["totals"]["retried"], 60, "{policy}");
    }
}
