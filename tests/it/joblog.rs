//! The joblog: its columns, hostile input, locking, and files that are no joblog.

use crate::harness::{Dir, Run, until};
use std::fs;

/// The records of a joblog: nine columns each.
pub fn records(dir: &Dir, name: &str) -> Vec<Vec<String>> {
    let text = fs::read(dir.join(name)).expect("the joblog");
    let text = String::from_utf8(text).expect("a joblog is text");
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand")
    );
    lines
        .map(|line| {
            let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
            assert_eq!(columns.len(), 9, "{line}");
            columns
        })
        .collect()
}

#[test]
fn a_record_has_gnu_parallels_columns() {
    let dir = Dir::new();
    Run::line("-k --joblog log").dir(&dir).stdin("echo hello\nexit 7\nkill -TERM $$\n").run().status(2);
    let records = records(&dir, "log");
    let columns = |n: usize| {
        let r = &records[n];
        [&r[0], &r[1], &r[4], &r[5], &r[6], &r[7], &r[8]].map(String::as_str)
    };
    assert_eq!(columns(0), ["1", ":", "0", "6", "0", "0", "echo hello"]);
    assert_eq!(columns(1), ["2", ":", "0", "0", "7", "0", "exit 7"]);
    assert_eq!(columns(2), ["3", ":", "0", "0", "0", "15", "kill -TERM $$"]);
    for record in &records {
        let start: f64 = record[2].parse().expect("Starttime");
        assert!(start > 1_500_000_000.0);
        record[3].trim().parse::<f64>().expect("JobRuntime");
    }
}

#[test]
fn lines_passed_on_as_they_come_count_as_received() {
    let dir = Dir::new();
    let run = Run::line("--line-buffer --joblog log").dir(&dir);
    run.stdin("printf 'ab\\ncd'; echo no >&2\n").run().status(0);
    assert_eq!(records(&dir, "log")[0][5], "5");
}

#[test]
fn no_input_forges_or_splits_a_record() {
    let dir = Dir::new();
    let odd = "x\n9\t:\t1.000\t 1.000\t0\t0\t0\t0\ttrue\0a\tb\\n\0\x1b[31m\0\u{85}\u{202e}\0";
    let mut input = odd.as_bytes().to_vec();
    input.extend_from_slice(b"\xff\xfe\0");
    let run = |options: &str| Run::line(options).dir(&dir).args(["--", "echo", "<>"]).stdin(&input).run();
    run("-0 -k --joblog log").status(0);
    let written = records(&dir, "log");
    assert_eq!(written.iter().map(|r| r[0].as_str()).collect::<Vec<_>>(), ["1", "2", "3", "4", "5"]);
    assert!(fs::read(dir.join("log")).expect("log").iter().all(|&b| b >= b' ' || b == b'\n' || b == b'\t'));
    // A resumed run recognises them.
    run("-0 -k --joblog log --resume").status(0).stdout("");
}

#[test]
fn a_record_is_written_after_its_output() {
    let dir = Dir::new();
    // With -k the second job has ended long before the first; its record waits until it is printed.
    let mut run = Run::line("-j2 -k --joblog log").dir(&dir).start();
    let go = dir.fifo("go");
    run.give("read x <go; echo first\necho second; : >ended\n");
    until("the second job has ended", || dir.join("ended").exists());
    assert_eq!(records(&dir, "log").len(), 0);
    std::io::Write::write_all(&mut &go, b"\n").expect("let it go");
    assert_eq!((run.line(), run.line()), ("first".to_owned(), "second".to_owned()));
    run.end().status(0);
    let order: Vec<String> = records(&dir, "log").into_iter().map(|r| r[0].clone()).collect();
    assert_eq!(order, ["1", "2"]);
}

#[test]
fn a_joblog_in_use_is_refused_by_the_pid_of_its_user() {
    let dir = Dir::new();
    let mut first = Run::line("--line-buffer --joblog log").dir(&dir).start();
    first.give("echo up\n");
    assert_eq!(first.line(), "up");
    let message = format!("apool: cannot use the joblog log: joblog in use by pid {}", first.pid());
    for mode in ["", "--resume", "--resume-failed", "--retry-failed"] {
        let run = Run::line(&format!("--joblog log {mode}")).dir(&dir).stdin("echo never\n");
        run.refused(255, &message).stdout("");
    }
    Run::line("--joblog +log").dir(&dir).stdin("echo never\n").refused(255, &message).stdout("");
    first.end().status(0);
    // Neither the guardian nor a background process keeps it locked.
    Run::line("--joblog log --resume").dir(&dir).stdin("echo up\n").run().status(0).stdout("");
}

#[test]
fn a_process_left_behind_does_not_keep_the_joblog() {
    let dir = Dir::new();
    let sleeper = "(sleep 3600 & echo $! >pid)\n";
    Run::line("--joblog log").dir(&dir).stdin(sleeper).run().status(0);
    Run::line("--joblog log --resume").dir(&dir).stdin(sleeper).run().status(0);
    crate::harness::kill(dir.read("pid").trim().parse().expect("a number"), 9);
}

