//! Names, defaults, ranges and the exact error messages.

use super::*;

fn policy(name: &str) -> PolicyConfig {
    name.parse().unwrap()
}

/// The error after these settings.
fn refusal(name: &str, settings: &[(&str, Value)]) -> String {
    let mut config = policy(name);
    for (field, value) in settings {
        if let Err(e) = config.set(field, *value) {
            return e.to_string();
        }
    }
    config.validate().map_or_else(|e| e.to_string(), |()| "accepted".to_owned())
}

#[test]
fn every_name_parses_to_a_policy_of_that_name() {
    for name in POLICY_NAMES {
        let config = policy(name);
        assert_eq!(config.name(), name);
        assert_eq!(config.build(2.0).name(), name);
        assert_eq!(config.validate(), Ok(()));
    }
}

#[test]
fn an_unknown_name_is_refused_with_a_similar_one() {
    let of = |name: &str| name.parse::<PolicyConfig>().unwrap_err().to_string();
    let all = POLICY_NAMES.join(", ");
    assert_eq!(
        of("blanced"),
        format!("unknown policy \"blanced\": did you mean balanced? (the policies are {all})")
    );
    assert_eq!(
        of("agressive"),
        format!("unknown policy \"agressive\": did you mean aggressive? (the policies are {all})")
    );
    assert_eq!(of("zzzzzz"), format!("unknown policy \"zzzzzz\" (the policies are {all})"));
    assert!(of("").starts_with("unknown policy \"\" ("));
    assert!(of("a\n\u{1b}b").starts_with("unknown policy \"a\\n\\u{1b}b\""));
}

#[test]
fn default_bounds_follow_the_table() {
    let of = |name: &str, cores: f64| {
        let d = policy(name).default_bounds(cores);
        (d.min, d.initial, d.max, d.interval.as_millis())
    };
    for name in ["conservative", "balanced", "aggressive"] {
        assert_eq!(of(name, 2.0), (2, 2, 32, 250));
        assert_eq!(of(name, 16.0), (2, 16, 192, 250));
        assert_eq!(of(name, 0.5), (2, 2, 32, 250));
    }
    assert_eq!(of("threshold", 2.0), (4, 4, 24, 1000));
    assert_eq!(of("threshold", 16.0), (16, 16, 100, 1000));
    assert_eq!(of("threshold", 1.5), (4, 4, 24, 1000));
    assert_eq!(of("aimd", 2.0), (5, 20, 200, 1000));
    assert_eq!(of("predictive", 4.0), (2, 4, 48, 1000));
    assert_eq!(of("fixed", 3.0), (1, 3, 3, 1000));
    assert_eq!(PolicyConfig::Fixed(FixedConfig::of(7)).default_bounds(2.0).max, 7);
}

#[test]
fn the_initial_limit_stays_within_its_bounds() {
    let bounds = Bounds { min: 3, max: 6 };
    let initial = |name: &str, cores: f64| policy(name).build(cores).initial(bounds);
    assert_eq!(initial("balanced", 4.0), 4);
    assert_eq!(initial("balanced", 1.0), 3);
    assert_eq!(initial("aimd", 4.0), 6);
    assert_eq!(initial("threshold", 2.0), 4);
    assert_eq!(initial("fixed", 99.0), 6);
    assert_eq!(initial("predictive", 99.0), 6);
}

#[test]
fn defaults_from_the_cores_are_shown_once_resolved() {
    let mut config = policy("balanced");
    let soft = |c: &PolicyConfig| c.settings().into_iter().find(|(n, _)| *n == "soft_limit").unwrap().1;
    assert_eq!(soft(&config), Value::Unset);
    config.resolve(1.0);
    assert_eq!(soft(&config), Value::Count(8));
    let mut wide = policy("balanced");
    wide.resolve(16.0);
    assert_eq!(soft(&wide), Value::Count(64));
    let mut own = policy("balanced");
    own.set("soft_limit", Value::Count(5)).unwrap();
    own.resolve(16.0);
    assert_eq!(soft(&own), Value::Count(5));
}

#[test]
fn settings_can_be_set_by_the_names_they_are_listed_under() {
    for name in POLICY_NAMES {
        let mut config = policy(name);
        config.resolve(4.0);
        for (field, value) in config.settings() {
            assert_eq!(config.set(field, value), Ok(()), "{name} {field}");
        }
    }
}

