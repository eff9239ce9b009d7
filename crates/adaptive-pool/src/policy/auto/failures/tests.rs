use super::*;

fn scene(t: f64, limit: f64) -> Scene {
    Scene {
        t,
        limit,
        known: limit,
        running: limit,
        queued: 100.0,
        rest: f64::INFINITY,
        duty: 0.1,
        mean: 0.1,
        cores: 4.0,
        rising: false,
    }
}

#[test]
fn failures_at_any_level_are_not_blamed_on_it() {
    let mut law = Failures::new();
    let (mut t, mut limit) = (1.0, 64.0);
    for i in 0..2000_u32 {
        t += 0.01;
        law.ended(t - 0.005, 0.1, limit, i % 3 == 0, false);
        law.started();
        law.decide(&scene(t, limit), &|_| 0.0);
        limit = law.level.min(64.0);
    }
    assert_eq!(limit, 64.0);
}

#[test]
fn failures_above_a_level_end_at_that_level() {
    let mut law = Failures::new();
    let (mut t, mut limit) = (1.0, 64.0);
    let (mut failed, mut sum) = (0, 0.0);
    for i in 0..4000_u32 {
        t += 0.05;
        let bad = limit > 24.0 && f64::from(i % 64) < limit - 24.0;
        failed += u32::from(bad);
        law.ended(t - 0.04, 0.1, limit, bad, false);
        law.started();
        law.decide(&scene(t, limit), &|_| 0.0);
        limit = law.level.min(64.0);
        sum += if i >= 2000 { limit } else { 0.0 };
    }
    let mean = sum / 2000.0;
    assert!((20.0..=26.0).contains(&mean), "{mean}");
    assert!(failed < 120, "{failed}");
}

#[test]
fn no_cut_is_made_that_cannot_be_judged_before_the_input_ends() {
    let least = |rest: f64, every: u32| {
        let mut law = Failures::new();
        let mut least = 64.0_f64;
        for i in 1..=200_u32 {
            law.started();
            law.ended(f64::from(i) * 0.01 - 0.1, 0.1, 64.0, i % every == 0, false);
            law.decide(&Scene { rest, ..scene(f64::from(i) * 0.01, 64.0) }, &|_| 0.0);
            least = least.min(law.level);
        }
        least
    };
    // One in ten: fewer of them must be waited for a hundred ends long, and that is to be a quarter of the rest at most.
    assert_eq!(least(60.0, 10), 64.0);
    assert_eq!(least(200.0, 10), 64.0);
    assert!(least(500.0, 10) < 64.0);
    // Where most fail there is nothing to be judged.
    assert!(least(60.0, 2) < 64.0);
}

#[test]
fn a_told_backoff_cuts_once_and_at_once() {
    let mut law = Failures::new();
    law.ended(0.5, 0.1, 32.0, true, true);
    law.decide(&scene(1.0, 32.0), &|_| 0.0);
    let first = law.level;
    assert!(first < 32.0);
    law.ended(0.9, 0.1, 32.0, true, true); // started before the cut
    law.decide(&scene(1.1, first), &|_| 0.0);
    assert_eq!(law.level, first);
}

#[test]
fn tasks_turned_away_after_the_cut_put_the_count_off() {
    let mut law = Failures::new();
    law.mark(0.5); // not the start
    (0..8).for_each(|_| law.started());
    (0..6).for_each(|_| law.ended(1.0, 1.0, 64.0, false, false));
    (0..4).for_each(|_| law.ended(1.99, 0.01, 64.0, true, false));
    law.decide(&scene(2.0, 64.0), &|_| 20.0);
    assert!(law.judging() && law.level <= 20.0, "{}", law.level);
    // It had to wait for a core, and was turned away later than the others.
    law.ended(1.997, 0.019, 64.0, true, false);
    law.decide(&scene(2.025, 64.0), &|_| 40.0);
    assert!(law.admitted_count.is_some(), "some are undecided still");
    law.ended(1.5, 0.54, 64.0, false, false);
    law.decide(&scene(2.05, 64.0), &|_| 20.0);
    assert!(law.admitted_count.is_none());
    assert_eq!(law.level, 21.0); // those that still run, and the one that ended since
}

#[test]
fn a_limit_that_is_not_reached_is_cut_from_what_ran() {
    // A limit of 256, and no more than 60 run, as they end as fast as they are started: one in eight is refused.
    let mut law = Failures::new();
    for i in 1..=100_u32 {
        law.started();
        law.ended(f64::from(i) * 0.01 - 0.05, 0.05, 60.0, i % 8 == 0, false);
        law.decide(&Scene { running: 60.0, ..scene(f64::from(i) * 0.01, 256.0) }, &|_| 0.0);
        if law.judging() {
            break;
        }
    }
    assert!(law.judging() && law.level <= 0.7 * 60.0, "{}", law.level);
}

