//! Tests with real processes. They wait for states that jobs report, never for time.

use crate::exec::{
    Attempt, Environment, ExecConfig, Executor, GuardianMode, Outcome, OutputMode, Spec, StartErrorKind,
    Stdin, StopReason, Stream,
};
use crate::job::{Slot, Words};
use crate::sys::signals::{self, SignalSet};
use adaptive_pool::policy::TaskId;
use adaptive_pool::time::RunClock;
use std::ffi::CString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

mod ending;
mod output;

pub(super) fn executor_with(change: impl FnOnce(&mut ExecConfig)) -> Executor {
    let mut config = ExecConfig::new(Arc::new(RunClock::new()));
    config.path = Some("/usr/bin:/bin".into());
    config.termseq = "TERM,30,TERM,20,KILL,25".parse().unwrap();
    config.guard = GuardianMode::No;
    change(&mut config);
    Executor::new(config).unwrap()
}

pub(super) fn executor() -> Executor {
    executor_with(|_| {})
}

pub(super) fn spec<W: Into<Vec<u8>>>(words: impl IntoIterator<Item = W>, output: OutputMode) -> Spec {
    let mut env = Environment::default();
    env.set("PATH".as_ref(), "/usr/bin:/bin".as_ref());
    let mut argv = Words::default();
    words.into_iter().for_each(|word| argv.push(&word.into()).unwrap());
    Spec { argv, env: Arc::new(env), extra_env: Vec::new(), cwd: None, stdin: Stdin::Null, output }
}

pub(super) fn run(exec: &Executor, spec: Spec) -> Attempt {
    exec.run(spec, Slot(1), TaskId(1), None, &mut |_, _| {})
}

pub(super) fn sh(script: &str) -> Spec {
    spec(["sh", "-c", script], OutputMode::Capture)
}

pub(super) fn text(capture: &crate::exec::Capture) -> String {
    let mut text = String::new();
    capture.reader().unwrap().read_to_string(&mut text).unwrap();
    text
}

use std::io::Read as _;

/// The helper program. It is built when it is missing.
pub(super) fn fixture() -> String {
    let exe = std::env::current_exe().unwrap();
    let program: PathBuf = exe.ancestors().nth(2).unwrap().join("examples/misbehave");
    if !program.exists() {
        let words = [env!("CARGO"), "build", "--quiet", "--example", "misbehave"];
        let mut build = spec(words, OutputMode::Inherit);
        build.env = Arc::new(Environment::new(inherited(), &[""]));
        build.cwd = Some(CString::new(env!("CARGO_MANIFEST_DIR")).unwrap());
        assert_eq!(run(&executor(), build).outcome, Outcome::Exited(0));
    }
    program.into_os_string().into_string().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "cargo needs the environment it was started with")]
fn inherited() -> impl Iterator<Item = (std::ffi::OsString, std::ffi::OsString)> {
    std::env::vars_os()
}

pub(super) fn misbehave(words: &[&str], output: OutputMode) -> Spec {
    let program = fixture();
    spec(std::iter::once(program.as_str()).chain(words.iter().copied()), output)
}

#[test]
fn an_attempt_returns_status_signal_and_both_outputs() {
    let exec = executor();
    let attempt = run(&exec, sh("echo out; echo err >&2; exit 7"));
    assert_eq!(attempt.outcome, Outcome::Exited(7));
    assert_eq!((text(&attempt.out), text(&attempt.err)), ("out\n".into(), "err\n".into()));
    assert!(!attempt.leaked && attempt.usage.max_rss > 0);
    assert_eq!(run(&exec, sh("kill -9 $$")).outcome, Outcome::Signaled(9));
    assert!(exec.finished_cpu() > Duration::ZERO);
}

#[test]
fn a_failed_start_gives_the_reason() {
    let exec = executor();
    let root = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str, mode: u32| {
        let path = root.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        path.into_os_string().into_string().unwrap()
    };
    let failed = |spec: Spec| match run(&exec, spec).outcome {
        Outcome::NotStarted(error) => (error.kind, error.text),
        other => panic!("{other:?}"),
    };
    let word = |word: String| spec([word], OutputMode::Capture);
    assert_eq!(failed(word("no-such-program".into())).0, StartErrorKind::NotFound);
    assert_eq!(failed(word("/no/such".into())).0, StartErrorKind::NotFound);
    assert_eq!(failed(word(file("plain", "x", 0o644))).0, StartErrorKind::NotExecutable);
    let (kind, text) = failed(word(root.path().to_str().unwrap().into()));
    assert_eq!((kind, text.as_str()), (StartErrorKind::NotExecutable, "Is a directory"));
    let (kind, text) = failed(word(file("orphan", "#!/no/such/interpreter\n", 0o755)));
    assert_eq!(
        (kind, text.as_str()),
        (StartErrorKind::NotExecutable, "the interpreter it names is not there")
    );
    assert_eq!(
        failed(spec(["echo".into(), "x".repeat(200_000)], OutputMode::Capture)).0,
        StartErrorKind::TooLong
    );
    let mut elsewhere = sh("true");
    elsewhere.cwd = Some(c"/no/such/place".to_owned());
    let (kind, text) = failed(elsewhere);
    assert_eq!(kind, StartErrorKind::Other);
    assert_eq!(text, "directory /no/such/place: No such file or directory");
    assert_eq!(failed(spec([""; 0], OutputMode::Capture)).0, StartErrorKind::NotFound);
}

