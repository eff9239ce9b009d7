//! The progress of a run: the live view on a terminal, and `--progress` elsewhere.

use crate::harness::{Dir, Run, kill, until};
use crate::pty::{On, Terminal};
use std::io::Write;
use std::process::Stdio;

/// The screen after a run without failures whose view was shown: all but the line that says how the run went.
fn screen_before_the_end(terminal: &Terminal, jobs: &str) -> Vec<String> {
    terminal.settle();
    let mut screen = terminal.screen();
    let last = screen.pop().expect("a line about the run");
    assert!(last.starts_with(&format!("apool: {jobs} in ")) && !last.contains("failed"), "{last}");
    screen
}

/// Jobs that each wait at a gate (a FIFO) for a line, and echo it.
fn gated(options: &str, dir: &Dir) -> Run {
    Run::script(options, "read x < gate; echo job $x").dir(dir).env("TERM", "xterm")
}

#[test]
fn nothing_is_shown_in_a_pipe() {
    for options in ["-j1", "-j1 --progress=auto", "-j1 --progress=none"] {
        Run::line(options).args(["sleep", "0.3", ":::", "0"]).run().status(0).stdout("").stderr("");
    }
}

#[test]
fn plain_progress_has_a_last_line() {
    let done = Run::line("-j1 --progress=plain echo ::: a b c").run().status(0).stdout("a\nb\nc\n");
    let line = done.err();
    let (time, rest) = line.strip_prefix("apool: ").and_then(|line| line.split_once(' ')).expect("a time");
    assert!(time.len() == 9 && time.ends_with('Z'), "{line}");
    assert!(rest.starts_with("3/3 (100 %) done, "), "{line}");
    assert_eq!(done.err().lines().count(), 1);
}

#[test]
fn json_progress_is_an_object_a_line() {
    let done = Run::line("-j1 --progress=json sh -c")
        .args(["[ $1 = 0 ]", "sh", "{}", ":::", "0", "1"])
        .run()
        .status(1);
    let lines: Vec<serde_json::Value> = done
        .err()
        .lines()
        .filter(|l| l.starts_with('{'))
        .map(|l| serde_json::from_str(l).expect(l))
        .collect();
    let last = lines.last().expect("a last line");
    assert_eq!((&last["done"], &last["failed"], &last["total"]), (&2.into(), &1.into(), &2.into()), "{last}");
    for name in
        ["active_tasks", "current_limit", "max_workers", "queue_depth", "cpu_percent", "memory_percent"]
    {
        assert!(last.get(name).is_some(), "no {name} in {last}");
    }
}

#[test]
fn ci_gets_no_progress_line_for_a_short_run() {
    Run::line("-j1 echo ::: a").env("CI", "true").gives("a\n");
}

#[test]
fn the_view_is_on_the_terminal_while_it_runs_and_gone_at_the_end() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let terminal = Terminal::new(100, 24);
    let before = terminal.settings();
    let run = terminal.start(&gated("-j1 --policy fixed", &dir).args([":::", "1", "2", "3"]), On::Everything);
    terminal.wait_for("0/3");
    terminal.wait_for("2 waiting");
    gate.write_all(b"a\n").expect("open the gate");
    terminal.wait_for("1/3");
    let screen = terminal.screen();
    assert_eq!(screen[0], "job a", "the output stands above the view");
    assert!(screen.iter().any(|l| l.contains("1 running (limit 1)")), "{screen:?}");
    gate.write_all(b"b\n").expect("open the gate");
    terminal.wait_for("2/3");
    gate.write_all(b"c\n").expect("open the gate");
    run.end().status(0);
    assert_eq!(screen_before_the_end(&terminal, "3 jobs"), ["job a", "job b", "job c"]);
    assert!(terminal.screen()[3].contains(" s, at most 1 at once"), "{:?}", terminal.screen());
    assert_eq!(terminal.settings(), before);
    assert!(!terminal.raw().contains("\x1b[?"), "no mode of the terminal is touched");
}

