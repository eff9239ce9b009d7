//! Starts one job: finds the program, makes the pipes, starts the process, and classifies errors.

use super::child_handle::ChildHandle;
use super::context::ExecContext;
use super::outcome::{StartError, StartErrorKind};
use super::spec::{OutputMode, Spec, Stdin};
use crate::job::Words;
use crate::sys::errno;
use crate::sys::events;
use crate::sys::job_terminal::JobTerminal;
use crate::sys::spawn::{Child, Command, SpawnError, Stage, Strings, spawn};
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// How long to retry a program that is open for writing. Often a child of apool between its start and its exec has a
/// copy of the descriptor.
const BUSY_RETRY: Duration = Duration::from_secs(1);

/// A started job.
#[derive(Debug)]
pub struct Started {
    /// Its process.
    pub child: Child,
    /// The read end of its standard output, if apool reads it.
    pub out: Option<OwnedFd>,
    /// The read end of its standard error, if apool reads it.
    pub err: Option<OwnedFd>,
}

/// Starts a job.
pub fn start(exec: &ExecContext, spec: &Spec, handle: &ChildHandle) -> Result<Started, StartError> {
    let Some(name) = spec.argv.first() else {
        return Err(StartError {
            kind: StartErrorKind::NotFound,
            errno: errno::ENOENT,
            text: "no command".into(),
        });
    };
    let mut program = exec.programs.find(name)?;
    let (out, out_write) = pipe(spec.output)?;
    let (err, err_write) = pipe(spec.output)?;
    let raw = |end: &Option<OwnedFd>, own: RawFd| end.as_ref().map_or(own, AsRawFd::as_raw_fd);
    let stdin = match (&exec.terminal, &spec.stdin) {
        (Some(terminal), _) => terminal.as_fd().as_raw_fd(),
        (None, Stdin::Null) => exec.null.as_raw_fd(),
        (None, Stdin::Fd(fd)) => fd.as_raw_fd(),
        (None, Stdin::Inherit) => 0,
    };
    let env = Strings::of(spec.extra_env.iter().map(CString::as_c_str).chain(spec.env.iter()));
    let (mut waited, mut searched_again) = (Duration::ZERO, false);
    loop {
        let argv = words(&spec.argv, &program.file, program.by_shell);
        let command = Command {
            program: if program.by_shell { c"/bin/sh" } else { &program.file },
            argv: &argv,
            env: &env,
            cwd: spec.cwd.as_deref(),
            stdio: [stdin, raw(&out_write, 1), raw(&err_write, 2)],
            terminal: exec.terminal.as_ref().and_then(JobTerminal::lend),
            settings: exec.settings(spec.output),
        };
        let error = match spawn(&command) {
            Ok(child) => return Ok(Started { child, out, err }),
            Err(error) => error,
        };
        exec.take_terminal(false);
        match (error.stage, error.errno) {
            (Stage::Exec, errno::ENOEXEC) if !program.by_shell => {
                program = exec.programs.by_shell(name, &program);
            }
            (Stage::Exec, errno::ETXTBSY) if waited < BUSY_RETRY && !exec.requests.is_stopping() => {
                let pause = (waited / 2).clamp(Duration::from_millis(1), Duration::from_millis(100));
                let _ = events::wait_readable([Some(handle.as_fd())], Some(pause));
                let _ = handle.requests();
                waited += pause;
            }
            (Stage::Exec, errno::ENOENT) if !searched_again && exec.programs.forget(name) => {
                searched_again = true;
                program = exec.programs.find(name)?;
            }
            _ => return Err(start_error(error, program.file.as_c_str(), spec.cwd.as_deref())),
        }
    }
}

/// The arguments of the process. A script that the shell runs gets the shell and its own path first.
fn words<'a>(argv: &'a Words, file: &'a CStr, by_shell: bool) -> Strings<'a> {
    let words = argv.iter();
    if by_shell {
        Strings::of([c"/bin/sh", file].into_iter().chain(words.skip(1)))
    } else {
        Strings::of(words)
    }
}

/// A pipe for output that apool reads: the read end and the write end.
fn pipe(mode: OutputMode) -> Result<(Option<OwnedFd>, Option<OwnedFd>), StartError> {
    if mode == OutputMode::Inherit {
        return Ok((None, None));
    }
    let kind = |e| if is_transient(e) { StartErrorKind::Transient } else { StartErrorKind::Other };
    let (read, write) = events::pipe().map_err(|e| StartError::system(kind(e), e))?;
    Ok((Some(read), Some(write)))
}

fn is_transient(errno: i32) -> bool {
    matches!(errno, errno::EAGAIN | errno::ENOMEM | errno::EMFILE | errno::ENFILE)
}

fn start_error(error: SpawnError, file: &CStr, cwd: Option<&CStr>) -> StartError {
    let errno = error.errno;
    let error_of = |kind, text: String| StartError { kind, errno, text };
    if is_transient(errno) {
        return StartError::system(StartErrorKind::Transient, errno);
    }
    match (error.stage, errno) {
        (Stage::Exec, errno::E2BIG) => StartError::system(StartErrorKind::TooLong, errno),
        (Stage::Exec, errno::ENOENT | errno::ENOTDIR) => match metadata_of(file, cwd) {
            Some(_) => {
                error_of(StartErrorKind::NotExecutable, "the interpreter it names is not there".into())
            }
            None => StartError::system(StartErrorKind::NotFound, errno),
        },
        (Stage::Exec, errno::EACCES) if metadata_of(file, cwd).is_some_and(|meta| meta.is_dir()) => {
            error_of(StartErrorKind::NotExecutable, errno::of(errno::EISDIR))
        }
        (Stage::Exec, _) => StartError::system(StartErrorKind::NotExecutable, errno),
        (Stage::Directory, _) => {
            let name = crate::escape::visible(cwd.unwrap_or_default().to_bytes());
            error_of(StartErrorKind::Other, format!("directory {name}: {}", errno::of(errno)))
        }
        (Stage::Fork | Stage::Descriptors, _) => StartError::system(StartErrorKind::Other, errno),
    }
}

/// The metadata of the file with this name, relative to the directory of the child.
fn metadata_of(file: &CStr, cwd: Option<&CStr>) -> Option<std::fs::Metadata> {
    use std::os::unix::ffi::OsStrExt;
    let path = |s: &CStr| std::path::PathBuf::from(std::ffi::OsStr::from_bytes(s.to_bytes()));
    std::fs::metadata(cwd.map_or_else(|| path(file), |cwd| path(cwd).join(path(file)))).ok()
}
