//! The signals thread: what the kernel tells us becomes messages to the conductor.
//!
//! Handlers and a pipe, never a blocked mask: children would inherit the mask. A signal that was ignored when we
//! were started stays ignored (`nohup`, `&` in a script).

use crate::sys::fault;
use crate::sys::signal_handler::SignalPipe;
use crate::sys::signals::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SignalSet};
use crossbeam_channel::{Receiver, unbounded};

/// A running signals thread. It ends with the process: to wake it for that would only keep the process from ending.
#[derive(Debug)]
pub struct SignalThread {
    /// Signal numbers, as they come.
    pub received: Receiver<i32>,
}

impl SignalThread {
    /// Starts to listen.
    pub fn start(ignored: SignalSet) -> std::io::Result<SignalThread> {
        let ends = SignalSet::of(&[SIGINT, SIGTERM, SIGHUP, SIGQUIT]).without(ignored);
        let others = SignalSet::of(&[SIGTSTP, SIGCONT, SIGUSR1, SIGUSR2]);
        let signal_handler = SignalPipe::listen(ends.union(others))?;
        let (to, received) = unbounded();
        fault::spawn(std::thread::Builder::new().name("signals".into()).stack_size(128 * 1024), move || {
            while let Ok(signals) = signal_handler.wait() {
                for signal in signals {
                    if to.send(signal).is_err() {
                        return;
                    }
                }
            }
        })?;
        Ok(SignalThread { received })
    }
}
