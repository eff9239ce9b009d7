//! Output: unmixed, in order with -k, and byte for byte.

use crate::harness::{Dir, Run, is_alive, kill, misbehave, until};
use std::collections::BTreeMap;

/// The output of `misbehave print COUNT LETTER` for letters, in any order of the blocks.
fn blocks(output: &[u8]) -> Vec<(u8, usize)> {
    output.chunk_by(|a, b| a == b).map(|run| (run[0], run.len())).collect()
}

#[test]
fn blocks_of_sixteen_workers_never_mix() {
    // More than a pipe takes, and more than one write moves.
    let letters: Vec<String> = ('a'..='p').map(String::from).collect();
    let done = Run::misbehave("-j16", "print 300000 {} :::").args(&letters).run().status(0).stderr("");
    let mut seen = blocks(&done.stdout);
    seen.sort_unstable();
    assert_eq!(seen, (b'a'..=b'p').map(|c| (c, 300_000)).collect::<Vec<_>>());
}

#[test]
fn lines_of_a_job_stay_together() {
    let numbers: Vec<String> = (0..32).map(|n| n.to_string()).collect();
    let done = Run::script("-j16", "i=0; while [ $i -lt 200 ]; do echo $1; i=$((i+1)); done")
        .args([":::"])
        .args(&numbers);
    let done = done.run().status(0).stderr("");
    let lines: Vec<String> = done.out().lines().map(str::to_owned).collect();
    assert!(lines.chunk_by(|a, b| a == b).all(|run| run.len() == 200));
    assert_eq!(lines.len(), 32 * 200);
}

#[test]
fn standard_error_is_kept_apart_and_comes_after() {
    let done = Run::misbehave("-j1", "spam-both 3 ::: x").run().status(0);
    done.stdout("out 1\nout 2\nout 3\n").stderr("err 1\nerr 2\nerr 3\n");
    // Both into one pipe: all of standard output, then all of standard error.
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "\"$1\" -j4 \"$2\" spam-both 2 ::: a b 2>&1", "sh"])
        .arg(crate::harness::apool())
        .arg(misbehave());
    let output = command.output().expect("sh").stdout;
    let text = String::from_utf8_lossy(&output).into_owned();
    assert_eq!(text, "out 1\nout 2\nerr 1\nerr 2\n".repeat(2));
}

#[test]
fn line_by_line_only_whole_lines_in_order() {
    let done =
        Run::script("-j8 --line-buffer --tag", "i=0; while [ $i -lt 500 ]; do echo $i; i=$((i+1)); done")
            .args([":::", "a", "b", "c", "d", "e", "f", "g", "h"])
            .run()
            .status(0)
            .stderr("");
    let mut jobs: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for line in done.out().lines() {
        let (tag, number) = line.split_once('\t').expect("a tag");
        jobs.entry(tag.to_owned()).or_default().push(number.parse().expect("a whole line"));
    }
    assert_eq!(jobs.len(), 8);
    assert!(jobs.values().all(|numbers| *numbers == (0..500).collect::<Vec<_>>()));
}

#[test]
fn a_line_is_passed_on_while_its_job_runs() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let mut run = Run::script("--line-buffer", "echo first; read x < gate; echo $x ::: a")
        .dir(&dir)
        .stdin("a\n")
        .start();
    assert_eq!(run.line(), "first");
    std::io::Write::write_all(&mut gate, b"second\n").expect("open the gate");
    assert_eq!(run.line(), "second ::: a");
    run.end().status(0);
}

#[test]
fn line_buffer_adds_no_newline() {
    Run::line("--line-buffer printf %s ::: a").gives("a");
    Run::line("printf %s ::: a").gives("a");
    Run::line("-k printf %s ::: x y").gives("xy");
}

#[test]
fn ungrouped_jobs_write_by_themselves() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let mut run = Run::script("-u", "printf half; read x < gate; echo $x").dir(&dir).stdin("a\n").start();
    let mut half = [0; 4];
    run.read(&mut half);
    assert_eq!(&half, b"half");
    std::io::Write::write_all(&mut gate, b"whole\n").expect("open the gate");
    assert_eq!(run.line(), "whole");
    run.end().status(0).stderr("");
}

#[test]
fn the_order_of_the_input_is_kept() {
    // The first job ends last: it waits for the others.
    let dir = Dir::new();
    let script = "if [ $1 = 1 ]; then while [ ! -e 8 ]; do :; done; fi; : > $1; echo $1";
    Run::script("-k -j8", script)
        .dir(&dir)
        .args(":::,1,2,3,4,5,6,7,8".split(','))
        .gives("1\n2\n3\n4\n5\n6\n7\n8\n");
}

