//! The records of a run: the metrics document, the lines of metrics, the decision log.

use crate::harness::{Dir, Run};
use serde_json::Value;
use std::os::unix::ffi::OsStrExt;

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("{name} in {value}"))
}

/// Every record that was read is counted once.
#[track_caller]
pub fn sums(totals: &Value) {
    let parts = ["succeeded", "failed", "killed", "not_started", "skipped"];
    let sum: u64 = parts.iter().map(|name| number(totals, name)).sum();
    assert_eq!(number(totals, "read"), sum, "{totals}");
}

/// Every name of the document; a path of keys each.
const NAMES: &[&str] = &[
    "schema_version",
    "state",
    "exit_status",
    "started_at",
    "elapsed_ms",
    "config/version",
    "config/policy",
    "config/min_workers",
    "config/max_workers",
    "config/command",
    "totals/read",
    "totals/succeeded",
    "totals/failed",
    "totals/killed",
    "totals/not_started",
    "totals/skipped",
    "totals/retried",
    "totals/leaked",
    "cpu_utilization_percent",
    "memory_available_mb",
    "active_threads",
    "idle_threads",
    "current_threads",
    "queue_depth",
    "avg_task_duration_ms",
    "total_submitted",
    "total_completed",
    "throughput_per_s",
    "latency_ms/p50",
    "latency_ms/p90",
    "latency_ms/p95",
    "latency_ms/p99",
    "latency_ms/max",
    "latency_ms/mean",
    "latency_ms/stddev",
    "queue_wait_ms/p50",
    "queue_wait_ms/p90",
    "queue_wait_ms/p95",
    "queue_wait_ms/p99",
    "queue_wait_ms/max",
    "queue_wait_ms/mean",
    "queue_wait_ms/stddev",
    "performance/window",
    "performance/baseline_ms",
    "performance/current_ms",
    "performance/gain_percent",
    "workers/min",
    "workers/max",
    "workers/mean",
    "worker_utilization",
    "starved_ms",
    "usage/user_s",
    "usage/system_s",
    "usage/max_rss_mb",
    "decisions/increase",
    "decisions/decrease",
    "decisions/hold",
    "decisions/reasons",
    "failures",
];

#[track_caller]
fn has_all_names(document: &Value) {
    let missing: Vec<&&str> = NAMES.iter().filter(|n| document.pointer(&format!("/{n}")).is_none()).collect();
    assert!(missing.is_empty(), "missing: {missing:?} in {document:#}");
    assert!(
        document["workers"].as_object().expect("an object").values().any(Value::is_array),
        "no limit over time"
    );
}

#[test]
fn the_metrics_have_every_name() {
    let dir = Dir::new();
    Run::misbehave("--metrics-json m", "exit ::: 0 1 0").dir(&dir).run().status(1);
    let document = dir.json("m");
    has_all_names(&document);
    sums(&document["totals"]);
    assert_eq!(document["schema_version"], 2);
    assert_eq!((&document["state"], &document["exit_status"]), (&"complete".into(), &1.into()));
    let totals = &document["totals"];
    assert_eq!((number(totals, "read"), number(totals, "succeeded"), number(totals, "failed")), (3, 2, 1));
    assert_eq!((number(&document, "total_submitted"), number(&document, "total_completed")), (3, 3));
    assert_eq!((number(&document, "active_threads"), number(&document, "queue_depth")), (0, 0));
    assert_eq!(document["performance"]["window"], 100);
    assert_eq!(document["failures"][0]["seq"], 2);
    assert_eq!(document["failures"][0]["status"], 1);
    assert_eq!(document["config"]["policy"], "auto");
}

#[test]
fn an_empty_run_has_valid_metrics_too() {
    let dir = Dir::new();
    Run::line("--metrics-json m echo").dir(&dir).gives("");
    let document = dir.json("m");
    has_all_names(&document);
    assert_eq!(number(&document["totals"], "read"), 0);
    assert!(!dir.read("m").contains("NaN"));
}

#[test]
fn dash_is_standard_output_after_the_jobs() {
    let done = Run::line("-k --metrics-json - echo ::: a b").run().status(0).stderr("");
    let document = done.out();
    let json = document.strip_prefix("a\nb\n").expect("first the output");
    let document: Value = serde_json::from_str(json).expect("then one JSON object");
    assert_eq!(number(&document["totals"], "succeeded"), 2);
}

