//! The live view in detail: the running jobs, failures, waits, stops, pipes beside it, and the tab of the terminal.

use crate::harness::{Dir, Run, until};
use crate::pty::{On, Terminal};
use std::io::{Read, Write};

/// Jobs that each wait at a gate for a line. Their status is that line.
fn gated(options: &str, dir: &Dir) -> Run {
    Run::script(options, "read x < gate; exit $x").dir(dir).env("TERM", "xterm")
}

fn failing(screen: &[String]) -> u64 {
    let named = screen.iter().filter(|line| line.starts_with("apool: job ")).count() as u64;
    let more = screen.iter().filter_map(|line| {
        let (count, _) = line.strip_prefix("apool: ")?.split_once(" more job")?;
        count.parse::<u64>().ok()
    });
    named + more.sum::<u64>()
}

#[test]
fn the_oldest_jobs_are_below_the_bar() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    for (columns, rows, jobs) in [(40, 10, 3), (80, 24, 6), (200, 50, 8)] {
        let terminal = Terminal::new(columns, rows);
        let numbers: Vec<String> = (1..=12).map(|n| n.to_string()).collect();
        let run = gated("-j9", &dir).env("LC_ALL", "C").args([":::"]).args(numbers);
        let run = terminal.start(&run, On::Everything);
        terminal.wait_for("9 running (limit 9)");
        until("the rows are full", || terminal.screen().len() == jobs + 3);
        let screen = terminal.screen();
        let bar = format!("[{}]    0 %", " ".repeat(usize::from(columns) - 1 - 9));
        assert_eq!(screen[0], bar);
        assert!(screen[1].starts_with("0/12  0/s  elapsed "), "{screen:?}");
        assert!(screen[2].starts_with("9 running (limit 9)  3 waiting"), "{screen:?}");
        let rows: Vec<_> = screen[3..].iter().map(|row| row.split_once("s  job ").expect(row).1).collect();
        let mut wanted: Vec<_> = (1..=9).map(|n| format!("{n}: sh -c 'read x ")).collect();
        wanted.retain(|start| {
            rows.iter().any(|row| row.starts_with(start.get(..20.min(start.len())).expect("ascii")))
        });
        assert_eq!(wanted.len(), jobs, "{screen:?}");
        gate.write_all(&b"0\n".repeat(12)).expect("open the gate");
        run.end().status(0);
    }
}

#[test]
fn failures_are_named_as_they_happen_and_counted_beyond_ten_a_second() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let terminal = Terminal::new(100, 60);
    let numbers: Vec<String> = (1..=40).map(|n| n.to_string()).collect();
    let run = terminal.start(&gated("-j1", &dir).args([":::"]).args(numbers), On::Everything);
    terminal.wait_for("0/40");
    gate.write_all(b"7\n").expect("open the gate");
    terminal.wait_for("apool: job 1 failed (status 7): sh -c 'read x < gate; exit $x' sh 1");
    terminal.wait_for("1/40  1 failed");
    gate.write_all(&b"7\n".repeat(39)).expect("open the gate");
    run.end().status(40);
    terminal.settle();
    let screen = terminal.screen();
    assert_eq!(failing(&screen), 40, "{screen:?}");
    assert_eq!(screen.iter().filter(|line| line.contains("apool: 40 jobs in ")).count(), 1, "{screen:?}");
    assert!(!screen.iter().any(|line| line.contains(" of 40 jobs failed")), "printed twice: {screen:?}");
    let last = screen.len() - 1;
    assert!(
        screen[last].contains("--resume-failed") && screen[last - 1].contains(", 40 failed, "),
        "{screen:?}"
    );
}

#[test]
fn a_wait_for_input_and_a_stop_are_said() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let list = dir.fifo("list");
    let terminal = Terminal::new(80, 24);
    let options = "-j1 --bar -a list --termseq INT,3600000,KILL,25";
    let run =
        Run::script(options, "trap '' INT; read x < gate; read x < gate").dir(&dir).env("TERM", "xterm");
    let run = terminal.start(&run, On::Everything);
    terminal.wait_for("waiting for input");
    (&list).write_all(b"a\n").expect("a record");
    terminal.wait_for("1 running (limit 1)");
    gate.write_all(b"0\n").expect("let it go on");
    until("the wait is over", || !terminal.screen().iter().any(|line| line.contains("waiting for input")));
    crate::harness::kill(run.pid(), 15);
    terminal.wait_for("stopping: 1 job gets INT; Ctrl-C again kills");
    gate.write_all(b"0\n").expect("let it end");
    run.end().signal(15);
}

#[test]
fn a_reader_of_the_output_on_the_same_terminal_does_not_tear_the_view() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let terminal = Terminal::new(80, 24);
    let run = Run::script("-j1", "read x < gate; echo job $x").dir(&dir).env("TERM", "xterm");
    let mut run = terminal.start(&run.args([":::", "1", "2", "3"]), On::StderrOnly);
    let mut output = run.stdout();
    terminal.wait_for("0/3");
    for number in 1..=3 {
        writeln!(gate, "{number}").expect("open the gate");
        // The reader prints each line like tee, at whatever moment.
        let mut line = [0; 6];
        output.read_exact(&mut line).expect("a line");
        terminal.print_as_another(&line);
        if number < 3 {
            terminal.wait_for(&format!("{number}/3"));
        }
    }
    drop(output);
    run.end().status(0);
    terminal.settle();
    let screen = terminal.screen();
    assert_eq!(screen.iter().filter(|line| line.starts_with("apool: 3 jobs in ")).count(), 1, "{screen:?}");
    let others: Vec<_> =
        screen.iter().filter(|line| !line.is_empty() && !line.starts_with("apool: ")).collect();
    assert_eq!(others, ["job 1", "job 2", "job 3"]);
}

#[test]
fn a_terminal_with_a_progress_in_its_tab_gets_it() {
    let shown = |variables: &[(&str, &str)]| {
        let dir = Dir::new();
        let mut gate = dir.fifo("gate");
        let terminal = Terminal::new(80, 24);
        let run = variables.iter().fold(gated("-j1", &dir), |run, (name, value)| run.env(name, value));
        let run = terminal.start(&run.args([":::", "1", "2"]), On::Everything);
        terminal.wait_for("0/2");
        gate.write_all(b"0\n").expect("open the gate");
        terminal.wait_for("1/2");
        gate.write_all(b"0\n").expect("open the gate");
        run.end().status(0);
        terminal.settle();
        terminal.raw()
    };
    let raw = shown(&[("WT_SESSION", "1")]);
    let places =
        ["\x1b]9;4;1;0\x1b\\", "\x1b]9;4;1;50\x1b\\", "\x1b]9;4;0;\x1b\\"].map(|text| raw.rfind(text));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {raw:?}");
    assert!(!shown(&[]).contains("\x1b]"));
    assert!(!shown(&[("WT_SESSION", "1"), ("TMUX", "/tmp/tmux,1,0")]).contains("\x1b]"));
}
