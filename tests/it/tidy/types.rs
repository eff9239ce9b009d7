//! Types stay small and in one place: an inherent `impl` of a type is in one file, and a struct of a policy has few fields.

use super::imports::{CRATES, Crate};
use super::{check_known, files};
use std::collections::{BTreeMap, BTreeSet};

const POLICY_FIELDS_MAX: usize = 12;

/// Parsers: one type goes through the text, and its methods are in a file for each construct.
const PARSERS: [&str; 1] = ["src/template/scan/"];

/// Types, by the file that defines them, whose `impl` is spread over files.
const KNOWN_SPREAD: [&str; 1] = ["crates/adaptive-pool/src/policy/auto/"];

/// Structs with more fields, by file.
const KNOWN_LARGE: [&str; 1] = ["crates/adaptive-pool/src/policy/auto/"];

/// The text behind a pair of angle brackets, if it begins with one.
fn after_generics(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            // The arrow of a function type closes nothing.
            '>' if !text[..at].ends_with('-') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return if at == 0 { text } else { &text[at + 1..] };
        }
    }
    text
}

/// The paths of the types that have an inherent `impl` in this text.
fn inherent_impls(text: &str) -> Vec<&str> {
    let heads = text.split("\nimpl").skip(1).filter(|rest| rest.starts_with([' ', '<']));
    let heads = heads.filter_map(|rest| {
        let head = after_generics(rest.split_once('{')?.0).trim();
        let head = head.split("where").next().unwrap_or_default();
        let end = head.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(head.len());
        let rest = after_generics(&head[end..]).trim();
        (!rest.starts_with("for ")).then_some(&head[..end])
    });
    heads.collect()
}

/// The structs of a text with named fields, each with the number of its fields.
fn structs(text: &str) -> Vec<(&str, usize)> {
    let parts = text.split("struct ").skip(1).filter_map(|rest| {
        let (head, body) = rest.split_once(" {\n")?;
        let name = head.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        let is_field = |line: &&str| {
            let line = line.trim_start();
            line.contains(": ") && !line.starts_with("//") && !line.starts_with('#')
        };
        let lines = body.lines().take_while(|line| line.trim() != "}");
        (!head.contains(['(', ';', '\n'])).then(|| (name, lines.filter(is_field).count()))
    });
    parts.collect()
}

#[test]
fn the_methods_of_a_type_are_in_one_file() {
    let crates = CRATES.map(Crate::read);
    let mut found = Vec::new();
    for source in &crates {
        let mut places = BTreeMap::<(&str, &str), BTreeSet<&str>>::new();
        for (file, text) in &source.texts {
            for path in inherent_impls(text) {
                let name = path.rsplit("::").next().unwrap_or(path);
                let home = source.home_of(file, name).unwrap_or(file);
                places.entry((home, name)).or_default().insert(file);
            }
        }
        let spread = places.into_iter().filter(|(_, files)| files.len() > 1);
        found.extend(spread.map(|((home, name), files)| (home, format!("{name} of {home}: {files:?}"))));
    }
    found.retain(|(home, _)| !PARSERS.iter().any(|parser| home.starts_with(parser)));
    check_known(&KNOWN_SPREAD, found.into_iter());
}

#[test]
fn the_structs_of_policies_are_small() {
    let files = files(&["crates/adaptive-pool/src/policy"]);
    let mut found = Vec::new();
    for (file, text) in &files {
        let large = structs(text).into_iter().filter(|(_, fields)| *fields > POLICY_FIELDS_MAX);
        found.extend(
            large.map(|(name, fields)| (file.as_str(), format!("{file}: {name} has {fields} fields"))),
        );
    }
    check_known(&KNOWN_LARGE, found.into_iter());
}

#[test]
fn impls_and_structs_are_read() {
    let text = "\nimpl A {\n}\nimpl<T: F<U>> B<T> {}\nimpl C<'_> {}\nimpl<T> Tr for D<T> {}\nimpl<F: Fn() -> u8> super::e::E<F>\nwhere\n    F: for<'a> G<'a>,\n{}\nimplement {";
    assert_eq!(inherent_impls(text), ["A", "B", "C", "super::e::E"]);
    let text = "struct A {\n    /// a: b\n    a: u8,\n    pub b: C<D>,\n}\nstruct E(u8);\npub struct F;\nstruct G<T> {\n    c: T,\n}\n";
    assert_eq!(structs(text), [("A", 2), ("G", 1)]);
}
