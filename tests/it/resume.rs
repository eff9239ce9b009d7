//! A job with a whole record never runs again, and a job without one runs: after kill -9 at any write, and with a
//! joblog torn at any byte.

use crate::harness::{Dir, Run, until};
use crate::joblog::records;
use crate::kill::processes_of;
use adaptive_pool::policy::POLICY_NAMES;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};

const JOBS: usize = 20;

/// Jobs that leave a line in the file `ran` each time they run. Every fifth fails.
fn input() -> String {
    (1..=JOBS).map(|n| format!("echo {n} >>ran; echo out {n}; test $(({n} % 5)) != 0\n")).collect()
}

/// How often each job ran.
fn ran(dir: &Dir) -> BTreeMap<usize, usize> {
    let mut times = BTreeMap::new();
    for line in fs::read_to_string(dir.join("ran")).unwrap_or_default().lines() {
        *times.entry(line.parse().expect("a number")).or_default() += 1;
    }
    times
}

fn recorded(dir: &Dir) -> BTreeSet<usize> {
    let text = fs::read_to_string(dir.join("log")).unwrap_or_default();
    // A torn record has no newline.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().skip(1).map(|line| line.split('\t').next().expect("Seq").parse().expect("Seq")).collect()
}

fn resume(dir: &Dir, options: &str) -> crate::harness::Done {
    Run::line(&format!("--joblog log {options}")).dir(dir).stdin(input()).run()
}

#[test]
fn resume_skips_recorded_jobs_and_recorded_failures() {
    let dir = Dir::new();
    resume(&dir, "").status(4);
    // No job runs, so none failed.
    resume(&dir, "--resume").status(0).stdout("");
    assert_eq!(recorded(&dir).len(), JOBS);
    assert!(ran(&dir).values().all(|&times| times == 1));
}

#[test]
fn resume_failed_runs_just_the_failures() {
    let dir = Dir::new();
    resume(&dir, "").status(4);
    let done = resume(&dir, "--resume-failed -k").status(4);
    done.stdout("out 5\nout 10\nout 15\nout 20\n");
    // The last record of a job counts.
    resume(&dir, "--resume-failed").status(4);
    assert!(ran(&dir).iter().all(|(n, &times)| times == if n % 5 == 0 { 3 } else { 1 }));
    assert_eq!(records(&dir, "log").len(), JOBS + 8);
}

#[test]
fn retry_failed_needs_the_joblog_alone() {
    let dir = Dir::new();
    resume(&dir, "").status(4);
    // Standard input is ignored.
    for options in ["-k --joblog log --retry-failed", "-k -r --joblog log --retry-failed"] {
        let done = Run::line(options).dir(&dir).stdin("echo never\n").run().status(4);
        done.stdout("out 5\nout 10\nout 15\nout 20\n");
    }
    let last: Vec<String> = records(&dir, "log")[JOBS..].iter().map(|r| r[0].clone()).collect();
    assert_eq!(last, ["5", "10", "15", "20", "5", "10", "15", "20"]);
    // The new records are of the same jobs: a resume finds them.
    resume(&dir, "--resume").status(0).stdout("");
    fs::write(dir.join("ran"), "").expect("ran");
    resume(&dir, "--resume-failed").status(4);
    assert_eq!(ran(&dir).keys().copied().collect::<Vec<_>>(), [5, 10, 15, 20]);
}

#[test]
fn retry_failed_refuses_options_that_it_ignores() {
    let dir = Dir::new();
    let log = "1\t:\t1\t1\t0\t0\t1\t0\tfalse\n";
    let log = format!("Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n{log}");
    dir.write("log", &log);
    for (options, what) in [
        ("--skip 1", "--skip"),
        ("--head 1", "--head"),
        ("-n 2", "--max-args"),
        ("-l", "--max-lines"),
        ("-a log", "--arg-file"),
        ("echo never", "a command"),
        ("-c true", "a command"),
        ("::: a", "::: and ::::"),
    ] {
        let done = Run::line(&format!("--joblog log --retry-failed {options}")).dir(&dir);
        done.refused(
            255,
            &format!(
                "apool: {what} cannot be used with --retry-failed, which takes its commands from the joblog: leave it \
                 out, or use --resume-failed to read the input again"
            ),
        );
    }
    assert_eq!(dir.read("log"), log);
}

