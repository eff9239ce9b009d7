//! A second process that outlives us by a moment: when we are killed without a word (`kill -9`, out of memory), it kills
//! the process groups that were on our list, and what has left those groups but carries the variables of their jobs.
//!
//! The kernel kills the first process of each job with us ([`super::spawn`]), but not what that has started. The guardian
//! sleeps in a read from a pipe whose other end only we hold; the list is memory that both share. It holds no other
//! descriptor (not the joblog's lock either), has a session of its own, blocks all signals and has no environment (we may be
//! a job of another run, whose guardian looks for its variables), so that nothing meant for us ends it first.

mod orphans;

use orphans::Mark;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many groups it can watch. More jobs than that run at once only on purpose; the rest is not watched.
const PLACES: usize = 4096;
const BYTES: usize = size_of::<List>();

/// What both processes see.
#[derive(Debug)]
struct List {
    /// Places from here on were never used: to look at them would only bring in memory.
    used: AtomicUsize,
    groups: [AtomicI32; PLACES],
    marks: [Mark; PLACES],
}

/// The guardian of this process: a list, and the process that reads it.
#[derive(Debug)]
pub struct Guardian {
    list: &'static List,
    /// It needs nothing more from us.
    ready: AtomicBool,
    process: Mutex<Option<Process>>,
}

#[derive(Debug)]
struct Process {
    pid: i32,
    /// Ends when it is out of our group and has given up its copies of our descriptors.
    settled: Option<OwnedFd>,
    /// Its closing is the message.
    alive: Option<OwnedFd>,
}

impl Guardian {
    /// Starts it, and does not wait until it is there.
    pub fn begin() -> io::Result<Guardian> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        // SAFETY: a new anonymous mapping at a place of the kernel's choice.
        let memory = unsafe { libc::mmap(std::ptr::null_mut(), BYTES, protection, flags, -1, 0) };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: page-aligned, large enough, never unmapped, and zeroed, which is valid for integers.
        let list = unsafe { &*memory.cast::<List>() };
        let guardian = Guardian { list, ready: AtomicBool::new(false), process: Mutex::new(None) };
        // A refusal now may be none when the first job starts.
        *guardian.lock() = guardian.fork().ok();
        Ok(guardian)
    }

    /// Waits until it is there; costs nothing from then on. That the system has no room for it is not told: the next call
    /// may find some.
    pub fn ensure(&self) {
        if self.ready.load(Ordering::Acquire) {
            return;
        }
        let mut process = self.lock();
        if process.is_none() {
            *process = self.fork().ok();
        }
        let Some(process) = process.as_mut() else { return };
        // Until then, who kills our whole group kills it too.
        if let Some(settled) = process.settled.take() {
            while rustix::io::read(&settled, &mut [0]) == Err(rustix::io::Errno::INTR) {}
        }
        self.ready.store(true, Ordering::Release);
    }

    /// Tells it that all is over; it is waited for by [`Guardian::join`], or when this is dropped.
    pub fn dismiss(&self) {
        if let Some(process) = self.lock().as_mut() {
            process.alive = None;
        }
    }

    /// Waits until it has ended.
    pub fn join(&self) {
        drop(self.lock().take());
    }

    fn lock(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fork(&self) -> io::Result<Process> {
        let pipe = || super::events::pipe().map_err(io::Error::from_raw_os_error);
        let ((read, alive), (settled, settling)) = (pipe()?, pipe()?);
        // A signal meant for us must not end it, nor run our handlers in it.
        let blocked = super::signals::AllBlocked::new();
        // SAFETY: the child only makes system calls until it ends.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => watch(read.as_raw_fd(), self.list),
            pid => {
                drop((blocked, settling));
                Ok(Process { pid, settled: Some(settled), alive: Some(alive) })
            }
        }
    }

    /// This group is to die with us, and so is whatever has the first two of these variables (`NAME=VALUE`), wherever it went.
    pub fn hold(&self, place: usize, group: i32, variables: &[CString]) {
        self.set(place, group, variables.get(..2).unwrap_or_default());
    }

    /// The job of this place is not ours any more.
    pub fn release(&self, place: usize) {
        self.set(place, 0, &[]);
    }

    fn set(&self, place: usize, group: i32, variables: &[CString]) {
        let (Some(entry), Some(mark)) = (self.list.groups.get(place), self.list.marks.get(place)) else {
            return;
        };
        self.list.used.fetch_max(place + 1, Ordering::AcqRel);
        for (at, mark) in mark.iter().enumerate() {
            let hash = variables.get(at).map_or(0, |variable| orphans::hash(variable.as_bytes()));
            mark.store(hash, Ordering::Release);
        }
        entry.store(group, Ordering::Release);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.alive = None;
        let _ = super::wait::reap(self.pid, true);
    }
}

/// The guardian's whole life. Only system calls: other threads of our process may have held locks when it was copied.
fn watch(pipe: i32, list: &List) -> ! {
    // SAFETY: system calls on plain numbers and on live locals.
    unsafe {
        libc::setsid();
        orphans::unmark();
        libc::dup2(pipe, 0);
        close_above(0);
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_NAME, c"apool-guardian".as_ptr());
        let mut byte = 0u8;
        while libc::read(0, (&raw mut byte).cast(), 1) == -1 && super::last_errno() == libc::EINTR {}
        let used = list.used.load(Ordering::Acquire).min(PLACES);
        for group in &list.groups[..used] {
            super::signals::kill_group(group.load(Ordering::Acquire), libc::SIGKILL);
        }
        orphans::kill(&list.marks[..used]);
        libc::_exit(0)
    }
}

/// Closes every descriptor above this one, so that nobody waits for the end of a pipe because of us.
///
/// # Safety
///
/// Nothing may use those descriptors afterwards.
unsafe fn close_above(last: i32) {
    #[cfg(target_os = "linux")]
    {
        let first = (last + 1).cast_unsigned();
        // SAFETY: a system call on plain numbers; the caller answers for the descriptors.
        if unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) } == 0 {
            return;
        }
    }
    for fd in last + 1..1024 {
        // SAFETY: as above.
        unsafe { libc::close(fd) };
    }
}
