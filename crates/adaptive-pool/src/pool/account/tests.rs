#![expect(clippy::float_cmp, reason = "these figures are exact")]

use super::*;

fn at(seconds: f64) -> Time {
    Time::from_secs(seconds)
}

fn end(account: &mut Account, ms: u64, verdict: Verdict) {
    account.finished(Duration::from_millis(ms), &TaskReport::new(verdict), false);
}

#[test]
fn an_idle_pool_has_finite_figures() {
    let metrics = Account::new(at(5.0), 3).metrics(at(5.0));
    assert_eq!((metrics.throughput_per_s, metrics.worker_utilization), (0.0, 0.0));
    assert_eq!(metrics.workers.mean, 3.0);
    assert_eq!(metrics.performance, Performance::default());
    assert_eq!(metrics.latency_ms.p99, 0.0);
}

#[test]
fn gain_compares_the_last_hundred_with_the_first_fifty() {
    let mut account = Account::new(at(0.0), 1);
    (0..49).for_each(|_| end(&mut account, 200, Verdict::Ok));
    assert_eq!(account.metrics(at(1.0)).performance.baseline_ms, None);
    end(&mut account, 200, Verdict::Ok);
    (0..150).for_each(|_| end(&mut account, 50, Verdict::Ok));
    let seen = account.metrics(at(1.0)).performance;
    assert_eq!((seen.window, seen.baseline_ms), (100, Some(200.0)));
    assert_eq!((seen.current_ms, seen.gain_percent), (Some(50.0), Some(75.0)));
}

#[test]
fn tasks_without_run_time_have_no_gain() {
    let mut account = Account::new(at(0.0), 1);
    (0..60).for_each(|_| end(&mut account, 0, Verdict::Ok));
    assert_eq!(account.metrics(at(0.0)).performance.gain_percent, None);
}

#[test]
fn every_verdict_has_its_count() {
    let mut account = Account::new(at(0.0), 1);
    for verdict in [Verdict::Ok, Verdict::Failed, Verdict::Backoff, Verdict::Killed, Verdict::NotStarted] {
        end(&mut account, 10, verdict);
    }
    account.finished(Duration::ZERO, &TaskReport::new(Verdict::Failed), true);
    let seen = account.metrics(at(1.0));
    assert_eq!((seen.total_completed, seen.total_failed, seen.total_panicked), (5, 3, 1));
    assert_eq!((seen.total_killed, seen.total_not_started), (1, 1));
}

#[test]
fn areas_give_utilization_and_starvation() {
    let mut account = Account::new(at(0.0), 4);
    account.advance(at(1.0), Usage { running: 4, limit: 4, waiting: 0, input_open: true, held: "" });
    account.advance(at(3.0), Usage { running: 1, limit: 4, waiting: 0, input_open: true, held: "" });
    let seen = account.metrics(at(3.0));
    assert_eq!(seen.worker_utilization, 0.5);
    assert_eq!(seen.starved_ms, 2000.0);
    assert_eq!(account.task_seconds(), 6.0);
}

#[test]
fn the_series_is_bounded_and_keeps_both_ends() {
    let mut account = Account::new(at(0.0), 1);
    for i in 1..20_000u32 {
        account.record_limit(at(f64::from(i) * 0.01), i % 7 + 1);
    }
    account.record_limit(at(200.0), 99);
    let seen = account.metrics(at(201.0)).workers;
    assert!(
        seen.limit.len() <= Workers::POINTS && seen.limit.len() > Workers::POINTS / 4,
        "{}",
        seen.limit.len()
    );
    assert_eq!(seen.limit.first(), Some(&LimitPoint { at_s: 0.0, limit: 1 }));
    assert_eq!(seen.limit.last(), Some(&LimitPoint { at_s: 200.0, limit: 99 }));
    assert!(seen.limit.is_sorted_by(|a, b| a.at_s <= b.at_s));
    assert_eq!((seen.min, seen.max), (1, 99));
}

#[test]
fn the_lowest_limit_is_found_wherever_it_was() {
    let mut account = Account::new(at(0.0), 4);
    for (second, limit) in [(1.0, 2), (2.0, 9), (3.0, 5)] {
        account.record_limit(at(second), limit);
    }
    let seen = account.metrics(at(4.0)).workers;
    assert_eq!((seen.min, seen.max), (2, 9));
}

#[test]
fn decisions_are_counted_by_direction_and_reason() {
    let mut account = Account::new(at(0.0), 1);
    account.decided(1, 2, &Why::Fixed);
    account.decided(2, 2, &Why::Fixed);
    account.decided(2, 1, &Why::Initial);
    let seen = account.metrics(at(1.0)).decisions;
    assert_eq!((seen.increase, seen.decrease, seen.hold), (1, 1, 1));
    assert_eq!(seen.reasons.into_iter().collect::<Vec<_>>(), [("fixed", 2), ("initial", 1)]);
}
