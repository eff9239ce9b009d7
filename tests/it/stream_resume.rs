//! Resume of streams and of random orders: a recorded job is skipped only if its input is the same as before.

use crate::harness::{Dir, Run};
use crate::joblog::records;
use proptest::prelude::*;
use std::fs;
use std::process::Command;

fn numbers(from: usize, to: usize) -> String {
    (from..=to).map(|n| format!("{n}\n")).collect()
}

const CHANGED: &str = "recorded jobs were run again: their input, its order or the command has changed";
const ONE_CHANGED: &str = "1 recorded job was run again: its input, the order or the command has changed";

/// What is said of so many jobs that were run again.
fn changed_jobs(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => format!("apool: {ONE_CHANGED}\n"),
        count => format!("apool: {count} {CHANGED}\n"),
    }
}

#[test]
fn the_blocks_that_were_done_are_skipped() {
    let dir = Dir::new();
    for flags in [&["--pipe"][..], &["--cat"], &["--fifo"]] {
        let command = if flags[0] == "--pipe" { "cat" } else { "cat {}" };
        let words =
            [flags, &["-k", "-N", "1", "--joblog", &flags[0][2..], "--resume", "-c", command]].concat();
        Run::new().dir(&dir).stdin(numbers(1, 6)).args(&words).gives(numbers(1, 6));
        Run::new().dir(&dir).stdin(numbers(1, 8)).args(&words).gives("7\n8\n").stderr("");
    }
}

#[test]
fn a_changed_cut_or_input_is_run_and_counted() {
    // The options and input of a first run, those of a second one, its output, and the number of changed jobs.
    let cases = [
        ("-N3", numbers(1, 12), "-N4", numbers(1, 12), "1,2,3,4\n5,6,7,8\n9,10,11,12\n", 3),
        ("-N3", numbers(1, 12), "-N3", numbers(2, 13), "2,3,4\n5,6,7\n8,9,10\n11,12,13\n", 4),
        ("-N2", "a\nb\nc\nd\n".into(), "-N2", "a\nb\nC\nd\n".into(), "C,d\n", 1),
        // Blocks of the same length.
        ("--block 4", "a\nb\nc\nd\n".into(), "--block 4", "a\nb\nd\nc\n".into(), "d,c\n", 1),
        ("-N2 --header :", "h\n1\n2\n3\n".into(), "-N2 --header :", "H\n1\n2\n3\n".into(), "H,1,2\nH,3\n", 2),
        ("-N1", ">a\n>b\n".into(), "-N1 --recstart >", ">a\n>b\n".into(), "", 0),
    ];
    for (first, before, second, now, shown, changed) in cases {
        let dir = Dir::new();
        let run = |cut: &str, input: &String| {
            Run::line(&format!("--pipe {cut} -k --joblog log --resume paste -sd,")).dir(&dir).stdin(input)
        };
        run(first, &before).run().status(0).stderr("");
        run(second, &now).run().status(0).stdout(shown).stderr(&changed_jobs(changed));
        run(second, &now).gives("").stderr("");
    }
}

#[test]
fn a_part_of_a_file_is_recognised_by_its_content() {
    let dir = Dir::new();
    let all = numbers(1, 3000);
    let run = |options: &str| {
        Run::line(&format!("--pipe-part -a in -k --joblog log {options} cat")).dir(&dir).run().status(0)
    };
    dir.write("in", &all);
    run("--block 1k").stdout(&all);
    run("--block 1k --resume").stdout("").stderr("");
    run("--block 2k --resume").stdout(&all).stderr_has(CHANGED);
    // One line of the third block is changed, and its length is the same.
    let other = all.replacen("\n700\n", "\n7oo\n", 1);
    dir.write("in", &other);
    let done = run("--block 1k --resume").stderr_has(ONE_CHANGED);
    assert!(done.out().contains("\n7oo\n") && done.out().len() < 1100, "{}", done.out());
    // Only the new line runs, with the rest of its block.
    dir.write("in", format!("{other}more\n"));
    assert!(run("--block 1k --resume").out().ends_with("\nmore\n"));
    assert!(run("--block 1k --resume").out().is_empty());
}

