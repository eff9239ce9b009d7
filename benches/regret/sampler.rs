//! What looking costs: CPU time of the sampler's thread while so many jobs run, from its `schedstat`.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long is measured.
const SPAN: Duration = Duration::from_secs(20);

/// The table. Jobs that wait (a process each), jobs that are replaced every second, and jobs with children.
pub fn cost() {
    println!("CPU of the threads of apool, % of one core, over {} s", SPAN.as_secs());
    println!(
        "{:<34} {:>8} {:>9} {:>12} {:>9} {:>8}",
        "", "running", "sampler", "coordinator", "all", "readings"
    );
    for (about, words) in [
        ("sleep 60", &["sleep", "60"][..]),
        ("sleep 1, over and over", &["sleep", "1"]),
        ("sh -c 'sleep 60; :', a child each", &["sh", "-c", "sleep 60; :", "sh"]),
    ] {
        for jobs in [64, 512] {
            one(about, words, jobs);
        }
    }
}

fn one(about: &str, words: &[&str], jobs: u32) {
    let n = jobs.to_string();
    let bounds = ["--policy", "auto", "--min-workers", &n, "--max-workers", &n, "--initial-workers", &n];
    let mut child = Command::new(crate::measure::apool())
        .args(bounds)
        .args(["-N0", "--"])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("start");
    let mut stdin = child.stdin.take().expect("stdin");
    let feeder = std::thread::spawn(move || while stdin.write_all(b"x\n").is_ok() {});
    // All started, and the ramp's fast looks over.
    std::thread::sleep(Duration::from_secs(5));
    let pid = child.id();
    let before = threads(pid);
    let began = Instant::now();
    std::thread::sleep(SPAN);
    let after = threads(pid);
    let span = began.elapsed().as_secs_f64();
    let percent = |want: &dyn Fn(&str) -> bool| {
        let used = |all: &[Thread]| all.iter().filter(|t| want(&t.name)).map(|t| t.cpu).sum::<f64>();
        100.0 * (used(&after) - used(&before)) / span
    };
    let switches =
        |all: &[Thread]| all.iter().filter(|t| t.name.contains("sampler")).map(|t| t.runs).sum::<f64>();
    let running = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    println!(
        "{about:<34} {:>8} {:>8.2}% {:>11.2}% {:>8.2}% {:>6.1}/s",
        running.split(' ').filter(|w| !w.is_empty()).count().max(children(pid)),
        percent(&|name| name.contains("sampler")),
        percent(&|name| name.contains("-pool")),
        percent(&|_| true),
        (switches(&after) - switches(&before)) / span,
    );
    // SAFETY: a signal to a child of ours that was not reaped.
    unsafe { libc::kill(pid as i32, libc::SIGTERM) };
    let _ = child.wait();
    let _ = feeder.join();
}

struct Thread {
    name: String,
    cpu: f64,
    /// How often it ran.
    runs: f64,
}

fn threads(pid: u32) -> Vec<Thread> {
    let Ok(dir) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    dir.flatten()
        .filter_map(|task| {
            let name = fs::read_to_string(task.path().join("comm")).ok()?.trim().to_owned();
            let stat = fs::read_to_string(task.path().join("schedstat")).ok()?;
            let mut figures = stat.split_whitespace().filter_map(|w| w.parse::<f64>().ok());
            let cpu = figures.next()? / 1e9;
            Some(Thread { name, cpu, runs: figures.nth(1)? })
        })
        .collect()
}

/// Children of all threads.
fn children(pid: u32) -> usize {
    let Ok(dir) = fs::read_dir(format!("/proc/{pid}/task")) else { return 0 };
    let texts = dir.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    texts.map(|text| text.split_whitespace().count()).sum()
}