#[test]
fn the_job_that_runs_longest_is_named() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let terminal = Terminal::new(200, 24);
    let run = terminal.start(&gated("-j1", &dir).args([":::", "a\x1bb"]), On::StderrOnly);
    terminal.wait_for("1s  job 1: sh -c 'read x < gate; echo job $x' sh 'a\\x1bb'");
    gate.write_all(b"a\n").expect("open the gate");
    run.end().status(0);

    // In JSON it is a field, and null when no job runs.
    let messages = std::fs::File::create(dir.join("messages")).expect("a file");
    let mut command = gated("-j1 --progress=json", &dir).args([":::", "b"]).command();
    let mut child = command.stdout(Stdio::null()).stderr(messages).spawn().expect("apool");
    let longest = || dir.json_lines("messages").into_iter().find(|line| line["longest_job"].is_string());
    until("the job is named", || longest().is_some());
    gate.write_all(b"b\n").expect("open the gate");
    assert!(child.wait().expect("apool").success());
    let line = longest().expect("it was there");
    assert_eq!(line["longest_job"], "sh -c 'read x < gate; echo job $x' sh b");
    assert!(line["longest_job_s"].as_f64().is_some(), "{line}");
    let last = dir.json_lines("messages").pop().expect("a last line");
    assert!(last["longest_job"].is_null(), "{last}");
}

#[test]
fn the_view_goes_to_the_terminal_and_the_output_where_it_is_sent() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let terminal = Terminal::new(80, 24);
    let run = terminal.start(&gated("-j1", &dir).args([":::", "1"]), On::StderrOnly);
    terminal.wait_for("0/1");
    gate.write_all(b"a\n").expect("open the gate");
    run.end().status(0).stdout("job a\n");
    assert_eq!(screen_before_the_end(&terminal, "1 job"), [""; 0]);
}

#[test]
fn no_view_is_drawn_over_a_pager() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let terminal = Terminal::new(80, 24);
    terminal.give_keys(true);
    let options = "-j1 --metrics-json m --metrics-interval 100ms";
    let run = terminal.start(&gated(options, &dir).args([":::", "1"]), On::StderrOnly);
    until("a view would be up", || dir.json_lines("m").len() >= 6);
    terminal.settle();
    assert_eq!(terminal.screen(), [""; 0]);
    terminal.give_keys(false);
    terminal.wait_for("0/1");
    gate.write_all(b"a\n").expect("open the gate");
    run.end().status(0).stdout("job a\n");
}

#[test]
fn a_signal_clears_the_view() {
    for (signal, typed) in [(2, &b"\x03"[..]), (15, b""), (1, b"")] {
        let dir = Dir::new();
        let gate = dir.fifo("gate");
        let terminal = Terminal::new(80, 24);
        let before = terminal.settings();
        let run = terminal.start(&gated("-j1", &dir).args([":::", "1", "2"]), On::Everything);
        terminal.wait_for("0/2");
        if typed.is_empty() {
            kill(run.pid(), signal);
        } else {
            terminal.type_in(typed);
        }
        run.end().signal(signal);
        terminal.settle();
        let screen: Vec<String> = terminal.screen().into_iter().filter(|line| line != "^C").collect();
        assert_eq!(screen, ["apool: stopped: 1 killed, 1 read and not started"], "signal {signal}");
        assert_eq!(terminal.settings(), before);
        drop(gate);
    }
}

#[test]
fn a_failing_run_clears_the_view_before_its_summary() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let terminal = Terminal::new(80, 24);
    let run = Run::script("-j1", "read x < gate; exit 3").dir(&dir).env("TERM", "xterm").args([":::", "1"]);
    let run = terminal.start(&run, On::Everything);
    terminal.wait_for("0/1");
    gate.write_all(b"a\n").expect("open the gate");
    run.end().status(1);
    terminal.settle();
    let screen = terminal.screen();
    assert_eq!(screen[0], "apool: job 1 failed (status 3): sh -c 'read x < gate; exit 3' sh 1");
    assert!(screen[1].starts_with("apool: 1 job in ") && screen[1].ends_with(" s, 1 failed"), "{screen:?}");
    assert_eq!(screen.len(), 3, "{screen:?}");
}

#[test]
fn ctrl_z_stops_the_jobs_and_the_view_and_continuing_goes_on() {
    let dir = Dir::new();
    let mut gate = dir.fifo("gate");
    let terminal = Terminal::new(80, 24);
    let run = Run::script("-j1", "echo $$ > pid; read x < gate; echo job $x").dir(&dir).env("TERM", "xterm");
    let run = terminal.start(&run.args([":::", "1"]), On::Everything);
    terminal.wait_for("0/1");
    terminal.type_in(b"\x1a");
    let state = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(") ").next().and_then(|rest| rest.chars().next())
    };
    let job: u32 = dir.read("pid").trim().parse().expect("a process number");
    until("apool is stopped", || state(run.pid()) == Some('T'));
    // apool sends the signal before it stops; a busy machine may stop the job later.
    until("its jobs stop with it", || state(job) == Some('T'));
    terminal.settle();
    assert!(terminal.screen().iter().all(|line| !line.contains("0/1")), "{:?}", terminal.screen());
    gate.write_all(b"a\n").expect("open the gate");
    kill(run.pid(), 18);
    run.end().status(0);
    terminal.settle();
    assert!(terminal.screen().contains(&"job a".to_owned()), "{:?}", terminal.screen());
}

