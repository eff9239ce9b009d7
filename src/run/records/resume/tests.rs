use super::*;
use crate::run::records::joblog::{HEADER, scan};
use proptest::prelude::*;

const ARGUMENTS: Option<JobInput> = Some(JobInput::Arguments);

/// A joblog as GNU parallel 20221122 writes it (`--retries`, a tab and a newline in commands, a timeout).
const GNU: &[u8] = b"1\t:\t1795209535.020\t     0.002\t0\t3\t0\t0\techo hi\n\
2\t:\t1795209535.022\t     0.003\t0\t0\t3\t0\texit 3\n\
3\t:\t1795209535.025\t     0.003\t0\t0\t0\t9\tkill -9 $$\n\
5\t:\t1795209535.030\t     0.002\t0\t3\t0\t0\tprintf \"a\tb\"\n\
6\t:\t1795209535.034\t     0.002\t0\t2\t0\t0\techo 'a b'\n\
4\t:\t1795209535.027\t     0.302\t0\t0\t-1\t15\tsleep 0.3\n\
7\t:\t1795209535.042\t     0.001\t0\t2\t1\t0\techo \\x\0 true \\n\n";

fn recorded(records: &[u8]) -> Recorded {
    let mut recorded = Recorded::default();
    scan(&[HEADER, records].concat()[..], &mut |line, _, command| recorded.add(line, command)).unwrap();
    recorded
}

/// A record of apool.
fn ours(seq: u64, code: i32, text: &str) -> Vec<u8> {
    format!("{seq}\t:\t1.000\t      0.002\t0\t0\t{code}\t0\t{text}\n").into_bytes()
}

#[test]
fn resume_skips_jobs_that_are_recorded_with_this_command() {
    let records = [ours(1, 0, "a"), ours(2, 1, "b\\n"), ours(3, 0, "c"), ours(9, 0, "i")].concat();
    let mut resume = recorded(&records).skip_recorded();
    let decisions = [(1, "a"), (2, "b\n"), (2, "b\\n"), (3, "C"), (4, "a"), (9, "i"), (10, "i")]
        .map(|(seq, command)| resume.decide(Seq(seq), command.as_bytes(), ARGUMENTS));
    assert_eq!(
        decisions,
        [
            ResumeDecision::Skip,
            ResumeDecision::Skip,
            ResumeDecision::Changed,
            ResumeDecision::Changed,
            ResumeDecision::New,
            ResumeDecision::Skip,
            ResumeDecision::New
        ]
    );
    assert_eq!(resume.counts(), Counts { skipped: 3, failed: 0, changed: 2 });
    assert_eq!(resume.records(), 4);
}

#[test]
fn many_jobs_are_distinguished() {
    let records: Vec<u8> = (1..=300).filter(|seq| seq % 3 > 0).flat_map(|seq| ours(seq, 0, "a")).collect();
    let mut resume = recorded(&records).skip_recorded();
    for seq in 1..=400 {
        let decision = if seq % 3 > 0 && seq <= 300 { ResumeDecision::Skip } else { ResumeDecision::New };
        assert_eq!(resume.decide(Seq(seq), b"a", ARGUMENTS), decision, "{seq}");
    }
}

#[test]
fn the_last_record_of_a_job_counts() {
    let records = [
        ours(1, 1, "a"),
        ours(1, 0, "a"),
        ours(2, 0, "b"),
        ours(2, 1, "b"),
        ours(3, 1, "c"),
        ours(3, 0, "d"),
    ];
    let mut resume = recorded(&records.concat()).skip_succeeded();
    let decisions = [(1, "a"), (2, "b"), (3, "c"), (3, "d")]
        .map(|(seq, c)| resume.decide(Seq(seq), c.as_bytes(), ARGUMENTS));
    assert_eq!(
        decisions,
        [ResumeDecision::Skip, ResumeDecision::Failed, ResumeDecision::Failed, ResumeDecision::Skip]
    );
    assert_eq!(resume.counts(), Counts { skipped: 2, failed: 2, changed: 0 });
}

