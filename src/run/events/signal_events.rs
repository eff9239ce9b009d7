//! How a run is steered from outside: signals that end it, stop it, continue it, or move its maximum.

use crate::run::conductor::Conductor;
use crate::run::events::signals::SignalThread;
use crate::run::ledger::{Cause, Event};

impl Conductor {
    pub(in crate::run) fn signal(&mut self, signal: i32, more: &SignalThread) {
        use crate::sys::signals::{SIGCONT, SIGTSTP, SIGUSR1, SIGUSR2};
        match signal {
            SIGTSTP => self.suspend(more),
            SIGCONT => {}
            SIGUSR1 => self.move_max(1),
            SIGUSR2 => self.move_max(-1),
            _ => {
                self.interrupts += 1;
                if self.interrupts == 1 {
                    self.apply_event(Event::Stop(Cause::Signal(signal)));
                } else {
                    self.sink.discard();
                    self.apply_event(Event::Abandon);
                    self.worker.executor.kill();
                }
            }
        }
    }

    /// Ctrl-Z: the jobs stop, every clock stops, and then we do. What follows the stop runs when we are continued.
    fn suspend(&mut self, more: &SignalThread) {
        use crate::sys::signals::{SIGTSTP, SIGUSR1, SIGUSR2};
        self.sink.suspend();
        self.worker.executor.suspend_all();
        self.clock.pause();
        // Who continued us before we stood still, or ends us, would wait for ever if we stopped now.
        let came: Vec<i32> = more.received.try_iter().filter(|&signal| signal != SIGTSTP).collect();
        if came.iter().all(|signal| [SIGUSR1, SIGUSR2].contains(signal)) {
            crate::sys::signals::kill_one(std::process::id().cast_signed(), crate::sys::signals::SIGSTOP);
        }
        self.clock.resume();
        self.worker.executor.resume_all();
        self.sink.resume();
        for signal in came {
            self.signal(signal, more);
        }
    }
}
