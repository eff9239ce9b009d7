//! `--memsuspend` and `--memfree`: a file of the test is mounted over /proc/meminfo in a mount
//! namespace. Skipped where the test may not create one.

use crate::harness::{Dir, Run, Watchdog, until};
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, Stdio};

const MOUNT: &str = "mount --bind meminfo /proc/meminfo";
/// Less than any machine has free, so that limits of control groups do not matter.
const FLOOR: &str = "16M";

/// Writes the available memory, in one write of a fixed length, so that no reader sees half of it.
fn available(dir: &Dir, kib: u64) {
    let text = format!("MemTotal: {:>12} kB\nMemFree: {kib:>12} kB\nMemAvailable: {kib:>12} kB\n", 8 << 20);
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(dir.join("meminfo"));
    file.expect("a file").write_all_at(text.as_bytes(), 0).expect("written");
}

/// Starts the run with that file as /proc/meminfo; `None` where that is not possible.
fn start(dir: &Dir, run: &Run) -> Option<Child> {
    for options in [&["-m"][..], &["-rm"]] {
        let unshared = |words: &str| {
            let mut command = Command::new("unshare");
            command.args(options).args(["sh", "-c", &format!("{MOUNT} && {words}"), "sh"]);
            command.current_dir(dir.path()).stdin(Stdio::null());
            command
        };
        let probe = unshared("grep -q MemAvailable /proc/meminfo").stderr(Stdio::null()).status();
        if probe.is_ok_and(|status| status.success()) {
            let apool = run.command();
            let mut command = unshared("exec \"$@\"");
            command.arg(apool.get_program()).args(apool.get_args());
            return Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("unshare"));
        }
    }
    eprintln!("skipped: no mount namespace here");
    None
}

/// The stopped ones of the jobs 1 to 3.
fn stopped(dir: &Dir) -> Vec<u32> {
    let state = |job: &u32| {
        let pid = fs::read_to_string(dir.join(&format!("pid{job}"))).unwrap_or_default();
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
    };
    (1..=3).filter(state).collect()
}

#[test]
fn all_but_the_oldest_stop_while_memory_is_short_and_go_on_when_it_is_not() {
    let dir = Dir::new();
    available(&dir, 4 << 20);
    // Each starts when the one before runs, so the order of age is fixed.
    // Then no job forks: a shell that waits for a child stopped before its exec is not stopped, but waits in the kernel.
    let mut gate = dir.fifo("gate");
    let code = "n=$(({seq} - 1)); while [ $n -gt 0 ] && [ ! -e pid$n ]; do sleep 0.05; done; \
                echo $$ > new{seq}; mv new{seq} pid{seq}; read x < gate; echo {seq}";
    let code = code.replace("{seq}", "$1");
    let run = Run::new().args(["-j3", "-k", "--memsuspend", FLOOR, "--", "sh", "-c", &code, "sh", "{}"]);
    let run = run.args([":::", "1", "2", "3"]);
    let Some(child) = start(&dir, &run) else { return };
    let _watchdog = Watchdog::over(child.id());
    until("three jobs run", || (1..=3).all(|job| dir.join(&format!("pid{job}")).exists()));
    available(&dir, 1 << 10);
    until("two of them are stopped", || stopped(&dir).len() == 2);
    available(&dir, 4 << 20);
    until("they go on", || stopped(&dir).is_empty());
    available(&dir, 1 << 10);
    until("two of them are stopped again", || stopped(&dir).len() == 2);
    // Memory stays short: the running job ends, and then the others one after another.
    gate.write_all(b"\n\n\n").expect("written");
    let done = child.wait_with_output().expect("apool");
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    assert_eq!(String::from_utf8_lossy(&done.stdout), "1\n2\n3\n");
    assert!(done.status.success());
}

#[test]
fn where_memory_is_always_short_jobs_run_one_after_another() {
    let dir = Dir::new();
    // A second job beside the first could not create the directory and would fail.
    let code = "mkdir lock && echo {} && sleep 0.05 && rmdir lock";
    let run = Run::new().dir(&dir).args(["-j3", "-k", "--memsuspend", "1000T", "-c", code, ":::"]);
    run.args(["1", "2", "3"]).gives("1\n2\n3\n");
}

#[test]
fn no_job_starts_before_memfree_is_met() {
    let dir = Dir::new();
    available(&dir, 3 << 10);
    let run = Run::new().args(["-j4", "--memfree", "8M", "--", "touch", "ran", ":::", "1"]);
    let Some(child) = start(&dir, &run) else { return };
    let _watchdog = Watchdog::over(child.id());
    let mut stderr = BufReader::new(child.stderr.expect("piped"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a line");
    assert_eq!(line, "apool: waiting: 3 MiB free of --memfree 8 MiB\n");
    assert!(!dir.join("ran").exists());
    available(&dir, 8 << 10);
    line.clear();
    stderr.read_line(&mut line).expect("the end");
    assert_eq!(line, "");
    assert!(dir.join("ran").exists());
}

#[test]
fn the_default_threshold_lets_one_job_run_at_a_time() {
    let dir = Dir::new();
    // 3 % of 8 GiB are free. A control group with less free memory would decide instead.
    available(&dir, 250 << 10);
    let code = "mkdir one || touch two; sleep 0.05; rmdir one";
    let values: Vec<String> = (1..=6).map(|n| n.to_string()).collect();
    let run = Run::new().args(["-j64", "--explain", "--", "sh", "-c", code, "sh", "{}", ":::"]).args(values);
    let Some(child) = start(&dir, &run) else { return };
    let _watchdog = Watchdog::over(child.id());
    let done = child.wait_with_output().expect("apool");
    assert!(done.status.success(), "{done:?}");
    let message = String::from_utf8_lossy(&done.stderr);
    assert!(
        message.starts_with("apool: workers at 1: memory 97 % at or above 90 %: no new job\n"),
        "{message}"
    );
    assert!(message.contains(" % of the time jobs waited: memory was the limit."), "{message}");
    assert!(!dir.join("two").exists());
}
