//! Finds the processes of killed jobs that left their group (`setsid`, daemons) by the variables they were started with.
//!
//! It runs in a copy of a process that had threads, so it may only make system calls: no allocation, no lock. Variables
//! are compared by a hash of 64 bits.

use std::sync::atomic::{AtomicU64, Ordering};

/// Hashes of two variables that together name a job; zeroes for none.
pub type Mark = [AtomicU64; 2];

/// How often all processes are looked at: one that forks while we look is found by the next look.
const ROUNDS: usize = 5;

/// FNV-1a.
pub fn hash(text: &[u8]) -> u64 {
    text.iter().copied().fold(START, step)
}

const START: u64 = 0xcbf2_9ce4_8422_2325;

fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

#[cfg(target_os = "linux")]
unsafe extern "C" {
    static environ: *const *mut libc::c_char;
}

/// Takes this process's variables from where others see them.
///
/// # Safety
///
/// Nothing else may run in this process, nor read its environment afterwards.
#[cfg(target_os = "linux")]
pub unsafe fn unmark() {
    // SAFETY: the list is never null at its start in a process that the loader has started; it ends with a null, and each
    // entry before that is a string of the process's own memory. The caller answers for other users.
    unsafe {
        let mut at = environ;
        while !at.is_null() && !(*at).is_null() {
            **at = 0;
            at = at.add(1);
        }
    }
}

/// There is nobody who looks.
#[cfg(not(target_os = "linux"))]
pub unsafe fn unmark() {}

/// Kills every process that has both variables of one of these marks, until none is found.
pub fn kill(marks: &[Mark]) {
    let all_zero = |mark: &Mark| mark.iter().all(|m| m.load(Ordering::Acquire) == 0);
    // Places are taken from the lowest on.
    let used = marks.iter().rposition(|mark| !all_zero(mark)).map_or(0, |last| last + 1);
    for _ in 0..ROUNDS {
        if used == 0 || !kill_once(&marks[..used]) {
            return;
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn kill_once(_: &[Mark]) -> bool {
    false
}

/// True when it killed something.
#[cfg(target_os = "linux")]
fn kill_once(marks: &[Mark]) -> bool {
    let mut found = false;
    // Aligned for the numbers in the entries.
    let mut entries = [0u64; 4096 / 8];
    // SAFETY: system calls on C strings, plain numbers and live locals. An entry of getdents64 is: inode (8 bytes), offset (8),
    // length (2), type (1), name with a NUL; all within the bytes that the call says it has written.
    unsafe {
        let proc = libc::open(c"/proc".as_ptr(), libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC);
        if proc < 0 {
            return false;
        }
        let us = libc::getpid();
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
                    && pid != us
                    && is_marked(proc, name, marks)
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

/// The process number that a name up to its NUL is.
#[cfg(any(target_os = "linux", test))]
fn number(name: &[u8]) -> Option<i32> {
    let digits = name.split(|&b| b == 0).next()?;
    let digit = |n: Option<i32>, b: &u8| {
        n.filter(|_| b.is_ascii_digit()).and_then(|n| n.checked_mul(10)?.checked_add(i32::from(b - b'0')))
    };
    digits.iter().fold(Some(0), digit).filter(|&n| n > 0)
}

/// Whether the process was started with the variables of one of the jobs.
///
/// # Safety
///
/// `proc` is an open directory.
#[cfg(target_os = "linux")]
unsafe fn is_marked(proc: i32, name: &[u8], marks: &[Mark]) -> bool {
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
        let mut seen = Seen::default();
        let mut buffer = [0u8; 4096];
        loop {
            let got = libc::read(file, buffer.as_mut_ptr().cast(), buffer.len());
            if got <= 0 {
                break;
            }
            seen.take(&buffer[..got as usize], marks);
        }
        libc::close(file);
        seen.both(marks)
    }
}

/// Which variables of which job a process has, as its environment is read piece by piece.
#[cfg(any(target_os = "linux", test))]
struct Seen {
    hash: u64,
    flags: [u8; super::PLACES],
}

#[cfg(any(target_os = "linux", test))]
impl Default for Seen {
    fn default() -> Seen {
        Seen { hash: START, flags: [0; super::PLACES] }
    }
}

#[cfg(any(target_os = "linux", test))]
impl Seen {
    fn take(&mut self, bytes: &[u8], marks: &[Mark]) {
        for &byte in bytes {
            if byte != 0 {
                self.hash = step(self.hash, byte);
                continue;
            }
            for (flags, mark) in self.flags.iter_mut().zip(marks) {
                for (bit, wanted) in mark.iter().enumerate() {
                    *flags |= u8::from(wanted.load(Ordering::Relaxed) == self.hash) << bit;
                }
            }
            self.hash = START;
        }
    }

    fn both(&self, marks: &[Mark]) -> bool {
        self.flags.iter().zip(marks).any(|(flags, _)| *flags == 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_both_its_variables() {
        let mark = |a: &str, b: &str| [a, b].map(|text| AtomicU64::new(hash(text.as_bytes())));
        let marks = [mark("RUN=1", "JOB=7"), mark("RUN=1", "JOB=8")];
        let is = |environment: &str, piece: usize| {
            let mut seen = Seen::default();
            environment.as_bytes().chunks(piece).for_each(|bytes| seen.take(bytes, &marks));
            seen.both(&marks)
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