#[test]
fn records_without_a_hash_are_recognised_by_the_length_of_the_block() {
    let dir = Dir::new();
    // A joblog of an apool without hashes, and one of GNU parallel.
    for runtime in ["      0.002", "     0.002"] {
        let records: String = [(1, 6), (2, 6), (3, 3)]
            .map(|(seq, sent)| format!("{seq}\t:\t1.000\t{runtime}\t{sent}\t{sent}\t0\t0\tcat\n"))
            .concat();
        let header = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
        dir.write("log", format!("{header}{records}"));
        let run = Run::line("--pipe -N3 -k --joblog log --resume cat").dir(&dir);
        let done = run.stdin(numbers(1, 9)).run().status(0);
        done.stdout("7\n8\n9\n").stderr_has(ONE_CHANGED);
        // A command that reads no stream is another job.
        dir.write("log", format!("{header}{records}"));
        let run = Run::line("-N0 -k --joblog log --resume cat ::: a").dir(&dir).run().status(0);
        run.stderr_has(if runtime.len() > 10 { "run again" } else { "" });
    }
}

#[test]
fn failed_blocks_run_again_with_their_stream_and_not_without() {
    let dir = Dir::new();
    let stream = |options: &str| {
        let run = Run::line(&format!("--pipe -N2 -k --joblog log {options}")).dir(&dir);
        run.args(["-c", "paste -sd, | grep -v 3 || test -e fixed"]).stdin(numbers(1, 6)).run()
    };
    stream("").status(1).stdout("1,2\n5,6\n");
    let before = dir.read("log");
    Run::line("--joblog log --retry-failed").dir(&dir).refused(
        255,
        "apool: cannot use the joblog log: job 2 read a block of a stream, which it does not hold: use --resume-failed and \
         give the stream again",
    );
    assert_eq!(dir.read("log"), before);
    stream("--resume-failed").status(1).stdout("");
    dir.write("fixed", "");
    stream("--resume-failed").status(0).stdout("");
    stream("--resume-failed").status(0).stdout("");
    assert_eq!(records(&dir, "log").len(), 5);
    Run::line("--joblog log --retry-failed").dir(&dir).gives("");
}

#[test]
fn jobs_of_a_file_that_becomes_shorter_fail_without_a_record_and_run_again() {
    let dir = Dir::new();
    let all = numbers(1, 200_000);
    // Two blocks. The first job is running when the file becomes shorter, and the second has not started.
    let run = |options: &str| {
        let script = "test -e whole || : >in; wc -c";
        let run = Run::line(&format!("-j1 --pipe-part -a in --block 1M --joblog log {options} -c"));
        run.dir(&dir).args([script]).run()
    };
    dir.write("in", &all);
    let done = run("").status(2).stderr_has("wc -c: in became shorter while it was read\n");
    let done = done.stderr_has("job 2: cannot prepare its input: in became shorter while it was read\n");
    done.stderr_has("     2  status 255   test -e whole");
    assert_eq!(records(&dir, "log").len(), 0);
    dir.write("in", &all);
    dir.write("whole", "");
    let done = run("--resume").status(0).stderr("");
    let sizes = done.out().lines().map(|line| line.trim().parse::<usize>().expect("a number")).sum::<usize>();
    assert_eq!((sizes, records(&dir, "log").len()), (all.len(), 2));
}

#[test]
fn a_record_without_a_command_is_not_retried() {
    let dir = Dir::new();
    let header = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
    dir.write("log", format!("{header}2\t:\t1.000\t      0.000\t0\t0\t255\t0\t\n"));
    Run::line("--joblog log --retry-failed").dir(&dir).refused(
        255,
        "apool: cannot use the joblog log: the record of job 2 has no command: use --resume-failed and give the input again",
    );
}

#[test]
fn the_parts_of_a_shared_stream_are_not_recognised() {
    let dir = Dir::new();
    let run = |options: &str| {
        let run = Run::line(&format!("--pipe -j2 -k --joblog log {options} cat"));
        run.dir(&dir).stdin(numbers(1, 9)).run()
    };
    run("--round-robin").status(0);
    run("--round-robin --resume").status(255).stderr_has("apool: --round-robin cannot be resumed");
    run("--resume").status(0).stdout(numbers(1, 9)).stderr_has("run again");
}

