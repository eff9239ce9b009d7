use super::super::double::{Double, Screen, screen};
use super::super::rows::Look;
use super::*;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

fn model(done: u64) -> Box<ViewModel> {
    Box::new(ViewModel { done, elapsed: Duration::from_secs(9), ..ViewModel::default() })
}

fn live(columns: u16) -> (Status, Arc<Double>, Arc<Mutex<Vec<u8>>>) {
    let log = Arc::default();
    let double = Double::terminal(columns, &log);
    let clock = Arc::new(RunClock::new());
    let look = Look { colour: true, ..Look::default() };
    (Status::new(Progress::Bar { look }, clock, &double.output(), double.output()), double, log)
}

const WORKERS: &str = "0 running (limit 0)  0 waiting";

#[test]
fn a_view_is_overwritten_and_cleared() {
    let (mut status, double, _) = live(60);
    for done in 1..4 {
        status.update(Some(model(done)));
        status.show(true);
        assert_eq!(screen(&double.bytes(), 60), [format!("{done}  0/s  elapsed 9s"), WORKERS.into()]);
    }
    status.finish(true);
    assert!(screen(&double.bytes(), 60).is_empty());
    assert!(!double.text().contains('?'), "no mode of the terminal is touched");
}

#[test]
fn output_without_a_newline_keeps_its_line() {
    let (mut status, double, log) = live(60);
    log.lock().unwrap().extend_from_slice(b"half a line");
    status.update(Some(model(1)));
    status.show(false);
    assert_eq!(screen(&double.bytes(), 60), ["half a line", "1  0/s  elapsed 9s", WORKERS]);
    status.clear();
    assert_eq!(screen(&double.bytes(), 60), ["half a line"]);
}

#[test]
fn a_view_is_cleared_whole_after_the_terminal_became_narrower() {
    for wraps in [true, false] {
        for columns in 1..60 {
            let (mut status, double, log) = live(60);
            log.lock().unwrap().extend_from_slice(b"output\n");
            status.update(Some(model(1)));
            status.show(true);
            let mut screen = Screen::new(60);
            screen.take(&double.bytes());
            screen.narrow(columns, wraps);
            let above = if wraps { 6usize.div_ceil(columns) } else { 1 };
            assert!(screen.shown().len() > above);
            log.lock().unwrap().clear();
            *double.size.lock().unwrap() = Some((columns as u16, 24));
            // Overwritten, and then cleared.
            status.show(true);
            status.clear();
            screen.take(&double.bytes());
            assert_eq!(screen.shown().len(), above, "{wraps} {columns}: {:?}", screen.shown());
        }
    }
}

#[test]
fn a_view_with_an_echoed_interrupt_key_is_cleared() {
    for columns in 4..70 {
        let (mut status, double, log) = live(columns);
        status.update(Some(model(1)));
        status.show(true);
        log.lock().unwrap().extend_from_slice(b"^C");
        status.finish(true);
        assert!(screen(&double.bytes(), columns.into()).is_empty(), "{columns} columns");
    }
}

#[test]
fn the_view_follows_the_width_of_the_terminal() {
    let (mut status, double, log) = live(60);
    status.update(Some(model(1)));
    status.show(true);
    status.clear();
    log.lock().unwrap().clear();
    for (size, width) in [(Some((12, 24)), 12), (Some((1, 1)), 1), (None, 80)] {
        *double.size.lock().unwrap() = size;
        status.show(true);
        assert!(screen(&double.bytes(), width).iter().all(|line| line.len() < 80));
        status.clear();
        assert!(screen(&double.bytes(), width).is_empty());
        log.lock().unwrap().clear();
    }
}

#[test]
fn in_the_background_nothing_is_drawn() {
    let (mut status, double, _) = live(60);
    double.elsewhere.store(true, Ordering::SeqCst);
    status.update(Some(model(1)));
    status.show(true);
    assert!(double.bytes().is_empty());
    assert_eq!(status.due_in(), None);
    double.elsewhere.store(false, Ordering::SeqCst);
    status.update(Some(model(2)));
    status.show(true);
    assert_eq!(screen(&double.bytes(), 60).len(), 2);
}

#[test]
fn a_view_is_due_after_a_change_and_after_a_clear() {
    let (mut status, _double, _) = live(60);
    assert_eq!(status.due_in(), None);
    status.update(Some(model(1)));
    assert!(status.due_in().is_some_and(|due| due <= REDRAW));
    status.show(true);
    assert_eq!(status.due_in(), None);
    status.clear();
    assert!(status.due_in().is_some_and(|due| due <= REDRAW_AFTER_CLEAR));
    status.suspend();
    assert_eq!(status.due_in(), None);
    status.resume();
    assert!(status.due_in().is_some());
}

#[test]
fn a_short_run_does_not_flicker() {
    let (mut status, _double, _) = live(60);
    status.update(Some(Box::new(ViewModel { elapsed: Duration::from_millis(30), ..ViewModel::default() })));
    assert_eq!(status.due_in(), None);
}

#[test]
fn a_panic_clears_the_view() {
    let (mut status, double, _) = live(60);
    status.update(Some(model(1)));
    status.show(true);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _owned = status;
        std::panic::resume_unwind(Box::new(()));
    }));
    assert!(panicked.is_err());
    assert!(screen(&double.bytes(), 60).is_empty(), "{:?}", double.text());
}

