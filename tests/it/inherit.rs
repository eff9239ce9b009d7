//! Jobs inherit the descriptors that apool was started with, as under xargs, and none of its own.

use crate::harness::{Dir, Done, apool, kill, misbehave, until};
use std::process::{Command, Stdio};

/// Runs a script of bash that has the descriptors 0, 1 and 2 only. `$A` is apool, `$M` the program that misbehaves.
fn shell(dir: &Dir, script: &str) -> Done {
    let bare = "for fd in /proc/$$/fd/*; do fd=${fd##*/}; [ $fd -le 2 ] || eval \"exec $fd>&-\"; done; ";
    let output = Command::new("bash")
        .args(["-c", &format!("{bare}{script}")])
        .env("A", apool())
        .env("M", misbehave())
        .env_remove("CI")
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .output()
        .expect("bash");
    Done { status: output.status, stdout: output.stdout, stderr: output.stderr }
}

#[test]
fn jobs_inherit_the_descriptors_of_the_caller_and_none_of_apool() {
    let ways = [
        "",
        "-u",
        "-k --line-buffer --tag",
        "--joblog l --results r --metrics-json m --metrics-interval 1 --decision-log d",
        "--joblog l --resume-failed --results-layout flat --results f",
        "--files --tmpdir . --timeout 1000%",
        "--pipe -N1",
        "--pipe-part -a many --block 20",
        "--order random -a many",
        "--limit true --memsuspend 1M --load 1000 --memfree 1k",
        "-j jobs --affinity spread --nice 1",
        "--retries 2 --progress=json",
    ];
    for way in ways {
        let dir = Dir::new();
        dir.write("jobs", "8\n");
        dir.write("many", (1..=40).map(|n| format!("{n}\n")).collect::<String>());
        let jobs = if way.contains("jobs") { "" } else { "-j8" };
        let tail = if way.contains("--pipe") { "" } else { "{}" };
        let input = if way.contains("-a many") { "" } else { "<many" };
        let done = shell(
            &dir,
            &format!(
                "exec 3>log 7<many; $A {jobs} {way} -- $M state {tail} {input} >out 2>err; cat $(cat out | grep ^/) out | grep fds"
            ),
        );
        let out = done.out();
        let fds: Vec<&str> = out.lines().map(|line| &line[line.find("fds").unwrap_or(0)..]).collect();
        let what = format!("{way}: {out}{}{}", done.err(), dir.read("err"));
        assert!(fds.len() >= 4 && fds.iter().all(|line| *line == "fds [0, 1, 2, 3, 7]"), "{what}");
    }
}

#[test]
fn a_closed_standard_descriptor_is_not_reused_for_a_file_of_apool() {
    for closed in ["<&-", "2>&-", "<&- 2>&-"] {
        let dir = Dir::new();
        shell(&dir, &format!("exec 3>log; $A -u -- sh -c '$M state >&3' ::: a {closed}"));
        assert!(dir.read("log").contains("fds [0, 1, 2, 3]\n"), "{closed}: {}", dir.read("log"));
    }
}

#[test]
fn process_substitutions_can_be_values() {
    let dir = Dir::new();
    shell(&dir, "$A -k cat ::: <(echo a) <(echo b) <(echo c)").stderr("").stdout("a\nb\nc\n").status(0);
    shell(&dir, "$A -k -a <(seq 3) echo").stderr("").stdout("1\n2\n3\n").status(0);
}

#[test]
fn jobs_inherit_a_log_and_a_lock_of_the_caller() {
    let dir = Dir::new();
    shell(&dir, "exec 3>log; $A -j2 -c 'echo {} >&3' ::: a b c").stderr("").status(0);
    assert_eq!(dir.read("log").lines().count(), 3);
    // The caller has the lock and so has each job. Another program does not get it.
    let script = "exec 9>lock; flock -n 9 && $A -j1 -c 'flock -n 9 && echo held; flock -n lock true || echo busy; : {}' ::: 1";
    shell(&dir, script).stderr("").stdout("held\nbusy\n").status(0);
    // The lock is free when apool and its jobs have ended: the guardian does not keep it.
    shell(&dir, "(exec 9>lock; flock -n 9; $A true ::: 1); flock -n lock echo free").stdout("free\n");
}

#[test]
fn a_background_process_keeps_the_descriptor_without_delaying_the_run() {
    let dir = Dir::new();
    let script = "exec 9>lock; flock -n 9; $A --metrics-json m -c 'sleep 1000 >/dev/null 2>&1 & echo $!; : {}' ::: 1; \
                  exec 9>&-; flock -n lock true || echo busy";
    let done = shell(&dir, script);
    let out = done.out();
    let mut lines = out.lines();
    let left: u32 = lines.next().and_then(|pid| pid.parse().ok()).expect("a process number");
    assert_eq!(lines.next(), Some("busy"), "{}", done.err());
    assert_eq!(dir.json("m")["totals"]["leaked"], 0);
    kill(left, 9);
    until("the lock is free", || shell(&dir, "flock -n lock true").status.success());
}

#[test]
fn a_make_in_a_job_takes_part_in_the_job_server() {
    let dir = Dir::new();
    dir.write("Makefile", "all:\n\t+@$$A -k -j2 $(MAKE) -s -f sub.mk ::: x y\n");
    dir.write("sub.mk", "%:\n\t@echo $@ $(filter --jobserver%,$(MAKEFLAGS)) | cut -d= -f1\n");
    let done = shell(&dir, "command -v make >/dev/null || { echo none; exit; }; make -s -j3");
    if done.out() == "none\n" {
        eprintln!("skipped: make is not here");
        return;
    }
    // Otherwise make prints "warning: jobserver unavailable: using -j1."
    done.stderr("").stdout("x --jobserver-auth\ny --jobserver-auth\n").status(0);
}
