//! Failed jobs: the exit status of the run, and the summary at its end.

use crate::harness::{Dir, Run, kill, misbehave, until};
use crate::joblog::records;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

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
fn the_summary_lists_the_failures() {
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
fn the_summary_escapes_bytes() {
    let done = Run::line("-0 test -e").stdin(b"\x1b[31m\xff\n\0").run().status(1);
    done.stderr(&format!(
        "apool: 1 job failed\n       1  status 1     test -e '\\x1b[31m\\xff\\n'\n{ADVICE}"
    ));
}

#[test]
fn a_summary_with_a_joblog_names_the_option_to_retry() {
    let dir = Dir::new();
    let run = || Run::line("-j1 --joblog log --resume-failed test -e ::: a").dir(&dir);
    run().run().status(1).stderr(
        "apool: 1 job failed\n       1  status 1     test -e a\n  the same command with --resume-failed runs the failures again\n",
    );
    dir.write("a", "");
    run().gives("");
}

#[test]
fn carriage_returns_of_windows_are_reported() {
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
fn a_job_that_stops_itself_does_not_stop_the_others() {
    let script = "if [ $1 = 1 ]; then echo $$; kill -STOP $$; fi; echo job $1";
    let mut run = Run::script("-j2 --line-buffer", script).stdin("1\n").start();
    let job: u32 = run.line().parse().expect("a process number");
    run.give("2\n3\n");
    run.close_stdin();
    let others = [run.line(), run.line()];
    assert!(others.iter().all(|line| ["job 2", "job 3"].contains(&line.as_str())), "{others:?}");
    // A CONT before the stop would be lost.
    until("it is stopped", || is_stopped(job));
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

#[test]
fn a_command_that_cannot_be_executed() {
    let dir = Dir::new();
    dir.write("plain", "echo x\n");
    fs::set_permissions(dir.join("plain"), Permissions::from_mode(0o644)).expect("chmod");
    Run::line("-j4 ./plain ::: a b c d")
        .dir(&dir)
        .run()
        .status(126)
        .stdout("")
        .stderr("apool: ./plain: Permission denied\n");
    fs::create_dir(dir.join("d")).expect("mkdir");
    Run::line("./d ::: a b").dir(&dir).run().status(126).stdout("").stderr("apool: ./d: Is a directory\n");
}

#[test]
fn a_command_that_is_itself_a_record_fails_alone() {
    let done = Run::line("-k -- {} x ::: no-such-command echo").run().status(1).stdout("x\n");
    done.stderr_has("apool: no-such-command x: not found in PATH\n");
}

#[test]
fn a_record_with_a_nul_fails_alone() {
    let done = Run::line("-k echo").stdin("a\nb\0c\nd\n").run().status(1).stdout("a\nd\n");
    assert!(
        done.err().starts_with(
            "apool: job 2: NUL byte in the input; if the records end in NUL, use -0\napool: 1 of 3 jobs failed\n       2  status 255\n"
        ),
        "{}",
        done.err()
    );
}

#[test]
fn a_missing_command_is_reported_once() {
    let dir = Dir::new();
    let input: String = (1..=1000).map(|n| format!("{n}\n")).collect();
    let run = Run::line("-j4 --joblog log --metrics-json m -- no-such-program -x").dir(&dir).stdin(input);
    run.run().status(127).stderr("apool: no-such-program: not found in PATH\n").stdout("");
    assert_eq!(records(&dir, "log").len(), 0);
    let document = dir.json("m");
    crate::records::sums(&document["totals"]);
    assert_eq!((&document["totals"]["failed"], &document["exit_status"]), (&0.into(), &127.into()));
    assert_ne!(document["totals"]["not_started"], 0);
    Run::line("-j4 ./none ::: a b c d")
        .run()
        .status(127)
        .stderr("apool: ./none: No such file or directory\n");
}
