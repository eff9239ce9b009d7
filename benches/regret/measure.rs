//! One run of one tool: how long it took, what it held, and whether something else disturbed it.
//!
//! What other processes used of the CPU meanwhile is the machine's busy time less ours and our children's: a run that was
//! disturbed can be told from a slow one, and is repeated.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often the running tool is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// What is run.
#[derive(Clone, Debug)]
pub struct Call {
    pub argv: Vec<OsString>,
    pub input: PathBuf,
    /// Bytes of memory it may have, where that can be enforced.
    pub memory: Option<u64>,
    /// apool ends its jobs when it is asked to; xargs' are killed with it.
    pub polite: bool,
}

/// How it went.
#[derive(Clone, Debug)]
pub struct Run {
    pub wall: f64,
    pub end: End,
    /// Peak resident memory of the tool itself, in MiB.
    pub own_mib: f64,
    /// Peak memory of everything in its control group, in MiB.
    pub group_mib: Option<f64>,
    /// Part of the machine's CPU time that others used.
    pub others: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Done,
    /// It, or a job of it, failed: its time says nothing.
    Failed,
    /// It took longer than it was worth.
    GivenUp,
}

/// Runs it, for at most `patience`.
pub fn run(call: &Call, patience: Duration) -> Run {
    let group = call.memory.map(Group::make);
    let mut argv = Vec::new();
    if let Some(group) = group.as_ref().and_then(|g| g.as_ref().ok()) {
        let enter = format!("echo $$ > {}/cgroup.procs && exec \"$@\"", group.path.display());
        argv.extend(["sh", "-c", &enter, "sh"].map(OsString::from));
    }
    argv.extend(call.argv.iter().cloned());
    let (busy, ours) = (busy(), own_and_children());
    let began = Instant::now();
    let child = Command::new(&argv[0])
        .args(&argv[1..])
        .stdin(File::open(&call.input).expect("the input"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("start");
    let (status, own_mib, given_up) = watch(child, patience, call.polite);
    let wall = began.elapsed().as_secs_f64();
    let used = (self::busy() - busy, own_and_children() - ours);
    let group_mib = group.and_then(Result::ok).and_then(|g| g.peak());
    let end = match (given_up, status.success()) {
        (true, _) => End::GivenUp,
        (_, true) => End::Done,
        (_, false) => End::Failed,
    };
    let others = ((used.0 - used.1) / (wall * cpus())).max(0.0);
    Run { wall, end, own_mib, group_mib, others }
}

/// Waits for it, looks at its memory meanwhile, and ends it when it takes too long.
fn watch(mut child: Child, patience: Duration, polite: bool) -> (ExitStatus, f64, bool) {
    let pid = child.id();
    let (done, ended) = channel();
    let waiter = std::thread::spawn(move || {
        let status = child.wait().expect("wait");
        let _ = done.send(());
        status
    });
    let (mut peak, mut given_up, began) = (0.0f64, false, Instant::now());
    while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        peak = peak.max(high_water(pid).unwrap_or(0.0));
        if began.elapsed() > patience {
            let late = began.elapsed() > patience + Duration::from_secs(5);
            let signal = if polite && !late { libc::SIGTERM } else { libc::SIGKILL };
            // SAFETY: a signal to the process group of a child of ours; it is not reaped before `ended` says so.
            unsafe { libc::kill(-(pid as i32), signal) };
            if !given_up || late {
                given_up = true;
            }
        }
    }
    (waiter.join().unwrap_or_else(|_| ExitStatus::from_raw(256)), peak, given_up)
}

fn high_water(pid: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}

/// CPU seconds all processes used so far.
fn busy() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let ticks: Vec<f64> = line.split_whitespace().skip(1).filter_map(|w| w.parse().ok()).collect();
    // user nice system, irq and softirq; not idle, iowait and steal.
    [0, 1, 2, 5, 6].iter().filter_map(|i| ticks.get(*i)).sum::<f64>() / 100.0
}

fn own_and_children() -> f64 {
    usage(libc::RUSAGE_SELF) + usage(libc::RUSAGE_CHILDREN)
}

fn usage(who: i32) -> f64 {
    // SAFETY: a plain system call that fills a structure on this stack.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(who, &raw mut usage);
        usage
    };
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// CPU time of this process so far.
pub fn own_cpu() -> Duration {
    // SAFETY: as above.
    let spent = unsafe {
        let mut spent: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut spent);
        spent
    };
    Duration::new(spent.tv_sec as u64, spent.tv_nsec as u32)
}

/// The program measured: `REGRET_APOOL=FILE` takes another build of it.
pub fn apool() -> OsString {
    std::env::var_os("REGRET_APOOL").unwrap_or_else(|| env!("CARGO_BIN_EXE_apool").into())
}

pub fn cpus() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64)
}

/// Cores in use over the next half second: what else goes on.
pub fn busy_now() -> f64 {
    const SPAN: Duration = Duration::from_millis(500);
    let before = busy();
    std::thread::sleep(SPAN);
    (busy() - before) / SPAN.as_secs_f64()
}

/// A control group with a memory limit, removed at the end.
struct Group {
    path: PathBuf,
}

impl Group {
    fn make(bytes: u64) -> Result<Group, String> {
        let v1 = Path::new("/sys/fs/cgroup/memory");
        let (root, limit) = if v1.join("memory.limit_in_bytes").exists() {
            (v1, "memory.limit_in_bytes")
        } else {
            (Path::new("/sys/fs/cgroup"), "memory.max")
        };
        let path = root.join(format!("apool-regret-{}", std::process::id()));
        let say = |e: std::io::Error| e.to_string();
        fs::create_dir_all(&path).map_err(say)?;
        let group = Group { path };
        fs::write(group.path.join(limit), bytes.to_string()).map_err(say)?;
        if limit == "memory.max" {
            let _ = fs::write(group.path.join("memory.swap.max"), "0");
        }
        Ok(group)
    }

    fn peak(&self) -> Option<f64> {
        let peak = ["memory.max_usage_in_bytes", "memory.peak"]
            .iter()
            .find_map(|name| fs::read_to_string(self.path.join(name)).ok())?;
        Some(peak.trim().parse::<f64>().ok()? / f64::from(1 << 20))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Killed processes leave it a moment after they were reaped.
        for _ in 0..50 {
            if fs::remove_dir(&self.path).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Why memory cannot be limited here; `None` when it can.
pub fn no_memory_limit() -> Option<String> {
    Group::make(64 << 20).err()
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    if values.is_empty() { f64::NAN } else { values[values.len() / 2] }
}
