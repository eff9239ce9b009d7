//! Sources of records, and how they are split.

use crate::harness::{Dir, Run, until};

#[test]
fn lines_of_stdin_become_arguments() {
    Run::line("-k echo").stdin("a\nb c\n").gives("a\nb c\n");
}

#[test]
fn the_last_line_needs_no_newline() {
    Run::line("-k echo x").stdin("a\nb").gives("x a\nx b\n");
}

#[test]
fn empty_input_runs_nothing() {
    Run::line("echo").gives("");
}

#[test]
fn nul_separated_names_may_hold_newlines() {
    Run::line("-k -0 printf <%s>").stdin("a\nb\0c\0").gives("<a\nb><c>");
}

#[test]
fn arguments_after_three_colons() {
    Run::line("-k echo ::: a b").gives("a\nb\n");
    Run::line("-k echo {1}-{2} ::: a b ::: 1 2").gives("a-1\na-2\nb-1\nb-2\n");
}

#[test]
fn files_as_sources() {
    let dir = Dir::new();
    dir.write("x", "1\n2\n");
    dir.write("y", "3\n");
    Run::line("-k -a x -a y echo").dir(&dir).gives("1 3\n2 3\n");
    Run::line("-k echo :::: x").dir(&dir).gives("1\n2\n");
}

#[test]
fn a_directory_as_a_source_is_refused_before_anything_runs() {
    let dir = Dir::new();
    std::fs::create_dir(dir.join("d")).expect("mkdir");
    Run::line("-a d echo").dir(&dir).refused(255, "apool: cannot read d: Is a directory");
}

#[test]
fn a_job_starts_as_soon_as_its_record_has_come() {
    let mut run = Run::line("echo").stdin("a\n").start();
    assert_eq!(run.line(), "a");
    run.give("b\n");
    assert_eq!(run.line(), "b");
    run.end().status(0).stderr("");
}

#[test]
fn reading_stops_while_the_queue_is_full() {
    let dir = Dir::new();
    let gate = dir.fifo("gate");
    dir.write("many", "x\n".repeat(1_000_000));
    let options = "-j1 -a many --metrics-json m --metrics-interval 100ms";
    let run = Run::script(options, "read line < gate").dir(&dir).start();
    let queued = || dir.json_lines("m").last().map_or(0, |line| line["queue_depth"].as_u64().unwrap_or(0));
    until("the queue is full", || queued() >= 500);
    let lines = dir.json_lines("m").len();
    until("time goes on", || dir.json_lines("m").len() >= lines + 3);
    let read = dir.json_lines("m").last().expect("a line")["totals"]["read"].as_u64().expect("a number");
    assert!(read < 10_000, "{read} records were read behind a job that waits");
    run.signal(15);
    drop(gate);
    run.end().signal(15);
}

#[test]
fn empty_input_from_every_source_runs_nothing() {
    let dir = Dir::new();
    dir.write("empty", "");
    Run::line("-a empty touch made").dir(&dir).gives("");
    Run::line("touch made :::").dir(&dir).gives("");
    Run::line("touch made :::: empty").dir(&dir).gives("");
    Run::line("-0 touch made").dir(&dir).gives("");
    Run::line("").dir(&dir).gives("");
    Run::line("echo ::: a b :::: empty").dir(&dir).gives("");
    assert!(!dir.join("made").exists());
}

#[test]
fn an_empty_line_is_a_record_by_default() {
    Run::line("-k echo x").stdin("a\n\nb\n").gives("x a\nx \nx b\n");
    Run::line("-k -r echo x").stdin("a\n\nb\n").gives("x a\nx b\n");
}

#[test]
fn bytes_reach_the_job_unchanged() {
    let odd: Vec<u8> = (1..=255).filter(|b| *b != b'\n').collect();
    let mut want = odd.clone();
    want.push(b'|');
    let done = Run::line("-- printf %s|").stdin(&odd).run().status(0).stderr("");
    assert_eq!(done.stdout, want);
    let done = Run::line("-c").args(["printf '%s|' {}"]).stdin(&odd).run().status(0).stderr("");
    assert_eq!(done.stdout, want);
}

#[test]
fn inputs_that_look_like_options_or_placeholders_are_values() {
    Run::line("-k printf %s\\n -- {}")
        .stdin("-n\n{}\n<>\n{#}\n--help\n")
        .gives("--\n-n\n--\n{}\n--\n<>\n--\n{#}\n--\n--help\n");
    Run::line("-k -c")
        .args(["printf '%s\\n' {} \"<>\""])
        .stdin("{}\n$(id)\n")
        .gives("{}\n{}\n$(id)\n$(id)\n");
}

#[test]
fn delimiters() {
    Run::line("-k -d , echo").stdin("a,b\nc,d").gives("a\nb\nc\nd\n");
    Run::line("-k -d \\x1e echo").stdin("a\x1eb").gives("a\nb\n");
    Run::line("-k -d \\t echo").stdin("a\tb c").gives("a\nb c\n");
}

