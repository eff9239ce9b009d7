//! A guard that the user sets holds back every job, also the first one, and a message names the reason.

use crate::harness::{Dir, Run, Watchdog, kill, until};
use crate::pty::{On, Terminal};
use std::fs::{self, File};
use std::process::{Child, Stdio};

/// A run whose jobs are held back. Its messages go to a file.
struct HeldRun {
    dir: Dir,
    child: Child,
    _watchdog: Watchdog,
}

impl HeldRun {
    fn start(dir: Dir, run: &Run) -> HeldRun {
        let messages = File::create(dir.join("messages")).expect("a file");
        let mut command = run.command();
        let child =
            command.current_dir(dir.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(messages);
        let child = child.spawn().expect("apool");
        let watchdog = Watchdog::over(child.id());
        HeldRun { dir, child, _watchdog: watchdog }
    }

    fn messages(&self) -> String {
        self.dir.read("messages")
    }

    /// Waits for the message, and returns its text.
    fn line(&self) -> String {
        until("it says that it waits", || self.messages().ends_with('\n'));
        let messages = self.messages();
        messages
            .strip_prefix("apool: waiting: ")
            .unwrap_or_else(|| panic!("{messages}"))
            .trim_end()
            .to_owned()
    }

    fn is_stopped(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
    }
}

const JOB: &str = "touch ran$1";

#[test]
fn a_guard_set_by_the_user_holds_the_first_job_with_a_message() {
    const RECORDS: &str = "--explain --metrics-json metrics --decision-log decisions";
    let cases = [
        ("-j64 --memfree 1000T", "memfree", "--memfree 1000 TiB", 2),
        (
            "-j64 --memory-threshold 0",
            "memory_floor",
            "% of the memory in use, --memory-threshold asks for",
            1,
        ),
        (
            "--policy threshold --memory-threshold 0",
            "memory_floor",
            "--memory-threshold asks for less than",
            2,
        ),
        ("-j1 --limit false", "limited", "the command of --limit says no (status 1)", 2),
        ("--timeout 1s --halt now,fail=1 --memfree 1000T", "memfree", "--memfree 1000 TiB", 15),
    ];
    let start = |(options, ..): &(&str, _, _, _)| {
        let dir = Dir::new();
        let run = Run::script(&format!("{options} {RECORDS}"), JOB).args([":::", "1", "2", "3"]);
        HeldRun::start(dir, &run)
    };
    // Each prints its message after two seconds, so they run at the same time.
    let runs: Vec<HeldRun> = cases.iter().map(start).collect();
    for ((options, kind, what, signal), mut held) in cases.into_iter().zip(runs) {
        let line = held.line();
        assert!(line.contains(what), "{options}: {line}");
        kill(held.child.id(), signal);
        let status = held.child.wait().expect("apool");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(signal), "{options}");
        let messages = held.messages();
        assert!(messages.contains("apool: workers at 0: "), "{options}: {messages}");
        assert!(
            messages.ends_with("apool: stopped: 0 killed, 3 read and not started\n"),
            "{options}: {messages}"
        );
        assert!((1..=3).all(|n| !held.dir.join(&format!("ran{n}")).exists()), "{options}");
        let metrics = held.dir.json("metrics");
        assert_eq!(metrics["totals"]["not_started"], 3, "{options}");
        assert!(metrics["blocked_ms"].as_f64().is_some_and(|ms| ms >= 2000.0), "{options}: {metrics}");
        let records = held.dir.json_lines("decisions");
        let decision = records.iter().find(|record| record["reason_kind"] == kind);
        assert_eq!(decision.expect(kind)["event_type"], "guard", "{options}");
    }
}

#[test]
fn a_guard_set_by_a_variable_holds_the_first_job() {
    let dir = Dir::new();
    let run = Run::script("--progress=json", JOB).env("APOOL_MEMFREE", "1000T");
    let mut held = HeldRun::start(dir, &run.args([":::", "1"]));
    let shown = || held.dir.json_lines("messages").into_iter().find(|line| line["waiting"].is_string());
    until("the progress says that it waits", || shown().is_some());
    let line = shown().expect("it was there");
    assert!(line["waiting"].as_str().is_some_and(|why| why.ends_with("--memfree 1000 TiB")), "{line}");
    assert_eq!((&line["active_tasks"], &line["done"]), (&0.into(), &0.into()), "{line}");
    // Two seconds later every line is still JSON: `json_lines` accepts nothing else.
    until("four lines", || held.dir.json_lines("messages").len() >= 4);
    kill(held.child.id(), 2);
    held.child.wait().expect("apool");
    assert!(!held.dir.join("ran1").exists());
    let messages = held.messages();
    let last = messages.lines().rfind(|line| line.starts_with('{')).expect("a line of the progress");
    assert!(last.contains("\"done\":0,"), "a job that never ran is not done: {messages}");
}

