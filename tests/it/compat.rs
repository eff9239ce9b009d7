//! The commands of the tables run twice: by the real tool, and by apool under its name. The tables say which results must
//! agree, which agree in another spelling, and which differ and why. Skipped where a tool is not
//! installed.

use crate::harness::{Dir, apool};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const XARGS: &str = include_str!("compat/xargs.txt");
const PARALLEL: &str = include_str!("compat/parallel.txt");

/// The expected result of a line of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Same,
    SameIfSpelled,
    Other,
}

#[derive(Debug)]
struct Case {
    expected: Expected,
    real: &'static str,
    ours: &'static str,
}

/// The lines in any order, and whether the command succeeded.
type Seen = (Vec<String>, bool);

fn cases(table: &'static str) -> Vec<Case> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cases = lines.map(|line| {
        let (mark, rest) = line.split_at(2);
        let (real, more) = rest.split_once(" ## ").unwrap_or((rest, ""));
        let (expected, ours) = match mark {
            "= " => (Expected::Same, real),
            "~ " => (Expected::SameIfSpelled, more),
            "! " => (Expected::Other, real),
            _ => panic!("a line without a mark: {line}"),
        };
        assert!(expected == Expected::Same || !more.is_empty(), "nothing behind the ##: {line}");
        Case { expected, real, ours }
    });
    cases.collect()
}

/// A home without notices, a directory in which apool has the names of both tools, and one for the files of `--files`.
struct Place {
    dir: Dir,
}

impl Place {
    fn new() -> Place {
        let dir = Dir::new();
        fs::create_dir_all(dir.join("home/.parallel")).expect("a home");
        fs::create_dir_all(dir.join("bin")).expect("a directory");
        fs::create_dir_all(dir.join("tmp")).expect("a directory");
        dir.write("home/.parallel/will-cite", "");
        for name in ["xargs", "parallel"] {
            // The tables are about the options of plain apool, so the name must not choose those of the tool.
            let script = format!("#!/bin/bash\nexec {} --as apool \"$@\"\n", apool().display());
            dir.write(&format!("bin/{name}"), script);
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(dir.join("bin").join(name), mode).expect("permissions");
        }
        Place { dir }
    }

    fn run(&self, command: &str, ours: bool) -> Seen {
        let files = Dir::new();
        for (name, text) in [("a.txt", "a text\n"), ("b.txt", "b\nb\n"), ("c.log", "c\n"), ("plain", "x\n")] {
            files.write(name, text);
        }
        fs::create_dir(files.join("sub")).expect("a directory");
        files.write("sub/d.txt", "d\n");
        fs::set_permissions(files.join("plain"), fs::Permissions::from_mode(0o644)).expect("permissions");
        let old = std::env::var("PATH").unwrap_or_default();
        let path = if ours { format!("{}:{old}", self.dir.join("bin").display()) } else { old };
        let done = Command::new("timeout")
            .args(["-k", "1", "60", "bash", "-c", command])
            .current_dir(files.path())
            .env("PATH", path)
            .env("HOME", self.dir.join("home"))
            .env("TMPDIR", self.dir.join("tmp"))
            .env("LC_ALL", "C")
            .env("PARALLEL_SHELL", "/bin/bash")
            .env_remove("CI")
            .stdin(Stdio::null())
            .output()
            .expect("bash");
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        if !(command.contains("-k") || command.contains("--keep-order")) {
            lines.sort();
        }
        (lines, done.status.success())
    }
}

fn installed(tool: &str) -> bool {
    let version = Command::new(tool).arg("--version").stdin(Stdio::null()).output();
    version.is_ok_and(|done| String::from_utf8_lossy(&done.stdout).contains("GNU"))
}

/// Whether GNU parallel finds its CSV module.
fn has_csv() -> bool {
    let perl = Command::new("perl").args(["-MText::CSV", "-e", "1"]).stderr(Stdio::null()).status();
    perl.is_ok_and(|status| status.success())
}

fn compare(tool: &str, table: &'static str) {
    if !installed(tool) {
        eprintln!("skipped: GNU {tool} is not installed");
        return;
    }
    let (place, mut cases) = (Place::new(), cases(table));
    if tool == "parallel" && !has_csv() {
        eprintln!("skipped: --csv of GNU parallel, which needs the Perl module Text::CSV");
        cases.retain(|case| !case.real.contains("--csv"));
    }
    let wrong = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (real, ours) = (place.run(case.real, false), place.run(case.ours, true));
                    if (real == ours) == (case.expected == Expected::Other) {
                        let text = format!(
                            "{:?} {}\n   {tool}: {real:?}\n  apool: {ours:?}",
                            case.expected, case.ours
                        );
                        wrong.lock().expect("no panic").push(text);
                    }
                }
            });
        }
    });
    let count = |expected| cases.iter().filter(|case| case.expected == expected).count();
    eprintln!(
        "{tool}: {} commands: {} agree, {} agree in another spelling, {} differ on purpose",
        cases.len(),
        count(Expected::Same),
        count(Expected::SameIfSpelled),
        count(Expected::Other)
    );
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{} lines are not as the table says:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn commands_of_xargs_users() {
    compare("xargs", XARGS);
}

#[test]
fn commands_of_gnu_parallel_users() {
    compare("parallel", PARALLEL);
}

#[test]
fn the_tables_are_long_enough_to_mean_something() {
    assert!(cases(XARGS).len() + cases(PARALLEL).len() >= 150);
    assert!(Path::new(&apool()).exists());
}
