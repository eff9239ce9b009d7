//! Runs that are interrupted at random moments and resumed until they are complete.

use crate::world::{World, signal, stop_and_go, wait};
use adaptive_pool::policy::POLICY_NAMES;
use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// The result.
#[derive(Default)]
pub struct Report {
    pub jobs: u64,
    pub interrupts: u64,
    pub kills: u64,
    pub lost: u64,
    pub unbegun: u64,
    pub twice: u64,
    pub wrong: Vec<String>,
}

pub fn run(world: &mut World, until: Instant) -> Report {
    let mut report = Report::default();
    while Instant::now() < until {
        campaign(world, &mut report);
    }
    report
}

/// Runs one input to its end, with interruptions.
fn campaign(world: &mut World, report: &mut Report) {
    let count = 100 + world.below(500);
    let mut input = String::new();
    for n in 1..=count {
        let (job, _) = world.job();
        writeln!(input, "echo {n} >>ran; {job}").unwrap();
    }
    fs::write(world.dir.join("input"), input).unwrap();
    for file in ["log", "ran"] {
        let _ = fs::remove_file(world.dir.join(file));
    }
    let policy = world.pick(&POLICY_NAMES);
    let order = world.pick(&["", "-k", "--line-buffer"]);
    let mut before = HashMap::new();
    for round in 0.. {
        let succeeded = successes(world);
        if !once(world, policy, order, round < 40, report) {
            break;
        }
        let after = started(world);
        // A job that has a record of success must not start again.
        report.twice += succeeded.iter().filter(|seq| after.get(seq) != before.get(*seq)).count() as u64;
        before = after;
    }
    let after = started(world);
    let recorded = recorded(world);
    report.jobs += after.values().sum::<u64>();
    // On a busy machine a job may reach its timeout before its shell does anything. Its record is a failure.
    let is_lost = |n: &u64| recorded.get(n).is_none_or(|ok| *ok && !after.contains_key(n));
    report.lost += (1..=count).filter(is_lost).count() as u64;
    report.unbegun += (1..=count).filter(|n| !after.contains_key(n) && !is_lost(n)).count() as u64;
    // A further resume must do nothing.
    let mut last = world.command();
    last.args(["--joblog", "log", "--resume", "-a", "input"]).stdin(Stdio::null());
    let status = wait(&mut last.spawn().unwrap(), Duration::from_mins(1), &mut report.wrong);
    if !status.success() || started(world) != after {
        report.wrong.push(format!("a resume of a complete run did something: {status:?}"));
    }
}

/// One run. False when it ended by itself.
fn once(world: &mut World, policy: &str, order: &str, disturb: bool, report: &mut Report) -> bool {
    let mut command = world.command();
    command.args([
        "--policy",
        policy,
        "--max-workers",
        "6",
        "--timeout",
        "0.5",
        "--termseq",
        "TERM,20,KILL,25",
    ]);
    command
        .args(["--joblog", "log", "--resume", "-a", "input"])
        .args(order.split(' ').filter(|o| !o.is_empty()));
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    if disturb {
        for _ in 0..world.below(6) {
            std::thread::sleep(Duration::from_millis(world.below(400)));
            match world.below(3) {
                0 => signal(&child, 10),
                1 => signal(&child, 12),
                _ => stop_and_go(&child, Duration::from_millis(world.below(30))),
            }
        }
        std::thread::sleep(Duration::from_millis(world.below(600)));
        if child.try_wait().unwrap().is_none() {
            report.interrupts += 1;
            let how = world.pick(&[1, 2, 15, 15, 9, 9]);
            report.kills += u64::from(how == 9);
            signal(&child, how);
            if how != 9 && world.below(3) == 0 {
                signal(&child, if how == 2 { 15 } else { 2 });
            }
        }
    }
    let status = wait(&mut child, Duration::from_mins(2), &mut report.wrong);
    if let Some(code) = status.code().filter(|&code| code > 101) {
        report.wrong.push(format!("a run ended with status {code}"));
    }
    status.code().is_none()
}

/// How often each job was started.
fn started(world: &World) -> HashMap<u64, u64> {
    let mut times = HashMap::new();
    for line in fs::read_to_string(world.dir.join("ran")).unwrap_or_default().lines() {
        *times.entry(line.parse().unwrap()).or_default() += 1;
    }
    times
}

/// The last record of each job: whether it is a success. An incomplete record is ignored.
fn recorded(world: &World) -> HashMap<u64, bool> {
    let text = fs::read_to_string(world.dir.join("log")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let columns = whole.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    columns.map(|c| (c[0].parse().unwrap(), c[6] == "0" && c[7] == "0")).collect()
}

fn successes(world: &World) -> Vec<u64> {
    recorded(world).into_iter().filter(|(_, ok)| *ok).map(|(seq, _)| seq).collect()
}
