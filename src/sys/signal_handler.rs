//! Passes signals to a thread that reads them one after the other.
//!
//! A handler may do very little, so it writes the number of the signal into a pipe. Signals are not masked, because
//! children would inherit the mask. A run listens once, so there is no list of handlers.

use super::signals::SignalSet;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{IntoRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

/// The write end of the pipe. Never closed, because a handler may be about to write.
static WRITE_END: AtomicI32 = AtomicI32::new(-1);

/// Received signals.
#[derive(Debug)]
pub struct SignalPipe(OwnedFd);

impl SignalPipe {
    /// Receives the signals of this set from now on. An earlier pipe receives nothing more.
    pub fn listen(signals: SignalSet) -> io::Result<SignalPipe> {
        let (from, into) = super::events::pipe().map_err(io::Error::from_raw_os_error)?;
        // When the pipe is full, the loss of a signal is harmless. A handler that waits is not.
        rustix::io::ioctl_fionbio(&into, true)?;
        WRITE_END.store(into.into_raw_fd(), Ordering::SeqCst);
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: all zeroes are valid for sigaction, and mean an empty mask; the handler only writes into a
        // descriptor.
        unsafe {
            let handler: extern "C" fn(libc::c_int) = handle;
            (*action.as_mut_ptr()).sa_sigaction = handler as libc::sighandler_t;
            (*action.as_mut_ptr()).sa_flags = libc::SA_RESTART;
            for signal in signals.iter() {
                if libc::sigaction(signal, action.as_ptr(), std::ptr::null_mut()) != 0 {
                    return Err(io::Error::last_os_error());
                }
            }
        }
        Ok(SignalPipe(from))
    }

    /// Waits for signals. A signal that came several times is returned once, as the kernel does.
    pub fn wait(&self) -> io::Result<impl Iterator<Item = i32>> {
        let mut received = [0; 64];
        let count = loop {
            match rustix::io::read(&self.0, &mut received) {
                Err(rustix::io::Errno::INTR) => {}
                read => break read?,
            }
        };
        let mut seen = SignalSet::default();
        Ok(received.into_iter().take(count).map(i32::from).filter(move |&signal| {
            let known = seen.contains(signal);
            seen = seen.with(signal);
            !known
        }))
    }
}

extern "C" fn handle(signal: libc::c_int) {
    let errno = errno();
    // SAFETY: the error number of the calling thread, which the interrupted code may read next.
    let before = unsafe { *errno };
    let byte = signal as u8;
    // SAFETY: one byte from a live local, by a call that is allowed in a handler.
    unsafe { libc::write(WRITE_END.load(Ordering::SeqCst), (&raw const byte).cast(), 1) };
    // SAFETY: as above.
    unsafe { *errno = before };
}

fn errno() -> *mut libc::c_int {
    // SAFETY: these return a pointer that is valid as long as the thread lives.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return unsafe { libc::__errno_location() };
    // SAFETY: as above.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    return unsafe { libc::__error() };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::signals::{SIGWINCH, kill_one};

    #[test]
    fn signals_are_read_once_and_in_order() {
        const OTHER: i32 = libc::SIGURG;
        let signal_pipe = SignalPipe::listen(SignalSet::of(&[SIGWINCH, OTHER])).unwrap();
        for signal in [SIGWINCH, OTHER, SIGWINCH] {
            // To this thread, because another thread might take the signal later.
            // SAFETY: raise takes no pointer.
            unsafe { libc::raise(signal) };
        }
        assert_eq!(signal_pipe.wait().unwrap().collect::<Vec<_>>(), [SIGWINCH, OTHER]);
        kill_one(std::process::id().cast_signed(), OTHER);
        assert_eq!(signal_pipe.wait().unwrap().collect::<Vec<_>>(), [OTHER]);
        for signal in [SIGWINCH, OTHER] {
            crate::sys::signals::set_default(signal);
        }
    }
}
