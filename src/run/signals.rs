//! The signals thread: what the kernel tells us becomes messages to the conductor.
//!
//! Handlers and a self-pipe, never a blocked mask: children would inherit the mask. A signal that was ignored when we
//! were started stays ignored (`nohup`, `&` in a script).

use crate::sys::fault;
use crate::sys::signals::SignalSet;
use crossbeam_channel::{Receiver, unbounded};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;

/// A running signals thread. It ends with the process: to wake it for that would only keep the process from ending.
#[derive(Debug)]
pub struct SignalThread {
    /// Signal numbers, as they come.
    pub received: Receiver<i32>,
}

impl SignalThread {
    /// Starts to listen.
    pub fn start(ignored: SignalSet) -> std::io::Result<SignalThread> {
        let ends = [SIGINT, SIGTERM, SIGHUP, SIGQUIT].into_iter().filter(|&s| !ignored.contains(s));
        let others = [SIGTSTP, SIGCONT, SIGUSR1, SIGUSR2];
        let mut signals = Signals::new(ends.chain(others))?;
        let (to, received) = unbounded();
        fault::spawn(std::thread::Builder::new().name("signals".into()).stack_size(128 * 1024), move || {
            for signal in signals.forever() {
                if to.send(signal).is_err() {
                    break;
                }
            }
        })?;
        Ok(SignalThread { received })
    }
}
