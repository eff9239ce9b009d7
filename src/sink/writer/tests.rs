use super::super::double::{Double, screen};
use super::super::sender::{SinkSender, channel};
use super::super::{Grouping, Progress, ViewModel};
use super::*;
use adaptive_pool::time::RunClock;
use proptest::prelude::*;
use std::sync::{Arc, Mutex};

/// A writer on the thread of the test. Both streams are one terminal of 60 columns.
fn on_a_terminal(order: Order) -> (Writer, SinkSender, Arc<Mutex<Vec<u8>>>) {
    let log = Arc::default();
    let config = SinkConfig {
        name: "apool",
        clock: Arc::new(RunClock::new()),
        stdout: Double::terminal(60, &log).output(),
        stderr: Double::terminal(60, &log).output(),
        order,
        grouping: Grouping::Line,
        first: Seq(1),
        spill_directory: std::env::temp_dir(),
        report_emitted: false,
        progress: Progress::Bar { look: super::super::rows::Look::default() },
        groups: false,
    };
    let (sender, inbox) = channel(&config);
    let (events, _) = crossbeam_channel::unbounded();
    (Writer::new(config, inbox, events), sender, log)
}

fn handle_all(writer: &mut Writer) {
    while let Some(message) = writer.inbox.try_next() {
        writer.handle(message);
    }
    writer.flush_all();
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Out,
    Err,
    Message,
    Show,
}

proptest! {
    /// For any outputs and views, the view is below whole outputs, and it is gone at the end.
    #[test]
    fn the_view_and_the_outputs_never_tear_each_other(
        acts in proptest::collection::vec(proptest::sample::select(vec![Act::Out, Act::Err, Act::Message, Act::Show]), 0..40),
        wide: bool,
    ) {
        let (mut writer, sender, log) = on_a_terminal(Order::Finished);
        let mut expected = Vec::new();
        for (number, act) in acts.into_iter().enumerate() {
            let line = if wide { format!("{number}{}", "x".repeat(50)) } else { format!("line {number}") };
            // Large outputs are not buffered.
            let count = if number % 5 == 4 { 200 } else { 1 };
            let bytes = format!("{line}\n").repeat(count).into_bytes();
            match act {
                Act::Out => sender.chunk(Seq(1), Stream::Stdout, None, bytes),
                Act::Err => sender.chunk(Seq(2), Stream::Stderr, None, bytes),
                Act::Message => sender.line(bytes),
                Act::Show => {
                    sender.view(ViewModel { done: number as u64, elapsed: Duration::from_secs(1), ..ViewModel::default() });
                    handle_all(&mut writer);
                    writer.status.show(writer.at_line_start);
                    let shown = screen(&log.lock().unwrap(), 60);
                    prop_assert_eq!(&shown[..expected.len()], &expected[..]);
                    prop_assert_eq!(&shown[expected.len()..], [format!("{number}  0/s  elapsed 1s"), "0 running (limit 0)  0 waiting".into()]);
                    continue;
                }
            }
            expected.extend(std::iter::repeat_n(line, count));
            handle_all(&mut writer);
        }
        writer.finish();
        prop_assert_eq!(screen(&log.lock().unwrap(), 60), expected);
    }
}

#[test]
fn a_message_and_the_view_begin_lines_of_their_own_on_a_terminal() {
    let (mut writer, sender, log) = on_a_terminal(Order::Finished);
    sender.chunk(Seq(1), Stream::Stdout, None, b"half".to_vec());
    sender.line("apool: said");
    sender.chunk(Seq(1), Stream::Stderr, None, b"again half".to_vec());
    sender.view(ViewModel { elapsed: Duration::from_secs(1), ..ViewModel::default() });
    handle_all(&mut writer);
    writer.status.show(writer.at_line_start);
    writer.at_line_start = true;
    sender.line("apool: more");
    handle_all(&mut writer);
    writer.finish();
    assert_eq!(screen(&log.lock().unwrap(), 60), ["half", "apool: said", "again half", "apool: more"]);
}

#[test]
fn buffered_outputs_of_both_streams_stay_in_order() {
    let (mut writer, sender, log) = on_a_terminal(Order::Finished);
    for seq in 1..4 {
        let line = |name| Capture::Memory(format!("{name}{seq}\n").into_bytes());
        sender.done(Seq(seq), None, line("o"), line("e"));
    }
    handle_all(&mut writer);
    assert_eq!(screen(&log.lock().unwrap(), 60), ["o1", "e1", "o2", "e2", "o3", "e3"]);
}

/// As GNU parallel 20221122 does: `1\ta2\ta`. A job continues its own line without a tag.
#[test]
fn every_job_begins_with_its_tag_even_in_an_unfinished_line() {
    let (mut writer, sender, log) = on_a_terminal(Order::Finished);
    for (seq, text) in [(1, "a"), (2, "b"), (2, "c\nd"), (1, "e\n")] {
        let tag: Tag = Arc::from(seq.to_string().as_bytes());
        sender.chunk(Seq(seq), Stream::Stdout, Some(tag), text.as_bytes().to_vec());
    }
    handle_all(&mut writer);
    assert_eq!(*log.lock().unwrap(), b"1\ta2\tbc\n2\td1\te\n");
}

#[test]
fn a_tag_on_a_terminal_cannot_drive_it() {
    let (mut writer, sender, log) = on_a_terminal(Order::Finished);
    let tag: Tag = Arc::from(&b"\x1b[2Jx\ty"[..]);
    sender.chunk(Seq(1), Stream::Stdout, Some(tag), b"a\n\x1b[31mb".to_vec());
    handle_all(&mut writer);
    assert_eq!(*log.lock().unwrap(), b"\\x1b[2Jx\ty\ta\n\\x1b[2Jx\ty\t\x1b[31mb");
}

#[test]
fn suspend_clears_the_view_before_the_answer() {
    let (mut writer, sender, log) = on_a_terminal(Order::Finished);
    sender.view(ViewModel { elapsed: Duration::from_secs(1), ..ViewModel::default() });
    handle_all(&mut writer);
    writer.status.show(writer.at_line_start);
    let (tx, rx) = crossbeam_channel::bounded(1);
    writer.handle(Message::Suspend(tx));
    assert!(rx.try_recv().is_ok());
    assert!(screen(&log.lock().unwrap(), 60).is_empty());
    assert_eq!(writer.status.due_in(), None);
}
