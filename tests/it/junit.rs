//! `--junit`: the test report of a run, and the programs that read such reports.

use crate::harness::{Dir, Run};
use std::path::Path;
use std::process::Command;

/// The cases of a report: the name, and the elements in it.
fn cases(report: &str) -> Vec<(String, String)> {
    let mut cases = Vec::new();
    for case in report.split("<testcase name=\"").skip(1) {
        let (name, rest) = case.split_once('"').expect("a name");
        let (_, rest) = rest.split_once(">\n").expect("the end of the tag");
        let (inside, _) = rest.split_once("</testcase>\n").expect("the end of the case");
        cases.push((name.to_owned(), inside.to_owned()));
    }
    cases.sort();
    cases
}

#[test]
fn each_job_is_a_case_with_its_outputs() {
    let dir = Dir::new();
    let script = "echo out $1; echo err $1 >&2; exit $1";
    Run::script("-j2 --junit r.xml --metrics-json m", script)
        .args([":::", "0", "3"])
        .dir(&dir)
        .run()
        .status(1);
    let report = dir.read("r.xml");
    let case = |n: u32, failure: &str| {
        let outputs = format!("<system-out>out {n}\n</system-out>\n<system-err>err {n}\n</system-err>\n");
        let name = "sh -c 'echo out $1; echo err $1 &gt;&amp;2; exit $1' sh";
        (format!("{} {name} {n}", if n == 0 { 1 } else { 2 }), failure.to_owned() + &outputs)
    };
    assert_eq!(cases(&report), [case(0, ""), case(3, "<failure type=\"exit\" message=\"status 3\"/>\n")]);
    let counts = "<testsuite name=\"r\" tests=\"2\" failures=\"1\" errors=\"0\" time=\"";
    assert!(report.contains(counts) && report.contains(" skipped=\"0\""), "{report}");
    assert_eq!(dir.json("m")["failures"][0]["stderr_tail"], "err 3\n");
}

#[test]
fn attempts_are_properties() {
    let dir = Dir::new();
    let script = "test $APOOL_ATTEMPT = $1";
    Run::script("--junit r.xml --retries 2", script).args([":::", "1", "2", "3"]).dir(&dir).run().status(1);
    let cases = cases(&dir.read("r.xml"));
    assert_eq!(cases[0].1, "");
    let properties = |case: &str| case.lines().filter(|line| line.starts_with("<property ")).count();
    assert_eq!((properties(&cases[1].1), properties(&cases[2].1)), (3, 3));
    assert!(cases[1].1.contains("<property name=\"attempt 1\" value=\"status 1, "), "{}", cases[1].1);
    assert!(!cases[1].1.contains("<failure") && cases[2].1.contains("<failure"));
}

#[test]
fn killed_jobs_are_errors_and_others_are_skipped() {
    let dir = Dir::new();
    let gate = dir.fifo("gate");
    let script = "test $1 = 1 && exit 1; touch started.$1; read x < gate";
    let run = Run::script("-j2 --junit r.xml --joblog j --halt now,fail=2", script);
    let run = run.args([":::", "1", "2", "3", "4", "5"]).dir(&dir).start();
    crate::harness::until("the first job is recorded, and two run", || {
        let recorded = std::fs::read_to_string(dir.join("j")).is_ok_and(|log| log.lines().count() == 2);
        recorded && [2, 3].iter().all(|n| dir.join(&format!("started.{n}")).exists())
    });
    run.signal(15);
    run.end().signal(15);
    let report = dir.read("r.xml");
    assert_eq!(cases(&report).len(), 5);
    assert!(
        report.contains("tests=\"5\" failures=\"1\" errors=\"2\"") && report.contains("skipped=\"2\""),
        "{report}"
    );
    // The recorded job is in the report of the next run, too.
    drop(gate);
    Run::script("--junit r.xml --joblog j --resume", "true").args([":::", "1"]).dir(&dir).run().status(0);
    assert_eq!(cases(&dir.read("r.xml")).len(), 1);
    let done = Run::line("--junit r.xml -- no-such-program :::").args(["1", "2"]).dir(&dir).run().status(127);
    assert!(done.err().contains("no-such-program"));
    assert!(dir.read("r.xml").contains("tests=\"2\" failures=\"0\" errors=\"0\""), "{}", dir.read("r.xml"));
}