#[test]
fn no_colour_is_no_colour_and_a_dumb_terminal_gets_no_view() {
    let shown = |run: Run, wait: &str| {
        let dir = Dir::new();
        let mut gate = dir.fifo("gate");
        let terminal = Terminal::new(80, 24);
        let run = terminal.start(
            &run.args(["--", "sh", "-c", "read x < gate; exit 1", "sh", "{}", ":::", "1", "2"]).dir(&dir),
            On::Everything,
        );
        if wait.is_empty() {
            gate.write_all(b"a\nb\n").expect("open the gate");
        } else {
            terminal.wait_for(wait);
            gate.write_all(b"a\n").expect("open the gate");
            terminal.wait_for("1/2");
            gate.write_all(b"b\n").expect("open the gate");
        }
        run.end().status(2);
        terminal.settle();
        terminal.raw().replace("\x1b[m\x1b[m\x1b[m", "")
    };
    let coloured = |text: &str| {
        text.split("\x1b[")
            .skip(1)
            .any(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'))
    };
    assert!(!coloured(&shown(Run::line("-j1").env("TERM", "xterm").env("NO_COLOR", "1"), "0/2")));
    assert!(coloured(&shown(Run::line("-j1").env("TERM", "xterm"), "0/2")), "a failure is shown in colour");
    assert!(!coloured(&shown(Run::line("-j1 --color never").env("TERM", "xterm"), "0/2")));
    let always = Run::line("-j1 --color always").env("TERM", "xterm").env("NO_COLOR", "1");
    assert!(coloured(&shown(always, "0/2")), "what is typed wins");
    let dumb = shown(Run::line("-j1").env("TERM", "dumb"), "");
    assert!(!dumb.contains('\x1b'), "{dumb:?}");
}

#[test]
fn a_narrow_terminal_is_not_overrun() {
    for columns in [1, 10, 20, 40] {
        let dir = Dir::new();
        let mut gate = dir.fifo("gate");
        let terminal = Terminal::new(columns, 24);
        let run = terminal.start(&gated("-j1", &dir).args([":::", "1"]), On::StderrOnly);
        if columns >= 20 {
            terminal.wait_for("0/1");
        }
        gate.write_all(b"a\n").expect("open the gate");
        run.end().status(0).stdout("job a\n");
        terminal.settle();
        let screen = terminal.screen().concat();
        // On a busy machine the view may not be due before the end.
        let said = screen.replace(' ', "");
        assert!(said.is_empty() || said.starts_with("apool:1jobin"), "{columns} columns: {screen:?}");
    }
}

#[test]
fn output_and_view_never_mix() {
    let dir = Dir::new();
    let terminal = Terminal::new(80, 24);
    let script = "i=0; while [ $i -lt 20 ]; do echo $1 $i; i=$((i+1)); sleep 0.02; done; echo e$1 >&2";
    let run = Run::script("-k -j4 --line-buffer", script)
        .dir(&dir)
        .env("TERM", "xterm")
        .args([":::", "a", "b", "c", "d"]);
    terminal.start(&run, On::Everything).end().status(0);
    terminal.settle();
    let mut want = Vec::new();
    for job in ["a", "b", "c", "d"] {
        want.extend((0..20).map(|i| format!("{job} {i}")));
        want.push(format!("e{job}"));
    }
    assert_eq!(screen_before_the_end(&terminal, "4 jobs"), want);
}

#[test]
fn explain_gives_the_reason_of_the_number_of_workers() {
    let done = Run::line("-j2 --explain echo ::: a").run().status(0).stdout("a\n");
    assert!(done.err().starts_with("apool: workers at 2: "), "{}", done.err());
}

#[test]
fn without_arguments_on_a_terminal_it_prints_an_introduction() {
    let terminal = Terminal::new(100, 24);
    terminal.start(&Run::new().env("TERM", "xterm"), On::Everything).end().status(0);
    terminal.settle();
    let screen = terminal.screen();
    assert_eq!(screen[0], "apool runs commands in parallel and finds the best number of workers.");
}

#[test]
fn typed_records_get_a_prompt_and_no_view() {
    let note = "apool: reading records from the terminal until Ctrl-D";
    // There is no prompt for `-a -`, and `--bar` draws the view anyway.
    for (options, asked, view) in [("", true, "none"), ("-a - ", false, "none"), ("--bar ", true, "bar")] {
        let (terminal, dir) = (Terminal::new(80, 10), Dir::new());
        let run = Run::line(&format!("{options}--metrics-json m echo got")).dir(&dir).env("TERM", "xterm");
        let run = terminal.start(&run, On::Everything);
        terminal.type_in(b"one\n");
        terminal.wait_for("got one");
        terminal.type_in(b"\x04");
        run.end().status(0);
        terminal.settle();
        assert_eq!(terminal.raw().contains(note), asked, "{options}: {}", terminal.raw());
        assert_eq!(dir.json("m")["config"]["progress"], view, "{options}");
    }
}

/// The first line of `--progress=json` with a total, of a run over 100000 records whose jobs wait.
fn first_total(dir: &Dir, script: &str) -> serde_json::Value {
    let gate = dir.fifo("gate");
    let messages = std::fs::File::create(dir.join("messages")).expect("a file");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script]).env("A", crate::harness::apool()).current_dir(dir.path());
    let mut child = command.stdout(Stdio::null()).stderr(messages).spawn().expect("sh");
    let with_total = || dir.json_lines("messages").into_iter().find(|line| line["total"].is_u64());
    until("the total is known", || with_total().is_some());
    let line = with_total().expect("it is there");
    kill(child.id(), 15);
    child.wait().expect("sh");
    drop(gate);
    line
}

