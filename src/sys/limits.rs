//! The limits of this process: descriptors, processes, the length of a command line, CPUs, memory.

use rustix::process::{Resource, Rlimit};

/// A limit. `None` is unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The limit in force.
    pub soft: Option<u64>,
    /// The most to which `soft` can be raised.
    pub hard: Option<u64>,
}

/// The limit of open descriptors.
pub fn descriptors() -> Limit {
    get(Resource::Nofile)
}

/// The limit of processes and threads of this user.
pub fn processes() -> Limit {
    get(Resource::Nproc)
}

/// Raises the soft limit of descriptors to `wanted`, or to the hard limit when that is lower. Returns the old limit
/// when it was changed. Jobs must get the old limit, because some programs misbehave with a high one.
pub fn raise_descriptors(wanted: u64) -> Option<Limit> {
    let before = descriptors();
    let target = before.hard.map_or(wanted, |hard| hard.min(wanted));
    if before.soft.is_none_or(|soft| soft >= target) {
        return None;
    }
    let new = Rlimit { current: Some(target), maximum: before.hard };
    rustix::process::setrlimit(Resource::Nofile, new).ok().map(|()| before)
}

/// The largest size of arguments and environment of one command, in bytes: strings, NULs and pointers.
#[cfg(target_os = "linux")]
pub fn command_line() -> usize {
    // `sysconf` has no upper bound in some C libraries, and returns only the minimum in others.
    command_line_on(get(Resource::Stack).soft)
}

/// The largest size of arguments and environment of one command, in bytes.
#[cfg(not(target_os = "linux"))]
pub fn command_line() -> usize {
    // SAFETY: sysconf takes no pointer.
    let limit = unsafe { libc::sysconf(libc::_SC_ARG_MAX) };
    usize::try_from(limit).unwrap_or(COMMAND_LINE_MIN).clamp(4096, COMMAND_LINE_MAX)
}

/// The minimum on Linux, for any stack size.
const COMMAND_LINE_MIN: usize = 128 * 1024;
/// The maximum on Linux: three quarters of the usual stack.
const COMMAND_LINE_MAX: usize = 6 * 1024 * 1024;

/// Linux allows a quarter of the stack, and 128 KiB on a smaller stack. The arguments are on that stack, so half of it
/// is left to the program.
#[cfg(any(target_os = "linux", test))]
fn command_line_on(stack: Option<u64>) -> usize {
    let stack = stack.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
    (stack / 4).clamp(COMMAND_LINE_MIN.min(stack / 2), COMMAND_LINE_MAX)
}

/// The number of CPUs to which this process is bound. `None` on machines with more than 1,024.
pub fn cpus() -> Option<usize> {
    #[cfg(target_os = "linux")]
    return rustix::thread::sched_getaffinity(None).ok().and_then(|cpus| usize::try_from(cpus.count()).ok());
    #[cfg(not(target_os = "linux"))]
    None
}

/// Limits the arenas of the allocator. By default each of the first threads, about eight for each core, reserves 64 MiB
/// of addresses and uses a page or two. No more threads than cores allocate at the same time. With limited addresses
/// (`ulimit -v`) there would be none left for the other threads. Call it before any thread starts.
pub fn spare_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let cores = cpus().map_or(16, |cpus| cpus.clamp(2, 1024));
        let arenas = if get(Resource::As).soft.is_some() { 1 } else { cores as i32 };
        // SAFETY: plain numbers; an error changes nothing.
        unsafe { libc::mallopt(libc::M_ARENA_MAX, arenas) };
    }
}

fn get(resource: Resource) -> Limit {
    let limit = rustix::process::getrlimit(resource);
    Limit { soft: limit.current, hard: limit.maximum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_takes_a_quarter_of_the_stack_within_bounds() {
        const KIB: usize = 1024;
        for (stack_kib, room_kib) in
            [(8192, 2048), (1024, 256), (512, 128), (300, 128), (256, 128), (100, 50)]
        {
            assert_eq!(command_line_on(Some(stack_kib * 1024)), room_kib * KIB, "{stack_kib}");
        }
        assert_eq!(command_line_on(None), 6144 * KIB);
        assert_eq!(command_line_on(Some(u64::MAX)), 6144 * KIB);
        assert_eq!(command_line_on(Some(0)), 0);
    }
}
