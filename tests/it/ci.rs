//! Runs in services for builds, and the line about the run.

use crate::harness::{Dir, Run};

/// A run in a step of GitHub Actions.
fn step(dir: &Dir) -> Run {
    let summary = dir.join("summary");
    Run::line("-j1")
        .dir(dir)
        .env("CI", "true")
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", summary)
}

#[test]
fn failures_are_annotations_and_the_summary_of_the_step_has_a_table() {
    let dir = Dir::new();
    dir.write("summary", "before\n");
    let run = step(&dir).args(["sh", "-c", "[ \"$1\" != '50%\n|<b>' ]", "sh", "{}", ":::", "a", "50%\n|<b>"]);
    let done = run.run().status(1).stdout("");
    let annotation =
        "::error::job 2 failed (status 1): sh -c '[ \"$1\" != '\\''50%25\\n|<b>'\\'' ]' sh '50%25\\n|<b>'";
    assert!(done.err().lines().any(|line| line == annotation), "{}", done.err());
    let summary = dir.read("summary");
    assert!(summary.starts_with("before\n### apool\n\n2 jobs in "), "{summary}");
    assert!(
        summary.contains("\n| job | end | command |\n| ---: | --- | --- |\n| 2 | status 1 | <code>sh "),
        "{summary}"
    );
    assert!(summary.contains("50%\\n&#124;&lt;b&gt;"), "{summary}");
}

#[test]
fn an_annotation_begins_a_line() {
    let dir = Dir::new();
    let done =
        step(&dir).args(["sh", "-c", "printf half >&2; exit 1", "sh", ":::", "a", "b"]).run().status(2);
    let err = done.err();
    let begin = err.lines().filter(|line| line.starts_with("::error::job ")).count();
    assert_eq!(
        (begin, err.matches("::error::").count(), err.matches("half").count()),
        (2, 2, 2 + 2),
        "{err}"
    );
}

#[test]
fn a_run_that_succeeds_has_a_line_in_the_summary_of_the_step() {
    let dir = Dir::new();
    step(&dir).args(["echo", ":::", "a", "b"]).run().status(0).stdout("a\nb\n").stderr("");
    step(&dir).args(["echo", ":::", "c"]).run().status(0).stdout("c\n").stderr("");
    let summary = dir.read("summary");
    let lines: Vec<&str> = summary.lines().filter(|line| line.contains(" in ")).collect();
    assert!(
        lines.len() == 2 && lines[0].starts_with("2 jobs in ") && lines[1].starts_with("1 job in "),
        "{summary}"
    );
}

#[test]
fn other_services_and_other_forms_get_nothing_of_github() {
    let dir = Dir::new();
    let failed = ["false", ":::", "a"];
    let done = Run::line("-j1").env("CI", "true").args(failed).run().status(1);
    assert!(done.err().starts_with("apool: 1 job failed\n"), "{}", done.err());
    let done = step(&dir).args(["--progress=none"]).args(failed).run().status(1);
    assert!(done.err().starts_with("apool: 1 job failed\n"), "{}", done.err());
    assert!(!dir.join("summary").exists());
}

#[test]
fn the_summary_of_the_step_may_be_missing() {
    let run = Run::line("-j1 true ::: a").env("CI", "true").env("GITHUB_ACTIONS", "true");
    let done = run.env("GITHUB_STEP_SUMMARY", "/nonexistent/summary").run().status(0);
    assert_eq!(done.err(), "apool: cannot write GITHUB_STEP_SUMMARY: No such file or directory\n");
}

#[test]
fn summary_prints_a_line_about_the_run() {
    let line = |text: &str, start: &str, end: &str| {
        assert!(
            text.starts_with(start) && text.lines().next().is_some_and(|line| line.contains(end)),
            "{text}"
        );
    };
    let done = Run::line("-j1 --summary echo ::: a b").run().status(0).stdout("a\nb\n");
    line(&done.err(), "apool: 2 jobs in ", " s, at most 1 at once");
    assert_eq!(done.err().lines().count(), 1);
    let done = Run::line("-j1 --summary").args(["exit {}", ":::", "0", "3"]).run().status(1);
    line(&done.err(), "apool: 2 jobs in ", " s, 1 failed, at most 1 at once");
    assert!(!done.err().contains("of 2 jobs failed"), "printed twice: {}", done.err());
    assert!(done.err().contains("\n       2  status 3     exit 3\n"), "{}", done.err());
    Run::line("-j1 echo ::: a b").run().status(0).stderr("");
}

/// The standard output of a script that the runner of GitHub Actions runs.
fn output_of_a_step(script: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new();
    dir.write("step.sh", script);
    // The runner gives the step a pipe and reads it. Its name is that of its file.
    let runner = dir.write("Runner.Worker", "#!/bin/bash\nsh ./step.sh | cat\n:\n");
    std::fs::set_permissions(&runner, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let mut command = std::process::Command::new(&runner);
    command.current_dir(dir.path()).env("A", crate::harness::apool()).env_remove("GITHUB_STEP_SUMMARY");
    let output = command.env("CI", "true").env("GITHUB_ACTIONS", "true").output().expect("the runner");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_long_output_is_folded_in_the_log_of_a_step_and_nowhere_else() {
    let numbers = |last: u32| (1..=last).map(|n| format!("{n}\n")).collect::<String>();
    let folded = format!("{}::group::job 2: seq 5\n{}::endgroup::\n", numbers(4), numbers(5));
    assert_eq!(output_of_a_step("$A -k seq ::: 4 5"), folded);
    let open = output_of_a_step("$A -k printf '%s\\n1\\n2\\n3\\n4\\n5' ::: a");
    assert!(open.ends_with("\n4\n5\n::endgroup::\n"), "an output without a newline at its end: {open}");
    let plain = format!("{}{}", numbers(4), numbers(5));
    for redirected in [
        "$A -k seq ::: 4 5 | cat",
        "text=$($A -k seq ::: 4 5); echo \"$text\"",
        "(cd .; $A -k seq ::: 4 5) >file; cat file",
        "$A -k --progress=none seq ::: 4 5",
        "$A -k --line-buffer seq ::: 4 5",
    ] {
        assert_eq!(output_of_a_step(redirected), plain, "{redirected}");
    }
}
