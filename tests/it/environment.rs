//! A poor environment: full disks, few processes, few descriptors, little memory, missing standard streams. No job is
//! lost: a job whose output was not accepted has no record and runs again.

use crate::harness::{Dir, Done, Run, Watchdog, apool, is_alive, misbehave, until};
use crate::joblog::records;
use std::fs;
use std::process::{Command, Stdio};

/// Runs a script of bash, for what only a shell can set up. `$A` is apool, `$M` the program that misbehaves.
pub fn shell(dir: &Dir, script: &str) -> Done {
    let output = Command::new("bash")
        .args(["-c", script])
        .env("A", apool())
        .env("M", misbehave())
        .env_remove("CI")
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .output()
        .expect("bash");
    Done { status: output.status, stdout: output.stdout, stderr: output.stderr }
}

/// Runs a script with a small file system at `small`; `None` and a message where mounting is not permitted.
fn with_small_disk(dir: &Dir, kib: u32, script: &str) -> Option<Done> {
    fs::create_dir_all(dir.join("small")).expect("mkdir");
    for unshare in ["unshare -m", "unshare -rm"] {
        let mount = format!("mount -t tmpfs -o size={kib}k none small");
        let probe = shell(dir, &format!("{unshare} sh -c '{mount}'"));
        if probe.status.success() {
            dir.write("script", format!("{mount}\n{script}\n"));
            return Some(shell(dir, &format!("{unshare} bash script")));
        }
    }
    eprintln!("skipped: file systems may not be mounted here");
    None
}

#[test]
fn a_full_standard_output_loses_nothing() {
    let dir = Dir::new();
    for options in ["", "-k", "--line-buffer", "--tag"] {
        let done =
            shell(&dir, &format!("seq 50 | $A {options} --joblog log --metrics-json m -- echo >/dev/full"));
        done.status(255).stderr_has("apool: cannot write the output: No space left on device\n");
        assert_eq!(records(&dir, "log").len(), 0, "{options}");
        let totals = dir.json("m")["totals"].clone();
        assert_eq!(totals["succeeded"], 0, "{options}");
        let done = shell(&dir, &format!("seq 50 | $A {options} --joblog log --resume -- echo"));
        assert_eq!(done.status(0).out().lines().count(), 50, "{options}");
    }
    shell(&dir, "$A --dry-run -- echo ::: a b >/dev/full")
        .status(255)
        .stderr("apool: cannot write the output: No space left on device\n");
    shell(&dir, "$A --metrics-json - -- true ::: a >/dev/full")
        .status(255)
        .stderr("apool: cannot write the metrics: No space left on device\n");
}

#[test]
fn a_full_standard_error_is_no_success_either() {
    let dir = Dir::new();
    let done = shell(&dir, "seq 5 | $A --joblog log -- sh -c 'echo lost >&2' 2>/dev/full");
    done.status(255);
    assert_eq!(records(&dir, "log").len(), 0);
}

#[test]
fn an_output_that_fills_up_in_the_middle() {
    let dir = Dir::new();
    let script = "seq 400 | $A -k --joblog log -- $M print 1000 >small/out; echo $?; wc -c <small/out";
    let Some(done) = with_small_disk(&dir, 128, script) else { return };
    assert_eq!(done.out().lines().next(), Some("255"), "{}", done.err());
    let printed: usize = done.out().lines().nth(1).expect("bytes").trim().parse().expect("a number");
    // Every recorded job is in the output, whole.
    let recorded = records(&dir, "log").len();
    assert!(recorded > 0 && recorded * 1000 <= printed, "{recorded} {printed}");
}

