//! The program with a fault: a process of the test binary that runs one test, which becomes the program.

use crate::exec::GuardianMode;
use crate::sys::fault::{Call, Fault, arm, met};
use crate::sys::signals;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// Only a run that hangs takes so long. It is killed.
const HANGS: Duration = Duration::from_mins(1);

/// In the environment of a test that is to be the program: its faults; the words follow in the other one.
const FAULTS: &str = "DOUBLE_FAULTS";
const WORDS: &str = "DOUBLE_WORDS";
/// Names the directory of a run, in the environment of its jobs too. Process numbers come again, this does not.
pub(super) const MARK: &str = "DOUBLE_RUN";

const ALL: [Call; 10] = [
    Call::Start,
    Call::Thread,
    Call::Create,
    Call::Read,
    Call::Write,
    Call::Print,
    Call::Truncate,
    Call::Sync,
    Call::Rename,
    Call::Lock,
];

/// One run: its status, and what it said.
pub(super) fn run(test: &str, dir: &Path, words: &[&str], faults: &[Fault]) -> (ExitStatus, String) {
    let faults: Vec<String> = faults
        .iter()
        .map(|f| format!("{} {} {} {}", f.call as u8, f.nth, f.errno, u8::from(f.forever)))
        .collect();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("cli::faults::{test}"), "--nocapture"])
        .env(FAULTS, faults.join(","))
        .env(WORDS, words.join("\n"))
        .env(MARK, dir)
        .env_remove("CI")
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id();
    let (ended, watched) = std::sync::mpsc::channel::<()>();
    let watchdog = std::thread::Builder::new().spawn(move || {
        if watched.recv_timeout(HANGS) == Err(RecvTimeoutError::Timeout) {
            signals::kill_one(pid.cast_signed(), signals::SIGKILL);
        }
    });
    let done = child.wait_with_output().unwrap();
    drop(ended);
    watchdog.unwrap().join().unwrap();
    (done.status, String::from_utf8_lossy(&done.stderr).into_owned())
}

/// In a process that was started by [`run`]: becomes the program, and never returns.
pub(super) fn become_the_program() {
    let Ok(faults) = std::env::var(FAULTS) else { return };
    let faults: Vec<Fault> = faults
        .split(',')
        .filter(|fault| !fault.is_empty())
        .map(|fault| {
            let words: Vec<i32> = fault.split(' ').map(|word| word.parse().unwrap()).collect();
            let call = ALL.into_iter().find(|call| *call as i32 == words[0]).unwrap();
            Fault { call, nth: words[1].cast_unsigned(), errno: words[2], forever: words[3] != 0 }
        })
        .collect();
    let out = fs::OpenOptions::new().append(true).create(true).open("out").unwrap();
    rustix::stdio::dup2_stdout(&out).unwrap();
    let words = std::env::var(WORDS).unwrap();
    let words = std::iter::once("apool").chain(words.lines()).map(OsString::from).collect();
    signals::ignore_lost_output();
    arm(&faults);
    let status = crate::cli::run(words, signals::ignored(), GuardianMode::New).status();
    if met() {
        fs::write("met", "").unwrap();
    }
    std::process::exit(status.into());
}
