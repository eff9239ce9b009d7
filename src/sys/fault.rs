//! The places where the system may refuse a run: the starts of processes, and the calls that read the input and keep the
//! records. In unit tests the n-th of them fails on request (`cli/faults.rs`); in the program nothing of this is left.

use std::io::{self, IoSlice, Read, Write};

/// A kind of call. Each kind is counted for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Call {
    /// A process.
    Start,
    /// A thread of ours.
    Thread,
    /// A file is made or opened for writing, or a directory is made.
    Create,
    /// The input, a joblog of before, the output of a job, or what is kept of it.
    Read,
    /// A record, or what is kept of an output.
    Write,
    /// Our standard output or error.
    Print,
    /// A torn record is taken back.
    Truncate,
    /// A file is brought to the disk.
    Sync,
    /// A document takes the place of the one before.
    Rename,
    /// A file is locked.
    Lock,
}

/// A file (or whatever else reads and writes) whose calls may be refused.
#[derive(Debug)]
pub struct Fallible<T>(pub T, pub Call);

impl<T: Read> Read for Fallible<T> {
    #[inline]
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        check(self.1)?;
        self.0.read(into)
    }
}

impl<T: Write> Write for Fallible<T> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(&bytes[..room(self.1, bytes.len())?])
    }

    #[inline]
    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let length = parts.iter().map(|part| part.len()).sum();
        match room(self.1, length)? {
            all if all == length => self.0.write_vectored(parts),
            part => {
                let bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).take(part).collect();
                self.0.write(&bytes)
            }
        }
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A call of this kind is about to be made. An error takes its place.
#[inline]
pub fn check(call: Call) -> io::Result<()> {
    room(call, 1).map(drop)
}

/// Starts a thread.
pub fn spawn<T: Send + 'static>(
    builder: std::thread::Builder,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<std::thread::JoinHandle<T>> {
    check(Call::Thread)?;
    builder.spawn(work)
}

/// How many of so many bytes the call may move.
#[cfg(not(test))]
#[inline]
pub fn room(_call: Call, bytes: usize) -> io::Result<usize> {
    Ok(bytes)
}

/// A new process is about to leave our process group. Called in that process.
#[cfg(not(test))]
#[inline]
pub fn pause_start() {}

#[cfg(test)]
pub use armed::{Fault, StartPause, all_happened, arm, pause_nth_start, pause_start, room};

#[cfg(test)]
mod armed {
    use super::Call;
    use std::io;
    use std::os::fd::RawFd;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

    /// What happens at the n-th call of a kind.
    #[derive(Clone, Copy, Debug)]
    pub struct Fault {
        /// The kind.
        pub call: Call,
        /// From 1.
        pub nth: u32,
        /// The error; 0 for a call that moves half of the bytes, -9 for the end of this process.
        pub errno: i32,
        /// So do all that follow.
        pub forever: bool,
    }

    /// Each with the number of its calls so far. Only a process that was started for it has any.
    static FAULTS: Mutex<Vec<(Fault, u32)>> = Mutex::new(Vec::new());

    /// The start that waits before the new process has left our process group.
    #[derive(Clone, Copy, Debug)]
    pub struct StartPause {
        /// Which one, from 1.
        pub nth: u32,
        /// Gets a byte when it waits.
        pub paused: RawFd,
        /// It goes on when it has read a byte from here.
        pub resume: RawFd,
    }

    static STARTS: AtomicU32 = AtomicU32::new(0);
    static PAUSED_START: AtomicU32 = AtomicU32::new(0);
    static PAUSED_FD: AtomicI32 = AtomicI32::new(-1);
    static RESUME_FD: AtomicI32 = AtomicI32::new(-1);

    /// Only one start can be held.
    pub fn pause_nth_start(pause: StartPause) {
        PAUSED_FD.store(pause.paused, Ordering::SeqCst);
        RESUME_FD.store(pause.resume, Ordering::SeqCst);
        PAUSED_START.store(pause.nth, Ordering::SeqCst);
    }

    /// In a process that shares our memory: nothing but system calls.
    pub fn pause_start() {
        if STARTS.fetch_add(1, Ordering::SeqCst) + 1 == PAUSED_START.load(Ordering::SeqCst) {
            let mut byte = b'.';
            // SAFETY: both move one byte of a live local.
            unsafe {
                libc::write(PAUSED_FD.load(Ordering::SeqCst), (&raw const byte).cast(), 1);
                libc::read(RESUME_FD.load(Ordering::SeqCst), (&raw mut byte).cast(), 1);
            }
        }
    }

    /// Makes these calls fail from now on.
    ///
    /// # Panics
    ///
    /// When a thread panicked while it counted a call.
    pub fn arm(faults: &[Fault]) {
        FAULTS.lock().unwrap().extend(faults.iter().map(|fault| (*fault, 0)));
    }

    /// Whether every fault has happened.
    ///
    /// # Panics
    ///
    /// When a thread panicked while it counted a call.
    pub fn all_happened() -> bool {
        FAULTS.lock().unwrap().iter().all(|(fault, seen)| *seen >= fault.nth)
    }

    /// How many of so many bytes the call may move, or the error that takes its place.
    ///
    /// # Panics
    ///
    /// When a thread panicked while it counted a call.
    pub fn room(call: Call, bytes: usize) -> io::Result<usize> {
        for (fault, seen) in FAULTS.lock().unwrap().iter_mut().filter(|(fault, _)| fault.call == call) {
            *seen += 1;
            let now = *seen == fault.nth || (fault.forever && *seen > fault.nth);
            match fault.errno {
                _ if !now => {}
                0 => return Ok(bytes.div_ceil(2)),
                -9 => crate::sys::signals::kill_one(
                    std::process::id().cast_signed(),
                    crate::sys::signals::SIGKILL,
                ),
                errno => return Err(io::Error::from_raw_os_error(errno)),
            }
        }
        Ok(bytes)
    }
}
