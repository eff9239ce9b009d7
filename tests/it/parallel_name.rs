//! apool under the name parallel. Each line of the table runs twice, by GNU parallel and by apool called parallel, and both
//! must give the same output and status. Without GNU parallel only the tests without a table run.

use crate::harness::{Dir, apool};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const SAME: &str = include_str!("parallel_name/same.txt");

/// A home with a profile, and a directory in which apool is called parallel.
struct Place(Dir);

impl Place {
    fn new() -> Place {
        let dir = Dir::new();
        for name in ["home/.parallel", "bin"] {
            std::fs::create_dir_all(dir.join(name)).expect("a directory");
        }
        let profile = dir.join("home/.parallel/profile");
        std::fs::write(profile, "# a comment\n-k --tagstring 'a b'\n").expect("written");
        std::os::unix::fs::symlink(apool(), dir.join("bin/parallel")).expect("a link");
        Place(dir)
    }

    /// Runs a line with bash in a directory of its own, where `parallel` is apool or the installed one.
    fn run(&self, line: &str, ours: bool) -> Output {
        let path = std::env::var("PATH").unwrap_or_default();
        let path = if ours { format!("{}:{path}", self.0.join("bin").display()) } else { path };
        let dir = Dir::new();
        Command::new("bash")
            .args(["-c", line])
            .env("PATH", path)
            .env("HOME", self.0.join("home"))
            .env("SHELL", "/bin/bash")
            .env_remove("PARALLEL")
            .current_dir(dir.join("."))
            .stdin(Stdio::null())
            .output()
            .expect("bash runs")
    }
}

fn seen(output: &Output) -> (String, Option<i32>) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code())
}

#[test]
fn the_output_and_the_status_are_those_of_gnu_parallel() {
    let real = Command::new("parallel").arg("--version").stdin(Stdio::null()).output();
    if !real.is_ok_and(|real| real.stdout.starts_with(b"GNU parallel")) {
        eprintln!("skipped: GNU parallel is not installed");
        return;
    }
    let lines: Vec<&str> = SAME.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let (place, next, wrong) = (Place::new(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                while let Some(line) = lines.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (real, ours) = (place.run(line, false), place.run(line, true));
                    if seen(&ours) != seen(&real) {
                        let text = format!("{line}\n  parallel: {real:?}\n  apool: {ours:?}");
                        wrong.lock().expect("no panic").push(text);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    let place = Place::new();
    for (options, message) in [
        ("--tmux", "parallel: --tmux is not supported: jobs do not run in tmux;"),
        ("--filter 1", "parallel: --filter is not supported: filter the input first,"),
        (
            "--rpl '{%(.+)} s/$$1$//'",
            "parallel: --rpl '{%(.+)} s/$$1$//': a tag with groups is not supported:",
        ),
        ("--tee --pipe", "parallel: --tee is not supported: a job gets a part of the stream;"),
        ("--semaphore", "parallel: --semaphore is not supported: runs do not share a limit;"),
        ("--nonall", "parallel: --nonall is not supported: jobs run on this machine only"),
        ("-S :,server", "parallel: --sshlogin :,server is not supported: jobs run on this machine only,"),
        ("--halt never -j x", "parallel: -j: 'x' is not a number"),
        ("--nothing", "parallel: unrecognized option '--nothing'"),
        ("-J none", "parallel: -J none: there is no such profile"),
    ] {
        let output = place.run(&format!("parallel {options} echo ran ::: a"), true);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.starts_with(message) && text.lines().count() == 1, "{options}: {text}");
        assert_eq!(output.status.code(), Some(255), "{options}");
        assert!(output.stdout.is_empty(), "{options}");
    }
}

#[test]
fn the_option_and_the_variable_choose_it_and_variables_of_apool_are_not_read() {
    let output = |command: &mut Command| {
        let output = command.args(["echo", "$((1+1))", ":::", "a"]).env("APOOL_DRY_RUN", "1").output();
        String::from_utf8_lossy(&output.expect("runs").stdout).into_owned()
    };
    assert_eq!(output(Command::new(apool()).args(["--as", "parallel", "--gnu"])), "2 a\n");
    assert_eq!(output(Command::new(apool()).env("APOOL_AS", "parallel")), "2 a\n");
    assert_eq!(output(Command::new(apool()).env("PARALLEL", "--dry-run")), "echo '$((1+1))' a\n");
}

#[test]
fn a_value_in_quotes_is_quoted_for_its_place() {
    let output = Place::new().run(r#"parallel -k 'echo "<{}>"' ::: 'a b' "it's""#, true);
    assert_eq!(seen(&output), ("<a b>\n<it's>\n".to_owned(), Some(0)));
}

#[test]
fn the_version_is_found_where_scripts_look_for_it() {
    let line = "parallel --version | awk 'NR == 1 {print $1, $2, ($3 > 20000000)}'";
    let output = Place::new().run(line, true);
    assert_eq!(seen(&output).0, "GNU parallel 1\n");
}
