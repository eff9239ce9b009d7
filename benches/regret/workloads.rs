//! What is measured. Each workload knows its command, how many jobs a second the best number of workers gets done, and what
//! apool is told beside the policy.

use crate::measure::{self, cpus, median};
use crate::service::{self, Kind};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One workload, ready to be run.
pub struct Workload {
    pub name: &'static str,
    pub about: &'static str,
    /// The command; each record is its last argument.
    pub command: Vec<OsString>,
    /// The records, over and over.
    pub records: Vec<String>,
    /// Jobs a second at the best number of workers.
    pub rate: f64,
    /// What apool is told beside the policy.
    pub flags: &'static [&'static str],
    /// Numbers of workers for xargs beside the powers of two: where the best is known.
    pub levels: &'static [u32],
    pub memory: Option<u64>,
    /// Mostly waiting: compared with `xargs -P $(nproc)` too.
    pub waiting: bool,
}

/// All names, in the order of the tables.
pub const NAMES: [&str; 10] = [
    "sha256",
    "mixed",
    "mostly-wait",
    "sleep0.2",
    "sleep1",
    "http-places",
    "http-collapse",
    "http-cap",
    "memory",
    "tools",
];

/// Makes one ready. `Err` says why it cannot be run here.
pub fn make(name: &str, dir: &Path) -> Result<Workload, String> {
    let plain = Workload {
        name: NAMES.iter().find(|n| **n == name).copied().ok_or_else(|| format!("no workload {name}"))?,
        about: "",
        command: Vec::new(),
        records: vec!["x".into()],
        rate: 1.0,
        flags: &[],
        levels: &[],
        memory: None,
        waiting: false,
    };
    Ok(match name {
        "sha256" => sha256(plain, dir),
        "mixed" => mixed(plain, "mixed 40 40 4", "40 ms CPU, 40 ms waiting, 4 MiB", 0.040),
        "mostly-wait" => mixed(plain, "mixed 10 190 4", "10 ms CPU, 190 ms waiting, 4 MiB", 0.010),
        "sleep0.2" => sleep(plain, "0.2", 0.2),
        "sleep1" => sleep(plain, "1", 1.0),
        "http-places" => Workload {
            about: "HTTP service, 12 places, 60 ms",
            levels: &[12],
            ..http(plain, Kind::Places { places: 12, time: ms(60) }, 12.0 / 0.060)
        },
        // The peak of n / (1 + a (n - 1) + b n (n - 1)) is at sqrt((1 - a) / b) = 14.
        "http-collapse" => Workload {
            about: "HTTP service with collapse (peak near 14), 60 ms alone",
            levels: &[12, 14, 24],
            ..http(plain, Kind::Collapse { time: ms(60), contention: 0.02, crosstalk: 0.005 }, 14.0 / 0.130)
        },
        "http-cap" => Workload {
            about: "HTTP service, more than 20 at once are turned away (75)",
            flags: &["--backoff-on", "75"],
            levels: &[20],
            ..http(plain, Kind::Cap { most: 20, time: ms(100) }, 20.0 / 0.102)
        },
        "memory" => memory(plain)?,
        _ => tools(plain, dir)?,
    })
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn words(line: &str) -> Vec<OsString> {
    line.split(' ').map(OsString::from).collect()
}

/// This program, as a job.
fn job(line: &str) -> Vec<OsString> {
    let own = std::env::current_exe().expect("the name of this program");
    [own.into_os_string(), "job".into()].into_iter().chain(words(line)).collect()
}

/// Jobs a second if every core did nothing else: measured alone, median of three.
fn rate_alone(command: &[OsString], record: &str) -> f64 {
    let once = |_| {
        let began = Instant::now();
        let status = Command::new(&command[0]).args(&command[1..]).arg(record).stdout(Stdio::null()).status();
        assert!(status.is_ok_and(|s| s.success()), "{command:?} {record} fails alone");
        began.elapsed().as_secs_f64()
    };
    cpus() / median((0..3).map(once).collect())
}

fn sha256(plain: Workload, dir: &Path) -> Workload {
    let records: Vec<String> = (0..16).map(|i| file(dir, i, 16 << 20).display().to_string()).collect();
    let command = words("sha256sum");
    let rate = rate_alone(&command, &records[0]);
    Workload { about: "sha256sum of 16 MiB files", command, records, rate, ..plain }
}

/// A file that does not compress to nothing.
fn file(dir: &Path, seed: u64, bytes: usize) -> PathBuf {
    let path = dir.join(format!("data-{seed}"));
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut content = Vec::with_capacity(bytes);
    while content.len() < bytes {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        content.extend_from_slice(&x.to_le_bytes()[..5]);
        content.extend_from_slice(b"abc");
    }
    std::fs::write(&path, content).expect("a file");
    path
}

fn mixed(plain: Workload, line: &'static str, about: &'static str, cpu: f64) -> Workload {
    Workload { about, command: job(line), rate: cpus() / (cpu + 0.0025), ..plain }
}

fn sleep(plain: Workload, time: &'static str, seconds: f64) -> Workload {
    // 256 workers, or as many processes as the cores can start.
    let rate = (256.0 / seconds).min(600.0 * cpus());
    let about = if seconds < 1.0 { "sleep 0.2" } else { "sleep 1" };
    let command = words("sleep");
    Workload { about, command, records: vec![time.into()], rate, waiting: true, ..plain }
}

fn http(plain: Workload, kind: Kind, rate: f64) -> Workload {
    let port = service::start(kind);
    Workload { command: job(&format!("get {port}")), rate, ..plain }
}

fn memory(plain: Workload) -> Result<Workload, String> {
    if let Some(reason) = measure::no_memory_limit() {
        return Err(format!("no memory pool_state group can be made here: {reason}"));
    }
    Ok(Workload {
        about: "20 ms CPU, 400 ms waiting, 40 MiB, in 512 MiB",
        command: job("mixed 20 400 40"),
        rate: 11.0 / 0.45,
        levels: &[10, 11, 12],
        memory: Some(512 << 20),
        ..plain
    })
}

/// Every other job compiles, every other compresses.
fn tools(plain: Workload, dir: &Path) -> Result<Workload, String> {
    let found = |tool: &str| Command::new(tool).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !found("gcc") || !found("gzip") {
        return Err("gcc or gzip is not there".into());
    }
    let mut source = String::new();
    for i in 0..300 {
        let body = "{ for (int i = 0; i < b; i++) a = a * SEED + (a ^ i); return a; }\n";
        source +=
            &["int f", &i.to_string(), "(int a, int b) ", &body.replace("SEED", &i.to_string())].concat();
    }
    let (c, data) = (dir.join("source.c"), file(dir, 99, 4 << 20));
    std::fs::write(&c, source).expect("a file");
    let script = format!(
        "case $1 in gcc) exec gcc -O2 -c {} -o /dev/null;; *) exec gzip -c {};; esac",
        c.display(),
        data.display()
    );
    let command: Vec<OsString> = ["sh", "-c", &script, "sh"].map(OsString::from).into();
    let rate = 2.0 / (1.0 / rate_alone(&command, "gcc") + 1.0 / rate_alone(&command, "gzip"));
    let records = vec!["gcc".into(), "gzip".into()];
    Ok(Workload { about: "gcc -O2 and gzip in turn", command, records, rate, ..plain })
}
