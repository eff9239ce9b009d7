//! The JSON schema of the metrics: documents of runs of every kind are valid, and have no field that it does not know.

use crate::harness::{Dir, Run, misbehave};
use boon::{Compiler, Schemas};
use serde_json::{Value, json};

/// The schema in the documentation, with the fields that it does not name forbidden.
fn strict() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema");
    let mut schema = serde_json::from_str(&text).expect("JSON");
    forbid_others(&mut schema);
    schema
}

fn forbid_others(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(forbid_others);
            if members.contains_key("required") {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(forbid_others),
        _ => {}
    }
}

#[track_caller]
fn is_valid(schema: &Value, document: &Value) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("metrics.json", schema.clone()).expect("a resource");
    let index = compiler.compile("metrics.json", &mut schemas).expect("a valid schema");
    if let Err(error) = schemas.validate(document, index) {
        panic!("{error:#}\n{document:#}");
    }
}

#[test]
fn runs_of_every_kind_are_valid() {
    let schema = strict();
    for options in [
        "true ::: 1 2 3",
        "-j2 --policy fixed true ::: 1",
        "--policy balanced sleep ::: 0.01 0.02",
        "--policy predictive false ::: a b",
        "--retries 2 --tag sh -c ::: exit\\ 3 kill\\ -9\\ $$",
        "--halt now,fail=1 -j1 false ::: a b c",
        "--timeout 0.1 sleep ::: 100",
        "--memfree 1 -r true",
    ] {
        let dir = Dir::new();
        let words: Vec<String> = options.split(' ').map(|word| word.replace('\\', " ")).collect();
        Run::line("--metrics-json m").args(&words).dir(&dir).run();
        is_valid(&schema, &dir.json("m"));
    }
}

#[test]
fn an_interrupted_run_and_the_lines_during_a_run_are_valid() {
    let (schema, dir) = (strict(), Dir::new());
    let mut run = Run::line("--line-buffer --metrics-json m --metrics-interval 10ms").dir(&dir).start();
    run.give(&format!("{} ignore-term\n", misbehave().display()));
    assert!(run.line().starts_with("ready"));
    crate::harness::until("a line was written", || dir.read("m").contains('\n'));
    run.signal(2);
    run.end().signal(2);
    let lines = dir.json_lines("m");
    assert!(lines.len() > 1);
    for line in &lines {
        is_valid(&schema, line);
    }
    assert_eq!(lines.last().map(|line| &line["state"]), Some(&json!("interrupted")));
}

#[test]
fn names_that_are_not_utf8_are_valid() {
    let (schema, dir) = (strict(), Dir::new());
    Run::line("--metrics-json m sh -c").args(["exit 1"]).stdin(b"a\xffb\n").dir(&dir).run().status(1);
    let document = dir.json("m");
    is_valid(&schema, &document);
    assert!(document["slowest"][0]["command_base64"].is_string());
}

#[test]
fn the_questions_after_a_run_are_answered() {
    let dir = Dir::new();
    let run =
        Run::line("-j2 --metrics-json m -c").args(["sleep 0.{}", ":::", "1", "1", "1", "1", "9"]).dir(&dir);
    run.run().status(0);
    let document = dir.json("m");
    let number = |value: &Value| value.as_f64().expect("a number");
    // Which jobs were slow, and which one was left at the end?
    assert_eq!((&document["slowest"][0]["seq"], &document["tail_job"]["seq"]), (&json!(5), &json!(5)));
    assert_eq!(document["slowest"][0]["command"], "sleep 0.'9'");
    assert!(number(&document["tail_job"]["alone_s"]) <= number(&document["tail_s"]));
    // How many ran, and what held them while others waited?
    assert_eq!(document["running"]["max"], 2);
    assert!(number(&document["held_s"]["fixed"]) > 0.0);
    let over_time = document["running"]["over_time"].as_array().expect("a series");
    assert!(over_time.iter().all(|point| number(&point["running"]) <= 2.0));
    let first = document.as_object().and_then(|fields| fields.keys().next()).expect("a field");
    // The order of the fields is that of the file only in its text.
    assert!(dir.read("m").trim_start_matches(['{', '\n', ' ']).starts_with("\"summary\""), "{first}");
}
