//! Code for both parts: random numbers, the programs, jobs of all kinds, and samples of a process.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A directory, a generator of random numbers, and the programs.
pub struct World {
    state: u64,
    pub dir: PathBuf,
    pub apool: PathBuf,
    pub misbehave: PathBuf,
}

impl World {
    pub fn new(seed: u64) -> World {
        let me = std::env::current_exe().unwrap();
        let examples = me.parent().unwrap();
        let apool = examples.parent().unwrap().join("apool");
        let misbehave = examples.join("misbehave");
        for program in [&apool, &misbehave] {
            assert!(
                program.exists(),
                "{} is not there: build it with the same profile first",
                program.display()
            );
        }
        let dir = std::env::temp_dir().join(format!("apool-soak-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        World { state: seed, dir, apool, misbehave }
    }

    /// A number below `n` (splitmix64).
    pub fn below(&mut self, n: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// A random job, and whether it can succeed within a timeout of half a second.
    pub fn job(&mut self) -> (String, bool) {
        let fixture = self.misbehave.display().to_string();
        match self.below(100) {
            0 => (format!("{fixture} ignore-term"), false),
            1 => (format!("{fixture} setsid"), false),
            2 => ("sleep 3600".to_owned(), false),
            3..=9 => (format!("exit {}", 1 + self.below(200)), false),
            10 => ("kill -9 $$".to_owned(), false),
            11 => (format!("{fixture} leak-pipe 1"), true),
            12 => (format!("{fixture} print {}", self.below(3_000_000)), true),
            13..=20 => (format!("{fixture} lines {}", self.below(300)), true),
            21..=40 => (format!("sleep 0.0{:02}", self.below(100)), true),
            41..=45 => ("no-such-program".to_owned(), false),
            46..=50 => (format!("{fixture} burn {}", self.below(20)), true),
            _ => (":".to_owned(), true),
        }
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.apool);
        command.current_dir(&self.dir).env_remove("CI").stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Sends a signal to a child that is not reaped.
pub fn signal(child: &Child, signal: i32) {
    let pid = rustix::process::Pid::from_child(child);
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::from_named_raw(signal).unwrap());
}

/// Ctrl-Z and fg, as in a shell: continues the run once it has stopped.
pub fn stop_and_go(child: &Child, pause: Duration) {
    signal(child, 20);
    let until = Instant::now() + Duration::from_secs(2);
    let stopped = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
        matches!(stat.rsplit(") ").next().and_then(|rest| rest.chars().next()), Some('T' | 'Z') | None)
    };
    while !stopped() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(pause);
    signal(child, 18);
}

/// Waits for the end of a run. A run that hangs is killed and reported.
pub fn wait(child: &mut Child, most: Duration, wrong: &mut Vec<String>) -> std::process::ExitStatus {
    let until = Instant::now() + most;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() >= until {
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let state = status.lines().find(|line| line.starts_with("State")).unwrap_or_default().to_owned();
            wrong.push(format!("a run did not end within {most:?}: {state}"));
            child.kill().unwrap();
            return child.wait().unwrap();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The descriptors that apool has for a running job: both outputs and the pidfd.
const FDS_OF_A_JOB: u64 = 3;

/// A sample of a process: KiB of memory, descriptors beyond those of running jobs, zombies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    pub rss: u64,
    pub fds: u64,
    pub zombies: u64,
}

pub fn sample(pid: u32) -> Option<Sample> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let rss = rss.trim().trim_end_matches(" kB").parse().ok()?;
    // The limit changes meanwhile, so the count is compared with that of the running jobs.
    let open = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count() as u64;
    let fds = open.saturating_sub(FDS_OF_A_JOB * jobs_of(pid)?);
    let zombies = fs::read_dir("/proc").ok()?.flatten().filter(|entry| {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let mut words = stat.rsplit(") ").next().unwrap_or_default().split(' ');
        words.next() == Some("Z") && words.next() == Some(&pid.to_string())
    });
    Some(Sample { rss, fds, zombies: zombies.count() as u64 })
}

/// The number of running jobs: the children of the workers. Orphans are children of the main thread.
fn jobs_of(pid: u32) -> Option<u64> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten();
    let workers = threads.filter(|thread| thread.file_name().to_str() != Some(&pid.to_string()));
    let children =
        workers.map(|thread| fs::read_to_string(thread.path().join("children")).unwrap_or_default());
    Some(children.map(|pids| pids.split_whitespace().count() as u64).sum())
}
