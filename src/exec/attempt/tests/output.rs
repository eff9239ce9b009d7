//! Captured and streamed output: complete, exact, bounded.

use super::*;
use crate::exec::Capture;

fn pattern(bytes: usize) -> Vec<u8> {
    vec![b'p'; bytes]
}

fn printed(exec: &Executor, bytes: usize) -> Attempt {
    let attempt = run(exec, misbehave(&["print", &bytes.to_string(), "p"], OutputMode::Capture));
    assert_eq!(attempt.outcome, Outcome::Exited(0));
    attempt
}

fn written(capture: &Capture) -> Vec<u8> {
    let mut file = tempfile::tempfile().unwrap();
    capture.write_to(&file).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let mut all = Vec::new();
    file.read_to_end(&mut all).unwrap();
    all
}

#[test]
fn output_of_every_size_is_captured_whole() {
    let exec = executor();
    for bytes in [0, 1, 2047, 2048, 2049, 16 * 1024, 16 * 1024 + 1, 65_536, 65_537, 300_000, 2 << 20, 5 << 20]
    {
        let attempt = printed(&exec, bytes);
        assert_eq!(attempt.out.len(), bytes as u64);
        assert_eq!(attempt.out.is_empty(), bytes == 0);
        let expected = pattern(bytes);
        assert!(written(&attempt.out) == expected, "{bytes} written");
        assert!(text(&attempt.out).as_bytes() == expected, "{bytes} read");
        assert_eq!(attempt.out.tail(10).unwrap(), pattern(bytes.min(10)));
        match (bytes, &attempt.out) {
            (0..=16_384, Capture::Memory(_))
            | (16_385..=2_097_152, Capture::Blocks(..))
            | (2_097_153.., Capture::Spilled(..)) => {}
            (_, other) => panic!("{bytes} bytes in {other:?}"),
        }
    }
}

#[test]
fn without_memory_output_goes_to_a_file() {
    let exec = executor_with(|config| config.memory = 0);
    let attempt = printed(&exec, 200_000);
    assert!(matches!(attempt.out, Capture::Spilled(_, 200_000)));
    assert!(written(&attempt.out) == pattern(200_000));
    // Two reads, each from the start.
    assert!(written(&attempt.out) == pattern(200_000));
    assert_eq!(attempt.out.tail(3).unwrap(), b"ppp");
}

#[test]
fn blocks_are_free_when_the_output_is_dropped() {
    let exec = executor_with(|config| config.memory = 4 * crate::exec::blocks::BLOCK);
    for _ in 0..3 {
        let first = printed(&exec, 200_000);
        assert!(matches!(first.out, Capture::Blocks(..)));
        assert!(matches!(printed(&exec, 200_000).out, Capture::Spilled(..)));
    }
}

#[test]
fn output_that_cannot_be_stored_fails_the_job() {
    let exec = executor_with(|config| {
        config.memory = 0;
        config.spill_directory = "/no/such/place".into();
    });
    let attempt = run(&exec, misbehave(&["print", "100000"], OutputMode::Capture));
    let Outcome::Stopped(StopReason::OutputLost(why)) = attempt.outcome else {
        panic!("{:?}", attempt.outcome)
    };
    assert_eq!(why, "temporary file in \"/no/such/place\": No such file or directory");
    // Output that needs no file is unaffected.
    assert_eq!(printed(&exec, 16_000).out.len(), 16_000);
}

#[test]
fn lines_come_whole_while_the_job_runs() {
    let exec = executor();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let attempt = exec.run(
        misbehave(&["spam-both", "3000"], OutputMode::Lines),
        Slot(1),
        TaskId(1),
        None,
        &mut |stream, lines| {
            assert_eq!(lines.last(), Some(&b'\n'));
            if stream == Stream::Stdout { &mut out } else { &mut err }.extend_from_slice(lines);
        },
    );
    assert_eq!(attempt.outcome, Outcome::Exited(0));
    assert!(attempt.out.is_empty() && attempt.err.is_empty());
    let all = |word: &str| (1..=3000).flat_map(|n| format!("{word} {n}\n").into_bytes()).collect::<Vec<u8>>();
    assert!(out == all("out"));
    assert!(err == all("err"));
}

#[test]
fn a_last_line_without_an_end_is_handed_on() {
    let exec = executor();
    let mut got = Vec::new();
    let job = spec(["printf", "a\\nb"], OutputMode::Lines);
    exec.run(job, Slot(1), TaskId(1), None, &mut |_, lines| got.extend_from_slice(lines));
    assert_eq!(got, b"a\nb");
}

#[test]
fn inherited_output_is_not_captured() {
    let exec = executor();
    let attempt = run(&exec, spec(["true"], OutputMode::Inherit));
    assert_eq!(attempt.outcome, Outcome::Exited(0));
    assert!(attempt.out.is_empty());
}

/// Even with no leak time and a slow consumer.
#[test]
fn output_of_an_exited_job_is_read_to_its_end() {
    let exec = executor_with(|config| config.leak = Duration::ZERO);
    for _ in 0..20 {
        assert_eq!(printed(&exec, 60_000).out.len(), 60_000);
        let mut count = 0;
        let job = misbehave(&["lines", "5000"], OutputMode::Lines);
        let attempt = exec.run(job, Slot(1), TaskId(1), None, &mut |_, bytes| {
            count += memchr::memchr_iter(b'\n', bytes).count();
            // This wait makes the consumer slow.
            std::thread::sleep(Duration::from_millis(2));
        });
        assert_eq!((attempt.outcome, count), (Outcome::Exited(0), 5000));
    }
}
