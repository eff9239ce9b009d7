//! Results, order, bounds, and the end.

use super::*;

#[test]
fn every_handle_gives_its_result() {
    let pool = pool(4);
    let handles: Vec<_> = (0..500).map(|n| pool.submit(move || n * 2, FIRST).expect("open")).collect();
    for (n, handle) in handles.into_iter().enumerate() {
        assert_eq!(handle.wait(), Ok(n * 2));
    }
    let report = pool.shutdown(true);
    assert_eq!((report.completed, report.dropped, report.metrics.total_submitted), (500, 0, 500));
    assert_eq!((report.metrics.current_threads, report.metrics.active_threads), (0, 0));
}

#[test]
fn a_handle_can_be_polled() {
    let pool = pool(1);
    let (gated, task) = gate();
    let handle = pool.submit(task, FIRST).expect("open");
    gated.begun.recv().expect("it starts");
    assert!(!handle.is_done());
    let handle = handle.try_wait().expect_err("not yet");
    drop(gated.go);
    drop(pool);
    assert!(handle.is_done());
    assert_eq!(handle.try_wait().expect("done"), Ok(()));
}

#[test]
fn a_wait_may_time_out() {
    let pool = pool(1);
    let (gated, task) = gate();
    let handle = pool.submit(task, FIRST).expect("open");
    gated.begun.recv().expect("it starts");
    let handle = handle.wait_timeout(Duration::ZERO).expect_err("it runs");
    drop(gated.go);
    assert_eq!(handle.wait_timeout(Duration::MAX).expect("ended"), Ok(()));
    pool.pause();
    let handle = pool.submit(|| (), FIRST).expect("open");
    let handle = handle.wait_timeout(Duration::from_millis(1)).expect_err("it waits");
    pool.drop_queued();
    assert_eq!(handle.wait_timeout(Duration::MAX).expect("dropped"), Err(TaskError::Dropped));
}

#[test]
fn a_task_without_room_is_returned() {
    let pool = AdaptivePool::with(PoolConfig { queue: 2, ..config(1) }, Hooks::default()).expect("pool");
    pool.pause();
    let waiting: Vec<_> = (0..2).map(|n| pool.try_submit(move || n, FIRST).expect("room")).collect();
    let kept = "returned".to_owned();
    let refused = pool.try_submit(move || kept, FIRST).expect_err("full");
    assert_eq!(
        (refused.to_string(), format!("{refused:?}")),
        ("the queue is full".into(), "Full(..)".into())
    );
    assert_eq!(refused.into_task()(), "returned");
    assert_eq!(pool.queued(), 2);
    pool.resume();
    for (n, handle) in waiting.into_iter().enumerate() {
        assert_eq!(handle.wait(), Ok(n));
    }
    let report = pool.shutdown(true);
    assert_eq!((report.completed, report.dropped, report.metrics.total_submitted), (2, 0, 2));
    let refused = pool.try_submit(|| 7, FIRST).expect_err("closed");
    assert_eq!(
        (refused.to_string(), format!("{refused:?}")),
        ("the pool is closed".into(), "Closed(..)".into())
    );
    assert!(matches!(refused, TrySubmitError::Closed(_)));
    assert_eq!(refused.into_task()(), 7);
}

#[test]
fn the_lowest_priority_number_starts_first_and_equals_in_order() {
    let pool = pool(1);
    let (gated, task) = gate();
    drop(pool.submit(task, FIRST).expect("open"));
    gated.begun.recv().expect("it starts");
    let (tx, order) = unbounded();
    for (name, priority) in [("c", 5), ("d", 5), ("a", -1), ("e", 9), ("b", 0)] {
        let tx = tx.clone();
        drop(pool.submit(move || tx.send(name), Priority(priority)).expect("open"));
    }
    drop((gated.go, tx));
    assert_eq!(order.iter().collect::<String>(), "abcde");
}

#[test]
fn a_panic_is_the_result_of_its_task() {
    let pool = pool(1);
    let bad = pool.submit(|| -> u8 { panic!("number {}", 7) }, FIRST).expect("open");
    let good = pool.submit(|| 1, FIRST).expect("open");
    assert_eq!(bad.wait(), Err(TaskError::Panicked("number 7".to_owned())));
    assert_eq!(good.wait(), Ok(1));
    let ran = pool.run(|_| panic!("without a handle"), FIRST).expect("open");
    assert_eq!(ran, TaskId(3));
    let report = pool.shutdown(true);
    assert_eq!((report.completed, report.panicked, report.failed), (1, 2, 0));
}

