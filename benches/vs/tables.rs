//! The tables: the commands to run, and the columns to print.

use crate::measure::{Cost, To, Tools, lines, median, rounds, run, words};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// One row: a name, and a function that runs it once.
struct Row<'a> {
    name: String,
    once: Box<dyn Fn() -> Cost + 'a>,
}

fn tool<'a>(
    tools: &'a Tools,
    name: &str,
    label: &str,
    args: String,
    input: Option<&'a Path>,
    to: To,
) -> Option<Row<'a>> {
    let path = tools.path(name)?;
    Some(Row { name: label.to_owned(), once: Box::new(move || run(path, &words(&args), input, to)) })
}

/// Runs all rows in turn, for several rounds. Returns the costs of each row.
fn interleaved(rows: &[Row]) -> Vec<Vec<Cost>> {
    let mut costs = vec![Vec::new(); rows.len()];
    for round in 0..rounds() {
        for i in 0..rows.len() {
            // Every second round runs backwards, so that no row always follows the same one.
            let i = if round % 2 == 0 { i } else { rows.len() - 1 - i };
            costs[i].push((rows[i].once)());
        }
    }
    costs
}

fn print(title: &str, unit: &str, per_run: f64, rows: &[Row]) {
    println!(
        "\n{title} (medians of {} interleaved rounds; ratios are medians of the rounds' ratios)",
        rounds()
    );
    println!("{:<28} {:>12} {:>9} {:>16} {:>10}", "", unit, "x first", "own CPU us/job", "peak MiB");
    let costs = interleaved(rows);
    for (row, all) in rows.iter().zip(&costs) {
        let rate = median(all.iter().map(|c| per_run / c.wall).collect());
        let ratio = median(all.iter().zip(&costs[0]).map(|(c, first)| first.wall / c.wall).collect());
        let cpu = median(all.iter().map(|c| c.cpu).collect()) / per_run * 1e6;
        let rss = all.iter().map(|c| c.rss).fold(0.0, f64::max);
        println!("{:<28} {rate:>12.1} {ratio:>9.2} {cpu:>16.1} {rss:>10.1}", row.name);
    }
}

fn bare_loop(jobs: u64, threads: u64) -> Cost {
    let began = Instant::now();
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= jobs {
                        break;
                    }
                    // With an argument, as with the other tools. Without one, `true` sets no locale and takes 0.7 of
                    // the time.
                    std::process::Command::new("/bin/true").arg(n.to_string()).status().expect("/bin/true");
                }
            });
        }
    });
    Cost { wall: began.elapsed().as_secs_f64(), cpu: 0.0, rss: 0.0 }
}