#[test]
fn thresholds_out_of_order_are_refused() {
    use Value::{Count, Ratio};
    type Case<'a> = (&'a str, &'a [(&'a str, Value)], &'a str);
    let cases: &[Case<'_>] = &[
        (
            "balanced",
            &[("scale_down_threshold", Ratio(0.9))],
            "--scale-down-threshold 0.9 must be below --scale-up-threshold 0.75",
        ),
        (
            "threshold",
            &[("cpu_low_threshold", Ratio(0.8))],
            "--cpu-low-threshold 0.8 must be below --cpu-threshold 0.8",
        ),
        (
            "threshold",
            &[("queue_low_threshold", Count(6))],
            "--queue-low-threshold 6 must not be above --queue-moderate-threshold 5",
        ),
        (
            "threshold",
            &[("queue_high_threshold", Count(4))],
            "--queue-moderate-threshold 5 must not be above --queue-high-threshold 4",
        ),
        (
            "aimd",
            &[("memory_threshold", Ratio(0.3))],
            "--memory-low-threshold 0.5 must be below --memory-threshold 0.3",
        ),
        ("aimd", &[("decrease_factor", Ratio(1.0))], "--decrease-factor 1 must be below 1"),
        (
            "predictive",
            &[("cpu_threshold", Ratio(0.1))],
            "--cpu-low-threshold 0.5 must be below --cpu-threshold 0.1",
        ),
        ("predictive", &[("trend_window", Count(2))], "--trend-window 2 must be at least 3"),
        ("aimd", &[("queue_threshold", Value::Count(100))], "accepted"),
    ];
    for (name, settings, text) in cases {
        assert_eq!(refusal(name, settings), *text);
    }
}

#[test]
fn values_out_of_range_are_refused() {
    let ratio = "must be from 0 to 1 (or 0% to 100%)";
    let of = |field: &str, value: Value| refusal("balanced", &[(field, value)]);
    assert_eq!(of("cpu_threshold", Value::Ratio(1.5)), format!("--cpu-threshold 1.5 {ratio}"));
    assert_eq!(of("cpu_threshold", Value::Ratio(-0.1)), format!("--cpu-threshold -0.1 {ratio}"));
    assert_eq!(of("cpu_threshold", Value::Ratio(f64::NAN)), format!("--cpu-threshold NaN {ratio}"));
    assert_eq!(of("step_up", Value::Count(0)), "--step-up 0 must be at least 1");
    assert_eq!(of("soft_limit", Value::Count(0)), "--soft-limit 0 must be at least 1");
    assert_eq!(of("step_up", Value::Count(1 << 40)), "--step-up 1099511627776 is too large");
    assert_eq!(of("interval", Value::Time(Duration::ZERO)), "--interval 0ns must be at least 1ms");
    assert_eq!(of("cooldown", Value::Time(Duration::ZERO)), "accepted");
    assert_eq!(of("cpu_threshold", Value::Count(1)), "--cpu-threshold takes a ratio, not 1");
    assert_eq!(of("interval", Value::Ratio(0.5)), "--interval takes a time, not 0.5");
    assert_eq!(of("step_up", Value::Unset), "--step-up takes a whole number, not unset");
    assert_eq!(
        of("lag_threshold", Value::Ratio(0.1)),
        "--lag-threshold means nothing to --policy balanced; it is for --policy aimd"
    );
}

#[test]
fn bounds_that_contradict_each_other_are_refused() {
    let mut config = policy("balanced");
    let check = |config: &PolicyConfig, min, max| {
        config.check_bounds(Bounds { min, max }).map_or_else(|e| e.to_string(), |()| "accepted".to_owned())
    };
    assert_eq!(check(&config, 1, 4), "accepted");
    assert_eq!(check(&config, 9, 4), "--min-workers 9 must not be above --max-workers 4");
    assert_eq!(check(&config, 0, 4), "--min-workers 0 must be at least 1");
    assert_eq!(check(&config, 1, 0), "--max-workers 0 must be at least 1");
    config.set("soft_limit", Value::Count(40)).unwrap();
    assert_eq!(check(&config, 1, 32), "--soft-limit 40 must not be above --max-workers 32");
    assert_eq!(check(&config, 41, 50), "--min-workers 41 must not be above --soft-limit 40");
    assert_eq!(check(&config, 40, 40), "accepted");
}

#[test]
fn distances_are_those_of_levenshtein() {
    assert_eq!(distance("kitten", "sitting"), 3);
    assert_eq!(distance("", "abc"), 3);
    assert_eq!(distance("abc", "abc"), 0);
}