#[test]
fn a_task_gets_its_number_and_slot() {
    let pool = pool(2);
    let (tx, rx) = unbounded();
    for verdict in [Verdict::Ok, Verdict::Failed, Verdict::Killed] {
        let tx = tx.clone();
        pool.run(
            move |context| {
                tx.send((context.id, context.slot.0)).expect("a receiver");
                TaskReport::new(verdict)
            },
            FIRST,
        )
        .expect("open");
    }
    let report = pool.shutdown(true);
    assert_eq!((report.completed, report.failed, report.killed), (1, 1, 1));
    let mut seen: Vec<_> = rx.try_iter().collect();
    assert!(seen.iter().all(|(_, slot)| (1..=2).contains(slot)), "{seen:?}");
    seen.sort_unstable();
    assert_eq!(seen.iter().map(|(id, _)| id.0).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn shutdown_runs_or_drops_the_waiting_tasks() {
    for (wait, ran) in [(true, 10), (false, 0)] {
        let pool = pool(1);
        let (gated, task) = gate();
        let held = pool.submit(task, FIRST).expect("open");
        gated.begun.recv().expect("it starts");
        let handles: Vec<_> = (0..10).map(|_| pool.submit(|| (), FIRST).expect("open")).collect();
        std::thread::scope(|scope| {
            let end = scope.spawn(|| pool.shutdown(wait));
            if !wait {
                // They are dropped while the first task runs.
                assert!(handles.into_iter().all(|t| t.wait() == Err(TaskError::Dropped)));
            }
            drop(gated.go);
            let report = end.join().expect("no panic");
            assert_eq!((report.completed, report.dropped), (ran + 1, 10 - ran));
        });
        assert_eq!(held.wait(), Ok(()), "a running task is never interrupted");
    }
}

#[test]
fn a_closed_pool_refuses() {
    let pool = Arc::new(pool(1));
    let (tx, rx) = bounded(1);
    let inner = Arc::clone(&pool);
    let (gated, hold) = gate();
    let task = move || {
        hold();
        tx.send(inner.submit(|| (), FIRST).map(drop)).expect("a receiver");
        // A task drops the pool: it must not wait for itself.
        drop(inner);
    };
    let handle = pool.submit(task, FIRST).expect("open");
    gated.begun.recv().expect("it starts");
    pool.event(PoolState::close);
    assert_eq!(pool.submit(|| (), FIRST).map(drop), Err(SubmitError::Closed));
    drop(pool);
    drop(gated.go);
    assert_eq!(rx.recv(), Ok(Err(SubmitError::Closed)));
    assert_eq!(handle.wait(), Ok(()));
}

#[test]
fn submit_blocks_while_the_queue_is_full() {
    let config = PoolConfig { queue: 3, ..config(1) };
    let pool = AdaptivePool::with(config, fixed(1)).expect("a pool");
    let (gated, task) = gate();
    drop(pool.submit(task, FIRST).expect("open"));
    gated.begun.recv().expect("it starts");
    let most = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    drop(pool.submit(|| (), FIRST).expect("open"));
                    most.fetch_max(pool.metrics().queue_depth as u32, Ordering::Relaxed);
                }
            });
        }
        // The queue takes three tasks. Then all four threads wait for room.
        while pool.queued() < 3 {
            std::thread::yield_now();
        }
        drop(gated.go);
    });
    assert!(most.load(Ordering::Relaxed) <= 3);
    assert_eq!(pool.shutdown(true).completed, 201);
}

#[test]
fn a_blocked_submit_returns_when_the_queue_is_dropped_or_the_pool_closes() {
    let config = PoolConfig { queue: 1, ..config(1) };
    let pool = AdaptivePool::with(config, fixed(1)).expect("a pool");
    let (gated, task) = gate();
    drop(pool.submit(task, FIRST).expect("open"));
    gated.begun.recv().expect("it starts");
    let first = pool.submit(|| (), FIRST).expect("open");
    std::thread::scope(|scope| {
        let second = scope.spawn(|| pool.submit(|| (), FIRST).expect("open"));
        assert_eq!(pool.drop_queued(), 1);
        assert_eq!(first.wait(), Err(TaskError::Dropped));
        let second = second.join().expect("no panic");
        let third = scope.spawn(|| pool.submit(|| (), FIRST).map(drop));
        pool.event(PoolState::close);
        assert_eq!(third.join().expect("no panic"), Err(SubmitError::Closed));
        drop(gated.go);
        assert_eq!(second.wait(), Ok(()));
    });
}

fn count_down(pool: &Arc<AdaptivePool>, n: u64) -> u64 {
    if n == 0 {
        return 0;
    }
    let inner = Arc::clone(pool);
    let below = pool.submit(move || count_down(&inner, n - 1), FIRST).expect("open");
    1 + below.wait().expect("it runs")
}

