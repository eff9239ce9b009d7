//! Rules for the code and the documents that a program can check: length of files, imports, width of documents, no
//! unfinished work.

mod imports;
mod types;

use std::fs;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 400;
const README_LINES_MAX: usize = 200;
const DOCUMENT_COLUMNS_MAX: usize = 100;

/// Every folder with Rust sources.
pub const ALL: [&str; 5] = ["src", "tests", "benches", "examples", "crates"];

/// The source folders, each with its order, top to bottom: a module may use those in lower rows only (and its own). The
/// modules of one row are independent.
const ORDERS: [(&str, &[&[&str]]); 4] = [
    (
        "src",
        &[&["cli"], &["run"], &["sink"], &["exec"], &["template", "input"], &["escape"], &["job"], &["sys"]],
    ),
    ("crates/adaptive-pool/src", &[&["pool"], &["policy"], &["task_order", "time"]]),
    (
        "crates/adaptive-pool-sense/src",
        &[
            &["with_sensors"],
            &["machine"],
            &["load", "tasks", "threads"],
            &["tree", "portable"],
            &["cpu", "memory", "topology"],
            &["cores"],
            &["cgroup", "pressure", "procfs", "swap"],
            &["file", "task_source"],
        ],
    ),
    (
        "crates/sim/src",
        &[
            &["table", "cost", "paired"],
            &["hindsight"],
            &["oracle"],
            &["world"],
            &["drawn", "still"],
            &["named", "outside"],
            &["plant"],
            &["server"],
            &["rng"],
        ],
    ),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries {
        let path = entry.expect("a directory entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The name and the text of every source file below these folders.
pub fn files(folders: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in folders {
        rust_files(&root().join(folder), &mut found);
    }
    assert!(found.len() > 10, "the files are not where they were");
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).expect("below the root").display().to_string();
            let text = fs::read_to_string(&path).expect("a source file");
            (name, text)
        })
        .collect()
}

/// Checks the violations of a rule (the file, and a message) against a list of files, and of folders with a slash at the
/// end, with known ones: there is no violation elsewhere, and each entry of the list has one.
#[track_caller]
fn check_known<'a>(known: &[&str], broken: impl Iterator<Item = (&'a str, String)>) {
    let is_at = |file: &str, entry: &str| file == entry || (entry.ends_with('/') && file.starts_with(entry));
    let broken: Vec<(&str, String)> = broken.collect();
    let new: Vec<&String> = broken
        .iter()
        .filter(|(file, _)| !known.iter().any(|entry| is_at(file, entry)))
        .map(|(_, message)| message)
        .collect();
    assert!(new.is_empty(), "{new:#?}");
    let gone: Vec<&&str> =
        known.iter().filter(|entry| !broken.iter().any(|(file, _)| is_at(file, entry))).collect();
    assert!(gone.is_empty(), "take these off the list of what is known: {gone:#?}");
}

/// The name and the text of every Markdown document.
pub fn documents() -> Vec<(String, String)> {
    let entries = [root(), root().join("docs")].map(|dir| fs::read_dir(dir).expect("a directory"));
    let paths = entries.into_iter().flatten().map(|entry| entry.expect("a directory entry").path());
    let mut found: Vec<(String, String)> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .map(|path| {
            let name = path.strip_prefix(root()).expect("below the root").display().to_string();
            (name, fs::read_to_string(&path).expect("a document"))
        })
        .collect();
    found.sort();
    assert!(found.len() > 10, "the documents are not where they were");
    found
}

/// The lines of a document, counted from 1, that are neither a table nor code nor one link.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let (mut fenced, mut indented, mut blank) = (false, false, true);
    text.lines().zip(1..).filter_map(move |(line, number)| {
        let fence = line.starts_with("```");
        fenced ^= fence;
        indented = line.starts_with("    ") && (indented || blank);
        blank = line.is_empty();
        let is_code = fenced || fence || indented;
        (!is_code && !line.starts_with('|') && !is_one_link(line)).then_some((number, line))
    })
}

