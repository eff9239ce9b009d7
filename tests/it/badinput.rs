//! What is wrong is said in one line, with the documented status, before anything has started.

use crate::env::{Dir, Run, Watchdog, apool};
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

/// Refused with status 255 and exactly this line; no job has run.
#[track_caller]
fn refused(options: &[&str], message: &str) {
    let dir = Dir::new();
    let run = Run::new().args(options).args(["--", "touch", "{}", ":::", "ran"]).dir(&dir);
    run.refused(255, &format!("apool: {message}")).stdout("");
    assert!(!dir.join("ran").exists(), "a job has run");
}

/// What was read before the input broke runs, and then the status says that it was not all.
#[test]
fn what_was_read_before_an_error_runs() {
    let open = "apool: unmatched double quote in line 3 of standard input; use -d '\\n' or -0 to take quotes as they are\n";
    let broken = || Run::new().stdin("a\nb\n\"c\n").args(["-k", "--xargs-quotes"]);
    broken().args(["echo"]).run().status(255).stdout("a\nb\n").stderr(open);
    broken().args(["--order", "lifo", "echo"]).run().status(255).stdout("a\nb\n").stderr(open);
    // What was gathered for a job that was to be larger, too.
    broken().args(["-n", "3", "echo"]).run().status(255).stdout("a b\n").stderr(open);
    broken().args(["--xargs", "echo"]).run().status(255).stdout("a b\n").stderr(open);
    let long = Run::new().stdin("a\nb\ncccccccccccccccc\nd\n").args(["-k", "-s", "12", "echo"]).run();
    long.status(255).stdout("a\nb\n").stderr("apool: argument list too long at record 3\n");
}

/// Where jobs were to know how many there are, none can be right.
#[test]
fn jobs_that_were_to_know_their_number_are_reported_as_not_run() {
    let dir = Dir::new();
    let run = Run::new().dir(&dir).stdin("a\nb\n\"c\n").args(["--xargs-quotes", "--metrics-json", "m"]);
    let done = run.args(["echo", "{##}"]).run().status(255).stdout("");
    done.stderr_has("apool: stopped: 0 killed, 2 read and not started\n");
    let metrics = dir.json("m");
    assert_eq!((&metrics["totals"]["read"], &metrics["totals"]["not_started"]), (&2.into(), &2.into()));
    assert_eq!(metrics["state"], "failed");
}

#[test]
fn an_unknown_policy() {
    let done = Run::line("--policy nope echo ::: a").run().status(255).stdout("");
    let message = done.err();
    assert!(message.starts_with("apool: --policy: unknown policy \"nope\" (the policies are "), "{message}");
    for name in ["auto", "fixed", "conservative", "balanced", "aggressive", "threshold", "aimd", "predictive"]
    {
        assert!(message.contains(name), "{message}");
    }
    assert_eq!(message.lines().count(), 1);
}

#[test]
fn thresholds_out_of_range_or_order() {
    refused(
        &["--policy", "balanced", "--cpu-threshold", "150%"],
        "--cpu-threshold 1.5 must be from 0 to 1 (or 0% to 100%)",
    );
    refused(
        &["--policy", "balanced", "--scale-up-threshold", "0.2", "--scale-down-threshold", "0.5"],
        "--scale-down-threshold 0.5 must be below --scale-up-threshold 0.2",
    );
    refused(&["--policy", "aimd", "--soft-limit", "8"], "--soft-limit means nothing to --policy aimd");
    refused(
        &["--policy", "balanced", "--cpu-threshold", "x"],
        "--cpu-threshold: 'x' is not a ratio such as 0.8 or 80%",
    );
    refused(
        &["--policy", "balanced", "--soft-limit", "9", "--max-workers", "3"],
        "--soft-limit 9 must not be above --max-workers 3",
    );
}

#[test]
fn numbers_of_workers() {
    refused(
        &["-j", "x"],
        "--jobs: 'x' is not a number such as 8, 150% (of the cores), +2 or -1 (from the cores), 0 or auto",
    );
    refused(&["--max-workers", "0"], "--max-workers 0 must be at least 1");
    refused(
        &["--min-workers", "9", "--max-workers", "3"],
        "--min-workers 9 must not be above --max-workers 3",
    );
    refused(&["-j8", "--max-workers", "4"], "-j 8 is above --max-workers 4");
    refused(
        &["-j8", "--policy", "aimd"],
        "-j 8 fixes the number of workers, and --policy aimd changes it: leave out one, or use --max-workers 8",
    );
}