#[test]
fn outputs_in_input_order_appear_as_soon_as_possible() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let mut run = Run::script("-k -j2", "if [ $1 = 2 ]; then read x < gate; fi; echo $1 $x").dir(&dir);
    run = run.stdin("1\n2\n3\n");
    let mut run = run.start();
    run.close_stdin();
    assert_eq!(run.line(), "1");
    std::io::Write::write_all(&mut gate, b"x\n").expect("open the gate");
    assert_eq!(run.line(), "2 x");
    run.end().status(0).stdout("3\n");
}

#[test]
fn tags() {
    Run::line("-k --tag echo ::: a b").gives("a\ta\nb\tb\n");
    Run::line("-k --tag -c").args(["echo {} | tr a-z A-Z; printf x", ":::", "a"]).gives("a\tA\na\tx");
    Run::line("-k --tagstring {#}:{/} echo ::: d/a d/b").gives("1:a\td/a\n2:b\td/b\n");
    Run::line("-k --tagstring <#> echo ::: a").gives("1\ta\n");
    let done = Run::misbehave("-k --tag", "spam-both 1 {} ::: 1").run().status(0);
    done.stdout("1\tout 1\n").stderr("1\terr 1\n");
}

#[test]
fn large_outputs_are_spilled_and_come_back_byte_for_byte() {
    let dir = Dir::new();
    let made: Vec<u8> = (0..5_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    dir.write("data", &made);
    let done = Run::line("-k -j3 --tmpdir . cat ::: data data data").dir(&dir).run().status(0).stderr("");
    assert_eq!(done.stdout.len(), 3 * made.len());
    assert!(done.stdout.chunks(made.len()).all(|copy| copy == made));
    assert_eq!(
        std::fs::read_dir(dir.path()).expect("the directory").count(),
        1,
        "spilled files have no names"
    );
}

#[test]
fn large_standard_error_too() {
    let done =
        Run::script("-k -j2", "\"$1\" print 3000000 >&2").args([":::".into(), misbehave()]).run().status(0);
    assert_eq!(done.stdout, b"");
    assert_eq!(blocks(&done.stderr), [(b'x', 3_000_000)]);
}

#[test]
fn binary_output_is_unchanged() {
    let all: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let dir = Dir::new();
    dir.write("all", &all);
    for options in ["", "-k", "--line-buffer", "-u"] {
        let done = Run::line(options).args(["cat", ":::", "all"]).dir(&dir).run().status(0).stderr("");
        assert!(done.stdout == all, "{options}");
    }
}

#[test]
fn a_child_that_keeps_the_pipe_open_does_not_delay_the_run() {
    let dir = Dir::new();
    let script = "echo out; (echo $$ > pid; exec sleep 1000) & until [ -s pid ]; do :; done";
    let script = script.replace("$$ ", "$(exec sh -c 'echo $PPID') ");
    let done = Run::script("--metrics-json m.json", &script).args([":::", "a"]).dir(&dir).run();
    let done = done.status(0).stdout("out\n");
    let left: u32 = dir.read("pid").trim().parse().expect("a process number");
    assert!(is_alive(left), "what a successful job leaves behind lives on");
    kill(left, 9);
    until("the sleeper is gone", || !is_alive(left));
    assert_eq!(dir.json("m.json")["totals"]["leaked"], 1);
    assert_eq!(
        done.err().lines().filter(|l| l.contains("leak") || l.contains("behind")).count(),
        done.err().lines().count()
    );
}

#[test]
fn jobs_get_their_number_and_slot_in_variables() {
    let script = "echo $APOOL_SEQ $APOOL_SLOT $APOOL_ATTEMPT $PARALLEL_SEQ $PARALLEL_JOBSLOT";
    Run::script("-k -j1", script).args([":::", "a", "b"]).gives("1 1 1 1 1\n2 1 1 2 1\n");
}

#[test]
fn jobs_may_run_in_another_directory() {
    let dir = Dir::new();
    dir.write("here", "x\n");
    Run::line("--workdir").args([dir.path()]).args(["cat", ":::", "here"]).gives("x\n");
    Run::line("--workdir none cat ::: here").dir(&dir).refused(255, "apool: --workdir none: not a directory");
}
