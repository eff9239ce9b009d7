//! Tests with real shells: every value arrives unchanged, and none is run.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Output, Stdio};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

const SHELLS: &[&str] = &["/bin/sh", "/bin/bash"];

/// The shells that a command may name, with the words before their `-c`. yash is missing, because it stops at bytes
/// that are not text.
const NAMED: &[&str] = &["dash", "bash", "zsh", "ksh", "mksh", "busybox sh"];

/// Runs `script` from standard input.
fn run(shell: &str, script: &[u8]) -> Output {
    #[expect(clippy::disallowed_methods, reason = "a test of what a real shell makes of the text")]
    let mut command = Command::new(shell);
    command.env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let script = script.to_vec();
    let writer = std::thread::Builder::new().spawn(move || stdin.write_all(&script)).unwrap();
    let output = child.wait_with_output().unwrap();
    // A shell that ends early closes its input. The test checks its output.
    let _ = writer.join().unwrap();
    output
}

fn present() -> Vec<&'static str> {
    SHELLS.iter().copied().filter(|shell| std::path::Path::new(shell).exists()).collect()
}

/// Templates that print a value followed by a NUL, and the text around the value.
const PRINTERS: &[(&str, &str, &str)] = &[
    ("printf '%s\\0' {}", "", ""),
    ("printf '%s\\0' x{}y", "x", "y"),
    ("printf '%s\\0' \"{}\"", "", ""),
    ("printf '%s\\0' \"a{}b\"", "a", "b"),
    ("printf '%s\\0' '{}'", "", ""),
    ("printf '%s\\0' 'a{}b'", "a", "b"),
    ("printf '%s\\0' \\{}", "", ""),
    ("printf '%s\\0' \"\\{}\"", "\\", ""),
    ("printf '%s\\0' \"$(printf '%s.' {})\"", "", "."),
    ("printf '%s\\0' \"$(printf '%s.' \"{}\")\"", "", "."),
    ("printf '%s\\0' \"$(printf '%s.' 'a{}')\"", "a", "."),
    ("x={}; printf '%s\\0' \"$x\"", "", ""),
    ("x=\"{}.\"; printf '%s\\0' \"$x\"", "", "."),
    ("f() { printf '%s\\0' \"$1\"; }; f {} # it's {}", "", ""),
    ("for x in {}; do printf '%s\\0' \"$x\"; done", "", ""),
    ("case {} in {}) printf '%s\\0' {};; esac", "", ""),
    ("sh -c 'printf \"%s\\0\" \"$1\"' sh {}", "", ""),
    ("printf '%s\\0'", "", ""),
];

#[test]
fn every_byte_comes_back() {
    let shell = Shell::default();
    let templates: Vec<Template> = PRINTERS
        .iter()
        .map(|(text, ..)| Template::shell(text.as_bytes(), &Syntax::default(), &shell).expect(text))
        .collect();
    let byte =
        prop_oneof![3 => prop::sample::select(b"'\"\\$`(){}<>!#~*?[]=-; \n\t&|%a".to_vec()), 1 => 1..=255_u8];
    let strategy = prop::collection::vec(prop::collection::vec(byte, 0..12), 8);
    let mut runner = TestRunner::new(Config { cases: 12, ..Config::default() });
    let every: Vec<u8> = (1..=255).collect();
    runner
        .run(&strategy, |mut inputs| {
            inputs.push(every.clone());
            let (mut script, mut want) = (Vec::new(), Vec::new());
            for value in &inputs {
                let args = Args::One(Row::one(value.clone()));
                for (template, (_, before, after)) in templates.iter().zip(PRINTERS) {
                    script.extend_from_slice(
                        template.render(&values(&args)).unwrap().iter().nth(2).unwrap().to_bytes(),
                    );
                    script.push(b'\n');
                    want.push([before.as_bytes(), value, after.as_bytes()].concat());
                }
            }
            for shell in present() {
                let output = run(shell, &script);
                let mut got: Vec<&[u8]> = output.stdout.split(|&byte| byte == 0).collect();
                got.pop();
                for (index, want) in want.iter().enumerate() {
                    let printer = PRINTERS[index % PRINTERS.len()].0;
                    prop_assert_eq!(got.get(index).copied(), Some(&want[..]), "{} in {}", printer, shell);
                }
            }
            Ok(())
        })
        .unwrap();
}

/// Code for nested shells. `A`, `B` and `C` stand for their names.
const NESTED: &[&str] = &[
    "A -c 'printf \"%s\\0\" {}'",
    "A -c \"printf '%s\\\\0' '{}'\"",
    "env x=y A -ec \"printf '%s\\\\0' \\\"{}\\\"\"",
    "A -c \"B -c 'printf \\\"%s\\\\0\\\" {}'\"",
    "if true; then (exec A -c 'x={}; B -c \"printf %s\\\\\\0 {}\"') | cat; fi",
    "A -c \"B -c 'C -c \\\"printf %s \\\\\\\"{}\\\\\\\"\\\"; printf \\\"\\\\0\\\"'\"",
];

