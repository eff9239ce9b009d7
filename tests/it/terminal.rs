//! Terminals: Ctrl-Z and fg, nohup, jobs that read the terminal, and the state of the terminal at the end.

use crate::harness::{Dir, Run, is_alive, misbehave, until};
use crate::kill::processes_of;
use crate::pty::{On, Terminal};

fn state(pid: u32) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().and_then(|rest| rest.chars().next()).unwrap_or('X')
}

#[test]
fn ctrl_z_stops_the_jobs_and_their_clock_until_fg() {
    let dir = Dir::new();
    let go = dir.fifo("go");
    let begin = std::time::Instant::now();
    let mut run = Run::line("--line-buffer --joblog log").dir(&dir).start();
    run.give("echo up; read x <go; echo down\n");
    assert_eq!(run.line(), "up");
    let pid = run.pid();
    let jobs = processes_of(pid);
    run.signal(20);
    until("apool is stopped", || state(pid) == 'T');
    // apool sends them the signal before it stops; a busy machine may stop them later.
    until("the jobs are stopped", || jobs.iter().all(|&job| state(job) == 'T'));
    // Only time that passes can show that the clock is stopped.
    let stopped = std::time::Instant::now();
    std::thread::sleep(std::time::Duration::from_millis(500));
    let stood = stopped.elapsed();
    run.signal(18);
    until("apool goes on", || state(pid) != 'T');
    until("the jobs go on", || jobs.iter().all(|&job| state(job) != 'T'));
    std::io::Write::write_all(&mut &go, b"\n").expect("let it go");
    assert_eq!(run.line(), "down");
    run.end().status(0);
    let record = &crate::joblog::records(&dir, "log")[0];
    let took: f64 = record[3].trim().parse().expect("seconds");
    // The time of the stop is not part of the job's time. The column is rounded to 1 ms.
    let most = begin.elapsed().saturating_sub(stood).as_secs_f64() + 0.001;
    assert!(took <= most, "{took} of {most}: {record:?}");
    assert_eq!(record[6], "0");
}

#[test]
fn a_stopped_run_can_be_ended() {
    for signal in [2, 15] {
        let mut run = Run::line("--line-buffer").start();
        run.give(&format!("{} ignore-term\n", misbehave().display()));
        assert!(run.line().starts_with("ready"));
        let pid = run.pid();
        run.signal(20);
        until("apool is stopped", || state(pid) == 'T');
        run.signal(signal);
        run.signal(18);
        run.end().signal(signal);
        assert!(processes_of(pid).is_empty());
    }
}

#[test]
fn kill_9_of_a_stopped_run_leaves_no_process() {
    let mut run = Run::line("--line-buffer").start();
    run.give(&format!("{} setsid\n", misbehave().display()));
    assert!(run.line().starts_with("ready"));
    let pid = run.pid();
    run.signal(20);
    until("apool is stopped", || state(pid) == 'T');
    run.signal(9);
    run.end().signal(9);
    until("the jobs are gone", || processes_of(pid).is_empty());
}

