//! --results and --files: outputs in files below one directory that no value can leave.

use crate::harness::{Dir, Run};
use std::fs;
use std::path::Path;

/// Every file below a directory, sorted, with its content.
fn files(path: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut left = vec![path.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).expect("a directory").flatten() {
            let entry = entry.path();
            if entry.is_dir() {
                left.push(entry);
            } else {
                let content = String::from_utf8_lossy(&fs::read(&entry).expect("a file")).into_owned();
                let name = entry.strip_prefix(path).expect("below").to_str().expect("UTF-8").to_owned();
                found.push((name, content));
            }
        }
    }
    found.sort();
    found
}

fn file(name: &str, content: &str) -> (String, String) {
    (name.to_owned(), content.to_owned())
}

const SCRIPT: &str = "echo out {}; echo err {} >&2";

#[test]
fn the_tree_is_gnu_parallels_and_the_output_is_printed_too() {
    let dir = Dir::new();
    for options in ["", "--line-buffer", "-k"] {
        let run = Run::line(&format!("-j1 {options} --results res")).dir(&dir);
        let done = run.args([SCRIPT, ":::", "a", "x/y"]).run().status(0);
        assert_eq!(done.sorted(), ["out a", "out x/y"], "{options}");
        assert_eq!(
            files(&dir.join("res")),
            [
                file("1/a/seq", "1"),
                file("1/a/stderr", "err a\n"),
                file("1/a/stdout", "out a\n"),
                file("1/x\\_y/seq", "2"),
                file("1/x\\_y/stderr", "err x/y\n"),
                file("1/x\\_y/stdout", "out x/y\n"),
            ],
            "{options}"
        );
    }
}

#[test]
fn a_header_names_the_directories() {
    let dir = Dir::new();
    let run = Run::line("--header : --results res").dir(&dir);
    run.args(["echo {b} {a}", ":::", "a", "1", ":::", "b", "2"]).run().status(0);
    assert_eq!(files(&dir.join("res"))[2], file("a/1/b/2/stdout", "2 1\n"));
}

#[test]
fn the_flat_layout_goes_by_number() {
    let dir = Dir::new();
    let run = Run::line("--results res --results-layout flat").dir(&dir);
    run.args(["echo {}; exit 3", ":::", "../a"]).run().status(1);
    let there = files(&dir.join("res"));
    assert_eq!(there.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["1.err", "1.json", "1.out"]);
    let about: serde_json::Value = serde_json::from_str(&there[1].1).expect("JSON");
    assert_eq!((&about["seq"], &about["exitval"]), (&1.into(), &3.into()));
}

#[test]
fn a_pattern_names_the_files() {
    let dir = Dir::new();
    Run::line("-k --results res/{/.}.txt").dir(&dir).args(["echo {}", ":::", "d/a.c"]).run().status(0);
    let names = |dir: &Dir| files(&dir.join("res")).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(&dir), ["a.txt", "a.txt.err", "a.txt.seq"]);
    Run::line("-k --results other/{#}/").dir(&dir).args(["echo {}", ":::", "a"]).run().status(0);
    let there: Vec<String> = files(&dir.join("other")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(there, ["1/seq", "1/stderr", "1/stdout"]);
}

#[test]
fn no_value_leaves_the_directory() {
    let outside = Dir::new();
    let values =
        ["..", ".", "../..", "/etc/passwd", "a/../../b", "", "\n", "-rf", &"x".repeat(5000), "\\", "~"];
    for pattern in ["res", "res/{}", "res/{}/", "res/{//}/x", "res/{1}.txt"] {
        let dir = Dir::new();
        // An existing link is not followed.
        fs::create_dir(dir.join("res")).expect("mkdir");
        fs::create_dir(dir.join("res/1")).expect("mkdir");
        std::os::unix::fs::symlink(outside.path(), dir.join("res/1/trap")).expect("symlink");
        let input = values.join("\0");
        Run::new().dir(&dir).args(["-0", "--results", pattern, "--", "echo", "<>"]).stdin(input).run();
        let top: Vec<_> = fs::read_dir(dir.path()).expect("dir").flatten().map(|e| e.file_name()).collect();
        assert_eq!(top, ["res"], "{pattern}");
        Run::new().dir(&dir).args(["--results", "res", "--", "echo", "<>", ":::", "trap"]).run().status(1);
        assert_eq!(fs::read_dir(outside.path()).expect("outside").count(), 0, "{pattern}");
    }
}

