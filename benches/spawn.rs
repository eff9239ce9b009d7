//! The cost of a process: the executor compared with a loop of `std::process::Command`, in the same number of threads.
//!
//! `cargo bench --bench spawn -- [JOBS [THREADS]]` prints jobs per second and the CPU time of this process for each
//! job, without that of the jobs. With `bulk` as the first argument, jobs write 1 MiB each, which is captured and
//! written to standard output.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr, clippy::disallowed_methods)]

use adaptive_pool::policy::TaskId;
use adaptive_pool::time::RunClock;
use apool::exec::{Environment, ExecConfig, Executor, OutputMode, Spec, Stdin};
use apool::job::{Slot, Words};
use std::ffi::CString;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|w| w != "--bench").collect();
    let number = |at: usize, default: u64| words.get(at).and_then(|w| w.parse().ok()).unwrap_or(default);
    if words.first().is_some_and(|w| w == "bulk") {
        return bulk(number(1, 500), number(2, 4));
    }
    let (jobs, threads) = (number(0, 4000), number(1, 4));
    for round in 1..=3 {
        report(round, "std, no capture", jobs, in_threads(jobs, threads, |_, _| std_status()));
        report(round, "std, captured", jobs, in_threads(jobs, threads, |_, _| std_output()));
        for (name, mode) in
            [("apool, no capture", OutputMode::Inherit), ("apool, captured", OutputMode::Capture)]
        {
            let exec = executor();
            let env = Arc::new(Environment::new(std::env::vars_os(), &["APOOL_SEQ"]));
            report(
                round,
                name,
                jobs,
                in_threads(jobs, threads, |thread, job| apool_run(&exec, &env, mode, thread, job)),
            );
        }
    }
}

fn executor() -> Executor {
    let mut config = ExecConfig::new(Arc::new(RunClock::new()));
    config.path = std::env::var_os("PATH");
    config.adopt_orphans = false;
    Executor::new(config).unwrap()
}

fn spec(words: &[&str], env: &Arc<Environment>, mode: OutputMode, job: u64) -> Spec {
    let mut argv = Words::default();
    for word in words {
        argv.push(word.as_bytes()).unwrap();
    }
    Spec {
        argv,
        env: Arc::clone(env),
        extra_env: vec![CString::new(format!("APOOL_SEQ={job}")).unwrap()],
        cwd: None,
        stdin: Stdin::Null,
        output: mode,
    }
}

fn apool_run(exec: &Executor, env: &Arc<Environment>, mode: OutputMode, thread: u32, job: u64) {
    let attempt =
        exec.run(spec(&["/bin/true"], env, mode, job), Slot(thread + 1), TaskId(job), None, &mut |_, _| {});
    assert_eq!(attempt.outcome, apool::exec::Outcome::Exited(0));
}

fn std_status() {
    let null = || Stdio::null();
    assert!(
        Command::new("/bin/true").stdin(null()).stdout(null()).stderr(null()).status().unwrap().success()
    );
}

fn std_output() {
    assert!(Command::new("/bin/true").stdin(Stdio::null()).output().unwrap().status.success());
}

fn bulk(jobs: u64, threads: u64) {
    let exec = executor();
    let env = Arc::new(Environment::new(std::env::vars_os(), &["APOOL_SEQ"]));
    let (sender, done) = std::sync::mpsc::sync_channel(64);
    let writer = std::thread::spawn(move || {
        for capture in done {
            let capture: apool::exec::Capture = capture;
            capture.write_to(std::io::stdout()).unwrap();
        }
    });
    let took = in_threads(jobs, threads, |thread, job| {
        let spec = spec(&["head", "-c", "1048576", "/dev/zero"], &env, OutputMode::Capture, job);
        let attempt = exec.run(spec, Slot(thread + 1), TaskId(job), None, &mut |_, _| {});
        assert_eq!(attempt.out.len(), 1 << 20);
        sender.send(attempt.out).unwrap();
    });
    drop(sender);
    writer.join().unwrap();
    report(1, "bulk", jobs, took);
}

/// Wall time and own CPU time.
fn in_threads(jobs: u64, threads: u64, job: impl Fn(u32, u64) + Sync) -> (Duration, Duration) {
    let next = AtomicU64::new(0);
    let (before, start) = (own_cpu(), Instant::now());
    std::thread::scope(|scope| {
        for thread in 0..threads as u32 {
            let (next, job) = (&next, &job);
            scope.spawn(move || {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= jobs {
                        return;
                    }
                    job(thread, n);
                }
            });
        }
    });
    (start.elapsed(), own_cpu().saturating_sub(before))
}

fn own_cpu() -> Duration {
    // Fields 14 and 15: ticks of 10 ms in user mode and in the kernel.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let words: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = words[11].parse::<u64>().unwrap() + words[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

fn report(round: u32, name: &str, jobs: u64, (wall, cpu): (Duration, Duration)) {
    let rate = jobs as f64 / wall.as_secs_f64();
    let each = cpu.as_secs_f64() * 1e6 / jobs as f64;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default();
    eprintln!("{round} {name:18} {rate:8.0} jobs/s {each:6.1} us CPU a job  {peak}");
}
