//! One long run, whose memory, descriptors and zombies must not grow.

use crate::world::{Sample, World, sample, signal, stop_and_go, wait};
use std::io::Write;
use std::process::{ChildStdin, Stdio};
use std::time::{Duration, Instant};

/// The most jobs at once. Signals lower it and raise it again.
const SLOTS: u32 = 12;

/// The result.
pub struct Report {
    pub jobs: u64,
    pub lost: u64,
    /// In the first and in the last quarter.
    pub rss: (u64, u64),
    pub fds: (u64, u64),
    /// The maximum, and the number at the end.
    pub zombies: (u64, u64),
    pub wrong: Vec<String>,
}

pub fn run(world: &mut World, until: Instant) -> Report {
    let mut command = world.command();
    // All slots are used from the start. The descriptors of a slot stay open until the end, and would sample like
    // growth.
    let most = SLOTS.to_string();
    command.args(["--max-workers", &most, "--initial-workers", &most]);
    command.args(["--timeout", "0.5", "--termseq", "TERM,20,KILL,25", "--joblog", "steady"]);
    let mut child = command.args(["--metrics-json", "metrics"]).stdin(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    // Long lines: fewer of them fit into the pipe, so the run ends sooner after the input ends.
    let tail = format!(" # {}\n", "-".repeat(400));
    let jobs: Vec<String> = (0..10_000).map(|_| world.job().0 + &tail).collect();
    let feeder = std::thread::spawn(move || feed(stdin, &jobs, until));
    let mut samples: Vec<Sample> = Vec::new();
    let mut lowered = 0;
    while Instant::now() < until {
        std::thread::sleep(Duration::from_millis(100));
        samples.extend(sample(child.id()));
        match world.below(24) {
            0 if lowered > 0 => {
                lowered -= 1;
                signal(&child, 10);
            }
            1 if lowered < SLOTS - 1 => {
                lowered += 1;
                signal(&child, 12);
            }
            2 => stop_and_go(&child, Duration::from_millis(20)),
            _ => {}
        }
    }
    let last = samples.last().copied().unwrap_or_default();
    let sent = feeder.join().unwrap();
    let mut wrong = Vec::new();
    let status = wait(&mut child, Duration::from_mins(5), &mut wrong);
    if status.code() != Some(101) && status.code().is_none_or(|code| code > 101) {
        wrong.push(format!("the long run ended with {status:?}"));
    }
    let log = std::fs::read_to_string(world.dir.join("steady")).unwrap_or_default();
    let mut seqs: Vec<u64> =
        log.lines().skip(1).map(|l| l.split('\t').next().unwrap().parse().unwrap()).collect();
    seqs.sort_unstable();
    seqs.dedup();
    judge(&samples, last, sent, seqs.len() as u64, wrong)
}

/// Writes jobs until the time is over. It waits for the run most of the time.
fn feed(mut stdin: ChildStdin, jobs: &[String], until: Instant) -> u64 {
    let mut sent = 0;
    for job in jobs.iter().cycle() {
        if Instant::now() >= until || stdin.write_all(job.as_bytes()).is_err() {
            break;
        }
        sent += 1;
    }
    sent
}

fn judge(samples: &[Sample], last: Sample, sent: u64, recorded: u64, mut wrong: Vec<String>) -> Report {
    // The first tenth is left out: threads and buffers are made.
    let samples = &samples[samples.len() / 10..];
    let quarter = (samples.len() / 4).max(1);
    let (first, end) =
        (&samples[..quarter.min(samples.len())], &samples[samples.len().saturating_sub(quarter)..]);
    let most = |samples: &[Sample], of: fn(&Sample) -> u64| samples.iter().map(of).max().unwrap_or(0);
    let rss = (most(first, |l| l.rss), most(end, |l| l.rss));
    // The median: a sample while a job starts or ends counts a few descriptors too many or too few.
    let middle = |samples: &[Sample]| {
        let mut open: Vec<u64> = samples.iter().map(|sample| sample.fds).collect();
        open.sort_unstable();
        open.get(open.len() / 2).copied().unwrap_or(0)
    };
    let fds = (middle(first), middle(end));
    if rss.1 > rss.0 + rss.0 / 4 + 4096 {
        wrong.push(format!("memory grew from {} to {} KiB", rss.0, rss.1));
    }
    if fds.1 > fds.0 + 8 {
        wrong.push(format!("descriptors beyond those of running jobs grew from {} to {}", fds.0, fds.1));
    }
    let zombies = (most(samples, |l| l.zombies), last.zombies);
    if zombies.1 > 40 {
        wrong.push(format!("{} zombies are left", zombies.1));
    }
    Report { jobs: recorded, lost: sent.saturating_sub(recorded), rss, fds, zombies, wrong }
}
