//! Whole runs in which the n-th call of a kind fails, for every n. The test binary starts itself as the program with
//! one fault (`sys::fault`), and checks the files of that run. It needs no tracer.

mod double;
mod held;

use crate::run::records::joblog::scan;
use crate::sys::fault::{Call, Fault};
use double::{MARK, become_the_program, run};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

const ENOSPC: i32 = 28;
const EIO: i32 = 5;
const EAGAIN: i32 = 11;
const EPERM: i32 = 1;
/// No error: only half of the bytes are transferred.
const SHORT: i32 = 0;
/// No error: the process is killed.
const KILL: i32 = -9;

const JOBS: u64 = 8;
/// The number of jobs in the joblog before the run. A torn record follows them.
const RECORDED: u64 = 2;
const HEADER: &str = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

/// The command of a job. It appends a line to `ran` and prints a line; the fourth one also prints the file `much`.
fn command(n: u64) -> String {
    let much = if n == 4 { "cat much; " } else { "" };
    format!("echo {n} >>ran; {much}echo out {n}")
}

fn output(dir: &Path, n: u64) -> Vec<u8> {
    let mut out = if n == 4 { fs::read(dir.join("much")).unwrap() } else { Vec::new() };
    out.extend_from_slice(format!("out {n}\n").as_bytes());
    out
}

/// The number of jobs in this directory.
fn jobs(dir: &Path) -> u64 {
    fs::read_to_string(dir.join("in")).unwrap().lines().count() as u64
}

/// Prepares a directory with the joblog of an interrupted run. `much`: the size of the output of one job, in bytes.
fn prepare(dir: &Path, jobs: u64, much: usize) {
    fs::write(dir.join("much"), vec![b'x'; much]).unwrap();
    let mut log = HEADER.to_owned();
    for n in 1..=RECORDED {
        let command = command(n);
        log += &n.to_string();
        log.extend(["\t:\t1700000000.000\t     0.001\t0\t6\t0\t0\t", &command, "\n"]);
    }
    log += "3\t:\t17000";
    fs::write(dir.join("log"), log).unwrap();
    fs::write(dir.join("in"), (1..=jobs).map(|n| command(n) + "\n").collect::<String>()).unwrap();
    fs::write(dir.join("metrics"), "{\"old\":true}").unwrap();
}

/// The options for all files of a run, or for the joblog alone.
const RECORDS: &[&str] = &[
    "-j3",
    "--joblog",
    "log",
    "--resume",
    "--results",
    "res",
    "--results-layout",
    "flat",
    "--metrics-json",
    "metrics",
    "--decision-log",
    "decisions",
    "-a",
    "in",
];

const PLAIN: &[&str] = &["-j3", "--joblog", "log", "--resume", "-a", "in"];

/// More output than fits into memory: it goes to a file without a name.
const BIG: usize = 2_200_000;

/// The complete records, as a later run reads them: the number of the job, its command, and true if it succeeded.
fn recorded(dir: &Path) -> BTreeMap<u64, (String, bool)> {
    let mut found = BTreeMap::new();
    let log = fs::read(dir.join("log")).unwrap();
    let scanned = scan(&log[..], &mut |line, _, command| {
        let command = String::from_utf8_lossy(command).into_owned();
        let again = found.insert(line.seq.0, (command, line.exit.ok()));
        assert_eq!(again, None, "recorded twice");
    });
    assert!(scanned.is_ok(), "{scanned:?} in {}", String::from_utf8_lossy(&log));
    found
}

/// The number of runs of each job.
fn ran(dir: &Path) -> BTreeMap<u64, u32> {
    let mut times = BTreeMap::new();
    for line in fs::read_to_string(dir.join("ran")).unwrap_or_default().lines() {
        *times.entry(line.parse().unwrap()).or_default() += 1;
    }
    times
}

/// The live processes of jobs of this run.
fn survivors(dir: &Path) -> Vec<String> {
    let mark = format!("{MARK}={}", dir.display()).into_bytes();
    let environment = |pid: &String| fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let all = fs::read_dir("/proc").unwrap().flatten().map(|e| e.file_name().to_string_lossy().into_owned());
    all.filter(|pid| environment(pid).split(|&b| b == 0).any(|variable| variable == mark)).collect()
}