#[test]
fn lines_of_metrics_while_it_runs() {
    let dir = Dir::new();
    let gate = dir.fifo("gate");
    let run = Run::script("--metrics-json m --metrics-interval 50ms", "read x < gate")
        .dir(&dir)
        .stdin("a\nb\n")
        .start();
    crate::harness::until("three lines", || dir.json_lines("m").len() >= 3);
    run.signal(15);
    run.end().signal(15);
    drop(gate);
    let lines = dir.json_lines("m");
    lines.iter().for_each(has_all_names);
    let (last, before) = lines.split_last().expect("lines");
    assert!(before.iter().all(|line| line["state"] == "running" && line["exit_status"].is_null()));
    assert_eq!((&last["state"], &last["exit_status"]), (&"interrupted".into(), &143.into()));
    sums(&last["totals"]);
}

#[test]
fn the_metrics_of_an_interrupted_run_are_whole() {
    let dir = Dir::new();
    let mut run =
        Run::misbehave("-j2 -u --metrics-json m", "catch-term 3").stdin("\n\n\n\n").dir(&dir).start();
    assert!(run.line().starts_with("ready"));
    assert!(run.line().starts_with("ready"));
    run.close_stdin();
    run.signal(2);
    run.end().signal(2);
    let document = dir.json("m");
    has_all_names(&document);
    sums(&document["totals"]);
    assert_eq!((&document["state"], &document["exit_status"]), (&"interrupted".into(), &130.into()));
    assert_eq!(number(&document["totals"], "killed"), 2, "{document}");
}

#[test]
fn names_that_are_not_text_are_restored_from_json() {
    let dir = Dir::new();
    Run::line("--metrics-json m false").stdin(b"a\xff\"\x1b\n").dir(&dir).run().status(1);
    let failure = &dir.json("m")["failures"][0];
    assert!(failure["command"].as_str().expect("text").contains('\u{fffd}'));
    assert!(failure["command_base64"].is_string());
}

#[test]
fn the_end_of_the_errors_of_a_failed_job_is_kept() {
    let dir = Dir::new();
    Run::script("--metrics-json m", "echo first >&2; echo why >&2; exit 4")
        .dir(&dir)
        .args([":::", "a"])
        .run()
        .status(1);
    assert_eq!(dir.json("m")["failures"][0]["stderr_tail"], "first\nwhy\n");
}

#[test]
fn the_resources_of_the_jobs_are_summed() {
    let dir = Dir::new();
    Run::misbehave("--metrics-json m", "mixed ::: 60 ::: 1 ::: 32").dir(&dir).gives("");
    let usage = &dir.json("m")["usage"];
    let seconds = usage["user_s"].as_f64().expect("s") + usage["system_s"].as_f64().expect("s");
    assert!(seconds > 0.0, "{usage}");
    assert!(usage["max_rss_mb"].as_f64().expect("MiB") > 30.0, "{usage}");
}

#[test]
fn every_decision_is_a_line_with_the_documented_fields() {
    let dir = Dir::new();
    let numbers: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    let run = Run::line("--policy aggressive --interval 20ms --decision-log d --metrics-json m -- sh -c")
        .args(["sleep 0.03", "sh", "{}", ":::"]);
    run.args(&numbers).dir(&dir).gives("");
    let lines = dir.json_lines("d");
    assert!(!lines.is_empty(), "a queue of sixty jobs must have led to a decision");
    let events = ["limit_adjustment", "hold", "guard", "spawn_refused"];
    for line in &lines {
        let object = line.as_object().expect("an object");
        for name in ["timestamp", "event_type", "policy", "concurrency", "signals", "decision", "reason"] {
            assert!(object.contains_key(name), "no {name} in {line}");
        }
        for name in ["current_limit", "new_limit", "active_tasks", "queue_depth"] {
            assert!(line["concurrency"][name].is_u64(), "no {name} in {line}");
        }
        for name in ["cpu_percent", "memory_percent", "pressure"] {
            assert!(line["signals"].get(name).is_some(), "no {name} in {line}");
        }
        assert!(events.contains(&line["event_type"].as_str().expect("text")), "{line}");
        assert_eq!(line["policy"], "aggressive");
        let (old, new) =
            (number(&line["concurrency"], "current_limit"), number(&line["concurrency"], "new_limit"));
        let want = match new.cmp(&old) {
            std::cmp::Ordering::Greater => "increase",
            std::cmp::Ordering::Less => "decrease",
            std::cmp::Ordering::Equal => "hold",
        };
        assert_eq!(line["decision"], want, "{line}");
        assert!(!line["reason"].as_str().expect("text").is_empty());
    }
    let grown = lines.iter().filter(|line| line["decision"] == "increase").count();
    assert_eq!(number(&dir.json("m")["decisions"], "increase"), grown as u64);
}

