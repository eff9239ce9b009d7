//! The texts and names that users and scripts read.

use super::*;

fn samples() -> Vec<(Why, &'static str)> {
    let second = Duration::from_millis(1234);
    vec![
        (Why::Initial, "start"),
        (Why::Fixed, "fixed by -j"),
        (Why::Queue { queued: 812, cpu: Some(0.312) }, "queue 812, CPU 31 %"),
        (Why::Queue { queued: 1, cpu: None }, "queue 1, CPU unknown"),
        (Why::PastSoft { queued: 9, soft: 8, cpu: Some(0.5) }, "queue 9 past soft limit 8, CPU 50 %"),
        (Why::AtSoft { soft: 8, queued: 3 }, "at soft limit 8, queue 3"),
        (Why::NoQueue, "nothing waits"),
        (Why::NotReached { running: 3, limit: 8 }, "3 of 8 running"),
        (Why::LowLoad { load: 0.2, threshold: 0.25 }, "20 % of workers busy, at or below 25 %"),
        (Why::Load { load: 0.5 }, "50 % of workers busy"),
        (Why::AtMax { max: 32 }, "at the maximum of 32"),
        (Why::AtMin { min: 2 }, "at the minimum of 2"),
        (Why::Capped { cap: 4 }, "held at 4 by a guard"),
        (Why::Cooldown { left: second }, "waits 1.2 s after a decrease"),
        (Why::CpuHigh { cpu: 0.93, threshold: 0.8 }, "CPU 93 % at or above 80 %"),
        (Why::CpuUnknown, "CPU use unknown"),
        (Why::OverThreaded { cpu: 0.9, queued: 1 }, "CPU 90 %, queue only 1"),
        (Why::MemoryHigh { used: 0.91, threshold: 0.85 }, "memory 91 % above 85 %"),
        (Why::Steady { cpu: Some(0.6), queued: 4 }, "steady: queue 4, CPU 60 %"),
        (Why::Contradiction, "the last two proposals contradict each other"),
        (Why::Lag { lag: second, threshold: Duration::from_millis(50) }, "lag 1234 ms above 50 ms"),
        (Why::RunQueue { runnable: 9.0, cores: 4.0 }, "9 runnable on 4 cores"),
        (Why::QueueLong { queued: 120, threshold: 100 }, "queue 120 above 100"),
        (Why::Backoff { jobs: 1 }, "a job asked to back off"),
        (Why::Backoff { jobs: 3 }, "3 jobs asked to back off"),
        (Why::Gain { rate: 12.34, gain: 0.2 }, "12.3 jobs/s, 20 % more than before"),
        (Why::Loss { rate: 1.234, loss: 0.2 }, "1.23 jobs/s, 20 % less than before"),
        (Why::Level { rate: 123.4 }, "123 jobs/s, as before"),
        (Why::Ahead { growth: 12.0, cpu: 0.3 }, "queue grows by 12.0 a second, CPU 30 %"),
        (Why::Draining { queued: 3 }, "queue 3 is nearly empty"),
        (Why::Blind { running: 4, cpu: 0.02 }, "none of 4 has finished, CPU 2 %"),
        (Why::Collecting { finished: 3, wanted: 8 }, "3 of 8 jobs to judge by"),
        (Why::MemoryFloor { used: 0.92, threshold: 0.9 }, "memory 92 % at or above 90 %: no new job"),
        (Why::MemoryFit { job: 1_503_238_554, available: 2048 }, "memory: 1.4 GiB a job, 2.0 KiB free"),
        (Why::MemFree { available: 500, floor: 1 << 30 }, "memory: 500 B free, --memfree 1.0 GiB"),
        (Why::MemSuspend { available: 500, floor: 1 << 30 }, "memory: 500 B free, --memsuspend 1.0 GiB"),
        (Why::Unread, "the machine has not been read yet"),
        (Why::Limited { status: -1 }, "--limit has not answered yet"),
        (Why::Limited { status: 1 }, "--limit says 1"),
        (Why::NoToken, "the job pool of make has no token"),
        (Why::Swapping { pages_in: 3, pages_out: 4 }, "swapping: 3 pages in, 4 out"),
        (Why::LoadHigh { load: 4.04, threshold: 4.0 }, "load 4.0, --load 4"),
        (Why::Descriptors { open: 64 }, "64 open files allowed (ulimit -n)"),
        (Why::Processes { limit: 100, used: 90 }, "100 processes allowed, 90 in use (ulimit -u)"),
        (Why::Paced { gap: Duration::from_millis(100) }, "starts 0.100 s apart"),
        (Why::SpawnRefused { running: 37 }, "the system refused to start one more beside 37"),
        (Why::Bounds { min: 1, max: 9 }, "bounds are now 1 to 9"),
    ]
}

#[test]
fn every_reason_has_its_text() {
    for (why, text) in samples() {
        assert_eq!(why.to_string(), text);
    }
}

#[test]
fn kinds_are_snake_case_and_differ() {
    let mut kinds: Vec<_> = samples().iter().map(|(why, _)| why.kind()).collect();
    kinds.dedup();
    for kind in &kinds {
        assert!(kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{kind}");
    }
    let count = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), count);
}
