//! Runs the examples of the README and the guide: every fenced block marked `console`, one after the other, in one
//! shell and one directory for each document. The lines after a `$ ` line are the expected output.

use crate::harness::{Dir, apool};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A command and its output, standard output and standard error together.
#[derive(Debug)]
struct Example {
    command: String,
    output: String,
}

fn examples(text: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            _ => match (line.strip_prefix("$ "), line.strip_prefix("> ")) {
                (Some(command), _) => {
                    found.push(Example { command: command.to_owned(), output: String::new() });
                }
                (None, Some(more)) => {
                    let last = found.last_mut().expect("a command before its second line");
                    last.command.push('\n');
                    last.command.push_str(more);
                }
                (None, None) => {
                    let last = found.last_mut().expect("a command before its output");
                    last.output.push_str(line);
                    last.output.push('\n');
                }
            },
        }
    }
    found
}

/// Printed between two commands: no example prints this byte.
const MARK: char = '\u{1}';

#[test]
fn every_example_prints_what_the_readme_says() {
    check("README.md", 10);
}

#[test]
fn every_example_prints_what_the_guide_says() {
    check("docs/guide.md", 30);
}

/// Runs the examples of a document, which must have at least so many.
pub fn check(name: &str, at_least: usize) {
    let document = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    let examples = examples(&fs::read_to_string(document).expect(name));
    assert!(examples.len() >= at_least, "the examples of {name} are not where they were");
    let mut script = String::new();
    for example in &examples {
        script.push_str(&example.command);
        script.push_str("\nprintf '\\001'\n");
    }
    let dir = Dir::new();
    let file = dir.write(".script", script);
    let bin = apool().parent().expect("a directory").to_owned();
    let path = std::env::var("PATH").expect("PATH");
    let output = Command::new("bash")
        .args(["--norc", "-c", "exec 2>&1; . \"$0\""])
        .arg(&file)
        .current_dir(dir.path())
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("LC_ALL", "C")
        .env_remove("CI")
        .stdin(Stdio::null())
        .output()
        .expect("bash");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let printed: Vec<&str> = text.split_terminator(MARK).collect();
    for (example, printed) in examples.iter().zip(&printed) {
        assert_eq!(*printed, example.output, "{}", example.command);
    }
    assert_eq!(printed.len(), examples.len(), "{text}");
}

/// The documentation of the library is its README, so the documentation tests run that example.
#[test]
fn the_library_example_is_the_one_that_the_documentation_tests_run() {
    let file = |name| fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)).expect(name);
    let readme = file("README.md");
    let (_, rest) = readme.split_once("```rust\n").expect("a block of Rust");
    let (example, _) = rest.split_once("```").expect("its end");
    assert!(
        file("crates/adaptive-pool/README.md").contains(example),
        "the example of crates/adaptive-pool/README.md is another than the README's"
    );
    let library = file("crates/adaptive-pool/src/lib.rs");
    assert!(library.contains("#![doc = include_str!(\"../README.md\")]"), "it is not in the documentation");
}
