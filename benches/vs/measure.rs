//! One run of one tool: wall time, own CPU time, peak memory.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub wall: f64,
    /// CPU seconds of the tool without its children, in steps of a clock tick of 10 ms.
    pub cpu: f64,
    /// Peak resident memory of the tool or of its largest child, in MiB.
    pub rss: f64,
}

pub struct Tools {
    found: Vec<(&'static str, PathBuf)>,
}

impl Tools {
    pub fn find() -> Tools {
        let apool = PathBuf::from(env!("CARGO_BIN_EXE_apool"));
        let mut found = vec![("apool", apool)];
        for (name, files) in [
            ("xargs", &["xargs"][..]),
            ("rust-parallel", &["rust-parallel"]),
            ("fd", &["fd", "fdfind"]),
            ("parallel", &["parallel"]),
        ] {
            if let Some(path) = files.iter().find_map(|f| in_path(f)) {
                found.push((name, path));
            }
        }
        Tools { found }
    }

    pub fn names(&self) -> Vec<&'static str> {
        self.found.iter().map(|(n, _)| *n).collect()
    }

    pub fn path(&self, name: &str) -> Option<&Path> {
        self.found.iter().find(|(n, _)| *n == name).map(|(_, p)| p.as_path())
    }
}

fn in_path(name: &str) -> Option<PathBuf> {
    let cargo = std::env::var_os("HOME").map(|h| Path::new(&h).join(".cargo/bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(cargo).map(|d| d.join(name)).find(|p| p.is_file())
}

/// The destination of the output.
#[derive(Clone, Copy)]
pub enum To {
    Null,
    /// A pipe to `wc -c`. The count must be this.
    Count(u64),
}

pub fn rounds() -> usize {
    std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(5)
}

/// Runs a command with `input` as its standard input. Returns its cost.
pub fn run(program: &Path, args: &[OsString], input: Option<&Path>, to: To) -> Cost {
    let stdin = input.map_or_else(Stdio::null, |p| Stdio::from(File::open(p).expect("the input")));
    let mut command = Command::new(program);
    command.args(args).stdin(stdin).stderr(Stdio::null());
    match to {
        To::Null => command.stdout(Stdio::null()),
        To::Count(_) => command.stdout(Stdio::piped()),
    };
    let began = Instant::now();
    let mut child = command.spawn().expect("start");
    let counter = match to {
        To::Null => None,
        To::Count(_) => {
            let from = child.stdout.take().expect("stdout");
            let wc = Command::new("wc").arg("-c").stdin(from).stdout(Stdio::piped()).spawn().expect("wc");
            Some(wc)
        }
    };
    let (cpu, rss) = reap(child.id());
    if let (Some(wc), To::Count(expected)) = (counter, to) {
        let out = wc.wait_with_output().expect("wc").stdout;
        let count: u64 = String::from_utf8_lossy(&out).trim().parse().expect("a count");
        if count != expected {
            println!("  !! {} gave {count} of {expected} bytes", program.display());
        }
    }
    Cost { wall: began.elapsed().as_secs_f64(), cpu, rss }
}

fn reap(pid: u32) -> (f64, f64) {
    // SAFETY: plain system calls on a child, with structures that live on this stack.
    let usage = unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        libc::waitid(libc::P_PID, pid, &raw mut info, libc::WEXITED | libc::WNOWAIT);
        info
    };
    let _ = usage;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    // SAFETY: as above; this one takes the child away.
    let rss = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::wait4(i32::try_from(pid).expect("a pid"), std::ptr::null_mut(), 0, &raw mut usage);
        usage.ru_maxrss as f64 / 1024.0
    };
    ((ticks(11) + ticks(12)) / 100.0, rss)
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Makes a file of numbered lines.
pub fn lines(path: &Path, count: u64) {
    let mut file = std::io::BufWriter::new(File::create(path).expect("a file"));
    for i in 1..=count {
        writeln!(file, "{i}").expect("write");
    }
}

pub fn words(line: &str) -> Vec<OsString> {
    line.split(' ').filter(|w| !w.is_empty()).map(OsString::from).collect()
}
