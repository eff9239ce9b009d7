//! Batches (`-X`, `-m`, `--xargs`, `-n`): the length of command lines, and batches that the system refuses.

use crate::harness::{Dir, Done, Run, apool};
use crate::joblog::records;
use std::process::{Command, Stdio};

/// The output of a script, with `$A` for apool and a file `in` of the numbers up to 40,000.
fn script(dir: &Dir, script: &str, environment: &[(String, String)]) -> Done {
    dir.write("in", (1..=40_000).map(|n| format!("{n}\n")).collect::<String>());
    let mut command = Command::new("sh");
    command.args(["-c", script]).env("A", apool()).env_remove("CI").envs(environment.iter().cloned());
    let output = command.current_dir(dir.path()).stdin(Stdio::null()).output().expect("sh");
    Done { status: output.status, stdout: output.stdout, stderr: output.stderr }
}

/// Every number once, in order.
#[track_caller]
fn is_whole(done: Done, what: &str) {
    let done = done.stderr("").status(0);
    let out = done.out();
    let mut words = out.split_ascii_whitespace();
    assert!((1..=40_000).all(|n| words.next() == Some(&n.to_string())), "{what}");
    assert_eq!(words.next(), None, "{what}");
}

const WAYS: [&str; 7] = [
    "-X echo",
    "-m echo",
    "--xargs echo",
    "-X -s 130000 echo",
    "-X -s 100M echo",
    "-n 1000000 echo",
    "-X -c 'echo {}'",
];

#[test]
fn batches_fit_whatever_the_stack_is() {
    let dir = Dir::new();
    // A debug build of apool itself needs some 400 KiB.
    for stack in ["512", "1024", "unlimited"] {
        for way in WAYS {
            let line = format!("ulimit -s {stack} && $A -j1 -k -a in {way}");
            is_whole(script(&dir, &line, &[]), &line);
        }
    }
}

#[test]
fn batches_fit_beside_a_large_environment() {
    let dir = Dir::new();
    // Many short values need many pointers.
    let large: Vec<_> = (0..18).map(|n| (format!("LARGE{n}"), "x".repeat(100_000))).collect();
    let small: Vec<_> = (0..9_000).map(|n| (format!("SMALL{n}"), "x".repeat(80))).collect();
    for (stack, environment) in [("8192", large), ("4096", small)] {
        for way in WAYS {
            let line = format!("ulimit -s {stack} && $A -j1 -k -a in {way}");
            is_whole(script(&dir, &line, &environment), way);
        }
    }
    // Variables for the jobs alone count, too.
    let line =
        format!("ulimit -s 1024 && $A -j1 -k -a in --env G={0} --env H={0} -X echo", "x".repeat(60_000));
    is_whole(script(&dir, &line, &[]), "--env");
}

#[test]
fn the_text_for_a_shell_is_one_word_and_has_its_limit() {
    let values: String = (0..15_000).map(|n| format!("it's {n}\n")).collect();
    let texts =
        ["echo {}", "echo \"{}\"", "echo '{}'", "echo {} {.} | cut -d \" \" -f 1-", "printf \"%s\\n\" x{}"];
    for text in texts {
        for options in ["-X", "-m", "-X -s 10M", "-n 1000000"] {
            let done = Run::line("-j1").args(options.split(' ')).args(["-c", text]).stdin(&values).run();
            let message = done.stderr("").status(0).out();
            assert!(message.contains("it's 0") && message.contains("it's 14999"), "{options} {text}");
        }
    }
}

/// A placeholder that makes values so many times as long, which apool cannot know before.
fn grown(times: usize) -> String {
    format!("{{s/.*/{}/}}", "$0".repeat(times))
}

/// Numbered records of 300 bytes. The system takes 2 MiB (with the usual stack), and 128 KiB in one word.
fn numbered(count: usize) -> String {
    (1..=count).map(|n| format!("{n:0<4}{}\n", "x".repeat(296))).collect()
}

