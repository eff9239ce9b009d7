//! The calls that can be made to fail in unit tests (`cli/faults.rs`): starts of processes and threads, reads of the
//! input, writes of the records. In the program these functions do nothing more than the call.

use std::io::{self, IoSlice, Read, Write};

/// A kind of call. Each kind has its own count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Call {
    /// Start a process.
    Start,
    /// Start a thread.
    Thread,
    /// Make a file or a directory, or open a file for writing.
    Create,
    /// Read the input, an earlier joblog, the output of a job, or stored output.
    Read,
    /// Write a record or stored output.
    Write,
    /// Write to standard output or standard error.
    Print,
    /// Remove an incomplete record.
    Truncate,
    /// Sync a file to the disk.
    Sync,
    /// Replace a file by a new version.
    Rename,
    /// Lock a file.
    Lock,
}

/// A reader or writer whose calls can be made to fail.
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

/// Call it before a call of this kind. An error replaces the call.
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

/// The number of bytes, of so many, that the call may move.
#[cfg(not(test))]
#[inline]
pub fn room(_call: Call, bytes: usize) -> io::Result<usize> {
    Ok(bytes)
}

/// Called in a new process before it leaves the process group of apool.
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

    /// A fault at the n-th call of a kind.
    #[derive(Clone, Copy, Debug)]
    pub struct Fault {
        /// The kind.
        pub call: Call,
        /// The number of the call, from 1.
        pub nth: u32,
        /// The error number. 0 makes the call move half of the bytes. -9 kills this process.
        pub errno: i32,
        /// All later calls of the kind fail too.
        pub forever: bool,
    }

    /// The faults, each with the number of its calls so far. Empty except in a process that was started for them.
    static FAULTS: Mutex<Vec<(Fault, u32)>> = Mutex::new(Vec::new());

    /// A start that waits before the new process has left the process group of apool.
    #[derive(Clone, Copy, Debug)]
    pub struct StartPause {
        /// The number of the start, from 1.
        pub nth: u32,
        /// Receives a byte when the start waits.
        pub paused: RawFd,
        /// The start continues after it has read a byte from here.
        pub resume: RawFd,
    }

    static STARTS: AtomicU32 = AtomicU32::new(0);
    static PAUSED_START: AtomicU32 = AtomicU32::new(0);
    static PAUSED_FD: AtomicI32 = AtomicI32::new(-1);
    static RESUME_FD: AtomicI32 = AtomicI32::new(-1);

    /// Prepares a pause. Only one start can be paused.
    pub fn pause_nth_start(pause: StartPause) {
        PAUSED_FD.store(pause.paused, Ordering::SeqCst);
        RESUME_FD.store(pause.resume, Ordering::SeqCst);
        PAUSED_START.store(pause.nth, Ordering::SeqCst);
    }

    /// Runs in a process that shares the memory of apool, so it only makes system calls.
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
    /// Panics when a thread panicked while it counted a call.
    pub fn arm(faults: &[Fault]) {
        FAULTS.lock().unwrap().extend(faults.iter().map(|fault| (*fault, 0)));
    }

    /// Whether every fault has happened.
    ///
    /// # Panics
    ///
    /// Panics when a thread panicked while it counted a call.
    pub fn all_happened() -> bool {
        FAULTS.lock().unwrap().iter().all(|(fault, seen)| *seen >= fault.nth)
    }

    /// The number of bytes, of so many, that the call may move, or the error that replaces the call.
    ///
    /// # Panics
    ///
    /// Panics when a thread panicked while it counted a call.
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
