//! The examples of the manuals are run, each in its document's own shell and directory; the figures of the tables in them
//! are those of the tables of commands.

use crate::readme::check;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

#[test]
fn from_xargs() {
    check("docs/from-xargs.md", 15);
}

#[test]
fn from_gnu_parallel() {
    check("docs/from-gnu-parallel.md", 20);
}

#[test]
fn the_order_of_jobs() {
    check("docs/order.md", 3);
}

/// The options of the two tools, by their manuals: each must stand in the document.
#[test]
fn every_option_is_spoken_of() {
    let text = |name: &str| {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        fs::read_to_string(path).expect(name)
    };
    let xargs = text("from-xargs.md");
    for option in
        "-0 -a -d -E -e -I -i -L -l -n -o -P -p --process-slot-var -r -s --show-limits -t -x -J -R".split(' ')
    {
        assert!(xargs.contains(&format!("`{option}")), "{option} of xargs");
    }
    let parallel = text("from-gnu-parallel.md");
    for (_, names, _) in apool::cli::advice::ABSENT.iter().filter(|(tool, ..)| tool.is_parallel()) {
        let said = names.split(' ').any(|name| parallel.contains(&format!("`{name}`")));
        assert!(said, "{names} of GNU parallel");
    }
}

/// The words that programs read in place of a reason: each must stand in the document, and nothing else there.
#[test]
fn every_kind_of_reason_is_explained() {
    let document = include_str!("../../docs/metrics.md");
    let sources = [include_str!("../../src/policy/why.rs"), include_str!("../../src/policy/auto/why.rs")];
    let kinds: BTreeSet<&str> = sources.iter().flat_map(|source| words_of(source)).collect();
    assert!(kinds.len() > 40, "the words are not found any more: {kinds:?}");
    let reasons =
        document.split("### Reasons").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section");
    let rows = reasons.lines().filter(|line| line.starts_with("| `"));
    let first = rows.filter_map(|row| row.split(" | ").next());
    let said: BTreeSet<&str> = first.flat_map(|words| words.split('`').skip(1).step_by(2)).collect();
    assert_eq!(said, kinds);
}

/// The strings that the function `kind` gives.
fn words_of(source: &str) -> impl Iterator<Item = &str> {
    let body = source.split("pub fn kind").nth(1).expect("the function");
    let body = body.split("\n    }\n").next().expect("its end");
    body.split('"').skip(1).step_by(2)
}