#[test]
fn failures_left_under_a_limit_that_holds_are_the_jobs_own() {
    // Of more than 12 at once some are refused, and one in ten fails in any case.
    let mut sum = 0.0;
    for stream in 1..=10_u64 {
        let mut law = Failures::new();
        let (mut limit, mut state) = (32.0_f64, stream);
        for i in 0..6000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (a, b) =
                (f64::from((state >> 40) as u16) / 65_536.0, f64::from((state >> 20) as u16) / 65_536.0);
            let t = 1.0 + f64::from(i) * 0.02;
            let refused = a * limit < limit - 12.0;
            let took = if refused { 0.1 } else { 0.2 };
            law.started();
            law.ended(t - took, took, limit, refused || b < 0.1, false);
            law.decide(&Scene { mean: 0.2, ..scene(t, limit) }, &|_| limit.min(12.0));
            limit = law.level.min(32.0);
            sum += if i >= 2000 { limit } else { 0.0 };
        }
    }
    let mean = sum / 10.0 / 4000.0;
    assert!((11.5..=14.5).contains(&mean), "{mean}");
}

#[test]
fn a_bound_that_came_by_chance_goes() {
    // The first cut was at 33, and the search stands at 32. Nothing has failed since: the bound must not wait there for the
    // search, which waits for the bound.
    let mut law = Failures::new();
    (law.state, law.good, law.bad, law.level, law.cut_running) = (State::Hold, 31.0, 34.0, 31.0, 33.0);
    for i in 0..8000_u32 {
        let (t, limit) = (1.0 + f64::from(i) * 0.01, law.level.min(32.0));
        law.started();
        law.ended(t - 0.1, 0.1, limit, false, false);
        law.decide(&scene(t, limit), &|_| 0.0);
    }
    assert_eq!(law.level, UNBOUND);
}

#[test]
fn a_cut_that_chance_judged_well_goes_once_the_same_fails_near_it() {
    // Eight of the first ten failed, and none of the next: but three in ten do at any level.
    let mut law = Failures::new();
    (law.state, law.good, law.bad, law.level) = (State::Hold, 8.0, 33.0, 8.0);
    (law.cut_rate, law.cut_running) = (0.8, 33.0);
    let mut last = 0.0;
    for i in 0..20_000_u32 {
        let (t, limit) = (1.0 + f64::from(i) * 0.01, law.level.min(256.0));
        law.started();
        law.ended(t - 0.1, 0.1, limit, i % 10 < 3, false);
        law.decide(&scene(t, limit), &|_| 0.0);
        if law.level == UNBOUND {
            assert!((28.0..=31.0).contains(&last), "{last}");
            return;
        }
        last = law.level;
    }
    panic!("the bound stands at {}", law.level);
}

#[test]
fn a_step_up_that_is_turned_away_is_taken_back_within_some_ends() {
    // Thirty-two ran for a while, one in ten failed by itself after its time; of sixty-four, forty are let in.
    let mut law = Failures::new();
    (law.base, law.judged) = (0.1, true);
    for i in 0..400_u32 {
        let t = 1.0 + f64::from(i) * 0.02;
        law.started();
        law.ended(t - 0.5, 0.5, 32.0, i % 10 == 0, false);
        law.decide(&scene(t, 32.0), &|_| 0.0);
    }
    assert_eq!(law.level, UNBOUND);
    let mut ends = 0;
    while law.level >= 64.0 {
        ends += 1;
        let t = 9.0 + f64::from(ends) * 0.001;
        let took = if ends % 4 == 0 { 0.5 } else { 0.012 };
        law.started();
        law.ended(t - 0.0001, took, 64.0, took < 0.1, false);
        law.decide(&Scene { rising: true, mean: 0.5, ..scene(t, 64.0) }, &|_| 40.0);
        assert!(ends < 30, "still at {}", law.level);
    }
    assert!((38.0..=44.0).contains(&law.level), "{}", law.level);
}