#[test]
fn a_resumed_random_order_is_the_same_order() {
    let dir = Dir::new();
    let run = |options: &str| {
        let run = Run::line(&format!("-j1 -k --shuf {options} --joblog log echo"));
        run.dir(&dir).stdin(numbers(1, 30)).run()
    };
    let mut all = run("").status(0).sorted();
    // As if the run had been stopped after eleven jobs.
    let lines: Vec<String> = dir.read("log").lines().map(str::to_owned).collect();
    dir.write("log", lines[..12].join("\n") + "\n");
    let rest = run("--resume --metrics-json m").status(0).stderr("");
    let resumed: Vec<&str> = lines[12..].iter().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(rest.out().lines().collect::<Vec<_>>(), resumed);
    let seed = dir.json("m")["config"]["seed"].as_u64().expect("a seed");
    run("--resume").status(0).stdout("").stderr("");
    run(&format!("--resume --seed {seed}")).status(0).stdout("").stderr("");
    let log = dir.read("log");
    run(&format!("--resume --seed {}", seed + 1))
        .status(255)
        .stderr_has("in another order its records are of other jobs");
    assert_eq!(dir.read("log"), log);
    // Without --shuf the jobs have other numbers.
    let run = Run::line("-k --resume --joblog log echo").dir(&dir).stdin(numbers(1, 30)).run();
    run.status(0).stderr_has(CHANGED);
    all.sort_by_key(|n| n.parse::<u32>().expect("a number"));
    assert_eq!(all, numbers(1, 30).lines().collect::<Vec<_>>());
}

#[test]
fn a_random_sample_is_continued() {
    let dir = Dir::new();
    let run = |options: &str| {
        let run = Run::line(&format!("-k --shuf --head 5 --skip 2 {options} --joblog log -n2 echo"));
        run.dir(&dir).stdin(numbers(1, 300)).run().status(0)
    };
    assert_eq!(run("--resume").out().lines().count(), 3);
    run("--resume").stdout("").stderr("");
    // Each run that is not resumed has a seed of its own.
    dir.write("log", "");
    run("--seed 5");
    assert!(dir.read("log").lines().nth(1).expect("a record").ends_with(" #\\seed=5"));
    run("--resume").stdout("");
}

#[test]
fn batches_of_another_size_are_other_jobs() {
    let dir = Dir::new();
    let run = |n: u32| {
        Run::line(&format!("-k --resume --joblog log -n{n} echo"))
            .dir(&dir)
            .stdin(numbers(1, 8))
            .run()
            .status(0)
    };
    run(3);
    run(4).stdout("1 2 3 4\n5 6 7 8\n").stderr_has(&format!("2 {CHANGED}"));
    run(3).stdout("");
}

#[test]
fn a_job_is_recognised_whatever_its_slot_was() {
    let dir = Dir::new();
    // Each job waits for the other, so they have different slots.
    let run = || {
        let script = "echo >in{}; while ! test -e in1 || ! test -e in2; do sleep 0.01; done; echo {%}";
        Run::line("-j2 --joblog log --resume").dir(&dir).args(["-c", script, ":::", "1", "2"]).run().status(0)
    };
    assert_eq!(run().sorted(), ["1", "2"]);
    run().stdout("").stderr("");
}

#[test]
fn gnu_parallel_reads_the_joblog_of_a_stream() {
    let dir = Dir::new();
    Run::line("--pipe -N3 -k --joblog log cat").dir(&dir).stdin(numbers(1, 9)).gives(numbers(1, 9));
    Run::line("--shuf --joblog shuffled echo ::: a b").dir(&dir).run().status(0);
    let parallel = |words: &str| {
        let command = format!("seq 12 | parallel --will-cite -k {words} </dev/null");
        Command::new("bash").arg("-c").arg(command).current_dir(dir.path()).output().expect("bash")
    };
    if !parallel("--version").status.success() {
        eprintln!("skipped: GNU parallel is not here");
        return;
    }
    let command = "seq 12 | parallel --will-cite -k --pipe -N3 --joblog log --resume cat";
    let done = Command::new("bash").arg("-c").arg(command).current_dir(dir.path()).output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&done.stdout), "10\n11\n12\n", "{done:?}");
    let done = parallel("--joblog shuffled --resume-failed echo ::: a b c");
    assert_eq!(String::from_utf8_lossy(&done.stdout), "c\n", "{done:?}");
    // apool reads the records that GNU parallel has added.
    assert_eq!(records(&dir, "log").len(), 4);
    Run::line("--pipe -N3 -k --joblog log --resume cat").dir(&dir).stdin(numbers(1, 12)).gives("").stderr("");
}

