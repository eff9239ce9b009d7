//! The meaning of a signal for a run. Pure.

use crate::sys::signals::{SIGCONT, SIGTSTP, SIGUSR1, SIGUSR2};

/// The meaning of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalEvent {
    /// Stop the jobs and this process until it is continued (Ctrl-Z).
    Suspend,
    /// Nothing: the process was continued.
    Continued,
    /// Change the maximum of running jobs by this number.
    MoveMax(i32),
    /// Start no further job and end the running ones. This is the signal.
    Stop(i32),
    /// Kill the running jobs and drop their output.
    Kill,
}

/// The meaning of a signal after so many earlier interrupts.
pub fn signal_event(signal: i32, interrupts: u32) -> SignalEvent {
    match signal {
        SIGTSTP => SignalEvent::Suspend,
        SIGCONT => SignalEvent::Continued,
        SIGUSR1 => SignalEvent::MoveMax(1),
        SIGUSR2 => SignalEvent::MoveMax(-1),
        _ if interrupts == 0 => SignalEvent::Stop(signal),
        _ => SignalEvent::Kill,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::signals::{SIGINT, SIGTERM};

    #[test]
    fn the_second_interrupt_kills() {
        assert_eq!(signal_event(SIGINT, 0), SignalEvent::Stop(SIGINT));
        assert_eq!(signal_event(SIGTERM, 1), SignalEvent::Kill);
        assert_eq!(signal_event(SIGUSR2, 1), SignalEvent::MoveMax(-1));
        assert_eq!(signal_event(SIGTSTP, 1), SignalEvent::Suspend);
    }
}