#[test]
fn at_the_very_start_those_that_did_not_fail_are_counted() {
    // Thirty-two were started; twelve are refused in 12 ms, two did well in as little, and eighteen run on.
    let mut law = Failures::new();
    let at = |t: f64, running: f64| Scene { running, mean: 0.03, ..scene(t, 32.0) };
    (0..32).for_each(|_| law.started());
    law.ended(0.01, 0.012, 32.0, true, false);
    law.decide(&at(0.022, 31.0), &|_| 0.0);
    assert!(law.holds(0.03) && law.level == UNBOUND);
    for i in 1..14 {
        law.ended(0.02, 0.012, 32.0, i < 12, false);
    }
    law.decide(&at(0.035, 18.0), &|_| 0.0);
    assert!(law.holds(0.035) && law.level == UNBOUND, "others may be on their way");
    law.decide(&at(0.05, 18.0), &|_| 0.0);
    assert!(!law.holds(0.05));
    assert_eq!((law.level, law.bad), (20.0, 26.0));
}

#[test]
fn a_first_failure_alone_changes_nothing() {
    let mut law = Failures::new();
    (0..32).for_each(|_| law.started());
    law.ended(0.01, 0.012, 32.0, true, false);
    law.decide(&scene(0.022, 32.0), &|_| 0.0);
    law.decide(&scene(0.05, 32.0), &|_| 0.0);
    assert!(!law.holds(0.05) && law.level == UNBOUND);
}

/// So many ends at a limit, of which nothing failed.
fn all_did_well(law: &mut Failures, from: f64, ends: u32) -> f64 {
    let mut t = from;
    for _ in 0..ends {
        t += 0.01;
        let limit = law.level.min(64.0);
        law.started();
        law.ended(t - 0.05, 0.1, limit, false, false);
        law.decide(&scene(t, limit), &|_| 0.0);
    }
    t
}

#[test]
fn what_was_cut_by_chance_comes_back_without_waiting() {
    // Cut to four from seven, which came of 33: nothing fails any more, so each level up to there is tried right after the other.
    let mut law = Failures::new();
    (law.state, law.good, law.bad, law.level) = (State::Hold, 4.0, 7.0, 4.0);
    (law.cut_rate, law.cut_running, law.probes_hold) = (0.2, 33.0, true);
    let t = all_did_well(&mut law, 1.0, 4000);
    assert_eq!(law.level, UNBOUND, "at {t}");
}

#[test]
fn what_a_probe_has_shown_to_hold_is_not_cut_below_at_first() {
    let mut law = Failures::new();
    (law.state, law.good, law.bad, law.level) = (State::Hold, 20.0, 28.0, 20.0);
    (law.cut_rate, law.cut_running, law.refusal_max_s) = (0.2, 64.0, 0.02);
    let t = all_did_well(&mut law, 1.0, 400);
    let proven = law.good;
    assert!(proven > 20.0 && law.level < 64.0, "{proven}");
    law.release();
    law.mark(t);
    for i in 1..=9 {
        law.ended(t + 0.001 * f64::from(i), 0.01, 64.0, i < 9, false);
    }
    law.decide(&scene(t + 0.1, 64.0), &|_| 64.0);
    assert_eq!(law.level, proven);
    // Where that fails too, it counts no more.
    for i in 1..=40 {
        law.ended(t + 0.2, 0.01, proven, i < 36, false);
    }
    law.decide(&scene(t + 0.3, proven), &|_| 64.0);
    assert!(law.level < proven, "{}", law.level);
}

#[test]
fn probes_end_when_they_have_cost_their_part() {
    // Twenty-four are let in, whatever is tried; each end of a job is followed by ten refusals while more are tried.
    let refused = |ends: u32, queued: f64| {
        let mut law = Failures::new();
        (law.state, law.good, law.bad, law.level) = (State::Hold, 24.0, 26.0, 24.0);
        (law.cut_rate, law.cut_running, law.refusal_max_s) = (0.5, 64.0, 0.02);
        (law.wait, law.spent) = (0.0, 2.0);
        let (mut t, mut refused) = (1.0, 0);
        for _ in 0..ends {
            t += 0.05;
            let limit = law.level.min(64.0);
            for _ in 0..if limit > 24.0 { 10 } else { 0 } {
                refused += 1;
                law.ended(t - 0.012, 0.01, limit, true, false);
            }
            law.started();
            law.ended(t - 0.04, 0.1, limit, false, false);
            law.decide(&Scene { queued, rest: queued, ..scene(t, limit) }, &|_| 64.0);
            law.wait = law.wait.min(0.5);
        }
        refused
    };
    let (little, much) = (refused(1000, 400.0), refused(10_000, 100_000.0));
    assert!((1..=40).contains(&little) && much > 100, "{little} {much}");
}
