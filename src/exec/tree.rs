//! The processes of a job outside of its process group: descendants in other groups or sessions, and adopted orphans.
//! They are only searched for when apool ends the job.
//!
//! A process belongs to a job when its group is that of the job, when its parent belongs to the job, or when it is an
//! adopted child of apool with the variables of the job. Signals go through pidfds, so they cannot reach another
//! process with the same number.

use crate::sys::{signals, wait};
use std::collections::HashSet;
use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a sweep repeats, to find processes that were started meanwhile.
const ROUNDS: usize = 3;

/// One process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    pid: i32,
    parent: i32,
    group: i32,
    zombie: bool,
}

/// A cached list of all processes. It is read again when it is older than the request. Jobs that end at the same time
/// share one reading.
#[derive(Debug, Default)]
pub struct ProcessTable {
    /// Counts requests and readings, to know which came first.
    count: AtomicU64,
    last: Mutex<(u64, Arc<Vec<Process>>)>,
}

impl ProcessTable {
    fn snapshot(&self) -> Arc<Vec<Process>> {
        let requested = self.count.fetch_add(1, Ordering::SeqCst);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 <= requested {
            let began = self.count.fetch_add(1, Ordering::SeqCst) + 1;
            *last = (began, Arc::new(read_all()));
        }
        Arc::clone(&last.1)
    }
}

/// The processes of one job.
pub struct JobTree<'a> {
    table: &'a ProcessTable,
    /// The first process of the job. It leads the group and is not reaped.
    leader: i32,
    /// The variables of the job. An orphan that has all of them belongs to the job.
    variables: &'a [CString],
}

impl<'a> JobTree<'a> {
    /// The processes of the job with this first process.
    pub fn new(table: &'a ProcessTable, leader: i32, variables: &'a [CString]) -> JobTree<'a> {
        JobTree { table, leader, variables }
    }

    /// Whether a process of the job other than the first one is alive.
    pub fn survives(&self, other_leaders: &[i32]) -> bool {
        !self.members(other_leaders).is_empty()
    }

    /// Sends a signal to the processes outside of the group. `other_leaders` are the first processes of the other jobs.
    pub fn signal_orphans(&self, signal: i32, other_leaders: &[i32]) {
        for process in self.members(other_leaders).iter().filter(|p| p.group != self.leader) {
            if let Some(pidfd) = open(process) {
                wait::signal_pidfd(pidfd.as_fd(), signal);
                wait::signal_pidfd(pidfd.as_fd(), signals::SIGCONT);
            }
        }
    }

    /// Stops all processes of the job, so that none forks meanwhile, and kills them. `group` sends a signal to the
    /// group of the job. Adopted processes are reaped. A job that forks faster than a few rounds is left to the next
    /// sweep.
    pub fn sweep(&self, other_leaders: &[i32], group: &dyn Fn(i32)) {
        for _ in 0..ROUNDS {
            group(signals::SIGSTOP);
            let mut stopped: Vec<(i32, OwnedFd)> = Vec::new();
            for _ in 0..ROUNDS {
                let members = self.members(other_leaders);
                let known: HashSet<i32> = stopped.iter().map(|h| h.0).collect();
                let new: Vec<_> = members.iter().filter(|p| !known.contains(&p.pid)).collect();
                if new.is_empty() {
                    break;
                }
                for process in new {
                    if let Some(pidfd) = open(process) {
                        wait::signal_pidfd(pidfd.as_fd(), signals::SIGSTOP);
                        stopped.push((process.pid, pidfd));
                    }
                }
            }
            group(signals::SIGKILL);
            for (_, pidfd) in &stopped {
                wait::signal_pidfd(pidfd.as_fd(), signals::SIGKILL);
            }
            for (_, pidfd) in &stopped {
                let fd = pidfd.as_fd();
                let _ = crate::sys::events::wait_readable([Some(fd)], Some(Duration::from_millis(100)));
                wait::reap_pidfd(fd);
            }
            if stopped.is_empty() || !self.survives(other_leaders) {
                return;
            }
        }
    }

    fn members(&self, other_leaders: &[i32]) -> Vec<Process> {
        let all = self.table.snapshot();
        let own_pid = std::process::id().cast_signed();
        let is_member = |p: &Process| {
            p.group == self.leader
                || p.parent == self.leader
                || (p.parent == own_pid
                    && !other_leaders.contains(&p.pid)
                    && !other_leaders.contains(&p.group)
                    && has_variables(p.pid, self.variables))
        };
        let (mut members, mut rest): (Vec<Process>, Vec<Process>) =
            all.iter().filter(|p| p.pid != self.leader && !p.zombie).partition(|p| is_member(p));
        // Adds children of members, until there are no more.
        let mut parents: HashSet<i32> = members.iter().map(|p| p.pid).collect();
        while !rest.is_empty() {
            let (more, fewer): (Vec<Process>, Vec<Process>) =
                rest.into_iter().partition(|p| parents.contains(&p.parent));
            if more.is_empty() {
                break;
            }
            parents.extend(more.iter().map(|p| p.pid));
            members.extend(more);
            rest = fewer;
        }
        members
    }
}

/// A pidfd of this process. The process is read again after the open, because its number may belong to another process
/// by then.
fn open(process: &Process) -> Option<OwnedFd> {
    let pidfd = wait::pidfd(process.pid)?;
    let now = read_one(&process.pid.to_string())?;
    // The parent may have changed, because it died. The group only changes when the process itself changes it.
    (now.group == process.group || now.parent == process.parent).then_some(pidfd)
}

/// Whether the process was started with all of these variables.
fn has_variables(pid: i32, variables: &[CString]) -> bool {
    if variables.is_empty() {
        return false;
    }
    let Ok(environment) = std::fs::read(format!("/proc/{pid}/environ")) else { return false };
    let all: HashSet<&[u8]> = environment.split(|&b| b == 0).collect();
    variables.iter().all(|variable| all.contains(variable.as_bytes()))
}

fn read_all() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let names = entries.flatten().map(|entry| entry.file_name());
    names
        .filter_map(|name| {
            name.to_str().filter(|n| n.starts_with(|c: char| c.is_ascii_digit())).and_then(read_one)
        })
        .collect()
}

fn read_one(pid: &str) -> Option<Process> {
    parse(&std::fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// Parses `/proc/PID/stat`: `pid (name) state parent group …`. The name may contain any bytes.
fn parse(stat: &[u8]) -> Option<Process> {
    let pid = std::str::from_utf8(stat.split(|&b| b == b' ').next()?).ok()?.parse().ok()?;
    let after = stat.iter().rposition(|&b| b == b')')?;
    let mut words = std::str::from_utf8(stat.get(after + 1..)?).ok()?.split_ascii_whitespace();
    let state = words.next()?;
    let parent = words.next()?.parse().ok()?;
    let group = words.next()?.parse().ok()?;
    Some(Process { pid, parent, group, zombie: matches!(state, "Z" | "X") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_may_hold_anything() {
        let seen = parse(b"12 (a) Z 1 (b) S 7 9 9 0 -1\n").unwrap();
        assert_eq!(seen, Process { pid: 12, parent: 7, group: 9, zombie: false });
        assert!(parse(b"12 (a) Z 7 12 0").unwrap().zombie);
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"12 (a"), None);
    }

    #[test]
    fn this_process_is_in_the_table() {
        let table = ProcessTable::default();
        let own_pid = std::process::id().cast_signed();
        assert!(table.snapshot().iter().any(|p| p.pid == own_pid));
    }
}
