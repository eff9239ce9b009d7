//! The program with a fault: a process of the test binary that runs one test, which becomes the program.

use crate::exec::GuardianMode;
use crate::sys::fault::{Call, Fault, StartPause, all_happened, arm, pause_nth_start};
use crate::sys::signals;
use std::ffi::OsString;
use std::fs;
use std::os::fd::IntoRawFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// Only a run that hangs takes so long. It is killed.
const HANGS: Duration = Duration::from_mins(1);

/// In the environment of a test that is to be the program: its faults; the words follow in the other one.
const FAULTS: &str = "DOUBLE_FAULTS";
const WORDS: &str = "DOUBLE_WORDS";
/// Names the directory of a run, in the environment of its jobs too. Process numbers come again, this does not.
pub(super) const MARK: &str = "DOUBLE_RUN";
/// Which start is held before its process has left the process group; the FIFOs of its directory say when and how long.
const HOLD: &str = "DOUBLE_HOLD";
/// The FIFO into which the held process writes a byte, and the one from which it reads one to go on.
pub(super) const HELD: [&str; 2] = ["waits", "goes-on"];

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

fn command(test: &str, dir: &Path, words: &[&str], faults: &[Fault]) -> Command {
    let faults: Vec<String> = faults
        .iter()
        .map(|f| format!("{} {} {} {}", f.call as u8, f.nth, f.errno, u8::from(f.forever)))
        .collect();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", &format!("cli::faults::{test}"), "--nocapture"])
        .env(FAULTS, faults.join(","))
        .env(WORDS, words.join("\n"))
        .env(MARK, dir)
        .env_remove("CI")
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// One run: its status, and what it said.
pub(super) fn run(test: &str, dir: &Path, words: &[&str], faults: &[Fault]) -> (ExitStatus, String) {
    end(command(test, dir, words, faults).spawn().unwrap())
}

/// A run in a process group of its own, whose n-th start will be held.
pub(super) fn start_held(test: &str, dir: &Path, words: &[&str], nth: u32) -> Child {
    // Whoever puts tests into the background starts them with these ignored.
    for signal in [signals::SIGHUP, signals::SIGINT, signals::SIGQUIT, signals::SIGTERM] {
        signals::set_default(signal);
    }
    command(test, dir, words, &[]).env(HOLD, nth.to_string()).process_group(0).spawn().unwrap()
}

/// Waits for the end of a run: its status, and what it said.
pub(super) fn end(child: Child) -> (ExitStatus, String) {
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
    if let Ok(nth) = std::env::var(HOLD) {
        let [waits, goes_on] =
            HELD.map(|name| fs::OpenOptions::new().read(true).write(true).open(name).unwrap().into_raw_fd());
        pause_nth_start(StartPause { nth: nth.parse().unwrap(), paused: waits, resume: goes_on });
    }
    let status = crate::cli::run(words, signals::ignored(), GuardianMode::New).status();
    if all_happened() {
        fs::write("met", "").unwrap();
    }
    std::process::exit(status.into());
}
