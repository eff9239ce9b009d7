//! No import circle between files: a file that uses another one is not used by it, neither directly nor through others.
//!
//! Paths in `use` and paths that begin with `crate` or `super` count. `pub use` and `mod` do not: a module may offer what is
//! in its files. Modules behind `cfg(test)` are left out.

use super::files;
use std::collections::{BTreeMap, BTreeSet};

/// The source folders, each a crate.
pub const CRATES: [&str; 4] =
    ["src", "crates/adaptive-pool/src", "crates/adaptive-pool-sense/src", "crates/sim/src"];

/// Recursive-descent parsers: their files call each other.
const PARSERS: [&str; 1] = ["src/template/scan/"];

/// Files, and folders with a slash at the end, where circles are left. An entry without a circle is refused: this list only
/// gets shorter.
const KNOWN: [&str; 2] = ["src/template/", "crates/adaptive-pool/src/policy/auto/"];

/// A module as its path below the root of the crate: `["run", "ledger"]`.
type Module = Vec<String>;

/// The files of one crate, by name, with the import paths of each.
pub struct Crate {
    root: String,
    /// Without comments and without the tests at the end of a file.
    pub texts: BTreeMap<String, String>,
    modules: BTreeMap<Module, String>,
    /// The files that define an item of this name.
    definitions: BTreeMap<String, BTreeSet<String>>,
    /// The paths that each file uses.
    paths: BTreeMap<String, Vec<Vec<String>>>,
}

fn module_of(root: &str, file: &str) -> Module {
    let path = file.trim_start_matches(root).trim_start_matches('/').trim_end_matches(".rs");
    let mut parts: Module = path.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// A source text without the tests at its end and without lines of comment.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end]
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|l| l.to_owned() + "\n")
        .collect()
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The name that a text begins with.
fn name_at(text: &str) -> &str {
    &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())]
}

/// A line without `pub` or `pub(...)` in front.
fn without_visibility(line: &str) -> &str {
    let line = line.trim_start();
    let Some(rest) = line.strip_prefix("pub") else { return line };
    let rest = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest);
    rest.strip_prefix(' ').unwrap_or(line)
}

/// The name of the item that a line defines.
fn item(line: &str) -> Option<&str> {
    let mut line = without_visibility(line);
    for word in ["const ", "async ", "unsafe ", "extern \"C\" "] {
        // A constant is an item itself.
        line = line.strip_prefix(word).filter(|rest| rest.contains("fn ")).unwrap_or(line);
    }
    let kinds = ["struct ", "enum ", "trait ", "type ", "fn ", "const ", "static ", "union "];
    let name = name_at(kinds.iter().find_map(|kind| line.strip_prefix(kind))?);
    (!name.is_empty()).then_some(name)
}

/// The paths that a source text uses, each in its parts.
fn paths(text: &str) -> Vec<Vec<String>> {
    let (mut found, mut rest) = (Vec::new(), String::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(tree) = without_visibility(line).strip_prefix("use ") else {
            rest.extend([line, "\n"]);
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            tree.extend(lines.next());
        }
        if line.trim_start().starts_with("use ") {
            expand(tree.split(';').next().unwrap_or_default(), &mut found);
        }
    }
    for first in ["crate::", "super::"] {
        for (at, _) in rest.match_indices(first) {
            if !rest[..at].ends_with(|c| is_name(c) || c == ':') {
                let end = rest[at..].find(|c| !is_name(c) && c != ':').unwrap_or(rest.len() - at);
                found.push(rest[at..at + end].trim_end_matches(':').to_owned());
            }
        }
    }
    found.iter().map(|path| path.split("::").map(|part| part.trim().to_owned()).collect()).collect()
}

impl Crate {
    /// The crate in this folder.
    pub fn read(root: &str) -> Crate {
        Crate::of(root, files(&[root]))
    }