#[test]
fn gnu_parallels_records_count_too() {
    let mut records = GNU.to_vec();
    let decide = |records: &[u8], seq, command: &str| {
        recorded(records).skip_succeeded().decide(Seq(seq), command.as_bytes(), ARGUMENTS)
    };
    assert_eq!(decide(&records, 1, "echo hi"), ResumeDecision::Skip);
    assert_eq!(decide(&records, 2, "exit 3"), ResumeDecision::Failed);
    assert_eq!(decide(&records, 3, "kill -9 $$"), ResumeDecision::Failed);
    assert_eq!(decide(&records, 4, "sleep 0.3"), ResumeDecision::Failed);
    assert_eq!(decide(&records, 5, "printf \"a\tb\""), ResumeDecision::Skip);
    assert_eq!(decide(&records, 5, "printf \"a\\tb\""), ResumeDecision::Changed);
    assert_eq!(decide(&records, 6, "echo a\\ b"), ResumeDecision::Skip);
    assert_eq!(decide(&records, 7, "echo \\x\n true \\n"), ResumeDecision::Failed);
    assert_eq!(decide(&records, 8, "echo hi"), ResumeDecision::New);
    records.extend(ours(2, 0, "exit 3"));
    assert_eq!(decide(&records, 2, "exit 3"), ResumeDecision::Skip);
    records.extend_from_slice(b"2\t:\t1.000\t     0.003\t0\t0\t3\t0\texit 3\n");
    assert_eq!(decide(&records, 2, "exit 3"), ResumeDecision::Failed);
}

#[test]
fn retry_takes_the_commands_from_the_log() {
    use std::io::Write;
    let mut file = tempfile::tempfile().unwrap();
    let long = "x".repeat(10_000);
    let bytes =
        [HEADER, GNU, &ours(2, 0, "exit 3"), &ours(1, 1, "echo\\t\\\\"), &ours(11, 7, &long)].concat();
    file.write_all(&bytes).unwrap();
    let mut list = retry::RetryList::default();
    scan(&bytes[..], &mut |line, offset, _| list.add(line, offset)).unwrap();
    let got: Vec<_> = list.commands(file).map(|job| job.map(|(seq, c)| (seq.0, c)).unwrap()).collect();
    let want: [(u64, &[u8]); 5] = [
        (1, b"echo\t\\"),
        (3, b"kill -9 $$"),
        (4, b"sleep 0.3"),
        (7, b"echo \\x\n true \\n"),
        (11, long.as_bytes()),
    ];
    assert_eq!(got, want.map(|(seq, command)| (seq, command.to_vec())));
}

#[test]
fn a_log_that_changes_during_the_retry_is_an_error() {
    use std::io::Write;
    let mut file = tempfile::tempfile().unwrap();
    let bytes = [HEADER, GNU].concat();
    let mut list = retry::RetryList::default();
    scan(&bytes[..], &mut |line, offset, _| list.add(line, offset)).unwrap();
    file.write_all(&[HEADER, &GNU[1..]].concat()).unwrap();
    assert!(list.commands(file).all(|job| job.is_err()));
}

proptest! {
    /// Compares with a slow model: the last record of (number, command) decides, in any order of records.
    #[test]
    fn agrees_with_a_slow_model(
        records in proptest::collection::vec((1u64..6, 0i32..2, prop_oneof![Just("a"), Just("b"), Just("c")]), 0..30),
    ) {
        let bytes: Vec<u8> = records.iter().flat_map(|(seq, code, text)| ours(*seq, *code, text)).collect();
        let (mut all, mut failed) = (recorded(&bytes).skip_recorded(), recorded(&bytes).skip_succeeded());
        for seq in 1..7 {
            for text in ["a", "b", "c"] {
                let last = records.iter().rev().find(|r| r.0 == seq && r.2 == text);
                let known = records.iter().any(|r| r.0 == seq);
                let want = match last {
                    Some((_, 0, _)) => [ResumeDecision::Skip; 2],
                    Some(_) => [ResumeDecision::Skip, ResumeDecision::Failed],
                    None if known => [ResumeDecision::Changed; 2],
                    None => [ResumeDecision::New; 2],
                };
                let got = [all.decide(Seq(seq), text.as_bytes(), ARGUMENTS), failed.decide(Seq(seq), text.as_bytes(), ARGUMENTS)];
                prop_assert_eq!(got, want);
            }
        }
    }
}
