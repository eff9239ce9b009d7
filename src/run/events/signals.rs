//! The signals thread: it turns signals into messages to the conductor.
//!
//! It uses handlers and a pipe. Children would inherit a mask of blocked signals. A signal that was ignored at the
//! start of this process stays ignored (`nohup`, `&` in a script).

use crate::sys::fault;
use crate::sys::signal_handler::SignalPipe;
use crate::sys::signals::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SignalSet};
use crossbeam_channel::{Receiver, unbounded};

/// The running signals thread. It ends with the process.
#[derive(Debug)]
pub struct SignalThread {
    /// The numbers of the signals, in their order.
    pub received: Receiver<i32>,
}

impl SignalThread {
    /// Starts the thread. `ignored`: the signals that stay ignored.
    pub fn start(ignored: SignalSet) -> std::io::Result<SignalThread> {
        let ends = SignalSet::of(&[SIGINT, SIGTERM, SIGHUP, SIGQUIT]).without(ignored);
        let others = SignalSet::of(&[SIGTSTP, SIGCONT, SIGUSR1, SIGUSR2]);
        let signal_handler = SignalPipe::listen(ends.union(others))?;
        let (tx, received) = unbounded();
        fault::spawn(std::thread::Builder::new().name("signals".into()).stack_size(128 * 1024), move || {
            while let Ok(signals) = signal_handler.wait() {
                for signal in signals {
                    if tx.send(signal).is_err() {
                        return;
                    }
                }
            }
        })?;
        Ok(SignalThread { received })
    }
}
