//! Tests of the whole sink: a real thread, pipes, files and doubles.

use super::double::{Double, Step};
use super::sender::PERMITS;
use super::*;
use crate::exec::{Capture, Stream};
use crate::job::Seq;
use adaptive_pool::time::RunClock;
use crossbeam_channel::unbounded;
use proptest::prelude::*;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

pub(super) fn config(stdout: Output, stderr: Output) -> SinkConfig {
    SinkConfig {
        clock: Arc::new(RunClock::new()),
        stdout,
        stderr,
        order: Order::Finished,
        grouping: Grouping::Job,
        first: Seq(1),
        name: "apool",
        spill_directory: std::env::temp_dir(),
        report_emitted: true,
        progress: Progress::None,
        groups: false,
    }
}

pub(super) fn memory(text: &str) -> Capture {
    Capture::Memory(text.as_bytes().to_vec())
}

pub(super) fn spilled(text: &str) -> Capture {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    Capture::Spilled(file, text.len() as u64)
}

fn none() -> Capture {
    Capture::Memory(Vec::new())
}

/// Runs a sink on two pipes. Returns both outputs, the events and the report.
fn run(
    change: impl FnOnce(&mut SinkConfig),
    act: impl FnOnce(SinkSender),
) -> (String, String, Vec<SinkEvent>, SinkReport) {
    let (out, err) = (Double::pipe(), Double::pipe());
    let mut config = config(out.output(), err.output());
    change(&mut config);
    let (tx, rx) = unbounded();
    let sink = Sink::start(config, tx).unwrap();
    act(sink.sender());
    let report = sink.finish();
    (out.text(), err.text(), rx.into_iter().collect(), report)
}

fn emitted(events: &[SinkEvent]) -> Vec<u64> {
    let mut all = Vec::new();
    for event in events {
        match event {
            SinkEvent::Emitted(jobs) => all.extend(jobs.iter().map(|seq| seq.0)),
            SinkEvent::Broken { error, .. } => panic!("{error}"),
        }
    }
    all
}

fn tag(text: &str) -> Tag {
    Arc::from(text.as_bytes())
}

#[test]
fn jobs_are_printed_whole_in_the_order_of_their_end() {
    let big = "y".repeat(100_000);
    let (out, err, events, report) = run(
        |_| {},
        |sender| {
            sender.done(Seq(2), None, memory("b"), memory("eb\n"));
            sender.done(Seq(1), None, spilled("a\n"), none());
            sender.done(Seq(3), None, memory(&big), spilled("ec\n"));
            assert!(!sender.needs(&none(), &none()) && sender.needs(&none(), &memory("x")));
        },
    );
    assert_eq!(out, format!("ba\n{big}"));
    assert_eq!(err, "eb\nec\n");
    assert_eq!(emitted(&events), [2, 1, 3]);
    let expected = SinkReport { emitted: 3, stdout_bytes: 100_003, stderr_bytes: 6, broken: false };
    assert_eq!(report, expected);
}

#[test]
fn both_streams_of_a_job_reach_one_file_in_order() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let open = || Output::from(OwnedFd::from(File::options().append(true).open(file.path()).unwrap()));
    let (tx, _rx) = unbounded();
    let sink = Sink::start(config(open(), open()), tx).unwrap();
    for seq in 1..=3 {
        sink.sender().done(Seq(seq), Some(tag(&seq.to_string())), spilled("o\n"), memory("e\n"));
        sink.sender().line(format!("after {seq}"));
    }
    assert_eq!(sink.finish().emitted, 3);
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert_eq!(text, "1\to\n1\te\nafter 1\n2\to\n2\te\nafter 2\n3\to\n3\te\nafter 3\n");
}

#[test]
fn in_input_order_only_the_head_is_written_at_once() {
    let (out, err, events, _) = run(
        |config| (config.order, config.grouping) = (Order::Input, Grouping::Line),
        |sender| {
            sender.chunk(Seq(3), Stream::Stdout, Some(tag("c")), b"3a\n".to_vec());
            sender.chunk(Seq(1), Stream::Stdout, Some(tag("a")), b"1a\n".to_vec());
            sender.chunk(Seq(3), Stream::Stdout, Some(tag("c")), b"3b".to_vec());
            sender.done(Seq(3), Some(tag("c")), memory("!"), memory("e3\n"));
            sender.done(Seq(5), None, none(), none());
            sender.skip(Seq(2));
            sender.chunk(Seq(1), Stream::Stdout, Some(tag("a")), b"1b\n1".to_vec());
            sender.chunk(Seq(1), Stream::Stdout, Some(tag("a")), b"c\n".to_vec());
            sender.done(Seq(1), Some(tag("a")), none(), none());
            sender.skip(Seq(4));
        },
    );
    assert_eq!(out, "a\t1a\na\t1b\na\t1c\nc\t3a\nc\t3b!");
    assert_eq!(err, "c\te3\n");
    assert_eq!(emitted(&events), [1, 3, 5]);
}

