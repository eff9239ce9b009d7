use super::*;
use proptest::prelude::*;

fn seconds(text: &str) -> Option<f64> {
    duration(text).ok().map(|d| d.as_secs_f64())
}

#[test]
fn durations() {
    for (text, want) in [
        ("30", 30.0),
        ("0", 0.0),
        ("1.5", 1.5),
        (".5s", 0.5),
        ("200ms", 0.2),
        ("1m30s", 90.0),
        ("1M30S", 90.0),
        ("1m30", 90.0),
        ("2d", 172_800.0),
        ("1.5h", 5_400.0),
        ("1d2h3m4s5ms", 93_784.005),
    ] {
        assert_eq!(seconds(text), Some(want), "{text}");
    }
    for text in
        ["", "s", "-1", "+1", "1 s", " 1", "1x", "1e3", "inf", "nan", ".", "1.2.3", "99999999999d", "1sm"]
    {
        assert_eq!(seconds(text), None, "{text}");
    }
}

#[test]
fn sizes_are_parsed_as_by_gnu_parallel() {
    for (text, want) in [
        ("0", 0),
        ("4096", 4096),
        ("1k", 1000),
        ("1K", 1024),
        ("1Ki", 1024),
        ("1ki", 1024),
        ("1M", 1 << 20),
        ("1m", 1_000_000),
        ("1.5G", 3 << 29),
        ("2GiB", 2 << 30),
        ("100kb", 100_000),
        ("2Gib", 2 << 30),
        ("1t", 1_000_000_000_000),
        ("1E", 1 << 60),
    ] {
        assert_eq!(size(text), Ok(want), "{text}");
    }
    for text in ["", "k", "-1", "1x", "1KK", "1 k", "16E", "99999999999999999999", "1b"] {
        assert!(size(text).is_err(), "{text}");
    }
}

#[test]
fn ratios_and_counts() {
    assert_eq!((ratio("0.8"), ratio("80%"), ratio("0")), (Ok(0.8), Ok(0.8), Ok(0.0)));
    for text in ["", "%", "-1", "1%%", "nan", "0,8"] {
        assert!(ratio(text).is_err(), "{text}");
    }
    let resolved = |text: &str| count(text).ok().map(|c| c.resolve(4.0));
    assert_eq!(resolved("8"), Some(Some(8)));
    assert_eq!(resolved("150%"), Some(Some(6)));
    assert_eq!(resolved("1%"), Some(Some(1)));
    assert_eq!(resolved("+2"), Some(Some(6)));
    assert_eq!(resolved("-1"), Some(Some(3)));
    assert_eq!(resolved("-9"), Some(Some(1)));
    assert_eq!((resolved("0"), resolved("auto")), (Some(None), Some(None)));
    assert_eq!((count("0"), count("auto")), (Ok(Count::Unlimited), Ok(Count::Auto)));
    assert_eq!(Count::CoresPlus(0).resolve(1.5), Some(2));
    for text in ["", "+", "-", "%", "0%", "--1", "+-1", "1.5", "4294967296", "x", "AUTO"] {
        assert!(count(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in any::<String>()) {
        let _ = (duration(&text), size(&text), ratio(&text), count(&text));
    }

    #[test]
    fn nothing_like_a_number_panics(text in "[-+0-9.%kKmMgGiIeEsShHdDB]{0,24}") {
        let _ = (size(&text), ratio(&text));
        if let Ok(d) = duration(&text) {
            prop_assert!(d.as_secs_f64() <= LONGEST_S);
        }
        if let Ok(c) = count(&text) {
            prop_assert!(c.resolve(64.0).is_none_or(|n| n >= 1));
        }
    }

    #[test]
    fn units_add_up(d in 0u64..100, h in 0u64..100, m in 0u64..1000, s in 0u64..1000) {
        let want = Duration::from_secs(d * 86_400 + h * 3_600 + m * 60 + s);
        prop_assert_eq!(duration(&format!("{d}d{h}h{m}m{s}s")), Ok(want));
    }
}