/// Waits until all processes of jobs of this run have ended.
fn until_none(dir: &Path) {
    for _ in 0..30_000 {
        if survivors(dir).is_empty() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
    panic!("processes live on: {:?}", survivors(dir));
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(all, part).is_some()
}

/// Checks the state after any run, even after `kill -9`: no job ran twice, each recorded job ran, and all records and
/// other files are complete. Returns the records of this run and the metrics.
fn is_whole(dir: &Path, what: &str) -> (BTreeMap<u64, (String, bool)>, serde_json::Value) {
    let mut done = recorded(dir);
    done.retain(|&n, _| n > RECORDED);
    let times = ran(dir);
    assert!(times.keys().all(|&n| n > RECORDED) && times.values().all(|&n| n == 1), "{what}: {times:?}");
    let out = fs::read(dir.join("out")).unwrap();
    for (&n, _) in done.iter().filter(|(_, (_, ok))| *ok) {
        assert!(times.contains_key(&n), "{what}: recorded, and never ran: {n}");
        assert!(contains(&out, &output(dir, n)), "{what}: recorded, and its output is lost: {n}");
        if dir.join("res").exists() {
            let kept = |end: &str| fs::read(dir.join(format!("res/{n}.{end}"))).unwrap_or_default();
            assert!(kept("out") == output(dir, n), "{what}: recorded, and its results are torn: {n}");
            assert!(serde_json::from_slice::<serde_json::Value>(&kept("json")).is_ok(), "{what}: {n}");
        }
    }
    let decisions = fs::read_to_string(dir.join("decisions")).unwrap_or_default();
    // Only the last line may be incomplete.
    for line in decisions.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{what}: {line}");
    }
    let metrics = fs::read(dir.join("metrics")).unwrap();
    (done, serde_json::from_slice(&metrics).unwrap_or_else(|e| panic!("{what}: {e}")))
}

/// Checks the report of a run with a fault: the metrics and the exit status account for every job.
fn is_reported(dir: &Path, words: &[&str], status: ExitStatus, said: &str, fault: &Fault) {
    let what = format!("{fault:?}: {status:?}: {said}");
    let status = status.code().unwrap_or_else(|| panic!("hung: {what}"));
    let (done, metrics) = is_whole(dir, &what);
    let failed = done.values().filter(|(_, ok)| !ok).count();
    let wanted = words.contains(&"metrics");
    if metrics["old"] == true {
        assert!(status == 255 || !wanted, "{what}: no metrics");
    } else {
        let totals = &metrics["totals"];
        let number = |name: &str| totals[name].as_u64().unwrap();
        let parts = ["succeeded", "failed", "killed", "not_started", "skipped"].map(number);
        assert_eq!(number("read"), parts.iter().sum::<u64>(), "{what}: {totals}");
        assert_eq!(metrics["exit_status"], status, "{what}");
        let ended = number("succeeded") + number("failed") + number("killed");
        assert!(ran(dir).len() as u64 <= ended, "{what}: ran, and not reported: {totals}");
    }
    if status == 0 {
        assert_eq!(done.len() as u64, jobs(dir) - RECORDED, "{what}: status 0");
        assert!((metrics["old"] != true || !wanted) && failed == 0, "{what}: status 0");
        let decisions = fs::read(dir.join("decisions")).unwrap_or_default();
        assert!(decisions.is_empty() || decisions.ends_with(b"\n"), "{what}: status 0");
    } else {
        // These jobs failed and have no record.
        let lost = said.matches("its output cannot be kept").count();
        assert!(status == 255 || status as usize == failed + lost, "{what}");
        assert!(said.contains("apool: ") || fault.call == Call::Print, "{what}: nothing was said");
    }
    assert!(!said.contains("os error") && !said.contains("panicked"), "{what}");
}

/// Checks a resumed run without a fault: recorded jobs do not run again, all others do, and all are recorded.
fn resumes(test: &str, dir: &Path, words: &[&str], fault: &Fault) {
    let (before, ran_before) = (recorded(dir), ran(dir));
    let (status, said) = run(test, dir, words, &[]);
    assert!(status.success(), "{fault:?}: resumed: {said}");
    let times = ran(dir);
    for n in 1..=jobs(dir) {
        let again = times.get(&n).unwrap_or(&0) - ran_before.get(&n).unwrap_or(&0);
        assert_eq!(again, u32::from(!before.contains_key(&n)), "{fault:?}: job {n} in the resumed run");
    }
    let commands: Vec<String> = (1..=jobs(dir)).map(command).collect();
    assert_eq!(
        recorded(dir).into_values().map(|(command, _)| command).collect::<Vec<_>>(),
        commands,
        "{fault:?}"
    );
}

