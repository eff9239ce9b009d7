//! A second process that outlives us by a moment: when we are killed without a word (`kill -9`, out of memory), it kills
//! the process groups that were on our list.
//!
//! The kernel kills the first process of each job with us ([`super::spawn`]), but not what that has started. The guardian
//! sleeps in a read from a pipe whose other end only we hold; the list is memory that both share. It holds no other
//! descriptor, has a session of its own and blocks all signals, so that nothing meant for us ends it first.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

/// How many groups it can watch. More jobs than that run at once only on purpose; the rest is not watched.
const PLACES: usize = 4096;
const BYTES: usize = PLACES * size_of::<AtomicI32>();

/// The guardian of this process.
#[derive(Debug)]
pub struct Guardian {
    groups: &'static [AtomicI32],
    pid: i32,
    /// Its closing is the message.
    alive: Option<OwnedFd>,
}

impl Guardian {
    /// Starts it.
    pub fn start() -> io::Result<Guardian> {
        let (read, alive) = super::events::pipe().map_err(io::Error::from_raw_os_error)?;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        // SAFETY: a new anonymous mapping at a place of the kernel's choice.
        let memory = unsafe { libc::mmap(std::ptr::null_mut(), BYTES, protection, flags, -1, 0) };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: page-aligned, zeroed, large enough for so many integers, and never unmapped.
        let groups = unsafe { std::slice::from_raw_parts(memory.cast::<AtomicI32>(), PLACES) };
        // SAFETY: the child only makes system calls until it ends.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => watch(read.as_raw_fd(), groups),
            pid => Ok(Guardian { groups, pid, alive: Some(alive) }),
        }
    }

    /// This group is to die with us.
    pub fn hold(&self, place: usize, group: i32) {
        if let Some(entry) = self.groups.get(place) {
            entry.store(group, Ordering::Release);
        }
    }

    /// The group of this place is not ours any more.
    pub fn release(&self, place: usize) {
        self.hold(place, 0);
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        self.alive = None;
        let _ = super::wait::reap(self.pid, true);
    }
}

/// The guardian's whole life. Only system calls: other threads of our process may have held locks when it was copied.
fn watch(pipe: i32, groups: &[AtomicI32]) -> ! {
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
        for group in groups {
            super::signals::kill_group(group.load(Ordering::Acquire), libc::SIGKILL);
        }
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
