use super::*;

fn model() -> ViewModel {
    ViewModel {
        done: 1234,
        failed: 3,
        total: Some(5000),
        total_estimated: false,
        jobs_per_s: 56.14,
        eta: Some(Duration::from_secs(67)),
        running: 8,
        limit: 12,
        max: 64,
        queued: 812,
        cpu: Some(0.312),
        memory: Some(0.4),
        last_word: "+4: queue 812, CPU 31 %".into(),
        waiting: None,
        elapsed: Duration::from_secs(22),
        longest: Some((b"scan big.iso".to_vec(), Duration::from_secs(4))),
    }
}

#[test]
fn a_wide_terminal_shows_everything() {
    assert_eq!(
        render(&model(), 200, false),
        [
            "[===           ]  1234/5000 (24 %)  3 failed  56.1/s  ETA 1m07s  elapsed 22s",
            "8 of 12 workers (max 64)  queue 812  CPU 31 %  memory 40 %  +4: queue 812, CPU 31 %  longest 4s: scan big.iso",
        ]
    );
}

#[test]
fn eighty_columns_cut_the_end() {
    assert_eq!(
        render(&model(), 80, false),
        [
            "[===           ]  1234/5000 (24 %)  3 failed  56.1/s  ETA 1m07s  elapsed 22s",
            "8 of 12 workers (max 64)  queue 812  CPU 31 %  memory 40 %  +4: queue 812, CPU …",
        ]
    );
}

#[test]
fn narrow_terminals_get_what_fits() {
    assert_eq!(render(&model(), 20, false), ["1234/5000 (24 %)", "8 of 12 workers (ma…"]);
    assert_eq!(render(&model(), 1, false), ["…", "…"]);
    assert!(render(&model(), 0, false).is_empty());
}

#[test]
fn without_a_total_there_is_no_percentage_and_no_eta() {
    let view = ViewModel { total: None, failed: 0, longest: None, cpu: None, memory: None, ..model() };
    assert_eq!(
        render(&view, 200, false),
        ["1234  56.1/s  elapsed 22s", "8 of 12 workers (max 64)  queue 812  +4: queue 812, CPU 31 %"]
    );
}

#[test]
fn an_estimated_total_is_marked() {
    let view = ViewModel { total_estimated: true, ..model() };
    assert!(render(&view, 200, false)[0].contains("  1234/~5000 (24 %)  "));
    assert!(plain_line(&view).starts_with("1234/~5000 (24 %) done, "));
    let object: serde_json::Value = serde_json::from_str(&json(&view)).unwrap();
    assert_eq!((&object["total"], &object["total_estimated"]), (&5000.into(), &true.into()));
}

#[test]
fn colour_changes_no_width() {
    let strip = |line: &str| {
        let mut out = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('\x1b') {
            out.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        out + rest
    };
    for width in [0, 1, 20, 80, 200] {
        let plain = render(&model(), width, false);
        let coloured: Vec<_> = render(&model(), width, true).iter().map(|line| strip(line)).collect();
        assert_eq!(plain, coloured);
    }
    assert!(render(&model(), 80, true)[0].contains("\x1b[31m3 failed\x1b[0m"));
}

#[test]
fn no_line_is_too_wide_and_names_are_escaped() {
    let (family, heart) = ("👨\u{200d}👩\u{200d}👧".repeat(20), "❤\u{fe0f}".repeat(60));
    let names =
        [&family, &heart, "漢字漢字漢字漢字", "\x1b[2J\r\u{202e}abc", "e\u{301}\u{301}", &"x".repeat(5000)];
    for name in names {
        for word in ["+1: why", "漢字漢字漢字漢字漢字"] {
            let longest = Some((name.as_bytes().to_vec(), Duration::from_secs(1)));
            let view = ViewModel { longest, last_word: word.into(), ..model() };
            for width in 0..220 {
                for line in render(&view, width, false) {
                    assert!(line.width() <= width, "{line:?} at {width}");
                    let apart: usize = line.chars().map(|c| c.width().unwrap_or(0)).sum();
                    assert!(apart <= width, "{line:?} at {width} where sequences are shown in parts");
                    assert!(!line.contains(char::is_control) && !line.contains('\u{202e}'), "{line:?}");
                }
            }
        }
    }
}

#[test]
fn times_and_rates_are_short() {
    let times = [0, 59, 67, 7500, 273_600].map(|s| format_duration(Duration::from_secs(s)));
    assert_eq!(times, ["0s", "59s", "1m07s", "2h05m", "3d04h"]);
    let rates = [0.0, f64::NAN, 0.001, 0.5, 9.96, 2345.6].map(format_rate);
    assert_eq!(rates, ["0/s", "0/s", "3.6/h", "30.0/min", "10.0/s", "2346/s"]);
}

#[test]
fn the_plain_line_and_the_json_object() {
    assert_eq!(
        plain_line(&model()),
        "1234/5000 (24 %) done, 3 failed, 56.1/s, ETA 1m07s, elapsed 22s, 8 running (limit 12, max 64), queue 812, \
         CPU 31 %, memory 40 %"
    );
    let view =
        ViewModel { jobs_per_s: f64::NAN, longest: Some((b"a\xff\n".to_vec(), Duration::ZERO)), ..model() };
    let read: serde_json::Value = serde_json::from_str(&json(&view)).unwrap();
    assert_eq!((&read["done"], &read["cpu_percent"]), (&1234.into(), &31.2.into()));
    assert_eq!(read["longest_job"], "a\\xff\n");
    assert!(read["throughput_per_s"].is_null());
    assert!(!json(&view).contains('\n'));
}

#[test]
fn a_part_cut_too_short_is_left_out() {
    let second = |width| render(&model(), width, false)[1].clone();
    assert_eq!(second(52), "8 of 12 workers (max 64)  queue 812  CPU 31 %");
    assert!(second(94).ends_with("+4: queue 812, CPU 31 %"), "{}", second(94));
    assert!(second(100).ends_with("  longest 4s: sc…"), "{}", second(100));
}

#[test]
fn the_reason_of_a_wait_replaces_the_last_decision() {
    let why = "3.1 GiB free, --memfree asks for 8 GiB";
    let view = ViewModel { running: 0, limit: 1, longest: None, waiting: Some(why.into()), ..model() };
    assert_eq!(
        render(&view, 120, false)[1],
        format!("0 of 1 worker (max 64)  waiting: {why}  queue 812  CPU 31 %  memory 40 %")
    );
    assert_eq!(render(&view, 40, false)[1], "0 of 1 worker (max 64)  waiting: 3.1 Gi…");
    let line = plain_line(&view);
    assert!(line.contains(&format!(", 0 running (limit 1, max 64), waiting: {why}, queue 812, ")), "{line}");
    let object: serde_json::Value = serde_json::from_str(&json(&view)).unwrap();
    assert_eq!(object["waiting"], why);
}
