//! The number of jobs that run at once: never more than the limit of any policy.

use crate::harness::{Dir, Run, until};
use adaptive_pool::policy::POLICY_NAMES;
use std::fs;

/// A job that appends a line to one file when it begins and when it ends.
const NOTED: &str = "echo begin >> notes; read x < gate; echo end >> notes";

/// The largest number of jobs that ran at once, by that file.
fn most(dir: &Dir) -> usize {
    let (mut now, mut most) = (0usize, 0);
    for line in dir.read("notes").lines() {
        now = if line == "begin" { now + 1 } else { now - 1 };
        most = most.max(now);
    }
    assert_eq!(now, 0, "every job that began has ended");
    most
}

fn begun(dir: &Dir) -> usize {
    let text = fs::read_to_string(dir.join("notes")).unwrap_or_default();
    text.lines().filter(|line| *line == "begin").count()
}

/// Twelve jobs. They may end when as many have begun as may run at once.
#[track_caller]
fn reaches_and_keeps(options: &str, limit: usize) {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let numbers: Vec<String> = (0..12).map(|n| n.to_string()).collect();
    let run = Run::script(options, NOTED).dir(&dir).args([":::"]).args(&numbers).start();
    until(&format!("{limit} jobs run"), || begun(&dir) == limit);
    std::io::Write::write_all(&mut gate, "\n".repeat(12).as_bytes()).expect("open the gate");
    run.end().status(0).stdout("");
    assert_eq!(most(&dir), limit, "{options}");
}

#[test]
fn a_number_is_reached_and_never_exceeded() {
    reaches_and_keeps("-j1", 1);
    reaches_and_keeps("-j3", 3);
    reaches_and_keeps("-P3", 3);
    reaches_and_keeps("--jobs=5 --policy fixed", 5);
    reaches_and_keeps("-j8 -k", 8);
}

#[test]
fn one_worker_runs_in_the_order_of_the_input() {
    let dir = Dir::new();
    let numbers: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    Run::script("-j1", "echo $1 >> order").dir(&dir).args([":::"]).args(&numbers).gives("");
    assert_eq!(dir.read("order"), numbers.join("\n") + "\n");
}

#[test]
fn retries_count_too() {
    let dir = Dir::new();
    let script = "echo begin >> notes; echo end >> notes; [ $APOOL_ATTEMPT = 3 ]";
    let numbers: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    // With one worker the lines must alternate.
    Run::script("-j1 --retries 3", script).dir(&dir).args([":::"]).args(&numbers).gives("");
    assert_eq!(dir.read("notes"), "begin\nend\n".repeat(60));
}

#[test]
fn every_policy_runs_every_job_within_its_bounds() {
    let numbers: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    for policy in POLICY_NAMES {
        let dir = Dir::new();
        let script = "echo begin >> notes; echo end >> notes";
        let options = format!("--policy {policy} --max-workers 3 --metrics-json m");
        Run::script(&options, script).dir(&dir).args([":::"]).args(&numbers).gives("");
        assert!(most(&dir) <= 3, "{policy}");
        let document = dir.json("m");
        crate::records::sums(&document["totals"]);
        assert_eq!(document["config"]["policy"], policy);
        assert_eq!(document["totals"]["succeeded"], 40, "{policy}");
        assert!(document["workers"]["max"].as_u64().expect("a number") <= 3, "{policy}");
    }
}

#[test]
fn every_policy_names_its_decisions() {
    for policy in POLICY_NAMES {
        let dir = Dir::new();
        let mut gate = dir.fifo("gate");
        let interval = if policy == "auto" { "" } else { "--interval 20ms" };
        let options = format!("--policy {policy} {interval} --decision-log d");
        let run = Run::script(&options, "read x < gate").dir(&dir).args([":::", "1", "2", "3"]).start();
        until(&format!("{policy} has decided something"), || !dir.json_lines("d").is_empty());
        std::io::Write::write_all(&mut gate, b"\n\n\n").expect("open the gate");
        run.end().status(0);
        assert!(dir.json_lines("d").iter().all(|line| line["policy"] == policy), "{policy}");
    }
}

#[test]
fn a_queue_makes_the_limit_grow() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let numbers: Vec<String> = (0..12).map(|n| n.to_string()).collect();
    let options = "--policy aggressive --interval 20ms --min-workers 1 --initial-workers 1 --max-workers 4 --soft-limit 4 --cpu-threshold 1";
    let run = Run::script(options, NOTED).dir(&dir).args([":::"]).args(&numbers).start();
    until("four run", || begun(&dir) == 4);
    std::io::Write::write_all(&mut gate, "\n".repeat(12).as_bytes()).expect("open the gate");
    run.end().status(0);
    assert_eq!(most(&dir), 4);
}