#[test]
fn an_option_without_the_one_that_it_needs() {
    for (options, message) in [
        (
            &["--resume"][..],
            "--resume, --resume-failed and --retry-failed need --joblog FILE, which was not given",
        ),
        (&["--retry-on", "75"], "--retry-on needs --retries N, which was not given"),
        (&["--metrics-interval", "1s"], "--metrics-interval needs --metrics-json FILE, which was not given"),
        (&["--results-layout", "flat"], "--results-layout needs --results DIR, which was not given"),
        (&["--seed", "1"], "--seed needs --shuf, which was not given"),
        (&["--pipe-part"], "--pipe-part needs --arg-file FILE, which was not given"),
        (
            &["--block", "1M"],
            "--block, --recstart, --recend and --round-robin need --pipe, which was not given",
        ),
        (
            &["--round-robin"],
            "--block, --recstart, --recend and --round-robin need --pipe, which was not given",
        ),
        (
            &["--retry-delay", "1s"],
            "--retry-delay needs --retries N or --backoff-on CODES: without one no job is retried",
        ),
        (&["--progress", "none"], "none: not found in PATH; for the option write --progress=none"),
    ] {
        refused(options, message);
    }
}

#[test]
fn other_values() {
    refused(
        &["--timeout", "soon"],
        "--timeout: 'soon' is not a duration such as 30s or 1m30s, or a percentage of the median such as 300%",
    );
    refused(&["--rate", "0"], "--rate \"0\" must be a number above 0, as 5/s, 300/m or 1000/h");
    refused(&["--nice", "20"], "--nice: '20' is not a niceness from -20 to 19");
    refused(&["--delay", "auto"], "--delay: auto needs a duration before it, such as 0.1sauto");
    refused(&["--progress=loud"], "--progress: 'loud' is not one of auto, bar, plain, json, none");
    refused(&["--polcy", "auto"], "unknown option --polcy: did you mean --policy?");
    refused(
        &["--halt", "later"],
        "--halt: 'later' is not never, or soon or now with fail, success or done and a number or percentage, such as now,fail=1 or soon,done=10%",
    );
}

#[test]
fn sources_that_cannot_be_read() {
    let dir = Dir::new();
    fs::create_dir(dir.join("d")).expect("mkdir");
    dir.write("good", "x\n");
    let say = |args: &str, message: &str| {
        Run::line(args).dir(&dir).refused(255, &format!("apool: {message}")).stdout("");
    };
    say("-a none echo", "cannot read none: No such file or directory");
    say("-a d echo", "cannot read d: Is a directory");
    say("-a good -a none echo", "cannot read none: No such file or directory");
    say("echo :::: none", "cannot read none: No such file or directory");
    say("echo :::: - -", "standard input cannot be two sources");
    let stdin = fs::File::open(dir.path()).expect("a directory opens");
    let output = Run::line("echo").command().stdin(stdin).output().expect("apool");
    assert_eq!(output.status.code(), Some(255));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "apool: cannot read standard input: Is a directory\n"
    );
}

#[test]
fn records_that_cannot_be_written_are_found_before_the_first_job() {
    refused(&["--metrics-json", "no/m"], "cannot write the metrics to no/m: No such file or directory");
    refused(&["--metrics-json", "."], "cannot write the metrics to .: Is a directory");
    refused(&["--decision-log", "no/d"], "cannot write the decision log no/d: No such file or directory");
    refused(&["--joblog", "no/l"], "cannot use the joblog no/l: No such file or directory");
}

#[test]
fn a_full_disk_under_the_records_is_an_error() {
    let done = Run::line("--metrics-json /dev/full echo ::: a").run().status(255).stdout("a\n");
    done.stderr("apool: cannot write the metrics: No space left on device\n");
    let done = Run::line("-j1 --joblog /dev/full echo ::: a b c").run();
    done.status(255).stderr("apool: cannot use the joblog /dev/full: No space left on device\n");
}

