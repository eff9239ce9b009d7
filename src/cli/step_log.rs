//! Whether standard output goes to the log of a step of GitHub Actions.
//!
//! The runner reads the output of a step from a pipe. The shell of the step has this pipe, and so has each program that
//! it starts, unless its output is redirected. Only then may lines be added for the log: a file, `$(...)` and the next
//! program of a pipeline get the bytes of the jobs alone.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

/// The name of the process that reads the output of a step.
const RUNNER: &str = "Runner.Worker";
/// The most processes between the runner and apool.
const DEPTH_MAX: usize = 64;

/// True if the processes from this one up to the runner have the same pipe as standard output.
pub fn is_stdout() -> bool {
    let Some(own) = pipe_of("self") else { return false };
    let mut process = "self".to_owned();
    for _ in 0..DEPTH_MAX {
        let Some(parent) = parent_of(&process) else { return false };
        if pipe_of(&parent) != Some(own) {
            return name_of(&parent).is_some_and(|name| name == RUNNER);
        }
        process = parent;
    }
    false
}

/// The device and the number of a pipe that is the standard output of a process.
fn pipe_of(process: &str) -> Option<(u64, u64)> {
    let file = fs::metadata(format!("/proc/{process}/fd/1")).ok()?;
    file.file_type().is_fifo().then(|| (file.dev(), file.ino()))
}

fn parent_of(process: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim();
    (parent != "0").then(|| parent.to_owned())
}

fn name_of(process: &str) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
    Some(name.trim_end().to_owned())
}
