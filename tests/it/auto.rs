//! The policy `auto` in the command: its explanations, and the effect of guards and of spaced starts on jobs.

use crate::harness::{Dir, Run, misbehave, until};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The lines of a JSON-lines file.
fn lines(dir: &Dir, name: &str) -> Vec<serde_json::Value> {
    dir.read(name).lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// A run of short waits under `auto`, with every kind of record.
fn waits(dir: &Dir, options: &str, jobs: u32) -> Run {
    let all = format!("{options} --metrics-json metrics --decision-log decisions");
    let numbers: Vec<String> = (1..=jobs).map(|n| n.to_string()).collect();
    Run::misbehave(&all, "mixed 0 60 0").args([":::"]).args(numbers).dir(dir)
}

#[test]
fn explain_names_the_reason_of_the_limit_in_one_sentence() {
    let dir = Dir::new();
    let done = waits(&dir, "--explain", 30).run().status(0);
    let metrics = dir.json("metrics");
    let sentence = metrics["explanation"].as_str().expect("a sentence").to_owned();
    assert_eq!(metrics["config"]["policy"], "auto");
    assert_eq!(done.err().lines().next(), Some(format!("apool: workers {sentence}").as_str()));
    assert!(sentence.contains("at ") && sentence.contains(": "), "{sentence}");
    let records = lines(&dir, "decisions");
    assert!(records.iter().all(|record| record["policy"] == "auto"));
    assert!(records.iter().any(|record| record["decision"] == "increase"), "{records:?}");
    // On Linux every sensor but the pressure is there; some kernels lack that one.
    let unseen = metrics["unseen"].as_array().expect("a list");
    assert!(unseen.iter().all(|name| name == "io_pressure"), "{unseen:?}");
}

#[test]
fn a_fixed_number_is_explained_too() {
    Run::line("-j1 --explain true ::: a").run().status(0).stderr_has("apool: workers at 1: ");
}

#[test]
fn the_live_view_ends_with_the_explanation() {
    let dir = Dir::new();
    let done = waits(&dir, "--progress=json --metrics-interval 50ms", 30).run().status(0);
    let views: Vec<serde_json::Value> =
        done.err().lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let word = views.last().expect("a view")["last_decision"].as_str().expect("a word").to_owned();
    assert!(!word.is_empty(), "{views:?}");
    let reasons: Vec<String> = lines(&dir, "decisions")
        .iter()
        .map(|record| record["reason"].as_str().expect("a reason").to_owned())
        .collect();
    assert!(reasons.iter().any(|reason| word.ends_with(reason)), "{word}: {reasons:?}");
}

#[test]
fn a_service_that_is_full_lowers_the_limit_and_loses_nothing() {
    let dir = Dir::new();
    let script = "if [ -e seen-$1 ]; then exit 0; fi; : > seen-$1; exit 75";
    let done = Run::line("--backoff-on 75 --metrics-json metrics --decision-log decisions --")
        .args(["sh", "-c", script, "sh"])
        .stdin("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n")
        .dir(&dir)
        .run();
    done.stderr("").status(0);
    let totals = &dir.json("metrics")["totals"];
    assert_eq!(
        (&totals["succeeded"], &totals["failed"], &totals["retried"]),
        (&12.into(), &0.into(), &12.into())
    );
    let records = lines(&dir, "decisions");
    assert!(records.iter().any(|record| record["reason_kind"] == "failures"), "{records:?}");
}

#[test]
fn open_guards_never_stall_a_run() {
    for options in
        ["--load 1000 --memfree 1K --memsuspend 1K --memory-threshold 1", "--rate 1000", "--delay 1ms"]
    {
        let dir = Dir::new();
        waits(&dir, options, 12).run().stderr("").status(0);
        assert_eq!(dir.json("metrics")["totals"]["succeeded"], 12, "{options}");
    }
}

#[test]
fn starts_are_spaced_out() {
    // The last start is at least this long after the first, however fast the machine is.
    for (options, least_ms) in [("--delay 40ms", 5.0 * 40.0), ("--delay 40ms --rate 1000", 5.0 * 40.0)] {
        let dir = Dir::new();
        let options = format!("{options} --metrics-json metrics true ::: a b c d e f");
        Run::line(&options).dir(&dir).gives("");
        let elapsed = dir.json("metrics")["elapsed_ms"].as_f64().expect("a time");
        assert!(elapsed >= least_ms, "{options}: {elapsed}");
    }
}

#[test]
fn the_explanation_names_the_spacing_of_starts() {
    let dir = Dir::new();
    let done = waits(&dir, "--delay 100ms --explain", 8).run().status(0);
    let (first, share) =
        ("below the limit: starts were spaced out (--delay, --rate)", "--rate or --delay spaced");
    assert!(done.err().starts_with(&format!("apool: workers {first}\n")), "{}", done.err());
    assert!(done.err().contains(share), "{}", done.err());
}

/// A memory control group of this size in MiB, removed at the end; `None` where the test may not create one.
struct Group(PathBuf);

impl Group {
    fn make(mib: u64) -> Option<Group> {
        let v1 = Path::new("/sys/fs/cgroup/memory");
        let (root, limit) = if v1.join("memory.limit_in_bytes").exists() {
            (v1, "memory.limit_in_bytes")
        } else {
            (Path::new("/sys/fs/cgroup"), "memory.max")
        };
        let path = root.join(format!("apool-test-{}", std::process::id()));
        fs::create_dir(&path).ok()?;
        let group = Group(path);
        fs::write(group.0.join(limit), (mib << 20).to_string()).ok()?;
        Some(group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        until("the group is empty", || fs::remove_dir(&self.0).is_ok() || !self.0.exists());
    }
}

/// The number of stopped processes of the group.
fn stopped(group: &Path) -> usize {
    let pids = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    let stat = |pid: &str| fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    pids.lines().filter(|pid| stat(pid).rsplit(')').next().is_some_and(|rest| rest.starts_with(" T"))).count()
}

/// Two jobs grow, slowly enough for the sensor, beside an older job that keeps its memory for a while. There is no room for
/// all of them. The young ones are stopped until the old one ends, and all succeed. Without suspension the kernel kills one.
#[test]
fn the_youngest_jobs_are_suspended_while_memory_is_short() {
    let Some(group) = Group::make(256) else {
        eprintln!("left out: no memory control group can be made here");
        return;
    };
    let dir = Dir::new();
    let enter = format!("echo $$ > {}/cgroup.procs && exec \"$@\"", group.0.display());
    let bounds = "--initial-workers 3 --min-workers 3 --max-workers 3 --metrics-json metrics";
    let script = format!("exec {} $1", misbehave().display());
    let apool = Run::line(bounds)
        .args(["--", "sh", "-c", &script, "sh", "{}"])
        .args([":::", "mixed 0 4000 60", "grow 120 60", "grow 120 60"])
        .dir(&dir)
        .command();
    let mut child = std::process::Command::new("sh")
        .args(["-c", &enter, "sh"])
        .arg(apool.get_program())
        .args(apool.get_args())
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .spawn()
        .expect("start");
    let (mut most, mut status) = (0, None);
    until("the run ends", || {
        most = most.max(stopped(&group.0));
        status = child.try_wait().expect("wait");
        status.is_some()
    });
    assert!(status.is_some_and(|status| status.success()), "{status:?}, {most} stood still");
    assert!(most >= 1, "no job stood still");
    assert_eq!(dir.json("metrics")["totals"]["succeeded"], 3);
}
