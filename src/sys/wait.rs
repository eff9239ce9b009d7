//! Waits for children: reaps them with their resource usage, or checks their state without a reap.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It exited with this status.
    Exited(i32),
    /// This signal ended it.
    Signaled(i32),
}

/// A reaped process.
#[derive(Clone, Copy, Debug)]
pub struct Reaped {
    /// How it ended.
    pub status: Status,
    /// CPU time in user mode, including reaped descendants.
    pub user: Duration,
    /// CPU time in the kernel, including reaped descendants.
    pub system: Duration,
    /// Peak resident memory of the largest process in the tree, in bytes. At least that of the parent at the start,
    /// because parent and child share memory until the exec.
    pub max_rss: u64,
}

/// Reaps the child. `Ok(None)` when it has not ended. With `block` it waits for the end.
pub fn reap(pid: i32, block: bool) -> io::Result<Option<Reaped>> {
    let mut status = 0;
    // SAFETY: rusage is plain data for which all zeroes are valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        let options = if block { 0 } else { libc::WNOHANG };
        // SAFETY: both pointers are to live locals of the right type.
        let got = unsafe { libc::wait4(pid, &raw mut status, options, &raw mut usage) };
        match got {
            0 => return Ok(None),
            -1 if super::last_errno() == libc::EINTR => {}
            -1 => return Err(io::Error::last_os_error()),
            _ => break,
        }
    }
    let status = if libc::WIFSIGNALED(status) {
        Status::Signaled(libc::WTERMSIG(status))
    } else {
        Status::Exited(libc::WEXITSTATUS(status))
    };
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let max_rss = u64::try_from(usage.ru_maxrss).unwrap_or(0) * unit;
    Ok(Some(Reaped { status, user: duration(usage.ru_utime), system: duration(usage.ru_stime), max_rss }))
}

/// Whether the child has ended and is not reaped.
pub fn has_ended(pid: i32) -> bool {
    wait_id(libc::P_PID, pid, libc::WEXITED).is_some()
}

/// How the child ended. `None` when it has not ended or is reaped.
pub fn status(pid: i32) -> Option<Status> {
    let info = wait_id(libc::P_PID, pid, libc::WEXITED)?;
    // SAFETY: waitid filled it in for a child, so the status member is the one in use.
    let status = unsafe { info.si_status() };
    Some(if info.si_code == libc::CLD_EXITED { Status::Exited(status) } else { Status::Signaled(status) })
}

/// The signal that has stopped the child. `None` when it is not stopped.
pub fn stopped_by(pid: i32) -> Option<i32> {
    let info = wait_id(libc::P_PID, pid, libc::WSTOPPED)?;
    // SAFETY: waitid filled it in for a child, so the status member is the one in use.
    (info.si_code == libc::CLD_STOPPED).then(|| unsafe { info.si_status() })
}

/// An ended child of the calling thread, not reaped. Linux gives orphans to the main thread. A call there finds orphans
/// and not the children that other threads started. Elsewhere there are no orphans: `None`.
pub fn ended_child_of_this_thread() -> Option<i32> {
    #[cfg(target_os = "linux")]
    {
        let info = wait_id(libc::P_ALL, 0, libc::WEXITED | libc::__WNOTHREAD)?;
        // SAFETY: waitid filled it in for a child, so the pid member is the one in use.
        Some(unsafe { info.si_pid() })
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Reaps a child that [`ended_child_of_this_thread`] returned.
pub fn reap_child_of_this_thread(pid: i32) {
    #[cfg(target_os = "linux")]
    let only_mine = libc::__WNOTHREAD;
    #[cfg(not(target_os = "linux"))]
    let only_mine = 0;
    // SAFETY: a null status is allowed.
    unsafe { libc::waitpid(pid, std::ptr::null_mut(), libc::WNOHANG | only_mine) };
}

/// Reaps the process of the descriptor, if it has ended and is a child.
pub fn reap_pidfd(pidfd: BorrowedFd<'_>) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        let _ = waitid(WaitId::PidFd(pidfd), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = pidfd;
}

/// Makes orphaned descendants children of this process, so that a kill can find and reap them.
pub fn become_subreaper() -> bool {
    #[cfg(target_os = "linux")]
    return rustix::process::set_child_subreaper(Some(rustix::process::getpid())).is_ok();
    #[cfg(not(target_os = "linux"))]
    false
}

/// A descriptor of a process that becomes readable when it ends.
pub fn pidfd(pid: i32) -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    {
        let pid = rustix::process::Pid::from_raw(pid)?;
        rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = pid;
        None
    }
}

/// Sends a signal to the process of the descriptor.
pub fn signal_pidfd(pidfd: BorrowedFd<'_>, signal: i32) {
    #[cfg(target_os = "linux")]
    if let Some(signal) = rustix::process::Signal::from_named_raw(signal) {
        let _ = rustix::process::pidfd_send_signal(pidfd, signal);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (pidfd, signal);
}

fn wait_id(what: libc::idtype_t, id: i32, options: i32) -> Option<libc::siginfo_t> {
    // SAFETY: siginfo_t is plain data for which all zeroes are valid.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let options = options | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: the pointer is to a live local of the right type.
    let ok = unsafe { libc::waitid(what, id as libc::id_t, &raw mut info, options) } == 0;
    // Without a result the structure stays zeroed.
    // SAFETY: si_pid is valid for the answers of waitid, and zero in a zeroed structure.
    (ok && unsafe { info.si_pid() } != 0).then_some(info)
}

fn duration(time: libc::timeval) -> Duration {
    let micros = u32::try_from(time.tv_usec).unwrap_or(0);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), micros * 1000)
}
