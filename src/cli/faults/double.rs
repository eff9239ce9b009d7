//! The program with a fault: a process of the test binary that runs one test, which then runs the program.

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

/// A run that takes longer hangs, and is killed.
const HANGS: Duration = Duration::from_mins(1);

/// Environment variables of a test that runs as the program: its faults, and its command line.
const FAULTS: &str = "DOUBLE_FAULTS";
const WORDS: &str = "DOUBLE_WORDS";
/// The variable with the directory of a run, also for its jobs. It identifies them, because process numbers are
/// reused.
pub(super) const MARK: &str = "DOUBLE_RUN";
/// The variable with the number of the start that is held before its process leaves the process group. FIFOs in the
/// directory control it.
const HOLD: &str = "DOUBLE_HOLD";
/// The FIFO to which the held process writes a byte, and the FIFO from which it reads a byte to continue.
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

/// Runs the program. Returns its status and its stderr.
pub(super) fn run(test: &str, dir: &Path, words: &[&str], faults: &[Fault]) -> (ExitStatus, String) {
    end(command(test, dir, words, faults).spawn().unwrap())
}

/// Starts a run in a process group of its own, whose n-th start is held.
pub(super) fn start_held(test: &str, dir: &Path, words: &[&str], nth: u32) -> Child {
    // These may be ignored if the tests run in the background.
    for signal in [signals::SIGHUP, signals::SIGINT, signals::SIGQUIT, signals::SIGTERM] {
        signals::set_default(signal);
    }
    command(test, dir, words, &[]).env(HOLD, nth.to_string()).process_group(0).spawn().unwrap()
}

/// Waits for the end of a run. Returns its status and its stderr.
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

/// Runs the program and does not return, in a process that was started by [`run`].
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