fn lines(kind: Progress, views: u64) -> String {
    let double = Double::pipe();
    let mut status = Status::new(kind, Arc::new(RunClock::new()), &double.output(), double.output());
    for done in 0..views {
        status.update(Some(model(done)));
    }
    status.finish(true);
    double.text()
}

#[test]
fn a_last_line_is_written_on_request() {
    let every = Duration::from_secs(30);
    assert_eq!(lines(Progress::Plain { every, last: false }, 3), "");
    assert_eq!(lines(Progress::Plain { every, last: true }, 0), "");
    let last = "apool: 00:00:00Z 2 done, 0/s, elapsed 9s, 0 running (limit 0), 0 waiting\n";
    assert_eq!(lines(Progress::Plain { every, last: true }, 3), last);
    let json = lines(Progress::Json { every }, 3);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["done"], 2);
    assert_eq!(lines(Progress::None, 3), "");
}

/// A view on a terminal, beside a pipe.
fn beside_a_pipe() -> (Status, Arc<Double>, Arc<Double>) {
    let (terminal, pipe) = (Double::terminal(60, &Arc::default()), Double::pipe());
    *pipe.unread.lock().unwrap() = Some(0);
    let clock = Arc::new(RunClock::new());
    let kind = Progress::Bar { look: Look::default() };
    (Status::new(kind, clock, &pipe.output(), terminal.output()), terminal, pipe)
}

#[test]
fn a_view_beside_a_pipe_is_below_an_empty_row_and_cleared_before_output() {
    let (mut status, terminal, pipe) = beside_a_pipe();
    assert!(status.clears_for_pipe());
    status.update(Some(model(1)));
    status.show(true);
    assert_eq!(screen(&terminal.bytes(), 60), ["", "1  0/s  elapsed 9s", WORKERS]);
    // The reader of the pipe prints a line at any time, and the view is drawn again below it.
    terminal.log.lock().unwrap().extend_from_slice(b"late line\n");
    status.show(true);
    assert_eq!(screen(&terminal.bytes(), 60), ["late line", "", "1  0/s  elapsed 9s", WORKERS]);
    assert_eq!(status.erase(Stream::Stdout), b"", "the pipe gets nothing of the view");
    assert_eq!(screen(&terminal.bytes(), 60), ["late line"]);
    assert!(pipe.bytes().is_empty());
    let (_, _, regular) = beside_a_pipe();
    *regular.unread.lock().unwrap() = None;
    let kind = Progress::Bar { look: Look::default() };
    let status = Status::new(kind, Arc::new(RunClock::new()), &regular.output(), terminal.output());
    assert!(!status.clears_for_pipe(), "nobody prints what goes to a file");
}

#[test]
fn a_view_beside_a_pipe_waits_for_its_reader() {
    let (mut status, _terminal, pipe) = beside_a_pipe();
    status.update(Some(model(1)));
    status.show(true);
    status.erase(Stream::Stdout);
    let cleared = status.cleared_at;
    let after = |ms| cleared + Duration::from_millis(ms);
    *pipe.unread.lock().unwrap() = Some(9);
    assert_eq!(status.pipe_settles_in(after(400)), PIPE_SETTLE, "it has read nothing");
    *pipe.unread.lock().unwrap() = Some(0);
    assert_eq!(status.pipe_settles_in(after(404)), PIPE_SETTLE.saturating_sub(Duration::from_millis(4)));
    assert_eq!(status.pipe_settles_in(after(410)), Duration::ZERO, "it has had time to print");
    *pipe.unread.lock().unwrap() = Some(9);
    assert_eq!(status.pipe_settles_in(after(500)), Duration::ZERO, "it may be slow and print nothing");
}

#[test]
fn an_unchanged_view_is_not_written_again() {
    let (mut status, double, _) = live(60);
    status.update(Some(model(1)));
    status.show(true);
    let written = double.writes.load(Ordering::SeqCst);
    status.update(Some(model(1)));
    status.show(true);
    assert_eq!(double.writes.load(Ordering::SeqCst), written);
    *double.size.lock().unwrap() = Some((50, 24));
    status.show(true);
    assert_eq!(double.writes.load(Ordering::SeqCst), written + 1, "the terminal has changed");
    assert!(status.holds_output().is_some());
    status.clear();
    assert_eq!(status.holds_output(), None);
}

#[test]
fn a_progress_in_the_tab_is_written_when_it_changes_and_removed() {
    let log = Arc::default();
    let double = Double::terminal(60, &log);
    let look = Look { tab: true, ..Look::default() };
    let clock = Arc::new(RunClock::new());
    let mut status = Status::new(Progress::Bar { look }, clock, &double.output(), double.output());
    for done in [1, 1, 2] {
        let view =
            ViewModel { total: Some(4), elapsed: Duration::from_secs(9), done, ..ViewModel::default() };
        status.update(Some(Box::new(view)));
        status.show(true);
    }
    status.finish(true);
    let text = double.text();
    let sent: Vec<&str> =
        text.split("\x1b]9;4;").skip(1).map(|rest| rest.split('\x1b').next().unwrap()).collect();
    assert_eq!(sent, ["1;25", "1;50", "0;"]);
}