/// Options that say how a stream is cut.
fn cut() -> impl Strategy<Value = String> {
    let header = prop_oneof![4 => Just(""), 1 => Just(" --header :")];
    let cut = prop_oneof![
        (1..5_u32).prop_map(|n| format!("--pipe -N{n}")),
        (2..30_u32).prop_map(|n| format!("--pipe --block {n}")),
        (2..30_u32).prop_map(|n| format!("--pipe-part --block {n}")),
    ];
    (cut, header).prop_map(|(cut, header)| format!("{cut}{header}"))
}

fn records_of(lines: usize) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(prop_oneof!["[ab]{1,3}", "[a-z]{0,6}"], 1..lines)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Some records of a first run are kept. The second run has another cut and a slightly changed input.
    #[test]
    fn every_record_of_a_resumed_stream_is_in_the_output_of_its_job(
        before in records_of(24), changes in proptest::collection::vec((any::<prop::sample::Index>(), "[a-z]{1,2}"), 0..3),
        cuts in (cut(), cut(), any::<bool>()), left in any::<u32>(),
    ) {
        let (first, second) = (&cuts.0, if cuts.2 { &cuts.0 } else { &cuts.1 });
        let mut now = before.clone();
        for (at, text) in changes {
            *at.get_mut(&mut now) = text;
        }
        let dir = Dir::new();
        let run = |options: &str, lines: &[String]| {
            dir.write("in", lines.join("\n") + "\n");
            let options = format!("{options} -a in --results-layout flat cat");
            Run::line(&options).dir(&dir).run().status(0)
        };
        run(&format!("{first} --joblog log --results kept"), &before);
        let log: Vec<String> = dir.read("log").lines().map(str::to_owned).collect();
        let is_left = |seq: usize| left >> (seq % 32) & 1 == 1;
        let records = log[1..].iter().enumerate().filter(|(i, _)| is_left(*i)).map(|(_, line)| line);
        let records: Vec<&String> = records.collect();
        let text: String = std::iter::once(&log[0]).chain(records.iter().copied()).map(|l| format!("{l}\n")).collect();
        dir.write("log", text);
        let recorded = |seq: usize| records.iter().any(|line| line.starts_with(&format!("{seq}\t")));
        let block = |of: &str, seq: usize| fs::read(dir.join(&format!("{of}/{seq}.out"))).ok();
        // The jobs that the second run must run, by the content of each block.
        run(&format!("{second} --results whole"), &now);
        let jobs = (1..=64).take_while(|&seq| block("whole", seq).is_some()).count();
        let to_do = |seq: &usize| !recorded(*seq) || block("kept", *seq) != block("whole", *seq);
        let mut to_do: Vec<usize> = (1..=jobs).filter(to_do).collect();
        let again = to_do.iter().filter(|&&seq| recorded(seq)).count();
        let done = run(&format!("{second} --joblog log --resume --results kept"), &now);
        for seq in 1..=jobs {
            prop_assert_eq!(block("kept", seq), block("whole", seq), "{} then {}: block {}", first, second, seq);
        }
        let after = dir.read("log");
        let ran = after.lines().skip(1 + records.len()).map(|line| line.split('\t').next().unwrap_or_default());
        let mut ran: Vec<usize> = ran.map(|seq| seq.parse().expect("a number")).collect();
        ran.sort_unstable();
        to_do.sort_unstable();
        prop_assert_eq!(ran, to_do);
        prop_assert_eq!(done.err(), changed_jobs(again));
    }
}
