//! Real threads of this process, each with work until its test ends it.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]
#![expect(clippy::disallowed_methods, reason = "threads and processes of the test's own")]

use super::*;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

fn at(ms: u64) -> Time {
    Time::after(Duration::from_millis(ms))
}

/// Reads, each time 100 ms later, until `seen` is true.
fn read_until(threads: &mut Threads, now: &mut u64, seen: impl Fn(&TasksReading) -> bool) -> TasksReading {
    loop {
        *now += 100;
        if let Some(reading) = threads.sample(at(*now)).filter(&seen) {
            return reading;
        }
    }
}

/// A thread that has registered and sleeps until the sender sends.
fn sleeper(threads: &Threads) -> (JoinHandle<()>, Sender<()>) {
    let (registry, (go, wait), (say, signed)) = (threads.registry(), channel(), channel());
    let thread = std::thread::spawn(move || {
        registry.register();
        say.send(()).unwrap();
        let wait: Receiver<()> = wait;
        let _ = wait.recv();
    });
    signed.recv().unwrap();
    (thread, go)
}

#[test]
fn the_time_of_a_busy_thread_stays_when_it_ends() {
    let mut threads = Threads::new().unwrap();
    let (registry, stop) = (threads.registry(), Arc::new(AtomicBool::new(false)));
    let stop_flag = Arc::clone(&stop);
    let busy = std::thread::spawn(move || {
        registry.register();
        while !stop_flag.load(Ordering::Relaxed) {}
    });
    let mut now = 0;
    let running = read_until(&mut threads, &mut now, |seen| seen.cpu > Duration::from_millis(2));
    assert!(running.runnable > 0.0 && running.threads && running.each.is_empty(), "{running:?}");
    stop.store(true, Ordering::Relaxed);
    busy.join().unwrap();
    let ended = read_until(&mut threads, &mut now, |seen| seen.cpu.is_zero());
    assert!(ended.ended >= running.cpu, "{ended:?} {running:?}");
    assert_eq!((ended.runnable, threads.known.len()), (0.0, 0));
}

#[test]
fn a_sleeping_thread_in_a_busy_process_uses_no_time() {
    let mut threads = Threads::new().unwrap();
    let (thread, go) = sleeper(&threads);
    let mut now = 0;
    let asleep = read_until(&mut threads, &mut now, |seen| seen.runnable == 0.0);
    // The thread of the test is busy. Its time is not that of the sleeper.
    let began = Reader::new().thread_times(own_tid().unwrap()).unwrap().0;
    while Reader::new().thread_times(own_tid().unwrap()).unwrap().0 < began + Duration::from_millis(5) {}
    let later = read_until(&mut threads, &mut now, |_| true);
    assert_eq!((later.cpu, later.runnable), (asleep.cpu, 0.0));
    drop(go);
    thread.join().unwrap();
}

#[test]
fn processes_of_a_closure_are_counted() {
    let mut threads = Threads::new().unwrap();
    let (registry, (say, ready)) = (threads.registry(), channel());
    let (go, wait) = channel::<()>();
    let parent = std::thread::spawn(move || {
        registry.register();
        let mut child = std::process::Command::new("sh")
            .args(["-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo x; read done"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
        say.send(()).unwrap();
        let _ = wait.recv();
        drop(child.stdin.take());
        child.wait().unwrap();
    });
    let mut now = 0;
    threads.sample(at(now));
    ready.recv().unwrap();
    read_until(&mut threads, &mut now, |seen| seen.cpu > Duration::from_millis(1));
    read_until(&mut threads, &mut now, |_| true);
    assert!(threads.known[0].parent && threads.known[0].below.0 > Duration::ZERO);
    drop(go);
    parent.join().unwrap();
    let ended = read_until(&mut threads, &mut now, |seen| seen.cpu.is_zero());
    assert!(ended.ended > Duration::ZERO);
}

#[test]
fn many_threads_are_visited_in_turn() {
    let mut threads = Threads::new().unwrap();
    let sleepers: Vec<_> = (0..40).map(|_| sleeper(&threads)).collect();
    threads.sample(at(0));
    for sample in 1..40 {
        // 1 ms has the lowest budget. A visit opens at most three files.
        threads.sample(at(sample));
        assert!(threads.walker.opened() < super::super::tree::FILES.0 + 3);
    }
    let visits: Vec<u64> = threads.known.iter().map(|known| known.visits).collect();
    assert_eq!(visits.len(), 40);
    assert!(visits.iter().max().unwrap() - visits.iter().min().unwrap() <= 1, "{visits:?}");
    for (thread, go) in sleepers {
        drop(go);
        thread.join().unwrap();
    }
}

#[test]
fn a_reused_number_is_another_thread() {
    let mut threads = Threads::new().unwrap();
    let (thread, go) = sleeper(&threads);
    let mut now = 0;
    let first = read_until(&mut threads, &mut now, |seen| seen.runnable == 0.0);
    let tid = threads.known[0].tid;
    threads.registry.0.lock().unwrap().push(tid);
    let second = threads.sample(at(now + 100)).unwrap();
    assert_eq!(threads.known.len(), 1);
    assert_eq!(second.ended.saturating_sub(first.ended), first.cpu);
    drop(go);
    thread.join().unwrap();
}
