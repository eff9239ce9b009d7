//! Signals to apool and readers that go away: the jobs are ended, no job starts, and the caller sees the signal. How
//! thoroughly jobs are ended is tested in `kill`.

use crate::harness::{Dir, Run, apool, is_alive, misbehave, until};
use std::process::{Command, Stdio};

/// The process number that a job of `misbehave` has printed.
fn ready(line: &str) -> u32 {
    line.strip_prefix("ready ")
        .unwrap_or_else(|| panic!("not ready: {line}"))
        .parse()
        .expect("a process number")
}

#[test]
fn interrupt_terminate_and_hangup_end_the_jobs_and_are_raised_again() {
    for signal in [2, 15, 1, 3] {
        let dir = Dir::new();
        let mut run =
            Run::misbehave("-j2 -u --metrics-json m", "catch-term 0").stdin("\n\n\n\n").dir(&dir).start();
        let jobs = [ready(&run.line()), ready(&run.line())];
        run.close_stdin();
        run.signal(signal);
        let done = run.end().signal(signal).stdout("");
        assert!(jobs.iter().all(|&job| !is_alive(job)), "no job survives");
        done.stderr("apool: stopped: 2 killed, 2 read and not started\n");
        let document = dir.json("m");
        crate::records::sums(&document["totals"]);
        assert_eq!(document["exit_status"], 128 + signal);
        assert_eq!(document["totals"]["not_started"], 2);
    }
}

/// True when the process whose number is in this file has ended.
fn has_ended(dir: &Dir, name: &str) -> bool {
    let pid = std::fs::read_to_string(dir.join(name)).ok().and_then(|pid| pid.trim().parse().ok());
    pid.is_some_and(|pid| !is_alive(pid))
}

#[test]
fn the_output_of_ended_jobs_is_printed_before_the_end() {
    let dir = Dir::new();
    let gate = dir.fifo("gate");
    // The others end while the first, whose output comes first, still runs.
    let script =
        "if [ $1 = 1 ]; then echo begun; : > begun.1; read x < gate; fi; echo job $1; echo $$ > done.$1";
    for signal in [15, 3] {
        let run = Run::script("-k -j2", script).dir(&dir).args([":::", "1", "2", "3"]);
        let run = run.start();
        until("the first has begun", || dir.join("begun.1").exists());
        until("the others have ended", || has_ended(&dir, "done.2") && has_ended(&dir, "done.3"));
        run.signal(signal);
        run.end().signal(signal).stdout("begun\njob 2\njob 3\n");
        for mark in ["begun.1", "done.2", "done.3"] {
            std::fs::remove_file(dir.join(mark)).expect("the mark of a job");
        }
    }
    drop(gate);
}

#[test]
fn a_job_that_waits_for_a_retry_holds_no_output_back() {
    let dir = Dir::new();
    let script = "if [ $1 = 2 ]; then echo job 2; fi; : > said.$1; [ $1 = 2 ]";
    let run = Run::script("-k -j2 --retries 0 --retry-delay 1h --metrics-json m", script).dir(&dir);
    let run = run.args([":::", "1", "2"]).start();
    until("both have run", || dir.join("said.1").exists() && dir.join("said.2").exists());
    run.signal(15);
    run.end().signal(15).stdout("job 2\n");
    crate::records::sums(&dir.json("m")["totals"]);
}

#[test]
fn a_closed_standard_output_ends_the_run_quietly() {
    let dir = Dir::new();
    let script = "echo $1; echo x >> ran";
    let mut run = Run::script("-j1", script).dir(&dir).stdin("0\n").start();
    assert_eq!(run.line(), "0");
    run.close_stdout();
    // Endless input: it must end by itself.
    let mut given = 1;
    while run.try_give("x\n") {
        given += 1;
    }
    run.end().status(141).stderr("");
    assert!(dir.read("ran").lines().count() <= given);
}

#[test]
fn a_blocked_standard_output_does_not_prevent_the_end() {
    for options in ["", "-k", "--line-buffer", "--joblog log", "--verbose"] {
        let dir = Dir::new();
        let run = Run::script(&format!("-j4 {options}"), "head -c 3000000 /dev/zero | tr '\\0' 'x'; echo");
        let mut run = run.dir(&dir).stdin("1\n2\n3\n4\n5\n6\n7\n8\n").start();
        run.close_stdin();
        // The pipe is full from here on.
        run.read(&mut [0]);
        run.signal(15);
        run.signal(2);
        let signal = std::os::unix::process::ExitStatusExt::signal(&run.end_unread());
        assert!(matches!(signal, Some(15 | 2)), "{options}: {signal:?}");
    }
}

