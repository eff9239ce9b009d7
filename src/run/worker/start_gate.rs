//! Holds back the next start while an end is being judged: after a job that stops the run nothing more is to start, and a
//! worker that takes the next task at once would be faster than the conductor's decision.
//!
//! Only ends that may stop the run close the gate, so it costs nothing where nothing fails. It does not know what stops a
//! run.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Between the workers and the conductor.
#[derive(Debug, Default)]
pub struct StartGate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Ends that the conductor has not judged yet.
    open_questions: u32,
    /// Nothing more is to start.
    shut: bool,
}

impl StartGate {
    /// Waits until no end is being judged; false when nothing may start any more.
    pub fn enter(&self) -> bool {
        let mut state = self.state();
        while state.open_questions > 0 && !state.shut {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        !state.shut
    }

    /// A worker: this end may stop the run. To be called before the conductor hears of it.
    pub fn ask(&self) {
        self.state().open_questions += 1;
    }

    /// The conductor: one end was judged.
    pub fn answer(&self) {
        let mut state = self.state();
        state.open_questions = state.open_questions.saturating_sub(1);
        drop(state);
        self.changed.notify_all();
    }

    /// The conductor: nothing more is to start.
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
    fn a_start_waits_for_the_answer() {
        let gate = StartGate::default();
        assert!(gate.enter());
        gate.ask();
        let (tx, rx) = channel();
        std::thread::scope(|scope| {
            scope.spawn(|| tx.send(gate.enter()).unwrap());
            assert!(rx.try_recv().is_err());
            gate.answer();
            assert!(rx.recv().unwrap());
        });
    }

    #[test]
    fn a_shut_gate_lets_nobody_in() {
        let gate = StartGate::default();
        gate.ask();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| gate.enter());
            gate.shut();
            assert!(!waits.join().unwrap());
        });
        gate.answer();
        assert!(!gate.enter());
    }
}
