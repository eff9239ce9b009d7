//! Runs a workload under every tool and prints how far each is from the best fixed number of workers.

use crate::Options;
use crate::measure::{self, Call, End, Run, cpus, median, run};
use crate::workloads::Workload;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A run is ended when it takes so many times as long as the best.
const PATIENCE: f64 = 3.0;
/// Fixed levels this near to the best of the short pass run at full length.
const NEAR: f64 = 1.3;
/// A run during which others used more of the CPU than this is repeated.
const DISTURBED: f64 = 0.10;
/// A run begins when others use less than this part of the CPU, or after the time given for that.
const QUIET: f64 = 0.2;
/// The short pass, as a part of the full length.
const SHORT: f64 = 0.2;

/// One row: a tool and its runs, one a round.
struct Row {
    tool: Tool,
    runs: Vec<Run>,
    workers: Vec<f64>,
}

#[derive(Clone, Debug)]
enum Tool {
    Xargs(u32),
    Apool(String),
}

impl Tool {
    fn label(&self) -> String {
        match self {
            Tool::Xargs(n) => format!("xargs -P {n}"),
            Tool::Apool(policy) => format!("apool {policy}"),
        }
    }

    fn call(&self, workload: &Workload, input: &Path, metrics: &Path) -> Call {
        let mut argv: Vec<OsString> = Vec::new();
        match self {
            Tool::Xargs(n) => argv.extend(["xargs", "-P", &n.to_string(), "-n", "1"].map(OsString::from)),
            Tool::Apool(policy) => {
                argv.push(measure::apool());
                argv.extend(["--policy", policy, "--metrics-json"].map(OsString::from));
                argv.push(metrics.into());
                argv.extend(workload.flags.iter().map(OsString::from));
                argv.push("--".into());
            }
        }
        argv.extend(workload.command.iter().cloned());
        Call {
            argv,
            input: input.to_owned(),
            memory: workload.memory,
            polite: matches!(self, Tool::Apool(_)),
        }
    }
}

/// A workload with its files.
struct Bench<'a> {
    workload: &'a Workload,
    dir: &'a Path,
    again: usize,
    wait: f64,
}

impl Bench<'_> {
    fn input(&self, jobs: u64) -> PathBuf {
        let path = self.dir.join(format!("input-{jobs}"));
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
        for record in self.workload.records.iter().cycle().take(jobs as usize) {
            writeln!(file, "{record}").expect("write");
        }
        file.flush().expect("write");
        path
    }

    fn once(&self, row: &mut Row, input: &Path, patience: f64) {
        let metrics = self.dir.join("metrics");
        let call = row.tool.call(self.workload, input, &metrics);
        let mut best: Option<Run> = None;
        for _ in 0..=self.again {
            quiet(self.wait);
            let _ = std::fs::remove_file(&metrics);
            let this = run(&call, Duration::from_secs_f64(patience));
            let enough = this.others < DISTURBED || this.end == End::Failed;
            if best.as_ref().is_none_or(|best| this.others < best.others) {
                best = Some(this);
            }
            if enough {
                break;
            }
        }
        row.runs.extend(best);
        row.workers.push(match &row.tool {
            Tool::Xargs(n) => f64::from(*n),
            Tool::Apool(_) => peak_workers(&metrics),
        });
    }
}

/// Waits, for so long at most, until the machine is not busy with something else.
fn quiet(wait: f64) {
    let until = std::time::Instant::now() + Duration::from_secs_f64(wait);
    while std::time::Instant::now() < until && measure::busy_now() > QUIET * cpus() {}
}

fn peak_workers(metrics: &Path) -> f64 {
    let text = std::fs::read(metrics).unwrap_or_default();
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    value["workers"]["max"].as_f64().unwrap_or(f64::NAN)
}

/// The table of one workload.
pub fn compare(workload: &Workload, options: &Options, dir: &Path) {
    let bench = Bench { workload, dir, again: options.again, wait: options.wait };
    let jobs = |seconds: f64| ((workload.rate * seconds) as u64).max(8);
    let all = jobs(options.seconds);
    println!("\n{}: {} ({all} jobs)", workload.name, workload.about);
    let levels = if options.levels.is_empty() {
        let quick = Bench { again: 0, wait: options.wait / 10.0, ..bench };
        fixed_levels(&quick, options.seconds, jobs(options.seconds * SHORT))
    } else {
        options.levels.clone()
    };
    let input = bench.input(all);
    let tools = levels.into_iter().map(Tool::Xargs);
    let tools = tools.chain(options.policies.iter().cloned().map(Tool::Apool));
    let mut rows: Vec<Row> = tools.map(|tool| Row { tool, runs: Vec::new(), workers: Vec::new() }).collect();
    for round in 0..options.rounds {
        let mut best = f64::INFINITY;
        let count = rows.len();
        for i in 0..count {
            // Every other round backwards, so that no row always follows the same one.
            let i = if round % 2 == 0 { i } else { count - 1 - i };
            bench.once(&mut rows[i], &input, (PATIENCE * best).min(20.0 * options.seconds).max(5.0));
            let run = rows[i].runs.last().expect("a run");
            if run.end == End::Done {
                best = best.min(run.wall);
            }
        }
    }
    print(&rows);
    if workload.waiting {
        few(&bench, all, &rows);
    }
}