#[test]
fn failures_of_a_retry_are_run_again_by_the_same_command() {
    let dir = Dir::new();
    Run::line("--joblog log -c").args(["exit {}", ":::", "0", "3"]).dir(&dir).run().status(1);
    let message =
        "apool: 1 job failed\n       2  status 3     exit 3\n  the same command runs the failures again\n";
    for _ in 0..2 {
        Run::line("--joblog log --retry-failed").dir(&dir).run().status(1).stderr(message);
    }
}

#[test]
fn retry_failed_restores_the_exact_command() {
    let dir = Dir::new();
    let values = ["a b", "it's", "new\nline", "tab\there", "$HOME", "\\", "", "\u{1b}[m", "-n"];
    let mut input = values.join("\0").into_bytes();
    input.extend_from_slice(b"\0\xff");
    let script = "printf '%s|' \"$1\"; test -e fixed";
    let args = ["-0", "-k", "--joblog", "log", "--", "sh", "-c", script, "sh", "<>"];
    let first = Run::new().dir(&dir).args(args).stdin(&input).run().status(10);
    dir.write("fixed", "");
    let second = Run::line("-k --joblog log --retry-failed").dir(&dir).run().status(0);
    assert_eq!(second.stdout, first.stdout);
    Run::line("--joblog log --retry-failed").dir(&dir).run().status(0).stdout("");
    let again = Run::new().dir(&dir).args(["--resume-failed"]).args(args).stdin(&input).run();
    again.status(0).stdout("");
}

#[test]
fn a_changed_input_is_run_and_counted() {
    let dir = Dir::new();
    Run::line("--joblog log").dir(&dir).stdin("echo a\necho b\necho c\n").run().status(0);
    let run =
        || Run::line("-k --joblog log --resume").dir(&dir).stdin("echo a\necho changed\necho c\n").run();
    run()
        .status(0)
        .stdout("changed\n")
        .stderr_has("1 recorded job was run again: its input, the order or the command has changed");
    run().status(0).stdout("").stderr("");
    // A new line at the start moves all the others.
    let moved =
        Run::line("-k --joblog log --resume").dir(&dir).stdin("echo 0\necho a\necho changed\necho c\n");
    moved.run().status(0).stdout("0\na\nchanged\nc\n").stderr_has("3 recorded jobs");
}

#[test]
fn gnu_parallels_own_joblog_is_read() {
    let dir = Dir::new();
    dir.write(
        "log",
        "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n\
         2\t:\t1700000000.123\t     0.001\t0\t2\t0\t0\techo a\\ b\n\
         1\t:\t1700000000.123\t     0.001\t0\t2\t1\t0\tfalse\n\
         3\t:\t1700000000.123\t     0.001\t0\t2\t0\t0\techo c\n",
    );
    let input = "false\necho 'a b'\necho c\necho d\n";
    Run::line("-k --joblog log --resume-failed").dir(&dir).stdin(input).run().status(1).stdout("d\n");
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_and_that_job_runs_again() {
    let dir = Dir::new();
    let input = "echo one\necho two\n";
    Run::line("-j1 --joblog log").dir(&dir).stdin(input).run().status(0);
    let whole = fs::read(dir.join("log")).expect("the joblog");
    let ends: Vec<usize> =
        whole.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1).collect();
    for length in 0..=whole.len() {
        // A crash may leave NUL bytes behind the cut. A unit test of `resume::open` tries more combinations.
        let tail = [&b""[..], b"\0", &[0; 16]][length % 3];
        fs::write(dir.join("log"), [&whole[..length], tail].concat()).expect("tear");
        let kept = ends.iter().filter(|&&end| end <= length).count();
        let expected = ["one\ntwo\n", "one\ntwo\n", "two\n", ""][kept];
        let run = |_| Run::line("-k --joblog log --resume").dir(&dir).stdin(input).run();
        run(1).status(0).stdout(expected);
        assert_eq!(records(&dir, "log").len(), 2, "torn at {length}");
        run(2).status(0).stdout("");
    }
}

/// Whether strace is installed and may trace. Otherwise a message says that the test is skipped.
fn strace() -> bool {
    let ok = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    let ok = ok.is_ok_and(|status| status.success());
    if !ok {
        eprintln!("skipped: strace is not here or may not trace");
    }
    ok
}

