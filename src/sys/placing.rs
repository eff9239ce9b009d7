//! Where the calling thread runs and with which I/O priority. Processes that it starts inherit both.

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

/// Binds the calling thread to these CPUs.
#[cfg(not(target_os = "linux"))]
pub fn bind(_cpus: &[u32]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Gives the calling thread an I/O class (1 real time, 2 best effort, 3 idle) and a level (0 to 7, lower first).
#[cfg(target_os = "linux")]
pub fn io_priority(class: u32, level: u32) -> io::Result<()> {
    const WHO_PROCESS: libc::c_long = 1;
    const CLASS_SHIFT: u32 = 13;
    let priority = libc::c_long::from((class << CLASS_SHIFT) | level);
    // SAFETY: the call takes three numbers and touches no memory of ours; 0 is the calling thread.
    let done = unsafe { libc::syscall(libc::SYS_ioprio_set, WHO_PROCESS, 0 as libc::c_long, priority) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Gives the calling thread an I/O class and a level.
#[cfg(not(target_os = "linux"))]
pub fn io_priority(_class: u32, _level: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
