//! The job pool of make: one job runs without a token, and each further job takes one and gives it back.

use crate::harness::{Dir, apool};
use std::process::{Command, Output};

/// The job waits until as many run as its argument says, so it ends only where the pool had a token for each.
const MEET: &str = r#"
name=$1 wanted=$2
: >"$name.$$"
until set -- "$name".* && [ $# -ge "$wanted" ]; do sleep 0.01; done
"#;
/// The job writes how many run at its start.
const COUNT: &str = r#"
: >"run.$$"
set -- run.*
echo $# >>counts
rm "run.$$"
"#;

/// Runs make with this makefile. `None` without make.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn make(dir: &Dir, flags: &str, makefile: &str) -> Option<Output> {
    dir.write("meet", MEET);
    dir.write("count", COUNT);
    dir.write("Makefile", makefile);
    let mut make = Command::new("timeout");
    make.args(["60", "make", "--no-print-directory", "-s"])
        .args(flags.split_whitespace())
        .current_dir(dir.path());
    make.env("A", apool()).env_remove("MAKEFLAGS").env_remove("MFLAGS").env_remove("CARGO_MAKEFLAGS");
    let output = make.output().expect("timeout");
    // timeout reports a command that is not there by this status.
    if output.status.code() == Some(127) {
        eprintln!("left out: make is not here");
        return None;
    }
    Some(output)
}

#[track_caller]
fn succeeds(output: &Output) {
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{output:?}");
}

#[test]
fn each_job_beyond_the_first_takes_a_token_and_gives_it_back() {
    let dir = Dir::new();
    let makefile = "all: second\nfirst:\n\t+seq 4 | $$A sh meet one 4 '#{}'\nsecond: first\n\t+seq 4 | $$A sh meet two 4 '#{}'\n";
    let Some(output) = make(&dir, "-j4", makefile) else { return };
    succeeds(&output);
}

#[test]
fn no_more_jobs_run_than_the_pool_has_places() {
    for (places, recipe) in [(2, "seq 20 | $$A"), (1, "seq 20 | $$A"), (2, "seq 20 | $$A --as xargs -P0 -n1")]
    {
        let dir = Dir::new();
        let makefile = format!("all:\n\t+{recipe} sh count\n");
        let Some(output) = make(&dir, &format!("-j{places}"), &makefile) else { return };
        succeeds(&output);
        let counts: Vec<u32> =
            dir.read("counts").lines().map(|n| n.trim().parse().expect("a number")).collect();
        assert_eq!(counts.len(), 20);
        assert!(counts.iter().all(|&count| count <= places), "{places}: {counts:?}");
    }
}

#[test]
fn a_run_that_is_ended_gives_its_tokens_back() {
    let dir = Dir::new();
    // The last of three jobs ends apool while all three run.
    let end = "sh meet one 3; [ {} = 3 ] && kill -TERM $$PPID; exec sleep 100";
    let makefile = format!(
        "all: second\nfirst:\n\t+-seq 3 | $$A -c '{end}' 2>/dev/null\nsecond: first\n\t+seq 4 | $$A sh meet two 4 '#{{}}'\n"
    );
    let Some(output) = make(&dir, "-j4", &makefile) else { return };
    assert!(output.status.success(), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    // make itself says that the recipe has failed, and nothing about a token.
    assert!(!stderr.contains("INTERNAL") && !stderr.contains("token"), "{stderr}");
}

#[test]
fn a_pool_that_cannot_be_used_is_noted() {
    let dir = Dir::new();
    let Some(output) = make(&dir, "-j2", "all:\n\t@seq 2 | $$A -k echo\n") else { return };
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1\n2\n");
    let note = "apool: MAKEFLAGS has --jobserver-auth=3,4, which cannot be used: descriptor 3 is closed; put + before the line of the recipe\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), note);
}
