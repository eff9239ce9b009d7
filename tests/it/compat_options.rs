//! Options of xargs and GNU parallel: the spellings that the tables of `compat` cannot test, and the messages for options
//! that apool does not have.

use crate::harness::{Dir, Run};
use crate::pty::{On, Terminal};

#[test]
fn an_option_of_another_tool_gets_an_answer_and_a_typo_a_suggestion() {
    for (option, part) in [
        ("--sshlogin", "--sshlogin of GNU parallel is not an option here: jobs run on this machine"),
        ("-e", "-e: attach the value (-eSTR)"),
        ("--show-limits", "getconf ARG_MAX"),
        ("--keepordr", "did you mean --keep-order?"),
        ("--polcy", "did you mean --policy?"),
        ("--workers", "did you mean --max-workers?"),
        ("--threads", "unknown option --threads: see --help"),
        ("--citation", "there is no notice to silence"),
    ] {
        Run::new().args([option, "echo"]).run().status(255).stdout("").stderr_has(part);
    }
}

#[test]
fn options_that_silence_notices_are_accepted() {
    Run::new()
        .args(["--will-cite", "--no-notice", "--gnu", "--plain", "--plus", "echo", ":::", "a"])
        .gives("a\n");
}

#[test]
fn every_spelling_of_the_number_of_jobs_works() {
    // The policy, the number of workers, and the number of cores.
    let found = |words: &[&str]| {
        let done = Run::new().args(words).args(["--metrics-json", "-", "true", ":::", "a"]).run().status(0);
        let config = serde_json::from_str::<serde_json::Value>(&done.out()).expect("JSON")["config"].take();
        let number = |name: &str| config[name].as_f64().expect("a number");
        (config["policy"].as_str().expect("a name").to_owned(), number("max_workers"), number("cores").ceil())
    };
    for words in
        [&["-P3"][..], &["-P", "3"], &["-j3"], &["--jobs=3"], &["--max-procs", "3"], &["--maxprocs=3"]]
    {
        let (policy, workers, _) = found(words);
        assert_eq!((policy.as_str(), workers), ("fixed", 3.0), "{words:?}");
    }
    for (word, workers) in [
        ("-j200%", (|cores| 2.0 * cores) as fn(f64) -> f64),
        ("-j+2", |cores| cores + 2.0),
        ("-j-1", |cores| (cores - 1.0).max(1.0)),
    ] {
        let (policy, number, cores) = found(&[word]);
        assert_eq!((policy.as_str(), number), ("fixed", workers(cores)), "{word}");
    }
    let (policy, most, cores) = found(&["-j0"]);
    assert!(policy == "fixed" && most > 12.0 * cores, "{policy} {most}");
    assert_eq!(found(&["-j", "auto"]).0, "auto");
}

#[test]
fn the_shell_comes_from_the_environment_too() {
    let run = || Run::line("-c").args(["echo ${BASH_VERSION:+bash}", ":::", "a"]);
    run().env("APOOL_SHELL", "bash").gives("bash a\n");
    run().env("APOOL_SHELL", "no-such-shell").run().status(127);
}

#[test]
fn the_last_of_two_equal_options_counts() {
    Run::new().args(["-k", "-k", "-n", "1", "-n2", "echo", ":::", "a", "b"]).gives("a b\n");
}

#[test]
fn verbose_and_trace_print_the_commands() {
    Run::new().args(["-v", "-k", "echo", ":::", "a b", "c"]).gives("echo 'a b'\na b\necho c\nc\n");
    Run::new().args(["-v", "-k", "--lb", "echo", ":::", "a"]).gives("echo a\na\n");
    Run::new().args(["-v", "-k", "--tag", "echo", ":::", "a"]).gives("a\techo a\na\ta\n");
    Run::new().args(["-v", "true", ":::", "a"]).gives("true a\n");
    Run::new().args(["-t", "echo", ":::", "a"]).run().status(0).stdout("a\n").stderr("echo a\n");
    Run::new().args(["-t", "-v", "echo"]).run().status(255).stderr_has("leave out one");
}

#[test]
fn a_failed_attempt_prints_its_command_once() {
    let dir = Dir::new();
    let run = Run::new().dir(&dir).args(["-v", "--retries", "3"]);
    run.args(["-c", "echo {} >> n; test $(wc -l < n) = 2", ":::", "a"])
        .gives("echo a >> n; test $(wc -l < n) = 2\n");
}

