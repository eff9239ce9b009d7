//! Starts a process on Linux with `clone(CLONE_VM | CLONE_PIDFD)` on a stack of its own.
//!
//! The standard library offers no pidfd, no parent-death signal, no separate descriptor limit and no reset of ignored
//! signals, except with `fork`. `fork` copies page tables and is many times slower once memory is in use. `posix_spawn`
//! of musl takes a lock, so that threads wait for each other's exec.
//!
//! The child uses the memory of apool until it executes its program. The calling thread waits meanwhile. The child only
//! makes system calls, on strings and structures that were made before. It reports an error by writing to memory.
//!
//! The child is in the process group of apool until it has made its own. A signal to that group (Ctrl-C, Ctrl-Z) is not
//! for the job. All signals are blocked, so it stays pending in the child, which discards it. `SIGSTOP` cannot be
//! blocked. It stops the child and apool, and a continue of the group continues both. The wait for the child can be
//! interrupted by a stop. With `CLONE_VFORK` the thread could not stop while the child is stopped, and the parent of
//! apool would not see the stop.

use super::fault::{self, Call};
pub use super::request::{Child, Command, Settings, SpawnError, Stage};
use super::signals::{self, AllBlocked, SIGCONT};
pub use super::strings::Strings;
use rustix::thread::futex::{self, Timespec};
use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// The data that the child reads and writes.
struct Plan<'a> {
    command: &'a Command<'a>,
    parent: i32,
    default: libc::sigaction,
    ignore: libc::sigaction,
    empty: libc::sigset_t,
    failed_stage: AtomicI32,
    failed_errno: AtomicI32,
    /// Not 0 while the child uses this memory. The kernel clears it.
    in_use: AtomicU32,
}

const STACK_SIZE: usize = 64 * 1024;
const GUARD_SIZE: usize = 4096 * 4;
/// After this time the child may be stopped, after a continue of apool alone.
const WAIT_STEP: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// Whether the kernel clears [`Plan::in_use`] when a child executes its program, as Linux does. Some sandboxes only do
/// so when the child ends. The first start uses `CLONE_VFORK` and checks it. Later starts rely on the result.
static EXEC_CLEARS: AtomicU8 = AtomicU8::new(UNKNOWN);
static FIRST_START: Mutex<()> = Mutex::new(());
const UNKNOWN: u8 = 0;
const CLEARS: u8 = 1;
const KEEPS: u8 = 2;

thread_local! {
    /// Kept for the next start on this thread. Only used pages take memory.
    static CHILD_STACK: RefCell<Option<Stack>> = const { RefCell::new(None) };
}

/// Starts a process. Returns when the process has executed its program or has failed to. Blocks only the calling
/// thread. The process is killed when the calling thread ends, so that thread must wait for it.
pub fn spawn(command: &Command<'_>) -> Result<Child, SpawnError> {
    fault::check(Call::Start)
        .map_err(|e| SpawnError { stage: Stage::Fork, errno: e.raw_os_error().unwrap_or(0) })?;
    CHILD_STACK.with_borrow_mut(|stack| {
        let stack = match stack {
            Some(stack) => stack,
            empty => empty.insert(Stack::new().map_err(|errno| SpawnError { stage: Stage::Fork, errno })?),
        };
        spawn_on(stack, command)
    })
}