pub fn dispatch(tools: &Tools) {
    let jobs: u64 = std::env::var("JOBS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let dir = tempfile::tempdir().expect("a directory");
    let input = dir.path().join("input");
    lines(&input, jobs);
    let files = dir.path().join("files");
    std::fs::create_dir(&files).expect("a directory");
    for i in 0..jobs {
        std::fs::write(files.join(i.to_string()), "").expect("a file");
    }
    for j in [2, 8, 64] {
        let input = Some(input.as_path());
        let mut rows: Vec<Row> = [
            tool(tools, "xargs", "xargs -P -n1", format!("-P {j} -n1 /bin/true"), input, To::Null),
            tool(tools, "apool", "apool", format!("-j {j} /bin/true"), input, To::Null),
            tool(tools, "apool", "apool (auto)", format!("--max-workers {j} /bin/true"), input, To::Null),
            tool(tools, "rust-parallel", "rust-parallel", format!("-j {j} /bin/true"), input, To::Null),
            tool(tools, "fd", "fd -x", format!("-j {j} . {} -x /bin/true", files.display()), None, To::Null),
        ]
        .into_iter()
        .flatten()
        .collect();
        rows.push(Row { name: "bare std::process loop".into(), once: Box::new(move || bare_loop(jobs, j)) });
        print(&format!("{jobs} x /bin/true at {j}"), "jobs/s", jobs as f64, &rows);
    }
}

pub fn bulk(tools: &Tools) {
    const MIB: u64 = 1 << 20;
    let dir = tempfile::tempdir().expect("a directory");
    let input = dir.path().join("input");
    lines(&input, 1000);
    let blob = dir.path().join("blob");
    std::fs::write(&blob, vec![b'x'; MIB as usize]).expect("a file");
    let to = To::Count(1000 * MIB);
    let command = format!("head -c {MIB} {}", blob.display());
    let rows: Vec<Row> = [
        tool(tools, "xargs", "xargs -P8 (no capture)", format!("-P 8 -I% {command}"), Some(&input), to),
        tool(tools, "apool", "apool -j8", format!("-j 8 -N0 {command}"), Some(&input), to),
        tool(tools, "rust-parallel", "rust-parallel -j8", format!("-j 8 -r .* {command}"), Some(&input), to),
    ]
    .into_iter()
    .flatten()
    .collect();
    print("1000 jobs of 1 MiB output into wc -c", "MiB/s", 1000.0, &rows);

    let big = dir.path().join("big");
    std::fs::File::create(&big).and_then(|f| f.set_len(500 * MIB)).expect("a sparse file");
    let one = dir.path().join("one");
    lines(&one, 1);
    let to = To::Count(500 * MIB);
    let rows: Vec<Row> = [
        tool(tools, "xargs", "xargs (no capture)", format!("-I% cat {}", big.display()), Some(&one), to),
        tool(tools, "apool", "apool", format!("-N0 cat {}", big.display()), Some(&one), to),
        tool(tools, "apool", "apool -k", format!("-k -N0 cat {}", big.display()), Some(&one), to),
    ]
    .into_iter()
    .flatten()
    .collect();
    print("one job of 500 MiB output", "MiB/s", 500.0, &rows);
}

pub fn start(tools: &Tools) {
    const TIMES: usize = 100;
    let dir = tempfile::tempdir().expect("a directory");
    let one = dir.path().join("one");
    lines(&one, 1);
    let many = |name: &'static str, label: &str, args: &'static str, input: bool| {
        let path = tools.path(name)?;
        let one = one.clone();
        let once = move || {
            let began = Instant::now();
            let mut rss = 0.0f64;
            for _ in 0..TIMES {
                rss = rss.max(run(path, &words(args), input.then_some(one.as_path()), To::Null).rss);
            }
            Cost { wall: began.elapsed().as_secs_f64(), cpu: 0.0, rss }
        };
        Some(Row { name: label.to_owned(), once: Box::new(once) })
    };
    for (title, xargs, apool) in
        [("--version", "--version", "--version"), ("echo a | TOOL echo", "echo", "echo")]
    {
        let input = xargs == "echo";
        let rows: Vec<Row> = [
            many("xargs", &format!("xargs {xargs}"), xargs, input),
            many("apool", &format!("apool {apool}"), apool, input),
        ]
        .into_iter()
        .flatten()
        .collect();
        print(title, "starts/s", TIMES as f64, &rows);
    }
}

pub fn memory(tools: &Tools) {
    const RECORDS: u64 = 10_000_000;
    let dir = tempfile::tempdir().expect("a directory");
    let input = dir.path().join("input");
    lines(&input, RECORDS);
    let rows: Vec<Row> = [
        tool(tools, "xargs", "xargs -n1000 true", "-n 1000 -P 2 true".into(), Some(&input), To::Null),
        tool(tools, "apool", "apool -n 1000 true", "-n 1000 true".into(), Some(&input), To::Null),
    ]
    .into_iter()
    .flatten()
    .collect();
    print("10 million records", "jobs/s", RECORDS as f64 / 1000.0, &rows);
}

pub fn joblog(tools: &Tools) {
    let jobs: u64 = 20_000;
    let dir = tempfile::tempdir().expect("a directory");
    let input = dir.path().join("input");
    lines(&input, jobs);
    let log = format!("-j 8 --joblog {}/log /bin/true", dir.path().display());
    let rows: Vec<Row> = [
        tool(tools, "apool", "apool", "-j 8 /bin/true".into(), Some(&input), To::Null),
        tool(tools, "apool", "apool --joblog", log, Some(&input), To::Null),
    ]
    .into_iter()
    .flatten()
    .collect();
    print("20000 x /bin/true at 8, with a joblog", "jobs/s", jobs as f64, &rows);
}
