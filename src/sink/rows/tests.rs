use super::super::view::tests::model;
use super::super::view::{Activity, RunningJob};
use super::*;
use std::time::Duration;

const NO_COLOUR: Look = Look { colour: false, unicode: false, tab: false };

fn below(view: &ViewModel, columns: usize, height: usize) -> Vec<String> {
    rows(view, columns, height, NO_COLOUR).below
}

#[test]
fn a_wide_terminal_shows_everything() {
    let shown = rows(&model(), 200, 24, NO_COLOUR);
    assert_eq!(shown.bar, Some((1234, 5000, "   24 %".to_owned())));
    assert_eq!(
        shown.below,
        [
            "1234/5000  3 failed  56.1/s  ETA 1m07s  elapsed 22s",
            "8 running (limit 12, max 64)  3758 waiting  CPU 31 %  memory 40 %  +4: queue 812, CPU 31 %",
            "     4s  job 1230: scan big.iso",
            "     1s  job 1231: scan 1",
            "     0s  job 1240: scan 2",
        ]
    );
}

#[test]
fn the_rows_of_jobs_follow_the_height() {
    let oldest = (0..20).map(|seq| RunningJob { seq, ..RunningJob::default() }).collect();
    let view = ViewModel { oldest, ..model() };
    let jobs = |height| below(&view, 80, height).iter().filter(|row| row.contains("  job ")).count();
    let counts = [5, 6, 7, 10, 16, 24, 32, 50, 1000].map(jobs);
    assert_eq!(counts, [0, 2, 3, 3, 4, 6, 8, 8, 8]);
    for height in 0..60 {
        let shown = rows(&view, 80, height, NO_COLOUR);
        assert!(
            shown.below.len() + usize::from(shown.bar.is_some()) <= height.max(1).min(height),
            "{height}"
        );
    }
}

#[test]
fn small_terminals_get_what_fits() {
    let two = ["1234/5000 (24 %)  3 failed  56.1/s", "8 running (limit 12, max 64)"];
    let shown = rows(&model(), 38, 24, NO_COLOUR);
    assert_eq!((shown.bar, shown.below), (None, two.map(str::to_owned).to_vec()));
    assert_eq!(below(&model(), 80, 5).len(), 2);
    assert_eq!(below(&model(), 80, 1).len(), 1);
    assert_eq!(below(&model(), 20, 24), ["1234/5000 (24 %)", "8 running (limit 12…"]);
    assert_eq!(below(&model(), 1, 24), ["…", "…"]);
    assert!(below(&model(), 0, 24).is_empty());
}

#[test]
fn without_a_total_there_is_no_bar_and_no_eta() {
    let view = ViewModel { total: None, failed: 0, oldest: Vec::new(), cpu: None, memory: None, ..model() };
    let shown = rows(&view, 200, 24, NO_COLOUR);
    assert_eq!(shown.bar, None);
    assert_eq!(
        shown.below,
        ["1234  56.1/s  elapsed 22s", "8 running (limit 12, max 64)  3758 waiting  +4: queue 812, CPU 31 %"]
    );
    let estimated = ViewModel { total_estimated: true, ..model() };
    let shown = rows(&estimated, 200, 24, NO_COLOUR);
    assert_eq!(shown.bar, Some((1234, 5000, "  ~24 %".to_owned())));
    assert!(shown.below[0].starts_with("1234/~5000  "), "{}", shown.below[0]);
}

#[test]
fn a_wait_has_a_row_and_replaces_the_last_decision() {
    let why = "3.1 GiB free of --memfree 8 GiB";
    let view = ViewModel {
        running: 0,
        limit: 1,
        oldest: Vec::new(),
        activity: Activity::Blocked(why.into()),
        ..model()
    };
    assert_eq!(
        below(&view, 80, 24)[1..],
        [
            "waiting: 3.1 GiB free of --memfree 8 GiB",
            "0 running (limit 1, max 64)  3758 waiting  CPU 31 %  memory 40 %"
        ]
    );
    assert_eq!(below(&view, 38, 24)[1], "waiting: 3.1 GiB free of --memfree 8 …", "instead of the workers");
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
    let colour = Look { colour: true, ..NO_COLOUR };
    for width in [0, 1, 20, 80, 200] {
        let coloured: Vec<_> =
            rows(&model(), width, 24, colour).below.iter().map(|line| strip(line)).collect();
        assert_eq!(below(&model(), width, 24), coloured);
    }
    assert!(rows(&model(), 80, 24, colour).below[0].contains("\x1b[31m3 failed\x1b[0m"));
}

#[test]
fn no_row_is_too_wide_and_names_are_escaped() {
    let (family, heart) = ("👨\u{200d}👩\u{200d}👧".repeat(20), "❤\u{fe0f}".repeat(60));
    let names =
        [&family, &heart, "漢字漢字漢字漢字", "\x1b[2J\r\u{202e}abc", "e\u{301}\u{301}", &"x".repeat(5000)];
    for name in names {
        for word in ["+1: why", "漢字漢字漢字漢字漢字"] {
            let job = RunningJob { seq: 1, command: name.into(), age: Duration::from_secs(1) };
            let view = ViewModel { oldest: vec![job], last_word: word.into(), ..model() };
            for width in 0..220 {
                for line in below(&view, width, 24) {
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
fn a_part_cut_too_short_is_left_out() {
    let second = |width| below(&model(), width, 24)[1].clone();
    assert_eq!(second(70), "8 running (limit 12, max 64)  3758 waiting  CPU 31 %  memory 40 %");
    assert!(second(100).ends_with("+4: queue 812, CPU 31 %"), "{}", second(100));
    assert!(second(85).ends_with("  +4: queue 812, CP…"), "{}", second(85));
}