#[test]
fn jobs_run_when_the_guard_opens_also_after_a_stop() {
    let dir = Dir::new();
    let run = Run::new().args(["-j2", "--limit", "test -e go", "--", "sh", "-c", JOB, "sh"]);
    let run = run.args([":::", "1", "2"]);
    let mut held = HeldRun::start(dir, &run);
    assert_eq!(held.line(), "the command of --limit says no (status 1)");
    kill(held.child.id(), 20);
    until("it is stopped", || held.is_stopped());
    held.dir.write("go", "");
    kill(held.child.id(), 18);
    assert!(held.child.wait().expect("apool").success(), "{}", held.messages());
    assert!(held.dir.join("ran1").exists() && held.dir.join("ran2").exists());
    assert_eq!(held.messages().lines().count(), 1, "{}", held.messages());
}

#[test]
fn a_guard_that_closes_while_no_job_runs_holds_the_next_job() {
    let dir = Dir::new();
    // The first job ends when the command has run twice after it failed: the first failure has been processed then.
    let limit = "[ -e stop ] || exit 0; [ ! -e once ] || touch twice; touch once; exit 1";
    let code = "touch ran$1; [ $1 = 2 ] || { touch stop; while [ ! -e twice ]; do sleep 0.02; done; }";
    let run = Run::new().args(["-j1", "--limit", limit, "--", "sh", "-c", code, "sh", "{}", ":::", "1", "2"]);
    let mut held = HeldRun::start(dir, &run);
    assert_eq!(held.line(), "the command of --limit says no (status 1)");
    assert!(held.dir.join("ran1").exists() && !held.dir.join("ran2").exists());
    fs::remove_file(held.dir.join("stop")).expect("it goes on");
    assert!(held.child.wait().expect("apool").success());
    assert!(held.dir.join("ran2").exists());
}

#[test]
fn the_live_view_says_which_guard_holds_the_jobs() {
    let dir = Dir::new();
    let terminal = Terminal::new(120, 24);
    let run =
        Run::script("-j4 --memfree 1000T", JOB).args([":::", "1", "2", "3"]).dir(&dir).env("TERM", "xterm");
    let run = terminal.start(&run, On::Everything);
    terminal.wait_for("waiting: ");
    let screen = terminal.screen();
    assert!(screen[0].ends_with("  0 %") && screen[1].starts_with("0/3  0/s  elapsed "), "{screen:?}");
    let line = &screen[2];
    assert!(line.starts_with("waiting: ") && line.ends_with(" free of --memfree 1000 TiB"), "{line}");
    assert!(screen[3].starts_with("0 running (limit 1, max 4)  3 waiting"), "{screen:?}");
    terminal.type_in(b"\x03");
    run.end().signal(2);
    terminal.settle();
    let screen = terminal.screen();
    assert_eq!(screen.last().map(String::as_str), Some("apool: stopped: 0 killed, 3 read and not started"));
    assert!(!dir.join("ran1").exists());
}

#[test]
fn a_dry_run_waits_for_no_guard() {
    let options =
        ["--memfree", "1000T", "--limit", "touch asked; false", "--delay", "1h", "--memory-threshold", "0"];
    let dir = Dir::new();
    Run::new()
        .args(["--dry-run"])
        .args(options)
        .args(["echo", ":::", "a", "b"])
        .dir(&dir)
        .gives("echo a\necho b\n");
    assert!(!dir.join("asked").exists());
}

#[test]
fn the_command_of_limit_gets_the_environment_of_the_jobs() {
    let dir = Dir::new();
    let ask = |to: &str| format!("echo \"[$APOOL_JOBLOG] $WORD\" >{to}");
    let run =
        Run::new().args(["--limit", &ask("limit"), "-c", &(ask("job") + "; : {}"), ":::", "1"]).dir(&dir);
    run.env("APOOL_JOBLOG", "log").env("WORD", "a=b").gives("");
    assert_eq!(dir.read("limit"), "[] a=b\n");
    assert_eq!(dir.read("job"), dir.read("limit"));
}
