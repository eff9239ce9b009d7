//! The man page, the completions and the tables of docs/options.md are generated from the definition of the options. They
//! are committed, because packagers need files. `UPDATE=1 cargo test --test it generated` rewrites them.

use crate::completions::bash::bash;
use crate::completions::fish::fish;
use crate::completions::zsh::zsh;
use crate::man;
use apool::cli::args::texts;
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
    let command = apool::cli::args::command();
    check("completions/apool.bash", &bash(&command));
    check("completions/_apool", &zsh(&command));
    check("completions/apool.fish", &fish(&command));
}

#[test]
fn the_man_page() {
    check("man/apool.1", &man::page(&apool::cli::args::command()));
}

const TABLES: [(&str, fn() -> String); 3] = [
    ("options", option_table),
    ("placeholders", || table(&texts::PLACEHOLDERS)),
    ("exit statuses", || table(&texts::EXIT)),
];

#[test]
fn the_tables_of_the_options() {
    let mut document = document("docs/options.md");
    for (name, table) in TABLES {
        let begin = format!("<!-- {name}: made by `UPDATE=1 cargo test generated` -->\n");
        let end = format!("<!-- end of {name} -->\n");
        let (before, rest) = document.split_once(&begin).unwrap_or_else(|| panic!("no mark before {name}"));
        let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no mark after {name}"));
        document = format!("{before}{begin}{}{end}{after}", table());
    }
    check("docs/options.md", &document);
}

#[test]
fn the_examples_of_the_man_page_are_in_a_tested_document() {
    let documents = document("README.md") + &document("docs/guide.md");
    for (_, line) in man::EXAMPLES {
        assert!(documents.contains(&format!("$ {line}\n")), "{line}");
    }
}

fn document(name: &str) -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)).expect(name)
}

/// A cell of a table. `|` and `<` are escaped: they would end the cell or begin HTML.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;")
}

/// A table of terms and their meanings.
fn table(entries: &[texts::Entry]) -> String {
    let mut table = String::from("\n| | |\n| --- | --- |\n");
    for (term, meaning) in entries {
        let _ = writeln!(table, "| `{}` | {} |", term.replace('|', "\\|"), cell(meaning));
    }
    table.push('\n');
    table
}

/// The options under their headings.
fn option_table() -> String {
    let command = apool::cli::args::command();
    let mut table = String::new();
    let mut heading = None;
    for arg in command.get_arguments().filter(|a| !a.is_positional() && !a.is_hide_set()) {
        if heading != arg.get_help_heading() {
            heading = arg.get_help_heading();
            let _ = writeln!(table, "\n| {} | |\n| --- | --- |", heading.unwrap_or("Other"));
        }
        let value = match arg.get_value_names() {
            Some(names) if arg.get_action().takes_values() => {
                let equals = if arg.is_require_equals_set() { "=" } else { " " };
                format!("{equals}{}", names.join(" ").replace('|', "\\|"))
            }
            _ => String::new(),
        };
        let of_short = if arg.get_long().is_none() { value.as_str() } else { "" };
        let short = arg.get_short().map(|c| format!("`-{c}{of_short}`"));
        let long = arg.get_long().map(|long| format!("`--{long}{value}`"));
        let names: Vec<String> = short.into_iter().chain(long).collect();
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(table, "| {} | {} |", names.join(", "), cell(&help));
    }
    table.push('\n');
    table
}
