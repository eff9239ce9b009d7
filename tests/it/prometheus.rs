//! `--prometheus`: the counters of a run, in a file and on a page.
#![allow(clippy::float_cmp, reason = "the values are counts")]

use crate::harness::{Dir, Run, apool, kill, until};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// The samples of a text by their names with labels. Checks the rules that every reader of it has.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let lines = text.strip_suffix("# EOF\n").expect("the last line is the end");
    let (mut family, mut seen) = (String::new(), BTreeMap::new());
    let mut lines = lines.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            help.split(' ').next().expect("a name").clone_into(&mut family);
            let kind = lines
                .next()
                .and_then(|kind| kind.strip_prefix(&format!("# TYPE {family} ")))
                .expect("a type");
            assert_eq!(kind == "counter", family.ends_with("_total"), "{family} {kind}");
            continue;
        }
        let (name, value) = line.rsplit_once(' ').expect("a value, and no time after it");
        assert!(name.starts_with(&family) && name.contains("{run=\"") && name.ends_with('}'), "{line}");
        let value: f64 = value.parse().unwrap_or_else(|e| panic!("{line}: {e}"));
        assert!(value.is_finite() && seen.insert(name.to_owned(), value).is_none(), "{line}");
    }
    seen
}

/// The sample of this name, with this text after the label of the run.
fn value(text: &str, name: &str, run: &str, rest: &str) -> f64 {
    let key = format!("{name}{{run=\"{run}\"{rest}}}");
    *samples(text).get(&key).unwrap_or_else(|| panic!("no {key} in {text}"))
}

#[test]
fn the_file_has_the_counters_of_the_run() {
    let dir = Dir::new();
    let run =
        Run::misbehave("-j2 --retries 2 --prometheus nightly.prom --metrics-json m", "exit ::: 0 1 0 0");
    run.dir(&dir).run().status(1);
    let text = dir.read("nightly.prom");
    let get = |name: &str, rest: &str| value(&text, name, "nightly", rest);
    assert_eq!(get("apool_jobs_total", ",outcome=\"succeeded\""), 3.0);
    assert_eq!(get("apool_jobs_total", ",outcome=\"failed\""), 1.0);
    assert_eq!((get("apool_jobs_read_total", ""), get("apool_starts_total", "")), (4.0, 5.0));
    assert_eq!((get("apool_retries_total", ""), get("apool_jobs_limit", "")), (1.0, 2.0));
    assert_eq!((get("apool_jobs_running", ""), get("apool_run_ended", "")), (0.0, 1.0));
    let count = get("apool_job_duration_seconds_count", "");
    assert_eq!((count, get("apool_job_duration_seconds_bucket", ",le=\"+Inf\"")), (5.0, 5.0));
    let usage = &dir.json("m")["usage"];
    let user = get("apool_cpu_seconds_total", ",mode=\"user\"");
    assert!((user - usage["user_s"].as_f64().expect("a number")).abs() < 1e-6, "{user} {usage}");
}

#[test]
fn promtool_takes_the_text() {
    let promtool = Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).spawn();
    let Ok(mut promtool) = promtool else {
        eprintln!("left out: promtool is missing");
        return;
    };
    let dir = Dir::new();
    Run::line("--prometheus p.prom -- true ::: 1 2").dir(&dir).run().status(0);
    let mut stdin = promtool.stdin.take().expect("stdin");
    stdin.write_all(dir.read("p.prom").as_bytes()).expect("the text");
    drop(stdin);
    assert!(promtool.wait().expect("promtool").success());
}

#[test]
fn two_runs_differ_in_their_label_only() {
    let dir = Dir::new();
    let comments = |file: &str| -> Vec<String> {
        dir.read(file).lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect()
    };
    Run::line("--prometheus a.prom -- true ::: 1").dir(&dir).run().status(0);
    Run::line("--prometheus b.prom -- false ::: 1 2").dir(&dir).run().status(2);
    assert_eq!(comments("a.prom"), comments("b.prom"));
    let name = "a \"b\" \\ c";
    Run::line("--prometheus b.prom -- true ::: 1")
        .args(["2"])
        .env("APOOL_RUN_NAME", name)
        .dir(&dir)
        .run()
        .status(0);
    assert_eq!(value(&dir.read("b.prom"), "apool_starts_total", "a \\\"b\\\" \\\\ c", ""), 2.0);
    let names: Vec<_> =
        std::fs::read_dir(dir.path()).expect("a directory").flatten().map(|e| e.file_name()).collect();
    assert_eq!(names.len(), 2, "no temporary file is left: {names:?}");
}

