//! A second process that outlives us by a moment: when we are killed without a word (`kill -9`, out of memory), it kills
//! the process groups that were on our list, and what has left those groups but carries the variables of their jobs.
//!
//! The kernel kills the first process of each job with us ([`super::spawn`]), but not what that has started. The guardian
//! sleeps in a read from a pipe whose other end only we hold; the list is memory that both share. It holds no other
//! descriptor (not the joblog's lock either), has a session of its own and blocks all signals, so that nothing meant for
//! us ends it first.

mod strays;

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};
use strays::Mark;

/// How many groups it can watch. More jobs than that run at once only on purpose; the rest is not watched.
const PLACES: usize = 4096;
const BYTES: usize = size_of::<List>();

/// What both processes see.
#[derive(Debug)]
struct List {
    groups: [AtomicI32; PLACES],
    marks: [Mark; PLACES],
}

/// The guardian of this process: a list, and the process that reads it once it [stands](Guardian::stand).
#[derive(Debug)]
pub struct Guardian {
    list: &'static List,
    process: OnceLock<io::Result<Standing>>,
}

#[derive(Debug)]
struct Standing {
    pid: i32,
    /// Its closing is the message.
    alive: Option<OwnedFd>,
}

impl Guardian {
    /// Begins the list; nobody reads it yet.
    pub fn new() -> io::Result<Guardian> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        // SAFETY: a new anonymous mapping at a place of the kernel's choice.
        let memory = unsafe { libc::mmap(std::ptr::null_mut(), BYTES, protection, flags, -1, 0) };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: page-aligned, large enough, never unmapped, and zeroed, which is valid for integers.
        let list = unsafe { &*memory.cast::<List>() };
        Ok(Guardian { list, process: OnceLock::new() })
    }

    /// It was told to [`stand`](Guardian::stand).
    pub fn stands(&self) -> bool {
        self.process.get().is_some()
    }

    /// Starts the process; what is on the list already counts. Only the first call does anything. Until it returns, a
    /// `kill -9` takes only the first process of each job with it.
    pub fn stand(&self) {
        // Better to run without one than not at all.
        self.process.get_or_init(|| self.fork());
    }

    fn fork(&self) -> io::Result<Standing> {
        let pipe = || super::events::pipe().map_err(io::Error::from_raw_os_error);
        let ((read, alive), (closed, open)) = (pipe()?, pipe()?);
        // SAFETY: the child only makes system calls until it ends.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => watch(read.as_raw_fd(), self.list),
            pid => {
                // Its copies of our descriptors are closed, the lock of the joblog too: otherwise a run that begins right after
                // this one could find the joblog in use.
                drop(open);
                let _ = super::io::read(&closed, &mut [0]);
                Ok(Standing { pid, alive: Some(alive) })
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
        for (at, mark) in mark.iter().enumerate() {
            let hash = variables.get(at).map_or(0, |variable| strays::hash(variable.as_bytes()));
            mark.store(hash, Ordering::Release);
        }
        entry.store(group, Ordering::Release);
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.alive = None;
        let _ = super::wait::reap(self.pid, true);
    }
}

/// The guardian's whole life. Only system calls: other threads of our process may have held locks when it was copied.
fn watch(pipe: i32, list: &List) -> ! {
    // SAFETY: system calls on plain numbers and on live locals.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const all, std::ptr::null_mut());
        libc::setsid();
        libc::dup2(pipe, 0);
        close_above(0);
        #[cfg(target_os = "linux")]
        libc::prctl(libc::PR_SET_NAME, c"apool-guardian".as_ptr());
        let mut byte = 0u8;
        while libc::read(0, (&raw mut byte).cast(), 1) == -1 && super::last_errno() == libc::EINTR {}
        for group in &list.groups {
            super::signals::kill_group(group.load(Ordering::Acquire), libc::SIGKILL);
        }
        strays::kill(&list.marks);
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
