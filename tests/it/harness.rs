//! The helper of all themes: runs the real binary and checks its result.
//!
//! `Run::new().stdin("a\nb\n").args(["-j2", "--", "echo", "<>"]).stdout("a\nb\n").success()`

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// A directory that is removed at the end.
pub struct Dir(tempfile::TempDir);

impl Dir {
    pub fn new() -> Dir {
        Dir(tempfile::tempdir().expect("a temporary directory"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        fs::write(&path, content).expect("write a file of the test");
        path
    }

    pub fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        String::from_utf8(bytes).expect("UTF-8")
    }

    pub fn json(&self, name: &str) -> serde_json::Value {
        let text = self.read(name);
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}\n{text}"))
    }
}

impl Dir {
    /// The whole lines of a file of JSON objects; none while the file is not there.
    pub fn json_lines(&self, name: &str) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.join(name)).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole
            .lines()
            .map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{name}: {e}\n{l}")))
            .collect()
    }

    /// A FIFO, open for reading and writing: opening it does not block, reading waits for bytes.
    pub fn fifo(&self, name: &str) -> fs::File {
        let path = self.join(name);
        apool::sys::memfile::make_fifo(&path).expect("mkfifo");
        fs::OpenOptions::new().read(true).write(true).open(&path).expect("open the FIFO")
    }
}

/// The path of the binary under test.
pub fn apool() -> PathBuf {
    // A shell starts background commands with these signals ignored, and apool would leave them ignored.
    for signal in [1, 2, 3] {
        apool::sys::signals::set_default(signal);
    }
    assert_cmd::cargo::cargo_bin!("apool").to_path_buf()
}

/// The path of the program that misbehaves on demand (`tests/fixture`).
pub fn misbehave() -> PathBuf {
    let me = std::env::current_exe().expect("the test binary");
    let debug = me.parent().and_then(Path::parent).expect("the target directory");
    let program = debug.join("examples/misbehave");
    assert!(program.exists(), "{} is missing: `cargo build --examples` makes it", program.display());
    program
}

/// The timeout of every wait. Only a program that hangs takes so long.
pub const HANGS: Duration = Duration::from_secs(120);

/// Kills a process that hangs, so that its test fails with the output so far.
pub struct Watchdog(#[expect(dead_code, reason = "dropping it ends the thread of the watchdog")] Sender<()>);

impl Watchdog {
    pub fn over(pid: u32) -> Watchdog {
        let (tx, rx) = channel::<()>();
        std::thread::spawn(move || {
            if rx.recv_timeout(HANGS) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                kill(pid, 9);
            }
        });
        Watchdog(tx)
    }
}

/// Sends a signal.
pub fn kill(pid: u32, signal: i32) {
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).expect("a process number");
    let signal = rustix::process::Signal::from_named_raw(signal).expect("a signal");
    // The process may have ended.
    let _ = rustix::process::kill_process(pid, signal);
}

/// Waits until a condition holds that comes by itself, such as the end of a process.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = std::time::Instant::now();
    while !holds() {
        assert!(begin.elapsed() < HANGS, "does not happen: {what}");
        // A busy loop would load the CPU, which the policies measure.
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// True while a process of this number runs (a zombie has ended).
pub fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
    state.is_some_and(|state| state != 'Z' && state != 'X')
}

/// Variables of a terminal or a service for builds around the tests.
const FROM_OUTSIDE: [&str; 9] = [
    "CI",
    "NO_COLOR",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "TERM_PROGRAM",
    "VTE_VERSION",
    "WT_SESSION",
    "ConEmuANSI",
    "TMUX",
];

/// A run of apool before its start.
#[must_use]
pub struct Run {
    args: Vec<OsString>,
    stdin: Vec<u8>,
    env: Vec<(OsString, OsString)>,
    dir: Option<PathBuf>,
}

impl Run {
    pub fn new() -> Run {
        Run { args: Vec::new(), stdin: Vec::new(), env: Vec::new(), dir: None }
    }

    /// The words of a command line without quoting, for the simple cases.
    pub fn line(words: &str) -> Run {
        Run::new().args(words.split(' ').filter(|w| !w.is_empty()))
    }

    /// These options, then the program that misbehaves, then its words.
    pub fn misbehave(options: &str, words: &str) -> Run {
        let words = words.split(' ').filter(|w| !w.is_empty());
        Run::line(options).args([misbehave()]).args(words)
    }

