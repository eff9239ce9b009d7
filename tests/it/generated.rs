//! The man page, the completions and the README's option table are made from the definition of the flags. They are
//! committed, because packagers want files; this test keeps them true. `UPDATE=1 cargo test generated` rewrites them.

use clap_complete::Shell;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

#[track_caller]
fn check(path: &str, made: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, made).unwrap_or_else(|e| panic!("{path}: {e}"));
    }
    let there = fs::read_to_string(&file).unwrap_or_default();
    assert!(there == made, "{path} is not what the flags say now: run UPDATE=1 cargo test generated");
}

#[test]
fn completions() {
    for (shell, path) in [
        (Shell::Bash, "completions/apool.bash"),
        (Shell::Zsh, "completions/_apool"),
        (Shell::Fish, "completions/apool.fish"),
    ] {
        let mut made = Vec::new();
        clap_complete::generate(shell, &mut apool::cli::args::command(), "apool", &mut made);
        check(path, &String::from_utf8(made).expect("UTF-8"));
    }
}

#[test]
fn the_man_page() {
    let mut made = Vec::new();
    clap_mangen::Man::new(apool::cli::args::command()).render(&mut made).expect("rendering");
    check("man/apool.1", &String::from_utf8(made).expect("UTF-8"));
}

const BEGIN: &str = "<!-- options: made by `UPDATE=1 cargo test generated` -->\n";
const END: &str = "<!-- end of options -->\n";

#[test]
fn the_option_table_of_the_readme() {
    let readme =
        fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README.md");
    let (before, rest) = readme.split_once(BEGIN).expect("the mark before the table");
    let (_, after) = rest.split_once(END).expect("the mark after the table");
    check("README.md", &format!("{before}{BEGIN}{}{END}{after}", option_table()));
}

fn option_table() -> String {
    let command = apool::cli::args::command();
    let mut table = String::new();
    let mut heading = None;
    for arg in command.get_arguments().filter(|a| !a.is_positional() && !a.is_hide_set()) {
        if heading != arg.get_help_heading() {
            heading = arg.get_help_heading();
            let _ = writeln!(table, "\n| {} | |\n| --- | --- |", heading.unwrap_or("Help"));
        }
        let value = match arg.get_value_names() {
            Some(names) if arg.get_action().takes_values() => {
                format!(" {}", names.join(" ").replace('|', "\\|"))
            }
            _ => String::new(),
        };
        let short = arg.get_short().map(|c| format!("`-{c}`, ")).unwrap_or_default();
        let long = arg.get_long().unwrap_or_default();
        let name = if long.is_empty() {
            format!("`-{}{value}`", arg.get_short().unwrap_or_default())
        } else {
            format!("{short}`--{long}{value}`")
        };
        let help = arg
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default()
            .replace('|', "\\|")
            .replace('\n', " ");
        let _ = writeln!(table, "| {name} | {help} |");
    }
    table
}