#[test]
fn every_byte_comes_back_through_shells_within_shells() {
    let found = |name: &&&str| {
        let program = name.split(' ').next().unwrap_or_default();
        let there = ["/bin", "/usr/bin", "/usr/local/bin"]
            .iter()
            .any(|dir| std::path::Path::new(dir).join(program).exists());
        there || {
            eprintln!("left out: {name} is not here");
            false
        }
    };
    let named: Vec<&str> = NAMED.iter().filter(found).copied().collect();
    let byte =
        prop_oneof![3 => prop::sample::select(b"'\"\\$`(){}<>!#~*?[]=-; \n\t&|%a".to_vec()), 1 => 1..=255_u8];
    let strategy = prop::collection::vec(prop::collection::vec(byte, 0..12), 1);
    let every: Vec<u8> = (1..=255).collect();
    let mut runner = TestRunner::new(Config { cases: 3, ..Config::default() });
    let turn = std::cell::Cell::new(0);
    runner
        .run(&strategy, |mut inputs| {
            inputs.push(every.clone());
            let (mut script, mut want, mut texts) = (Vec::new(), Vec::new(), Vec::new());
            for first in 0..named.len() {
                turn.set(turn.get() + 1);
                let at = |step: usize| named[(first + step * turn.get()) % named.len()];
                for text in NESTED {
                    let text =
                        text.replace("A ", &format!("{} ", at(0))).replace("B ", &format!("{} ", at(1)));
                    let text = text.replace("C ", &format!("{} ", at(2)));
                    let template =
                        Template::shell(text.as_bytes(), &Syntax::default(), &Shell::default()).expect(&text);
                    for value in &inputs {
                        let args = Args::One(Row::one(value.clone()));
                        script.extend_from_slice(
                            template.render(&values(&args)).unwrap().iter().nth(2).unwrap().to_bytes(),
                        );
                        script.push(b'\n');
                        want.push(value.clone());
                        texts.push(text.clone());
                    }
                }
            }
            let output = run(SHELLS[turn.get() % 2], &script);
            let mut got: Vec<&[u8]> = output.stdout.split(|&byte| byte == 0).collect();
            got.pop();
            for (index, want) in want.iter().enumerate() {
                prop_assert_eq!(got.get(index).copied(), Some(&want[..]), "{}", texts[index]);
            }
            Ok(())
        })
        .unwrap();
}

/// A value that runs `pwned` if a shell runs a part of it as code.
const HOSTILE: &str = "$(pwned)`pwned`';pwned;'\";pwned;\"\npwned\n)pwned;}pwned\nE\npwned\n'$(pwned)'\"$(pwned)\"a[$(pwned)]\\";

/// `OWNED` appears in one piece only if it is printed. The newline ends a here-document or a comment.
const PRELUDE: &str = "pwned() { echo 'O''WNED' >&2; }\np() { :; }\n";

fn snippet() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{}",
        "\"{}\"",
        "'{}'",
        "x{}",
        "\"a {} b\"",
        "$(p {})",
        "\"$(p \"{}\")\"",
        "`p x`",
        "`p {}`",
        "${x:-{}}",
        "$((1+1))",
        "$(({}))",
        "\"${x:-'a'}\"",
        "${x:-'a'}",
        "$'a\\'b'",
        "$'a'",
        "# it's\n",
        "\\",
        "<<E\nit's {}\nE\n",
        "<<E\nit's\nE\n",
        "$(case x in a) p {};; esac)",
        "((1))",
        "[[ -n {} ]]",
        "[[ {} -eq 1 ]]",
        ";",
        "\n",
        " ",
        "\"",
        "'",
        "(",
        ")",
        "{ ",
        "; }",
        "$",
        "`",
        "#",
        "eval ",
        "eval {}",
        "p ",
        "&& p ",
        "| p ",
        "$(",
        "${",
        "}",
        "sh -c ",
        "sh -c 'p {}'",
        "let {}",
        "a[{}]=1",
        "a=({})",
        "\\{}",
        "\"\\{}\"",
        "<<-E\n",
        "\nE\n",
        "<<'E'\n",
        "case ",
        " in ",
        ";;",
        "esac",
        "f() ",
        "$[",
        "]",
        "<(p {})",
        "<<<{}",
        "read {}",
        "<{}",
        "trap 'p {}' EXIT",
        "@(a|{})",
        "\\\n",
    ])
}

/// Runs `script` as an argument, in `directory`.
fn run_text(shell: &str, script: &[u8], directory: &std::path::Path) -> Output {
    #[expect(clippy::disallowed_methods, reason = "a test of what a real shell makes of the text")]
    let mut command = Command::new(shell);
    let script = std::ffi::OsStr::from_bytes(script);
    command.current_dir(directory).stdin(Stdio::null()).arg("-c").arg(script).output().unwrap()
}

#[test]
fn no_accepted_template_runs_a_value() {
    let strategy = prop::collection::vec(snippet(), 1..9);
    let mut runner = TestRunner::new(Config { cases: 2000, ..Config::default() });
    let directory = tempfile::tempdir().unwrap();
    let kept = std::cell::Cell::new(0);
    runner
        .run(&strategy, |snippets| {
            let text = snippets.concat();
            let Ok(template) = Template::shell(text.as_bytes(), &Syntax::default(), &Shell::default()) else {
                return Ok(());
            };
            kept.set(kept.get() + 1);
            let input = Args::One(Row::one(HOSTILE));
            let argv = template.render(&values(&input)).unwrap();
            let whole = [PRELUDE.as_bytes(), argv.iter().nth(2).unwrap().to_bytes()].concat();
            for shell in present() {
                let errors = run_text(shell, &whole, directory.path()).stderr;
                let owned = memchr::memmem::find(&errors, b"OWNED").is_some();
                prop_assert!(!owned, "{} ran the value of {:?}:\n{}", shell, text, super::text(&errors));
            }
            Ok(())
        })
        .unwrap();
    assert!(kept.get() > 50, "only {} templates were accepted", kept.get());
}