fn spawn_on(stack: &Stack, command: &Command<'_>) -> Result<Child, SpawnError> {
    // SAFETY: sigaction and sigset_t are plain data for which all zeroes are valid. They mean: default action, no
    // flags, nothing blocked.
    let (default, empty): (libc::sigaction, libc::sigset_t) =
        unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
    let mut ignore = default;
    ignore.sa_sigaction = libc::SIG_IGN;
    let plan = Plan {
        command,
        parent: std::process::id().cast_signed(),
        default,
        ignore,
        empty,
        failed_stage: AtomicI32::new(0),
        failed_errno: AtomicI32::new(0),
        in_use: AtomicU32::new(0),
    };
    let mut pidfd: c_int = -1;
    let pid = {
        // A signal handler in the child would change the memory of apool.
        let _blocked = AllBlocked::new();
        let first = clone_child(stack, &plan, libc::CLONE_PIDFD, &raw mut pidfd);
        match first {
            // An old kernel or a sandbox without `CLONE_PIDFD`.
            Err(libc::EINVAL) => clone_child(stack, &plan, 0, &raw mut pidfd),
            other => other,
        }
    };
    let pid = pid.map_err(|errno| SpawnError { stage: Stage::Fork, errno })?;
    let pidfd = if pidfd >= 0 {
        // SAFETY: the kernel has just made this descriptor, and no other code knows it.
        Some(unsafe { OwnedFd::from_raw_fd(pidfd) })
    } else {
        super::wait::pidfd(pid)
    };
    let stage = match plan.failed_stage.load(Ordering::Relaxed) {
        0 => return Ok(Child { pid, pidfd }),
        1 => Stage::Descriptors,
        2 => Stage::Directory,
        _ => Stage::Exec,
    };
    // The child has reported its error and ended.
    let _ = super::wait::reap(pid, true);
    Err(SpawnError { stage, errno: plan.failed_errno.load(Ordering::Relaxed) })
}

/// Returns when the child no longer uses this memory.
fn clone_child(stack: &Stack, plan: &Plan<'_>, extra: c_int, pidfd: *mut c_int) -> Result<i32, i32> {
    let unknown = || EXEC_CLEARS.load(Ordering::Relaxed) == UNKNOWN;
    let first =
        unknown().then(|| FIRST_START.lock().unwrap_or_else(PoisonError::into_inner)).filter(|_| unknown());
    let exec_clears = EXEC_CLEARS.load(Ordering::Relaxed) == CLEARS;
    let vfork = if exec_clears { 0 } else { libc::CLONE_VFORK };
    let flags = libc::CLONE_VM | libc::CLONE_CHILD_CLEARTID | libc::SIGCHLD | vfork | extra;
    plan.in_use.store(1, Ordering::Relaxed);
    let argument = ptr::from_ref(plan).cast_mut().cast::<c_void>();
    let no_tls = ptr::null_mut::<c_void>();
    // SAFETY: the stack is private to this thread, large enough, aligned, and grows down from its top. This thread, and
    // so `plan` and all it points to, stays in place until the child no longer uses this memory: by CLONE_VFORK, or by
    // the wait below. The child only makes system calls. `pidfd` is a live local of the caller.
    let pid =
        unsafe { libc::clone(child_main, stack.top(), flags, argument, pidfd, no_tls, plan.in_use.as_ptr()) };
    if pid < 0 {
        return Err(super::last_errno());
    }
    if exec_clears {
        wait_until_unused(plan, pid);
    } else if first.is_some() {
        let clears = plan.in_use.load(Ordering::Acquire) == 0;
        EXEC_CLEARS.store(if clears { CLEARS } else { KEEPS }, Ordering::Relaxed);
    }
    Ok(pid)
}

/// Waits until the child has executed its program or has ended. Must not change the error number of libc, which the
/// child shares.
fn wait_until_unused(plan: &Plan<'_>, pid: i32) {
    while plan.in_use.load(Ordering::Acquire) != 0 {
        // Not a private futex: the kernel wakes the other kind.
        let waited = futex::wait(&plan.in_use, futex::Flags::empty(), 1, Some(&WAIT_STEP));
        if waited == Err(rustix::io::Errno::TIMEDOUT) {
            // Has no effect on a child that runs and is only slow.
            signals::kill_one(pid, SIGCONT);
        }
    }
}

