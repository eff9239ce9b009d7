use super::super::view::tests::model;
use super::super::view::{RunningJob, ViewModel};
use super::*;
use unicode_width::UnicodeWidthStr;

fn paint(look: Look, view: &ViewModel, columns: usize, height: usize) -> Vec<String> {
    Painter::new(look).paint(view, columns, height)
}

#[test]
fn the_bar_has_the_width_of_the_terminal() {
    for columns in [40, 41, 80, 200, 1000] {
        for look in [Look::default(), Look { unicode: true, ..Look::default() }] {
            let drawn = paint(look, &model(), columns, 24);
            assert_eq!(drawn[0].width(), columns, "{drawn:?}");
            assert_eq!(drawn[1..], rows(&model(), columns, 24, look).below);
        }
    }
    let drawn = paint(Look::default(), &model(), 47, 24);
    assert_eq!(drawn[0], "[=========>                            ]   24 %");
    let drawn = paint(Look { unicode: true, ..Look::default() }, &model(), 47, 24);
    assert_eq!(drawn[0], "━━━━━━━━━╸──────────────────────────────   24 %");
}

#[test]
fn the_bar_is_full_when_all_jobs_are_done() {
    let painter = Painter::new(Look::default());
    let bar =
        |done, total| painter.paint(&ViewModel { done, total: Some(total), ..model() }, 47, 24)[0].clone();
    assert_eq!(bar(0, 5), "[                                      ]    0 %");
    assert_eq!(bar(5, 5), "[======================================]  100 %");
    // The total was estimated too low.
    assert_eq!(bar(7, 5), "[======================================]  100 %");
    assert_eq!(bar(1, 5), "[=======>                              ]   20 %", "the total may grow");
}

#[test]
fn colour_is_decided_by_the_caller() {
    let coloured = paint(Look { colour: true, unicode: true, tab: false }, &model(), 60, 24);
    assert!(coloured[0].starts_with("\x1b[32m━"), "{:?}", coloured[0]);
    assert!(coloured[0].contains("╸\x1b[0m\x1b[2m─"), "{:?}", coloured[0]);
    assert!(coloured[0].ends_with("─\x1b[0m   24 %"), "{:?}", coloured[0]);
    assert!(!paint(Look::default(), &model(), 60, 24).join("").contains('\x1b'));
}

#[test]
fn any_size_is_drawn_within_the_terminal() {
    let name = "👨\u{200d}👩\u{200d}👧漢字\ttab {wide_bar} {msg}\x1b[2J";
    let job = RunningJob { command: name.repeat(9).into_bytes(), ..RunningJob::default() };
    let view = ViewModel { oldest: vec![job; 8], ..model() };
    let painter = Painter::new(Look { unicode: true, ..Look::default() });
    for columns in (0..130).chain([999, 1000, 1001, 70_000]) {
        for height in [0, 1, 2, 5, 6, 7, 8, 24, 60_000] {
            let drawn = painter.paint(&view, columns, height);
            assert!(drawn.len() <= height, "{columns}x{height}: {drawn:?}");
            for row in &drawn {
                assert!(row.width() <= columns, "{columns}x{height}: {row:?}");
                assert!(!row.contains(char::is_control), "{row:?}");
            }
        }
    }
}