    /// A crate of these files, each with its name (from the folder of the workspace) and its text.
    fn of(root: &str, files: Vec<(String, String)>) -> Crate {
        let mut test_modules: Vec<Module> = Vec::new();
        for (file, text) in &files {
            let behind = text.split("#[cfg(test)]\n").skip(1);
            let names = behind.filter_map(|rest| without_visibility(rest).strip_prefix("mod ").map(name_at));
            test_modules.extend(names.map(|name| {
                let mut module = module_of(root, file);
                module.push(name.to_owned());
                module
            }));
        }
        let is_test = |file: &str| test_modules.iter().any(|test| module_of(root, file).starts_with(test));
        let kept = files.into_iter().filter(|(file, _)| !is_test(file));
        let texts: BTreeMap<String, String> = kept.map(|(file, text)| (file, code(&text))).collect();
        let modules = texts.keys().map(|file| (module_of(root, file), file.clone())).collect();
        let mut definitions = BTreeMap::<String, BTreeSet<String>>::new();
        for (file, text) in &texts {
            for name in text.lines().filter_map(item) {
                definitions.entry(name.to_owned()).or_default().insert(file.clone());
            }
        }
        let paths = texts.iter().map(|(file, text)| (file.clone(), paths(text))).collect();
        Crate { root: root.to_owned(), texts, modules, definitions, paths }
    }

    /// The file that a path of this file leads to, if that is one of this crate.
    fn target(&self, file: &str, path: &[String]) -> Option<&str> {
        let own = module_of(&self.root, file);
        let mut names = path.iter().map(String::as_str).peekable();
        let mut at: Module = match *names.peek()? {
            "crate" => Module::new(),
            "super" | "self" => own,
            first => {
                let child: Module = own.iter().cloned().chain([first.to_owned()]).collect();
                self.modules.get(&child)?;
                own
            }
        };
        if names.peek().is_some_and(|first| ["crate", "self"].contains(first)) {
            names.next();
        }
        while names.next_if_eq(&"super").is_some() {
            at.pop();
        }
        while let Some(name) = names.peek() {
            let child: Module = at.iter().cloned().chain([(*name).to_owned()]).collect();
            if !self.modules.contains_key(&child) {
                break;
            }
            at = child;
            names.next();
        }
        let module = self.modules.get(&at).map(String::as_str);
        let Some(name) = names.next().filter(|name| !["self", "*"].contains(name)) else { return module };
        let definitions = self.definitions.get(name);
        if module.is_some_and(|module| definitions.is_some_and(|files| files.contains(module))) {
            return module;
        }
        // The module passes it on from a file below it.
        let below = definitions.into_iter().flatten();
        let below = below.filter(|file| module_of(&self.root, file).starts_with(&at));
        below.map(String::as_str).min_by_key(|file| (file.matches('/').count(), *file)).or(module)
    }

    /// The file that defines the type that this file calls so.
    pub fn home_of(&self, file: &str, name: &str) -> Option<&str> {
        if self.definitions.get(name).is_some_and(|files| files.contains(file)) {
            return self.texts.get_key_value(file).map(|(file, _)| file.as_str());
        }
        let path = self.paths[file].iter().find(|path| path.last().is_some_and(|last| last == name))?;
        self.target(file, path)
    }

    /// The files that each file uses, itself not counted.
    fn edges(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let targets = |file: &String| {
            let paths = self.paths[file].iter();
            paths.filter_map(|path| self.target(file, path)).filter(|to| to != file).collect()
        };
        self.texts.keys().map(|file| (file.as_str(), targets(file))).collect()
    }

    /// The uses that are part of a circle, as pairs of files.
    fn circular(&self) -> Vec<(&str, &str)> {
        let mut edges = self.edges();
        let is_parser = |file: &str| PARSERS.iter().any(|folder| file.starts_with(folder));
        for (from, to) in &mut edges {
            to.retain(|to| !(is_parser(from) && is_parser(to)));
        }
        let reach: BTreeMap<&str, BTreeSet<&str>> =
            edges.keys().map(|file| (*file, reachable(&edges, file))).collect();
        let pairs = edges.iter().flat_map(|(from, to)| to.iter().map(move |to| (*from, *to)));
        pairs.filter(|(from, to)| reach[to].contains(from)).collect()
    }
}