#[test]
fn a_batch_that_the_system_refuses_is_run_in_pieces() {
    let dir = Dir::new();
    let code = "echo $APOOL_SEQ $#; for v; do printf '%.4s\\n' \"$v\"; done";
    dir.write("numbers", numbered(1000));
    let run = |options: &str| {
        let line = format!("ulimit -s 8192 && exec $A -j1 -k -a numbers -n 400 {options} sh -c \"$CODE\" sh");
        let environment = [("CODE".to_owned(), code.to_owned())];
        script(&dir, &format!("{line} '{}'", grown(20)), &environment).stderr("").status(0)
    };
    // Two pieces of 200 are one job, and 200 fit.
    let done = run("--joblog log");
    let heads: Vec<String> = done.out().lines().filter(|l| l.contains(' ')).map(str::to_owned).collect();
    assert_eq!(heads, ["1 200", "1 200", "2 200", "2 200", "3 200"]);
    let values: Vec<String> = done.out().lines().filter(|l| !l.contains(' ')).map(str::to_owned).collect();
    assert_eq!(values, (1..=1000).map(|n| format!("{n:0<4}")).collect::<Vec<_>>());
    assert_eq!(records(&dir, "log").len(), 3);
    // The record is of the whole batch, so a resumed run skips it.
    run("--joblog log --resume").stdout("");
    // A dry run prints one command.
    assert_eq!(run("--dry-run").out().lines().count(), 3);
}

#[test]
fn pieces_are_one_job_in_its_output_its_status_and_its_attempts() {
    let dir = Dir::new();
    // Each piece prints much, then its first record. The first piece fails.
    let code =
        "head -c 30000 /dev/zero | tr '\\0' o; echo; echo ${1%%x*} >&2; case $1 in 1000*) exit 3; esac";
    for options in ["-k", "--lb", "-u", "--retries 2"] {
        let run = Run::line("-j1 -n400 --metrics-json m").args(options.split(' ')).dir(&dir);
        let done = run.args(["sh", "-c", code, "sh", &grown(20)]).stdin(numbered(400)).run().status(1);
        let lines: Vec<usize> = done.out().lines().map(str::len).collect();
        let attempts = if options == "--retries 2" { 2 } else { 1 };
        assert_eq!(lines, [30_000, 30_000], "{options}");
        let message = done.err();
        assert!(message.contains("1000\n2010\n") && message.contains("\n       1  status 3"), "{message}");
        let totals = &dir.json("m")["totals"];
        assert_eq!((&totals["read"], &totals["retried"]), (&1.into(), &(attempts - 1).into()), "{options}");
    }
}

#[test]
fn a_record_that_is_too_long_alone_fails_and_the_others_run() {
    let long = "y".repeat(200_000);
    for options in ["-X", "-n3", "-m", "--xargs"] {
        let run = Run::line("-j1 -k").args(options.split(' ')).args(["echo"]);
        let done = run.stdin(format!("a\n{long}\nb\n")).run().status(1).stdout("a\nb\n");
        assert!(done.err().starts_with("apool: job 2: Argument list too long\n"), "{options}");
    }
    // Only the system finds this, because the value grows.
    let run = Run::line("-j1 -k -n4 -- sh -c").args(["echo ${#1} $#", "sh", &grown(300)]);
    let done = run.stdin(format!("a\n{}\nb\nc\n", "y".repeat(1000))).run().status(1);
    done.stdout("300 1\n300 2\n").stderr_has("apool: job 1: Argument list too long\n");
}

#[test]
fn a_batch_of_a_requested_size_is_not_split() {
    let refused = "apool: job 1: Argument list too long\n";
    // -x: a batch that does not fit is an error.
    let run = Run::line("-j1 -n400 -x true").args([&grown(20)]).stdin(numbered(400)).run();
    run.status(1).stderr_has(refused);
    // Numbered records would have other numbers in a piece.
    let run = Run::line("-j1 -n400 true").args([&grown(20), "{2}"]).stdin(numbered(400)).run();
    run.status(1).stderr_has(refused);
    let long = "y".repeat(200_000);
    let run = Run::line("-j1 -n2 echo {1} {2}").stdin(format!("a\n{long}\nb\nc\n")).run().status(1);
    run.stdout("b c\n").stderr_has(refused);
}

#[test]
fn a_run_that_is_stopped_between_two_pieces_starts_no_other_and_records_nothing() {
    let dir = Dir::new();
    let code = "echo ${1%%x*}; trap 'exit 0' TERM; while :; do sleep 0.05; done";
    let run = Run::line("-j1 -u -n400 --joblog log -- sh -c").args([code, "sh", &grown(20)]);
    let mut run = run.stdin(numbered(400)).dir(&dir).start();
    run.close_stdin();
    assert_eq!(run.line(), "1000");
    run.signal(15);
    run.end().signal(15).stdout("");
    assert_eq!(records(&dir, "log").len(), 0);
}