/// Tries a fault at the first call, the second and so on, until one does not occur; three at a time. Returns the
/// number of faults that occurred.
fn for_every_n(fault: Fault, attempt: &(impl Fn(Fault) -> bool + Sync)) -> u32 {
    let next = Mutex::new((1, false));
    let work = || {
        loop {
            let nth = {
                let mut next = next.lock().unwrap();
                if next.1 {
                    return;
                }
                next.0 += 1;
                next.0 - 1
            };
            assert!(nth < 500, "{fault:?}: no end");
            if !attempt(Fault { nth, ..fault }) {
                next.lock().unwrap().1 = true;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..3 {
            std::thread::Builder::new().spawn_scoped(scope, work).unwrap();
        }
    });
    next.into_inner().unwrap().0
}

/// Tries every fault of the table at every call. A row: the kind of call, the error, true if it is permanent, and the
/// minimum number of such calls.
fn nothing_is_lost(test: &str, words: &[&str], much: usize, table: &[(Call, i32, bool, u32)]) {
    for &(call, errno, forever, least) in table {
        let tries = for_every_n(Fault { call, nth: 0, errno, forever }, &|fault| {
            let dir = tempfile::tempdir().unwrap();
            prepare(dir.path(), JOBS, much);
            let (status, said) = run(test, dir.path(), words, &[fault]);
            is_reported(dir.path(), words, status, &said, &fault);
            assert_eq!(survivors(dir.path()), [""; 0], "{fault:?}");
            let met = dir.path().join("met").exists();
            // A failed start is tried again, and the other half of the bytes is written.
            let harmless = errno == EAGAIN || errno == SHORT;
            assert!(!met || harmless || !status.success(), "{fault:?}: status 0, and {said}");
            resumes(test, dir.path(), words, &fault);
            met
        });
        assert!(tries > least, "{call:?} {errno}: only {tries}");
    }
}

#[test]
fn the_nth_call_fails_and_nothing_is_lost() {
    become_the_program();
    let table = [
        (Call::Start, EAGAIN, false, 6),
        (Call::Start, EPERM, false, 6),
        (Call::Thread, EAGAIN, false, 6),
        (Call::Thread, EAGAIN, true, 6),
        (Call::Create, ENOSPC, false, 20),
        (Call::Read, EIO, false, 12),
        (Call::Write, ENOSPC, false, 18),
        (Call::Write, ENOSPC, true, 18),
        (Call::Write, SHORT, false, 18),
        (Call::Print, EIO, false, 1),
        (Call::Print, SHORT, true, 1),
        (Call::Truncate, EIO, false, 1),
        (Call::Sync, EIO, false, 3),
        (Call::Rename, EIO, false, 1),
        (Call::Lock, EIO, false, 1),
    ];
    nothing_is_lost("the_nth_call_fails_and_nothing_is_lost", RECORDS, 0, &table);
}

#[test]
fn the_nth_call_fails_with_an_output_that_memory_does_not_hold() {
    become_the_program();
    let test = "the_nth_call_fails_with_an_output_that_memory_does_not_hold";
    let table = [
        (Call::Create, ENOSPC, false, 2),
        (Call::Write, ENOSPC, false, 7),
        (Call::Write, ENOSPC, true, 7),
        (Call::Print, EIO, false, 2),
        (Call::Print, SHORT, false, 2),
    ];
    nothing_is_lost(test, PLAIN, BIG, &table);
}

/// A part of a record is written, and for a while it cannot be removed. No record is appended to it, and all jobs can
/// be resumed.
#[test]
fn a_torn_record_that_stays_is_not_added_to() {
    let test = "a_torn_record_that_stays_is_not_added_to";
    become_the_program();
    for nth in 1..=6 {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path(), JOBS, 0);
        // The records are the only writes. The first truncation removes the torn record of the run before.
        let write = Fault { call: Call::Write, nth, errno: SHORT, forever: false };
        // A call with a fault is not counted by later faults.
        let rest = Fault { call: Call::Write, nth, errno: ENOSPC, forever: false };
        let stuck = Fault { call: Call::Truncate, nth: 2, errno: EIO, forever: false };
        let (status, said) = run(test, dir.path(), PLAIN, &[write, rest, stuck]);
        assert_eq!(status.code(), Some(255), "{said}");
        assert!(said.contains("apool: cannot write the joblog: Input/output error"), "{said}");
        assert!(!recorded(dir.path()).is_empty());
        resumes(test, dir.path(), PLAIN, &write);
    }
}