#[test]
fn an_ignored_hangup_stays_ignored_in_apool_and_in_jobs() {
    let dir = Dir::new();
    let go = dir.fifo("go");
    let script = "trap '' HUP; exec \"$A\" --line-buffer";
    let mut run = std::process::Command::new("sh")
        .args(["-c", script])
        .env("A", crate::harness::apool())
        .current_dir(dir.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("sh");
    let mut stdin = run.stdin.take().expect("stdin");
    let mut out = std::io::BufReader::new(run.stdout.take().expect("stdout"));
    std::io::Write::write_all(&mut stdin, b"echo $$; read x <go; kill -HUP $$; echo lived\n").expect("input");
    drop(stdin);
    let mut line = String::new();
    std::io::BufRead::read_line(&mut out, &mut line).expect("up");
    crate::harness::kill(run.id(), 1);
    std::io::Write::write_all(&mut &go, b"\n").expect("let it go");
    line.clear();
    std::io::BufRead::read_line(&mut out, &mut line).expect("lived");
    assert_eq!(line, "lived\n");
    assert!(run.wait().expect("wait").success());
}

#[test]
fn usr1_and_usr2_move_the_maximum() {
    let dir = Dir::new();
    let go = dir.fifo("go");
    let mut run = Run::line("-j1 --line-buffer").dir(&dir).start();
    run.give(&"echo up; read x <go; echo down\n".repeat(4));
    assert_eq!(run.line(), "up");
    // Two jobs may run now, so a second one starts beside the first.
    run.signal(10);
    assert_eq!(run.line(), "up");
    run.signal(12);
    for _ in 0..4 {
        std::io::Write::write_all(&mut &go, b"\n").expect("let one go");
    }
    let rest: Vec<String> = (0..6).map(|_| run.line()).collect();
    assert_eq!(rest.iter().filter(|line| *line == "down").count(), 4);
    run.end().status(0);
}

#[test]
fn a_job_that_reads_the_terminal_does_not_hang_the_run() {
    let terminal = Terminal::new(80, 24);
    let run = Run::new()
        .args(["--progress=none", "-j1", "--"])
        .args([misbehave().as_os_str()])
        .args(["<>", ":::", "read-tty", "lines"]);
    let done = terminal.start(&run, On::Everything).end();
    terminal.settle();
    assert_eq!(done.status.code(), Some(1), "{}", terminal.raw());
    assert!(terminal.raw().contains("it wants the terminal, which jobs cannot use"), "{}", terminal.raw());
}

#[test]
fn ungrouped_jobs_print_on_a_terminal_that_stops_the_background() {
    let terminal = Terminal::new(80, 24);
    terminal.stop_background(true);
    let run =
        Run::line("-u -j2 -- sh -c").args(["echo out $1; echo err $1 >&2", "sh", "<>", ":::", "a", "b"]);
    let done = terminal.start(&run, On::Everything).end();
    terminal.settle();
    let mut lines: Vec<String> = terminal.raw().lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(
        lines.iter().filter(|line| line.len() == 5).collect::<Vec<_>>(),
        ["err a", "err b", "out a", "out b"]
    );
    assert_eq!(done.status.code(), Some(0), "{}", terminal.raw());
}

#[test]
fn jobs_print_after_the_terminal_forbids_it_during_a_stop() {
    let dir = Dir::new();
    let terminal = Terminal::new(80, 24);
    let mut gate = dir.fifo("gate");
    let run = Run::line("-u -j1 -- sh -c").dir(&dir);
    let run = run.args(["echo job $1; read x <gate", "sh", "<>", ":::", "a", "b"]);
    let on = terminal.start(&run, On::Everything);
    terminal.wait_for("job a");
    crate::harness::kill(on.pid(), 20);
    until("apool is stopped", || state(on.pid()) == 'T');
    terminal.stop_background(true);
    crate::harness::kill(on.pid(), 18);
    std::io::Write::write_all(&mut gate, b"\n\n").expect("let them go");
    let done = on.end();
    terminal.settle();
    assert!(terminal.raw().contains("job b"), "{}", terminal.raw());
    assert_eq!(done.status.code(), Some(0), "{}", terminal.raw());
}

#[test]
fn every_way_out_leaves_the_terminal_as_it_was() {
    let fixture = misbehave().display().to_string();
    for (job, signals, status) in [
        ("true".to_owned(), &[][..], Some(0)),
        ("exit 3".to_owned(), &[], Some(1)),
        ("no-such-program-here".to_owned(), &[], Some(1)),
        (format!("{fixture} ignore-term"), &[2], None),
        (format!("{fixture} ignore-term"), &[15], None),
        (format!("{fixture} ignore-term"), &[1], None),
        (format!("{fixture} ignore-term"), &[15, 2], None),
    ] {
        let terminal = Terminal::new(80, 24);
        let before = terminal.settings();
        let dir = Dir::new();
        let run = Run::line("--progress=bar --termseq TERM,50,KILL,25").dir(&dir);
        let run = run.args(["-c", &format!(": >up; exec sh -c '{job}'"), ":::", "1"]);
        let on = terminal.start(&run, On::Everything);
        let pid = on.pid();
        until("it is running", || dir.join("up").exists());
        if !signals.is_empty() {
            until("the view is drawn", || !terminal.screen().is_empty());
        }
        for &signal in signals {
            crate::harness::kill(pid, signal);
        }
        let done = on.end();
        terminal.settle();
        assert_eq!(done.status.code(), status, "{job} {signals:?}: {}", terminal.raw());
        assert_eq!(terminal.settings(), before, "{job} {signals:?}");
        let raw = terminal.raw();
        let (hidden, shown) = (raw.matches("\x1b[?25l").count(), raw.matches("\x1b[?25h").count());
        assert!(hidden == 0 || shown > 0, "the cursor stays hidden after {job} {signals:?}");
        assert!(processes_of(pid).is_empty() && !is_alive(pid));
    }
}

#[test]
fn a_closed_terminal_ends_the_run_like_a_hangup() {
    let dir = Dir::new();
    let gate = dir.fifo("gate");
    let terminal = Terminal::new(80, 24);
    let run =
        Run::script("-j1 --metrics-json m", "echo $$ > pid; read x < gate").dir(&dir).env("TERM", "xterm");
    let run = terminal.start(&run.args([":::", "1"]), On::StderrOnly);
    terminal.wait_for("0/1");
    let job: u32 = dir.read("pid").trim().parse().expect("a process number");
    terminal.hang_up();
    run.end().signal(1);
    assert!(!crate::harness::is_alive(job));
    assert_eq!(dir.json("m")["state"], "interrupted");
    drop(gate);
}