#[test]
fn a_full_disk_under_the_joblog() {
    let dir = Dir::new();
    let script = "seq 1000 | $A --joblog small/log --metrics-json m -- echo >out; echo $?; cat small/log; \
                  seq 1000 | $A --joblog small/log --resume -- echo >>out; echo $?; \
                  cp small/log log; seq 1000 | $A --joblog log --resume -- echo >>out; echo $?";
    let Some(done) = with_small_disk(&dir, 16, script) else { return };
    let out = done.out();
    assert_eq!(out.lines().next(), Some("255"), "{}", done.err());
    assert!(out.ends_with("\n255\n0\n"), "{out}");
    assert!(done.err().contains("apool: cannot write the joblog: No space left on device"), "{}", done.err());
    // Each job runs at least once; a job that ran when there was no room for its record runs twice.
    let mut times = std::collections::BTreeMap::<u32, u32>::new();
    for line in dir.read("out").lines() {
        *times.entry(line.parse().expect("a number")).or_default() += 1;
    }
    assert_eq!(times.len(), 1000);
    assert_eq!(records(&dir, "log").len(), 1000);
}

#[test]
fn a_file_size_limit_is_like_a_full_disk() {
    let dir = Dir::new();
    let script = "(ulimit -f 8; seq 1000 | $A --joblog log -- echo >/dev/null); echo $?; \
                  seq 1000 | $A --joblog log --resume -- echo >/dev/null; echo $?";
    shell(&dir, script).stdout("255\n0\n").stderr_has("apool: cannot write the joblog: File too large\n");
    assert_eq!(records(&dir, "log").len(), 1000);
}

#[test]
fn a_full_spool_fails_the_job_that_needs_it_and_no_other() {
    let dir = Dir::new();
    for options in ["-k", "", "--tag", "--results res"] {
        let script = format!(
            "$A {options} --tmpdir small --joblog log --metrics-json m -- $M print ::: 100 9000000 200 >out; echo $?"
        );
        let Some(done) = with_small_disk(&dir, 1024, &script) else { return };
        done.stdout("1\n")
            .stderr_has("its output cannot be kept: temporary file in \"small\": No space left");
        one_lost_and_resumed(&dir, &format!("{options} --joblog log --resume"));
    }
}

#[test]
fn a_missing_tmpdir_is_reported_before_the_first_job() {
    let dir = Dir::new();
    dir.write("file", "");
    let none = Run::line("--tmpdir none -- sh -c :>ran").dir(&dir).stdin("a\n");
    none.refused(255, "apool: --tmpdir none: No such file or directory");
    let file = Run::line("--tmpdir file -- sh -c :>ran").dir(&dir).stdin("a\n");
    file.refused(255, "apool: --tmpdir file: Not a directory");
    assert!(!dir.join("ran").exists());
}

/// The second of three jobs has lost its output: it failed and has no record. With room, only that job runs again.
#[track_caller]
fn one_lost_and_resumed(dir: &Dir, options: &str) {
    let seqs =
        || -> Vec<String> { records(dir, "log").into_iter().map(|record| record[0].clone()).collect() };
    let mut recorded = seqs();
    recorded.sort();
    assert_eq!(recorded, ["1", "3"]);
    let totals = dir.json("m")["totals"].clone();
    assert_eq!((&totals["read"], &totals["succeeded"], &totals["failed"]), (&3.into(), &2.into(), &1.into()));
    let done = shell(dir, &format!("$A {options} -- $M print ::: 100 9000000 200 | tr -dc x | wc -c"));
    done.stdout("9000000\n").stderr("");
    assert_eq!(seqs().last().map(String::as_str), Some("2"));
}

/// The same without mounting: no file may become longer than 4 MiB.
#[test]
fn a_spool_that_may_not_grow_fails_the_job_that_needs_it_and_no_other() {
    let dir = Dir::new();
    for options in ["-k", "--tag"] {
        let script = format!(
            "(ulimit -f 4096; exec $A {options} --tmpdir . --joblog log --metrics-json m -- \
             $M print ::: 100 9000000 200) | cat >out; echo ${{PIPESTATUS[0]}}"
        );
        let done = shell(&dir, &script).stdout("1\n");
        done.stderr_has("its output cannot be kept: temporary file: File too large");
        one_lost_and_resumed(&dir, &format!("{options} --joblog log --resume"));
    }
}

