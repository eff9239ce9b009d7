//! The documents agree with the code: examples print what they say, and the tests, files, options and defaults that are
//! named exist.

use crate::readme::check;
use crate::tidy;
use adaptive_pool::policy::{PolicyConfig, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

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

/// Each option of the manuals of the two tools is in the document.
#[test]
fn every_option_of_the_other_tools_is_documented() {
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
        let named = names.split(' ').any(|name| parallel.contains(&format!("`{name}`")));
        assert!(named, "{names} of GNU parallel");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text between backticks in the documents, outside of blocks of code, with the name of the document.
fn spans() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, text) in tidy::documents() {
        let prose = text.split("```").step_by(2);
        let spans = prose.flat_map(str::lines).flat_map(|line| line.split('`').skip(1).step_by(2));
        found.extend(spans.map(|span| (name.clone(), span.to_owned())));
    }
    found
}

/// The tests that a text names: `theme::test`, or `module::test` of a unit test.
fn named_tests(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let spans = text.split('`').skip(1).step_by(2).filter(|span| !span.contains([' ', '(', '/']));
    spans.filter_map(|span| span.rsplit_once("::")).filter(|(_, name)| name.contains('_'))
}

/// Each guarantee has a test, and each test that is named for a guarantee or a fault exists.
#[test]
fn every_guarantee_has_a_test_that_exists() {
    let sources = tidy::files(&["tests/it", "src"]);
    let is_test = |module: &str, name: &str| {
        let path = module.replace("::", "/");
        let (theme, unit) = (format!("tests/it/{path}.rs"), format!("src/{path}"));
        let head = format!("fn {name}(");
        let files = sources.iter().filter(|(file, _)| *file == theme || file.starts_with(&unit));
        files.filter_map(|(_, text)| text.split_once(&head)).any(|(before, _)| {
            let attributes = before.rsplit("\n\n").next().unwrap_or_default();
            attributes.contains("#[test]")
        })
    };
    let (mut checked, mut wrong) = (0, Vec::new());
    for document in ["docs/guarantees.md", "docs/faults.md"] {
        let text = fs::read_to_string(root().join(document)).expect(document);
        let rows = text.lines().filter(|line| line.starts_with("| "));
        let is_head = |row: &str| row.starts_with("| ---") || row == "| guarantee | tests |";
        for row in rows.filter(|row| !is_head(row)) {
            let tests: Vec<_> = named_tests(row).collect();
            checked += tests.len();
            if tests.is_empty() && document == "docs/guarantees.md" {
                wrong.push(format!("no test: {row}"));
            }
            let missing = tests.iter().filter(|(module, name)| !is_test(module, name));
            wrong.extend(missing.map(|(module, name)| format!("{document}: no test {module}::{name}")));
        }
    }
    assert!(checked > 70, "{checked} tests are named");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Tests, modules and files that the documents name exist.
#[test]
fn files_and_items_named_in_the_documents_exist() {
    let sources = tidy::files(&["src", "tests", "benches", "examples", "crates", "fuzz/fuzz_targets"]);
    let kinds = ["fn", "mod", "struct", "enum", "use"];
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (file, text) in &sources {
        names.extend(Path::new(file).file_stem().and_then(|name| name.to_str()));
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        names.extend(words.windows(2).filter(|pair| kinds.contains(&pair[0])).map(|pair| pair[1]));
    }
    let (mut paths, mut items, mut wrong) = (0, 0, Vec::new());
    for (document, span) in spans() {
        let plain = span.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:-".contains(&b));
        let end = Path::new(&span).extension();
        let is_file = end.is_some_and(|end| end == "rs" || end == "md") || span.starts_with("tests/");
        if plain && is_file {
            paths += 1;
            let below = format!("/{span}");
            let is_source = sources.iter().any(|(file, _)| *file == span || file.ends_with(&below));
            let there = [root(), &root().join("docs")].iter().any(|base| base.join(&span).exists());
            if !is_source && !there {
                wrong.push(format!("{document}: no file {span}"));
            }
        } else if plain && span.contains("::") && span.starts_with(|c: char| c.is_ascii_lowercase()) {
            items += 1;
            let name = span.trim_end_matches(':').rsplit("::").next().expect("a name");
            if !names.contains(name) && !span.starts_with("std::") {
                wrong.push(format!("{document}: no {span}"));
            }
        }
    }
    assert!(paths > 40 && items > 25, "{paths} files and {items} items");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The anchor that a heading gets: lower case, blanks as dashes, other punctuation left out.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    text.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
}

/// A link between documents leads to a file that exists, and to a heading of it.
#[test]
fn links_between_documents_are_valid() {
    let documents = tidy::documents();
    let (mut links, mut wrong) = (0, Vec::new());
    for (name, text) in &documents {
        let prose: String = text.split("```").step_by(2).collect();
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            links += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let folder = Path::new(name).parent().expect("a folder");
            let path = if file.is_empty() { root().join(name) } else { root().join(folder).join(file) };
            let text = fs::read_to_string(&path).unwrap_or_default();
            let has_heading = text.lines().any(|l| l.starts_with('#') && anchor(l) == heading);
            if text.is_empty() || !(heading.is_empty() || has_heading) {
                wrong.push(format!("{name}: {target}"));
            }
        }
    }
    assert!(links > 40, "{links} links");
    assert!(wrong.is_empty(), "links that lead nowhere: {wrong:#?}");
}

/// Each name of a thread is in the table of threads.
#[test]
fn every_thread_is_in_the_table_of_the_architecture() {
    let table = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let mut names = 0;
    for (file, text) in tidy::files(&["src", "crates"]) {
        for name in text.split("Builder::new().name(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            names += 1;
            let row = [format!("| {name} |"), format!("| `{name}` |")];
            assert!(row.iter().any(|row| table.contains(row)), "{name} of {file} is in no row");
        }
    }
    assert!(names >= 8, "{names} names");
}