/// Runs the jobs until apool is killed at its n-th write to the file; false when it ended before.
fn killed_at(dir: &Dir, n: usize, file: &str, options: &str) -> bool {
    let log = dir.join(file);
    let log = fs::canonicalize(&log).unwrap_or(log);
    let mut strace = Command::new("strace");
    strace
        .args(["-qq", "-o", "/dev/null", "-f", "-P"])
        .arg(&log)
        .arg(format!("--inject=write,writev,ftruncate,fdatasync:signal=KILL:when={n}"))
        .arg(crate::harness::apool())
        .args(["-j3", "--joblog", "log"])
        .args(options.split(' ').filter(|o| !o.is_empty()))
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = strace.spawn().expect("strace");
    let mut stdin = child.stdin.take().expect("stdin");
    let _ = std::io::Write::write_all(&mut stdin, input().as_bytes());
    drop(stdin);
    let status = child.wait().expect("wait");
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(9) || status.code() == Some(137)
}

#[test]
fn killed_at_any_write_a_resumed_run_does_the_rest_once() {
    if !strace() {
        return;
    }
    let mut killed = 0;
    for n in 1.. {
        let dir = Dir::new();
        dir.write("log", "");
        let was_killed = killed_at(&dir, n, "log", "");
        let before = recorded(&dir);
        let ran_before = ran(&dir);
        assert!(before.iter().all(|job| ran_before.contains_key(job)), "a record of what never ran");
        resume(&dir, "--resume");
        let after = ran(&dir);
        assert_eq!(recorded(&dir).len(), JOBS, "killed at write {n}");
        for job in 1..=JOBS {
            let again = after[&job] - ran_before.get(&job).unwrap_or(&0);
            assert_eq!(again, usize::from(!before.contains(&job)), "job {job}, killed at write {n}");
        }
        resume(&dir, "--resume").status(0).stdout("");
        if !was_killed {
            break;
        }
        killed += 1;
    }
    // The header and every record at least.
    assert!(killed > JOBS, "killed only {killed} times");
}

#[test]
fn interrupted_or_killed_at_any_job_and_resumed_under_every_policy_nothing_is_lost() {
    for policy in POLICY_NAMES {
        for (stop_at, signal) in [(1, 15), (7, 2), (19, 15), (1, 9), (7, 9), (19, 9)] {
            let dir = Dir::new();
            let options = format!("--policy {policy} --max-workers 4 --line-buffer --joblog log");
            let mut run = Run::line(&options).dir(&dir).stdin(input()).start();
            for _ in 0..stop_at {
                run.line();
            }
            let pid = run.pid();
            run.signal(signal);
            run.end();
            // After kill -9 the guardian ends the jobs.
            until(&format!("no process survives: {policy}"), || processes_of(pid).is_empty());
            let before = recorded(&dir);
            let ran_before = ran(&dir);
            resume(&dir, &format!("--resume --policy {policy} --metrics-json m"));
            assert_eq!(recorded(&dir).len(), JOBS, "{policy}");
            let again = |job| ran(&dir)[&job] - ran_before.get(&job).unwrap_or(&0);
            assert!((1..=JOBS).all(|job| again(job) == usize::from(!before.contains(&job))), "{policy}");
            let totals = dir.json("m")["totals"].clone();
            assert_eq!(totals["skipped"], before.len(), "{policy}");
            let sum: u64 = ["succeeded", "failed", "killed", "not_started", "skipped"]
                .iter()
                .map(|name| totals[name].as_u64().expect("a number"))
                .sum();
            assert_eq!(totals["read"], sum, "{policy}");
        }
    }
}

#[test]
fn a_dry_run_reads_the_joblog_and_leaves_it_as_it_is() {
    let dir = Dir::new();
    Run::line("-j1 --joblog log test 2 -lt ::: 1 3").dir(&dir).run().status(1);
    let before = dir.read("log");
    for (options, shown) in [
        ("", "test 2 -lt 1\ntest 2 -lt 3\n"),
        ("--resume", ""),
        ("--resume-failed", "test 2 -lt 1\n"),
        ("--retry-failed", "test 2 -lt 1\n"),
    ] {
        let command = if options == "--retry-failed" { "" } else { "-- test 2 -lt ::: 1 3" };
        let line = format!("--dry-run --joblog log {options} --results kept {command}");
        Run::line(&line).dir(&dir).gives(shown);
        assert_eq!(dir.read("log"), before, "{options}");
    }
    Run::line("--dry-run --joblog new --resume --files -- echo ::: 1").dir(&dir).gives("echo 1\n");
    assert!(!dir.join("new").exists() && !dir.join("kept").exists());
    Run::line("--dry-run --joblog new --retry-failed").dir(&dir).run().status(255);
}