#[test]
fn the_maximum_can_be_raised_and_lowered_during_a_run() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let numbers: Vec<String> = (0..12).map(|n| n.to_string()).collect();
    let run = Run::script("-j2 --decision-log d", NOTED).dir(&dir).args([":::"]).args(&numbers).start();
    until("two run", || begun(&dir) == 2);
    run.signal(10);
    until("three run", || begun(&dir) == 3);
    let limit = || dir.json_lines("d").last().map(|line| line["concurrency"]["new_limit"].clone());
    until("the limit is three", || limit() == Some(3.into()));
    run.signal(12);
    until("the limit is two again", || limit() == Some(2.into()));
    std::io::Write::write_all(&mut gate, "\n".repeat(12).as_bytes()).expect("open the gate");
    run.end().status(0);
    let notes = dir.read("notes");
    let (mut now, mut later) = (3, 0);
    for line in notes.lines().skip(3) {
        now = if line == "begin" { now + 1 } else { now - 1 };
        later = later.max(if line == "begin" { now } else { 0 });
    }
    assert!(later <= 2, "{notes}");
}

#[test]
fn slots_are_numbers_up_to_the_limit_and_used_once_at_a_time() {
    let dir = Dir::new();
    let script = "mkdir slot.$APOOL_SLOT && rmdir slot.$APOOL_SLOT && echo $APOOL_SLOT";
    let numbers: Vec<String> = (0..50).map(|n| n.to_string()).collect();
    let done = Run::script("-j4", script).dir(&dir).args([":::"]).args(&numbers).run().status(0);
    assert!(done.out().lines().all(|slot| ["1", "2", "3", "4"].contains(&slot)));
}

#[test]
fn settings_come_from_the_environment_too() {
    let dir = Dir::new();
    Run::line("--metrics-json m echo ::: a").env("APOOL_JOBS", "3").dir(&dir).gives("a\n");
    assert_eq!(dir.json("m")["config"]["max_workers"], 3);
    let run = Run::line("-j2 --metrics-json m echo ::: a").env("APOOL_JOBS", "3").dir(&dir);
    run.gives("a\n");
    assert_eq!(dir.json("m")["config"]["max_workers"], 2);
    let done = Run::line("echo ::: a").env("APOOL_JOBS", "x").run().status(255);
    assert_eq!(
        done.err(),
        "apool: APOOL_JOBS: 'x' is not a number such as 8, 150% (of the cores), +2 or -1 (from the cores), 0 or auto\n"
    );
}

#[test]
fn profiles_set_bounds() {
    for (profile, bounds) in [
        ("cpu", (|c| (1, c)) as fn(u64) -> (u64, u64)),
        ("io", |c| (2 * c, 4 * c)),
        ("mixed", |c| (1, 2 * c)),
        ("memory", |_| (8, 16)),
    ] {
        let dir = Dir::new();
        Run::line("--metrics-json m --profile").args([profile, "echo", ":::", "a"]).dir(&dir).gives("a\n");
        let config = &dir.json("m")["config"];
        let number = |name: &str| config[name].as_f64().unwrap_or_else(|| panic!("no {name} in {config}"));
        let found = (number("min_workers") as u64, number("max_workers") as u64);
        assert_eq!(found, bounds(number("cores").ceil() as u64), "{profile}");
    }
    // Explicit bounds win.
    let dir = Dir::new();
    Run::line("--profile io --hard-limit 3 --min-workers 2 --metrics-json m true ::: a").dir(&dir).gives("");
    assert_eq!(
        (&dir.json("m")["config"]["min_workers"], &dir.json("m")["config"]["max_workers"]),
        (&2.into(), &3.into())
    );
}

#[test]
fn a_dry_run_has_no_more_workers_than_cores() {
    let dir = Dir::new();
    let input: String = (0..3000).map(|n| format!("{n}\n")).collect();
    let run = Run::line("--dry-run -k -j 100 --metrics-json m -- echo").dir(&dir).stdin(&input);
    run.gives(input.lines().map(|n| format!("echo {n}\n")).collect::<String>());
    let cores = std::thread::available_parallelism().expect("cores").get() as u64;
    let most = dir.json("m")["workers"]["max"].as_u64().expect("a number");
    assert!((1..=cores).contains(&most), "{most} workers on {cores} cores");
}