fn is_one_link(line: &str) -> bool {
    let text = line.trim_start_matches([' ', '-']);
    let address = text.trim_matches(['<', '>']).starts_with("http") && !text.contains(' ');
    let named = text.starts_with('[') && text.ends_with(')') && text.matches("](").count() == 1;
    address || named
}

#[test]
fn files_are_short() {
    let long: Vec<String> = files(&ALL)
        .iter()
        .filter(|(_, text)| text.lines().count() > FILE_LINES_MAX)
        .map(|(name, text)| format!("{name}: {} lines", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "over {FILE_LINES_MAX} lines: {long:#?}");
}

#[test]
fn the_readme_is_short() {
    let (_, readme) = documents().into_iter().find(|(name, _)| name == "README.md").expect("README.md");
    let lines = readme.lines().count();
    assert!(lines <= README_LINES_MAX, "README.md has {lines} lines, over {README_LINES_MAX}");
}

#[test]
fn documents_fit_a_narrow_window() {
    let mut wide = Vec::new();
    for (name, text) in documents() {
        let lines = prose(&text).map(|(number, line)| (number, line.chars().count()));
        let over = lines.filter(|(_, columns)| *columns > DOCUMENT_COLUMNS_MAX);
        wide.extend(over.map(|(number, columns)| format!("{name}:{number}: {columns} columns")));
    }
    assert!(wide.is_empty(), "over {DOCUMENT_COLUMNS_MAX} columns: {wide:#?}");
}

#[test]
fn tables_code_and_links_may_be_wide() {
    let text =
        "a\n\n    code\n\n    code\n\n- b\n    c\n```sh\nd\n```\n| e |\n[f](g)\n[f](g) h\n- https://i\n";
    let lines: Vec<&str> = prose(text).map(|(_, line)| line).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, ["a", "- b", "    c", "[f](g) h"]);
}

#[test]
fn imports_run_downwards() {
    let mut wrong = Vec::new();
    for (folder, order) in ORDERS {
        let rank = |module: &str| order.iter().position(|row| row.contains(&module));
        for (name, text) in files(&[folder]) {
            let own = name.trim_start_matches(folder).trim_start_matches('/');
            let own = own.split(['/', '.']).next().unwrap_or_default();
            let Some(from) = rank(own) else {
                assert!(matches!(own, "lib" | "main"), "{name} is in no row of the order");
                continue;
            };
            for part in text.split("crate::").skip(1) {
                let used: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let below = rank(&used).is_some_and(|to| to > from) || used == own;
                if !below && rank(&used).is_some() {
                    wrong.push(format!("{name} uses {used}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports that run upwards or sideways: {wrong:#?}");
}

#[test]
fn unsafe_code_and_libc_live_in_sys() {
    let outside: Vec<String> = files(&["src", "crates"])
        .into_iter()
        .filter(|(name, text)| {
            // The symbol name of `main`, by which the C library finds it.
            let main = name == "src/main.rs" && text.matches("unsafe(").count() == 1;
            let marked = text.contains("unsafe(") && !main;
            !name.starts_with("src/sys/") && (text.contains("libc::") || text.contains("unsafe {") || marked)
        })
        .map(|(name, _)| name)
        .collect();
    assert!(outside.is_empty(), "{outside:#?}");
}

#[test]
fn no_mark_of_unfinished_work_is_left() {
    let marks = ["TO\u{44}O", "FIX\u{4d}E", "unimplemented\u{21}", "#[ign\u{6f}re"];
    let left: Vec<String> = files(&ALL)
        .into_iter()
        .filter(|(_, text)| marks.iter().any(|mark| text.contains(mark)))
        .map(|(name, _)| name)
        .collect();
    assert!(left.is_empty(), "{left:#?}");
}