/// A program that is open for writing is tried again until it can be executed.
#[test]
fn a_program_open_for_writing_is_retried() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new();
    let program = dir.write("program", "#!/bin/sh\necho ran $1\n");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("chmod");
    let writer = fs::OpenOptions::new().append(true).open(&program).expect("open for writing");
    if Command::new(&program).stdout(Stdio::null()).status().is_ok() {
        eprintln!("skipped: this kernel executes what is open for writing");
        return;
    }
    let run = Run::line("-j1 -- ./program ::: a").dir(&dir).start();
    // Each try makes the worker wait twice: for the child, and for the pause after it. Only further tries reach the count.
    until("it tries again", || {
        waits(run.pid(), "worker-1").is_some_and(|waits| waits >= 12) || !is_alive(run.pid())
    });
    assert!(is_alive(run.pid()), "it did not wait");
    drop(writer);
    run.end().status(0).stdout("ran a\n").stderr("");
}

/// The number of waits of a thread.
fn waits(process: u32, name: &str) -> Option<u64> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?.flatten().map(|entry| entry.path());
    let read = |path: &std::path::Path, file: &str| fs::read_to_string(path.join(file)).unwrap_or_default();
    let status =
        threads.filter(|path| read(path, "comm").trim() == name).map(|path| read(&path, "status")).next()?;
    let waits = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
    waits.trim().parse().ok()
}

#[test]
fn a_missing_spool_directory() {
    let dir = Dir::new();
    let done = shell(&dir, "TMPDIR=gone $A -- $M print ::: 100 9000000 >out");
    done.stderr_has("No such file or directory").status(1);
    let done = shell(&dir, "$A --tmpdir gone -- touch {} ::: ran; echo $?; ls");
    done.stderr("apool: --tmpdir gone: No such file or directory\n").stdout("255\nout\n");
}

#[test]
fn few_descriptors() {
    let dir = Dir::new();
    let done = shell(&dir, "ulimit -n 64; seq 300 | $A -j200 echo | wc -l");
    done.status(0).stdout("300\n").stderr(
        "apool: 200 workers need more descriptors than the 64 that may be open: running at most 10 (see ulimit -n)\n",
    );
}

#[test]
fn hardly_any_descriptors() {
    let dir = Dir::new();
    for limit in 20..27 {
        let done = shell(&dir, &format!("ulimit -n {limit}; seq 30 | $A -j8 -k echo"));
        done.status(0).stdout((1..=30).map(|n| format!("{n}\n")).collect::<String>());
    }
    let done = shell(&dir, "ulimit -n 16; seq 30 | $A -j8 -k echo");
    done.status(255).stdout("").stderr(
        "apool: only 16 descriptors may be open, and apool needs 20 to run one job: raise ulimit -n\n",
    );
}

#[test]
fn little_address_space() {
    let dir = Dir::new();
    for kib in [400_000, 200_000, 100_000] {
        let done = shell(&dir, &format!("ulimit -v {kib}; seq 300 | $A -j100 echo | wc -l"));
        done.status(0).stdout("300\n").stderr("");
    }
}

#[test]
fn few_processes() {
    let dir = Dir::new();
    // The limit does not hold for root. The test runs apool as nobody, where it may become that user.
    let script = "cp $A apool; chmod 755 . apool; \
                  run() { setpriv --reuid 65534 --clear-groups bash -c \"$1\"; }; \
                  run './apool --version' >/dev/null 2>&1 || { echo skipped; exit; }; \
                  run 'ulimit -u 100; seq 300 | ./apool -j200 --tmpdir /tmp -- echo' | sort -n | uniq | wc -l";
    let done = shell(&dir, script);
    if done.out() == "skipped\n" {
        eprintln!("skipped: cannot become another user here");
        return;
    }
    done.stdout("300\n");
}