#[test]
fn a_file_that_is_no_joblog_is_refused_before_the_first_job() {
    let dir = Dir::new();
    dir.write("notes", "precious\n");
    fs::create_dir(dir.join("folder")).expect("mkdir");
    let damaged = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\nnonsense\n1\t:\t1.0\t 1.0\t0\t0\t0\t0\tx\n";
    dir.write("damaged", damaged);
    for (name, modes) in [
        ("notes", &["", "--resume", "--resume-failed", "--retry-failed"][..]),
        ("damaged", &["--resume", "--resume-failed", "--retry-failed"]),
        ("folder", &["", "--resume"]),
        ("no/such/place", &["", "--resume"]),
        ("/dev/full", &[""]),
        ("missing", &["--retry-failed"]),
    ] {
        // A device has no end.
        let content = || if name.starts_with('/') { None } else { fs::read(dir.join(name)).ok() };
        let before = content();
        for mode in modes {
            let run = Run::line(&format!("--joblog {name} {mode}")).dir(&dir).stdin(": >ran\n");
            run.run().status(255).stderr_has(&format!("apool: cannot use the joblog {name}: "));
            assert!(!dir.join("ran").exists(), "{name} {mode}");
        }
        assert_eq!(content(), before, "{name} was changed");
    }
    assert!(!dir.join("missing").exists());
}

#[test]
fn plus_appends_to_a_joblog_and_no_run_empties_it_by_default() {
    let dir = Dir::new();
    Run::line("--joblog log").dir(&dir).stdin("echo a\n").run().status(0);
    Run::line("--joblog +log").dir(&dir).stdin("echo b\necho c\n").run().status(0);
    assert_eq!(records(&dir, "log").len(), 3);
    Run::line("--joblog log").dir(&dir).stdin("echo d\n").run().status(0);
    assert_eq!(records(&dir, "log").len(), 1);
}

#[test]
fn a_joblog_may_be_a_stream() {
    let dir = Dir::new();
    let done = Run::line("--joblog /dev/stderr").dir(&dir).stdin("echo a\n").run().status(0);
    assert_eq!(done.err().lines().count(), 2);
    Run::line("--joblog /dev/null --resume").stdin("echo a\n").run().status(255).stderr_has("regular file");
}

#[test]
fn the_metrics_and_the_joblog_agree() {
    let dir = Dir::new();
    for policy in adaptive_pool::policy::POLICY_NAMES {
        let input: String = (0..60).map(|n| format!("exit {}\n", u8::from(n % 7 == 0))).collect();
        let options = format!("--policy {policy} --joblog log --metrics-json m");
        Run::line(&options).dir(&dir).stdin(input).run().status(9);
        let totals = &dir.json("m")["totals"];
        let failed = records(&dir, "log").iter().filter(|r| r[6] != "0").count();
        assert_eq!((&totals["read"], &totals["failed"]), (&60.into(), &failed.into()), "{policy}");
        assert_eq!((records(&dir, "log").len(), &totals["succeeded"]), (60, &51.into()), "{policy}");
    }
}

#[test]
fn a_dash_is_not_a_joblog() {
    let dir = Dir::new();
    let why = "standard output cannot be read again to resume; name a file (./- for one called -), or /dev/stdout to print the records";
    for joblog in ["-", "+-"] {
        let run = Run::new().dir(&dir).args(["--joblog", joblog, "echo", ":::", "a"]);
        run.refused(255, &format!("apool: --joblog -: {why}"));
    }
    let run = Run::line("echo ::: a").dir(&dir).env("APOOL_JOBLOG", "-");
    run.refused(255, &format!("apool: --joblog -: {why}"));
    let run = Run::line("--results - echo ::: a").dir(&dir);
    run.refused(
        255,
        "apool: --results -: standard output is not a directory; for a directory called - write ./-",
    );
    assert_eq!(std::fs::read_dir(dir.path()).expect("the directory").count(), 0);
    Run::line("--joblog ./- echo ::: a").dir(&dir).gives("a\n");
    assert_eq!(records(&dir, "-").len(), 1);
    let done = Run::line("--joblog /dev/stdout true ::: a").dir(&dir).run().status(0);
    assert!(done.out().starts_with("Seq\tHost\t") && done.out().lines().count() == 2, "{}", done.out());
}

#[test]
fn a_nested_run_does_not_use_the_files_of_the_outer_run() {
    let dir = Dir::new();
    std::fs::create_dir(dir.join("sub")).expect("mkdir");
    dir.write("sub/in", "x\ny\n");
    let nested =
        format!("{} -k echo ::: {{}}1 {{}}2; env | grep -c ^APOOL_", crate::harness::apool().display());
    let run = Run::line("-k -j2 -c").dir(&dir).args([&nested]);
    let files = [
        ("JOBLOG", "log"),
        ("RESUME", "1"),
        ("RESULTS", "res"),
        ("RESULTS_LAYOUT", "flat"),
        ("METRICS_JSON", "m"),
        ("METRICS_INTERVAL", "1h"),
        ("DECISION_LOG", "decisions"),
        ("ARG_FILE", "sub/in"),
        ("WORKDIR", "sub"),
        // A setting that is no file is passed to the jobs.
        ("JOBS", "2"),
    ];
    let run = files.iter().fold(run, |run, (name, value)| run.env(&format!("APOOL_{name}"), value));
    // APOOL_JOBS, and the four variables of a job.
    run.gives("x1\nx2\n5\ny1\ny2\n5\n");
    assert_eq!(records(&dir, "log").len(), 2);
    assert_eq!(dir.read("res/1.out"), "x1\nx2\n5\n");
    // A variable named with --env is passed on.
    let show = Run::line("--joblog log2 --env APOOL_JOBLOG=inner -c").dir(&dir);
    show.args(["echo $APOOL_JOBLOG {}", ":::", "a"]).gives("inner a\n");
}
