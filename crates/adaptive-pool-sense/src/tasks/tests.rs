//! Trees of real processes: the test process, and a shell that reports when it is ready.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use super::super::tree::FILES;
use super::*;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};

/// Given tasks: number and process.
#[derive(Clone, Default)]
struct Given(Vec<(u64, u32)>);

impl TaskSource for Given {
    fn live(&mut self, each: &mut dyn FnMut(TaskId, u32, Time, bool)) {
        for (id, pid) in &self.0 {
            each(TaskId(*id), *pid, Time::from_secs(*id as f64), false);
        }
    }
    fn finished_cpu(&self) -> Duration {
        Duration::from_secs(7)
    }
}

/// A shell that has run `script`, has reported it, and waits for its input.
struct Shell(Child);

impl Shell {
    fn run(script: &str) -> Shell {
        #[expect(clippy::disallowed_methods, reason = "a test needs a process of its own")]
        let mut child = std::process::Command::new("sh")
            .args(["-c", &format!("{script}\necho ready; read done")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Shell(child)
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.0.stdin.take().map(|mut stdin| stdin.write_all(b"\n"));
        let _ = self.0.wait();
    }
}

fn at(ms: u64) -> Time {
    Time::after(Duration::from_millis(ms))
}

#[test]
fn a_process_shows_its_memory_and_its_start() {
    let mut tracker = Tracker::new(Box::new(Given(vec![(1, std::process::id())])));
    let reading = tracker.sample(at(0));
    assert_eq!(reading.ended, Duration::from_secs(7));
    assert_eq!(reading.each.len(), 1);
    assert_eq!((reading.each[0].id, reading.each[0].started), (TaskId(1), Time::from_secs(1.0)));
    assert!(reading.each[0].rss > 100_000);
    assert_eq!(reading.cpu, reading.each[0].cpu);
}

#[test]
fn cpu_time_is_exact_below_a_tick_and_counts_children() {
    let busy = Shell::run("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
    let parent = Shell::run(
        "(i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec sleep 1000) & c=$!; trap 'kill $c' EXIT",
    );
    let mut tracker = Tracker::new(Box::new(Given(vec![(1, busy.0.id()), (2, parent.0.id())])));
    let first = tracker.sample(at(0));
    assert!(first.each[0].cpu > Duration::from_micros(100), "{first:?}");
    // The loop of the child may still run. Its time grows above that of the parent alone.
    let mut reading = first;
    let mut now = 0;
    while reading.each[1].cpu < Duration::from_millis(2) {
        now += 100;
        reading = tracker.sample(at(now));
        assert_eq!(reading.each.len(), 2);
    }
}

/// Two that compute while the others wait for them, as in `zstd -T2`: the leader alone looks as if it waited.
#[test]
fn threads_that_want_a_core_are_the_tasks_own() {
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let mut reader = super::super::procfs::Reader::new();
        let threads = || std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count) as u64;
        // Other tests come and go in this process: what few are looked at may miss these two once, but not always.
        let seen = (0..1000).any(|_| reader.runnable_threads(std::process::id(), threads()) >= 2.0);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(seen);
    });
}

#[test]
fn an_ended_process_keeps_its_figures_and_is_not_listed() {
    let shell = Shell::run(":");
    let pid = shell.0.id();
    let mut tracker = Tracker::new(Box::new(Given(vec![(1, pid)])));
    let before = tracker.sample(at(0));
    drop(shell);
    let after = tracker.sample(at(100));
    assert_eq!((after.each.len(), after.cpu), (0, before.cpu));
    assert!(before.cpu > Duration::ZERO);
}

#[test]
fn a_reused_pid_is_not_the_task() {
    let mut tracker = Tracker::new(Box::new(Given(vec![(1, std::process::id())])));
    tracker.sample(at(0));
    tracker.known[0].born = Some(1);
    assert!(tracker.sample(at(100)).each.is_empty());
}

#[test]
fn more_than_64_tasks_are_visited_in_turn() {
    let tasks: Vec<_> = (1..=150).map(|id| (id, std::process::id())).collect();
    let mut tracker = Tracker::new(Box::new(Given(tasks)));
    let mut seen = std::collections::BTreeMap::new();
    for sample in 0..150u64 {
        let each = tracker.sample(at(100 * sample)).each;
        assert!(!each.is_empty() && each.len() <= 64);
        assert!(tracker.walker.opened() <= 2 * FILES.1);
        for task in each {
            *seen.entry(task.id.0).or_insert(0) += 1;
        }
    }
    let (least, most) = (seen.values().min().unwrap(), seen.values().max().unwrap());
    assert_eq!(seen.len(), 150);
    assert!(most - least <= 1, "{least} {most}");
}

#[test]
fn readings_in_quick_succession_visit_fewer_tasks() {
    let shells: Vec<_> = (0..3).map(|_| Shell::run(":")).collect();
    let tasks = (0..30).map(|id| (id, shells[id as usize % 3].0.id())).collect();
    let mut tracker = Tracker::new(Box::new(Given(tasks)));
    assert_eq!(tracker.sample(at(0)).each.len(), 30);
    assert!(tracker.walker.opened() <= FILES.1);
    // After 1 ms the lowest budget applies. It is exceeded by fewer files than one task opens.
    let few = tracker.sample(at(1)).each.len() as u32;
    let (opened, a_task) = (tracker.walker.opened(), 3);
    assert!((FILES.0..FILES.0 + a_task).contains(&opened), "{opened}");
    assert!((FILES.0 / a_task..=FILES.0 / 2).contains(&few), "{few}");
}

#[test]
fn tasks_start_and_end_in_any_order() {
    let own = std::process::id();
    let mut tracker = Tracker::new(Box::new(Given(vec![(5, own), (1, own), (3, own), (3, own)])));
    let ids = |tracker: &Tracker| tracker.known.iter().map(|task| task.live.id.0).collect::<Vec<_>>();
    tracker.sample(at(0));
    assert_eq!(ids(&tracker), [1, 3, 5]);
    tracker.source = Box::new(Given(vec![(9, own), (3, own)]));
    tracker.sample(at(100));
    assert_eq!(ids(&tracker), [3, 9]);
    tracker.source = Box::new(Given::default());
    let none = tracker.sample(at(200));
    assert_eq!((none.cpu, none.runnable, none.each.len()), (Duration::ZERO, 0.0, 0));
}
