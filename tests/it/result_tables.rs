//! `--results FILE.csv`, `.tsv` and `.jsonl`: a table with the outputs of all jobs.

use crate::harness::{Dir, Run, apool};
use serde_json::Value;
use std::process::Command;

/// The lines of a table of JSON by their numbers.
fn rows(dir: &Dir, name: &str) -> Vec<(u64, Value)> {
    let mut rows: Vec<(u64, Value)> =
        dir.json_lines(name).into_iter().map(|row| (row["seq"].as_u64().expect("a number"), row)).collect();
    rows.sort_by_key(|(seq, _)| *seq);
    rows
}

#[test]
fn a_row_has_the_outputs_which_are_not_printed() {
    let dir = Dir::new();
    for options in ["", "--line-buffer ", "-k "] {
        let run = Run::script(
            &format!("-j2 {options}--results r.jsonl --joblog j"),
            "echo \"$1\"; echo e >&2; exit 3",
        );
        run.args([":::", "a b", "\u{1b}\"\n"]).dir(&dir).run().stdout("").status(2);
        let rows = rows(&dir, "r.jsonl");
        assert_eq!(rows.len(), 2);
        let (_, row) = &rows[1];
        assert_eq!((&row["args"][0], &row["stdout"]), (&"\u{1b}\"\n".into(), &"\u{1b}\"\n\n".into()));
        assert_eq!(
            (&row["stderr"], &row["exitval"], &row["attempts"]),
            (&"e\n".into(), &3.into(), &1.into())
        );
        assert_eq!(dir.read("j").lines().count(), 3);
    }
}

#[test]
fn the_columns_are_those_of_gnu_parallel() {
    let dir = Dir::new();
    let words = ["echo {1} {2}\\\"", ":::", "1", ":::", "a b", "c,d"];
    for (file, header) in [("r.csv", "V1,V2"), ("r.tsv", "V1\tV2")] {
        Run::line("-j1 --results").args([file]).args(words).dir(&dir).run().stdout("").status(0);
        let table = dir.read(file);
        assert!(table.lines().next().is_some_and(|line| line.contains(header)), "{table}");
        let mut parallel = Command::new("parallel");
        parallel.args(["-j1", "--results", &format!("gnu-{file}")]).args(words).current_dir(dir.path());
        if !parallel.output().is_ok_and(|output| output.status.success()) {
            eprintln!("left out: GNU parallel is missing");
            continue;
        }
        // Its columns, without the two times, are the first ones of apool.
        let gnu = dir.read(&format!("gnu-{file}"));
        let separator = if file == "r.csv" { ',' } else { '\t' };
        let (ours, theirs) = (fields(&table, separator), fields(&gnu, separator));
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            for at in (0..theirs.len()).filter(|at| !(2..4).contains(at) || ours[0] == "Seq") {
                assert_eq!(ours[at], theirs[at], "column {at} of {file}");
            }
        }
    }
}

/// The fields of a table without quotes inside of quoted newlines: the rows of this test.
fn fields(table: &str, separator: char) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    for c in table.chars() {
        match c {
            '"' => quoted = !quoted,
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            c if c == separator && !quoted => row.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    rows
}

#[test]
fn a_header_names_the_columns() {
    let dir = Dir::new();
    Run::line("--header : --results r.csv -- echo {x} ::: x 1").dir(&dir).gives("");
    assert!(
        dir.read("r.csv")
            .starts_with("Seq,Host,Starttime,JobRuntime,Send,Receive,Exitval,Signal,Command,x,Stdout,")
    );
}

#[test]
fn a_resumed_run_adds_the_missing_rows() {
    let dir = Dir::new();
    let run = |options: &str, words: &[&str]| {
        let run = Run::script(
            &format!("-j1 --results r.jsonl --joblog j {options}"),
            "echo $1; test -e ok || test $1 != 2",
        );
        run.args([":::"]).args(words).dir(&dir).run()
    };
    run("", &["1", "2"]).status(1);
    // A crash has torn the last row.
    let table = dir.read("r.jsonl") + "{\"seq\":3,\"host";
    dir.write("r.jsonl", table);
    dir.write("ok", "");
    run("--resume", &["1", "2", "3"]).status(0);
    let seqs = |dir: &Dir| rows(dir, "r.jsonl").iter().map(|(seq, _)| *seq).collect::<Vec<_>>();
    assert_eq!(seqs(&dir), [1, 2, 3]);
    run("--resume-failed", &["1", "2", "3"]).status(0);
    assert_eq!(seqs(&dir), [1, 2, 2, 3]);
    run("", &["1"]).status(0);
    assert_eq!(seqs(&dir), [1]);
}

#[test]
fn a_job_that_is_tried_again_has_one_row() {
    let dir = Dir::new();
    let run = Run::script("--retries 3 --results r.jsonl", "echo $APOOL_ATTEMPT; test $APOOL_ATTEMPT = 2");
    run.args([":::", "1"]).dir(&dir).run().stdout("").status(0);
    let rows = rows(&dir, "r.jsonl");
    assert_eq!((rows.len(), &rows[0].1["stdout"], &rows[0].1["attempts"]), (1, &"2\n".into(), &2.into()));
}

#[test]
fn a_table_that_cannot_be_written_is_refused_or_reported_once() {
    let dir = Dir::new();
    let refused = |options: &str, message: &str| {
        Run::line(options).args(["--", "echo", "{}", ":::", "1"]).dir(&dir).refused(255, message).stdout("");
    };
    refused("--results no/r.csv", "apool: cannot write the results to no/r.csv: No such file or directory");
    refused(
        "--results r.csv --files",
        "apool: --files is for files, and --results r.csv is a table: leave out --files",
    );
    refused("--results r.csv --junit r.csv", "apool: --junit and --results both name r.csv: name two files");
    refused(
        "--results r.json",
        "apool: --results r.json: a table ends in .csv, .tsv or .jsonl; for a directory of that name write r.json/",
    );
    dir.write("other.csv", "a,b\n1,2\n");
    refused(
        "--results other.csv --joblog +j",
        "apool: cannot write the results to other.csv: it is not a table of apool",
    );
    // The run goes on. Jobs without a row have no record, so that a resumed run runs them.
    let script = "ulimit -f 8; seq 100 | exec \"$0\" -j1 --results r.csv --joblog j -- touch";
    let output = Command::new("dash").args(["-c", script]).arg(apool()).current_dir(dir.path()).output();
    let output = output.expect("run apool");
    let message = "apool: cannot write the results to r.csv: File too large\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), message);
    assert_eq!(output.status.code(), Some(255));
    let rows = dir.read("r.csv").lines().count();
    assert!((2..100).contains(&rows) && dir.read("r.csv").ends_with('\n'));
    assert_eq!(dir.read("j").lines().count(), rows);
    assert!(dir.join("100").exists(), "all jobs ran");
}
