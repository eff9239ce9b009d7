//! The guardian: a second process that kills the jobs when apool is killed (`kill -9`, out of memory).
//!
//! The kernel kills the first process of each job together with apool ([`super::spawn`]), but not its descendants. The
//! guardian kills the process groups of the jobs, and processes outside of these groups that have the variables of a
//! job. It waits in a read from a pipe. apool holds the only write end, so the read ends when apool ends. The list of
//! jobs is in shared memory.
//!
//! The guardian holds no other descriptor, not even that of the locked joblog. It has a session of its own and blocks
//! all signals, so that a signal for apool does not end it first. It has no environment: apool may be a job of another
//! run, and the guardian of that run searches for the variables of its jobs.

mod list;
mod orphans;

use list::JobList;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The guardian process and the list that it reads.
#[derive(Debug)]
pub struct Guardian {
    list: &'static JobList,
    /// The guardian has closed its copies of the descriptors of apool.
    ready: AtomicBool,
    process: Mutex<Option<Process>>,
}

#[derive(Debug)]
struct Process {
    pid: i32,
    /// Closed by the guardian when it has left the process group of apool and closed its copies of the descriptors.
    detached: Option<OwnedFd>,
    /// The write end of the pipe from which the guardian reads. Closing it ends the guardian.
    alive: Option<OwnedFd>,
}

impl Guardian {
    /// Starts the guardian and does not wait for it. An error means that the list cannot be made.
    pub fn begin() -> io::Result<Guardian> {
        let list = JobList::map()?;
        let guardian = Guardian { list, ready: AtomicBool::new(false), process: Mutex::new(None) };
        // A fork that fails now may succeed when the first job starts.
        *guardian.lock() = guardian.fork().ok();
        Ok(guardian)
    }

    /// Waits until the guardian has detached from apool. Later calls return at once. A guardian that cannot be started
    /// is no error: the next call tries again.
    pub fn ensure(&self) {
        if self.ready.load(Ordering::Acquire) {
            return;
        }
        let mut process = self.lock();
        if process.is_none() {
            *process = self.fork().ok();
        }
        let Some(process) = process.as_mut() else { return };
        // Until then, a signal to the process group of apool reaches the guardian too.
        if let Some(detached) = process.detached.take() {
            while rustix::io::read(&detached, &mut [0]) == Err(rustix::io::Errno::INTR) {}
        }
        self.ready.store(true, Ordering::Release);
    }

    /// Tells the guardian to end. [`Guardian::join`] or a drop waits for it.
    pub fn dismiss(&self) {
        if let Some(process) = self.lock().as_mut() {
            process.alive = None;
        }
    }

    /// Waits until the guardian has ended.
    pub fn join(&self) {
        drop(self.lock().take());
    }

    fn lock(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fork(&self) -> io::Result<Process> {
        let pipe = || super::events::pipe().map_err(io::Error::from_raw_os_error);
        let ((read, alive), (detached, attached)) = (pipe()?, pipe()?);
        // A signal for apool must not end the guardian, or run handlers of apool in it.
        let blocked = super::signals::AllBlocked::new();
        // SAFETY: the child only makes system calls until it ends.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => guardian_main(read.as_raw_fd(), self.list),
            pid => {
                drop((blocked, attached));
                Ok(Process { pid, detached: Some(detached), alive: Some(alive) })
            }
        }
    }

    /// Watches the job of a slot: its process group, and processes with the first two of its variables (`NAME=VALUE`).
    pub fn watch(&self, slot: usize, group: i32, variables: &[CString]) {
        self.list.set(slot, group, variables.get(..2).unwrap_or_default());
    }

    /// Watches the slot no longer.
    pub fn release(&self, slot: usize) {
        self.list.set(slot, 0, &[]);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.alive = None;
        let _ = super::wait::reap(self.pid, true);
    }
}

/// The code of the guardian. It makes only system calls: at the fork, other threads may have held locks.
fn guardian_main(pipe: i32, list: &JobList) -> ! {
    // SAFETY: system calls on plain numbers and on live locals.
    unsafe {
        libc::setsid();
        orphans::clear_environment();
        libc::dup2(pipe, 0);
        close_above(0);
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_NAME, c"apool-guardian".as_ptr());
        let mut byte = 0u8;
        while libc::read(0, (&raw mut byte).cast(), 1) == -1 && super::last_errno() == libc::EINTR {}
        for group in list.groups() {
            super::signals::kill_group(group.load(Ordering::Acquire), libc::SIGKILL);
        }
        orphans::kill(list.variables());
        libc::_exit(0)
    }
}

/// Closes every descriptor above `last`. An open copy in the guardian would keep a pipe from ending.
///
/// # Safety
///
/// Nothing may use those descriptors afterwards.
unsafe fn close_above(last: i32) {
    #[cfg(target_os = "linux")]
    {
        let first = (last + 1).cast_unsigned();
        // SAFETY: a system call on plain numbers; the caller guarantees that the descriptors are not used.
        if unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) } == 0 {
            return;
        }
    }
    for fd in last + 1..1024 {
        // SAFETY: as above.
        unsafe { libc::close(fd) };
    }
}
