//! The state that a job starts with, and runs that answer at once: help, version, the first examples.

use crate::harness::{Dir, Run, apool, misbehave};
use std::process::{Command, Stdio};

#[test]
fn jobs_start_with_default_signals() {
    let done = Run::misbehave("-j1", "state ::: ''").run().status(0).stderr("");
    let text = done.out();
    let state = |name: &str| {
        let line =
            text.lines().find(|l| l.starts_with(name)).unwrap_or_else(|| panic!("no {name} in {text}"));
        line[name.len()..].trim_start_matches(':').trim().to_owned()
    };
    assert_eq!(state("SigBlk"), "0000000000000000");
    // The standard library of the fixture ignores SIGPIPE, and 32 and 33 belong to the C library.
    let own = [13, 32, 33].iter().fold(0u64, |set, signal| set | 1 << (signal - 1));
    assert_eq!(u64::from_str_radix(&state("SigIgn"), 16).expect("hex") & !own, 0);
    assert_eq!(state("leader"), "true");
}

#[test]
fn a_broken_pipe_ends_a_job_as_in_a_shell() {
    Run::line("-c").args(["yes | head -n 1; echo ${PIPESTATUS:-x}", ":::", ""]).run().status(0).stderr("");
}

#[test]
fn jobs_get_the_original_limit_of_descriptors() {
    let script = "ulimit -Sn 99; exec \"$0\" -j1 \"$1\" state ::: ''";
    let output = Command::new("sh").args(["-c", script]).arg(apool()).arg(misbehave()).output().expect("sh");
    assert!(String::from_utf8_lossy(&output.stdout).contains("nofile 99\n"), "{output:?}");
}

#[test]
fn the_four_commands_of_the_first_page() {
    let dir = Dir::new();
    dir.write("a b.log", "x\n");
    dir.write("c.log", "yy\n");
    let find = |options: &str| {
        Command::new("sh")
            .args(["-c", options])
            .arg(apool())
            .current_dir(dir.path())
            .stderr(Stdio::inherit())
            .output()
            .expect("sh")
    };
    let out = find(
        "find . -name '*.log' -print0 | \"$0\" -0 --policy aggressive --metrics-json run.json -- wc -c '<>'",
    );
    let mut lines: Vec<String> = String::from_utf8_lossy(&out.stdout).lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["2 ./a b.log", "3 ./c.log"]);
    assert_eq!(dir.json("run.json")["totals"]["succeeded"], 2);
    let out = find("find . -name 'c.log' | \"$0\" -- wc -c {}");
    assert_eq!(out.stdout, b"3 ./c.log\n");
    let out = find("printf 'echo one\\nsleep 0.1; echo two | tr a-z A-Z\\n' | \"$0\"");
    assert_eq!(out.stdout, b"one\nTWO\n");
    let out = find("\"$0\" -k --tag -c 'cat {} | wc -c' ::: *.log");
    assert_eq!(out.stdout, b"a b.log\t2\nc.log\t3\n");
}

#[test]
fn help_and_version() {
    // The first two are answered before the options are parsed, the last one after.
    for words in ["--version", "-V", "-j2 --version"] {
        let done = Run::line(words).run().status(0).stderr("");
        assert_eq!(done.out(), format!("apool {}\n", env!("CARGO_PKG_VERSION")), "{words}");
    }
    for flag in ["-h", "--help"] {
        let help = Run::line(flag).run().status(0).stderr("").out();
        for name in ["--policy", "--jobs", "--keep-order", "--metrics-json", "--timeout"] {
            assert!(help.contains(name), "{flag} has no {name}");
        }
    }
    let help = Run::line("--help").run().out();
    let order = [
        "Examples:",
        "Values of options:",
        "\nCommand:",
        "\nInput:",
        "\nOutput:",
        "\nFailure:",
        "\nRecord:",
        "\nWorkers:",
    ];
    let places: Vec<Option<usize>> = order.iter().map(|heading| help.find(heading)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
    assert!(!help.contains("--smoothing"), "the constants of the policies have a page of their own");
    let policies = Run::line("--help=policies").run().status(0).stderr("").out();
    assert!(
        policies.contains("--smoothing") && policies.contains("DURATION") && !policies.contains("--joblog")
    );
    assert!(Run::line("--man").run().status(0).out().contains(".TH"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            Run::line("--completions").args([shell]).run().status(0).out().contains("metrics-json"),
            "{shell}"
        );
    }
}

#[test]
fn no_start_loads_the_library_of_mathematics() {
    let maps = Run::line("-j1 --progress=bar -c").args(["cat /proc/$APOOL_PID/maps", ":::", "1"]).run().out();
    assert!(maps.contains("apool") && !maps.contains("libm"), "{maps}");
}