#[test]
fn a_blocked_standard_output_with_many_jobs_does_not_prevent_the_end() {
    // More jobs have ended than outputs fit the queue of the sink: workers wait for a permit.
    for options in ["", "-k", "--joblog log", "--retries 2 --retry-delay 1h"] {
        let dir = Dir::new();
        let script = "head -c 70000 /dev/zero; echo >> ran; test $1 -gt 3";
        let records: String = (1..=150).map(|n| format!("{n}\n")).collect();
        let mut run = Run::script(&format!("-j4 {options}"), script).dir(&dir).stdin(records).start();
        run.close_stdin();
        until("the queue of the sink is full", || {
            std::fs::read(dir.join("ran")).is_ok_and(|lines| lines.len() > 66)
        });
        run.signal(15);
        run.signal(2);
        let signal = std::os::unix::process::ExitStatusExt::signal(&run.end_unread());
        assert!(matches!(signal, Some(15 | 2)), "{options}: {signal:?}");
    }
}

#[test]
fn head_takes_one_line_and_the_rest_is_not_run() {
    let dir = Dir::new();
    dir.write("many", "x\n".repeat(100_000));
    let line = "\"$0\" -j2 -a many -c 'echo {}; echo r >> ran' 2>said | head -n 1; echo $? > /dev/null";
    let script = format!("{line}; cat said");
    let mut command = Command::new("bash");
    let script = format!("set -o pipefail; {}", script.replace("echo $? > /dev/null", "echo status $?"));
    command.args(["-c", &script]).arg(apool()).current_dir(dir.path()).stdin(Stdio::null());
    let output = command.output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "x\nstatus 141\n");
    assert!(dir.read("ran").lines().count() < 10_000, "the rest was run");
}

#[test]
fn ungrouped_jobs_see_that_the_reader_has_gone() {
    let script = "set -o pipefail; \"$0\" -u -j1 yes ::: x 2>/dev/null | head -n 1; echo $?";
    let mut command = Command::new("bash");
    command.args(["-c", script]).arg(apool()).stdin(Stdio::null());
    let output = command.output().expect("bash");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(text.lines().next(), Some("x"));
}

/// A run in a process group of its own, as an interactive shell starts it.
fn in_group(dir: &Dir, words: &str, script: &str) -> (std::process::Child, crate::harness::Watchdog) {
    let mut command = Run::script(words, script).dir(dir).command();
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().expect("start apool");
    let watchdog = crate::harness::Watchdog::over(child.id());
    (child, watchdog)
}

fn ended_by(child: &mut std::process::Child) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&child.wait().expect("wait for apool"))
}

#[test]
fn interrupted_at_ten_moments_and_resumed_every_job_is_recorded_once() {
    const JOBS: usize = 240;
    let dir = Dir::new();
    dir.write("in", (1..=JOBS).map(|n| format!("{n}\n")).collect::<String>());
    for moment in 0..10 {
        let words = "-j200 --joblog log --resume -a in";
        dir.write("log", "");
        dir.write("ran", "");
        let lines = || dir.read("ran").lines().count();
        let (mut run, _watchdog) = in_group(&dir, words, "echo $1 >>ran");
        let begun = || dir.read("log").ends_with('\n');
        until("so many have run", || begun() && lines() >= moment * 20);
        apool::sys::signals::kill_group(run.id().cast_signed(), [2, 15, 1, 3][moment % 4]);
        assert!(ended_by(&mut run).is_some(), "it had ended before");
        let records = crate::joblog::records(&dir, "log");
        assert!(records.iter().all(|record| record[6] == "0" && record[7] == "0"), "{records:?}");
        Run::script(words, "echo $1 >>ran").dir(&dir).run().status(0);
        let mut recorded: Vec<usize> = crate::joblog::records(&dir, "log")
            .iter()
            .map(|record| record[0].parse().expect("a number"))
            .collect();
        recorded.sort_unstable();
        assert_eq!(recorded, (1..=JOBS).collect::<Vec<_>>(), "moment {moment}");
        let ran: std::collections::BTreeSet<String> = dir.read("ran").lines().map(str::to_owned).collect();
        assert_eq!(ran.len(), JOBS, "moment {moment}");
    }
}

#[test]
fn a_signal_to_the_jobs_and_the_run_is_no_failure_of_the_jobs() {
    for signal in [1, 2, 3, 15] {
        let dir = Dir::new();
        // The job ends first; its child ignores the signal.
        let script = "misbehave ignore-term >up & kill -STOP $$"
            .replace("misbehave", &misbehave().display().to_string());
        let mut command = Run::script("-j1 --joblog log --metrics-json m --termseq TERM,50,KILL,25", &script)
            .dir(&dir)
            .args([":::", "1"])
            .command();
        let mut run = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("start apool");
        let _watchdog = crate::harness::Watchdog::over(run.id());
        until("it is running", || std::fs::read(dir.join("up")).is_ok_and(|text| text.ends_with(b"\n")));
        let child = ready(dir.read("up").trim());
        let job = parent(child);
        crate::harness::kill(job, signal);
        crate::harness::kill(job, 18);
        crate::harness::kill(run.id(), signal);
        assert_eq!(ended_by(&mut run), Some(signal));
        assert_eq!(crate::joblog::records(&dir, "log").len(), 0);
        assert_eq!(dir.json("m")["totals"]["killed"], 1);
        assert!(!is_alive(child), "what the job has left is killed as well");
    }
}

fn parent(pid: u32) -> u32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it lives");
    stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)?.parse().ok()).expect("its parent")
}
