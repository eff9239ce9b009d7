//! Ctrl-Z: stops the jobs, the clock and this process, and continues all of them later.

use crate::exec::Executor;
use crate::run::events::signals::SignalThread;
use crate::sink::SinkSender;
use crate::sys::signals::{SIGSTOP, SIGTSTP, SIGUSR1, SIGUSR2, kill_one};
use adaptive_pool::time::RunClock;

/// Suspends the run and returns after it was continued. Returns the signals that came before the process stopped; the
/// caller must handle them.
pub fn suspend_run(
    sink: &SinkSender,
    executor: &Executor,
    clock: &RunClock,
    signals: &SignalThread,
) -> Vec<i32> {
    sink.suspend();
    executor.suspend_all();
    clock.pause();
    // A signal that continues or ends the run has perhaps come already. Stopping now would lose its effect.
    let came: Vec<i32> = signals.received.try_iter().filter(|&signal| signal != SIGTSTP).collect();
    if came.iter().all(|signal| [SIGUSR1, SIGUSR2].contains(signal)) {
        stop_process();
    }
    clock.resume();
    executor.resume_all();
    sink.resume();
    came
}

/// Suspends the sink and this process, when no job runs any more.
pub fn suspend_output(sink: &SinkSender) {
    sink.suspend();
    stop_process();
    sink.resume();
}

/// Returns when the process is continued.
fn stop_process() {
    kill_one(std::process::id().cast_signed(), SIGSTOP);
}