#[test]
fn an_argument_that_is_too_long_fails_alone() {
    let dir = Dir::new();
    let input = format!("a\n{}\nb\n", "x".repeat(200_000));
    let run = Run::new().dir(&dir).args(["-k", "--joblog", "log", "--", "echo", "<>"]).stdin(input);
    let done = run.run().status(1).stdout("a\nb\n");
    let message = done.err();
    assert!(
        message.starts_with("apool: job 2: Argument list too long\napool: 1 of 3 jobs failed\n"),
        "{message}"
    );
    assert_eq!(message.lines().filter(|line| line.contains("xxx")).count(), 1, "{message}");
    assert!(message.lines().all(|line| line.len() < 400), "the message is cut");
    assert_eq!(records(&dir, "log").len(), 3);
}

#[test]
fn missing_standard_streams_and_unusual_starts() {
    let dir = Dir::new();
    shell(&dir, "$A echo ::: a <&-").stdout("a\n").status(0);
    shell(&dir, "$A echo ::: a 2>&-").stdout("a\n").status(0);
    shell(&dir, "mkdir gone; cd gone; rmdir ../gone; $A echo ::: a").stdout("a\n").status(0);
    shell(&dir, "trap '' CHLD PIPE; exec $A -k sh -c 'exit 3' ::: a b").status(2);
    shell(&dir, "env -i $A echo ::: a").stdout("a\n").status(0);
    shell(&dir, "setsid -w $A echo ::: a </dev/null").stdout("a\n").status(0);
}

#[test]
fn as_pid_1() {
    let dir = Dir::new();
    if !shell(&dir, "unshare --pid --fork true").status.success() {
        eprintln!("skipped: no PID namespace may be made here");
        return;
    }
    shell(&dir, "unshare --pid --fork $A -k echo ::: a b").stdout("a\nb\n").status(0);
    // Orphans are reaped, and a signal ends the run, although the default action does not end process 1.
    let script = "unshare --pid --fork --mount-proc $A --line-buffer -- $M double-fork ::: 1 >out & \
                  until grep -q ready out; do :; done; pkill -TERM -P $!; wait $!; echo $?";
    shell(&dir, script).stdout("143\n");
}

#[test]
fn a_full_disk_under_the_records_is_an_error() {
    let done = Run::line("--metrics-json /dev/full echo ::: a").run().status(255).stdout("a\n");
    done.stderr("apool: cannot write the metrics: No space left on device\n");
    let done = Run::line("-j1 --joblog /dev/full echo ::: a b c").run();
    done.status(255).stderr("apool: cannot use the joblog /dev/full: No space left on device\n");
}

#[test]
fn standard_output_that_is_closed() {
    let dir = Dir::new();
    let done = shell(&dir, "$A touch ::: ran >&-").status(255);
    done.stderr("apool: cannot write the output: Bad file descriptor\n");
    assert!(!dir.join("ran").exists(), "a job has run");
}

#[test]
fn a_help_text_that_cannot_be_printed_is_an_error() {
    for text in ["--help", "-h", "-V", "--version", "--man", "--completions bash"] {
        for (to, why) in [("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")] {
            let done = shell(&Dir::new(), &format!("$A {text} {to}"));
            done.status(255).stderr(&format!("apool: cannot write the output: {why}\n"));
        }
    }
}

#[test]
fn lost_output_stops_the_run() {
    let mut run = Run::line("-j1 echo").command();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let mut child = run.stdin(Stdio::piped()).stdout(full).stderr(Stdio::piped()).spawn().expect("apool");
    let _watchdog = Watchdog::over(child.id());
    // The input never ends, so the run must end by itself.
    let mut stdin = child.stdin.take().expect("stdin");
    while std::io::Write::write_all(&mut stdin, b"x\n").is_ok() {}
    let done = child.wait_with_output().expect("apool");
    assert_eq!(done.status.code(), Some(255));
    let message = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(message.starts_with("apool: cannot write the output: No space left on device\n"), "{message}");
}

#[test]
fn closed_standard_input_is_an_error() {
    for options in ["echo", "--pipe cat", "echo :::: -", "--shuf echo"] {
        let done = shell(&Dir::new(), &format!("$A {options} <&-")).status(255);
        let first = done.err().lines().next().map(str::to_owned);
        assert_eq!(
            first.as_deref(),
            Some("apool: cannot read standard input: Bad file descriptor"),
            "{options}"
        );
    }
}