#[test]
fn a_dry_run_can_be_pasted() {
    let values = ["a b", "it's", "$HOME", "*", "new\nline", "-n", "", "\\", "\"q\"", "é"];
    let words = ["--dry-run", "-k", "printf", "%s|\n", "x", ":::"];
    let script = Run::new().args(words.iter().chain(&values)).run().status(0).out();
    let pasted = std::process::Command::new("sh").arg("-c").arg(&script).output().expect("sh");
    let run = Run::new().args(words.iter().skip(1).chain(&values)).run().status(0).out();
    assert_eq!(String::from_utf8_lossy(&pasted.stdout), run, "{script}");
    let text =
        Run::new().args(["--dry-run", "-c", "echo \"[{}]\" '({})' {}", ":::", "it's"]).run().status(0).out();
    let pasted = std::process::Command::new("sh").arg("-c").arg(&text).output().expect("sh");
    assert_eq!(String::from_utf8_lossy(&pasted.stdout), "[it's] (it's) it's\n");
}

#[test]
fn a_quoted_command_is_one_word_of_a_shell() {
    let values = ["a b", "it's", "new\nline", "", "plain"];
    let records = Run::new().args(["--shellquote", "-k", ":::"]).args(values).run().status(0).out();
    assert_eq!(records, "'a b'\n'it'\\''s'\n'new\nline'\n''\nplain\n");
    let command = Run::new().args(["--shellquote", "echo", "x", ":::", "a b"]).run().status(0).out();
    assert_eq!(command, "'echo x '\\''a b'\\'''\n");
    Run::new().args(["--shellquote", "--dry-run", "echo", ":::", "a"]).run().status(255);
}

#[test]
fn interactive_runs_only_confirmed_jobs() {
    let terminal = Terminal::new(80, 24);
    let log = Dir::new();
    let run = terminal.start(
        &Run::new().dir(&log).args(["-j1", "-p", "--joblog", "log", "touch", ":::", "one", "two"]),
        On::Everything,
    );
    terminal.wait_for("touch one ?...");
    terminal.type_in(b"y\r");
    terminal.wait_for("touch two ?...");
    terminal.type_in(b"no\r");
    run.end().status(0);
    assert!(log.join("one").exists() && !log.join("two").exists());
    assert_eq!(log.read("log").lines().count(), 2);
}

#[test]
fn unconfirmed_jobs_of_a_stopped_run_count_as_not_started() {
    let (terminal, dir) = (Terminal::new(100, 10), Dir::new());
    let run = Run::line("-p -j2 --metrics-json m echo ::: 1 2 3").dir(&dir);
    let run = terminal.start(&run, On::Everything);
    terminal.wait_for("?...");
    terminal.type_in(b"\x03");
    run.end().signal(2);
    terminal.settle();
    assert!(
        terminal.screen().iter().any(|line| line == "apool: stopped: 0 killed, 3 read and not started"),
        "{:?}",
        terminal.screen()
    );
    let totals = &dir.json("m")["totals"];
    assert_eq!((&totals["skipped"], &totals["not_started"]), (&0.into(), &3.into()));
}

#[test]
fn silent_cancels_the_printed_command() {
    for words in ["-v --silent", "--silent -v", "--silent"] {
        Run::line(words).args(["echo", ":::", "a"]).gives("a\n");
    }
}

#[test]
fn interactive_needs_a_terminal() {
    let mut command = std::process::Command::new("setsid");
    command.arg("--wait").arg(crate::harness::apool()).args(["-p", "echo", ":::", "a"]);
    let done = command.stdin(std::process::Stdio::null()).output().expect("setsid");
    assert_eq!(done.status.code(), Some(255));
    assert!(String::from_utf8_lossy(&done.stderr).contains("-p needs a terminal"));
}

#[test]
fn the_maximal_length_is_respected() {
    let input = "aaa\nbbb\nccc\nddd\n";
    Run::new().stdin(input).args(["-k", "--xargs", "-s", "20", "echo"]).gives("aaa bbb ccc\nddd\n");
    Run::new().stdin(input).args(["-k", "-s", "9", "echo"]).gives("aaa\nbbb\nccc\nddd\n");
    let done = Run::new().stdin("aaa\nbbbbbbbb\n").args(["-k", "-s", "9", "echo"]).run();
    done.status(255).stderr_has("apool: argument list too long at record 2\n");
    let done = Run::new().stdin(input).args(["-x", "-n", "4", "-s", "20", "echo"]).run();
    done.status(255).stdout("").stderr_has("too long at record 4");
    let done = Run::new().stdin(input).args(["-s", "3", "echo"]).run();
    done.status(255).stderr("apool: -s 3: the command alone takes 5 bytes\n");
}