    /// A script for `sh`: the words after the options are `sh -c SCRIPT sh {}`, so that the record is `$1`.
    pub fn script(options: &str, script: &str) -> Run {
        Run::line(options).args(["--", "sh", "-c", script, "sh", "{}"])
    }

    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Run {
        self.args.extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Run {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Run {
        self.env.push((name.into(), value.as_ref().to_owned()));
        self
    }

    pub fn dir(mut self, dir: &Dir) -> Run {
        self.dir = Some(dir.path().to_owned());
        self
    }

    /// The command, for tests that need more than input and output.
    pub fn command(&self) -> Command {
        let mut command = Command::new(apool());
        command.args(&self.args);
        for name in FROM_OUTSIDE {
            command.env_remove(name);
        }
        for (name, value) in &self.env {
            command.env(name, value);
        }
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command
    }

    #[track_caller]
    pub fn run(self) -> Done {
        let mut child = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start apool");
        let _watchdog = Watchdog::over(child.id());
        let mut stdin = child.stdin.take().expect("stdin");
        let input = self.stdin;
        // A run that ends before it has read everything closes the pipe. That is no failure of the test.
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("wait for apool");
        feeder.join().expect("the feeding thread");
        Done { status: output.status, stdout: output.stdout, stderr: output.stderr }
    }

    /// Starts it. The test gives it input and reads output while it runs.
    pub fn start(self) -> Live {
        let mut command = self.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("start apool");
        let mut stdin = child.stdin.take();
        if let Some(stdin) = &mut stdin {
            stdin.write_all(&self.stdin).expect("the input");
        }
        let mut stderr = child.stderr.take().expect("stderr");
        let errors = std::thread::spawn(move || {
            let mut all = Vec::new();
            stderr.read_to_end(&mut all).map(|_| all).unwrap_or_default()
        });
        let stdout = child.stdout.take().map(BufReader::new);
        let watchdog = Watchdog::over(child.id());
        Live { child, stdin, stdout, errors, _watchdog: watchdog }
    }

    /// Runs, expects status 0 and exactly this output, and nothing on stderr.
    #[track_caller]
    pub fn gives(self, stdout: impl AsRef<[u8]>) -> Done {
        let done = self.run();
        done.stderr("").stdout(stdout).status(0)
    }

    /// Runs and expects this status and this one line on stderr.
    #[track_caller]
    pub fn refused(self, status: i32, message: &str) -> Done {
        self.run().stderr(&format!("{message}\n")).status(status)
    }
}

/// A run in progress.
pub struct Live {
    child: Child,
    stdin: Option<std::process::ChildStdin>,
    stdout: Option<BufReader<ChildStdout>>,
    errors: JoinHandle<Vec<u8>>,
    _watchdog: Watchdog,
}

impl Live {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line of its output, without the newline; waits for it.
    #[track_caller]
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.as_mut().expect("stdout is open").read_line(&mut line).expect("a line");
        line.trim_end_matches('\n').to_owned()
    }

    /// Fills the buffer from its output; waits for the bytes.
    #[track_caller]
    pub fn read(&mut self, bytes: &mut [u8]) {
        self.stdout.as_mut().expect("stdout is open").read_exact(bytes).expect("the output");
    }

    pub fn give(&mut self, bytes: &str) {
        self.stdin.as_mut().expect("stdin is open").write_all(bytes.as_bytes()).expect("more input");
    }

    /// False when apool has closed its input.
    pub fn try_give(&mut self, bytes: &str) -> bool {
        self.stdin.as_mut().expect("stdin is open").write_all(bytes.as_bytes()).is_ok()
    }

    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Closes the reading end of its output.
    pub fn close_stdout(&mut self) {
        self.stdout = None;
    }

    pub fn signal(&self, signal: i32) {
        kill(self.pid(), signal);
    }

    /// Waits for its end without reading its output.
    pub fn end_unread(mut self) -> ExitStatus {
        self.stdin = None;
        self.child.wait().expect("wait for apool")
    }

    /// Waits for its end. The output is the part that the test has not read yet.
    pub fn end(mut self) -> Done {
        self.stdin = None;
        let mut rest = Vec::new();
        if let Some(mut stdout) = self.stdout.take() {
            stdout.read_to_end(&mut rest).expect("the rest of the output");
        }
        let status = self.child.wait().expect("wait for apool");
        Done { status, stdout: rest, stderr: self.errors.join().expect("the reader of stderr") }
    }
}

/// A run that has ended.
pub struct Done {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Done {
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    #[track_caller]
    pub fn status(self, status: i32) -> Done {
        assert_eq!(
            self.status.code(),
            Some(status),
            "{:?}\nstdout: {}\nstderr: {}",
            self.status,
            self.out(),
            self.err()
        );
        self
    }

    #[track_caller]
    pub fn signal(self, signal: i32) -> Done {
        assert_eq!(self.status.signal(), Some(signal), "{:?}\nstderr: {}", self.status, self.err());
        self
    }

    #[track_caller]
    pub fn stdout(self, expected: impl AsRef<[u8]>) -> Done {
        let expected = String::from_utf8_lossy(expected.as_ref()).into_owned();
        assert_eq!(self.out(), expected, "stderr: {}", self.err());
        self
    }

    #[track_caller]
    pub fn stderr(self, expected: &str) -> Done {
        assert_eq!(self.err(), expected, "stdout: {}", self.out());
        self
    }

    #[track_caller]
    pub fn stderr_has(self, part: &str) -> Done {
        assert!(self.err().contains(part), "no `{part}` in: {}", self.err());
        self
    }

    /// The lines of the output, sorted: for jobs that end in any order.
    #[track_caller]
    pub fn sorted(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.out().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }
}
