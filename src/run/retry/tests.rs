use super::*;
use proptest::prelude::*;

const FAILED: AttemptEnd = AttemptEnd::Failed(JobExit::Exited(1));

fn rule(attempts: u32, delay_s: u64) -> RetryRule {
    RetryRule { attempts, delay: Duration::from_secs(delay_s), ..RetryRule::default() }
}

fn retries(failed: RetryRule, seed: u64) -> Retries {
    Retries::new(RetryRules::new(failed, "99".parse().unwrap()), seed)
}

#[test]
fn sets_are_parsed() {
    let set: StatusSet = "1-5,75,signal".parse().unwrap();
    let has = |code| set.contains(JobExit::Exited(code));
    assert_eq!((0..=255).filter(|c| has(*c)).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 75]);
    assert!(set.contains(JobExit::Signaled(9)) && !set.contains(JobExit::TimedOut(15)));
    assert_eq!("1-255,signal,timeout".parse(), Ok(StatusSet::FAILURES));
    assert_eq!("any".parse(), Ok(StatusSet::FAILURES));
    for text in ["", ",", "0", "0-3", "5-1", "256", "1-", "-1", "1,,2", "sig", "1 ", "+1", "1-2-3"] {
        assert!(text.parse::<StatusSet>().is_err(), "{text}");
    }
    for code in [-1, 0, 256, i32::MAX] {
        assert!(!StatusSet::FAILURES.contains(JobExit::Exited(code)), "{code}");
    }
}

#[test]
fn the_number_of_attempts_is_bounded() {
    let tries = |attempts| {
        let mut r = retries(rule(attempts, 0), 1);
        (1..100).take_while(|n| r.after(*n, FAILED).is_some()).count()
    };
    assert_eq!((tries(1), tries(3), tries(0)), (0, 2, 99));
    let mut r = retries(rule(0, 0), 1);
    for end in [AttemptEnd::Succeeded, AttemptEnd::Killed, AttemptEnd::Dropped, AttemptEnd::NoCommand(127)] {
        assert_eq!(r.after(1, end), None);
    }
    let mut r = retries(RetryRule { on: "75".parse().unwrap(), ..rule(9, 0) }, 1);
    assert_eq!(
        (r.after(1, FAILED), r.after(1, AttemptEnd::Failed(JobExit::Exited(75)))),
        (None, Some(Duration::ZERO))
    );
}

#[test]
fn overload_is_tried_again_ten_times_or_as_often_as_failures() {
    let overload = AttemptEnd::Backoff(JobExit::Exited(99));
    let tries = |attempts| {
        let rules = RetryRules::new(rule(attempts, 0), "99".parse().unwrap());
        assert!(rules.means_overload(overload.exit()) && !rules.means_overload(FAILED.exit()));
        (1..100).take_while(|n| rules.may_retry(*n, overload)).count()
    };
    assert_eq!((tries(1), tries(20), tries(0)), (9, 19, 99));
}

#[test]
fn a_refused_start_is_always_tried_again() {
    let rules = RetryRules::new(rule(1, 0), StatusSet::NONE);
    assert!(rules.may_retry(u32::MAX, AttemptEnd::Refused) && !rules.may_retry(1, FAILED));
}

#[test]
fn delays_double_up_to_the_cap() {
    let rule = RetryRule { cap: Duration::from_secs(10), ..rule(0, 2) };
    assert_eq!([1, 2, 3, 4, 9, u32::MAX].map(|n| rule.longest_delay(n).as_secs()), [2, 4, 8, 10, 10, 10]);
}

proptest! {
    #[test]
    fn jitter_stays_below_the_delay_and_is_spread(seed in any::<u64>()) {
        let mut r = retries(rule(0, 8), seed);
        let delays: Vec<f64> = (0..64).map(|_| r.after(1, FAILED).unwrap().as_secs_f64()).collect();
        prop_assert!(delays.iter().all(|d| (0.0..8.0).contains(d)));
        prop_assert!(delays.iter().any(|d| *d < 3.0) && delays.iter().any(|d| *d > 5.0));
        let again: Vec<f64> = {
            let mut r = retries(rule(0, 8), seed);
            (0..64).map(|_| r.after(1, FAILED).unwrap().as_secs_f64()).collect()
        };
        prop_assert_eq!(delays, again);
    }

    #[test]
    fn no_set_panics(text in "[-0-9,signaltmeouy]{0,20}") {
        let _ = text.parse::<StatusSet>();
    }
}