#[test]
fn a_script_without_an_interpreter_line_is_run_by_the_shell() {
    let exec = executor();
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("script");
    std::fs::write(&path, "echo \"$0:$1\"\n").unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let name = path.to_str().unwrap();
    for _ in 0..2 {
        assert_eq!(text(&run(&exec, spec([name, "a b"], OutputMode::Capture)).out), format!("{name}:a b\n"));
    }
}

#[test]
fn a_program_that_is_open_for_writing_is_retried() {
    let exec = executor();
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("busy");
    std::fs::copy("/bin/sh", &path).unwrap();
    let writer = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    let busy = || spec([path.to_str().unwrap(), "-c", "exit 3"], OutputMode::Capture);
    let Outcome::NotStarted(error) = run(&exec, busy()).outcome else { panic!("it started") };
    assert_eq!((error.kind, error.errno), (StartErrorKind::NotExecutable, crate::sys::errno::ETXTBSY));
    // The file is closed during the retries.
    std::thread::scope(|scope| {
        let job = scope.spawn(|| run(&exec, busy()).outcome);
        drop(writer);
        assert_eq!(job.join().unwrap(), Outcome::Exited(3));
    });
}

#[test]
fn a_job_gets_default_signals_and_limits() {
    let before = crate::sys::limits::Limit { soft: Some(99), hard: Some(1000) };
    let exec = executor_with(|config| {
        config.ignore = SignalSet::of(&[signals::SIGHUP]);
        config.descriptors = Some(before);
        config.nice = Some(1);
    });
    let seen = text(&run(&exec, misbehave(&["state"], OutputMode::Capture)).out);
    let value = |name: &str| {
        seen.lines().find_map(|l| l.strip_prefix(name)).unwrap_or_else(|| panic!("{seen}")).trim()
    };
    assert_eq!(u64::from_str_radix(value("SigBlk:"), 16), Ok(0));
    // The standard library of the fixture ignores SIGPIPE. The C library uses 32 and above.
    let others = !(1 << (signals::SIGPIPE - 1)) & 0x7fff_ffff;
    assert_eq!(u64::from_str_radix(value("SigIgn:"), 16).map(|set| set & others), Ok(1));
    assert_eq!(value("leader"), "true");
    assert_eq!(value("nofile"), "99");
    let pipe = text(&run(&exec, sh("trap - PIPE; kill -PIPE $$; echo ignored")).out);
    assert_eq!(pipe, "");
}

#[test]
fn a_job_reads_dev_null_or_the_given_descriptor() {
    let exec = executor();
    assert_eq!(text(&run(&exec, sh("wc -c")).out).trim(), "0");
    let mut given = sh("cat");
    let (read, write) = crate::sys::events::pipe().unwrap();
    crate::sys::io::write_all(&write, b"given").unwrap();
    drop(write);
    given.stdin = Stdin::Fd(read);
    assert_eq!(text(&run(&exec, given).out), "given");
}

#[test]
fn a_job_gets_its_own_and_the_shared_variables() {
    let exec = executor();
    let mut job = sh("echo $APOOL_SEQ $PATH; pwd");
    job.extra_env = vec![c"APOOL_SEQ=5".to_owned()];
    job.cwd = Some(c"/".to_owned());
    assert_eq!(text(&run(&exec, job).out), "5 /usr/bin:/bin\n/\n");
}

#[test]
fn many_threads_share_an_executor() {
    let exec = executor();
    std::thread::scope(|scope| {
        for slot in 1..=8u32 {
            let exec = &exec;
            scope.spawn(move || {
                for n in 0..20u64 {
                    let say = format!("echo {slot}.{n}; echo {n} >&2");
                    let id = TaskId(u64::from(slot) * 100 + n);
                    let attempt = exec.run(sh(&say), Slot(slot), id, None, &mut |_, _| {});
                    assert_eq!(attempt.outcome, Outcome::Exited(0));
                    let both = (text(&attempt.out), text(&attempt.err));
                    assert_eq!(both, (format!("{slot}.{n}\n"), format!("{n}\n")));
                }
            });
        }
    });
    let mut live = 0;
    exec.live(&mut |_| live += 1);
    assert_eq!(live, 0);
}

/// Runs a job that prints `ready PID`, and then calls `then` with that number.
pub(super) fn when_ready(
    exec: &Executor,
    job: Spec,
    timeout: Option<Duration>,
    then: &mut dyn FnMut(i32),
) -> (Attempt, i32) {
    let mut ready = 0;
    let attempt = exec.run(job, Slot(2), TaskId(7), timeout, &mut |stream, lines| {
        assert_eq!(stream, Stream::Stdout);
        let lines = String::from_utf8_lossy(lines).into_owned();
        if let Some(pid) = lines.trim().strip_prefix("ready ") {
            ready = pid.parse().unwrap();
            then(ready);
        }
    });
    (attempt, ready)
}

pub(super) fn halted() -> StopReason {
    StopReason::Halted
}
