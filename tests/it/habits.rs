//! What hands type out of habit: the options of xargs and GNU parallel that are not tested elsewhere, and what is said to
//! those that are absent.

use crate::env::{Dir, Run};
use crate::pty::{On, Terminal};

#[test]
fn an_option_of_theirs_is_answered_and_a_typo_gets_a_suggestion() {
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
fn silencers_are_accepted() {
    Run::new()
        .args(["--will-cite", "--no-notice", "--gnu", "--plain", "--plus", "echo", ":::", "a"])
        .gives("a\n");
}

#[test]
fn every_spelling_of_the_number_works() {
    // The policy in force, the number of workers, and the cores they are counted from.
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
fn of_an_option_given_twice_the_last_counts() {
    Run::new().args(["-k", "-k", "-n", "1", "-n2", "echo", ":::", "a", "b"]).gives("a b\n");
}

#[test]
fn commands_are_printed_where_asked() {
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
fn only_what_is_wanted_runs() {
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
fn jobs_that_are_asked_for_when_the_run_is_stopped_were_not_started() {
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
fn without_a_terminal_nobody_can_be_asked() {
    let mut command = std::process::Command::new("setsid");
    command.arg("--wait").arg(crate::env::apool()).args(["-p", "echo", ":::", "a"]);
    let done = command.stdin(std::process::Stdio::null()).output().expect("setsid");
    assert_eq!(done.status.code(), Some(255));
    assert!(String::from_utf8_lossy(&done.stderr).contains("-p needs a terminal"));
}

#[test]
fn a_length_is_kept_to() {
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
fn a_command_line_is_as_long_as_the_system_takes() {
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
fn replacements_of_ones_own() {
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