#[test]
fn buffered_output_is_written_at_the_end() {
    let (out, _, events, _) = run(
        |config| config.order = Order::Input,
        |sender| {
            sender.done(Seq(4), None, memory("4"), none());
            sender.done(Seq(2), None, spilled("2"), none());
            sender.chunk(Seq(3), Stream::Stdout, None, b"3".to_vec());
        },
    );
    assert_eq!((out.as_str(), emitted(&events)), ("234", vec![2, 4]));
}

#[test]
fn a_lost_output_is_reported_once_and_blocks_nothing() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut broken = vec![(OwnedFd::from(writer), ErrorKind::BrokenPipe)];
    if let Ok(full) = File::options().write(true).open("/dev/full") {
        broken.push((full.into(), ErrorKind::StorageFull));
    }
    for (fd, kind) in broken {
        let (_, err, mut events, report) = run(
            |config| config.stdout = Output::from(fd),
            |sender| {
                for seq in 1..=10 * PERMITS as u64 {
                    sender.done(Seq(seq), None, memory("x\n"), none());
                }
                for _ in 0..2 * PERMITS {
                    sender.line_of_job("$ true");
                }
                sender.line("apool: it is full");
            },
        );
        assert_eq!(err, "$ true\n".repeat(2 * PERMITS) + "apool: it is full\n");
        assert!(report.broken && report.emitted == 0 && report.stdout_bytes == 0);
        let Some(SinkEvent::Broken { stream: Stream::Stdout, error }) = events.pop() else { panic!() };
        assert_eq!((error.kind(), events.len()), (kind, 0));
    }
}

#[test]
fn a_concluded_sink_ends_unless_output_was_lost() {
    let run = |out: &Arc<Double>| {
        let err = Double::pipe();
        let sink = Sink::start(config(out.output(), err.output()), unbounded().0).unwrap();
        let to = sink.sender();
        to.done(Seq(1), None, memory("a\n"), none());
        let lost = to.conclude().recv().is_ok();
        to.line("so it is");
        (lost, sink.finish(), out.text(), err.text())
    };
    let (lost, report, out, err) = run(&Double::pipe());
    assert_eq!((lost, report.emitted, report.broken, &*out, &*err), (false, 1, false, "a\n", ""));
    let (lost, report, out, err) = run(&Double::with([Step::Fail(ErrorKind::StorageFull)]));
    assert_eq!((lost, report.emitted, report.broken, &*out, &*err), (true, 0, true, "", "so it is\n"));
}

#[test]
fn a_message_that_cannot_be_written_breaks_nothing() {
    let (out, _, events, report) = run(
        |config| config.stderr = Double::with([Step::Fail(ErrorKind::StorageFull)]).output(),
        |sender| {
            sender.line("nobody reads this");
            sender.done(Seq(1), None, memory("x"), none());
        },
    );
    assert_eq!((out.as_str(), emitted(&events), report.broken), ("x", vec![1], false));
}

#[test]
fn a_slow_reader_blocks_only_job_output() {
    let double = Double::pipe();
    let (tx, rx) = unbounded();
    let sink = Sink::start(config(double.output(), Double::pipe().output()), tx).unwrap();
    let sender = sink.sender();
    let gate = double.gate.lock().unwrap();
    for seq in 1..=PERMITS as u64 {
        sender.done(Seq(seq), None, memory("line\n"), none());
    }
    // These never wait, even without a free permit.
    for _ in 0..1000 {
        sender.view(ViewModel::default());
        sender.skip(Seq(9));
    }
    drop(gate);
    let report = sink.finish();
    assert_eq!(emitted(&rx.into_iter().collect::<Vec<_>>()).len(), PERMITS);
    assert_eq!((double.text(), report.emitted), ("line\n".repeat(PERMITS), PERMITS as u64));
    assert!(double.writes.load(SeqCst) <= 3, "{} calls", double.writes.load(SeqCst));
}

#[test]
fn discarded_output_is_not_written() {
    let double = Double::pipe();
    let (tx, rx) = unbounded();
    let sink = Sink::start(config(double.output(), Double::pipe().output()), tx).unwrap();
    sink.sender().discard();
    sink.sender().done(Seq(1), None, memory("x"), none());
    assert!(sink.finish().broken);
    assert_eq!((double.text().as_str(), rx.into_iter().count()), ("", 0));
}