#[test]
fn several_records_a_job() {
    Run::line("-k -n2 echo").stdin("a\nb\nc\n").gives("a b\nc\n");
    Run::line("-k -n2 echo x{}y").stdin("a\nb\nc\n").gives("xa by\nxcy\n");
    Run::line("-k -N2 echo {2}-{1}").stdin("a\nb\nc\nd\n").gives("b-a\nd-c\n");
    Run::line("-k -L1 echo").stdin("a b\nc\n").gives("a b\nc\n");
    Run::line("-j1 -X echo x{}").stdin("a\nb\nc\n").gives("xa xb xc\n");
    Run::line("-j1 -m echo x{}").stdin("a\nb\nc\n").gives("xa b c\n");
    Run::line("-j1 --xargs echo").stdin("a\nb\nc\n").gives("a b c\n");
}

#[test]
fn as_many_records_as_a_command_line_takes() {
    let input: String = (0..100_000).map(|n| format!("{n}\n")).collect();
    for options in ["-j1 -X", "-j1 -X -s 50000", "-j1 -n 100000"] {
        let done = Run::line(options).args(["--", "echo"]).stdin(&input).run().status(0).stderr("");
        let words: Vec<String> = done.out().split_whitespace().map(str::to_owned).collect();
        assert!(words.join("\n") + "\n" == input, "{options}");
        let longest = done.out().lines().map(str::len).max().expect("a line");
        assert!(!options.contains("-s") || (49_000..50_000).contains(&longest), "{longest}");
    }
    for words in [&["echo", "{}", "{}", "<>"][..], &["echo", "--a-rather-long-option={}"], &["echo {} {}"]] {
        for options in ["-j1 -X", "-j1 --xargs"] {
            Run::line(options).args(words).stdin(&input).run().status(0).stderr("");
        }
    }
    Run::line("-k -X -s 20 echo").stdin("aaaaaa\nbbbbbb\ncccccc\n").gives("aaaaaa bbbbbb\ncccccc\n");
}

#[test]
fn combinations_and_pairs() {
    Run::line("-k echo ::: a b ::: 1 2").gives("a 1\na 2\nb 1\nb 2\n");
    Run::line("-k --link echo ::: a b ::: 1 2").gives("a 1\nb 2\n");
    Run::line("-k echo ::: a b :::+ 1 2").gives("a 1\nb 2\n");
    let dir = Dir::new();
    dir.write("f", "1\n2\n");
    Run::line("-k echo ::: a b :::: f").dir(&dir).gives("a 1\na 2\nb 1\nb 2\n");
    Run::line("-k echo ::: a :::: -").stdin("x\ny\n").gives("a x\na y\n");
}

#[test]
fn columns_names_and_csv() {
    Run::line("-k --colsep , echo {2} {1} {-1}").stdin("a,b,c\nd,e,f\n").gives("b a c\ne d f\n");
    Run::line("-k --csv echo {2}").stdin("a,\"b, c\"\nd,e\n").gives("b, c\ne\n");
    Run::line("-k --header : --colsep , echo {size}-{name}")
        .stdin("name,size\nx,1\ny,2\n")
        .gives("1-x\n2-y\n");
}

#[test]
fn skip_and_head_select_a_part_of_the_input() {
    Run::line("-k --skip 1 --head 2 echo").stdin("a\nb\nc\nd\n").gives("b\nc\n");
    Run::line("-k -E stop echo").stdin("a\nstop\nb\n").gives("a\n");
    Run::line("-k --trim lr echo x{}x").stdin(" a \n").gives("xax\n");
    let once = Run::line("-k --shuf --seed 7 echo ::: 1 2 3 4 5 6 7 8").run().status(0);
    let again = Run::line("-k --shuf --seed 7 echo ::: 1 2 3 4 5 6 7 8").run().status(0);
    assert_eq!(once.out(), again.out());
    assert_eq!(once.sorted(), ["1", "2", "3", "4", "5", "6", "7", "8"]);
}

#[test]
fn jobs_do_not_read_the_input() {
    Run::line("-k -j1 -- sh -c").args(["cat; echo \"$1\"", "sh", "{}"]).stdin("a\nb\n").gives("a\nb\n");
}

#[test]
fn a_hundred_thousand_records_are_each_used_once() {
    let input: String = (0..100_000).map(|n| format!("{n}\n")).collect();
    let done = Run::line("-n 1000 printf %s\\n").stdin(&input).run().status(0).stderr("");
    let mut seen: Vec<u32> = done.out().lines().map(|l| l.parse().expect("a number")).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..100_000).collect::<Vec<u32>>());
}

/// The same numbers as `xargs sh -c 'echo $#' x` prints.
#[test]
fn a_command_line_is_filled_as_xargs_fills_it() {
    let input: String = (1..=60_000).map(|n| format!("{n}\n")).collect();
    let count = ["-k", "--xargs", "--", "sh", "-c", "echo $#", "x"];
    Run::new().args(count).stdin(&input).gives("23693\n21842\n14465\n");
    let long = ["-k", "--xargs", "-s", "1000000", "--", "sh", "-c", "echo $#", "x"];
    Run::new().args(long).stdin(&input).gives("60000\n");
}

#[test]
fn filled_command_lines_take_little_memory() {
    let input: String = (1..=1_000_000).map(|n| format!("{n}\n")).collect();
    let peak = ["-j8", "-X", "--", "sh", "-c", "grep VmHWM /proc/$PPID/status", "x"];
    let done = Run::new().args(peak).stdin(&input).run().stderr("").status(0);
    let most = done.out().lines().map(|l| l.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()).max();
    let most = most.expect("a job");
    assert!((1_000..24_000).contains(&most), "{most} KiB");
}