#[test]
fn files_prints_names_instead_of_output() {
    let dir = Dir::new();
    let run = Run::line("-k --results res --files").dir(&dir);
    run.args([SCRIPT, ":::", "a", "b"]).gives("res/1/a/stdout\nres/1/b/stdout\n");
    for options in ["", "--line-buffer"] {
        let run = Run::line(&format!("-k --files {options}")).dir(&dir).env("TMPDIR", dir.path());
        let done = run.args([SCRIPT, ":::", "a", "b"]).run().status(0).stderr("err a\nerr b\n");
        let contents: Vec<String> =
            done.out().lines().map(|name| fs::read_to_string(name).expect(name)).collect();
        assert_eq!(contents, ["out a\n", "out b\n"], "{options}");
    }
}

#[test]
fn the_results_of_the_last_attempt_are_kept() {
    let dir = Dir::new();
    let run = Run::line("--retries 3 --results res --results-layout flat").dir(&dir);
    run.stdin("echo attempt $APOOL_ATTEMPT; exit 1\n").run().status(1);
    assert_eq!(fs::read_to_string(dir.join("res/1.out")).expect("1.out"), "attempt 3\n");
}

/// All outputs below a directory, sorted.
fn outputs(path: &Path) -> Vec<String> {
    let about = |name: &str, text: &str| name.ends_with("seq") && text.bytes().all(|b| b.is_ascii_digit());
    let mut all: Vec<String> = files(path)
        .into_iter()
        .filter(|(name, text)| !text.is_empty() && !about(name, text))
        .map(|(_, text)| text.trim_end().to_owned())
        .collect();
    all.sort();
    all
}

#[test]
fn no_job_writes_over_the_output_of_another() {
    let cases: &[(&str, &str)] = &[
        ("o/{/}", "::: d1/x d2/x"),
        ("o/{.}", "::: a.txt a.png"),
        ("o", "::: a a"),
        ("o/{1}-{2}", "::: a a-b :::+ b-c c"),
        ("o/{}", "::: a a.err a.seq a.err.seq a.3"),
        ("o/{}", "::: a a/b"),
        ("o/{}", "::: a/b a"),
        ("o/{}", "::: d/ d/stdout d/stderr d/seq"),
        ("o/same", "::: a b"),
        ("o/same{0#}/../x", "::: a b"),
        ("o/{1}", "--header : ::: x a a"),
    ];
    for (pattern, values) in cases {
        for options in ["-j1", "-j8", "-j8 -k --line-buffer"] {
            let dir = Dir::new();
            // The second run replaces the files of the first.
            for text in ["first", "second"] {
                let run = Run::line(&format!("{options} --results {pattern} echo {text} {{#}} {values}"));
                let done = run.dir(&dir).run().status(0);
                let top = dir.join("o");
                // The order of ends decides which job gets a name, so a name of the first run may remain.
                let (mut kept, printed) = (outputs(&top), done.sorted());
                if options != "-j1" {
                    kept.retain(|output| output.starts_with(text));
                }
                assert_eq!(kept, printed, "{options} {pattern} {values}: {:?}", files(&top));
            }
        }
    }
}

#[test]
fn a_taken_name_gets_the_number_of_the_job_and_a_message() {
    let dir = Dir::new();
    let run = || Run::line("-j1 --files --results o/{/} echo ::: d1/x d2/x d3/x").dir(&dir).run().status(0);
    let message = "apool: some results are in NAME.SEQ: another job has written to NAME\n";
    run().stdout("o/x\no/x.2\no/x.3\n").stderr(message);
    run().stdout("o/x\no/x.2\no/x.3\n").stderr(message);
    // Files of an earlier run never count as those of another job.
    Run::line("-j1 --results o/{/} echo ::: e/y d2/x").dir(&dir).run().status(0).stderr("");
    assert_eq!(dir.read("o/x"), "d2/x\n");
}