/// G4: endless jobs with processes in sessions of their own, and a run that fails because of another job.
#[test]
fn no_process_survives_a_fault() {
    let test = "no_process_survives_a_fault";
    become_the_program();
    let words =
        ["-j3", "--timeout", "0.5", "--termseq", "TERM,20,KILL,25", "--joblog", "log", "--results", "res"];
    let words: Vec<&str> = words.into_iter().chain(["-a", "in"]).collect();
    for call in [Call::Start, Call::Thread, Call::Create, Call::Read, Call::Write, Call::Print] {
        let seen = for_every_n(Fault { call, nth: 0, errno: EIO, forever: false }, &|fault| {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join("in"), "trap '' TERM; setsid sleep 3600 & sleep 3600\necho out\n")
                .unwrap();
            fs::write(dir.path().join("out"), "").unwrap();
            let (status, said) = run(test, dir.path(), &words, &[fault]);
            assert_eq!(survivors(dir.path()), [""; 0], "{fault:?}: {said}");
            assert!(!status.success(), "{fault:?}: the first job cannot succeed");
            dir.path().join("met").exists()
        });
        assert!(seen > 1, "{call:?}");
    }
}

/// `kill -9` of a run of twenty jobs at the n-th call of each kind that changes a file, and in the middle of the n-th
/// write.
#[test]
fn killed_at_the_nth_call_every_file_is_whole_and_a_resumed_run_does_the_rest() {
    let test = "killed_at_the_nth_call_every_file_is_whole_and_a_resumed_run_does_the_rest";
    become_the_program();
    let calls =
        [(Call::Write, 54), (Call::Create, 50), (Call::Sync, 3), (Call::Rename, 1), (Call::Truncate, 1)];
    for (call, least) in calls {
        for torn in [false, true].into_iter().filter(|&torn| !torn || call == Call::Write) {
            let kill = Fault { call, nth: 0, errno: KILL, forever: false };
            let tries = for_every_n(kill, &|fault| {
                let dir = tempfile::tempdir().unwrap();
                prepare(dir.path(), 20, 0);
                let mut faults = Vec::new();
                if torn {
                    faults.push(Fault { errno: SHORT, ..fault });
                }
                faults.push(fault);
                fs::write(dir.path().join("out"), "").unwrap();
                let (status, said) = run(test, dir.path(), RECORDS, &faults);
                let killed = status.code().is_none();
                // The guardian ends them after the run was killed.
                until_none(dir.path());
                is_whole(dir.path(), &format!("{faults:?}: {said}"));
                resumes(test, dir.path(), RECORDS, &fault);
                killed
            });
            assert!(tries > least, "{call:?}: only {tries}");
        }
    }
}

/// `--pipe`: complete records before an error of the stream are processed, and no record is split.
#[test]
fn a_stream_that_fails_runs_what_was_read_of_it() {
    let test = "a_stream_that_fails_runs_what_was_read_of_it";
    become_the_program();
    let lines = (1..=60_000).fold(String::new(), |lines, n| lines + &n.to_string() + "\n");
    for cut in ["--block=300k", "-N20000"] {
        let partly = AtomicU32::new(0);
        for_every_n(Fault { call: Call::Read, nth: 0, errno: EIO, forever: false }, &|fault| {
            let dir = tempfile::tempdir().unwrap();
            fs::write(dir.path().join("in"), &lines).unwrap();
            let (status, said) =
                run(test, dir.path(), &["-j1", "-u", "--pipe", cut, "-a", "in", "cat"], &[fault]);
            let out = fs::read_to_string(dir.path().join("out")).unwrap();
            let met = dir.path().join("met").exists();
            let what = format!("{cut} {fault:?}: {status:?}: {} bytes: {said}", out.len());
            assert!(lines.starts_with(&out) && (out.is_empty() || out.ends_with('\n')), "{what}");
            assert!(
                if met { status.code() == Some(255) } else { status.success() && out == lines },
                "{what}"
            );
            partly.fetch_add(u32::from(met && !out.is_empty()), Relaxed);
            met
        });
        assert!(partly.into_inner() > 0, "{cut}: nothing was run of a stream that failed");
    }
}