#[test]
fn a_report_of_an_earlier_run_is_kept_until_the_end() {
    let dir = Dir::new();
    dir.write("r.xml", "old");
    Run::script("--junit r.xml", "cat r.xml; rm -f r.xml; mkdir r.xml")
        .args([":::", "1"])
        .dir(&dir)
        .run()
        .stdout("old")
        .stderr("apool: cannot write the JUnit report r.xml: Is a directory\n")
        .status(255);
}

#[test]
fn hostile_output_is_bounded_text() {
    let dir = Dir::new();
    let script = r"printf '\033[31m</system-out>]]>&\000\377\r\n'; head -c 100000 /dev/zero | tr '\0' y";
    for options in ["--junit r.xml", "--junit r.xml --line-buffer"] {
        Run::script(options, script).args([":::", "\u{1}\"<\n"]).dir(&dir).run().status(0);
        let report = dir.read("r.xml");
        assert_eq!(cases(&report).len(), 1);
        let text = report.split("<system-out>").nth(1).and_then(|rest| rest.split("</system-out>").next());
        assert_eq!(text.expect("the output").len(), 4096);
        assert!(!report.chars().any(|c| c.is_control() && c != '\n'));
        assert!(report.contains("sh '\\x01&quot;&lt;\\n'"), "{report}");
    }
    Run::script("--junit r.xml", r"printf '\033[31m</system-out>]]>&\000\377\r\n'")
        .args([":::", "1"])
        .dir(&dir)
        .run()
        .status(0);
    assert!(
        dir.read("r.xml")
            .contains("<system-out>[31m&lt;/system-out&gt;]]&gt;&amp;\u{fffd}&#13;\n</system-out>")
    );
}

#[test]
fn a_bad_path_is_refused_and_a_full_disk_ends_with_255() {
    let dir = Dir::new();
    let refused = |options: &str, message: &str| {
        Run::line(options).args(["--", "echo", "{}", ":::", "1"]).dir(&dir).refused(255, message).stdout("");
    };
    refused("--junit no/r.xml", "apool: cannot write the JUnit report no/r.xml: No such file or directory");
    refused("--junit .", "apool: cannot write the JUnit report .: Is a directory");
    refused("--junit r --trace r", "apool: --junit and --trace both name r: name two files");
    Run::line("-k --junit /dev/full echo ::: 1 2")
        .dir(&dir)
        .run()
        .stdout("1\n2\n")
        .stderr("apool: cannot write the JUnit report /dev/full: No space left on device\n")
        .status(255);
}

/// Runs a program on the report. False if the program is missing.
fn reader(dir: &Path, program: &str, args: &[&str]) -> bool {
    match Command::new(program).args(args).current_dir(dir).output() {
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{program} {args:?}: {errors}");
            true
        }
        Err(_) => false,
    }
}

/// Reads a report with `xml.etree`, and with `junitparser` where it is installed.
const READ: &str = r#"
import sys, xml.etree.ElementTree as tree
suite = tree.parse("r.xml").getroot()[0]
names = [case.get("name") for case in suite]
assert len(names) == len(set(names)) == int(suite.get("tests")) == 6, names
try:
    import junitparser
except ImportError:
    sys.exit(3)
suite = list(junitparser.JUnitXml.fromfile("r.xml"))[0]
counts = (suite.tests, suite.failures, suite.errors, suite.skipped)
assert counts == (6, 2, 0, 0), counts
suite.update_statistics()
assert counts == (suite.tests, suite.failures, suite.errors, suite.skipped)
"#;

#[test]
fn readers_of_reports_read_it() {
    let dir = Dir::new();
    let script = r"printf '\033[31m<&\000'; test $1 != 2 && test $1 != 3";
    let words = ["1", "2", "3", "4\u{1b}", "5\"<&>", "1"];
    Run::script("-j3 --retries 2 --junit r.xml", script).args([":::"]).args(words).dir(&dir).run().status(2);
    let python = Command::new("python3").args(["-c", READ]).current_dir(dir.path()).output();
    match python {
        Ok(output) if output.status.code() == Some(3) => {
            eprintln!("left out in part: junitparser is missing");
        }
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => eprintln!("left out: python3 is missing"),
    }
    for (program, args) in [
        ("xmllint", &["--noout", "r.xml"][..]),
        ("junit2html", &["r.xml", "r.html"]),
        ("xunit-viewer", &["-r", "r.xml", "-o", "v.html"]),
    ] {
        if !reader(dir.path(), program, args) {
            eprintln!("left out: {program} is missing");
        }
    }
}