#[test]
fn command_lines_are_filled_up_to_the_limit_of_the_system() {
    let input: String = (0..200_000).map(|n| format!("{n}\n")).collect();
    for words in [
        &["--xargs", "-k", "echo"][..],
        &["-m", "-k", "-j1", "echo", "x{}y"],
        &["--xargs", "-k", "-c", "echo"],
    ] {
        let done = Run::new().stdin(&input).args(words).run().status(0).stderr("");
        assert_eq!(done.out().split_whitespace().count(), 200_000, "{words:?}");
    }
}

#[test]
fn user_defined_replacements() {
    let words = ["--rpl", "{ext} s/.*\\.//", "-k", "echo", "{ext}", "{1ext}", "{##}", ":::", "a.x", "b.y"];
    Run::new().args(words).gives("x x 2\ny y 2\n");
    Run::new()
        .args(["--rpl", "{p} $_=1", "echo", "{p}"])
        .run()
        .status(255)
        .stderr_has("--rpl does not run Perl");
    Run::new().args(["echo", "{= s/a/b/ =}"]).run().status(255).stderr_has("is Perl");
    Run::new()
        .args(["-I", "%%", "-k", "echo", "%%", "%.%", "%/%", "{}", ":::", "d/a.b"])
        .gives("d/a.b d/a a.b {}\n");
}

#[test]
fn a_directory_for_each_job() {
    let dir = Dir::new();
    for name in ["a", "b"] {
        std::fs::create_dir(dir.join(name)).expect("a directory");
    }
    Run::new()
        .dir(&dir)
        .args(["--wd", "{}", "-k", "-c", "basename \"$PWD\"; : {}", ":::", "a", "b"])
        .gives("a\nb\n");
    let done = Run::new().dir(&dir).args(["--wd", "{}", "true", ":::", "a", "nowhere"]).run();
    done.status(1).stderr_has("nowhere");
}

#[test]
fn variables_for_jobs() {
    Run::new().args(["--env", "A=1=2", "-c", "echo $A {}", ":::", "x"]).gives("1=2 x\n");
    let done = Run::new().args(["--env", "NOT_THERE", "echo"]).run();
    done.status(255).stderr(
        "apool: --env NOT_THERE: not in the environment; export NOT_THERE (export -f for a function)\n",
    );
    Run::new()
        .args(["--process-slot-var", "S", "-j1", "-c", "echo $S {}", ":::", "a", "b"])
        .gives("0 a\n0 b\n");
}

#[test]
fn a_value_may_be_attached_to_the_letter() {
    let lines = || Run::new().stdin("a\nb\nc\nd\n").args(["-k"]);
    lines().args(["-i", "echo", "{}."]).gives("a.\nb.\nc.\nd.\n");
    lines().args(["-i%", "echo", "%{}"]).gives("a{}\nb{}\nc{}\nd{}\n");
    lines().args(["-l", "echo"]).gives("a\nb\nc\nd\n");
    lines().args(["-l3", "echo"]).gives("a b c\nd\n");
    lines().args(["-eb", "echo"]).gives("a\n");
    lines().args(["-tl2", "echo"]).run().status(0).stdout("a b\nc d\n");
    // Words of the command and values of other options are not read as options.
    Run::new().stdin("x-iby").args(["-k", "-d", "-ib", "echo", "-l5", "-i"]).gives("-l5 -i x\n-l5 -i y\n");
    lines().args(["--jobs", "1", "--", "echo", "-eb"]).gives("-eb a\n-eb b\n-eb c\n-eb d\n");
}

#[test]
fn a_header_makes_columns_at_tabs() {
    let table = "n\tsize\n a \t1 2\nb\t3\n";
    let run = || Run::new().stdin(table).args(["-k", "--header", ":"]);
    run().args(["echo", "{size}|{n}|{2}"]).gives("1 2| a |1 2\n3|b|3\n");
    run().args(["--trim", "lr", "echo", "{size}|{n}"]).gives("1 2|a\n3|b\n");
    run().args(["-C", " ", "echo", "{1}"]).run().status(0);
}

#[test]
fn csv_may_have_another_separator() {
    for separator in [";", "\\;"] {
        Run::new().stdin("\"a;b\";c\n").args(["--csv", "-C", separator, "echo", "{2}|{1}"]).gives("c|a;b\n");
    }
    Run::new().stdin("\"a\tb\"\tc\n").args(["--csv", "-C", "\\t", "echo", "{2}"]).gives("c\n");
    let done = Run::new().args(["--csv", "-C", "[;,]", "echo"]).run();
    done.status(255).stderr("apool: --csv with --colsep takes one character such as ; or \\t\n");
}

