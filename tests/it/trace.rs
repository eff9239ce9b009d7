//! `--trace`: the events of a run, and the trace context of the jobs.

use crate::harness::{Dir, Run, apool};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// The events of a trace, of this kind.
fn events(trace: &Value, kind: &str) -> Vec<Value> {
    let all = trace.as_array().expect("an array");
    all.iter().filter(|event| event["ph"] == kind).cloned().collect()
}

fn number(event: &Value, name: &str) -> u64 {
    event[name].as_u64().unwrap_or_else(|| panic!("{name} in {event}"))
}

#[test]
fn each_attempt_is_an_event_in_the_lane_of_its_slot() {
    let dir = Dir::new();
    let words: Vec<String> = (1..=40).map(|n| n.to_string()).collect();
    let run = Run::script("-j3 --trace t --retries 2", "test $1 != 7");
    run.args([":::"]).args(&words).dir(&dir).run().status(1);
    let trace = dir.json("t");
    let jobs = events(&trace, "X");
    let seqs: Vec<u64> = jobs.iter().map(|job| number(job, "seq")).collect();
    assert_eq!((seqs.len(), seqs.iter().collect::<BTreeSet<_>>().len()), (41, 40));
    assert!(jobs.iter().all(|job| job["args"].is_null()), "speedscope would add them to the name");
    let failed = jobs.iter().filter(|job| job["cat"] == "failed");
    let failed: Vec<&str> = failed.map(|job| job["name"].as_str().expect("a name")).collect();
    assert_eq!(failed, ["sh -c 'test $1 != 7' sh 7"; 2]);
    let mut ends: HashMap<u64, u64> = HashMap::new();
    for job in &jobs {
        let (lane, start) = (number(job, "tid"), number(job, "ts"));
        assert!((1..=3).contains(&lane));
        let last = ends.insert(lane, start + number(job, "dur")).unwrap_or(0);
        assert!(last <= start, "{job} begins before {last}");
    }
    let names: BTreeSet<String> = events(&trace, "M").iter().map(|m| m["args"].to_string()).collect();
    for lane in ends.keys() {
        assert!(names.contains(&format!(r#"{{"name":"slot {lane}"}}"#)), "{names:?}");
    }
}

#[test]
fn the_limit_is_a_counter_and_a_decision_is_an_instant() {
    let dir = Dir::new();
    Run::line("-j2 --trace t --decision-log d -- true ::: 1 2 3").dir(&dir).run().status(0);
    let trace = dir.json("t");
    let counters = events(&trace, "C");
    let limit = counters.iter().find(|counter| counter["name"] == "limit").expect("the limit");
    assert_eq!(limit["args"]["limit"], 2);
    let running = counters.iter().rfind(|counter| counter["name"] == "running").expect("the jobs");
    assert_eq!(running["args"]["running"], 0);
    assert_eq!(events(&trace, "i").len(), dir.json_lines("d").len());
}

#[test]
fn a_file_that_was_cut_off_is_whole_up_to_its_last_line() {
    let dir = Dir::new();
    let gate = dir.fifo("gate");
    let run = Run::script("-j2 --trace t", "test $1 = 1 || read x < gate").args([":::", "1", "2"]);
    let run = run.dir(&dir).start();
    let is_there = || std::fs::read_to_string(dir.join("t")).is_ok_and(|text| text.contains("\"seq\":1,"));
    crate::harness::until("the event of the first job", is_there);
    run.signal(9);
    run.end().signal(9);
    drop(gate);
    // Every line is an event, so a viewer has to add the end of the array only.
    let trace: Value = serde_json::from_str(&(dir.read("t") + "]")).expect("whole events");
    assert_eq!(events(&trace, "X").len(), 1);
}

#[test]
fn a_hostile_command_is_a_string() {
    let dir = Dir::new();
    let hostile = std::ffi::OsString::from("\"},\u{1b}[2J\\\n\u{202e}");
    Run::line("--trace t -- true :::").args([hostile]).dir(&dir).run().status(0);
    let trace = dir.json("t");
    let name = events(&trace, "X")[0]["name"].as_str().expect("a name").to_owned();
    assert!(name.contains("\"},") && !name.contains(['\u{1b}', '\n', '\u{202e}']), "{name}");
    let long = "x".repeat(5000);
    Run::line("--trace t -- true :::").args([long]).dir(&dir).run().status(0);
    let name = events(&dir.json("t"), "X")[0]["name"].as_str().expect("a name").to_owned();
    assert_eq!(name.chars().count(), 201);
}

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn each_attempt_gets_a_span_of_the_same_trace() {
    let dir = Dir::new();
    let run =
        Run::script("-j2 --trace t --retries 2", "echo $TRACEPARENT; test $1 = 1").args([":::", "1", "2"]);
    run.env("TRACEPARENT", PARENT).env("TRACESTATE", "a=b").dir(&dir).run().status(1);
    let trace = dir.json("t");
    let spans: BTreeSet<String> =
        events(&trace, "X").iter().map(|job| job["span"].as_str().expect("a span").to_owned()).collect();
    assert_eq!(spans.len(), 3);
    let labels =
        events(&trace, "M").iter().map(|event| event["args"]["labels"].to_string()).collect::<String>();
    assert!(labels.contains(PARENT), "{labels}");
    let run = Run::script("--trace t", "echo $TRACEPARENT $TRACESTATE").args([":::", "1"]);
    let done = run.env("TRACEPARENT", PARENT).env("TRACESTATE", "a=b").dir(&dir).run().status(0);
    let span = events(&dir.json("t"), "X")[0]["span"].as_str().expect("a span").to_owned();
    assert_eq!(done.out(), format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{span}-01 a=b\n"));
}

#[test]
fn without_a_trace_and_when_it_is_invalid_the_variable_is_inherited() {
    let dir = Dir::new();
    let invalid = PARENT.to_uppercase();
    for (options, value) in [("", PARENT), ("--trace t", invalid.as_str()), ("--trace t", "")] {
        let run = Run::script(options, "echo $TRACEPARENT").args([":::", "1"]);
        run.env("TRACEPARENT", value).dir(&dir).gives(format!("{value}\n"));
    }
    assert!(events(&dir.json("t"), "X")[0]["span"].is_null());
    Run::script("--trace t", "echo ${TRACEPARENT-none}").args([":::", "1"]).dir(&dir).gives("none\n");
}

#[test]
fn a_trace_that_cannot_be_written_is_refused_or_reported_once() {
    let dir = Dir::new();
    let directory = dir.path().display().to_string();
    let refused = |options: &str, message: &str| {
        Run::line(options).args(["--", "echo", "{}", ":::", "1"]).dir(&dir).refused(255, message).stdout("");
    };
    refused(
        &format!("--trace {directory}"),
        &format!("apool: cannot write the trace {directory}: Is a directory"),
    );
    refused("--trace no/t", "apool: cannot write the trace no/t: No such file or directory");
    refused("--trace t --joblog ./t", "apool: --joblog and --trace both name t: name two files");
    refused(
        "--trace -",
        "apool: --trace -: standard output has the output of the jobs; name a file (./- for one called -)",
    );
    refused("--trace /dev/full", "apool: cannot write the trace /dev/full: No space left on device");
}

#[test]
fn the_run_goes_on_when_the_trace_cannot_be_written_any_more() {
    let dir = Dir::new();
    // A file may have 20,480 bytes. The joblog needs 15,000 and the trace 24,000.
    let script = "ulimit -f 40; seq 300 | exec \"$0\" -j2 --trace t --joblog j -- true";
    let mut command = std::process::Command::new("dash");
    command.args(["-c", script]).arg(apool()).current_dir(dir.path());
    let output = command.output().expect("run apool");
    let message = "apool: cannot write the trace t: File too large\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), message);
    assert_eq!(output.status.code(), Some(255));
    assert_eq!(dir.read("j").lines().count(), 301);
    // The event that did not fit is not in the file.
    let trace: Value = serde_json::from_str(&(dir.read("t") + "]")).expect("whole events");
    assert!(!events(&trace, "X").is_empty());
}