/// The value of a formula of the table of defaults with so many cores.
fn figure(text: &str, cores: u32) -> Option<f64> {
    let text = text.trim().replace(' ', "");
    let inside = |name: &str| text.strip_prefix(name)?.strip_suffix(')')?.split_once(',');
    let both = |(a, b): (&str, &str)| Some((figure(a, cores)?, figure(b, cores)?));
    if let Some(pair) = inside("max(") {
        return both(pair).map(|(a, b)| a.max(b));
    }
    if let Some(pair) = inside("min(") {
        return both(pair).map(|(a, b)| a.min(b));
    }
    match text.strip_suffix('C') {
        Some("") => Some(f64::from(cores)),
        Some(times) => times.parse::<f64>().ok().map(|times| times * f64::from(cores)),
        None => match text.strip_suffix("ms") {
            Some(ms) => ms.parse::<f64>().ok().map(|ms| ms / 1000.0),
            None => text.strip_suffix('s').unwrap_or(&text).parse().ok(),
        },
    }
}

/// The table of defaults in docs/policies.md agrees with the policies.
#[test]
fn the_defaults_of_the_policies() {
    let document = fs::read_to_string(root().join("docs/policies.md")).expect("docs/policies.md");
    let section = document.split("\n## Defaults\n").nth(1).and_then(|rest| rest.split("\n## ").next());
    let mut rows = section.expect("the section").lines().filter(|line| line.starts_with('|'));
    let cells =
        |row: &str| row[1..row.len() - 1].split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let columns = cells(rows.next().expect("the head"));
    let mut checked = 0;
    for row in rows.skip(1).map(cells) {
        for (column, cell) in columns.iter().zip(&row).skip(1) {
            let policies: Vec<&str> = column.trim_matches('|').split(" / ").map(str::trim).collect();
            let settings: Vec<(&str, &str)> = if row[0].starts_with('`') {
                vec![(row[0].trim_matches('`'), cell.as_str())]
            } else {
                let parts = cell.split('`').collect::<Vec<_>>();
                parts[1..].chunks(2).map(|pair| (pair[0], pair[1].trim().trim_end_matches(','))).collect()
            };
            for (name, values) in settings {
                let each: Vec<&str> = values.split(" / ").collect();
                for (at, policy) in policies.iter().enumerate() {
                    let value = each.get(at).or(each.first()).expect("a value");
                    checked += usize::from(check_default(policy, name, value));
                }
            }
        }
    }
    assert!(checked > 80, "{checked} figures");
}

/// True when there was a default to check.
fn check_default(policy: &str, name: &str, text: &str) -> bool {
    for cores in [1, 2, 7, 40] {
        let mut config: PolicyConfig = policy.parse().expect(policy);
        config.resolve(f64::from(cores));
        let bounds = config.default_bounds(f64::from(cores));
        let found = match name {
            "interval" => Some(bounds.interval.as_secs_f64()),
            "min_workers" => Some(f64::from(bounds.min)),
            "initial_workers" => Some(f64::from(bounds.initial)),
            "max_workers" => Some(f64::from(bounds.max)),
            _ => config.settings().iter().find(|(field, _)| *field == name).map(|(_, value)| match value {
                Value::Ratio(x) => *x,
                Value::Count(n) => *n as f64,
                Value::Time(time) => time.as_secs_f64(),
                Value::Switch(on) => f64::from(u8::from(*on)),
                Value::Unset => f64::NAN,
            }),
        };
        let want = match text {
            "" => return false,
            "N" => f64::from(cores),
            "the minimum" => f64::from(bounds.min),
            "none" => f64::NAN,
            "yes" => 1.0,
            _ => figure(text, cores).unwrap_or_else(|| panic!("{policy} {name}: what is {text:?}?")),
        };
        // The initial limit is kept within the bounds.
        let want = if name == "initial_workers" {
            want.clamp(f64::from(bounds.min), f64::from(bounds.max))
        } else {
            want
        };
        let found = found.unwrap_or_else(|| panic!("{policy} has no {name}"));
        let same = (found - want).abs() < 1e-9 || (found.is_nan() && want.is_nan());
        assert!(same, "{policy} {name} with {cores} cores: {found}, and docs/policies.md says {text}");
    }
    true
}

/// The document lists exactly the kinds of reasons.
#[test]
fn every_kind_of_reason_is_explained() {
    let document = include_str!("../../docs/metrics.md");
    let sources = [
        include_str!("../../crates/adaptive-pool/src/policy/why.rs"),
        include_str!("../../crates/adaptive-pool/src/policy/auto/why.rs"),
    ];
    let kinds: BTreeSet<&str> = sources.iter().flat_map(|source| words_of(source)).collect();
    assert!(kinds.len() > 40, "the words are not found any more: {kinds:?}");
    let reasons =
        document.split("### Reasons").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section");
    let rows = reasons.lines().filter(|line| line.starts_with("| `"));
    let first = rows.filter_map(|row| row.split(" | ").next());
    let listed: BTreeSet<&str> = first.flat_map(|words| words.split('`').skip(1).step_by(2)).collect();
    assert_eq!(listed, kinds);
}

/// The strings that the function `kind` returns.
fn words_of(source: &str) -> impl Iterator<Item = &str> {
    let body = source.split("pub fn kind").nth(1).expect("the function");
    let body = body.split("\n    }\n").next().expect("its end");
    body.split('"').skip(1).step_by(2)
}
