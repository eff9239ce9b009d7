//! Retries and timeouts: how often a job is tried, and how an attempt that takes too long ends.

use crate::harness::{Dir, Run, is_alive, until};

#[test]
fn retries_count_all_attempts() {
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
fn retry_on_names_the_statuses_to_retry() {
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
fn a_timeout_ends_the_job_and_its_children() {
    let script = "sleep 1000 & echo $! > child; echo begun; wait";
    // Retried with a longer timeout until the job has printed: a busy machine may need long.
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
fn a_timeout_may_be_a_percentage_of_the_median() {
    // No job is timed out before three have succeeded.
    let dir = Dir::new();
    let script = "[ $1 != 4 ] || exec sleep 1000";
    let run = Run::script("-j1 --timeout 10000% --metrics-json m", script).dir(&dir);
    let done = run.args([":::", "1", "2", "3", "4"]).run().status(1);
    done.stderr_has("apool: 1 of 4 jobs failed\n       4  timed out    sh -c ");
    assert_eq!(dir.json("m")["totals"]["succeeded"], 3);
}

#[test]
fn a_timeout_kills_a_job_that_ignores_term() {
    Run::misbehave("--timeout 200ms --termseq TERM,50,KILL,25", "ignore-term :::")
        .args(["x"])
        .run()
        .status(1);
    let done = Run::misbehave("--timeout 200ms --retries 2", "sleep ::: 1000").run().status(1);
    done.stderr_has("1  timed out");
}
