//! `--pipe`: jobs read blocks of whole records of the requested size, and together the whole stream.

use crate::harness::{Dir, Run};

fn numbers(count: usize) -> String {
    (1..=count).map(|n| format!("{n}\n")).collect()
}

#[test]
fn blocks_put_together_are_the_input() {
    let input = numbers(200_000);
    for block in ["1k", "100k", "1M", "10M"] {
        Run::new().stdin(&input).args(["--pipe", "-k", "--block", block, "cat"]).gives(&input);
    }
}

#[test]
fn no_record_is_torn() {
    let input = numbers(100_000);
    let last = "awk 'END { print NR, $0 }; !/^[0-9]+$/ { print \"torn\" }'";
    let done =
        Run::new().stdin(&input).args(["--pipe", "--block", "10k", "-c", last]).run().status(0).stderr("");
    let lines = done.sorted();
    assert!(lines.len() > 40, "{} blocks", lines.len());
    let records: usize = lines
        .iter()
        .map(|line| line.split(' ').next().expect("a number").parse::<usize>().expect("a number"))
        .sum();
    assert_eq!(records, 100_000);
}

#[test]
fn records_are_counted_and_begin_and_end_as_asked() {
    Run::new().stdin(numbers(5)).args(["--pipe", "-N", "2", "-k", "paste", "-sd,"]).gives("1,2\n3,4\n5\n");
    let fasta = ">a\nG\n>b\nT\nA\n>c\nC\n";
    let words = ["--pipe", "--recstart", ">", "-N", "2", "-k", "-c", "tr '\\n' ' '; echo {#}"];
    Run::new().stdin(fasta).args(words).gives(">a G >b T A 1\n>c C 2\n");
    let words = ["--pipe", "--recend", ";", "-N", "1", "-k", "-c", "cat; echo"];
    Run::new().stdin("a;b\nc;d").args(words).gives("a;\nb\nc;\nd\n");
    let words = ["--pipe", "--header", ":", "-N", "2", "-k", "paste", "-sd,"];
    Run::new().stdin("h\n1\n2\n3\n").args(words).gives("h,1,2\nh,3\n");
}

#[test]
fn a_job_that_does_not_read_its_input_is_no_error() {
    for words in [&["--pipe", "--block", "1M"][..], &["--pipe", "--round-robin", "-j2"]] {
        Run::new().stdin(numbers(1_000_000)).args(words).args(["true"]).gives("");
    }
}

#[test]
fn a_file_is_cut_without_being_read_through() {
    let dir = Dir::new();
    let input = numbers(100_000);
    dir.write("in", &input);
    for block in ["10k", "1M", "-1", "-3"] {
        Run::new()
            .dir(&dir)
            .args(["-j3", "--pipe-part", "-a", "in", "--block", block, "-k", "cat"])
            .gives(&input);
    }
    let done =
        Run::new().dir(&dir).args(["-j4", "--pipe-part", "-a", "in", "--block", "-1", "wc", "-l"]).run();
    assert_eq!(done.sorted().len(), 4);
    let words = ["--pipe-part", "--header", ":", "--block", "200k", "-a", "in", "head", "-n1"];
    let done = Run::new().dir(&dir).args(words).run().status(0);
    assert!(done.sorted().iter().all(|line| line == "1"), "{}", done.out());
}

#[test]
fn jobs_share_a_stream() {
    let input = numbers(300_000);
    let done =
        Run::new().stdin(&input).args(["-j3", "--pipe", "--round-robin", "--block", "50k", "cat"]).run();
    let done = done.status(0).stderr("");
    let mut lines: Vec<u32> = done.out().lines().map(|line| line.parse().expect("a whole number")).collect();
    lines.sort_unstable();
    assert!(lines.into_iter().eq(1..=300_000));
}

#[test]
fn a_block_has_a_name() {
    let dir = Dir::new();
    for flag in ["--cat", "--fifo"] {
        let words = ["--tmpdir", ".", "-k", "-N", "3", flag, "-c", "test -e {}; paste -sd, {}"];
        Run::new().dir(&dir).stdin(numbers(5)).args(words).gives("1,2,3\n4,5\n");
        let left: Vec<_> = std::fs::read_dir(dir.path()).expect("a directory").collect();
        assert!(left.is_empty(), "{flag}: {left:?}");
    }
}

#[test]
fn a_failed_block_is_read_again_from_its_start() {
    let dir = Dir::new();
    let words = [
        "--pipe",
        "-j1",
        "-N",
        "2",
        "--retries",
        "2",
        "-c",
        "paste -sd, ; test -e {#} || { touch {#}; exit 1; }",
    ];
    Run::new().dir(&dir).stdin(numbers(4)).args(words).gives("1,2\n3,4\n");
}

#[test]
fn options_without_a_meaning_for_streams_are_refused() {
    for (words, part) in [
        (&["--pipe", "-L", "2", "cat"][..], "-L (-N counts records) cannot be used with --pipe"),
        (&["--pipe", "-n", "0", "cat"], "at least one record"),
        (&["--pipe", "cat", ":::", "a"], "::: and ::::"),
        (&["--pipe"], "--pipe needs a command"),
        (&["--pipe", "echo", "{##}"], "{##}"),
        (&["--pipe-part", "cat"], "--arg-file"),
        (&["--block", "1M", "cat"], "--pipe"),
        (&["--pipe", "--block", "0", "cat"], "a size above 0"),
        (&["--pipe", "--block", "-1", "cat"], "--pipe-part"),
        (&["--pipe", "--round-robin", "--retries", "2", "cat"], "--retries"),
    ] {
        Run::new().args(words).run().status(255).stdout("").stderr_has(part);
    }
}

#[test]
fn a_nonblocking_input_is_read_to_its_end() {
    // The reading end of the pipe does not block, and the writer writes when apool's reader sleeps (or has ended).
    let code = "import os, sys, time\n\
                r, w = os.pipe()\n\
                os.set_blocking(r, False)\n\
                p = os.fork()\n\
                if p == 0: os.dup2(r, 0); os.close(w); os.execv(sys.argv[1], ['apool', '-k', 'echo'])\n\
                def waits(task):\n\
                \x20try: name, state = open(task + '/stat').read().split('(', 1)[1].rsplit(') ', 1)\n\
                \x20except OSError: return False\n\
                \x20return (name == 'reader' and state[0] == 'S') or state[0] == 'Z'\n\
                tasks = '/proc/%d/task/' % p\n\
                while not any(waits(tasks + t) for t in os.listdir(tasks)): time.sleep(0.001)\n\
                os.close(r); os.write(w, b'a\\nb\\n'); os.close(w); os.waitpid(p, 0)";
    let done =
        std::process::Command::new("python3").arg("-c").arg(code).arg(crate::harness::apool()).output();
    match done {
        Ok(done) => assert_eq!(String::from_utf8_lossy(&done.stdout), "a\nb\n", "{done:?}"),
        Err(error) => eprintln!("skipped: python3 cannot be run: {error}"),
    }
}
