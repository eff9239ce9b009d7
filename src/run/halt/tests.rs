use super::*;
use proptest::prelude::*;

fn rule(text: &str) -> HaltRule {
    text.parse().unwrap()
}

/// The decision after these exits: `.` a success, a digit an exit status, `k` killed by signal 9.
fn run(halt: &str, jobs: &str, total: Option<u64>) -> (usize, Halt) {
    let mut state = HaltState::new(rule(halt));
    for (i, job) in jobs.chars().enumerate() {
        let exit = match job {
            '.' => JobExit::Exited(0),
            'k' => JobExit::Signaled(9),
            't' => JobExit::TimedOut(15),
            d => JobExit::Exited(d.to_digit(10).unwrap() as i32),
        };
        let halt = state.job_ended(exit, total);
        if halt != Halt::Go {
            return (i + 1, halt);
        }
    }
    (jobs.len(), Halt::Go)
}

#[test]
fn every_form_is_parsed_and_printed() {
    for (text, long) in [
        ("never", "never"),
        ("0", "never"),
        ("1", "soon,fail=1"),
        ("2", "now,fail=1"),
        ("-1", "soon,success=1"),
        ("-2", "now,success=1"),
        ("5%", "soon,fail=5%"),
        ("now,fail=1", "now,fail=1"),
        ("now,fail", "now,fail=1"),
        ("soon,fail=30%", "soon,fail=30%"),
        ("now,done=7", "now,done=7"),
        ("soon,success=100%", "soon,success=100%"),
        ("now,fail,3", "now,fail=3"),
    ] {
        assert_eq!(rule(text).to_string(), long, "{text}");
        assert_eq!(rule(long), rule(text));
    }
    for text in [
        "",
        "3",
        "now",
        "soon,",
        "never,fail=1",
        "now,fail=",
        "now,fail=0",
        "now,fail=0%",
        "now,fail=101%",
        "now,fail=-1",
        "now,fail=1,2",
        "later,fail=1",
        "now,lost=1",
        "now,fail=1.5",
        " now,fail=1",
        "-3",
        "%",
        "now fail=1",
        "now,fail=+1",
    ] {
        assert!(text.parse::<HaltRule>().is_err(), "{text}");
    }
    assert!(rule("5%").needs_total() && !rule("now,fail=5").needs_total() && !rule("never").needs_total());
}

#[test]
fn statuses_are_gnu_parallels() {
    assert_eq!(run("never", "123k", Some(4)).1, Halt::Go);
    assert_eq!(run("now,fail=1", "..5.", Some(4)), (3, Halt::Now(HaltStatus::Job(5))));
    assert_eq!(run("now,fail=1", "k", Some(4)).1, Halt::Now(HaltStatus::Job(137)));
    assert_eq!(run("now,fail=1", "t", Some(4)).1, Halt::Now(HaltStatus::Job(124)));
    assert_eq!(run("soon,fail=2", "5.6.", Some(4)), (3, Halt::Soon(HaltStatus::Count)));
    assert_eq!(run("soon,success=2", "5.", Some(2)).1, Halt::Go);
    assert_eq!(run("soon,success=2", "5.6.7", None), (4, Halt::Soon(HaltStatus::Success)));
    assert_eq!(run("now,done=1", ".5", None), (1, Halt::Now(HaltStatus::Job(0))));
    assert_eq!(run("now,done=3", ".55", None), (3, Halt::Now(HaltStatus::Count)));
    // Observed in GNU parallel: false true false true false true with fail=50% ends after the fifth job with status 50.
    assert_eq!(run("now,fail=50%", "1.1.1.", Some(6)), (5, Halt::Now(HaltStatus::Percent(50))));
    assert_eq!(run("now,done=50%", "1.1.", Some(4)), (2, Halt::Now(HaltStatus::Percent(25))));
    // A percentage is rounded up, so that 0 means that no job failed.
    assert_eq!(run("now,fail=30%", "1.1", Some(6)), (3, Halt::Now(HaltStatus::Percent(34))));
}

#[test]
fn percentages_of_an_unknown_total() {
    assert_eq!(run("now,fail=10%", "11", None).1, Halt::Go);
    assert_eq!(run("now,fail=10%", "111", None), (3, Halt::Now(HaltStatus::Percent(100))));
    assert_eq!(run("now,fail=50%", ".....111.1.1.1", None).1, Halt::Go);
    assert_eq!(run("now,done=10%", "....", None).1, Halt::Go);
    let mut state = HaltState::new(rule("now,done=10%"));
    state.job_ended(JobExit::Exited(0), None);
    assert_eq!(state.total_known(11), Halt::Go);
    assert_eq!(state.total_known(10), Halt::Now(HaltStatus::Percent(0)));
    assert_eq!(HaltState::new(rule("now,done=10%")).total_known(0), Halt::Go);
}

proptest! {
    #[test]
    fn no_text_panics_and_a_parsed_rule_prints_the_same(text in "(never|soon|now|[-0-9]{0,3})[,=]?(fail|success|done)?[,=]?[0-9%]{0,5}") {
        if let Ok(rule) = text.parse::<HaltRule>() {
            prop_assert_eq!(rule.to_string().parse::<HaltRule>(), Ok(rule));
        }
    }

    /// Compares with a slow model that counts all exits each time.
    #[test]
    fn counts_agree_with_a_recount(
        codes in proptest::collection::vec(0i32..3, 0..40),
        counted in prop_oneof![Just("fail"), Just("success"), Just("done")],
        n in 1u64..12,
        percent in any::<bool>(),
    ) {
        let total = codes.len() as u64;
        let suffix = if percent { "%" } else { "" };
        let mut state = HaltState::new(rule(&format!("now,{counted}={n}{suffix}")));
        let mut halted = false;
        for end in 1..=codes.len() {
            let codes_so_far = &codes[..end];
            let count = match counted {
                "fail" => codes_so_far.iter().filter(|c| **c != 0).count(),
                "success" => codes_so_far.iter().filter(|c| **c == 0).count(),
                _ => codes_so_far.len(),
            } as u64;
            halted |= if percent { count > 0 && count * 100 >= n * total } else { count >= n };
            let answer = state.job_ended(JobExit::Exited(codes[end - 1]), Some(total));
            prop_assert_eq!(answer != Halt::Go, halted);
            prop_assert_eq!(state.decision(), answer);
        }
    }
}