#[test]
fn the_total_of_a_long_list_is_known_while_its_first_jobs_run() {
    const APOOL: &str = "exec $A -j2 --progress=json --metrics-json m --metrics-interval 50ms";
    for (input, rest, total) in [
        ("mkfifo list; seq 100000 >list & ", "sh -c 'read x <gate' <list", 100_000),
        ("seq 100000 >list; ", "sh -c 'read x <gate' <list", 100_000),
        ("seq 100000 >list; ", "-a list -n7 --head 99995 sh -c 'read x <gate'", 14_285),
        ("seq 1000 >a; seq 70 >b; ", "sh -c 'read x <gate' :::: a b", 70_000),
        ("seq 100000 >list; ", "-a list --shuf sh -c 'read x <gate'", 100_000),
        ("seq 100000 >list; ", "-a list --order random sh -c 'read x <gate'", 100_000),
    ] {
        let line = first_total(&Dir::new(), &format!("{input}{APOOL} {rest}"));
        assert_eq!((&line["total"], &line["done"]), (&total.into(), &0.into()), "{rest}: {line}");
        assert_eq!(line["total_estimated"], false, "{rest}");
    }
}

#[test]
fn the_total_of_a_very_long_file_is_estimated() {
    let dir = Dir::new();
    dir.write("list", format!("{:31}\n", "a").repeat(300_000));
    let line = first_total(
        &dir,
        "exec $A -j2 --progress=json --metrics-json m --metrics-interval 50ms -a list sh -c 'read x <gate'",
    );
    let total = line["total"].as_u64().expect("a number");
    assert!((295_000..=305_000).contains(&total) && line["total_estimated"] == true, "{line}");
}

#[test]
fn a_second_ctrl_c_kills_at_once() {
    let terminal = Terminal::new(80, 24);
    let run = Run::misbehave("-j1 --line-buffer --termseq TERM,3600000,KILL,25", "ignore-term")
        .env("TERM", "xterm");
    let run = terminal.start(&run.args([":::", "1"]), On::Everything);
    terminal.wait_for("ready ");
    terminal.wait_for("0/1");
    terminal.type_in(b"\x03");
    terminal.wait_for("^C");
    // Equal signals that arrive before the first is handled count as one, so this repeats.
    until("the job is killed", || {
        kill(run.pid(), 2);
        crate::kill::processes_of(run.pid()).is_empty()
    });
    run.end().signal(2);
    terminal.settle();
    assert!(terminal.screen().iter().all(|line| !line.contains("0/1")), "{:?}", terminal.screen());
}
