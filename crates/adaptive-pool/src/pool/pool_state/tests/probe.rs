//! The probe of the run queue before a start: when it is used, which threads count, and for how long.

use super::*;
use crate::policy::TasksReading;

/// Admits no start while four of our threads or more want a CPU. Keeps the numbers that it gets.
struct Probing(Arc<Mutex<Vec<Option<f64>>>>);

impl Policy for Probing {
    fn name(&self) -> &'static str {
        "probing"
    }

    fn initial(&self, bounds: Bounds) -> u32 {
        bounds.max
    }

    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        Decision::new(seen.limit, Why::Fixed, Duration::from_secs(1))
    }

    fn admit(&mut self, _now: Time, _running: u32, queue: Option<f64>) -> Admit {
        self.0.lock().unwrap().push(queue);
        if queue.is_some_and(|queue| queue >= 4.0) {
            Admit::After(Duration::from_millis(5))
        } else {
            Admit::Yes
        }
    }

    fn probes_run_queue(&self) -> bool {
        true
    }
}

fn bench(own: Option<f64>, all: f64) -> (Bench, Arc<Mutex<Vec<Option<f64>>>>) {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let mut bench = Bench::new(|s| s.policy = Box::new(Probing(Arc::clone(&shown))));
    let tasks = own.map(|runnable| TasksReading { runnable, ..TasksReading::default() });
    bench.pool_state.reading(Reading { run_queue: Some(all), tasks, ..Reading::default() });
    (bench, shown)
}

#[test]
fn a_probe_counts_our_threads_and_new_starts_for_one_event() {
    let (mut bench, shown) = bench(Some(2.0), 3.0);
    bench.submit(0, 2);
    assert!(!bench.pool_state.wants_probe(at(0), 0), "no task waits");
    // Two tasks run on two cores. Three threads want a CPU; one belongs to another program.
    bench.pool_state.set_run_queue(Some(3.0));
    bench.submit(1, 1);
    assert_eq!(*shown.lock().unwrap(), [Some(2.0), None], "one call for the thread, one for the start");
    shown.lock().unwrap().clear();
    bench.pool_state.set_run_queue(Some(5.0));
    bench.submit(2, 1);
    assert_eq!((bench.running.len(), shown.lock().unwrap().pop()), (3, Some(Some(4.0))));
    assert!(
        bench.pool_state.wants_probe(at(3), 0) && bench.pool_state.wants_probe(at(3), 1),
        "one waits, and there is room"
    );
    assert!(!bench.pool_state.wants_probe(at(3), 2), "fewer than the cores would run");
    assert_eq!(bench.pool_state.next_poll(), Some(at(7)), "asked again");
}

#[test]
fn starts_within_one_event_are_counted() {
    let (mut bench, shown) = bench(Some(0.0), 0.0);
    let mut out = Vec::new();
    bench.pool_state.set_paused(at(0), true, &mut out);
    bench.submit(0, 9);
    for _ in 0..9 {
        bench.pool_state.expect_thread();
        bench.pool_state.thread_ready(at(0), &mut out);
    }
    bench.pool_state.set_run_queue(Some(1.0));
    bench.pool_state.set_paused(at(1), false, &mut out);
    bench.act(at(1), out);
    assert_eq!(bench.running.len(), 3, "two below the cores, and one");
    assert_eq!(*shown.lock().unwrap(), [Some(3.0), Some(4.0)]);
}

#[test]
fn without_the_own_share_there_is_no_probe() {
    for (own, all) in [(None, 9.0), (Some(f64::NAN), 9.0)] {
        let (mut bench, shown) = bench(own, all);
        bench.submit(0, 2);
        bench.pool_state.set_run_queue(Some(9.0));
        bench.submit(1, 1);
        assert_eq!(bench.running.len(), 3, "{own:?} of {all}");
        assert!(shown.lock().unwrap().iter().all(Option::is_none));
    }
}

/// Others alone fill the two cores: then the last reading of ours counts, and no more of them pile up.
#[test]
fn where_others_fill_the_cpu_ours_are_those_of_the_last_reading() {
    for (own, runs) in [(1.0, 3), (4.0, 2)] {
        let (mut bench, shown) = bench(Some(own), own + 3.0);
        bench.submit(0, 2);
        bench.pool_state.set_run_queue(Some(9.0));
        bench.submit(1, 1);
        assert_eq!(bench.running.len(), runs, "{own}");
        assert!(shown.lock().unwrap().iter().all(|shown| *shown == Some(own)));
    }
}

/// What was not there before ours is ours while they take most of the CPU, though it does not look so: threads that were not
/// seen as theirs.
#[test]
fn what_came_with_ours_is_not_believed_to_be_of_others() {
    let (mut bench, shown) = bench(Some(0.0), 0.0);
    for k in 1..=6 {
        let cpu = Duration::from_millis(200 * k);
        let tasks = Some(TasksReading { cpu, ..TasksReading::default() });
        let at = Time::from_secs(0.1 * k as f64);
        bench.pool_state.reading(Reading { at, run_queue: Some(9.0), tasks, ..Reading::default() });
    }
    bench.submit(700, 2);
    bench.pool_state.set_run_queue(Some(9.0));
    bench.submit(701, 1);
    assert_eq!(shown.lock().unwrap()[0], Some(9.0));
    assert_eq!(bench.running.len(), 2);
}

#[test]
fn a_policy_without_probes_costs_none() {
    let mut bench = Bench::new(|s| s.initial = Some(9));
    let tasks = Some(TasksReading { runnable: 2.0, ..TasksReading::default() });
    bench.pool_state.reading(Reading { run_queue: Some(2.0), tasks, ..Reading::default() });
    bench.submit(0, 20);
    let mut out = Vec::new();
    bench.pool_state.set_bounds(at(1), Bounds { min: 12, max: 16 }, &mut out);
    assert!(bench.pool_state.scheduler().queued() > 0 && !bench.pool_state.wants_probe(at(2), 1));
}

#[test]
fn threads_that_look_foreign_for_a_moment_are_ours() {
    let (mut bench, shown) = bench(Some(2.0), 2.0);
    let tasks = Some(TasksReading { runnable: 2.0, ..TasksReading::default() });
    bench.pool_state.reading(Reading { run_queue: Some(9.0), tasks, ..Reading::default() });
    bench.submit(0, 2);
    bench.pool_state.set_run_queue(Some(3.0));
    bench.submit(1, 1);
    assert_eq!(shown.lock().unwrap()[0], Some(3.0));
}
