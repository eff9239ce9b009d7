//! apool under other names. Each command of xargs runs twice, by the real xargs and by apool called xargs, and both must
//! give the same output and status.

use crate::harness::{Dir, apool};
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// Inputs and command lines after `xargs`. The words are cut at blanks.
const SAME: [(&str, &str); 26] = [
    ("a \"b  c\" 'd e' f\\ g\n", "printf [%s]"),
    ("a b\nc d\ne\n", "-n2"),
    ("", "echo once"),
    ("", "-r echo never"),
    ("", "-I% echo never %"),
    (" \n\n", "echo once"),
    ("a\0b c\0", "-0 printf [%s]"),
    ("a,b,,c", "-d, printf [%s]"),
    ("a\nb\\n'c\n", "-d \\n printf [%s]"),
    ("  a  b \n\n c\n", "-I% echo [%] x%y {}"),
    ("a\n", "-i echo {.} {}{} {#}"),
    ("a b \nc\nd\n", "-L1"),
    ("a\nb\nc\n", "-l2"),
    ("a \0b\0c \0d\0", "-0 -L2"),
    ("a :b:c", "-l -d:"),
    ("a b END c\n", "-E END"),
    ("a b END c\n", "-eEND"),
    ("a b END c\n", "-e"),
    ("a b c d e f\n", "-s 10"),
    ("a b c\n", "-n1 sh -c exit\\ 3 "),
    ("1 2 3\n", "-n1 false"),
    ("1 2 3\n", "-rn1 echo -n"),
    ("1 2 3\n", "--max-a 2 --no-run"),
    ("1 2 3\n", "/dev/null"),
    ("1 2 3\n", "apool-has-no-such-command"),
    ("a 'b\n", "echo"),
];

fn run(program: &mut Command, input: &str) -> Output {
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().expect("starts");
    // A command line that is refused reads nothing.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("ends")
}

fn as_xargs(words: &str) -> Command {
    let mut command = Command::new(apool());
    command.args(["--as", "xargs"]).args(words.split(' ').filter(|word| !word.is_empty()));
    command
}

#[test]
fn as_xargs_the_output_and_the_status_are_those_of_xargs() {
    let real = Command::new("xargs").arg("--version").output();
    if !real.is_ok_and(|real| real.stdout.starts_with(b"xargs (GNU findutils)")) {
        eprintln!("left out: no GNU xargs is installed");
        return;
    }
    for (input, words) in SAME {
        let real = run(Command::new("xargs").args(words.split(' ').filter(|word| !word.is_empty())), input);
        let ours = run(&mut as_xargs(words), input);
        let both =
            |output: &Output| (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code());
        assert_eq!(both(&ours), both(&real), "{input:?} | xargs {words}: {ours:?}");
    }
}

#[test]
fn the_statuses_that_stop_xargs() {
    for (script, status, message) in [
        ("exit 255", 124, "xargs: sh: exited with status 255; aborting\n"),
        ("kill -9 $$", 125, "xargs: sh: terminated by signal 9\n"),
    ] {
        let mut command = as_xargs("-n1 sh -c");
        let output = run(command.arg(format!("echo $0; {script}")), "1 2 3\n");
        assert_eq!(output.status.code(), Some(status), "{script}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1\n", "{script}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), message, "{script}");
    }
}

#[test]
fn the_name_of_the_program_chooses_and_the_variable_does_it_for_other_names() {
    let dir = Dir::new();
    std::os::unix::fs::symlink(apool(), dir.join("xargs")).expect("a link");
    let both = |program: &mut Command| String::from_utf8_lossy(&run(program, "a b\n").stdout).into_owned();
    assert_eq!(both(Command::new(dir.join("xargs")).arg("-n1")), "a\nb\n");
    assert_eq!(both(Command::new(apool()).env("APOOL_AS", "xargs").args(["-n1", "echo", "-"])), "- a\n- b\n");
    assert_eq!(both(Command::new(dir.join("xargs")).args(["--as", "apool", "echo", "-"])), "- a b\n");
    let refused = run(Command::new(apool()).env("APOOL_AS", "bees"), "");
    assert_eq!(refused.status.code(), Some(255));
}
