//! Delays the next start until the conductor has judged an end that may stop the run. Without the gate a worker could
//! start its next task before the conductor decides.
//!
//! Only ends that may stop the run close the gate. It costs nothing when no job fails.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The gate between the workers and the conductor.
#[derive(Debug, Default)]
pub struct StartGate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Ends that the conductor has not judged yet.
    unjudged: u32,
    /// No further job may start.
    shut: bool,
}

impl StartGate {
    /// Waits while an end is unjudged. False when no further job may start.
    pub fn enter(&self) -> bool {
        let mut state = self.state();
        while state.unjudged > 0 && !state.shut {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        !state.shut
    }

    /// Called by a worker, before it sends an end that may stop the run.
    pub fn close(&self) {
        self.state().unjudged += 1;
    }

    /// Called by the conductor when it has judged an end.
    pub fn judged(&self) {
        let mut state = self.state();
        state.unjudged = state.unjudged.saturating_sub(1);
        drop(state);
        self.changed.notify_all();
    }

    /// Called by the conductor when no further job may start.
    pub fn shut(&self) {
        self.state().shut = true;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_start_waits_for_the_judgement() {
        let gate = StartGate::default();
        assert!(gate.enter());
        gate.close();
        let (tx, rx) = channel();
        std::thread::scope(|scope| {
            scope.spawn(|| tx.send(gate.enter()).unwrap());
            assert!(rx.try_recv().is_err());
            gate.judged();
            assert!(rx.recv().unwrap());
        });
    }

    #[test]
    fn a_shut_gate_refuses_every_start() {
        let gate = StartGate::default();
        gate.close();
        std::thread::scope(|scope| {
            let start = scope.spawn(|| gate.enter());
            gate.shut();
            assert!(!start.join().unwrap());
        });
        gate.judged();
        assert!(!gate.enter());
    }
}
