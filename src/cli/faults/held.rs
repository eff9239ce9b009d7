//! Tests of a job whose start is held before its process leaves the process group of apool. Signals to the group
//! (Ctrl-C, Ctrl-Z) are for the run, and must not affect the job.

use super::double::{HELD, become_the_program, end, start_held};
use super::{RECORDED, is_whole, jobs, prepare, ran, recorded, resumes};
use crate::sys::fault::{Call, Fault};
use crate::sys::memfile::make_fifo;
use crate::sys::signals::{
    self, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGSTOP, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2,
};
use crate::sys::wait::stopped_by;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::process::Child;
use std::time::Duration;

const JOBS: u64 = 6;
const WORDS: &[&str] = &["-j2", "--joblog", "log", "--resume", "-a", "in"];
/// No fault, for a resumed run.
const NONE: Fault = Fault { call: Call::Start, nth: 0, errno: 0, forever: false };

/// A run with a held start.
struct Held {
    run: Child,
    goes_on: File,
}

impl Held {
    /// Starts the run and waits until the start is held.
    fn start(test: &str, dir: &Path, nth: u32) -> Held {
        prepare(dir, JOBS, 0);
        fs::write(dir.join("out"), "").unwrap();
        let [mut waits, goes_on] = HELD.map(|name| {
            make_fifo(&dir.join(name)).unwrap();
            OpenOptions::new().read(true).write(true).open(dir.join(name)).unwrap()
        });
        let run = start_held(test, dir, WORDS, nth);
        waits.read_exact(&mut [0]).unwrap();
        Held { run, goes_on }
    }

    fn pid(&self) -> i32 {
        self.run.id().cast_signed()
    }

    /// Sends a signal to the group, like a terminal.
    fn signal_group(&self, signal: i32) {
        signals::kill_group(self.pid(), signal);
    }

    fn release(&mut self) {
        self.goes_on.write_all(b".").unwrap();
    }

    /// Waits until the whole run is stopped.
    fn until_stopped(&self) {
        for _ in 0..10_000 {
            if stopped_by(self.pid()).is_some() {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(2));
        }
        signals::kill_group(self.pid(), signals::SIGKILL);
        panic!("it does not stop");
    }
}

#[test]
fn a_signal_that_ends_the_run_is_no_failure_of_the_job_that_starts() {
    let test = "held::a_signal_that_ends_the_run_is_no_failure_of_the_job_that_starts";
    become_the_program();
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
        for nth in [1, 2] {
            let dir = tempfile::tempdir().unwrap();
            let mut held = Held::start(test, dir.path(), nth);
            held.signal_group(signal);
            held.release();
            let (status, said) = end(held.run);
            let what = format!("signal {signal} at start {nth}: {status:?}: {said}");
            assert_eq!(status.code(), Some(128 + signal), "{what}");
            let (records, _) = is_whole(dir.path(), &what);
            assert!(records.values().all(|(_, ok)| *ok), "{what}: {records:?}");
            resumes(test, dir.path(), WORDS, &NONE);
        }
    }
}

#[test]
fn a_run_stops_and_goes_on_while_a_job_starts() {
    let test = "held::a_run_stops_and_goes_on_while_a_job_starts";
    become_the_program();
    // Ctrl-Z; a stop that cannot be blocked; and the same with only the run itself continued.
    for (signal, all_go_on) in [(SIGTSTP, true), (SIGSTOP, true), (SIGSTOP, false)] {
        let dir = tempfile::tempdir().unwrap();
        // From the third start on, apool knows how to wait for a process.
        let mut held = Held::start(test, dir.path(), 3);
        held.signal_group(signal);
        held.until_stopped();
        if all_go_on {
            held.signal_group(SIGCONT);
        } else {
            signals::kill_one(held.pid(), SIGCONT);
        }
        held.release();
        every_job_runs_once(held, dir.path(), signal);
    }
}

#[test]
fn a_signal_that_steers_the_run_does_nothing_to_the_job_that_starts() {
    let test = "held::a_signal_that_steers_the_run_does_nothing_to_the_job_that_starts";
    become_the_program();
    for signal in [SIGUSR1, SIGUSR2] {
        let dir = tempfile::tempdir().unwrap();
        let mut held = Held::start(test, dir.path(), 1);
        held.signal_group(signal);
        held.release();
        every_job_runs_once(held, dir.path(), signal);
    }
}

/// Every job runs once and succeeds.
#[track_caller]
fn every_job_runs_once(held: Held, dir: &Path, signal: i32) {
    let (status, said) = end(held.run);
    assert!(status.success(), "signal {signal}: {status:?}: {said}");
    assert_eq!(recorded(dir).len() as u64, jobs(dir));
    let times = ran(dir);
    assert!(times.len() as u64 == JOBS - RECORDED && times.values().all(|&n| n == 1), "{times:?}");
}
