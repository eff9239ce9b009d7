//! Does the limit stand still under steady load? From the decision log of one run a workload.

use crate::measure::{Call, apool, median, run};
use crate::workloads;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// The first so many seconds are the search, not the steady state.
const SETTLING: f64 = 5.0;
/// A change by more than this part of the mean is a large one.
const LARGE: f64 = 0.10;
/// At most one large change in so many seconds is wanted.
const WINDOW: f64 = 5.0;

/// The limit from one moment on.
type Point = (f64, f64);

/// The table.
pub fn steady(options: &crate::Options) {
    let seconds = options.seconds.max(20.0);
    println!("limit of `auto` after the first {SETTLING} s of {seconds} s");
    println!(
        "{:<14} {:>6} {:>8} {:>8} {:>8} {:>14} {:>12} {:>12}",
        "", "mean", "median", "least", "most", "time in 10 %", "changes>10%", "most in 5 s"
    );
    let all = ["sha256", "mixed", "mostly-wait", "sleep1", "http-places", "http-collapse", "memory"];
    let asked: Vec<&str> = options.names.iter().skip(1).map(String::as_str).collect();
    for name in if asked.is_empty() { all.to_vec() } else { asked } {
        let dir = tempfile::tempdir().expect("a directory");
        match workloads::make(name, dir.path()) {
            Err(reason) => println!("{name:<14} left out: {reason}"),
            Ok(workload) => {
                let points = limits(&workload, seconds, dir.path());
                row(name, &points, seconds);
                if let Some(logs) = &options.logs {
                    let kept = std::fs::create_dir_all(logs)
                        .and_then(|()| std::fs::copy(dir.path().join("log"), logs.join(name)));
                    kept.expect("a place for the decision log");
                }
            }
        }
    }
}

fn limits(workload: &workloads::Workload, seconds: f64, dir: &Path) -> Vec<Point> {
    let (input, log) = (dir.join("input"), dir.join("log"));
    let mut file = std::io::BufWriter::new(std::fs::File::create(&input).expect("a file"));
    // More than enough: the run is ended by the clock.
    for record in workload.records.iter().cycle().take((2.0 * workload.rate * seconds) as usize + 1000) {
        writeln!(file, "{record}").expect("write");
    }
    file.flush().expect("write");
    let mut argv = vec![apool()];
    argv.extend(["--policy", "auto", "--decision-log"].map(OsString::from));
    argv.push(log.clone().into());
    argv.push("--".into());
    argv.extend(workload.command.iter().cloned());
    run(&Call { argv, input, memory: workload.memory, polite: true }, Duration::from_secs_f64(seconds));
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines
        .filter_map(|line| Some((line["elapsed_s"].as_f64()?, line["concurrency"]["new_limit"].as_f64()?)))
        .collect()
}

fn row(name: &str, points: &[Point], seconds: f64) {
    // The limit at the end of settling, then every change after it.
    let start = points.iter().take_while(|(at, _)| *at <= SETTLING).last().map_or(0.0, |(_, limit)| *limit);
    let mut steps = vec![(SETTLING, start)];
    steps.extend(points.iter().filter(|(at, _)| *at > SETTLING && *at < seconds));
    let spans: Vec<(f64, f64)> = steps
        .iter()
        .enumerate()
        .map(|(i, (at, limit))| (steps.get(i + 1).map_or(seconds, |next| next.0) - at, *limit))
        .collect();
    let whole: f64 = spans.iter().map(|(span, _)| span).sum();
    let mean = spans.iter().map(|(span, limit)| span * limit).sum::<f64>() / whole;
    let near = |limit: f64| (limit - mean).abs() <= (LARGE * mean).max(1.0);
    let inside: f64 = spans.iter().filter(|(_, limit)| near(*limit)).map(|(span, _)| span).sum();
    let large: Vec<f64> = steps
        .windows(2)
        .filter(|pair| (pair[1].1 - pair[0].1).abs() > (LARGE * mean).max(1.0))
        .map(|pair| pair[1].0)
        .collect();
    let crowd = large.iter().map(|t| large.iter().filter(|u| **u >= *t && **u < t + WINDOW).count());
    let limits = || spans.iter().map(|(_, limit)| *limit);
    println!(
        "{name:<14} {mean:>6.1} {:>8} {:>8} {:>8} {:>13.0}% {:>12} {:>12}",
        median(limits().collect()),
        limits().fold(f64::INFINITY, f64::min),
        limits().fold(0.0, f64::max),
        100.0 * inside / whole,
        large.len(),
        crowd.max().unwrap_or(0),
    );
}
