//! The helper: runs the real binary in a directory of its own, in the words of the domain.
//!
//! `Run::new().stdin("a\nb\n").args(["-j2", "--", "echo", "<>"]).stdout("a\nb\n").success()`

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

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

/// The path of the binary under test.
pub fn apool() -> PathBuf {
    assert_cmd::cargo::cargo_bin!("apool").to_path_buf()
}

/// A run of apool that is being described.
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

    /// The command, ready to be started by a test that needs more than input and output.
    pub fn command(&self) -> Command {
        let mut command = Command::new(apool());
        command.args(&self.args).env_remove("CI").env_remove("NO_COLOR");
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
        let mut stdin = child.stdin.take().expect("stdin");
        let input = self.stdin;
        // A run that ends before it has read everything closes the pipe: that is not the test's failure.
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("wait for apool");
        feeder.join().expect("the feeding thread");
        Done { status: output.status, stdout: output.stdout, stderr: output.stderr }
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