#[test]
fn jobs_of_a_stream_go_by_number() {
    for flags in ["--pipe", "--cat"] {
        let dir = Dir::new();
        let command = if flags == "--cat" { "cat {}" } else { "cat" };
        let run = Run::line(&format!("{flags} -N1 --retries 2 --results r -c")).dir(&dir);
        run.args([format!("{command}; test $APOOL_ATTEMPT = 2")]).stdin("a\nb\n").run().status(0);
        let names: Vec<String> = files(&dir.join("r")).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["1/seq", "1/stderr", "1/stdout", "2/seq", "2/stderr", "2/stdout"], "{flags}");
    }
}

#[test]
fn a_resume_keeps_the_results_of_recorded_jobs() {
    let dir = Dir::new();
    let run = |options: &str, values: &str| {
        let script = "echo {}; test -e {/}.fixed || test {/} = x";
        let run = Run::line(&format!("-j1 --joblog log --results o/{{/}} {options}")).dir(&dir);
        run.args(["-c", script, ":::"]).args(values.split(' ')).run()
    };
    run("", "d1/x d1/y").status(1);
    run("--resume", "d1/x d1/y d2/x").status(0).stdout("d2/x\n");
    assert_eq!([dir.read("o/x"), dir.read("o/x.3")], ["d1/x\n", "d2/x\n"]);
    // A job that runs again has its own files.
    dir.write("y.fixed", "");
    run("--resume-failed", "d1/x d1/y d2/x d2/y").status(0).stdout("d1/y\nd2/y\n");
    assert_eq!([dir.read("o/y"), dir.read("o/y.4")], ["d1/y\n", "d2/y\n"]);
    let script = "echo $APOOL_ATTEMPT; : {}; test $APOOL_ATTEMPT = 3";
    let run = Run::line("-j1 -k --retries 3 --files --results r/{/} -c").dir(&dir);
    run.args([script, ":::", "1/x", "2/x"]).run().status(0).stdout("r/x\nr/x.2\n");
    assert_eq!([dir.read("r/x"), dir.read("r/x.2")], ["3\n", "3\n"]);
}

#[test]
fn a_job_whose_output_cannot_be_kept_fails_alone() {
    let dir = Dir::new();
    dir.write("file", "");
    Run::line("--results file")
        .dir(&dir)
        .stdin(": >ran\n")
        .run()
        .status(255)
        .stderr_has("cannot keep results");
    assert!(!dir.join("ran").exists());
    for options in ["", "-k", "--line-buffer", "--files"] {
        fs::create_dir_all(dir.join("o")).expect("o");
        std::os::unix::fs::symlink(dir.path(), dir.join("o/link")).expect("a link");
        let run = |more: &str| {
            let run = Run::line(&format!("-j1 {options} --joblog log {more} --results o/{{}} echo"));
            run.dir(&dir).args([":::", "a", "link/b", "c"]).run()
        };
        let shown = if options == "--files" { "o/a\no/c\n" } else { "a\nlink/b\nc\n" };
        let message = "apool: echo link/b: its output cannot be kept in o/link: a symbolic link, which is not followed\n";
        run("").status(1).stdout(shown).stderr_has(message).stderr_has("status 255   echo link/b");
        assert_eq!(crate::joblog::records(&dir, "log").len(), 2, "{options}");
        // It has no record, so it runs again. The others go on.
        run("--resume").status(1).stderr_has(message);
        assert!(!dir.join("b").exists());
        fs::remove_file(dir.join("o/link")).expect("remove");
        run("--resume").status(0).stderr("");
        assert_eq!(dir.read("o/link/b"), "link/b\n");
        fs::remove_dir_all(dir.join("o")).expect("remove");
    }
    // The job makes its own directory unusable.
    for options in ["", "-k", "--line-buffer"] {
        let run = Run::line(&format!("-j1 {options} --results res --joblog log")).dir(&dir);
        let done = run.stdin("rm -r res; : >res; echo lost\necho too\n").run();
        done.status(2).stdout("lost\ntoo\n").stderr_has("its output cannot be kept in res/1");
        assert_eq!(crate::joblog::records(&dir, "log").len(), 0, "{options}");
        fs::remove_file(dir.join("res")).expect("remove");
    }
}