extern "C" fn child_main(argument: *mut c_void) -> c_int {
    // SAFETY: the parent passes a pointer to a Plan and keeps it alive until the exec or the end of the child.
    let plan = unsafe { &*argument.cast_const().cast::<Plan<'_>>() };
    let stage = run_child(plan);
    plan.failed_errno.store(super::last_errno(), Ordering::Relaxed);
    plan.failed_stage.store(stage, Ordering::Relaxed);
    // SAFETY: ends this process at once, without running code of the parent.
    unsafe { libc::_exit(127) }
}

/// The code of the child before the exec. Returns only when a step failed, with its number. It must not allocate, lock
/// or panic.
fn run_child(plan: &Plan<'_>) -> c_int {
    let command = plan.command;
    let settings = command.settings;
    fault::pause_start();
    // SAFETY: only system calls that are safe after a vfork; every pointer is into `plan` or into strings it keeps.
    unsafe {
        // First, so that few signals can come before. Signals to the old group do not reach the child afterwards.
        libc::setpgid(0, 0);
        if let Some(terminal) = command.terminal {
            // The signals are blocked, so SIGTTOU does not stop the child.
            let group = libc::getpid();
            libc::ioctl(terminal, libc::TIOCSPGRP, &raw const group);
        }
        for signal in signals::pending().iter() {
            // Ignoring a pending signal discards it.
            libc::sigaction(signal, &raw const plan.ignore, ptr::null_mut());
            libc::sigaction(signal, &raw const plan.default, ptr::null_mut());
        }
        for signal in settings.reset.iter() {
            libc::sigaction(signal, &raw const plan.default, ptr::null_mut());
        }
        for signal in settings.ignore.iter() {
            libc::sigaction(signal, &raw const plan.ignore, ptr::null_mut());
        }
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0);
        if libc::getppid() != plan.parent {
            // The parent ended before the signal was set.
            libc::_exit(127);
        }
        for (target, &source) in (0..).zip(&command.stdio) {
            let done = if source == target {
                libc::fcntl(target, libc::F_SETFD, 0)
            } else {
                libc::dup2(source, target)
            };
            if done < 0 {
                return 1;
            }
        }
        // Other descriptors need no work: those of apool are close-on-exec, and inherited ones are for the jobs too.
        if let Some(limit) = settings.descriptors {
            let value = |v: Option<u64>| v.map_or(libc::RLIM_INFINITY, |v| v as libc::rlim_t);
            let limit = libc::rlimit { rlim_cur: value(limit.soft), rlim_max: value(limit.hard) };
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
        if let Some(niceness) = settings.nice {
            libc::setpriority(libc::PRIO_PROCESS, 0, niceness);
        }
        if let Some(directory) = command.cwd
            && libc::chdir(directory.as_ptr()) != 0
        {
            return 2;
        }
        libc::sigprocmask(libc::SIG_SETMASK, &raw const plan.empty, ptr::null_mut());
        libc::execve(command.program.as_ptr(), command.argv.as_ptr(), command.env.as_ptr());
    }
    3
}

/// The stack of a child. Accesses to the pages below it fault.
struct Stack(*mut c_void);

impl Stack {
    fn new() -> Result<Stack, i32> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK | libc::MAP_NORESERVE;
        // SAFETY: a new anonymous mapping at an address that the kernel chooses.
        let base = unsafe { libc::mmap(ptr::null_mut(), STACK_SIZE + GUARD_SIZE, protection, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return Err(super::last_errno());
        }
        let stack = Stack(base);
        // SAFETY: the first pages of the new mapping, which nothing uses yet.
        if unsafe { libc::mprotect(base, GUARD_SIZE, libc::PROT_NONE) } != 0 {
            return Err(super::last_errno());
        }
        Ok(stack)
    }

    /// The end of the memory, where the stack begins. Page-aligned.
    fn top(&self) -> *mut c_void {
        // SAFETY: one past the end of the mapping.
        unsafe { self.0.byte_add(STACK_SIZE + GUARD_SIZE) }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: the whole mapping, which no child uses any more.
        unsafe { libc::munmap(self.0, STACK_SIZE + GUARD_SIZE) };
    }
}

impl From<SpawnError> for io::Error {
    fn from(error: SpawnError) -> io::Error {
        io::Error::from_raw_os_error(error.errno)
    }
}