#[test]
fn a_task_may_wait_for_tasks_it_submitted_even_at_limit_one() {
    let config = PoolConfig { queue: 1, ..config(1) };
    let pool = Arc::new(AdaptivePool::with(config, fixed(1)).expect("a pool"));
    assert_eq!(count_down(&pool, 50), 50);
    let inner = Arc::clone(&pool);
    let sum = move || {
        let all: Vec<_> = (0..100u64)
            .map(|n| inner.submit(move || n, FIRST).expect("a nested submit never blocks"))
            .collect();
        all.into_iter().map(|t| t.wait().expect("it runs")).sum::<u64>()
    };
    assert_eq!(pool.submit(sum, FIRST).expect("open").wait(), Ok(4950));
    let pool = Arc::try_unwrap(pool).expect("the only owner");
    let report = pool.shutdown(true);
    assert_eq!((report.completed, report.dropped), (151, 0), "each task counts once");
}

#[test]
fn a_task_run_by_a_waiting_task_is_not_counted_as_dropped() {
    let pool = Arc::new(pool(1));
    let inner = Arc::clone(&pool);
    let (gated, hold) = gate();
    let task = move || {
        let handle = inner.submit(|| 7, FIRST).expect("open");
        let seven = handle.wait();
        hold();
        seven
    };
    let handle = pool.submit(task, FIRST).expect("open");
    gated.begun.recv().expect("it starts");
    // The queue still has the entry of the inner task.
    pool.drop_queued();
    drop(gated.go);
    assert_eq!(handle.wait(), Ok(Ok(7)));
    let report = Arc::try_unwrap(pool).expect("the only owner").shutdown(true);
    assert_eq!((report.completed, report.dropped), (2, 0));
}

#[test]
fn a_paused_pool_starts_no_task() {
    let pool = pool(2);
    pool.pause();
    let handle = pool.submit(|| 5, FIRST).expect("open");
    let metrics = pool.metrics();
    assert_eq!((metrics.queue_depth, metrics.active_threads), (1, 0));
    pool.resume();
    assert_eq!(handle.wait(), Ok(5));
    pool.pause();
    let handle = pool.submit(|| 6, FIRST).expect("open");
    drop(pool);
    assert_eq!(handle.wait(), Ok(6), "a dropped pool runs its tasks, paused or not");
}

#[test]
fn the_limit_is_never_exceeded_while_it_changes() {
    const TASKS: u32 = 20_000;
    let saw = Saw(vec![64, 1], 0, Duration::from_millis(2));
    let hooks = Hooks { policy: Some(Box::new(saw)), ..Hooks::default() };
    let config = PoolConfig { keep_alive: Duration::from_millis(1), ..config(64) };
    let pool = AdaptivePool::with(config, hooks).expect("a pool");
    let (now, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let places: Arc<Vec<AtomicU32>> = Arc::new((0..65).map(|_| AtomicU32::new(0)).collect());
    let moved = || {
        let decisions = pool.metrics().decisions;
        decisions.increase > 0 && decisions.decrease > 0
    };
    // On a crowded machine all tasks may have run before the coordinator gets a core.
    let mut tasks = 0;
    while tasks < TASKS || !moved() {
        tasks += 1;
        let (now, most, places) = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&places));
        let task = move |context: &TaskContext| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let place = &places[context.slot.0 as usize];
            assert_eq!(place.fetch_add(1, Ordering::SeqCst), 0, "a shared slot");
            std::thread::yield_now();
            place.fetch_sub(1, Ordering::SeqCst);
            now.fetch_sub(1, Ordering::SeqCst);
            TaskReport::new(Verdict::Ok)
        };
        pool.run(task, FIRST).expect("open");
    }
    let report = pool.shutdown(true);
    assert_eq!((report.completed, report.panicked, report.dropped), (u64::from(tasks), 0, 0));
    assert!(most.load(Ordering::SeqCst) <= 64);
}

#[test]
fn any_owner_may_shut_down_a_shared_pool() {
    let pool = Arc::new(
        AdaptivePool::new(PoolConfig { max: 1, queue: 1, ..PoolConfig::default() }).expect("starts"),
    );
    let (gated, task) = gate();
    let held = pool.submit(task, FIRST).expect("open");
    gated.begun.recv().expect("it starts");
    std::thread::scope(|scope| {
        // This thread fills the queue, and then waits for room that never comes.
        let submits = scope.spawn(|| (0..1000).map(|_| pool.submit(|| (), FIRST)).find_map(Result::err));
        let ends: Vec<_> = (0..2).map(|_| scope.spawn(|| pool.shutdown(false))).collect();
        assert_eq!(submits.join().expect("no panic"), Some(SubmitError::Closed));
        drop(gated.go);
        let reports: Vec<_> = ends.into_iter().map(|end| end.join().expect("no panic")).collect();
        assert!(reports.iter().all(|report| report.completed == 1), "{reports:?}");
    });
    assert_eq!(held.wait(), Ok(()));
    assert_eq!(pool.submit(|| (), FIRST).map(drop), Err(SubmitError::Closed));
    assert_eq!(pool.shutdown(true).completed, 1);
}