#[test]
fn a_killed_run_leaves_no_second_file_that_ends_in_prom() {
    let dir = Dir::new();
    let gate = dir.fifo("gate");
    let run = Run::script("-j1 --prometheus p.prom", "echo; read x < gate").args([":::", "1"]);
    let run = run.dir(&dir).start();
    until("the job runs", || {
        dir.join("p.prom").exists() && value(&dir.read("p.prom"), "apool_jobs_running", "p", "") == 1.0
    });
    run.signal(9);
    run.end().signal(9);
    drop(gate);
    let names = std::fs::read_dir(dir.path()).expect("a directory").flatten();
    let names: Vec<String> = names.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(
        names
            .iter()
            .filter(|name| std::path::Path::new(name).extension().is_some_and(|end| end == "prom"))
            .count(),
        1,
        "{names:?}"
    );
    assert_eq!(value(&dir.read("p.prom"), "apool_run_ended", "p", ""), 0.0);
}

/// A run that serves a page and waits for the end of its input.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(dir: &Dir) -> Served {
        let mut command = Command::new(apool());
        command.args(["-j1", "--prometheus", "localhost:0", "--run-name", "r", "--", "true"]);
        command.current_dir(dir.path()).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("start apool");
        let mut line = String::new();
        BufReader::new(child.stderr.take().expect("stderr")).read_line(&mut line).expect("the address");
        let address = line.strip_prefix("apool: metrics are at http://").expect(&line);
        let address = address.strip_suffix("/metrics\n").expect("the path").to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        Served { child, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("connect");
        stream.set_read_timeout(Some(crate::harness::HANGS)).expect("a time limit");
        stream
    }

    /// The answer to a request; empty if the connection was closed without one.
    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        // A connection too many is closed, and may fail at any of these.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        kill(self.child.id(), 9);
        let _ = self.child.wait();
    }
}

#[test]
fn the_page_shows_the_run_while_it_goes_on() {
    let dir = Dir::new();
    let mut served = Served::start(&dir);
    let mut stdin = served.child.stdin.take().expect("stdin");
    stdin.write_all(b"1\n2\n").expect("two jobs");
    let page = || {
        let answer = served.ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"), "{head}");
        body.to_owned()
    };
    until("both jobs have ended", || {
        value(&page(), "apool_jobs_total", "r", ",outcome=\"succeeded\"") == 2.0
    });
    assert_eq!(value(&page(), "apool_run_ended", "r", ""), 0.0);
    assert!(served.ask("POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
    assert!(served.ask("GET /other HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
    // Idle connections do not hold the run up.
    let idle = served.connect();
    drop(stdin);
    assert_eq!(served.child.wait().expect("apool").code(), Some(0));
    drop(idle);
}

#[test]
fn connections_are_limited() {
    let dir = Dir::new();
    let served = Served::start(&dir);
    let get = || served.ask("GET /metrics HTTP/1.1\r\n\r\n");
    assert!(get().starts_with("HTTP/1.1 200"));
    let idle: Vec<TcpStream> = (0..8).map(|_| served.connect()).collect();
    // Closed without an answer. An idle connection may have reached its time limit meanwhile, so one may be answered.
    until("a connection is refused", || {
        let answer = get();
        drop(served.connect());
        answer.is_empty() || idle.iter().any(|stream| (&mut &*stream).write_all(b"x").is_err())
    });
    drop(idle);
    until("a connection is served again", || get().starts_with("HTTP/1.1 200"));
}

#[test]
fn a_bad_target_is_refused_before_the_first_job() {
    let dir = Dir::new();
    let refused = |options: &str, message: &str| {
        Run::line(options).args(["--", "echo", "{}", ":::", "1"]).dir(&dir).refused(255, message).stdout("");
    };
    let busy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = busy.local_addr().expect("its address");
    refused(
        &format!("--prometheus {address}"),
        &format!("apool: cannot serve metrics at {address}: Address already in use"),
    );
    for wrong in ["metrics.txt", "9101", ":99999"] {
        let message = format!(
            "apool: --prometheus {wrong}: this is neither a file that ends in .prom nor ADDR:PORT, such as 127.0.0.1:9101"
        );
        refused(&format!("--prometheus {wrong}"), &message);
    }
    refused("--prometheus no/p.prom", "apool: cannot write the metrics no/p.prom: No such file or directory");
    refused(
        "--prometheus p.prom --trace ./p.prom",
        "apool: --prometheus and --trace both name ./p.prom: name two files",
    );
}

#[test]
fn the_run_goes_on_without_the_file() {
    let dir = Dir::new();
    std::fs::create_dir(dir.join("d")).expect("a directory");
    let run =
        Run::script("-j1 --joblog j --prometheus d/p.prom", "rm -rf d; echo $1").args([":::", "1", "2"]);
    let done = run.dir(&dir).run().stdout("1\n2\n").status(255);
    assert_eq!(done.err(), "apool: cannot write the metrics d/p.prom: No such file or directory\n");
    assert_eq!(dir.read("j").lines().count(), 3);
}
