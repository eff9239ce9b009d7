//! Wrong options, values and input: one line on standard error, the documented status, and no job has started.

use crate::harness::{Dir, Run};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

/// Refused with status 255 and exactly this line; no job has run.
#[track_caller]
fn refused(options: &[&str], message: &str) {
    let dir = Dir::new();
    let run = Run::new().args(options).args(["--", "touch", "{}", ":::", "ran"]).dir(&dir);
    run.refused(255, &format!("apool: {message}")).stdout("");
    assert!(!dir.join("ran").exists(), "a job has run");
}

/// Records before the fault of the input run, and the status is an error.
#[test]
fn records_read_before_an_error_run() {
    let open = "apool: unmatched double quote in line 3 of standard input; use -d '\\n' or -0 to take quotes as they are\n";
    let broken = || Run::new().stdin("a\nb\n\"c\n").args(["-k", "--xargs-quotes"]);
    broken().args(["echo"]).run().status(255).stdout("a\nb\n").stderr(open);
    broken().args(["--order", "lifo", "echo"]).run().status(255).stdout("a\nb\n").stderr(open);
    // Records that were collected for a larger job run, too.
    broken().args(["-n", "3", "echo"]).run().status(255).stdout("a b\n").stderr(open);
    broken().args(["--xargs", "echo"]).run().status(255).stdout("a b\n").stderr(open);
    let long = Run::new().stdin("a\nb\ncccccccccccccccc\nd\n").args(["-k", "-s", "12", "echo"]).run();
    long.status(255).stdout("a\nb\n").stderr("apool: argument list too long at record 3\n");
}

/// Jobs with the total in their command cannot run without it.
#[test]
fn jobs_with_the_total_in_their_command_do_not_run_after_an_error() {
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
    for name in adaptive_pool::policy::POLICY_NAMES {
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
    refused(
        &["--policy", "aimd", "--soft-limit", "8"],
        "--soft-limit means nothing to --policy aimd; it is for conservative, balanced and aggressive",
    );
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
        "-j: 'x' is not a number such as 8, 150% (of the cores), +2 or -1 (from the cores), 0 or auto",
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
fn unwritable_record_files_are_refused_before_the_first_job() {
    refused(&["--metrics-json", "no/m"], "cannot write the metrics to no/m: No such file or directory");
    refused(&["--metrics-json", "."], "cannot write the metrics to .: Is a directory");
    refused(&["--decision-log", "no/d"], "cannot write the decision log no/d: No such file or directory");
    refused(&["--joblog", "no/l"], "cannot use the joblog no/l: No such file or directory");
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
fn a_number_is_refused_with_its_option_as_it_was_typed_and_its_range() {
    for (option, value, why) in [
        ("-n", "x", "'x' is not a whole number, at least 0"),
        ("--max-args", "-1", "'-1' is not a whole number, at least 0"),
        ("-L", "x", "'x' is not a whole number, at least 1"),
        ("--trend-window", "x", "'x' is not a whole number, at least 3"),
        ("--retries", "99999999999", "'99999999999' is above 4294967295, the largest number of this option"),
        ("--skip", "1e3", "'1e3' is not a whole number, at least 0"),
    ] {
        refused(&[option, value], &format!("{option}: {why}"));
    }
    refused(&["-kn", "x"], "-n: 'x' is not a whole number, at least 0");
}

#[test]
fn units_as_people_type_them() {
    for options in
        ["--timeout 5min", "--delay 1msec", "--rate 10000/min", "--memfree 1kb", "--timeout 1hour30min"]
    {
        Run::line(options).args(["echo", ":::", "a"]).gives("a\n");
    }
    refused(
        &["--delay", "5fortnights"],
        "--delay: '5fortnights' is not a duration such as 30, 1.5s, 200ms, 1m30s or 2d",
    );
}

#[test]
fn an_unknown_variable_is_named() {
    let run = Run::line("echo ::: a").env("APOOL_JOB", "4").env("APOOL_SEQ", "1").env("APOOL_AS", "");
    let done = run.run().status(0).stdout("a\n");
    done.stderr("apool: APOOL_JOB: no option has this variable; did you mean APOOL_JOBS?\n");
    let run = Run::line("echo ::: a").env("APOOL_QQ\u{1b}", "4").run().status(0);
    run.stderr("apool: APOOL_QQ\\x1b: no option has this variable\n");
    // Options that are no settings.
    Run::line("echo ::: a")
        .env("APOOL_HELP", "1")
        .run()
        .stderr("apool: APOOL_HELP: no option has this variable\n");
}

#[test]
fn options_that_exclude_each_other() {
    Run::line("-k -u touch ran ::: 1").refused(255, "apool: -k cannot be used with -u");
    // Both come from the environment.
    let both = Run::line("touch ran ::: 1").env("APOOL_KEEP_ORDER", "1").env("APOOL_UNGROUP", "1");
    both.refused(
        255,
        "apool: --keep-order (from APOOL_KEEP_ORDER) cannot be used with --ungroup (from APOOL_UNGROUP)",
    );
    let many = Run::line("--lb --group -u touch ran ::: 1");
    many.refused(255, "apool: --lb cannot be used with --group and -u");
}

#[test]
fn an_option_wins_over_a_contradicting_variable() {
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
            run.refused(255, "apool: -v cannot be used with -u");
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
