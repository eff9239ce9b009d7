//! Kills the processes of jobs that left their process group (`setsid`, daemons). It finds them by their variables.
//!
//! It runs after a fork of a process with threads, so it makes only system calls: no allocation, no lock.

use super::list::{HASH_START, SLOTS, VariableHashes, hash_step};
use std::sync::atomic::Ordering;

/// How often all processes are read. A process that forks during one round is found in the next.
const ROUNDS: usize = 5;

#[cfg(target_os = "linux")]
unsafe extern "C" {
    static environ: *const *mut libc::c_char;
}

/// Removes the variables of this process from `/proc/PID/environ`.
///
/// # Safety
///
/// No other thread may run in this process. Nothing may read its environment afterwards.
#[cfg(target_os = "linux")]
pub unsafe fn clear_environment() {
    // SAFETY: the list ends with a null, and each entry before it is a string in memory of this process. The caller
    // guarantees that nothing else uses them.
    unsafe {
        let mut at = environ;
        while !at.is_null() && !(*at).is_null() {
            **at = 0;
            at = at.add(1);
        }
    }
}

/// Elsewhere the variables of other processes are not read.
#[cfg(not(target_os = "linux"))]
pub unsafe fn clear_environment() {}

/// Kills every process that has both variables of a job. Repeats until it finds none, at most [`ROUNDS`] times.
pub fn kill(jobs: &[VariableHashes]) {
    let is_empty = |job: &VariableHashes| job.iter().all(|hash| hash.load(Ordering::Acquire) == 0);
    // The lowest free slot is used first.
    let used = jobs.iter().rposition(|job| !is_empty(job)).map_or(0, |last| last + 1);
    for _ in 0..ROUNDS {
        if used == 0 || !kill_once(&jobs[..used]) {
            return;
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn kill_once(_: &[VariableHashes]) -> bool {
    false
}

/// True when it killed a process.
#[cfg(target_os = "linux")]
fn kill_once(jobs: &[VariableHashes]) -> bool {
    let mut found = false;
    // Of u64, so that the numbers in the entries are aligned.
    let mut entries = [0u64; 4096 / 8];
    // SAFETY: system calls on C strings, plain numbers and live locals. An entry of getdents64 has an inode (8 bytes),
    // an offset (8), a length (2), a type (1) and a name with a NUL. The call returns how many bytes it has written.
    unsafe {
        let proc = libc::open(c"/proc".as_ptr(), libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC);
        if proc < 0 {
            return false;
        }
        let own_pid = libc::getpid();
        loop {
            let start = entries.as_mut_ptr().cast::<u8>();
            let got = libc::syscall(libc::SYS_getdents64, proc, start, size_of_val(&entries));
            if got <= 0 {
                break;
            }
            let bytes = std::slice::from_raw_parts(start, got as usize);
            let mut at = 0;
            while at + 19 < bytes.len() {
                let length = usize::from(u16::from_ne_bytes([bytes[at + 16], bytes[at + 17]]));
                let name = &bytes[at + 19..(at + length).min(bytes.len())];
                if let Some(pid) = number(name)
                    && pid != own_pid
                    && belongs_to_a_job(proc, name, jobs)
                {
                    libc::kill(pid, libc::SIGKILL);
                    found = true;
                }
                at += length.max(19);
            }
        }
        libc::close(proc);
    }
    found
}

/// The process number in a name that ends with a NUL. `None` for other names.
#[cfg(any(target_os = "linux", test))]
fn number(name: &[u8]) -> Option<i32> {
    let digits = name.split(|&b| b == 0).next()?;
    let digit = |n: Option<i32>, b: &u8| {
        n.filter(|_| b.is_ascii_digit()).and_then(|n| n.checked_mul(10)?.checked_add(i32::from(b - b'0')))
    };
    digits.iter().fold(Some(0), digit).filter(|&n| n > 0)
}

/// Whether the process was started with both variables of one of the jobs.
///
/// # Safety
///
/// `proc` is an open directory.
#[cfg(target_os = "linux")]
unsafe fn belongs_to_a_job(proc: i32, name: &[u8], jobs: &[VariableHashes]) -> bool {
    let mut path = [0u8; 24];
    let digits = name.iter().position(|&b| b == 0).unwrap_or(name.len());
    let tail = b"/environ";
    if digits + tail.len() >= path.len() {
        return false;
    }
    path[..digits].copy_from_slice(&name[..digits]);
    path[digits..digits + tail.len()].copy_from_slice(tail);
    // SAFETY: the path ends with a NUL; the buffer is a live local.
    unsafe {
        let file = libc::openat(proc, path.as_ptr().cast(), libc::O_RDONLY | libc::O_CLOEXEC);
        if file < 0 {
            return false;
        }
        let mut matcher = Matcher::default();
        let mut buffer = [0u8; 4096];
        loop {
            let got = libc::read(file, buffer.as_mut_ptr().cast(), buffer.len());
            if got <= 0 {
                break;
            }
            matcher.read(&buffer[..got as usize], jobs);
        }
        libc::close(file);
        matcher.matches(jobs)
    }
}

/// Reads an environment piece by piece and notes which variables of which job are in it.
#[cfg(any(target_os = "linux", test))]
struct Matcher {
    hash: u64,
    /// For each slot a bit for each of the two variables.
    found: [u8; SLOTS],
}

#[cfg(any(target_os = "linux", test))]
impl Default for Matcher {
    fn default() -> Matcher {
        Matcher { hash: HASH_START, found: [0; SLOTS] }
    }
}

#[cfg(any(target_os = "linux", test))]
impl Matcher {
    fn read(&mut self, bytes: &[u8], jobs: &[VariableHashes]) {
        for &byte in bytes {
            if byte != 0 {
                self.hash = hash_step(self.hash, byte);
                continue;
            }
            for (found, job) in self.found.iter_mut().zip(jobs) {
                for (bit, wanted) in job.iter().enumerate() {
                    *found |= u8::from(wanted.load(Ordering::Relaxed) == self.hash) << bit;
                }
            }
            self.hash = HASH_START;
        }
    }

    fn matches(&self, jobs: &[VariableHashes]) -> bool {
        self.found.iter().zip(jobs).any(|(found, _)| *found == 3)
    }
}

#[cfg(test)]
mod tests {
    use super::super::list::hash;
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn a_process_needs_both_variables_of_a_job() {
        let job = |a: &str, b: &str| [a, b].map(|text| AtomicU64::new(hash(text.as_bytes())));
        let jobs = [job("RUN=1", "JOB=7"), job("RUN=1", "JOB=8")];
        let is = |environment: &str, piece: usize| {
            let mut matcher = Matcher::default();
            environment.as_bytes().chunks(piece).for_each(|bytes| matcher.read(bytes, &jobs));
            matcher.matches(&jobs)
        };
        for piece in [1, 3, 100] {
            assert!(is("A=\0JOB=8\0PATH=x\0RUN=1\0", piece));
            assert!(!is("JOB=8\0RUN=2\0", piece));
            assert!(!is("XJOB=8\0RUN=1\0JOB=88\0", piece));
            assert!(!is("", piece));
        }
    }

    #[test]
    fn only_numbers_are_processes() {
        assert_eq!(number(b"12\0x"), Some(12));
        for name in [&b"self\0"[..], b"\0", b"1a\0", b"99999999999\0", b"0\0"] {
            assert_eq!(number(name), None, "{name:?}");
        }
    }
}