/// What can be reached from this file by at least one use.
fn reachable<'a>(edges: &BTreeMap<&'a str, BTreeSet<&'a str>>, file: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = edges[file].iter().copied().collect();
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(&edges[next]);
        }
    }
    found
}

/// The paths of a `use` tree.
fn expand(tree: &str, found: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((prefix, body)) = tree.split_once('{') else {
        found.push(tree.split(" as ").next().unwrap_or_default().trim().to_owned());
        return;
    };
    let body = body.trim_end().strip_suffix('}').expect("a whole tree");
    let (mut depth, mut begin) = (0, 0);
    for (at, byte) in body.bytes().chain([b',']).enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                let part = body[begin..at].trim();
                if !part.is_empty() {
                    expand(&format!("{prefix}{part}"), found);
                }
                begin = at + 1;
            }
            _ => {}
        }
    }
}

#[test]
fn no_import_circles() {
    let crates = CRATES.map(Crate::read);
    let circular: Vec<(&str, &str)> = crates.iter().flat_map(Crate::circular).collect();
    super::check_known(&KNOWN, circular.iter().map(|(from, to)| (*from, format!("{from} uses {to}"))));
}

/// The circular uses of a made-up crate.
fn circles(texts: &[(&str, &str)]) -> Vec<String> {
    let files = texts.iter().map(|(name, text)| (format!("s/{name}"), (*text).to_owned())).collect();
    let found = Crate::of("s", files);
    found.circular().iter().map(|(from, to)| format!("{from} {to}").replace("s/", "")).collect()
}

#[test]
fn circles_of_every_kind_are_found() {
    let a = ("a.rs", "pub struct A;\nuse super::b::B;\n");
    assert_eq!(circles(&[a, ("b.rs", "pub struct B;\nuse crate::a::A;\n")]), ["a.rs b.rs", "b.rs a.rs"]);
    let inline = "pub struct B;\nfn f() { crate::a::g(); }\n";
    assert_eq!(circles(&[a, ("b.rs", inline)]).len(), 2);
    let grouped = "pub struct B;\nuse crate::{\n    a::{self, A as Other},\n};\n";
    assert_eq!(circles(&[a, ("b.rs", grouped)]).len(), 2);
    // Through a third, and through an item that a module passes on.
    let triangle =
        [a, ("b.rs", "pub struct B;\nuse super::c::C;\n"), ("c.rs", "pub struct C;\nuse super::a::A;\n")];
    assert_eq!(circles(&triangle).len(), 3);
    let child = ("m/x.rs", "pub struct X;\nuse crate::d::D;\n");
    let passed =
        [("m/mod.rs", "mod x;\npub use x::X;\n"), child, ("d.rs", "pub struct D;\nuse crate::m::X;\n")];
    assert_eq!(circles(&passed), ["d.rs m/x.rs", "m/x.rs d.rs"]);
}

#[test]
fn what_is_no_circle_is_not_found() {
    let a = ("a.rs", "pub struct A;\nuse super::b::B;\n");
    for text in [
        "pub struct B;\n",
        "pub struct B;\n// use crate::a::A;\n",
        "pub struct B;\npub use super::a::A;\n",
        "pub struct B;\n#[cfg(test)]\nmod tests {\n    use super::super::a::A;\n}\n",
        "pub struct B;\nuse std::a::A;\n",
    ] {
        assert!(circles(&[a, ("b.rs", text)]).is_empty(), "{text}");
    }
    let tests =
        [a, ("b.rs", "pub struct B;\n#[cfg(test)]\nmod tests;\n"), ("b/tests.rs", "use crate::a::A;\n")];
    assert!(circles(&tests).is_empty());
}
