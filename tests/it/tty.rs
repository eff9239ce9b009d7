//! `--tty`: one job at a time has the terminal.

use crate::harness::{Dir, Run, apool, kill, until};
use crate::pty::{On, Terminal};

fn state(pid: u32) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().and_then(|rest| rest.chars().next()).unwrap_or('X')
}

/// Runs a script for two values, each of which wants the terminal.
fn two(script: &str) -> Run {
    Run::line("-o sh -c").args([script, "{}", ":::", "a", "b"])
}

#[test]
fn jobs_read_the_terminal_one_after_the_other() {
    let terminal = Terminal::new(80, 24);
    let on = terminal.start(&two("echo asks $0; read x; echo got $0 $x"), On::Everything);
    for (value, typed) in [("a", "one\n"), ("b", "two\n")] {
        terminal.wait_for(&format!("asks {value}"));
        terminal.type_in(typed.as_bytes());
        terminal.wait_for(&format!("got {value} {}", typed.trim()));
    }
    on.end().status(0);
}

#[test]
fn the_jobs_of_xargs_get_the_terminal_too() {
    let terminal = Terminal::new(80, 24);
    let dir = Dir::new();
    dir.write("list", "a b");
    let run = Run::line("--as xargs -a list -o -n1 -P4 sh -c").args(["echo asks $0; read x; echo got $0 $x"]);
    let on = terminal.start(&run.dir(&dir), On::Everything);
    for value in ["a", "b"] {
        terminal.wait_for(&format!("asks {value}"));
        terminal.type_in(b"word\n");
        terminal.wait_for(&format!("got {value} word"));
    }
    on.end().status(0);
}

#[test]
fn the_jobs_of_gnu_parallel_get_the_terminal_too() {
    let terminal = Terminal::new(80, 24);
    let run =
        Run::line("--as parallel -k --tty").args(["echo asks {}; read x; echo got {} $x", ":::", "a", "b"]);
    let on = terminal.start(&run, On::Everything);
    for value in ["a", "b"] {
        terminal.wait_for(&format!("asks {value}"));
        terminal.type_in(b"word\n");
        terminal.wait_for(&format!("got {value} word"));
    }
    on.end().status(0);
}

#[test]
fn ctrl_c_ends_the_job_and_the_run() {
    let terminal = Terminal::new(80, 24);
    let on = terminal.start(&two("echo asks $0; read x"), On::Everything);
    terminal.wait_for("asks a");
    terminal.type_in(b"\x03");
    on.end().signal(2);
    terminal.settle();
    assert!(!terminal.raw().contains("asks b"), "{}", terminal.raw());
}

#[test]
fn a_job_that_handles_ctrl_c_goes_on() {
    let terminal = Terminal::new(80, 24);
    let script = "trap 'echo handled' INT; echo asks $0; read x || read x; echo got $0 $x";
    let on = terminal.start(&two(script), On::Everything);
    terminal.wait_for("asks a");
    terminal.type_in(b"\x03");
    terminal.wait_for("handled");
    terminal.type_in(b"one\n");
    terminal.wait_for("got a one");
    terminal.wait_for("asks b");
    terminal.type_in(b"two\n");
    on.end().status(0);
}

#[test]
fn ctrl_z_stops_the_run_and_the_job_gets_the_terminal_again() {
    let terminal = Terminal::new(80, 24);
    let on = terminal.start(&two("echo asks $0; read x; echo got $0 $x"), On::Everything);
    let pid = on.pid();
    for value in ["a", "b"] {
        terminal.wait_for(&format!("asks {value}"));
        terminal.type_in(b"\x1a");
        until("apool is stopped", || state(pid) == 'T');
        kill(pid, 18);
        until("apool goes on", || state(pid) != 'T');
        terminal.type_in(b"word\n");
        terminal.wait_for(&format!("got {value} word"));
    }
    on.end().status(0);
}

#[test]
fn a_killed_job_leaves_the_modes_of_the_terminal_as_they_were() {
    let terminal = Terminal::new(80, 24);
    let before = terminal.settings();
    let run = Run::line("-o sh -c").args(["stty raw -echo; kill -KILL $$", "{}", ":::", "a"]);
    terminal.start(&run, On::Everything).end().status(1);
    assert_eq!(terminal.settings(), before);
}

#[test]
fn it_needs_a_terminal_and_one_worker() {
    let mut command = std::process::Command::new("setsid");
    command.arg("--wait").arg(apool()).args(["--tty", "echo", ":::", "a"]);
    let done = command.stdin(std::process::Stdio::null()).output().expect("setsid");
    assert_eq!(done.status.code(), Some(255));
    assert_eq!(
        String::from_utf8_lossy(&done.stderr),
        "apool: --tty needs a terminal: No such device or address\n"
    );
    for workers in ["-j2", "-j0", "--policy=aimd", "--min-workers=2"] {
        Run::line(workers).args(["-o", "echo", ":::", "a"]).run().status(255).stderr_has("use -j 1");
    }
    Run::line("-o -k echo ::: a").run().status(255).stderr_has("-o cannot be used with -k");
}
