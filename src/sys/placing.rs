//! The CPUs and the I/O priority of the calling thread. Processes that it starts inherit both.

use std::io;

/// Binds the calling thread to these CPUs.
#[cfg(target_os = "linux")]
pub fn bind(cpus: &[u32]) -> io::Result<()> {
    let mut set = rustix::thread::CpuSet::new();
    for &cpu in cpus.iter().filter(|&&cpu| (cpu as usize) < rustix::thread::CpuSet::MAX_CPU) {
        set.set(cpu as usize);
    }
    Ok(rustix::thread::sched_setaffinity(None, &set)?)
}

/// Not supported here.
#[cfg(not(target_os = "linux"))]
pub fn bind(_cpus: &[u32]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Sets the I/O class (1 real time, 2 best effort, 3 idle) and the level (0 to 7, 0 is the highest) of the calling
/// thread.
#[cfg(target_os = "linux")]
pub fn io_priority(class: u32, level: u32) -> io::Result<()> {
    const WHO_PROCESS: libc::c_long = 1;
    const CLASS_SHIFT: u32 = 13;
    let priority = libc::c_long::from((class << CLASS_SHIFT) | level);
    // SAFETY: the call takes three numbers and touches no memory; 0 is the calling thread.
    let done = unsafe { libc::syscall(libc::SYS_ioprio_set, WHO_PROCESS, 0 as libc::c_long, priority) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Not supported here.
#[cfg(not(target_os = "linux"))]
pub fn io_priority(_class: u32, _level: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether started processes may have this niceness. Tried on a temporary thread, because it belongs to the thread.
#[cfg(target_os = "linux")]
pub fn try_niceness(niceness: i32) -> io::Result<()> {
    on_a_thread(move || Ok(rustix::process::setpriority_process(None, niceness)?))
}

/// Whether started processes may have this niceness. Only root may lower it.
#[cfg(not(target_os = "linux"))]
pub fn try_niceness(niceness: i32) -> io::Result<()> {
    let own = rustix::process::getpriority_process(None)?;
    let allowed = niceness >= own || rustix::process::geteuid().is_root();
    if allowed { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// Whether started processes may have this I/O class and level.
pub fn try_io_priority(class: u32, level: u32) -> io::Result<()> {
    on_a_thread(move || io_priority(class, level))
}

fn on_a_thread(call: impl FnOnce() -> io::Result<()> + Send) -> io::Result<()> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().spawn_scoped(scope, call)?;
        thread.join().unwrap_or(Ok(()))
    })
}