/// The fixed levels worth a full run: all of them for a quick look, else those near the best of a short pass, which is
/// printed.
fn fixed_levels(bench: &Bench, seconds: f64, jobs: u64) -> Vec<u32> {
    let mut levels: Vec<u32> = (0..=8).map(|i| 1 << i).collect();
    levels.extend(bench.workload.levels);
    levels.sort_unstable();
    levels.dedup();
    let input = bench.input(jobs);
    // From 64 on outwards: no workload is hopeless there, so its time ends the hopeless ones early.
    levels.sort_by_key(|n| (100.0 * (f64::from(*n).log2() - 6.0).abs()) as u32);
    let (mut best, mut walls) = (f64::INFINITY, Vec::new());
    for n in levels {
        let mut row = Row { tool: Tool::Xargs(n), runs: Vec::new(), workers: Vec::new() };
        bench.once(&mut row, &input, (PATIENCE * best).min(20.0 * seconds).max(2.0));
        let run = row.runs.pop().expect("a run");
        if run.end == End::Done {
            best = best.min(run.wall);
        }
        walls.push((n, run));
    }
    walls.sort_by_key(|(n, _)| *n);
    let told: Vec<String> = walls.iter().map(|(n, run)| format!("{n}: {}", cell(run, best))).collect();
    println!("  xargs -P, {jobs} jobs, ratio to the best: {}", told.join("  "));
    walls.retain(|(_, run)| run.end == End::Done && run.wall <= NEAR * best);
    walls.sort_by(|(_, a), (_, b)| a.wall.total_cmp(&b.wall));
    walls.truncate(3);
    walls.into_iter().map(|(n, _)| n).collect()
}

fn cell(run: &Run, best: f64) -> String {
    match run.end {
        End::Done => format!("{:.2}", run.wall / best),
        End::Failed => "fails".into(),
        End::GivenUp => format!(">{:.1}", run.wall / best),
    }
}

fn walls(row: &Row) -> Vec<f64> {
    row.runs.iter().map(|run| if run.end == End::Done { run.wall } else { f64::INFINITY }).collect()
}

fn best_fixed(rows: &[Row]) -> Option<&Row> {
    let fixed = rows.iter().filter(|row| matches!(row.tool, Tool::Xargs(_)));
    fixed.min_by(|a, b| median(walls(a)).total_cmp(&median(walls(b))))
}

fn print(rows: &[Row]) {
    let Some(best) = best_fixed(rows) else {
        println!("  no fixed number of workers gets through");
        return;
    };
    let base = walls(best);
    println!(
        "  {:<20} {:>8} {:>7} {:>8} {:>8} {:>10} {:>8}",
        "", "seconds", "ratio", "workers", "own MiB", "group MiB", "others"
    );
    for row in rows {
        let ratio = median(walls(row).iter().zip(&base).map(|(wall, base)| wall / base).collect());
        let most = |value: &dyn Fn(&Run) -> f64| row.runs.iter().map(value).fold(0.0, f64::max);
        let group = most(&|run| run.group_mib.unwrap_or(0.0));
        let note = match row.runs.iter().map(|run| run.end).find(|end| *end != End::Done) {
            Some(End::Failed) => "  jobs failed",
            Some(_) => "  given up",
            None => "",
        };
        println!(
            "  {:<20} {:>8.2} {:>7.2} {:>8} {:>8.1} {:>10} {:>7.0}%{note}",
            row.tool.label(),
            median(walls(row)),
            ratio,
            median(row.workers.clone()),
            most(&|run| run.own_mib),
            if group > 0.0 { format!("{group:.0}") } else { "-".into() },
            100.0 * most(&|run| run.others),
        );
    }
}

/// `xargs -P $(nproc)` on a small part of the jobs, scaled up: all of them would take an hour.
fn few(bench: &Bench, all: u64, rows: &[Row]) {
    let part = (all / 100).max(8);
    let input = bench.input(part);
    let mut row = Row { tool: Tool::Xargs(cpus() as u32), runs: Vec::new(), workers: Vec::new() };
    bench.once(&mut row, &input, 600.0);
    let whole = row.runs[0].wall * all as f64 / part as f64;
    println!("  {}: {whole:.0} s, from {part} jobs", row.tool.label());
    for row in rows.iter().filter(|row| matches!(row.tool, Tool::Apool(_))) {
        println!("    {} is {:.1} x ahead", row.tool.label(), whole / median(walls(row)));
    }
}