#[test]
fn a_joblog_has_a_line_a_job_and_a_run_can_be_resumed() {
    let dir = Dir::new();
    let script = "echo $1 >> ran; [ $1 != b ]";
    Run::script("-j1 --joblog log", script).dir(&dir).args([":::", "a", "b", "c"]).run().status(1);
    assert_eq!(dir.read("log").lines().count(), 4);
    Run::script("-j1 --joblog log --resume --metrics-json m", script)
        .dir(&dir)
        .args([":::", "a", "b", "c", "d"])
        .gives("");
    assert_eq!(dir.read("ran"), "a\nb\nc\nd\n");
    let totals = &dir.json("m")["totals"];
    sums(totals);
    assert_eq!((number(totals, "skipped"), number(totals, "succeeded")), (3, 1));
    Run::script("-j1 --joblog log --resume-failed", script)
        .dir(&dir)
        .args([":::", "a", "b", "c", "d"])
        .run()
        .status(1);
    assert_eq!(dir.read("ran"), "a\nb\nc\nd\nb\n");
}

/// Every name in a document, without settings and counted reasons.
fn names(value: &serde_json::Value, into: &mut std::collections::BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                into.insert(name.clone());
                if name != "config" && name != "reasons" {
                    names(value, into);
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| names(value, into)),
        _ => {}
    }
}

#[test]
fn every_field_is_documented() {
    let dir = Dir::new();
    let options = "-j2 --metrics-json m --decision-log d --progress=json false ::: 1 2";
    let done = Run::line(options).dir(&dir).run().status(2);
    let mut all = std::collections::BTreeSet::new();
    names(&dir.json("m"), &mut all);
    dir.json_lines("d").iter().for_each(|line| names(line, &mut all));
    for line in done.err().lines().filter(|line| line.starts_with('{')) {
        names(&serde_json::from_str(line).expect("JSON"), &mut all);
    }
    let document = include_str!("../../docs/metrics.md");
    let missing: Vec<_> = all.iter().filter(|name| !document.contains(&format!("`{name}`"))).collect();
    assert!(all.len() > 60 && missing.is_empty(), "not in docs/metrics.md: {missing:?} of {}", all.len());
}

#[test]
fn the_command_is_among_the_settings() {
    let dir = Dir::new();
    Run::line("--metrics-json m true ::: 1").dir(&dir).gives("");
    assert_eq!(dir.json("m")["config"]["command"], serde_json::json!(["true"]));
    Run::line("--metrics-json m -c").args(["true {}", ":::", "1"]).dir(&dir).gives("");
    assert_eq!(dir.json("m")["config"]["shell_command"], "true {}");
}

#[test]
fn a_random_order_can_be_repeated() {
    let dir = Dir::new();
    let numbers: Vec<String> = (1..=40).map(|n| n.to_string()).collect();
    let first = Run::line("-k --shuf --metrics-json m echo {} :::").args(&numbers).dir(&dir).run().status(0);
    let seed = dir.json("m")["config"]["seed"].as_u64().expect("a number");
    assert!(seed < 1 << 53, "{seed}");
    let again = Run::line(&format!("-k --shuf --seed {seed} echo {{}} :::")).args(&numbers).run();
    again.stdout(&first.stdout).status(0);
}

#[test]
fn a_setting_that_is_not_text_has_its_bytes_beside_it() {
    let dir = Dir::new();
    let words = [&b"--tagstring"[..], b"t\xff", b"--env", b"A=\\x41", b"echo", b"c\xff", b":::", b"1"];
    let words = words.map(std::ffi::OsStr::from_bytes);
    Run::line("--metrics-json m").args(words).dir(&dir).run().status(0);
    let config = &dir.json("m")["config"];
    assert_eq!(config["tagstring"], "t\u{fffd}");
    assert_eq!(config["tagstring_base64"], "dP8=");
    assert_eq!(config["command"], serde_json::json!(["echo", "c\u{fffd}"]));
    assert_eq!(config["command_base64"], serde_json::json!([null, "Y/8="]));
    assert_eq!(config["env"], serde_json::json!(["A=\\x41"]));
}