#[test]
fn a_record_that_is_missing_is_no_word() {
    let run = || Run::new().stdin("a\nb\nc\n").args(["-k"]);
    let count = ["sh", "-c", "echo $#", "sh", "{1}", "{2}"];
    run().args(["-n", "2"]).args(count).gives("2\n1\n");
    run().args(["-N", "2", "-c", "set -- {1} {2}; echo $#"]).gives("2\n1\n");
    run().args(["-N", "2", "-c", "echo \"[{2}]\""]).gives("[b]\n[]\n");
    // A missing column is empty: the words behind it keep their places.
    run().args(["-C", ","]).args(count).gives("2\n2\n2\n");
}

#[test]
fn the_bar_has_three_names() {
    for words in [&["--bar", "--eta"][..], &["--progress", "--bar"], &["--eta", "--progress=bar"]] {
        Run::new().args(words).args(["echo", ":::", "a"]).run().status(0).stdout("a\n");
    }
    Run::new().args(["--bar", "--progress=json", "echo"]).run().status(255).stderr_has("leave out one");
}

#[test]
fn an_option_with_another_name_here_is_answered() {
    for (words, part) in [
        (&["--limit", "mem 1G"][..], "use --memfree 1G"),
        (&["--limit", "load 3"], "use --load 3"),
        (&["--limit", "io 80"], "not built in"),
        (&["--limit", "/no/such/command"], "--limit: the command is not found (status 127)"),
        (&["--results", "r.json"], "a table ends in .csv, .tsv or .jsonl"),
        (&["--load", "none"], "is not a number of threads such as 8, 7.5"),
        (&["--pipe", "-0"], "--recend"),
        (&["--pipe", "-L", "2"], "-N counts records"),
        (&["--plus", "-I", "{}", "--tagstring", "{hgrp}"], "jobs run on this machine"),
        (&["--max-lines"], "'cat' is not a whole number"),
    ] {
        let dir = Dir::new();
        let done = Run::new().dir(&dir).args(words).args(["cat"]).stdin("a\n").run();
        done.status(255).stdout("").stderr_has(part);
        assert!(!dir.join("r.json").exists());
    }
    Run::new().args(["--load", "100000.5", "echo", ":::", "a"]).gives("a\n");
}

#[test]
fn a_stream_has_a_header_by_expression() {
    let stream = "#one\n#two\n1\n2\n3\n";
    let run = |words: &[&str]| Run::new().stdin(stream).args(["--pipe", "-k", "--header"]).args(words);
    run(&["(#.*\\n)*", "-n", "2", "paste", "-sd,"]).gives("#one,#two,1,2\n#one,#two,3\n");
    run(&[".*\\n", "-N", "3", "paste", "-sd,"]).gives("#one,#two,1,2\n#one,3\n");
    run(&["x*", "-n", "3", "paste", "-sd,"]).gives("#one,#two,1\n2,3\n");
    run(&["(", "cat"]).run().status(255).stderr_has("apool: --header: ");
    Run::new().stdin("").args(["--pipe", "-r", "wc", "-c"]).gives("");
}

#[test]
fn the_further_forms_are_placeholders_with_plus_only() {
    let forms = ["{+/}", "{/a/b}", "{^^a}", "{:2}", "{0#}"];
    let run = |words: &[&str]| Run::new().args(words).args(["echo"]).args(forms).args([":::", "x/aa"]);
    run(&[]).gives("{+/} {/a/b} {^^a} {:2} {0#} x/aa\n");
    run(&["--plus"]).gives("x x/ba x/AA aa 1\n");
    // In code for sed and awk braces belong to the code.
    Run::new().stdin("b\n").args(["--plus", "--pipe", "sed", "/b/{s/b/c/}"]).gives("c\n");
}

/// The message is about the value, not about an option `-1`.
#[test]
fn a_number_with_a_minus_is_a_value() {
    for (words, message) in [
        (&["--delay", "-1"][..], "--delay: '-1' is not a duration such as 30, 1.5s, 200ms, 1m30s or 2d"),
        (
            &["--policy", "balanced", "--cpu-threshold", "-0.5"],
            "--cpu-threshold: '-0.5' is not a ratio such as 0.8 or 80%",
        ),
        (&["--max-workers", "-3"], "--max-workers: '-3' is not a whole number, at least 1"),
        (&["-1"], "unknown option -1: see --help"),
    ] {
        Run::new().args(words).args(["echo", ":::", "a"]).refused(255, &format!("apool: {message}"));
    }
}