#[test]
fn a_stuck_reader_can_be_abandoned() {
    let double = Double::pipe();
    let (tx, _rx) = unbounded();
    let sink = Sink::start(config(double.output(), Double::pipe().output()), tx).unwrap();
    let gate = double.gate.lock().unwrap();
    sink.sender().done(Seq(1), None, memory("x"), none());
    assert_eq!(sink.finish_with(|report| report.recv_timeout(Duration::from_millis(1)).ok()), None);
    drop(gate);
}

#[test]
fn senders_do_not_wait_for_an_ended_sink() {
    let (tx, _rx) = unbounded();
    let sink = Sink::start(config(Double::pipe().output(), Double::pipe().output()), tx).unwrap();
    let sender = sink.sender();
    sink.finish();
    for seq in 0..3 * PERMITS as u64 {
        sender.done(Seq(seq), None, memory("x"), none());
    }
    sender.suspend();
}

/// On a real terminal the view is drawn, makes room for output, and is cleared. The settings of the terminal do not
/// change.
#[cfg(target_os = "linux")]
#[test]
fn a_real_terminal_is_unchanged_at_the_end() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{tcgetattr, tcsetwinsize};
    use std::io::Read;
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let size = rustix::termios::Winsize { ws_row: 24, ws_col: 50, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let slave = File::options().read(true).write(true).open(name).unwrap();
    let before = format!("{:?}", tcgetattr(&slave).unwrap());
    let open = || Output::from(OwnedFd::from(slave.try_clone().unwrap()));
    let (tx, _rx) = unbounded();
    let progress = Progress::Bar { look: Look { colour: true, ..Look::default() } };
    let sink = Sink::start(SinkConfig { progress, ..config(open(), open()) }, tx).unwrap();
    let (mut master, mut seen, mut block) = (File::from(master), Vec::new(), [0; 4096]);
    let mut until = |text: &str, seen: &mut Vec<u8>| {
        while !String::from_utf8_lossy(seen).contains(text) {
            let read = master.read(&mut block).unwrap();
            seen.extend_from_slice(&block[..read]);
        }
    };
    let view = |done| ViewModel {
        done,
        elapsed: Duration::from_secs(1),
        last_word: "x".repeat(90),
        ..ViewModel::default()
    };
    sink.sender().view(view(1));
    until("…", &mut seen);
    assert_eq!(
        double::screen(&seen, 50),
        ["1  0/s  elapsed 1s", "0 running (limit 0)  0 waiting  xxxxxxxxxxxxxxxx…"]
    );
    sink.sender().done(Seq(1), None, memory("some output\n"), memory("no newline"));
    until("newline", &mut seen);
    sink.sender().view(view(2));
    until("2  0/s", &mut seen);
    sink.finish();
    assert_eq!(format!("{:?}", tcgetattr(&slave).unwrap()), before);
    drop(slave);
    while let Ok(read @ 1..) = master.read(&mut block) {
        seen.extend_from_slice(&block[..read]);
    }
    assert_eq!(double::screen(&seen, 50), ["some output", "no newline"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Any write may fail, for good or temporarily. The accepted bytes are a prefix of the output, and only jobs whose
    /// bytes were all accepted are reported.
    #[test]
    fn only_jobs_with_accepted_output_are_emitted(
        steps in proptest::collection::vec(prop_oneof![
            8 => (1usize..40).prop_map(Step::Take),
            1 => Just(Step::Fail(ErrorKind::WouldBlock)),
            1 => Just(Step::Fail(ErrorKind::StorageFull)),
        ], 0..20),
        sizes in proptest::collection::vec(0usize..60, 1..30),
    ) {
        let double = Double::with(steps);
        let (tx, rx) = unbounded();
        let sink = Sink::start(config(double.output(), Double::pipe().output()), tx).unwrap();
        let mut whole = String::new();
        let mut ends = Vec::new();
        for (index, &size) in sizes.iter().enumerate() {
            let text = format!("{index}:").repeat(size);
            let capture = if index % 3 == 2 { spilled(&text) } else { memory(&text) };
            sink.sender().done(Seq(index as u64), None, capture, none());
            whole += &text;
            ends.push(whole.len());
        }
        let report = sink.finish();
        let accepted = double.text();
        prop_assert!(whole.starts_with(&accepted));
        prop_assert!(report.broken || accepted == whole);
        let mut count = 0;
        for event in rx {
            if let SinkEvent::Emitted(jobs) = event {
                for job in jobs {
                    prop_assert!(ends[job.0 as usize] <= accepted.len());
                    count += 1;
                }
            }
        }
        prop_assert!(report.broken || count == sizes.len());
        prop_assert_eq!(report.emitted, count as u64);
    }
}