#[test]
fn a_missing_command_is_said_once() {
    let done = Run::line("-j4 no-such-command ::: a b c d e f g h").run().status(127).stdout("");
    done.stderr("apool: no-such-command: not found in PATH\n");
    let done = Run::line("-j4 ./none ::: a b c d").run().status(127);
    done.stderr("apool: ./none: No such file or directory\n");
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
fn a_missing_command_starts_nothing_and_counts_nothing_as_failed() {
    let dir = Dir::new();
    Run::line("--metrics-json m no-such-command ::: a b c").dir(&dir).run().status(127);
    let document = dir.json("m");
    crate::records::sums(&document["totals"]);
    assert_eq!((&document["totals"]["not_started"], &document["exit_status"]), (&3.into(), &127.into()));
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
fn an_argument_too_long_for_the_system_fails_alone() {
    let long = "x".repeat(300_000);
    let done = Run::line("-k echo").stdin(format!("a\n{long}\nb\n")).run().status(1).stdout("a\nb\n");
    assert_eq!(done.err().lines().next(), Some("apool: job 2: Argument list too long"));
    assert!(done.err().contains(&format!("  echo {}…\n", &long[..195])), "{}", done.err());
    assert!(done.err().len() < 1000, "the message is cut short");
}

fn with_output(options: &str, to: &str, script: &str) -> (Option<i32>, String) {
    let line = format!("{script}; \"$0\" {options} {to}");
    let mut command = Command::new("sh");
    command.args(["-c", &line]).arg(apool()).env_remove("CI").stdin(Stdio::null()).stdout(Stdio::null());
    let output = command.stderr(Stdio::piped()).output().expect("sh");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn standard_output_that_is_full() {
    for options in
        ["echo ::: a b c", "-k echo ::: a b c", "--line-buffer echo ::: a b c", "--dry-run echo ::: a b"]
    {
        let (status, said) = with_output(options, "> /dev/full", ":");
        assert_eq!(status, Some(255), "{options}: {said}");
        assert_eq!(said, "apool: cannot write the output: No space left on device\n", "{options}");
    }
    let (status, said) = with_output("--metrics-json - true ::: a", "> /dev/full", ":");
    assert_eq!((status, &*said), (Some(255), "apool: cannot write the metrics: No space left on device\n"));
}

#[test]
fn standard_output_that_is_closed() {
    let (status, said) = with_output("echo ::: a b c", ">&-", ":");
    assert_eq!((status, &*said), (Some(255), "apool: cannot write the output: Bad file descriptor\n"));
    // It is found before the first job.
    let dir = Dir::new();
    let line = format!("--workdir {} touch ran :::  a", dir.path().display());
    assert_eq!(with_output(&line, ">&-", ":").0, Some(255));
    assert!(!dir.join("ran").exists(), "a job has run");
}

#[test]
fn a_text_that_cannot_be_printed_is_no_success() {
    for text in ["--help", "-h", "-V", "--version", "--man", "--completions bash"] {
        for (to, why) in [("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")] {
            let (status, said) = with_output(text, to, ":");
            assert_eq!(
                (status, said),
                (Some(255), format!("apool: cannot write the output: {why}\n")),
                "{text} {to}"
            );
        }
    }
}

#[test]
fn lost_output_stops_the_run() {
    let mut run = Run::line("-j1 echo").command();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let mut child = run.stdin(Stdio::piped()).stdout(full).stderr(Stdio::piped()).spawn().expect("apool");
    let _watchdog = Watchdog::over(child.id());
    // There is always one more: it must end by itself.
    let mut stdin = child.stdin.take().expect("stdin");
    while std::io::Write::write_all(&mut stdin, b"x\n").is_ok() {}
    let done = child.wait_with_output().expect("apool");
    assert_eq!(done.status.code(), Some(255));
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(said.starts_with("apool: cannot write the output: No space left on device\n"), "{said}");
}

#[test]
fn fewer_descriptors_than_workers() {
    let words: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    let (status, said) = with_output(&format!("-j200 true ::: {}", words.join(" ")), "", "ulimit -n 64");
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(
        said,
        "apool: 200 workers need more descriptors than the 64 that may be open: running at most 10 (see ulimit -n)\n"
    );
}

#[test]
fn closed_standard_input_is_no_empty_one() {
    for options in ["echo", "--pipe cat", "echo :::: -", "--shuf echo"] {
        let (status, said) = with_output(options, "<&-", ":");
        let said_first = said.lines().next().unwrap_or_default();
        assert_eq!(
            (status, said_first),
            (Some(255), "apool: cannot read standard input: Bad file descriptor"),
            "{options}: {said}"
        );
    }
    assert_eq!(with_output("true ::: a", "<&-", ":").0, Some(0), "nobody reads it");
}

#[test]
fn a_value_of_the_environment_is_refused_under_its_name() {
    for (name, value, message) in [
        (
            "APOOL_JOBS",
            "x",
            "'x' is not a number such as 8, 150% (of the cores), +2 or -1 (from the cores), 0 or auto",
        ),
        ("APOOL_KEEP_ORDER", "maybe", "'maybe' is not yes or no (1 or 0, true or false, on or off)"),
        ("APOOL_COLOR", "some", "'some' is not one of auto, always, never"),
    ] {
        let run = Run::line("touch ran ::: 1").env(name, value);
        run.refused(255, &format!("apool: {name}: {message}"));
    }
    Run::line("echo ::: 1").env("APOOL_KEEP_ORDER", "").gives("1\n");
}

#[test]
fn options_that_exclude_each_other() {
    Run::line("-k -u touch ran ::: 1").refused(255, "apool: --keep-order cannot be used with --ungroup");
    // Nobody has typed either.
    let both = Run::line("touch ran ::: 1").env("APOOL_KEEP_ORDER", "1").env("APOOL_UNGROUP", "1");
    both.refused(
        255,
        "apool: --keep-order (from APOOL_KEEP_ORDER) cannot be used with --ungroup (from APOOL_UNGROUP)",
    );
    let many = Run::line("--lb --group -u touch ran ::: 1");
    many.refused(255, "apool: --line-buffer cannot be used with --group and --ungroup");
}

#[test]
fn what_is_typed_wins_over_a_variable_that_contradicts_it() {
    for (typed, name, value, said) in [
        ("-u echo ::: a", "APOOL_KEEP_ORDER", "1", "a\n"),
        ("-k echo ::: a", "APOOL_UNGROUP", "1", "a\n"),
        ("-u echo ::: a", "APOOL_TAG", "1", "a\n"),
        ("-u echo ::: a", "APOOL_TAGSTRING", "x", "a\n"),
        ("--lb echo ::: a", "APOOL_GROUP", "1", "a\n"),
        ("--group echo ::: a", "APOOL_LINE_BUFFER", "1", "a\n"),
        ("-0 echo -a -", "APOOL_DELIMITER", ",", ""),
        ("-d , echo -a -", "APOOL_NULL", "1", ""),
        ("--csv echo {2} ::: a,b", "APOOL_NULL", "1", "b\n"),
        ("-n1 echo ::: a", "APOOL_MAX_REPLACE_ARGS", "2", "a\n"),
        ("-N1 echo ::: a", "APOOL_MAX_LINES", "2", "a\n"),
        ("-X echo ::: a", "APOOL_XARGS", "1", "a\n"),
        ("-X echo ::: a", "APOOL_MAX_LINES", "1", "a\n"),
        ("-N1 echo ::: a", "APOOL_MANY", "1", "a\n"),
        ("--order fifo echo ::: a", "APOOL_SHUF", "1", "a\n"),
        ("-j1 echo ::: a", "APOOL_POLICY", "aimd", "a\n"),
        ("-j1 echo ::: a", "APOOL_PROFILE", "io", "a\n"),
        ("--policy aimd echo ::: a", "APOOL_JOBS", "4", "a\n"),
        ("-v -u echo ::: a", "APOOL_UNGROUP", "", "echo a\na\n"),
        ("-I X echo X ::: a", "APOOL_REPLACE", "Y", "a\n"),
        ("echo ::: a", "APOOL_COMMAND", "false", "a\n"),
    ] {
        let run = Run::line(typed).env(name, value);
        if typed.contains("-v -u") {
            run.refused(255, "apool: -v cannot be used with --ungroup");
            continue;
        }
        run.gives(said);
    }
}

#[test]
fn a_value_that_is_not_text_is_named() {
    let odd = OsStr::from_bytes(b"--halt=\xff\x1b");
    let run = Run::new().args([odd]).args(["touch", "ran", ":::", "1"]);
    run.refused(255, "apool: --halt=\\xff\\x1b: not UTF-8; the value of this option must be text");
    let run = Run::line("touch ran ::: 1").env("APOOL_HALT", OsStr::from_bytes(b"\xff"));
    run.refused(255, "apool: a variable APOOL_*: not UTF-8; the value of this option must be text");
}
